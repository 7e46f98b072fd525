"""Axes of charts and the names along them: round numbers, and names that keep clear of each other."""

from __future__ import annotations

import itertools
import math

import hypothesis
import pytest
from hypothesis import strategies as st

from incspec.backends.charts import axis, names


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (7, "7"), (999, "999"), (999.4, "999"), (1_000, "1 k"), (42_679_816, "42.7 M"), (1.2254e10, "12.3 G"),
     (0.17, "0.17")],
)  # fmt: skip
def test_numbers_have_three_digits_and_a_prefix(value: float, text: str) -> None:
    assert axis.unit_for(value).text(value) == text


@hypothesis.settings(max_examples=200, derandomize=True, deadline=None, database=None)
@hypothesis.given(st.floats(1e-3, 1e12), st.integers(1, 9))
def test_ticks_are_round_few_and_reach_far(limit: float, most: int) -> None:
    found = axis.ticks(limit, most)
    assert found[0] == 0
    assert 1 <= len(found) - 1 <= max(most, 2)
    assert found[-1] <= limit * (1 + 1e-9)
    assert found[-1] * 2.5 > limit or len(found) - 1 >= most / 2.5 - 1
    step = found[1] / 10 ** math.floor(math.log10(found[1]) + 1e-9)
    assert min(abs(step - round_) for round_ in (1, 2, 5, 10)) < 1e-6


def test_a_logarithmic_axis_has_ones_twos_and_fives_where_there_is_room() -> None:
    assert axis.log_ticks(1, 60, 8) == (1, 2, 5, 10, 20, 50)
    assert axis.log_ticks(1, 60_000, 8) == (1, 10, 100, 1_000, 10_000)
    assert axis.log_ticks(0.5, 3, 8) == (1, 2)


@hypothesis.settings(max_examples=200, derandomize=True, deadline=None, database=None)
@hypothesis.given(
    st.lists(st.tuples(st.floats(0, 200), st.floats(5, 60)), min_size=1, max_size=12).map(
        lambda items: [names.Name(x, width) for x, width in sorted(items)]
    )
)
def test_names_keep_clear_of_each_other_and_of_lines(wanted: list[names.Name]) -> None:
    found = names.placed(wanted, 0, 200)
    if found is None:
        assert len(wanted) > 1
        return
    assert [place.name for place in found] == wanted
    for place in found:
        assert place.left >= 0
        assert place.left + place.name.width <= 200 + 1e-9
    for a, b in itertools.combinations(found, 2):
        if a.line == b.line:
            assert a.left + a.name.width < b.left or b.left + b.name.width < a.left
        near, far = (a, b) if a.line < b.line else (b, a)
        if near.line != far.line:
            assert not near.left <= far.name.x <= near.left + near.name.width


def test_names_that_do_not_fit_are_left_to_a_key() -> None:
    assert names.placed([names.Name(x, 90) for x in range(0, 200, 10)], 0, 200) is None
