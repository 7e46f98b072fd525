"""The lint of what nobody reads: outputs of steps, inputs of blocks and of the network.

It looks at what is written, not at the graph, so that a condition or a parameter that happens to be off makes nothing
unused, and blocks are looked at whether they are called or not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from ..record import record
from ..spec import BranchSpec, StepSpec, bodies_of, branch_names, merge_count, step_names
from ..syntax import DocPath
from .base import Checked, Finding, Lint


@record
class _Written:
    """A step as it is written: what it is called, whether what it gives flows on, and the names that are read there.

    `touched` are those of steps of which an output is read: `a` and `cells` where `a` and `cells.out` are.
    """

    step: StepSpec
    path: DocPath
    name: str
    last: bool
    flows: bool
    read: Collection[str]
    touched: Collection[str]
    merges: int

    @property
    def is_read(self) -> bool:
        """Whether somebody reads its output, or one of its several."""
        return self.flows or self.name in self.touched

    @property
    def branch_is_read(self) -> bool:
        """Whether somebody reads one of its branches, and may want no more."""
        names = branch_names(self.step, self.name, self.merges) if self.step.branches else ()
        return any(name in self.touched for name in names)

    def reads(self, output: str) -> bool:
        """Whether somebody reads this one of its several outputs."""
        turns = self.step.repeat is not None  # each reads what the one before gives
        return self.flows or turns or self.name in self.read or f"{self.name}.{output}" in self.read


def _unused_tensor(checked: Checked) -> Iterator[Finding]:
    """A tensor that flows to no other step, and that no `from`, branch or output names."""
    spec = checked.spec
    yield from _inputs(checked, tuple(spec.inputs), spec.network, set(), ("input",))
    for name, block in spec.blocks.items():
        path: DocPath = ("blocks", name, "inputs")
        yield from _inputs(checked, tuple(block.inputs), block.body, set(block.outputs or ()), path)
    written = tuple(_all_steps(checked))
    for each in written:
        if not each.is_read and not each.branch_is_read:
            hint = f"the step behind it reads something else: add `{each.name}` there, or remove this one"
            if each.last:
                hint = f"add `{each.name}` to the block's `outputs`, or remove the step"
            yield Finding(checked.at_step(each.path), f"nothing reads the output of `{each.name}`", hint)
    yield from _outputs(checked, written)


def _outputs(checked: Checked, written: Sequence[_Written]) -> Iterator[Finding]:
    """Of the several outputs of a block, those that no step reads that calls it."""
    several = {name: block.outputs for name, block in checked.spec.blocks.items() if len(block.outputs or ()) > 1}
    calls: dict[str, list[_Written]] = {}
    for each in written:
        if each.step.op in several and each.is_read:
            calls.setdefault(each.step.op, []).append(each)
    for name, of_block in calls.items():
        for index, output in enumerate(several[name] or ()):
            at = checked.tree.span_at(("blocks", name, "outputs", index))
            if at.source is checked.tree.root.span.source and not any(call.reads(output) for call in of_block):
                hint = f"read it with `from: NAME.{output}`, or take it out of `outputs`"
                yield Finding(at, f"nothing reads the output `{output}` of `{name}`", hint)


def _all_steps(checked: Checked) -> Iterator[_Written]:
    """All steps of a file: those of the network, of its blocks and of its heads."""
    spec = checked.spec
    attached = {name for head in spec.aux.values() for name in head.from_}
    yield from _body(spec.network, ("network",), attached, flows_out=True)
    for name, block in spec.blocks.items():
        named = set(block.outputs or ())
        yield from _body(block.body, ("blocks", name, "body"), named, flows_out=block.outputs is None)
    for name, head in spec.aux.items():
        yield from _body(head.body, ("aux", name, "body"), set(), flows_out=True)


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


def _body(body: Sequence[StepSpec], path: DocPath, named: set[str], *, flows_out: bool) -> list[_Written]:
    """The steps of a body; `named` are the tensors that are read by name from outside of it."""
    read = frozenset(named | set(_read(body)))
    touched = read | {name.partition(".")[0] for name in read}
    return _steps(body, path, read, touched, flows_out=flows_out)


def _steps(
    body: Sequence[StepSpec], path: DocPath, read: Collection[str], touched: Collection[str], *, flows_out: bool
) -> list[_Written]:
    names, merges = step_names(body), merge_count(body)
    written: list[_Written] = []
    for index, (step, name) in enumerate(zip(body, names, strict=True)):
        at: DocPath = (*path, index)
        last = index == len(body) - 1
        flows = flows_out if last else _reads_input(body, index + 1)
        written.append(_Written(step, at, name, last, flows, read, touched, merges))
        for steps, inner_path in bodies_of(step, at):
            written += _steps(steps, inner_path, read, touched, flows_out=True)
    return written


def _reads_input(body: Sequence[StepSpec], start: int = 0) -> bool:
    """Whether what arrives at some steps in series, from one of them on, is read there."""
    if not body:
        return True
    first = body[start]
    if first.from_ is not None:
        return False
    if first.branches is not None:
        return "split" in first.args or any(
            isinstance(branch, BranchSpec) and _reads_input(branch.body) for branch in first.branches
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
            if isinstance(branch, str):
                yield branch
            else:
                yield from _read(branch.body)
        yield from _read(step.body or ())
        if isinstance(step.shortcut, list):
            yield from _read(step.shortcut)


UNUSED_TENSOR = Lint("unused-tensor", _unused_tensor)
