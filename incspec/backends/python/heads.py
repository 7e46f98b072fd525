"""What a network with auxiliary heads has beside its constructor and `forward`: the named tuple that it returns in
training, the loss of it, and a way to load weights with heads where there are none.
"""

from __future__ import annotations

from ...ir import Graph
from .class_text import docstring
from .classes import PrintedClass
from .code import Doc, Infix, Val, call
from .layout import Group, layout
from .names import LOGITS, LOSS, attribute
from .values import Printer


def outputs_lines(printed: PrintedClass) -> list[str]:
    """The lines of the named tuple."""
    typed = printed.uses[0].typed
    heads = typed.graph.aux
    types = (*typed.output_types, *typed.of(tuple(head.outputs[0] for head in heads)))
    fields = [*_own_fields(typed.graph), *_head_fields(typed.graph)]
    lines = [f"class {printed.outputs_name}(NamedTuple):"]
    lines += docstring(f"What {typed.graph.title} returns in training.")
    lines.append("")
    for field, type_ in zip(fields, types, strict=True):
        lines.append(f"    {field}: Tensor  # [N, {', '.join(str(int(n)) for n in type_.shape)}]")
    return lines


def training_lines(printed: PrintedClass) -> list[str]:
    """The lines of the methods for training and for loading."""
    return [*_loss(printed), "", *_loading(printed)]


def _own_fields(graph: Graph) -> list[str]:
    """The fields of the network's own outputs."""
    return [LOGITS] if len(graph.outputs) == 1 else [attribute(name) for name in graph.output_names]


def _head_fields(graph: Graph) -> list[str]:
    return [attribute(head.name) for head in graph.aux]


def _loss(printed: PrintedClass) -> list[str]:
    graph = printed.uses[0].typed.graph
    alone = len(graph.outputs) == 1
    terms: list[Doc] = [_criterion(f"outputs.{field}") for field in _own_fields(graph)]
    for head, field in zip(graph.aux, _head_fields(graph), strict=True):
        term = _criterion(f"outputs.{field}")
        weight = int(head.weight) if head.weight.is_integer() else head.weight
        terms.append(term if weight == 1 else Infix("*", (Val(weight), term)))
    inference = "criterion(outputs, target)" if alone else "sum(criterion(output, target) for output in outputs)"
    return [
        f"    def {LOSS}(",
        "        self,",
        f"        outputs: {'Tensor' if alone else 'tuple[Tensor, ...]'} | {printed.outputs_name},",
        "        target: Tensor,",
        "        criterion: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy,",
        "    ) -> Tensor:",
        '        """The loss of the outputs, those of auxiliary heads with their weights."""',
        f"        if {'isinstance(outputs, Tensor)' if alone else f'not isinstance(outputs, {printed.outputs_name})'}:",
        f"            return {inference}",
        *layout(Printer().text(Infix("+", tuple(terms))), 8, "return "),
    ]


def _criterion(output: str) -> Doc:
    return call("criterion", output, "target")


def _loading(printed: PrintedClass) -> list[str]:
    heads = printed.bodies[0].heads
    prefixes = Group("(", tuple(f'f"{{prefix}}{name}."' for name in heads), ")")
    started = Group("key.startswith(", (prefixes if len(heads) > 1 else prefixes.items[0],), ")")
    return [
        "    def _load_from_state_dict(",
        "        self, state_dict: dict[str, Any], prefix: str, *args: Any",
        "    ) -> None:",
        '        """Pass over the weights of auxiliary heads where there are none."""',
        f"        if self.{heads[0]} is None:",
        "            for key in list(state_dict):",
        *layout(started, 16, "if ", ":"),
        "                    del state_dict[key]",
        "        super()._load_from_state_dict(state_dict, prefix, *args)",
    ]
