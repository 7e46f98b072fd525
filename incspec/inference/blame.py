"""Blame: the rule of an op that does not hold -> a diagnostic at the place that is to blame.

Ops know neither spans nor blocks: this adds the field or branch, the types that met there, and the blocks that led
there.
"""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly

from ..diagnostics import Label
from ..ir import Branch, Node, Step, Value
from ..ops.base import OpError
from ..ops.residual import ShortcutSum, is_reduced
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
    notes, hint, secondary = context.notes(), error.help, list[Label]()
    is_pair = bool(branches) and len(inputs) == 2 and inputs[0].channels_last == inputs[1].channels_last
    if is_pair and isinstance(node.op, ShortcutSum):
        _report_residual(error, node, inputs, made_at, branches, types, origins, context)
        return
    if error.input is not None and len(inputs) > 1:
        at = context.tree.span_at((*made_at[error.input], "op"))
        label = f"this branch is {inputs[error.input]}"
        blamed = node.inputs[error.input]
        branch = next((branch for branch in branches if blamed in branch.outputs), None)
        resizer = _resizer(error.input, inputs, branches, types)
        if branch is not None and not branch.steps:
            at = context.tree.span_at(branch.path)
        elif resizer is not None:
            at = _sizing_field(resizer, context.tree)
        notes = [_others(inputs, error.input), *notes]
        secondary = _departure(error.input, inputs, branches, types, context.tree) if resizer is None else []
        if all(x.sizes == inputs[0].sizes for x in inputs):
            secondary = origin_labels(origins.get(blamed), context.tree)
    else:
        at = _field(error, node, context)
        label = f"the input is {inputs[0]}" if len(inputs) == 1 else ""
        if context.features_from is not None and error.code == "wrong-rank" and inputs[0].rank == 0:
            # No map can come of features, so what the head is attached to is to blame, not what it does with it.
            secondary = [Label(at, label)]
            at, label = context.tree.span_at(context.features_from), "this has no height and width"
            hint = "attach the head to a tensor before the global pool or `flatten`"
        if len(inputs) > 1:
            notes = ["the inputs are " + ", ".join(str(type_) for type_ in inputs), *notes]
    context.note_mistake(error.code, at, mistake_of_rule(error, node.path, inputs))
    secondary = [each for each in secondary if each.span.first_line != at.first_line]
    context.sink.error(error.code, error.message, at, label=label, secondary=secondary, notes=notes, help=hint)


def _report_residual(
    error: OpError,
    node: Node,
    inputs: tuple[TensorType, ...],
    made_at: tuple[DocPath, ...],
    branches: tuple[Branch, ...],
    types: ReadOnly[Value, TensorType],
    origins: ReadOnly[Value, Origin],
    context: Context,
) -> None:
    """Report that the shortcut and the body of a `residual` differ.

    A body is made smaller on purpose, so it is the shortcut that is to blame then; else it is the body.
    """
    tree, (shortcut, body), is_identity = context.tree, inputs, not branches[0].steps
    named = f"the shortcut is {'the identity, ' if is_identity else ''}{shortcut}"
    if is_reduced(body, shortcut):
        written: DocPath = (*node.path, "shortcut")
        stated = written if tree.has(written) else (*node.path, "op")
        at = tree.span_at(stated if is_identity else (*made_at[0], "op"))
        label, notes = named, context.notes()
        secondary = _departure(0, inputs, branches, types, tree, other="the body")
    else:
        resizer = _resizer(1, inputs, branches, types)
        at = tree.span_at((*made_at[1], "op")) if resizer is None else _sizing_field(resizer, tree)
        label, notes = f"the body is {body}", [*([named] if is_identity else []), *context.notes()]
        secondary = _departure(1, inputs, branches, types, tree, other="the shortcut") if resizer is None else []
        if body.sizes == shortcut.sizes:
            secondary = origin_labels(origins.get(node.inputs[1]), tree)
    context.note_mistake(error.code, at, mistake_of_rule(error, node.path, inputs))
    secondary = [each for each in secondary if each.span.first_line != at.first_line]
    context.sink.error(error.code, error.message, at, label=label, secondary=secondary, notes=notes, help=error.help)


def mistake_of_rule(error: OpError, path: DocPath, inputs: tuple[TensorType, ...]) -> Mistake:
    """What is behind a rule that does not hold: of a merge, what most branches are beside the one that is not."""
    if error.input is None or len(inputs) == 1:
        return Mistake(path)
    others = [type_ for index, type_ in enumerate(inputs) if index != error.input]
    return Mistake.between(path, max(others, key=others.count), inputs[error.input])


def _field(error: OpError, node: Node, context: Context) -> Span:
    """The field to blame, or the op where none is or it is not written."""
    tree = context.tree
    if error.field is not None and tree.has((*node.fields_path, error.field)):
        return tree.span_at((*node.fields_path, error.field))
    if error.field is not None and not isinstance(tree.node_at(node.fields_path), Mapping):
        return tree.span_at(node.fields_path)  # the field that the op was made from
    return tree.span_at((*node.path, "op"))


def _resizer(
    blamed: int, inputs: tuple[TensorType, ...], branches: tuple[Branch, ...], types: ReadOnly[Value, TensorType]
) -> Step | None:
    """The first step of a branch that changes the size, where the other branches keep that of the input."""
    if len(branches) != len(inputs) or not branches[blamed].steps:
        return None
    branch = branches[blamed]
    arriving = _sizes(branch.inputs[0], types)  # unknown behind a mistake, whatever a later step is expected to give
    if arriving is None or any(x.sizes != arriving for index, x in enumerate(inputs) if index != blamed):
        return None
    for step in branch.steps:
        before, after = (types.get(values[0]) for values in (step.inputs, step.outputs))
        if before is not None and after is not None and before.sizes != after.sizes:
            return step
    return None


def _departure(
    blamed: int,
    inputs: tuple[TensorType, ...],
    branches: tuple[Branch, ...],
    types: ReadOnly[Value, TensorType],
    tree: SyntaxTree,
    other: str = "another branch",
) -> list[Label]:
    """The layer after which a branch has a size that no other has on its way; or where another gets the size that it lacks."""
    if len(branches) != len(inputs):
        return []
    own = branches[blamed]
    others = [step for branch in branches if branch is not own for step in branch.steps]
    on_the_way = [value for step in others for value in (*step.inputs, *step.outputs)]
    known = {*(_sizes(value, types) for value in on_the_way), *(x.sizes for k, x in enumerate(inputs) if k != blamed)}
    for step in own.steps[:-1]:
        sizes = _sizes(step.outputs[0], types)
        if sizes is not None and sizes not in known:
            return [Label(_sizing_field(step, tree), f"{_by(sizes)} from here on, which no other branch is")]
    wanted = next(x.sizes for index, x in enumerate(inputs) if index != blamed)
    for step in others:
        before, after = (_sizes(values[0], types) for values in (step.inputs, step.outputs))
        if after == wanted != before:
            return [Label(_sizing_field(step, tree), f"{other} is {_by(wanted)} from here on")]
    return []


def _sizes(value: Value, types: ReadOnly[Value, TensorType]) -> tuple[int, ...] | None:
    found = types.get(value)
    return None if found is None else found.sizes


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
