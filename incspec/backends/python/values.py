"""Values as source: what they stand for, under the names that a class gives to parameters; and their annotations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ...expressions import Expr, IfElse, Plain, expr_of, is_flag, names_in, to_python
from ...expressions.tree import BINDING, Binary
from .code import Bracket, Choice, Doc, Hole, Infix, Item, Loop, Val
from .layout import Group, Prefixed, Text, Words, flat

# The number of the turn in a loop.
INDEX = "i"


@dataclass
class Printer:
    """Prints code as text. `names` are the identifiers of what values stand for."""

    names: Mapping[str, str] = field(default_factory=dict)

    def text(self, doc: Doc) -> Text:
        """The code as text."""
        if isinstance(doc, Val):
            return self._expression(expr_of(doc.value))
        if isinstance(doc, Bracket):
            return self._bracket(doc)
        if isinstance(doc, Item):
            return self.text(doc.value) if doc.positional else Prefixed(f"{doc.key}=", self.text(doc.value))
        if isinstance(doc, Loop):
            index = "i" if INDEX in names_of(doc.element) else "_"
            clause = f"for {index} in range({flat(self.text(doc.count))})"
            loop = Group("[", (Words((self.text(doc.element), clause)),), "]")
            return Prefixed("*", loop) if doc.star else loop
        if isinstance(doc, Choice):
            condition, otherwise = (
                Prefixed("if ", self.text(doc.condition)),
                Prefixed("else ", self.text(doc.otherwise)),
            )
            then = self.text(doc.then)
            return Words((Group("(", (then,), ")") if isinstance(doc.then, Choice) else then, condition, otherwise))
        if isinstance(doc, Infix):
            first, *rest = (self._operand(doc, index) for index in range(len(doc.operands)))
            return Words((first, *(Prefixed(f"{doc.operator} ", operand) for operand in rest)))
        return doc.passed if isinstance(doc, Hole) else doc

    def name(self, symbol: str) -> str:
        """The identifier of what a value stands for."""
        return self.names.get(symbol, symbol)

    def _expression(self, expr: Expr) -> Text:
        """An expression, which may be broken between the parts of a choice, condition or sum."""
        if isinstance(expr, IfElse):
            then, condition = self._tight(expr.then), self._tight(expr.condition)
            otherwise = self._expression(expr.otherwise)
            rest: tuple[Text, ...] = (otherwise,)
            if isinstance(otherwise, Words) and isinstance(expr.otherwise, IfElse):
                rest = otherwise.pieces
            return Words((then, Prefixed("if ", condition), Prefixed("else ", rest[0]), *rest[1:]))
        for operators in (("or",), ("and",), ("+", "-")):
            if isinstance(expr, Binary) and expr.op in operators:
                (operator, term), *terms = _terms(expr, operators)
                others = (Prefixed(f"{op} ", self._term(op, other)) for op, other in terms)
                return Words((self._term(operator, term), *others))
        return to_python(expr, self.name)

    def _tight(self, expr: Expr) -> Text:
        text = self._expression(expr)
        return Group("(", (text,), ")") if isinstance(expr, IfElse) else text

    def _term(self, operator: str, expr: Expr) -> Text:
        """An operand of `operator`, in brackets where it binds less tightly."""
        if isinstance(expr, IfElse) or (isinstance(expr, Binary) and BINDING.get(expr.op, 9) <= BINDING[operator]):
            return Group("(", (self._expression(expr),), ")")
        return to_python(expr, self.name) if operator in "+-" else self._expression(expr)

    def _bracket(self, doc: Bracket) -> Text:
        shown = [item for item in doc.items if not (isinstance(item, Item) and is_default(item))]
        head = doc.head if isinstance(doc.head, str) else doc.head.name
        if not isinstance(doc.head, str):
            shown = [item for item in shown if doc.head.takes(item)]
        texts = tuple(self.text(item) for item in shown)
        if not head and doc.opening == "(" and len(texts) == 1:
            return f"({flat(texts[0])},)"
        return Group(f"{head}{doc.opening}", texts, doc.closing, doc.explode)

    def _operand(self, doc: Infix, index: int) -> Text:
        """An operand, in brackets where it would bind less tightly than it should."""
        operand = doc.operands[index]
        text = self.text(operand)
        if isinstance(operand, Infix) and (doc.operator == "*" or (operand.operator == doc.operator and index)):
            return Group("(", (text,), ")")
        if isinstance(operand, Choice) or (isinstance(operand, Val) and " " in flat(text)):
            return Group("(", (text,), ")")
        return text


def _terms(expr: Expr, operators: tuple[str, ...]) -> Iterator[tuple[str, Expr]]:
    """The operands of `a + b - c`, each with the operator before it; the first with that after it."""
    if isinstance(expr, Binary) and expr.op in operators:
        left = list(_terms(expr.left, operators))
        yield from left if len(left) > 1 else [(expr.op, expr.left)]
        yield expr.op, expr.right
    else:
        yield operators[0], expr


def is_default(item: Item) -> bool:
    """Whether an argument need not be written."""
    return isinstance(item.value, Val) and isinstance(item.default, Val) and same(item.value.value, item.default.value)


def names_of(doc: Doc) -> Iterator[str]:
    """What a piece of code needs to know, in order; the `i` of a loop only inside it."""
    if isinstance(doc, Val):
        yield from (name.id for name in names_in(expr_of(doc.value)))
    elif isinstance(doc, Item):
        yield from names_of(doc.value)
    elif isinstance(doc, Bracket):
        for item in doc.items:
            yield from names_of(item)
    elif isinstance(doc, Loop):
        yield from names_of(doc.count)
        yield from (name for name in names_of(doc.element) if name != INDEX)
    elif isinstance(doc, Choice):
        for part in (doc.then, doc.condition, doc.otherwise):
            yield from names_of(part)
    elif isinstance(doc, Infix):
        for operand in doc.operands:
            yield from names_of(operand)


def constant(value: Plain) -> bool:
    """Whether a value depends on no parameter."""
    return next(names_in(expr_of(value)), None) is None


def same(a: Plain, b: Plain) -> bool:
    """Whether two values are equal and print alike: 1 is not true here, and `k` is not 1."""
    return expr_of(a) == expr_of(b) and is_flag(a) == is_flag(b)


def annotation(docs: list[Doc]) -> str:
    """The type that fits all of some values: `int`, `int | tuple[int, int]`."""
    kinds = dict.fromkeys(_kind(doc) for doc in docs)
    if "float" in kinds:
        kinds.pop("int", None)
    order = ["bool", "int", "float", "str"]
    return " | ".join(sorted(kinds, key=lambda kind: order.index(kind) if kind in order else len(order)))


def _kind(doc: Doc) -> str:
    if isinstance(doc, Bracket):
        return f"tuple[{', '.join(_kind(item) for item in doc.items)}]"
    assert isinstance(doc, Val)
    if is_flag(doc.value):
        return "bool"
    return "int" if isinstance(doc.value, int) else "float" if isinstance(doc.value, float) else "str"
