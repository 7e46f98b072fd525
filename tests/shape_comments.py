"""The shape comments of a printed source, compared with what its variables are when it runs.

A number is that number; a letter or name is the same number wherever it stands in one run of a `forward`, and the
unprimed letters are the axes of the first input.
"""

from __future__ import annotations

import ast
import re
import types
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from incspec.runtime.shapes_only import ShapesOnly
from incspec.shapes import AXES, TensorType

BATCH = 3
_SHAPE = re.compile(r"\[N(?:, [\w']+)*(?:, \.\.\.)?\]")


def check_comments(source: str, class_name: str, inputs: Sequence[TensorType]) -> None:
    """Run a source on the meta device and compare every comment.

    Raises:
        AssertionError: a comment is wrong, or was not reached though its class ran.
    """
    checker = _Checker(source.splitlines())
    module = types.ModuleType("checked")
    module.__dict__["checker"] = checker
    exec(compile(checker.instrumented(ast.parse(source)), "<checked>", "exec"), module.__dict__)
    with torch.device("meta"), torch.no_grad(), ShapesOnly():
        network = module.__dict__[class_name]()
        for training in (False, True):
            network.train(training)(*(torch.empty(BATCH, *type_.shape) for type_ in inputs))
    assert checker.reached, "no comment was looked at"
    ran = {name for name, _ in checker.reached}
    missed = {place for place in checker.comments if place[0] in ran} - checker.reached
    assert not missed, f"not reached: {sorted(missed)}"


# A comment: the class it stands in, and its line.
_Place = tuple[str, int]


@dataclass
class _Checker:
    lines: list[str]
    comments: dict[_Place, tuple[str, ...]] = field(default_factory=dict)
    reached: set[_Place] = field(default_factory=set)

    def instrumented(self, tree: ast.Module) -> ast.Module:
        """The source with a check after each statement that has a comment."""
        for owner in tree.body:
            for function in owner.body if isinstance(owner, ast.ClassDef) else ():
                if isinstance(function, ast.FunctionDef) and function.name == "forward":
                    self._forward(owner.name, function)
                elif isinstance(function, ast.AnnAssign):  # the field of a named tuple
                    found = tuple(_SHAPE.findall(self.lines[function.lineno - 1]))
                    self.comments[owner.name, function.lineno] = found
        return ast.fix_missing_locations(tree)

    def compare(self, place: _Place, tensors: tuple[Tensor, ...], names: dict[str, int]) -> None:
        """Compare one comment; `names` are the lengths of letters so far."""
        shapes = self.comments[place]
        assert len(shapes) == len(tensors), f"{place}: {len(shapes)} shapes for {len(tensors)} tensors"
        for shape, tensor in zip(shapes, tensors, strict=True):
            parts = shape.strip("[]").split(", ")
            if parts[-1] == "...":
                continue
            assert len(parts) == tensor.dim(), f"{place}: {shape} is not {tuple(tensor.shape)}"
            for part, length in zip(parts, tensor.shape, strict=True):
                wanted = int(part) if part.isdigit() else names.setdefault(part, length)
                assert wanted == length, f"{place}: {shape} is not {tuple(tensor.shape)}"
        self.reached.add(place)

    def start(self, place: _Place, *tensors: Tensor) -> dict[str, int]:
        """Compare the comment on the inputs."""
        first, axes = tensors[0], AXES[tensors[0].dim() - 2]
        parts = self.comments[place][0].strip("[]").split(", ")
        channels_last = bool(axes) and (parts[-1] == "C" or parts[1] == axes[0])
        letters = ("N", *axes, "C") if channels_last else ("N", "C", *axes)
        names = dict(zip(letters, first.shape, strict=True))
        self.compare(place, tensors, names)
        return names

    def end(self, place: _Place, result: Any, names: dict[str, int]) -> Any:
        """Compare the comment on the outputs, and pass them on; those of auxiliary heads have comments of their own."""
        results = result if isinstance(result, tuple) else (result,)
        own = len(self.comments[place]) if hasattr(result, "_fields") else len(results)
        self.compare(place, results[:own], names)
        fields = [line for name, line in self.comments if name == type(result).__name__]
        for line, tensor in zip(fields, results, strict=False):
            self.compare((type(result).__name__, line), (tensor,), {"N": BATCH})
        return result

    def _forward(self, owner: str, function: ast.FunctionDef) -> None:
        head = " ".join(self.lines[function.lineno - 1 : function.body[0].lineno - 1])
        if " # " not in head:
            return  # a helper's
        line = function.lineno
        before, after = head.split(" # ", 1)[1].split(" -> ")
        self.comments[owner, line] = tuple(_SHAPE.findall(before))
        self.comments[owner, -line] = tuple(_SHAPE.findall(after))
        arguments = ", ".join(argument.arg for argument in function.args.args[1:])
        self._check_in(function.body, owner)
        for node in ast.walk(function):
            if isinstance(node, ast.Return):
                call = ast.parse(f"checker.end(({owner!r}, {-line}), None, lengths)", mode="eval").body
                assert isinstance(call, ast.Call)
                assert node.value is not None
                call.args[1] = node.value
                node.value = call
        function.body[:0] = ast.parse(f"lengths = checker.start(({owner!r}, {line}), {arguments})").body

    def _check_in(self, body: list[ast.stmt], owner: str) -> None:
        for node in list(body):
            if isinstance(node, ast.If | ast.For):
                self._check_in(node.body, owner)
            if isinstance(node, ast.Assign) and node.end_lineno is not None:
                shapes = tuple(_SHAPE.findall(self.lines[node.end_lineno - 1].partition("#")[2]))
                if shapes:
                    self.comments[owner, node.lineno] = shapes
                    targets = ast.unparse(node.targets[0])
                    check = f"checker.compare(({owner!r}, {node.lineno}), ({targets.strip('(),')},), lengths)"
                    body[body.index(node) + 1 : body.index(node) + 1] = ast.parse(check).body
