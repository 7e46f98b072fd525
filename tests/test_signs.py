"""A dash, its blank or a colon that is missing in a line is told at that line and put in; all else is told in the same run."""

from __future__ import annotations

from time import process_time

import pytest
from told import mended, told

from incspec.diagnostics import Diagnostics
from incspec.reading.parse import parse
from incspec.source import SourceFile

HEAD = "incspec: 1\nname: N\ninput: [3, 16, 16]\n"
UNIT = "blocks:\n  unit: {params: {n: 8}, body: [3x3 conv n act relu]}\n"


# What stands in the file, how it is mended, and what is told: codes, lines from the first of these, hints.
MENDED = {
    "a blank, in the middle": (
        UNIT + "network:\n  - relu\n  -3x3 conv 8\n  - relu\n",
        UNIT + "network:\n  - relu\n  - 3x3 conv 8\n  - relu\n",
        [("missing-space", 5, "write `- 3x3 conv 8`")],
    ),
    "a blank, before the colon of a step": (
        UNIT + "network:\n  - relu\n  -unit: {n: 8}  # so\n  - relu\n",
        UNIT + "network:\n  - relu\n  - unit: {n: 8}  # so\n  - relu\n",
        [("missing-space", 5, "write `- unit: {n: 8}`")],
    ),
    "a blank, at the end of the file": (
        "network:\n  - global_avg_pool\n  -linear 10",
        "network:\n  - global_avg_pool\n  - linear 10",
        [("missing-space", 3, "write `- linear 10`")],
    ),
    "all blanks of a list, which is one text to YAML": (
        "network:\n  -global_avg_pool\n  -linear 10\n",
        "network:\n  - global_avg_pool\n  - linear 10\n",
        [("missing-space", 2, "write `- global_avg_pool`"), ("missing-space", 3, "write `- linear 10`")],
    ),
    "a blank, with lines that end as on Windows": (
        "network:\r\n  - relu\r\n  -3x3 conv 8\r\n  - relu\r\n",
        "network:\r\n  - relu\r\n  - 3x3 conv 8\r\n  - relu\r\n",
        [("missing-space", 3, "write `- 3x3 conv 8`")],
    ),
    "a blank between the colon of a step and its braces": (
        UNIT + "network:\n  - unit:{n: 16}\n  - unit:{n: 8, name: a, repeat: 2}  # so\n",
        UNIT + "network:\n  - unit: {n: 16}\n  - unit: {n: 8, name: a, repeat: 2}  # so\n",
        [
            ("missing-space", 4, "write `unit: {n: 16}`"),
            ("missing-space", 5, "write `unit: {n: 8, name: a, repeat: 2}`"),
        ],
    ),
    "a blank between a colon and a bracket": (
        "network:\n  - concat:[[relu], [1x1 conv 8]]\n  - concat:[[relu], [conv: {out: 8}]]\n",
        "network:\n  - concat: [[relu], [1x1 conv 8]]\n  - concat: [[relu], [conv: {out: 8}]]\n",
        [
            ("missing-space", 2, "write `concat: [[relu], [1x1 conv 8]]`"),
            ("missing-space", 3, "write `concat: [[relu], [conv: {out: 8}]]`"),
        ],
    ),
    "a blank between the key of a file or block and its value": (
        "blocks:\n  unit:\n    params:{n: 8, m: n}\n    body:[3x3 conv m]\nnetwork:[unit]\n",
        "blocks:\n  unit:\n    params: {n: 8, m: n}\n    body: [3x3 conv m]\nnetwork: [unit]\n",
        [
            ("missing-space", 3, "write `params: {n: 8, m: n}`"),
            ("missing-space", 4, "write `body: [3x3 conv m]`"),
            ("missing-space", 5, "write `network: [unit]`"),
        ],
    ),
    "a dash, of the first step": (
        UNIT + "network:\n  3x3 conv 8\n  - unit: {n: 16}\n",
        UNIT + "network:\n  - 3x3 conv 8\n  - unit: {n: 16}\n",
        [("missing-dash", 4, "write `- 3x3 conv 8`")],
    ),
    "a dash, before a comment and lines between": (
        "network:\n\n  3x3 conv 8  # the first\n\n  # the second\n  - relu\n",
        "network:\n\n  - 3x3 conv 8  # the first\n\n  # the second\n  - relu\n",
        [("missing-dash", 3, "write `- 3x3 conv 8`")],
    ),
    "a dash, of the first step, where YAML reads one text": (
        "network:\n  3x3 conv 8\n  - relu\n",
        "network:\n  - 3x3 conv 8\n  - relu\n",
        [("missing-dash", 2, "write `- 3x3 conv 8`")],
    ),
    "a dash, of a mapping": (
        UNIT + "network:\n  unit: {n: 16}\n  - relu\n",
        UNIT + "network:\n  - unit: {n: 16}\n  - relu\n",
        [("missing-dash", 4, "write `- unit: {n: 16}`")],
    ),
    "a dash, behind a step of several lines": (
        "network:\n  - concat:\n      - [relu]\n      - [relu]\n  relu\n  conv: {out: 8}\n",
        "network:\n  - concat:\n      - [relu]\n      - [relu]\n  - relu\n  - conv: {out: 8}\n",
        [("missing-dash", 5, "write `- relu`"), ("missing-dash", 6, "write `- conv: {out: 8}`")],
    ),
    "the colon of the first block": (
        "blocks:\n  unit   # so\n    body:\n      - relu\nnetwork:\n  - unit\n",
        "blocks:\n  unit:   # so\n    body:\n      - relu\nnetwork:\n  - unit\n",
        [("missing-colon", 2, "write `unit:`")],
    ),
    "the colon of another block": (
        "blocks:\n  one: [relu]\n  unit\n    - relu\nnetwork:\n  - unit\n  - one\n",
        "blocks:\n  one: [relu]\n  unit:\n    - relu\nnetwork:\n  - unit\n  - one\n",
        [("missing-colon", 3, "write `unit:`")],
    ),
    "the colon of the network": (
        "network\n  - relu\n",
        "network:\n  - relu\n",
        [("missing-colon", 1, "write `network:`")],
    ),
    "a sign of each kind, and a key below a step between them": (
        "blocks:\n  unit\n    - relu\n    -relu\nnetwork:\n  3x3 conv 8\n  - relu\n    name: a\n  -unit\n",
        "blocks:\n  unit:\n    - relu\n    - relu\nnetwork:\n  - 3x3 conv 8\n  - relu name a\n  - unit\n",
        [
            ("missing-colon", 2, "write `unit:`"),
            ("missing-space", 4, "write `- relu`"),
            ("missing-dash", 6, "write `- 3x3 conv 8`"),
            ("step-not-a-mapping", 8, "write `relu name a`"),
            ("missing-space", 9, "write `- unit`"),
        ],
    ),
}


@pytest.mark.parametrize(("wrong", "right", "found"), MENDED.values(), ids=MENDED)
def test_a_missing_sign_is_told_at_its_line_and_put_in(
    wrong: str, right: str, found: list[tuple[str, int, str]]
) -> None:
    items = [(item.code, item.primary.span.position.line - 3, item.help) for item in told(HEAD + wrong) if item.primary]
    assert items == found
    assert mended(HEAD + wrong) == HEAD + right
    assert told(HEAD + right) == []


def test_all_else_in_the_file_is_told_in_the_same_run_at_its_place() -> None:
    text = f"{HEAD}network:\n  3x3 conv 8\n  -3x3 cnov 8\n  - conv: {{out: 8, kernal: 3}}\n  - 1x1 conv width\n"
    places = [(item.code, item.primary.span.text) for item in told(text) if item.primary]
    assert places == [
        ("missing-dash", "3x3 conv 8"),
        ("missing-space", "-3x3 cnov 8"),
        ("unknown-op", "cnov"),
        ("unknown-field", "kernal"),
        ("unknown-name", "width"),
    ]


@pytest.mark.parametrize(
    "steps",
    [
        "blocks:\n  unit:\n    params: {n: 8}\n    - relu\nnetwork: [unit]\n",  # `body:` is missing
        "network:\n  - 3x3 conv 8\n  repeat: 2\n  - relu\n",
        "network:\n  - 3x3 conv 8\nparams: {a: 1\n",
    ],
)
def test_of_other_lines_no_sign_is_said_to_be_missing(steps: str) -> None:
    assert [item.code for item in told(HEAD + steps)] == ["invalid-yaml"]


def test_prose_may_hold_lines_that_begin_with_a_dash() -> None:
    assert (
        told(
            f"{HEAD}blocks:\n  unit:\n    note: one:[two]\n      -three\n      four:{{five}}\n    body: [relu]\nnetwork: [unit]\n"
        )
        == []
    )


@pytest.mark.parametrize(
    "lines",
    [
        "".join(f"{' ' * (300 - k % 298)}a b\n" for k in range(8000)),
        "".join("- x\n" + "".join(f"{' ' * (25 - k)}a\n" for k in range(20)) for _ in range(300)),
        "  -a\n" * 20_000,
        "  - a\n" + "  a b\n" * 20_000,
    ],
    ids=["one text", "many texts", "no blanks", "no dashes"],
)
def test_files_of_such_lines_alone_are_refused_in_time(lines: str) -> None:
    sink, started = Diagnostics(), process_time()
    parse(SourceFile("spec.yaml", f"incspec: 1\nnetwork:\n{lines}"), sink)
    assert process_time() - started < 3  # it takes 0.05 to 0.4 s
    assert len(sink) <= 30
