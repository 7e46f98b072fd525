"""Expressions: text -> tree -> value, and the source that a traced value is printed as."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incspec.expressions import (
    UNKNOWN,
    ExpressionError,
    Name,
    Plain,
    UnknownValue,
    evaluate,
    expr_of,
    is_flag,
    names_in,
    parse_expression,
    parse_number,
    substitute,
    to_python,
    trace,
    untraced,
)


def value(text: str, **names: Plain) -> Plain:
    return untraced(evaluate(parse_expression(text), names))


def failure(text: str, **names: Plain) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        value(text, **names)
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2*3", 7),
        ("(1 + 2)*3", 9),
        ("7//2", 3),
        ("-7//2", -4),
        ("7 % 4", 3),
        ("7/2", 3.5),
        ("2**3**2", 512),
        ("-2**2", -4),
        ("2**-1", 0.5),
        ("1 if 2 > 1 else 3", 1),
        ("1 if false else 2 if true else 3", 2),
        ("not 1 == 2 and true", True),
        ("true or 1/0 == 1", True),
        ("min(3, 2, 5) + max(1, 4)", 6),
        ("ceil(2.1) + floor(2.9)", 5),
        ("round_to(37)", 40),
        ("round_to(x=37)", None),
        ("round_to(10, m=4)", 12),
        ("42_679_816", 42_679_816),
        ("1e-3", 0.001),
        ("2.5e2", 250.0),
    ],
)
def test_value_of_an_expression(text: str, expected: Plain | None) -> None:
    if expected is None:
        assert failure(text).code == "invalid-expression"
    else:
        assert value(text) == expected


@given(x=st.integers(1, 4000), m=st.sampled_from([1, 4, 8, 16]))
def test_round_to_gives_a_multiple_that_loses_at_most_a_tenth(x: int, m: int) -> None:
    rounded = value("round_to(x, m)", x=x, m=m)
    assert rounded % m == 0
    assert rounded >= 0.9 * x
    assert rounded >= m
    assert abs(rounded - x) <= m


def test_names_have_the_values_of_their_place() -> None:
    assert value("2*width + in", width=3, **{"in": 4}) == 10
    assert [name.id for name in names_in(parse_expression("a if b else min(c, a)"))] == ["b", "a", "c", "a"]


def test_words_compare_and_do_not_compute() -> None:
    assert value("kind == other", kind="relu", other="gelu") is False
    assert failure("kind + 1", kind="relu").code == "wrong-type"


def test_a_condition_is_no_number_and_a_number_no_condition() -> None:
    assert failure("true + 1").code == "wrong-type"
    assert failure("1 if n else 2", n=3).help == "compare it: `n != 0`"
    assert failure("not 1").code == "wrong-type"


def test_unknown_values_spread_without_a_message_of_their_own() -> None:
    with pytest.raises(UnknownValue):
        evaluate(parse_expression("2*width"), {"width": UNKNOWN})


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "invalid-expression", (0, 0)),
        ("2 +", "invalid-expression", (3, 3)),
        ("2 + )", "invalid-expression", (4, 5)),
        ("(2", "invalid-expression", (2, 2)),
        ("width 2", "invalid-expression", (6, 7)),
        ("1 < 2 < 3", "invalid-expression", (6, 7)),
        ("a = 3", "invalid-expression", (2, 3)),
        ("010", "invalid-expression", (0, 3)),
        ("2 * 0x10", "invalid-expression", (4, 8)),
        ("1:30", "invalid-expression", (0, 4)),
        (".5", "invalid-expression", (0, 2)),
        ("3x3", "invalid-expression", (0, 3)),
        ("w[0]", "invalid-expression", (0, 4)),
        ("'a'", "invalid-expression", (0, 3)),
        ("a && b", "invalid-expression", (2, 4)),
        ("sqrt(2)", "unknown-function", (0, 4)),
        ("min()", "invalid-expression", (0, 5)),
        ("2*floor(1, 2)", "invalid-expression", (2, 13)),
        ("3*(-8)**0.5", "invalid-expression", (2, 11)),
        ("1 + 2//0", "division-by-zero", (4, 8)),
        ("2 % 0", "division-by-zero", (0, 5)),
        ("9**9**9", "number-too-large", (0, 7)),
        ("10**9 * 10**9", "number-too-large", (0, 13)),
        ("1e99", "number-too-large", (0, 4)),
        ("round_to(8, 0.5)", "invalid-expression", (12, 15)),
        ("nobody", "unknown-name", (0, 6)),
    ],
)
def test_mistake_has_its_code_and_place(text: str, code: str, place: tuple[int, int]) -> None:
    error = failure(text, a=1, b=2, w=3, width=4)
    assert (error.code, error.at) == (code, place)


@pytest.mark.parametrize(
    "text", ["(" * 5000, "-" * 5000 + "1", "not " * 5000, "1+" * 5000 + "1", "9" * 10_000, "a" * 10**6]
)
def test_no_expression_takes_long_or_exhausts_the_stack(text: str) -> None:
    failure(text)


def test_numbers_are_read_exactly() -> None:
    assert parse_number("1_0") == 10
    assert isinstance(parse_number("6"), int)
    assert isinstance(parse_number("6.0"), float)
    with pytest.raises(ExpressionError):
        parse_number("1" + "0" * 16)


def test_value_remembers_what_it_stands_for() -> None:
    width = trace(8, Name("width"))
    doubled = evaluate(parse_expression("2*w + w - 1"), {"w": width})
    assert doubled == 23
    assert to_python(expr_of(doubled)) == "3 * width - 1"


def test_sums_are_collected() -> None:
    names = {"n": trace(64, Name("n")), "g": trace(8, Name("g"))}
    rest = evaluate(parse_expression("n - 3*g"), names)
    whole = evaluate(parse_expression("r + g + g + g"), {**names, "r": rest})
    assert to_python(expr_of(whole)) == "n"


def test_constant_parts_are_folded() -> None:
    flag = trace(True, Name("flag"))
    assert is_flag(flag)
    chosen = evaluate(parse_expression("3 if 1 == 1 else width"), {"width": trace(8, Name("width"))})
    assert not hasattr(chosen, "expr")
    open_choice = evaluate(parse_expression("2*3 if flag else 4"), {"flag": flag})
    assert to_python(expr_of(open_choice)) == "6 if flag else 4"


def test_substitution_tells_a_value_in_terms_of_another_scope() -> None:
    inner = evaluate(parse_expression("2*width"), {"width": trace(8, Name("width"))})
    outer = substitute(inner, {"width": evaluate(parse_expression("k + 1"), {"k": trace(7, Name("k"))})})
    assert outer == 16
    assert to_python(expr_of(outer)) == "2 * k + 2"


names = st.sampled_from(["a", "b", "c"])
numbers = st.integers(0, 20)
expressions = st.recursive(
    st.one_of(names, numbers.map(str)),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "//", "%"]), inner).map(lambda parts: f"({' '.join(parts)})"),
        inner.map(lambda text: f"-({text})"),
        st.tuples(inner, inner).map(lambda pair: f"min({pair[0]}, {pair[1]})"),
        st.tuples(inner, inner, inner).map(lambda three: f"({three[0]} if {three[1]} > 3 else {three[2]})"),
    ),
    max_leaves=12,
)


@given(text=expressions, a=numbers, b=numbers, c=numbers)
def test_printed_source_has_the_value_of_the_expression(text: str, a: int, b: int, c: int) -> None:
    bare: dict[str, Plain] = {"a": a, "b": b, "c": c}
    traced = {name: trace(number, Name(name)) for name, number in bare.items()}
    try:
        found = evaluate(parse_expression(text), traced)
    except ExpressionError:
        return
    source = to_python(expr_of(found))
    try:
        again = eval(source, {"math": math, "min": min}, dict(bare))
    except ZeroDivisionError:  # in a branch that is not taken here
        return
    assert again == untraced(found)
