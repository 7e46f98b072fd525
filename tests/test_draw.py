"""`incspec draw`: what may be asked of figures, on the command line and in Python, and what is told of what means nothing."""

from __future__ import annotations

import math
import re
from contextlib import suppress
from pathlib import Path
from random import Random
from xml.etree import ElementTree

import pytest
from tiny import TINY
from typer.testing import CliRunner, Result

import incspec
from incspec.backends.figures.formats import FORMATS
from incspec.cli import app
from incspec.diagnostics import CompileError
from incspec.styles.read import read_style, style_names
from incspec.styles.style import Style

SVG = "{http://www.w3.org/2000/svg}"
NETWORK = """incspec: 1
name: Test
input: [3, 32, 32]
blocks:
  inner: [3x3 conv 4, relu]
  outer: [concat: [[inner], [1x1 conv 4]]]
network: [outer, outer: {repeat: 2}, inner]
"""


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "test.yaml"
    path.write_text(NETWORK, encoding="utf-8")
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["draw", "test.yaml", *arguments])


def labels(svg: bytes) -> list[str]:
    """What boxes and frames are called aloud."""
    groups = ElementTree.fromstring(svg).iter(f"{SVG}g")
    return [group.attrib["aria-label"] for group in groups if group.attrib["class"] in ("box", "frame")]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--style", "drak"), "there is no style `drak`: did you mean `dark`?"),
        (("--style", "my.yaml"), "there is no file `my.yaml`: there is `dark`"),
        (("--direction", "rihgt"), "there is no direction `rihgt`: did you mean `right`?"),
        (("--show", "shape,mac"), "there is no fact to show `mac`: did you mean `macs`?"),
        (("--edges", "shap"), "there is no fact for arrows `shap`: did you mean `shape`?"),
        (("--edges", "macs"), "there is no fact for arrows `macs`: there is `shape`, `field`"),
        (("--color", "cost"), "there is no colouring `cost`: there is `type`, `parameters`, `macs`, `none`"),
        (("--expand", "iner"), "Test has no block `iner`: did you mean `inner`?"),
        (("--block", "outr"), "Test has no figure of a block `outr`: did you mean `outer`?"),
        (("--format", "mermiad"), "there is no format `mermiad`: did you mean `mermaid`?"),
        (("--whole", "--depth", "2"), "`--whole` is `--depth 0`: leave out one of the two"),
        (("-o", "a.png", "--dpi", "1200", "--style", "huge.yaml"), "take a smaller `dpi`"),
    ],
)
def test_what_means_nothing_is_told_with_what_was_meant(spec: Path, arguments: tuple[str, ...], told: str) -> None:
    Path("huge.yaml").write_text("margin: 20000\n", encoding="utf-8")
    result = run(*arguments)
    assert result.exit_code == 2
    assert told in re.sub(r"\s+", " ", result.stderr)
    assert "Traceback" not in result.output


def test_a_style_with_mistakes_is_told_as_a_spec_is(spec: Path) -> None:
    Path("my.yaml").write_text("font: 12\ndirektion: right\n", encoding="utf-8")
    result = run("--style", "my.yaml")
    assert result.exit_code == 1
    assert "error[unknown-key]: a style has no `direktion`" in result.stderr
    assert "my.yaml:2:1" in result.stderr
    assert "did you mean `direction`?" in result.stderr


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_written_under_its_own_ending_and_taken_from_it(spec: Path, format: str) -> None:
    ending = FORMATS[format].suffix
    assert run("-f", format, "-b", "outer", "-o", ".").stdout == f"outer.{ending}\n"
    assert run("-b", "outer", "-o", f"again.{ending}").exit_code == 0
    assert Path(f"outer.{ending}").read_bytes() == Path(f"again.{ending}").read_bytes()


def test_blocks_open_in_place_to_a_depth_or_by_name(spec: Path) -> None:
    model = incspec.load(str(spec))
    assert labels(model.draw()) == [
        "Input (32x32x3)", "Outer, Output: 32x32x8", "2 x Outer, Output: 32x32x8", "Inner, Output: 32x32x4",
    ]  # fmt: skip
    opened = labels(model.draw(depth=2))
    assert opened.count("Outer") == 1
    assert opened.count("2 x Outer") == 1
    assert [label for label in opened if label.startswith("Filter concat")] == ["Filter concat, Output: 32x32x8"] * 2
    assert "Inner" in opened  # in the branches, still closed
    assert labels(model.draw(depth=0)) == labels(model.draw(depth=3))
    assert labels(model.draw(expand=["inner"])).count("Inner") == 1
    assert labels(model.draw("outer", expand=["inner"])).count("Inner") == 1
    assert Path(run("--whole", "-o", "a.svg").stdout.strip()).read_bytes() == model.draw(depth=0)


def test_what_stands_on_arrows_is_asked_for_by_option_or_by_style(spec: Path) -> None:
    model = incspec.load(str(spec))
    Path("my.yaml").write_text("edges: [shape]\n", encoding="utf-8")
    drawn = model.draw(edges=["shape"])
    assert drawn == model.draw(style="my.yaml") != model.draw()
    assert model.draw(style="my.yaml", edges=["none"]) == model.draw()
    assert Path(run("--edges", "shape", "-b", "network").stdout.strip()).read_bytes() == drawn


def test_a_style_is_asked_for_by_its_name_its_file_or_itself(spec: Path) -> None:
    model = incspec.load(str(spec))
    Path("my.yaml").write_text("like: dark\n", encoding="utf-8")
    dark = model.draw(style="dark")
    assert dark == model.draw(style="my.yaml") == model.draw(style=Path("my.yaml"))
    assert dark != model.draw() == model.draw(style=Style())
    assert run("--style", "my.yaml", "-o", "-").stdout_bytes.rstrip(b"\n") == dark.rstrip(b"\n")


def test_a_network_of_a_paper_is_drawn_as_its_paper_draws() -> None:
    model = incspec.load("inception_resnet_v2")
    assert model.draw("reduction_a") == model.draw("reduction_a", style="paper-2016")


@pytest.mark.parametrize("direction", ["up", "down", "right", "left"])
def test_data_flow_where_they_are_asked_to(spec: Path, direction: str) -> None:
    root = ElementTree.fromstring(incspec.load(str(spec)).draw(direction=direction))
    rects = [group.find(f"{SVG}rect") for group in root.iter(f"{SVG}g") if group.attrib["class"] == "box"]
    axis = "y" if direction in ("up", "down") else "x"
    places = [float(rect.attrib[axis]) for rect in rects if rect is not None]
    assert places == sorted(places, reverse=direction in ("up", "left"))
    assert len(set(places)) == 4


def test_any_change_of_a_style_gives_a_style_or_a_message(tmp_path: Path) -> None:
    folder = Path(incspec.__file__).parent / "styles"
    texts = [(folder / f"{name}.yaml").read_text("utf-8") for name in style_names()]
    random, path = Random(0), tmp_path / "my.yaml"
    for _ in range(300):
        text = random.choice(texts)
        at = random.randrange(len(text))
        change = random.choice(["", "[", "{", ":", "-", "#", "'", "1e", " ", "\n", "nan", "~", "&a ", "0x"])
        path.write_text(text[:at] + change + text[at + random.choice((0, 1, 5)) :], encoding="utf-8")
        with suppress(CompileError):
            assert isinstance(read_style(path), Style)


COLUMN = 84 * 72 / 25.4  # points


def width(svg: bytes) -> float:
    return float(ElementTree.fromstring(svg).attrib["viewBox"].split()[2])


def test_a_figure_that_is_wider_than_its_style_wants_it_is_told_with_what_makes_it_fit(spec: Path) -> None:
    """The change that is named does it, and what fits is drawn without a word."""
    wide = ["1x1 conv 1000 act relu" for _ in range(9)]
    Path("test.yaml").write_text(NETWORK.replace("[1x1 conv 4]", ", ".join(f"[{each}]" for each in wide)), "utf-8")
    asked = ("--block", "outer", "--style", "print", "-o", "-", "--show", "shape,parameters,macs,field")
    told = run(*asked)
    assert width(told.stdout_bytes) > COLUMN
    found = re.fullmatch(r"note: outer is (\d+) mm wide, its style wants 84 mm: with `(.*)` it fits\n", told.stderr)
    assert found is not None, told.stderr
    assert int(found[1]) == math.ceil(width(told.stdout_bytes) * 25.4 / 72)
    mended = run(*asked, *found[2].split())
    assert width(mended.stdout_bytes) <= COLUMN
    assert mended.stderr == ""
    assert run(*asked, "--quiet").stderr == ""
    assert run(*asked[:-3], "-", "--format", "dot").stderr == ""  # whoever lays it out knows how wide it is


def test_where_no_option_makes_a_figure_fit_the_width_that_lets_it_is_named(spec: Path) -> None:
    Path("narrow.yaml").write_text("like: print\nwidth: 8 mm\n", "utf-8")
    told = run("--block", "outer", "--style", "narrow.yaml", "-o", "-").stderr
    found = re.search(r"no option makes it fit, a style with `(width: .*)` lets it", told)
    assert found is not None, told
    Path("narrow.yaml").write_text(f"like: print\n{found[1]}\n", "utf-8")
    assert "note: outer" not in run("--block", "outer", "--style", "narrow.yaml", "-o", "-").stderr


def test_a_figure_that_is_longer_than_its_style_wants_it_is_told_with_what_makes_it_fit(spec: Path) -> None:
    Path("short.yaml").write_text("length: 30 mm\nbreadth: 30 mm\n", "utf-8")
    asked = ("--block", "outer", "--style", "short.yaml", "-o", "-", "--depth", "0")
    told = run(*asked).stderr
    found = re.search(r"^note: outer is (\d+) mm long, its style wants 30 mm: with `(.*)` it fits$", told, re.MULTILINE)
    assert found is not None, told
    assert int(found[1]) > 30
    assert "note: outer" not in run(*asked, *found[2].split()).stderr


def test_where_no_option_makes_a_figure_fit_the_length_that_lets_it_is_named(spec: Path) -> None:
    Path("short.yaml").write_text("length: 9 mm\nbreadth: 9 mm\n", "utf-8")
    told = run("--block", "outer", "--style", "short.yaml", "-o", "-").stderr
    found = re.search(r"no option makes it fit, a style with `(length: .*)` and `(breadth: .*)` lets it", told)
    assert found is not None, told
    Path("short.yaml").write_text("\n".join(found.groups()), "utf-8")
    assert "note: outer" not in run("--block", "outer", "--style", "short.yaml", "-o", "-").stderr


def test_the_tiny_network_is_drawn_in_every_style(tmp_path: Path) -> None:
    path = tmp_path / "tiny.yaml"
    path.write_text(TINY, encoding="utf-8")
    model = incspec.load(str(path))
    made = {style: model.draw(style=style, color="macs", show=["shape", "parameters"]) for style in style_names()}
    assert len(set(made.values())) == len(made)


def test_a_paper_s_style_has_its_words_for_any_network() -> None:
    model = incspec.load("inception_v4")
    assert "DepthConcat" in labels(model.draw("reduction_a", style="paper-2014"))
    assert "Filter concat" in labels(model.draw("reduction_a", style="dark"))
    assert "Filter concat" in labels(model.draw("reduction_a"))
