"""Size functions are their values: what is computed with functions is what is computed with every number alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incspec.shapes import window_output
from incspec.sizes.function import IDENTITY, SizeFunction, SizesUnknownError, constant, joined
from incspec.sizes.length import Length, Path, explore, function_of, length
from incspec.sizes.size_set import ALL, NONE, SizeSet

COUNT = 300
NUMBERS = range(1, COUNT + 1)

small = st.integers(1, 6)
sets = st.builds(SizeSet.of, st.lists(st.booleans(), max_size=6), st.lists(st.booleans(), min_size=1, max_size=6))


@st.composite
def rules(draw: st.DrawFn) -> list[tuple[str, int]]:
    names = st.sampled_from(["+", "-", "*", "//", "%", "square it in thirds", "window", "ceil"])
    return draw(st.lists(st.tuples(names, small), max_size=5))


def computed(n: int, steps: list[tuple[str, int]]) -> int:
    """As an op's rule would compute; both a number and a `Length` go through it."""
    for name, number in steps:
        if name == "+":
            n = n + number
        elif name == "-":
            n = number - n if n < number else n - number
        elif name == "*":
            n = n * number
        elif name == "//":
            n = n // number
        elif name == "%":
            n = n + n % number
        elif name == "square it in thirds":
            n = n if n // 3 * 3 == n else n + 1
        else:
            n = window_output(n, number, 1 + number // 2, number // 2 * 2, ceil_mode=name == "ceil")
    return n


@settings(max_examples=60, deadline=None)
@given(rules(), sets)
def test_a_rule_gives_for_all_sizes_what_it_gives_for_each(steps: list[tuple[str, int]], domain: SizeSet) -> None:
    if not domain:
        return

    def rule(path: Path) -> SizeFunction | int:
        return function_of(computed(length(IDENTITY.restricted(path.domain), path), steps))

    parts = explore(rule, domain)
    for n in NUMBERS:
        holding = [result for part, result in parts if n in part]
        assert len(holding) == (n in domain)
        for result in holding:
            assert (result if isinstance(result, int) else result(n)) == computed(n, steps)


@settings(max_examples=40, deadline=None)
@given(rules(), rules())
def test_equal_functions_have_one_form(steps: list[tuple[str, int]], others: list[tuple[str, int]]) -> None:
    def function(steps: list[tuple[str, int]]) -> SizeFunction:
        whole = None
        for part, value in explore(lambda path: function_of(computed(length(IDENTITY, path), steps)), ALL):
            piece = constant(value, part) if isinstance(value, int) else value.restricted(part)
            whole = piece if whole is None else joined(whole, piece)
        assert whole is not None
        return whole

    first, second = function(steps), function(others)
    same = first.table(4 * COUNT) == second.table(4 * COUNT)
    assert (first == second) == same
    assert not same or hash(first) == hash(second)


@settings(max_examples=40, deadline=None)
@given(sets, sets)
def test_sets_have_the_members_of_their_parts(a: SizeSet, b: SizeSet) -> None:
    for n in NUMBERS:
        assert (n in a & b) == (n in a and n in b)
        assert (n in a | b) == (n in a or n in b)
        assert (n in a - b) == (n in a and n not in b)
    assert (a == b) == (a.table(COUNT) == b.table(COUNT))
    assert bool(a) == any(a.table(COUNT))
    members = [n for n in NUMBERS if n in a]
    assert a.smallest == (members[0] if members else None)
    assert a.nearest(50) == (
        max((n for n in members if n < 50), default=None),
        min((n for n in members if n > 50), default=None),
    )


def test_sets_between_two_numbers() -> None:
    assert [n for n in NUMBERS if n in SizeSet.between(3, 5)] == [3, 4, 5]
    assert [n for n in NUMBERS if n in SizeSet.between(298, None)] == [298, 299, 300]
    assert SizeSet.between(1, None) == ALL
    assert not NONE


def test_a_length_is_the_number_at_the_smallest_size() -> None:
    path = Path(SizeSet.between(7, None))
    found = length(IDENTITY.restricted(path.domain), path)
    assert isinstance(found, Length)
    assert (int(found), f"{found + 1}") == (7, "8")


def test_a_product_of_two_lengths_is_refused() -> None:
    path = Path(ALL)
    found = length(IDENTITY, path)
    with pytest.raises(SizesUnknownError, match="another one"):
        found * found


def test_periods_that_are_too_long_are_refused() -> None:
    function = IDENTITY.over(97).over(89)
    with pytest.raises(SizesUnknownError, match="repeats only after"):
        function.over(83)
