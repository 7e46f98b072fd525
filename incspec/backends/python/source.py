"""The source as a whole: the network's classes, each once, with the helpers and imports that they need."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ...expressions import Plain
from ...ir import TypedGraph
from ...shapes import TensorType
from .classes import ClassPrinter
from .comments import common_shape, signature_shapes
from .hoist import hoisted
from .layout import WIDTH, Bracket, layout
from .names import class_name, unique, variable
from .parts import ClassBody, ClassRef
from .signature import derived, given_params, signature
from .units import Units
from .values import Values, annotation


@dataclass(frozen=True, slots=True)
class PythonSource:
    """The printed source, the name of the network's class, and where its modules are.

    `modules` has each submodule's path as in `named_modules()`, with the type of its output and its number of
    parameters, as inferred: what a check of the executed source compares with.
    """

    text: str
    class_name: str
    modules: tuple[tuple[str, TensorType, int], ...]


def python_source(network: TypedGraph, *, origin: str = "") -> PythonSource:
    """Print a network; `origin` is the file that the header names."""
    printer = _SourcePrinter(network)
    return printer.source(origin)


@dataclass
class _Class:
    """A class and the uses of its block that it serves."""

    ref: ClassRef
    typed: TypedGraph
    body: ClassBody
    # Assignments before the submodules: parameters that are computed from others.
    derived: list[str]
    uses: list[tuple[TypedGraph, ClassBody]] = field(default_factory=list)


class _SourcePrinter:
    def __init__(self, network: TypedGraph) -> None:
        self.network = network
        self.taken = {"nn", "torch", "math", "Tensor", "DropPath"}
        self.network_name = unique(class_name(network.graph.title), self.taken)
        self.units = Units(self.taken)
        self.classes: dict[tuple[str, ...], _Class] = {}
        self.by_use: dict[int, _Class] = {}
        self.given = given_params(network)
        self.file_params = dict(network.graph.params)

    def source(self, origin: str) -> PythonSource:
        main = self._class(self.network)
        values = Values()
        units = self.units.unit_sources(values)
        sections = [*self.units.helper_sources(), *units]
        for printed in self.classes.values():
            sections.append(self._class_source(printed, values))
        text = "\n\n\n".join("\n".join(section) for section in sections)
        header = self._header(origin, text, values)
        return PythonSource(f"{header}\n\n\n{text}\n", main.ref.name, tuple(self._modules(self.network, "")))

    def class_of(self, typed: TypedGraph) -> ClassRef:
        """The class that serves a use of a block."""
        return self._class(typed).ref

    def _class(self, typed: TypedGraph) -> _Class:
        if id(typed) in self.by_use:
            return self.by_use[id(typed)]
        body = ClassPrinter(typed, self.units, self.class_of).print()
        locals_ = derived(typed, body.values, self.given)
        key = (
            typed.graph.block,
            *locals_,
            *(f"{target} = {doc}" for target, doc in body.init),
            *map(str, body.forward),
        )
        if key not in self.classes:
            name = self.network_name if typed is self.network else unique(class_name(typed.graph.block), self.taken)
            params = signature(typed, body.values, self.given)
            self.classes[key] = _Class(ClassRef(name, params), typed, body, locals_)
        found = self.classes[key]
        found.uses.append((typed, body))
        self.by_use[id(typed)] = found
        return found

    # --- text

    def _header(self, origin: str, text: str, values: Values) -> str:
        graph = self.network.graph
        title = graph.title + (f" (arXiv:{graph.arxiv})" if graph.arxiv else "")
        shapes = ", ".join(f"[N, {', '.join(str(int(n)) for n in t.shape)}]" for t in self.network.input_types)
        made = f"Printed by incspec from {origin}" if origin else "Printed by incspec"
        lines = [
            f'"""{_escaped(title)}.',
            "",
            f"{_escaped(made)}; shapes in comments are those of an input of {shapes}.",
            '"""',
            "",
        ]
        functions = values.functions.union(*(printed.body.values.functions for printed in self.classes.values()))
        if "math" in functions or "round_to" in functions:
            lines += ["import math", ""] if "math" in functions else []
        if "torch." in text:
            lines.append("import torch")
        lines.append("from torch import Tensor, nn")
        if "F." in text and "nn.functional" not in text:
            lines.append("from torch.nn import functional as F")
        if "round_to" in functions:
            lines += ["", "", *_ROUND_TO]
        return "\n".join(lines)

    def _class_source(self, printed: _Class, values: Values) -> list[str]:
        body = printed.body
        lines = [f"class {printed.ref.name}(nn.Module):", f'    """{_escaped(_docstring(printed.typed))}"""', ""]
        required = [name for name, default in printed.ref.params.items() if default is None]
        optional = [name for name, default in printed.ref.params.items() if default is not None]
        params = []
        for name in [*required, *optional]:
            default = printed.ref.params[name]
            type_ = self._annotation(name, printed)
            text = f"{variable(name)}: {type_}" + (f" = {values.text(default)}" if default is not None else "")
            params.append(text)
        lines += _noqa(layout(Bracket("def __init__", ("self", *params)), 4, "", " -> None:"))
        lines.append("        super().__init__()")
        lines += [f"        {line}" for line in printed.derived]
        for target, doc in hoisted(body.init):
            lines += layout(doc, 8, f"{target} = ")
        lines.append("")
        arguments = ("self", *(f"{name}: Tensor" for name in body.inputs))
        result = "Tensor" if body.returns == 1 else f"tuple[{', '.join(['Tensor'] * body.returns)}]"
        uses = [use for use, _ in printed.uses]
        comment = f"  # {signature_shapes(uses)}"
        head = layout(Bracket("def forward", arguments), 4, "", f" -> {result}:")
        fits = len(head) == 1 and len(head[0]) + len(comment) <= WIDTH
        lines += [head[0] + comment] if fits else [*head, f"        {comment.strip()}"]
        lines += self._forward(printed)
        return lines

    def _forward(self, printed: _Class) -> list[str]:
        lines = []
        bodies = [body for _, body in printed.uses]
        for index, line in enumerate(printed.body.forward):
            types = [body.forward[index].type for body in bodies]
            known = [type_ for type_ in types if type_ is not None]
            firsts = [use.input_types[0] for use, _ in printed.uses]
            comment = f"  # {common_shape(known, firsts)}" if known and len(known) == len(types) else ""
            code = layout(line.doc, 8, line.before)
            lines += [*code[:-1], code[-1] + comment]
        return lines

    def _annotation(self, name: str, printed: _Class) -> str:
        found: list[Plain] = []
        for typed, _ in printed.uses:
            if name in typed.graph.params:
                found.append(typed.graph.params[name])
        default = printed.ref.params[name]
        if default is not None:
            found.append(default)
        if not found:
            symbol = name.removeprefix("network_")
            found = [self.file_params[symbol]] if symbol in self.file_params else [0]
        kinds = annotation(list(found))
        return "float" if kinds == "int | float" else kinds

    # --- modules

    def _modules(self, typed: TypedGraph, prefix: str) -> Iterator[tuple[str, TensorType, int]]:
        body = next(body for use, body in self.by_use[id(typed)].uses if use is typed)
        for module in body.modules:
            path = f"{prefix}{module.path}"
            yield path, module.output, module.params
            if module.inner is not None:
                yield from self._modules(module.inner, f"{path}.")


_ROUND_TO = [
    "def round_to(x: float, m: int = 8) -> int:",
    '    """The multiple of m nearest to x, at least m, one more where that loses over a tenth."""',
    "    rounded = max(m, int(x + m / 2) // m * m)",
    "    return rounded + m if rounded < 0.9 * x else rounded",
]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def _noqa(lines: list[str]) -> list[str]:
    """Papers call parameters `l`, which linters take for a 1."""
    marked = []
    for line in lines:
        words = line.replace("(", " ").replace(",", " ").split()
        ambiguous = any(word in ("l:", "O:", "I:") for word in words)
        marked.append(f"{line}  # noqa: E741" if ambiguous else line)
    return marked


def _docstring(typed: TypedGraph) -> str:
    graph = typed.graph
    if graph.figure and graph.arxiv:
        return f"{graph.title}, figure {graph.figure} of arXiv:{graph.arxiv}."
    if graph.figure:
        return f"{graph.title}, figure {graph.figure}."
    return f"{graph.title}." if not graph.block else f"The block `{graph.block}`."
