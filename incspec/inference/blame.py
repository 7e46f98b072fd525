"""Blame: the rule of an op that does not hold -> a diagnostic at the place that is to blame.

Ops know neither spans nor blocks: this adds the field or branch, the types that met there, and the blocks that led
there.
"""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from collections.abc import Sequence as Seq

from ..diagnostics import Label
from ..ir import Branch, Node, Step, Value
from ..ops.base import OpError
from ..ops.residual import ShortcutSum, is_reduced
from ..record import record
from ..shapes import TensorType
from ..source import Span
from ..syntax import DocPath, Mapping, SyntaxTree
from .context import Context, Mistake
from .origin import Origin, origin_labels


def report_rule(
    error: OpError,
    node: Node,
    inputs: tuple[TensorType, ...],
    made_at: tuple[DocPath, ...],
    branches: tuple[Branch, ...],
    types: ReadOnly[Value, TensorType],
    origins: ReadOnly[Value, Origin],
    context: Context,
) -> None:
    """Report a rule of `node`; `made_at` are the places of the steps that its inputs come from."""
    blame = _Refused(error, node, inputs, made_at, branches, types, origins, context).blame()
    context.note_mistake(error.code, blame.at, mistake_of_rule(error, node.path, inputs))
    secondary = [each for each in blame.secondary if each.span.first_line != blame.at.first_line]
    notes, hint = (*blame.notes, *context.notes()), blame.help or error.help
    context.sink.error(
        error.code, error.message, blame.at, label=blame.label, secondary=secondary, notes=notes, help=hint
    )


@record
class _Blame:
    """What a message underlines, what it says of it and shows beside it; `help`, where the rule's own is not meant."""

    at: Span
    label: str
    secondary: Seq[Label] = ()
    notes: Seq[str] = ()
    help: str = ""


@record(eq=False)
class _Refused:
    """A rule that does not hold: what met at the op, by which branches it came there, and what is known of their graph."""

    error: OpError
    node: Node
    inputs: tuple[TensorType, ...]
    made_at: tuple[DocPath, ...]
    branches: tuple[Branch, ...]
    types: ReadOnly[Value, TensorType]
    origins: ReadOnly[Value, Origin]
    context: Context

    def blame(self) -> _Blame:
        """What is to blame: the shortcut or body of a residual, one of several inputs, or the op."""
        inputs, index = self.inputs, self.error.input
        is_pair = bool(self.branches) and len(inputs) == 2 and inputs[0].channels_last == inputs[1].channels_last
        if is_pair and isinstance(self.node.op, ShortcutSum):
            return self._of_residual()
        return self._of_input(index) if index is not None and len(inputs) > 1 else self._of_op()

    def _of_residual(self) -> _Blame:
        """The shortcut and the body of a `residual` differ.

        A body is made smaller on purpose, so it is the shortcut that is to blame then; else it is the body.
        """
        tree, (shortcut, body), is_identity = self.context.tree, self.inputs, not self.branches[0].steps
        named = f"the shortcut is {'the identity, ' if is_identity else ''}{shortcut}"
        if is_reduced(body, shortcut):
            written: DocPath = (*self.node.path, "shortcut")
            stated = written if tree.has(written) else (*self.node.path, "op")
            at = tree.span_at(stated if is_identity else (*self.made_at[0], "op"))
            return _Blame(at, named, self._departure(0, other="the body"))
        resizer = self._resizer(1)
        at = tree.span_at((*self.made_at[1], "op")) if resizer is None else _sizing_field(resizer, tree)
        secondary = self._departure(1, other="the shortcut") if resizer is None else []
        if body.sizes == shortcut.sizes:
            secondary = origin_labels(self.origins.get(self.node.inputs[1]), tree)
        if not is_identity:
            secondary = [Label(tree.span_at((*self.made_at[0], "op")), named), *secondary]
        return _Blame(at, f"the body is {body}", secondary, [named] if is_identity else ())

    def _of_input(self, index: int) -> _Blame:
        """One of several inputs is not like the others."""
        tree, inputs, blamed = self.context.tree, self.inputs, self.node.inputs[index]
        resizer = self._resizer(index)
        at = self._end_of_branch(index) if resizer is None else _sizing_field(resizer, tree)
        others, text = _others(inputs, index), f"this branch is {inputs[index]}"
        if any(x.sizes != inputs[0].sizes for x in inputs):
            return _Blame(at, text, self._departure(index) if resizer is None else [], [others])
        made = origin_labels(self.origins.get(blamed), tree)
        if len(inputs) == 2:  # either of them may have the wrong width
            return _Blame(at, text, [Label(self._end_of_branch(1 - index), others), *made])
        return _Blame(at, text, made, [others])

    def _end_of_branch(self, index: int) -> Span:
        """The op that gives one of several inputs, or where a branch is written that passes a tensor on."""
        tree, value = self.context.tree, self.node.inputs[index]
        branch = next((branch for branch in self.branches if value in branch.outputs), None)
        passes = branch is not None and not branch.steps
        return tree.span_at(branch.path if branch is not None and passes else (*self.made_at[index], "op"))

    def _of_op(self) -> _Blame:
        """The op does not take its inputs."""
        inputs, context, at = self.inputs, self.context, self._field()
        if len(inputs) > 1:
            return _Blame(at, "", notes=["the inputs are " + ", ".join(str(type_) for type_ in inputs)])
        label = f"the input is {inputs[0]}" if inputs else ""
        if inputs and context.features_from is not None and self.error.code == "wrong-rank" and inputs[0].rank == 0:
            # No map can come of features, so what the head is attached to is to blame, not what it does with it.
            source, hint = context.tree.span_at(context.features_from), "before the global pool or `flatten`"
            shown = [Label(at, label)]
            return _Blame(source, "this has no height and width", shown, help=f"attach the head to a tensor {hint}")
        return _Blame(at, label)

    def _field(self) -> Span:
        """The field to blame, or the op where none is or it is not written."""
        tree, node, field = self.context.tree, self.node, self.error.field
        if field is not None and tree.has((*node.fields_path, field)):
            return tree.span_at((*node.fields_path, field))
        if field is not None and not isinstance(tree.node_at(node.fields_path), Mapping):
            return tree.span_at(node.fields_path)  # the field that the op was made from
        return tree.span_at((*node.path, "op"))

    def _resizer(self, blamed: int) -> Step | None:
        """The first step of a branch that changes the size, where the other branches keep that of the input."""
        if len(self.branches) != len(self.inputs) or not self.branches[blamed].steps:
            return None
        branch = self.branches[blamed]
        arriving = self._sizes(branch.inputs[0])  # unknown behind a mistake, whatever a later step is expected to give
        others = (x.sizes for index, x in enumerate(self.inputs) if index != blamed)
        if arriving is None or any(sizes != arriving for sizes in others):
            return None
        for step in branch.steps:
            before, after = self._sizes(step.inputs[0]), self._sizes(step.outputs[0])
            if before is not None and after is not None and before != after:
                return step
        return None

    def _departure(self, blamed: int, other: str = "another branch") -> list[Label]:
        """The layer after which a branch has a size that no other has on its way; or where another gets the size it lacks."""
        inputs, branches, tree = self.inputs, self.branches, self.context.tree
        if len(branches) != len(inputs):
            return []
        own = branches[blamed]
        others = [step for branch in branches if branch is not own for step in branch.steps]
        on_the_way = [value for step in others for value in (*step.inputs, *step.outputs)]
        known = {*map(self._sizes, on_the_way), *(x.sizes for index, x in enumerate(inputs) if index != blamed)}
        for step in own.steps[:-1]:
            sizes = self._sizes(step.outputs[0])
            if sizes is not None and sizes not in known:
                return [Label(_sizing_field(step, tree), f"{_by(sizes)} from here on, which no other branch is")]
        wanted = next(x.sizes for index, x in enumerate(inputs) if index != blamed)
        for step in others:
            if self._sizes(step.outputs[0]) == wanted != self._sizes(step.inputs[0]):
                return [Label(_sizing_field(step, tree), f"{other} is {_by(wanted)} from here on")]
        return []

    def _sizes(self, value: Value) -> tuple[int, ...] | None:
        found = self.types.get(value)
        return None if found is None else found.sizes


def mistake_of_rule(error: OpError, path: DocPath, inputs: tuple[TensorType, ...]) -> Mistake:
    """What is behind a rule that does not hold: of a merge, what most branches are beside the one that is not."""
    if error.input is None or len(inputs) == 1:
        return Mistake(path)
    others = [type_ for index, type_ in enumerate(inputs) if index != error.input]
    return Mistake.between(path, max(others, key=others.count), inputs[error.input])


def _by(sizes: tuple[int, ...]) -> str:
    return "x".join(str(int(length)) for length in sizes) or "flat"


def _sizing_field(step: Step, tree: SyntaxTree) -> Span:
    """The field by which a step changes the size, or its op where none is written."""
    for field in ("stride", "pad"):
        if tree.has((*step.path, "args", field)):
            return tree.span_at((*step.path, "args", field))
    return tree.span_at((*step.path, "op"))


def _others(inputs: tuple[TensorType, ...], blamed: int) -> str:
    """What the inputs are that are not to blame."""
    others = [type_ for index, type_ in enumerate(inputs) if index != blamed]
    if len(others) == 1:
        return f"the other branch is {others[0]}"
    if len(set(others)) == 1:
        return f"the other {len(others)} branches are {others[0]}"
    if len({type_.sizes for type_ in others}) == 1 and others[0].sizes:
        return f"the other {len(others)} branches are {_by(others[0].sizes)}"
    return "the other branches are " + ", ".join(str(type_) for type_ in others)
