"""The text of a class."""

from __future__ import annotations

from .classes import PrintedClass
from .code import Hole, Val
from .comments import Shapes
from .hoist import hoisted
from .layout import Group, layout
from .parts import Line
from .values import Printer

HEADS_TOLD = "In training it returns the outputs of the auxiliary heads as well, unless `aux` is false."


def class_lines(printed: PrintedClass) -> list[str]:
    """The lines of a class."""
    shapes = Shapes([use for use in printed.uses if use.runs] or printed.uses, printed.signature.names)
    printer = Printer(printed.signature.names)
    return [
        f"class {printed.name}(nn.Module):",
        *docstring(printed.title, HEADS_TOLD if printed.uses[0].heads else ""),
        "",
        *_constructor(printed, printer),
        *_forward(printed, printer, shapes),
    ]


def docstring(title: str, more: str = "") -> list[str]:
    """The docstring of a class."""
    if not more:
        return [f'    """{escaped(title)}"""']
    return [f'    """{escaped(title)}', "", f"    {more}", '    """']


def escaped(text: str) -> str:
    """Text as it may stand in a docstring."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def _constructor(printed: PrintedClass, printer: Printer) -> list[str]:
    signature = printed.signature
    if not printed.init:
        return []
    params = [param.text(printer) for param in signature.params]
    lines = layout(Group("def __init__(", ("self", *params), ")"), 4, "", " -> None:")
    lines.append("        super().__init__()")
    for symbol, default in signature.derived.items():
        lines += layout(printer.text(Val(default)), 8, f"{signature.names[symbol]} = ")
    for target, doc in hoisted(printed.init, signature.names.values()):
        lines += layout(printer.text(doc), 8, f"{target} = ")
    return [*lines, ""]


def _forward(printed: PrintedClass, printer: Printer, shapes: Shapes) -> list[str]:
    body = printed.bodies[0]
    arguments = ("self", *(f"{name}: Tensor" for name in body.inputs))
    result = "Tensor" if body.returns == 1 else f"tuple[{', '.join(['Tensor'] * body.returns)}]"
    if body.keyed:
        result = "dict[str, Tensor]"
    group = Group("def forward(", arguments, ")")
    comment = shapes.inputs() if body.keyed else shapes.signature()
    if printed.uses[0].heads:
        result += f" | {printed.outputs_name}"
    after = f" -> {result}:"
    head = layout(group, 4, "", f"{after}  # {comment}")
    lines = head if len(head) == 1 else [*layout(group, 4, "", after), f"        # {comment}"]
    for index, line in enumerate(printed.forward):
        types = [own.forward[index].types for own, use in zip(printed.bodies, printed.uses, strict=True) if use.runs]
        known = bool(types) and all(types)
        lines += _statement(line, printer, f"  # {shapes.of(types)}" if known else "")
    return lines


def _statement(line: Line, printer: Printer, comment: str) -> list[str]:
    if isinstance(line.doc, Hole) and line.before in ("", f"{line.doc.passed} = "):
        return []  # the value passes under the name that it has
    indent = 8 + 4 * line.depth
    return layout(printer.text(line.doc), indent, line.before, f"{line.after}{comment}")
