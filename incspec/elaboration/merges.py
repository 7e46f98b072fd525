"""Merges: steps with branches -> `Merge`. `concat`, `add`, `mul` join theirs, `residual` adds a body to a shortcut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..diagnostics import nearest
from ..expressions import Literal, Plain, combine, expr_of, trace
from ..ir import NO_EXPECTATION, Branch, Conditional, Expectation, Layer, Merge, Node, Series, Step, Value
from ..ops.base import ConstructClass, Op
from ..ops.dropout import DropPath
from ..ops.fields import FieldValue, shown
from ..ops.residual import ShortcutSum
from ..ops.scale import Scale
from ..ops.split import Split
from ..resolution.values import Poison, Values
from ..spec import Joined, branch_names
from ..syntax import DocPath
from .layers import LayerBuilder, PlacedOp
from .scope import BodyBuilder, Built, Use, unknown_value


class MergeBuilder:
    """Makes the merges of one spec."""

    def __init__(self, bodies: BodyBuilder, layers: LayerBuilder, values: Values) -> None:
        self.bodies, self.layers, self.values = bodies, layers, values

    def faulty(self, use: Use, name: str, construct: ConstructClass) -> tuple[Step, ...]:
        """The steps inside a merge that is wrong itself, so that their mistakes are told as well."""
        sliced = any(nearest(key, construct.field_names()) == "split" for key in use.step.args)
        inputs = (unknown_value(name),) if sliced else use.inputs
        steps: list[Step] = []
        for branch in self._branches(use, name, [inputs] * len(use.step.branches or ())):
            steps += branch.steps
        for body, key in ((use.step.body, "body"), (use.step.shortcut, "shortcut")):
            if isinstance(body, list):
                inner = use.body.inner(f"{name}_{key}_", use.names)
                steps += self.bodies.build_body(body, (*use.path, key), inputs, use.scope, inner)[0]
        return tuple(steps)

    # --- concat, add, mul

    def merge(self, use: Use, name: str, expect: Expectation, construct: ConstructClass) -> Merge:
        """Branches and the op that joins them.

        Raises:
            Poison: the op cannot be made.
        """
        joining, *after = self.layers.ops(use, construct)
        count = len(use.step.branches or ())
        split = self._split(use, name, joining.op, count)
        inputs = [use.inputs] * count if split is None else [(value,) for value in split.outputs]
        branches = self._branches(use, name, inputs)
        joined = tuple(value for branch in branches for value in branch.outputs)
        nodes = self.layers.series(use, name, [joining, *after], joined)
        outputs = nodes[-1].outputs
        return Merge(name, use.path, use.inputs, outputs, branches, nodes, split, named=use.named, expect=expect)

    def _branches(self, use: Use, name: str, inputs: Sequence[tuple[Value, ...]]) -> tuple[Branch, ...]:
        short = branch_names(use.step, use.step.name or name.removeprefix(use.body.prefix), use.merges)
        own = use.step.repeat is not None  # each turn has branches of its own
        branches = []
        for index, branch in enumerate(use.step.branches or ()):
            label = f"{name}_{short[index]}" if own else f"{use.body.prefix}{short[index]}"
            branches.append(self._branch(use, branch, label, (*use.path, "branches", index), inputs[index]))
        # Branches do not see each other: a name from outside means the same in all of them.
        use.body.tensors |= {name: branch.outputs for name, branch in zip(short, branches, strict=True)}
        return tuple(branches)

    def _branch(self, use: Use, branch: Joined, name: str, path: DocPath, inputs: tuple[Value, ...]) -> Branch:
        if isinstance(branch, str):
            return Branch(name, path, inputs, use.body.read(branch), (), named=False)
        inner = use.body.inner(f"{name}_", use.names)
        steps, outputs = self.bodies.build_body(branch.body, (*path, "body"), inputs, use.scope, inner)
        return Branch(name, path, inputs, outputs, steps, named=branch.name is not None)

    def _split(self, use: Use, name: str, op: Op, count: int) -> Node | None:
        wanted = getattr(op, "split", None)
        if wanted is None:
            return None
        path: DocPath = (*use.path, "args", "split")
        split = Split(sizes=wanted)
        if split.output_count != count:
            message = f"`split` gives {split.output_count} slices to {count} branches"
            self.values.error("split-mismatch", message, path, help="give each branch one")
            raise Poison
        node = Node(split, use.inputs, tuple(Value(f"{name}.split", k) for k in range(count)), use.path, path)
        use.scope.typing.node(node)
        return node

    # --- residual

    def residual(self, use: Use, name: str, expect: Expectation, construct: ConstructClass) -> Built:
        """act(shortcut + drop_path(scale * body)); without a shortcut, act(body).

        Raises:
            Poison: one of its fields cannot be known.
        """
        fields = self.layers.fields(use, construct)
        follow = self.layers.followers(use, construct)
        alone = use.siblings == 1 and not use.named and use.step.repeat is None
        prefix = use.body.prefix if alone else f"{name}_"
        has_shortcut = self._has_shortcut(use)
        constant = isinstance(expr_of(has_shortcut), Literal)
        shortcut = self._shortcut(use, prefix) if constant and has_shortcut else None
        inner = use.body.inner(prefix, use.names)
        body_path: DocPath = (*use.path, "body")
        steps, outputs = self.bodies.build_body(use.step.body or [], body_path, use.inputs, use.scope, inner)
        if shortcut is not None:
            body = Branch(f"{prefix}body", body_path, use.inputs, outputs, steps)
            merge = self._sum(use, name, expect, fields, (shortcut, body), follow)
            return (merge,), merge.outputs
        if not constant:
            joined = self._conditional_sum(use, name, fields, has_shortcut, prefix, outputs)
            steps, outputs = (*steps, joined), joined.outputs
        if not follow:
            checked = expect != NO_EXPECTATION and steps
            return (Series(name, use.path, use.inputs, outputs, steps, expect=expect),) if checked else steps, outputs
        label = use.scope.unique(f"{prefix}act")
        after = self.layers.series(use, label, follow, outputs)
        layer = Layer(label, use.path, outputs, after[-1].outputs, after, expect=expect)
        return (*steps, layer), layer.outputs

    def _conditional_sum(
        self,
        use: Use,
        name: str,
        fields: Mapping[str, FieldValue],
        has_shortcut: Plain,
        prefix: str,
        outputs: tuple[Value, ...],
    ) -> Conditional:
        """The sum with the shortcut, where the block's parameters decide whether there is one."""
        shortcut = Branch(f"{prefix}shortcut", (*use.path, "shortcut"), use.inputs, use.inputs, ())
        body = Branch(f"{prefix}body", (*use.path, "body"), outputs, outputs, ())
        joined = replace(use, inputs=outputs)
        if has_shortcut:
            merge = self._sum(joined, f"{name}.then", NO_EXPECTATION, fields, (shortcut, body), [])
        else:
            with self.bodies.speculation(use):
                merge = self._sum(joined, f"{name}.then", NO_EXPECTATION, fields, (shortcut, body), [])
        named = (Value(name),)
        use.scope.typing.alias(named, outputs, use.path)
        return Conditional(name, use.path, outputs, named, has_shortcut, bool(has_shortcut), merge)

    def _sum(
        self,
        use: Use,
        name: str,
        expect: Expectation,
        fields: Mapping[str, FieldValue],
        branches: tuple[Branch, Branch],
        follow: Sequence[PlacedOp],
    ) -> Merge:
        """shortcut + drop_path(scale * body), then the activation."""
        shortcut, body = branches
        outputs, steps = body.outputs, list(body.steps)
        for op, key in _scaling(fields):
            label = use.scope.unique(f"{body.name.removesuffix('body')}{op.keyword}")
            node = Node(op, outputs, (Value(label),), (*use.path, "args", key), (*use.path, "args"))
            use.scope.typing.node(node)
            steps.append(Layer(label, use.path, outputs, node.outputs, (node,)))
            outputs = node.outputs
        body = replace(body, outputs=outputs, steps=tuple(steps))
        add = PlacedOp(self.layers.plain(ShortcutSum, use.path), use.path, (*use.path, "args"))
        nodes = self.layers.series(use, name, [add, *follow], (*shortcut.outputs, *outputs))
        joined = nodes[-1].outputs
        return Merge(
            name, use.path, use.inputs, joined, (shortcut, body), nodes, kind="residual", named=use.named, expect=expect
        )

    def _has_shortcut(self, use: Use) -> Plain:
        """Whether there is a shortcut; traced where parameters decide."""
        wanted, path = use.step.shortcut, (*use.path, "shortcut")
        if not isinstance(wanted, str) or wanted in ("identity", "none"):
            return wanted != "none"
        value = self.values.value(wanted, path, use.names, ("identity", "none"))
        if value not in ("identity", "none"):
            message = f"`shortcut` wants steps, `identity` or `none`, got {shown(value)}"
            self.values.refuse(message, path, wanted, use.names)
            raise Poison
        return trace(value == "identity", combine("==", expr_of(value), Literal("identity")))

    def _shortcut(self, use: Use, prefix: str) -> Branch:
        name, path = f"{prefix}shortcut", (*use.path, "shortcut")
        if isinstance(use.step.shortcut, str):
            return Branch(name, path, use.inputs, use.inputs, ())
        inner = use.body.inner(f"{name}_", use.names)
        steps, outputs = self.bodies.build_body(use.step.shortcut, path, use.inputs, use.scope, inner)
        return Branch(name, path, use.inputs, outputs, steps)


def _scaling(fields: Mapping[str, FieldValue]) -> list[tuple[Op, str]]:
    """The ops that `scale` and `drop_path` stand for, unless they do nothing whatever the parameters are."""
    ops: list[tuple[Op, str]] = []
    if not _is(fields.get("scale", 1), 1):
        ops.append((Scale.model_validate({"factor": fields["scale"]}), "scale"))
    if not _is(fields.get("drop_path", 0), 0):
        ops.append((DropPath.model_validate({"p": fields["drop_path"]}), "drop_path"))
    return ops


def _is(value: FieldValue, number: int) -> bool:
    return isinstance(value, int | float) and expr_of(value) == Literal(value) and value == number
