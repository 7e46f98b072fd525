"""The source backend: TypedGraph -> Python source of a `torch.nn.Module`.

The source stands alone (it imports torch and nothing of ours) and is what the module is made of: module.py
executes it. In order of processing: `classes.py` prints a block as a class, `units.py` the helper classes that
layers share, this file puts them together; `values.py`, `names.py` and `layout.py` print expressions, choose
identifiers and break lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ...expressions import Plain
from ...ir import Call, Conditional, Merge, Repeat, Step, TypedGraph
from ...shapes import AXES, TensorType
from .classes import ClassBody, ClassPrinter, ClassRef, Module
from .layout import WIDTH, Bracket, Choice, Doc, layout
from .names import class_name, unique, variable
from .units import Units
from .values import Values, annotation, constant


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
        self.given = _given_params(network)
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
        locals_ = _derived(typed, body.values, self.given)
        key = (typed.graph.block, *locals_, *(f"{target} = {doc}" for target, doc in body.init), *map(str, body.forward))
        if key not in self.classes:
            name = self.network_name if typed is self.network else unique(class_name(typed.graph.block), self.taken)
            params = _signature(typed, body.values, self.given)
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
        lines = [f'"""{_escaped(title)}.', "", f'{_escaped(made)}; shapes in comments are those of an input of {shapes}.', '"""', ""]
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
        graph, body = printed.typed.graph, printed.body
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
        for target, doc in _hoisted(body.init):
            lines += layout(doc, 8, f"{target} = ")
        lines.append("")
        arguments = ("self", *(f"{name}: Tensor" for name in body.inputs))
        result = "Tensor" if body.returns == 1 else f"tuple[{', '.join(['Tensor'] * body.returns)}]"
        uses = [use for use, _ in printed.uses]
        comment = f"  # {_signature_shapes(uses)}"
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
            comment = f"  # {_common(known, firsts)}" if known and len(known) == len(types) else ""
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


def _hoisted(init: list[tuple[str, Doc]]) -> list[tuple[str, Doc]]:
    """A choice between widths that stands several times gets a name before its first use."""
    counts: dict[str, int] = {}
    for _, doc in init:
        for text in _leaves(doc):
            counts[text] = counts.get(text, 0) + 1
    names: dict[str, str] = {}
    for text, count in counts.items():
        if count > 1 and " if " in text:
            names[text] = "channels" if not names else f"channels{len(names) + 1}"
    hoisted: list[tuple[str, Doc]] = []
    left = dict(names)
    for target, doc in init:
        for text in _leaves(doc):
            if text in left:
                hoisted.append((left.pop(text), text))
        hoisted.append((target, _renamed(doc, names)))
    return hoisted


def _leaves(doc: Doc) -> Iterator[str]:
    if isinstance(doc, Bracket):
        for item in doc.items:
            yield from _leaves(item)
    elif isinstance(doc, Choice):
        yield from _leaves(doc.then)
    elif isinstance(doc, str):
        key, equals, value = doc.partition("=")
        yield value if equals and key.isidentifier() else doc


def _renamed(doc: Doc, names: dict[str, str]) -> Doc:
    if isinstance(doc, Bracket):
        return Bracket(doc.head, tuple(_renamed(item, names) for item in doc.items), doc.opening, doc.closing)
    if isinstance(doc, Choice):
        return Choice(_renamed(doc.then, names), doc.condition, doc.otherwise)
    if isinstance(doc, str):
        key, equals, value = doc.partition("=")
        if equals and key.isidentifier():
            return f"{key}={names.get(value, value)}"
        return names.get(doc, doc)
    return doc


def _signature_shapes(uses: list[TypedGraph]) -> str:
    firsts = [use.input_types[0] for use in uses]
    sides = []
    for types in ([use.input_types for use in uses], [use.output_types for use in uses]):
        sides.append(", ".join(_common([each[k] for each in types], firsts) for k in range(len(types[0]))))
    return " -> ".join(sides)


def _common(types: list[TensorType], inputs: list[TensorType]) -> str:
    """A shape that holds for several uses: numbers where they agree; else letters, primed where unlike the input's."""
    first = types[0]
    if any(type_.rank != first.rank for type_ in types):
        return "[N, ...]"
    dims = []
    for axis, letter in enumerate(("C", *AXES[first.rank])):
        lengths = [int(type_.shape[axis]) for type_ in types]
        kept = all(
            type_.rank == input_.rank and type_.shape[axis] == input_.shape[axis]
            for type_, input_ in zip(types, inputs, strict=True)
        )
        dims.append(str(lengths[0]) if len(set(lengths)) == 1 else letter if kept else f"{letter}'")
    return f"[N, {', '.join(dims)}]"


def _signature(typed: TypedGraph, values: Values, given: dict[str, set[str]]) -> dict[str, Plain | None]:
    """The constructor's parameters that the class uses, with their defaults."""
    graph = typed.graph
    used = [name for name in values.used if name != "i"]
    widths = [name for name in used if name == "in_channels" or name.endswith("_channels") and name not in graph.params]
    own = [name for name in graph.params if _symbol(graph.params[name], name) in used]
    own = [name for name in own if not _is_derived(typed, name, given)]
    known = {_symbol(graph.params[name], name) for name in graph.params}
    implicit = [name for name in used if name not in widths and name not in known]
    params: dict[str, Plain | None] = dict.fromkeys(widths)
    for name in own:
        default = graph.defaults.get(name)
        keep = default is not None and constant(default)
        params[_symbol(graph.params[name], name)] = default if keep else None
    return params | dict.fromkeys(implicit)


def _symbol(value: Plain, name: str) -> str:
    """The name under which a parameter is traced."""
    expr = getattr(value, "expr", None)
    return getattr(expr, "id", name)


def _is_derived(typed: TypedGraph, name: str, given: dict[str, set[str]]) -> bool:
    """Whether a parameter is always computed from others, so that the constructor computes it."""
    default = typed.graph.defaults.get(name)
    return default is not None and not constant(default) and name not in given.get(typed.graph.block, set())


def _derived(typed: TypedGraph, values: Values, given: dict[str, set[str]]) -> list[str]:
    """Assignments of the parameters that are computed from others, in order; what they use counts as used."""
    lines: list[str] = []
    for name in reversed(list(typed.graph.params)):
        if name in values.used and _is_derived(typed, name, given):
            lines.insert(0, f"{variable(name)} = {values.text(typed.graph.defaults[name])}")
    return lines


def _given_params(network: TypedGraph) -> dict[str, set[str]]:
    """The parameters that some call gives, for each block."""
    given: dict[str, set[str]] = {}
    seen: set[int] = set()

    def visit(typed: TypedGraph) -> None:
        if id(typed) in seen:
            return
        seen.add(id(typed))
        for step in _calls(typed.graph.steps):
            given.setdefault(step.graph.block, set()).update(step.arguments)
            if step.name in typed.calls:
                visit(typed.calls[step.name])

    visit(network)
    return given


def _calls(steps: tuple[Step, ...]) -> Iterator[Call]:
    for step in steps:
        if isinstance(step, Call):
            yield step
        elif isinstance(step, Repeat):
            yield from _calls(step.turns)
        elif isinstance(step, Conditional) and step.step is not None:
            yield from _calls((step.step,))
        elif isinstance(step, Merge):
            for branch in step.branches:
                yield from _calls(branch.steps)


__all__ = ["Module", "PythonSource", "python_source"]
