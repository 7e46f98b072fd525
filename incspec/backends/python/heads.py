"""What a network with auxiliary heads has beside its constructor and `forward`: the named tuple that it returns in
training, the loss of it, and a way to load weights with heads where there are none.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...ir import Graph
from .class_text import docstring
from .classes import PrintedClass
from .code import Doc, Infix, Val, call
from .layout import Group, Text, layout
from .names import LOGITS, LOSS, attribute, unique
from .values import Printer

# What a tuple has already.
_TUPLE_ATTRIBUTES = ("count", "index")


def outputs_lines(printed: PrintedClass) -> list[str]:
    """The lines of the named tuple."""
    typed = printed.uses[0].typed
    heads = typed.graph.aux
    types = (*typed.output_types, *typed.of(tuple(head.outputs[0] for head in heads)))
    fields = _fields(typed.graph)
    lines = [f"class {printed.outputs_name}(NamedTuple):"]
    lines += docstring(f"What {typed.graph.title} returns in training.")
    lines.append("")
    for field, type_ in zip(fields, types, strict=True):
        lines.append(f"    {field}: Tensor  # [N, {', '.join(str(int(n)) for n in type_.shape)}]")
    return lines


def training_lines(printed: PrintedClass) -> list[str]:
    """The lines of the methods for training and for loading."""
    return [*_loss(printed), "", *_loading(printed)]


def _fields(graph: Graph) -> list[str]:
    """The fields of the named tuple: the network's own outputs, then those of its heads."""
    own = [LOGITS] if len(graph.outputs) == 1 else list(graph.output_names)
    taken: set[str] = set()
    names = (attribute(name) for name in (*own, *(head.name for head in graph.aux)))
    return [unique(f"{name}_" if name in _TUPLE_ATTRIBUTES else name, taken) for name in names]


def _loss(printed: PrintedClass) -> list[str]:
    graph = printed.uses[0].typed.graph
    several = len(graph.outputs) > 1
    fields = _fields(graph)
    terms: list[Doc] = [_criterion(f"outputs.{field}") for field in fields[: len(graph.outputs)]]
    for head, field in zip(graph.aux, fields[len(graph.outputs) :], strict=True):
        term = _criterion(f"outputs.{field}")
        weight = int(head.weight) if head.weight.is_integer() else head.weight
        terms.append(term if weight == 1 else Infix("*", (Val(weight), term)))
    own = f"tuple[{', '.join(['Tensor'] * len(graph.outputs))}]" if several else "Tensor"
    given = f"not isinstance(outputs, {printed.outputs_name})" if several else "isinstance(outputs, Tensor)"
    bare = (
        [_criterion(f"outputs[{index}]") for index in range(len(graph.outputs))] if several else [_criterion("outputs")]
    )
    return [
        f"    def {LOSS}(",
        "        self,",
        f"        outputs: {own} | {printed.outputs_name},",
        "        target: Tensor,",
        "        criterion: Callable[[Tensor, Tensor], Tensor] = F.cross_entropy,",
        "    ) -> Tensor:",
        '        """The loss of the outputs, those of auxiliary heads with their weights."""',
        f"        if {given}:",
        *layout(_sum(bare), 12, "return "),
        *layout(_sum(terms), 8, "return "),
    ]


def _sum(terms: Sequence[Doc]) -> Text:
    return Printer().text(Infix("+", tuple(terms)) if len(terms) > 1 else terms[0])


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
