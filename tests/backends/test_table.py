"""The report on a terminal: a tree that fits, whose numbers are whole, readable on light and dark and in ASCII."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

import incspec
from incspec.backends.report import Report
from incspec.backends.table import human, human_bytes, render_table
from incspec.backends.tree import Line, tree
from incspec.loading import load_text

HEAD = "incspec: 1\nname: Test\ninput: [3, 32, 32]\n"


def reported(text: str) -> Report:
    return load_text((HEAD + text).encode(), "test.yaml").report()


@pytest.fixture(scope="module")
def heads() -> Report:
    return incspec.load("googlenet").report()


def beneath(report: Report, depth: int | None) -> list[Line]:
    root = Line("", "", "", report.name, report.inputs, report.outputs, report.total, kind="root")
    return list(tree(root, report.rows, depth))


def words(text: str) -> list[str]:
    """What is said, whatever is drawn and however it is broken into lines."""
    return re.sub(r"[│├└─▏▎▍▌▋▊▉█]", " ", text).split()


# --- the tree


def test_blocks_are_folded(v4: Report) -> None:
    text = render_table(v4)
    assert "├─ 4 x Inception-A " in text
    assert "└─ Linear (1000) " in text
    assert "concat" not in text
    assert len([line for line in text.splitlines() if "x Inception" in line]) == 3


def test_depth_opens_blocks_and_says_what_one_of_several_turns_costs(v4: Report) -> None:
    text = render_table(v4, depth=2, width=100)
    assert re.search(r"^│  │  each of 4 .* 317\.6 k ", text, re.MULTILINE)
    assert re.search(r"^│  ├─ 1x1 Conv \(96\) .* branch2 .* 37\.06 k ", text, re.MULTILINE)
    assert "BatchNorm" not in text
    assert "BatchNorm" in render_table(v4, depth=None)


@pytest.mark.parametrize("depth", [1, 2, 3, None])
def test_every_line_hangs_on_the_one_that_it_is_part_of(v4: Report, depth: int | None) -> None:
    lines = beneath(v4, depth)
    assert lines[0].guide == ""
    for above, line in pairwise(lines):
        if line.kind == "each":
            assert line.guide == above.hanging
            continue
        *rest, end = (line.guide[at : at + 3] for at in range(0, len(line.guide), 3))
        assert end in ("├─ ", "└─ ")
        # Each line drawn down from above goes on from a branch that had more to come.
        for at, past in enumerate(rest):
            assert past == ("│  " if above.guide[3 * at : 3 * at + 3] in ("├─ ", "│  ") else "   ")
    assert not any("├" in line.guide for line in lines[-1:])


def test_names_stand_with_what_looks_alike_and_in_a_column_where_there_is_room(heads: Report) -> None:
    narrow, wide = render_table(heads), render_table(heads, width=120)
    assert "├─ inception_3a: Inception " in narrow
    assert "├─ Stem " in narrow
    assert re.search(r"├─ Inception +inception_3a ", wide)


def test_the_heads_are_a_tree_of_their_own(heads: Report) -> None:
    lines = render_table(heads).splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith("auxiliary heads "))
    assert lines[start + 1].startswith("├─ aux1: Aux-head ")
    assert lines[start + 2].startswith("└─ aux2: Aux-head ")
    text = render_table(heads)
    assert "6,998,552 (13,378,280 with aux heads)" in text
    assert "aux1 from inception_4a, weight 0.3; aux2" in text


def test_a_network_without_layers_has_a_table_too() -> None:
    found = reported("network: [identity]\n")
    assert found.total.params == found.total.activations == 0
    assert "parameters     0" in render_table(found)


# --- costs


def test_totals_are_exact(v4: Report) -> None:
    for width in (40, 60, 80, 120):
        text = render_table(v4, width=width)
        assert "42,679,816" in text
        assert "12,253,974,624" in text
        assert "149 conv" in text


def test_numbers_are_exact_where_there_is_room(v4: Report) -> None:
    assert "20,553,792" in render_table(v4, width=120)
    assert "20.55 M" in render_table(v4, width=80)


def test_bars_are_parts_of_the_whole_in_fortieths(v4: Report) -> None:
    line = next(line for line in render_table(v4, width=90).splitlines() if "7 x Inception-B" in line)
    params, macs, memory = re.findall("[█▏▎▍▌▋▊▉]+", line)
    part, whole = next(row for row in v4.rows if row.name == "inception_b").total, v4.total
    shares = (part.params / whole.params, part.macs / whole.macs, part.activations / whole.activations)
    assert [_fortieths(bar) for bar in (params, macs, memory)] == [round(40 * share) for share in shares]


def _fortieths(bar: str) -> int:
    return sum(" ▏▎▍▌▋▊▉█".index(sign) for sign in bar)


def test_counts_are_shown_in_four_digits() -> None:
    numbers = (0, 928, 9_999, 10_000, 99_994, 99_999, 317_632, 999_949, 999_950, 42_679_816, 12_253_974_624)
    shown = ["0", "928", "9,999", "10.00 k", "99.99 k", "100.0 k", "317.6 k", "999.9 k", "1.00 M", "42.68 M", "12.25 G"]
    assert [human(number) for number in numbers] == shown
    assert [human_bytes(number) for number in (0, 999, 1_000, 12_136_620)] == ["0 B", "999 B", "1.00 kB", "12.14 MB"]


# --- widths, colours, characters


@pytest.mark.parametrize("depth", [1, 2, 3, None])
@pytest.mark.parametrize("width", [20, 34, 40, 51, 60, 72, 79, 80, 99, 120, 200])
def test_no_line_is_wider_than_the_terminal(v4: Report, width: int, depth: int | None) -> None:
    assert max(cell_len(line) for line in render_table(v4, width=width, depth=depth).splitlines()) <= width


@pytest.mark.parametrize("name", ["inception_v4", "googlenet", "zoo/unet", "zoo/densenet121"])
@pytest.mark.parametrize("width", [80, 100])
def test_nothing_is_cut_off(name: str, width: int) -> None:
    report = incspec.load(name).report()
    text = render_table(report, depth=3, width=width)
    assert "…" not in text
    said = words(text)
    for line in beneath(report, 3):
        for word in line.label.split():
            assert word in said, line.label


def test_a_label_goes_on_in_the_next_line_with_a_whole_layer() -> None:
    lines = render_table(incspec.load("inception_v4").report(), depth=2).splitlines()
    start = next(index for index, line in enumerate(lines) if "1x1 Conv (192)," in line)
    assert [line.rstrip() for line in lines[start + 1 : start + 4]] == [
        "│  │     3x3 Conv (224),",
        "│  │     3x3 Conv (256",
        "│  │     stride 2 V)",
    ]


def test_wide_characters_are_counted_as_terminals_do() -> None:
    text = render_table(replace(reported("network: [relu]\n"), name="名前" * 30), width=60)
    assert max(map(cell_len, text.splitlines()[3:5])) <= 60
    assert text.count("名前") >= 30


def test_color_is_only_there_when_asked_for(v4: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b" not in render_table(v4)
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("COLUMNS", "20")
    assert "\x1b" in render_table(v4, color=True)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", render_table(v4, color=True))
    assert [line.rstrip() for line in plain.splitlines()] == render_table(v4).splitlines()


def test_text_has_the_terminals_own_color_and_bars_one_of_their_own(v4: Report) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=80)
    bars = Text()
    for line in render_table(v4, color=True).splitlines():
        text = Text.from_ansi(line)
        for span in text.spans:
            style = console.get_style(span.style)
            assert style.bgcolor is None
            if style.color is not None:
                bars.append(text[span.start : span.end])
    assert set(bars.plain) <= set(" ▏▎▍▌▋▊▉█")
    assert "█" in bars.plain


def test_ascii_is_enough(v4: Report) -> None:
    text, drawn = render_table(v4, depth=2, ascii_only=True), render_table(v4, depth=2)
    assert text.isascii()
    assert "|  +- 1x1 Conv (96)" in text
    assert [len(line) for line in text.splitlines()] == [len(line) for line in drawn.splitlines()]


def test_a_name_cannot_steer_the_terminal() -> None:
    text = render_table(replace(reported("network: [relu]\n"), name="\x1b[2J[red]名前"))
    assert "\x1b" not in text
    assert "[red]名前" in text
