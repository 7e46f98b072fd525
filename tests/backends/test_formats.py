"""Figures as text for others: TeX compiles what is written, Graphviz and Mermaid are given what they take."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pygraphviz
import pytest

import incspec
from incspec.backends.figures.drawing import Arrow, Box, Drawing, Loop, Side
from incspec.backends.figures.formats import FORMATS
from incspec.backends.figures.plates import Plate
from incspec.backends.figures.render import render
from incspec.styles.read import find_style

NASTY = "% & # _ { } $ ^ ~ < > | \\ \" ' × − – … → ü 漢 end <b>x</b> `y` ;"
DRAWING = Drawing(
    (
        Box("end", NASTY, "17x17x96"),
        Box("b.c", "3 x 3", kind="name"),
        Box("split", "", kind="point"),
        Box("node", "in a frame"),
        Box("graph", "in a head"),
    ),
    (Arrow("end", "b.c"), Arrow("b.c", "split"), Arrow("split", "node"), Arrow("end", "graph")),
    (Loop(4, ("split", "node")),),
    (Side("aux, in training only", ("graph",)),),
)
PLATE = Plate("nasty", f"A title: {NASTY}", f"A caption\n{NASTY}", DRAWING, prefix="Output: ")


@pytest.mark.skipif(
    shutil.which("pdflatex") is None, reason="pdflatex (texlive-latex-base, texlive-pictures) is missing"
)
@pytest.mark.parametrize("style", ["paper-2014", "slide", "dark"])
def test_tikz_compiles_with_a_stock_tex_and_is_one_page_of_its_size(tmp_path: Path, style: str) -> None:
    figure = incspec.load("inception_v4").figure("reduction_a")
    for name, plate in (("figure", figure), ("nasty", PLATE)):
        (tmp_path / f"{name}.tex").write_bytes(render(plate, "tikz", style=find_style(style)))
        run = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"{name}.tex"]
        done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, check=False, errors="replace")
        assert done.returncode == 0, done.stdout[-2000:]
        assert "Output written" in done.stdout.replace("\n", "")
        assert "(1 page" in done.stdout.replace("\n", "")
        assert "Overfull" not in done.stdout
    if shutil.which("pdftotext") is not None:
        command = ["pdftotext", "-raw", "figure.pdf", "-"]
        text = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
        assert [box.label for box in figure.drawing.boxes if box.label not in text] == []


@pytest.mark.parametrize("format", FORMATS)
def test_letters_that_the_font_lacks_are_left_out_without_a_word(format: str) -> None:
    code = f"from backends.test_formats import PLATE, render\nprint(len(render(PLATE, {format!r})))"
    path = os.pathsep.join((str(Path(__file__).parents[1]), *sys.path))
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout == f"{len(render(PLATE, format))}\n"
    assert done.stderr == ""


def test_dot_is_what_graphviz_reads_with_every_label_as_it_is() -> None:
    graph = pygraphviz.AGraph(string=render(PLATE, "dot").decode())
    assert set(graph.nodes()) == {box.id for box in DRAWING.boxes}
    assert {tuple(edge) for edge in graph.edges()} == {(arrow.tail, arrow.head) for arrow in DRAWING.arrows}
    laid = graph.draw(format="svg", prog="dot").decode()
    shown = "".join(re.findall(r"<text[^>]*>([^<]*)</text>", laid))
    assert "&lt;b&gt;x&lt;/b&gt;" in shown
    assert "Output: 17x17x96" in shown


def test_mermaid_has_a_node_for_each_box_and_a_line_for_each_arrow() -> None:
    text = render(PLATE, "mermaid").decode()
    assert text.startswith("---\ntitle: ")
    assert "\nflowchart BT\n" in text
    nodes = re.findall(r"^ +(n\d+)[(\[]", text, re.MULTILINE)
    assert sorted(nodes) == ["n0", "n1", "n2", "n3", "n4"]
    lines = re.findall(r"^  (n\d) (-->|---|-\.->) (n\d)$", text, re.MULTILINE)
    assert lines == [("n0", "-->", "n1"), ("n1", "---", "n2"), ("n2", "-->", "n3"), ("n0", "-.->", "n4")]
    (label,) = re.findall(r'n0\["(.*)"\]', text)
    assert not re.search(r'["<>`\\]', label.replace("<br/>", ""))
    assert text.count("subgraph") == text.count("\n  end") == 2


def test_a_notebook_shows_figure_and_table_and_makes_only_what_is_asked_for() -> None:
    model = incspec.load("inception_v4")
    shown = model._repr_mimebundle_()
    assert list(shown) == ["text/plain", "image/svg+xml", "text/html"]
    assert shown["image/svg+xml"].startswith("<?xml")
    assert "<svg" in shown["text/html"]
    assert "<?xml" not in shown["text/html"]
    assert "4 x Inception-A" in shown["text/html"]
    assert "Filter concat" not in shown["text/html"]  # a block is called by its title
    assert 'title="42,679,816"' in shown["text/html"]
    assert list(model._repr_mimebundle_(include={"text/plain"})) == ["text/plain"]
    assert list(model._repr_mimebundle_(exclude={"text/html"})) == ["text/plain", "image/svg+xml"]
