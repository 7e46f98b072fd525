"""Parsing: the text of an expression -> Expr. Ours, so that nothing is ever handed to Python's own parser."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from .tree import BINDING, KEYWORDS, LIMIT, Binary, Call, Expr, ExpressionError, IfElse, Literal, Name, Unary
from .value import FUNCTIONS

MAX_TOKENS = 200
_MAX_DEPTH = 50  # of brackets: each is a handful of Python's frames

# Behind a number or name comes a blank, a sign or the end: `1:30` and `3x3` are no numbers with something behind them.
_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:0|[1-9][0-9_]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![^-+*/%<>()=,!\s]))"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?![^-+*/%<>()=,!\s]))|(?P<op>\*\*|//|==|!=|<=|>=|[-+*/%<>()=,])"
    r"|(?P<bad>[^-+*/%<>()=,!\s]+|\S))"
)


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> Expr:
    """Read an expression.

    Raises:
        ExpressionError: the text is none; `at` says where it stops being one.
    """
    return _Parser(text).parse()


class _Parser:
    """Precedence climbing over a short list of tokens; the list's bound is the bound on recursion."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str, int, int]] = []
        self.index = 0
        self.depth = 0

    def parse(self) -> Expr:
        self._tokenize()
        if not self.tokens:
            raise ExpressionError("invalid-expression", "an expression is missing", (0, len(self.text)))
        expr = self._ternary()
        if self.index < len(self.tokens):
            self._fail()
        return expr

    def _tokenize(self) -> None:
        for match in _TOKEN.finditer(self.text):
            kind = match.lastgroup
            if kind is None:
                continue
            text, (start, end) = match.group(kind), match.span(kind)
            if kind == "bad":
                raise self._bad_token(text, start, end)
            self.tokens.append((kind, text, start, end))
            if len(self.tokens) > MAX_TOKENS:
                raise ExpressionError(
                    "invalid-expression",
                    f"an expression has at most {MAX_TOKENS} words and signs",
                    (0, len(self.text)),
                    "compute parts of it in `params`",
                )

    def _bad_token(self, text: str, start: int, end: int) -> ExpressionError:
        message, hint = f"`{text}` is not part of an expression", None
        if re.match(r"0[0-9xXoObB_]", text):
            message, hint = f"`{text}` is not a number", "numbers are decimal, without leading zeros"
        elif "^" in text:
            hint = f"a power is `{text.replace('^', '**')}`"
        elif name := re.search(r"\$\w+|\{\s*\w+\s*\}", text):
            hint = f"the value of a parameter is its name alone: `{name[0].strip('${} ')}`"
        elif text[0] == "?":
            hint = _as_choice(self.text)
        elif re.fullmatch(r"\.[0-9]+", text):
            hint = f"write `0{text}`"
        elif re.fullmatch(r"[0-9]+\.", text):
            hint = f"write `{text}0`"
        elif re.fullmatch(r"[0-9]+(x[0-9]*)+", text):
            message, hint = f"`{text}` is not a number", "a size like `3x3` stands before the op, or as `kernel`"
        elif text[0].isdigit():
            message, hint = f"`{text}` is not a number", "numbers look like `96`, `42_679_816`, `0.1`, `1e-3`"
        elif text[0] in "\"'":
            hint = "words are written without quotes"
        elif "[" in text or "]" in text:
            hint = "there is no indexing"
        elif text[0] == "&":
            hint = "write `and`"
        elif text[0] == "|":
            hint = "write `or`"
        elif text[0] == "!":
            hint = "write `not`"
        elif "." in text:
            hint = "only a tensor's name has a dot in it"
        return ExpressionError("invalid-expression", message, (start, end), hint)

    def _peek(self) -> str:
        return self.tokens[self.index][1] if self.index < len(self.tokens) else ""

    def _accept(self, text: str) -> bool:
        if self._peek() == text:
            self.index += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            self._fail(f"`{text}` is missing")

    def _fail(self, reason: str = "") -> None:
        if self.index < len(self.tokens):
            _, text, start, end = self.tokens[self.index]
            message = reason or f"unexpected `{text}`"
            hint = "`==` compares" if text == "=" and not reason else None
        else:
            start = end = len(self.text)
            message, hint = reason or "the expression ends too early", None
        raise ExpressionError("invalid-expression", message, (start, end), hint)

    def _ternary(self) -> Expr:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            self._fail(f"an expression has at most {_MAX_DEPTH} brackets in each other")
        expr = self._conditional()
        self.depth -= 1
        return expr

    def _conditional(self) -> Expr:
        then = self._binary(1)
        if not self._accept("if"):
            return then
        condition = self._binary(1)
        self._expect("else")
        otherwise = self._conditional()
        return IfElse(condition, then, otherwise, (then.at[0], otherwise.at[1]))

    def _binary(self, least: int) -> Expr:
        left = self._unary()
        while (binding := BINDING.get(self._peek(), 0)) >= least:
            op = self.tokens[self.index][1]
            self.index += 1
            right = self._binary(binding + 1)
            if binding == 4 and BINDING.get(self._peek()) == 4:
                self._fail("comparisons do not chain: write `a < b and b < c`")
            left = Binary(op, left, right, (left.at[0], right.at[1]))
        return left

    def _unary(self) -> Expr:
        start = self.tokens[self.index][2] if self.index < len(self.tokens) else len(self.text)
        if self._accept("not"):
            operand = self._binary(3)
            return Unary("not", operand, (start, operand.at[1]))
        if self._accept("-"):
            operand = self._unary()
            if isinstance(operand, Literal) and not isinstance(operand.value, bool | str):
                return Literal(-operand.value, (start, operand.at[1]))
            return Unary("-", operand, (start, operand.at[1]))
        return self._power()

    def _power(self) -> Expr:
        base = self._atom()
        if self._accept("**"):
            exponent = self._unary()
            return Binary("**", base, exponent, (base.at[0], exponent.at[1]))
        return base

    def _atom(self) -> Expr:
        if self.index >= len(self.tokens):
            self._fail()
        kind, text, start, end = self.tokens[self.index]
        if kind == "number":
            self.index += 1
            return Literal(parse_number(text, (start, end)), (start, end))
        if kind == "name" and text in ("true", "false"):
            self.index += 1
            return Literal(text == "true", (start, end))
        if kind == "name" and text not in KEYWORDS:
            self.index += 1
            if self._accept("("):
                return self._call(text, start, end)
            return Name(text, (start, end))
        if text == "(":
            self.index += 1
            inner = self._ternary()
            self._expect(")")
            return replace(inner, at=(start, self.tokens[self.index - 1][3]))
        self._fail()
        raise AssertionError("unreachable")

    def _call(self, function: str, start: int, end: int) -> Expr:
        arguments: list[Expr] = []
        while not self._accept(")"):
            if arguments:
                self._expect(",")
            if function == "round_to" and self._peek() == "m" and self._next_is("="):
                self.index += 2
            arguments.append(self._ternary())
        if function not in FUNCTIONS:
            raise ExpressionError(
                "unknown-function",
                f"there is no function `{function}`",
                (start, end),
                "there is " + ", ".join(f"`{name}`" for name in FUNCTIONS),
            )
        least, most, _ = FUNCTIONS[function]
        if not least <= len(arguments) <= most:
            wanted = str(least) if least == most else f"{least} or {most}" if most < 99 else f"{least} or more"
            plural = "" if least == most == 1 else "s"
            raise ExpressionError(
                "invalid-expression",
                f"`{function}` takes {wanted} argument{plural}, got {len(arguments)}",
                (start, self.tokens[self.index - 1][3]),
            )
        return Call(function, tuple(arguments), (start, self.tokens[self.index - 1][3]))

    def _next_is(self, text: str) -> bool:
        return self.index + 1 < len(self.tokens) and self.tokens[self.index + 1][1] == text


def parse_number(text: str, at: tuple[int, int] = (0, 0)) -> int | float:
    """A decimal number: whole if it has neither fraction nor exponent.

    Raises:
        ExpressionError: it is larger than `LIMIT`.
    """
    plain = text.replace("_", "")
    whole = not re.search(r"[.eE]", plain)
    too_large = (len(plain) > 400) or abs(value := int(plain) if whole else float(plain)) > LIMIT
    if too_large:
        raise ExpressionError("number-too-large", f"`{text[:40]}` is too large", at, f"the limit is {LIMIT:.0e}")
    return value


def _as_choice(text: str) -> str:
    """How what other languages write as `a ? b : c` is written here."""
    condition, _, choices = text.partition("?")
    yes, _, no = choices.partition(":")
    parts = [part.strip() for part in (yes, condition, no)]
    return "write `{} if {} else {}`".format(*(parts if all(parts) else "bac"))
