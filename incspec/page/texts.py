"""The texts beside the figure: the YAML files and the printed source, and which lines of them an item is.

Not here: highlighting, which the page does.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ..backends.python import PythonSource
from ..ir import Call, Node
from ..reading.files import SpecFile
from ..source import Span
from ..syntax import DocPath, Mapping, Scalar, SyntaxNode, SyntaxTree
from .items import Item, every
from .rules import Json
from .told import column, text_of

# The text, its first line and column, its last line and the column after; lines and columns count from 1.
Place = list[Json]


class Texts:
    """The texts of a model, and places in them; the printed source is the last."""

    def __init__(self, files: Sequence[SpecFile], tree: SyntaxTree, printed: PythonSource) -> None:
        self.tree = tree
        self.number = {id(file.source): number for number, file in enumerate(files)}
        self.all: list[dict[str, Json]] = [text_of(file.source) for file in files]
        self.all.append({"name": "model.py", "language": "python", "text": printed.text})
        self._code = _Code(printed)

    def of_spec(self, path: DocPath | None) -> Place | None:
        """The place of a step, or of whatever stands at a path."""
        if path is None or not self.tree.has(path):
            return None
        first = self.tree.span_at(path, key=True)
        spans = [span for span in (first, *_spans(self.tree.node_at(path))) if span.source is first.source]
        start, end = min(span.start for span in spans), max(span.end for span in spans)
        return self._place(_whole(Span(first.source, start, end)))

    def _place(self, span: Span) -> Place | None:
        number = self.number.get(id(span.source))
        if number is None:
            return None
        start, end = (span.source.position(offset) for offset in (span.start, span.end))
        return [number, start.line, column(span.source, span.start), end.line, column(span.source, span.end)]

    def of_code(self, item: Item, prefix: str) -> Place | None:
        """The lines in which an item's module is made; `prefix` leads to its graph, as in the dataflow graph."""
        lines = self._code.lines(item, prefix)
        return None if lines is None else [len(self.all) - 1, lines[0], 1, lines[1] + 1, 1]

    def of_class(self, prefix: str) -> Place | None:
        """The lines of the class of the block whose use a prefix leads to, or of the network's."""
        found = self._code.class_lines(prefix)
        return None if found is None else [len(self.all) - 1, found[0], 1, found[1] + 1, 1]


def _spans(node: SyntaxNode) -> Iterator[Span]:
    """The places of all that is written in a node."""
    if isinstance(node, Scalar):
        yield node.span
    elif isinstance(node, Mapping):
        for entry in node.entries:
            yield entry.key.span
            yield from _spans(entry.value)
    else:
        for item in node.items:
            yield from _spans(item)


def _whole(span: Span) -> Span:
    """A step as it is written: `3x3 conv 96 stride 2`, of which the tree knows the place of `conv`."""
    text, start, end = span.source.text, span.start, span.end
    while (
        start
        and text[start - 1] not in "[,{\n\r"
        and not text[:start].endswith("- ")
        and text[start - 2 : start] != ": "
    ):
        start -= 1
    depth = 0
    while end < len(text) and text[end] not in "\n\r" and not text.startswith(" #", end):
        depth += (text[end] in "[{") - (text[end] in "]}")
        if depth < 0 or (depth == 0 and text[end] == ","):
            break
        end += 1
    found = text[start:end]
    return Span(span.source, start + len(found) - len(found.lstrip()), end - len(found) + len(found.rstrip()))


Lines = tuple[int, int]


@dataclass(eq=False)
class _Class:
    """A class of the printed source: its lines, and what each of its attributes is made by."""

    lines: Lines
    made: dict[str, ast.Assign] = field(default_factory=dict)
    forward: Lines | None = None


class _Code:
    """Where in the printed source modules are made."""

    def __init__(self, printed: PythonSource) -> None:
        tree = ast.parse(printed.text)
        self.classes = {node.name: _class(node) for node in tree.body if isinstance(node, ast.ClassDef)}
        self.network = printed.class_name
        self.path_of_op = {module.op: module.path for module in printed.modules if module.op}
        self.path_of_call = {module.call: module.path for module in printed.modules if module.call}

    def lines(self, item: Item, prefix: str) -> Lines | None:
        """The lines of an item's module, or those of the `forward` that runs it."""
        path = self._path(item, prefix)
        if path is not None:
            found = list(self._way(path))
            if found:
                return found[-1][0]
        inside = self._class_of(prefix)
        return None if inside is None or item.kind in ("input", "output") else inside.forward or inside.lines

    def class_lines(self, prefix: str) -> Lines | None:
        """The lines of the class of the block that a prefix leads to."""
        found = self._class_of(prefix)
        return None if found is None else found.lines

    def _path(self, item: Item, prefix: str) -> str | None:
        """The path of the module that an item is, or of the one that all in it are in."""
        paths = [path for path in self._paths(item, prefix) if path is not None]
        if not paths:
            return None
        first, *others = (path.split(".") for path in paths)
        same = 0
        while all(path[: same + 1] == first[: same + 1] for path in others) and same < len(first):
            same += 1
        return ".".join(first[:same]) or None

    def _paths(self, item: Item, prefix: str) -> Iterator[str | None]:
        for part in every((item,)):
            if part.call is not None:
                yield self.path_of_call.get(f"{prefix}{part.call.name}")
            for node in part.nodes:
                yield self.path_of_op.get(_op_name(node, prefix))

    def _class_of(self, prefix: str) -> _Class | None:
        if not prefix:
            return self.classes[self.network]
        path = self.path_of_call.get(prefix.removesuffix("/"))
        if path is None:
            return None
        *_, last = self._way(path) or ((None, ""),)
        return self.classes.get(last[1])

    def _way(self, path: str) -> Iterator[tuple[Lines, str]]:
        """The lines of what each part of a path is made by, and the class that it is of, as far as they can be told."""
        inside: _Class | Sequence[ast.expr] | None = self.classes[self.network]
        for part in path.split("."):
            if isinstance(inside, _Class):
                made = inside.made.get(part)
                if made is None:
                    return
                expression: ast.expr = made.value
                lines = (made.lineno, made.end_lineno or made.lineno)
            elif inside is not None and part.isdigit():
                element = _element(inside, int(part))
                if element is None:
                    return
                expression = element
                lines = (expression.lineno, expression.end_lineno or expression.lineno)
            else:
                return
            name, inside = self._inside(expression)
            yield lines, name

    def _inside(self, expression: ast.expr) -> tuple[str, _Class | Sequence[ast.expr] | None]:
        """What the value of an expression is made of: the name of its class, and its attributes or elements."""
        if isinstance(expression, ast.IfExp):
            return self._inside(expression.body)
        if isinstance(expression, ast.List | ast.Tuple):
            return "", expression.elts
        if isinstance(expression, ast.ListComp | ast.GeneratorExp):
            return "", [ast.copy_location(ast.Starred(expression), expression)]
        if not isinstance(expression, ast.Call):
            return "", None
        if isinstance(expression.func, ast.Name) and expression.func.id in self.classes:
            return expression.func.id, self.classes[expression.func.id]
        if ast.unparse(expression.func) == "nn.Sequential":
            return "", expression.args
        if ast.unparse(expression.func) == "nn.ModuleList" and expression.args:
            return self._inside(expression.args[0])
        return "", None


def _class(node: ast.ClassDef) -> _Class:
    found = _Class((node.lineno, node.end_lineno or node.lineno))
    for function in node.body:
        if not isinstance(function, ast.FunctionDef):
            continue
        if function.name == "forward":
            found.forward = (function.lineno, function.end_lineno or function.lineno)
        for statement in ast.walk(function) if function.name == "__init__" else ():
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Attribute):
                found.made[statement.targets[0].attr] = statement
    return found


def _element(elements: Sequence[ast.expr], index: int) -> ast.expr | None:
    """The element of a sequence; one that a comprehension makes is what that says of each."""
    for place, element in enumerate(elements):
        if isinstance(element, ast.Starred):
            value = element.value
            return value.elt if isinstance(value, ast.ListComp | ast.GeneratorExp) else None
        if place == index:
            return element
    return None


def _op_name(node: Node, prefix: str) -> str:
    return f"{prefix}{node.outputs[0]}"


def call_prefix(call: Call, prefix: str) -> str:
    """What leads to the graph that a call is of."""
    return f"{prefix}{call.name}/"
