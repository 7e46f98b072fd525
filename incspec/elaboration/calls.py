"""Calls: the use of a block -> `Call`, with the block's graph under the arguments and input types of this use.

Uses that are alike share one graph, so that a network is built in the time of its different parts.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from ..expressions import UNKNOWN, Name, Plain, Unknown, trace, untraced
from ..inference.context import Context
from ..inference.infer import Typing
from ..ir import Call, Expectation, Graph, TypedGraph, Value
from ..ops.base import CHOOSE_ONE
from ..record import record
from ..resolution.resolve import Resolved
from ..resolution.values import Names, Poison, Values
from ..shapes import TensorType
from ..syntax import UNREADABLE
from .parameters import ParameterReader
from .scope import Body, BodyBuilder, Built, Scope, TooLarge, Use, is_unknown, unknown_value


@record
class BuiltBlock:
    """A block under given arguments and input types; `typed` is None where some of its types are not known."""

    graph: Graph
    typing: Typing
    typed: TypedGraph | None


# Blocks that were built, by name, arguments, `call` and `calls`, and the types of the inputs.
BuiltBlocks: TypeAlias = dict[tuple[object, ...], BuiltBlock]


class CallBuilder:
    """Makes the calls of one network, and counts them; `totals` are the counts that `calls` stands for."""

    def __init__(
        self,
        bodies: BodyBuilder,
        resolved: Resolved,
        parameters: ParameterReader,
        values: Values,
        context: Context,
        built: BuiltBlocks,
    ) -> None:
        self.bodies, self.resolved, self.spec = bodies, resolved, resolved.spec
        self.parameters, self.values, self.context = parameters, values, context
        self.totals: Mapping[str, int] = {}
        self.counts: dict[str, int] = {}
        self.memo = built

    def call(self, use: Use, name: str, expect: Expectation) -> Built:
        """A use of a block.

        Raises:
            Poison: what comes out of it cannot be known.
        """
        block = self.spec.blocks[use.step.op]
        if use.step.op in self.resolved.endless:
            raise Poison
        fits = len(use.inputs) == len(block.inputs)
        if not fits and not is_unknown(use.inputs) and UNREADABLE not in block.inputs:
            several = len(block.inputs) > 1
            wanted = f"{len(block.inputs)} tensors ({', '.join(block.inputs)})" if several else "one tensor"
            message = f"`{use.step.op}` takes {wanted}, got {len(use.inputs)}"
            hint = "name them with `from: [a, b]`" if several else CHOOSE_ONE
            self.values.error("wrong-input-count", message, (*use.path, "op"), help=hint)
            raise Poison
        if not fits:  # something cannot be read, so nothing is known
            use = replace(use, inputs=tuple(unknown_value(name, k) for k in range(len(block.inputs))))
        arguments = self.parameters.arguments(use, block)
        implicit = self._counted(use.step.op)
        typing = use.scope.typing
        types = typing.known(use.inputs)
        called = self._block(use, arguments, implicit, types)
        graph, typed = called.graph, called.typed
        known = {key: value for key, value in arguments.items() if not isinstance(value, Unknown)}
        outputs = tuple(Value(name, k) for k in range(len(graph.outputs)))
        step = Call(name, use.path, use.inputs, outputs, graph, known | implicit, use.named, expect)
        if typed is not None and types is not None:
            typing.called(step, typed)
        else:
            typing.complete = False
            guesses = called.typing.known(graph.outputs)
            if guesses is not None:
                typing.guess(outputs, guesses, use.path)
            typing.assume(graph.expect, outputs)
            typing.assume(expect, outputs)
        return (step,), outputs

    def _counted(self, block: str) -> dict[str, Plain]:
        """What `call` and `calls` mean in this call, where the block uses them."""
        if block not in self.resolved.counting:
            return {}
        call = self.counts.get(block, 0)
        self.counts[block] = call + 1
        return {"call": call, "calls": self.totals.get(block, 1)}

    def _block(
        self,
        use: Use,
        arguments: Mapping[str, Plain | Unknown],
        implicit: Mapping[str, Plain],
        types: tuple[TensorType, ...] | None,
    ) -> BuiltBlock:
        """The block under given arguments and input types; the same ones give the same block."""
        known = {key: value for key, value in arguments.items() if not isinstance(value, Unknown)}
        bare = tuple((key, type(untraced(value)), untraced(value)) for key, value in known.items())
        key = (use.step.op, bare, len(arguments), tuple(implicit.items()), types, self.values.silent)
        if key not in self.memo:
            limits = self.context.limits
            if len(self.memo) >= limits.variants:
                message = f"blocks are used in over {limits.variants:_} different ways"
                hint = f"use `call` and `calls` in blocks that are called less often{limits.raising('variants')}"
                self.values.error("spec-too-large", message, (*use.path, "op"), help=hint)
                raise TooLarge
            self.context.chain.append((use.step.op, use.path))
            self.memo[key] = self._build(use, arguments, implicit, types)
            self.context.chain.pop()
        return self.memo[key]

    def _build(
        self,
        use: Use,
        arguments: Mapping[str, Plain | Unknown],
        implicit: Mapping[str, Plain],
        types: tuple[TensorType, ...] | None,
    ) -> BuiltBlock:
        name = use.step.op
        block, path = self.spec.blocks[name], ("blocks", name)
        inputs = tuple(Value(input_name) for input_name in block.inputs)
        typing = Typing(self.context)
        if types is not None:
            typing.bind(inputs, types)
        traced = {key: trace(value, Name(key)) for key, value in implicit.items()}
        width: Plain | Unknown = typing.types[inputs[0]].channels if types is not None else UNKNOWN
        outside: Names = use.scope.file_names.having({**traced, "in": width})
        names, params, defaults = self.parameters.of_block(block, path, use, outside, arguments)
        scope = Scope(names, use.scope.file_names, block, path, typing, set(block.inputs))
        body = Body(ChainMap({value.producer: (value,) for value in inputs}), "")
        steps, outputs = self.bodies.build_body(block.body, (*path, "body"), inputs, scope, body)
        if block.outputs is not None:
            outputs = tuple(value for output in block.outputs for value in body.read(output))
        expect = self.values.shape(block.expect, (*path, "expect"), names) if block.expect is not None else None
        graph = Graph(
            block=name,
            title=_title(name),
            path=path,
            inputs=inputs,
            outputs=outputs,
            output_names=tuple(block.outputs or (value.producer for value in outputs)),
            steps=steps,
            params=params,
            defaults=defaults,
            figure=block.figure or "",
            arxiv=self.spec.arxiv,
            note=block.note or "",
            expect=Expectation(expect),
        )
        return BuiltBlock(graph, typing, typing.finish(graph))


def _title(block: str) -> str:
    """What figures call a block: `inception_resnet_a` is `Inception-resnet-A`, as in arXiv:1602.07261, figure 15."""
    first, *rest = block.split("_")
    return "-".join((first.capitalize(), *(part.upper() if len(part) == 1 else part for part in rest)))
