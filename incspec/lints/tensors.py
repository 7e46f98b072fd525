"""The lint of what nobody reads: outputs of steps, inputs of blocks and of the network.

It looks at what is written, not at the graph, so that a condition or a parameter that happens to be off makes nothing
unused, and blocks are looked at whether they are called or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..spec import StepSpec, branch_names, merge_count, step_names
from ..syntax import DocPath
from .base import Checked, Finding, Lint


def _unused_tensor(checked: Checked) -> Iterator[Finding]:
    """A tensor that flows to no other step, and that no `from`, branch or output names."""
    spec = checked.spec
    attached = {name for head in spec.aux.values() for name in head.from_}
    yield from _inputs(checked, tuple(spec.inputs), spec.network, set(), ("input",))
    yield from _body(checked, spec.network, ("network",), attached, flows_out=True)
    for name, block in spec.blocks.items():
        path: DocPath = ("blocks", name)
        named = set(block.outputs or ())
        yield from _inputs(checked, tuple(block.inputs), block.body, named, (*path, "inputs"))
        yield from _body(checked, block.body, (*path, "body"), named, flows_out=block.outputs is None)
    for name, head in spec.aux.items():
        yield from _body(checked, head.body, ("aux", name, "body"), set(), flows_out=True)


def _inputs(
    checked: Checked, names: Sequence[str], body: Sequence[StepSpec], named: set[str], path: DocPath
) -> Iterator[Finding]:
    if _reads_input(body):
        return
    read = named | set(_read(body))
    for index, name in enumerate(names):
        if name in read:
            continue
        place: DocPath = (*path, name) if path == ("input",) else (*path, index)
        at = checked.tree.span_at(place, key=path == ("input",))
        yield Finding(at, f"nothing reads the input `{name}`", f"read it with `from: {name}`, or remove it")


def _body(
    checked: Checked, body: Sequence[StepSpec], path: DocPath, named: set[str], *, flows_out: bool
) -> Iterator[Finding]:
    """The steps of a body that nobody reads; `named` are the tensors that are read by name from outside of it."""
    read = named | set(_read(body))
    # Who reads one of a block's several outputs, reads the block.
    read |= {name.partition(".")[0] for name in read}
    return _steps(checked, body, path, read, flows_out=flows_out)


def _steps(
    checked: Checked, body: Sequence[StepSpec], path: DocPath, read: set[str], *, flows_out: bool
) -> Iterator[Finding]:
    names, merges = step_names(list(body)), merge_count(body)
    for index, (step, name) in enumerate(zip(body, names, strict=True)):
        at: DocPath = (*path, index)
        last = index == len(body) - 1
        if not (flows_out if last else _reads_input(body, index + 1)) and name not in read:
            inside = branch_names(step, name, merges) if step.branches else ()  # who reads a branch may want no more
            hint = f"the step behind it reads something else: add `{name}` there, or remove this one"
            if last:
                hint = f"add `{name}` to the block's `outputs`, or remove the step"
            if read.isdisjoint(inside):
                yield Finding(checked.at_step(at), f"nothing reads the output of `{name}`", hint)
        for branch_index, branch in enumerate(step.branches or ()):
            inner: DocPath = (*at, "branches", branch_index, "body")
            yield from _steps(checked, branch.body or (), inner, read, flows_out=True)
        yield from _steps(checked, step.body or (), (*at, "body"), read, flows_out=True)
        if isinstance(step.shortcut, list):
            yield from _steps(checked, step.shortcut, (*at, "shortcut"), read, flows_out=True)


def _reads_input(body: Sequence[StepSpec], start: int = 0) -> bool:
    """Whether what arrives at some steps in series, from one of them on, is read there."""
    if not body:
        return True
    first = body[start]
    if first.from_ is not None:
        return False
    if first.branches is not None:
        return "split" in first.args or any(
            branch.tensor is None and _reads_input(branch.body or ()) for branch in first.branches
        )
    if first.body is not None:
        shortcut = first.shortcut
        beside = _reads_input(shortcut) if isinstance(shortcut, list) else shortcut != "none"
        return beside or _reads_input(first.body)
    return True


def _read(body: Sequence[StepSpec]) -> Iterator[str]:
    """The tensors that the steps of a body name, and those inside them."""
    for step in body:
        yield from step.from_ or ()
        for branch in step.branches or ():
            if branch.tensor is not None:
                yield branch.tensor
            yield from _read(branch.body or ())
        yield from _read(step.body or ())
        if isinstance(step.shortcut, list):
            yield from _read(step.shortcut)


UNUSED_TENSOR = Lint("unused-tensor", _unused_tensor)
