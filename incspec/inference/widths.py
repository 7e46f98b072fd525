"""Widths in terms of names: what a width that was computed in one scope, turn or case is called in another."""

from __future__ import annotations

from itertools import pairwise

from ..expressions import Expr, IfElse, Literal, Name, Plain, combine, expr_of, trace
from ..expressions.tree import Binary


def grown(widths: list[int], count: int) -> int | None:
    """The last of some widths in terms of the number of turns, if each turn adds the same to it; None if not."""
    first, *rest = (expr_of(width) for width in widths)
    growth, *others = [combine("-", after, before) for before, after in pairwise((first, *rest))] or [Literal(0)]
    if growth == Literal(0) or any(other != growth for other in others):
        return None
    if not others if isinstance(growth, Literal) else not _is_added_to(first, rest[0]):
        return None  # a coincidence, for all that is known
    width = trace(int(widths[-1]), combine("+", first, combine("*", growth, expr_of(count))))
    assert isinstance(width, int)
    return width


def _is_added_to(part: Expr, whole: Expr) -> bool:
    """Whether a sum has something as its first or last term."""
    while isinstance(whole, Binary) and whole.op in ("+", "-"):
        if part in (whole.left, whole.right):
            return True
        whole = whole.left
    return False


def chosen(taken: bool, then: int, otherwise: int) -> Plain:
    """One of two widths, on a condition that is yet to be put in for `?`."""
    return trace(int(then if taken else otherwise), IfElse(Name("?"), expr_of(then), expr_of(otherwise)))
