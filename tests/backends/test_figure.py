"""Rendering: formats, fonts, silence, and the same bytes on every machine and in every process."""

from __future__ import annotations

import hashlib
import json
import os
import re
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import pytest

from incspec.backends.figures.dot import Figure
from incspec.backends.figures.render import FORMATS, Format, layout, render, routed
from incspec.diagnostics import InternalError

LOOK = 'graph [rankdir=BT]\n\tnode [fontname="Source Sans Pro" fontsize=12 shape=box]'
CHAIN = f'digraph Test {{\n\t{LOOK}\n\ta [label="3x3 Conv (96 stride 2 V) × & <1>"]\n\ta -> b\n}}'
FIGURE = Figure("test", "A <title> & more", "A figure of a test", CHAIN)
MAGIC: dict[Format, bytes] = {
    "svg": b'<?xml version="1.0" encoding="UTF-8"?>\n<svg ',
    "png": b"\x89PNG\r\n\x1a\n",
    "pdf": b"%PDF-1.",
    "dot": b"digraph Test {",
}
SVG = "{http://www.w3.org/2000/svg}"


def run(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run code that can use `render` and `FIGURE` in a process with this environment and no other."""
    program = f"import sys; sys.path[:] = {sys.path!r}\n" + (
        "from incspec.backends.figures.render import FORMATS, layout, render\n"
        f"from incspec.backends.figures.dot import Figure\nFIGURE = Figure({FIGURE.name!r}, {FIGURE.title!r}, "
        f"{FIGURE.caption!r}, {FIGURE.dot!r})\n{code}"
    )
    return subprocess.run(
        [sys.executable, "-I", "-c", program], env=env, capture_output=True, text=True, check=False, timeout=120
    )


HASHES = "import hashlib\nprint([hashlib.sha256(render(FIGURE, format)).hexdigest() for format in FORMATS])"


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_has_its_magic_bytes(format: Format) -> None:
    assert render(FIGURE, format).startswith(MAGIC[format])


@pytest.mark.parametrize(
    "env",
    [
        {},
        {"TZ": "Asia/Kolkata", "PYTHONHASHSEED": "1"},
        {"TZ": "UTC", "HOME": "/nonexistent", "FONTCONFIG_FILE": "/nonexistent", "FONTCONFIG_SYSROOT": "/nonexistent"},
    ],
)
def test_the_bytes_are_the_same_in_every_process_and_nothing_else_is_written(env: dict[str, str]) -> None:
    done = run(HASHES, **env)
    ours = [hashlib.sha256(render(FIGURE, kind)).hexdigest() for kind in FORMATS]
    assert (done.stdout, done.stderr, done.returncode) == (f"{ours}\n", "", 0)


@pytest.mark.parametrize("closed", ["sys.stderr.close()", "sys.stderr = None", "import os; os.close(2)"])
def test_it_works_without_standard_error(closed: str) -> None:
    done = run(f"{closed}\nprint([len(render(FIGURE, format)) for format in FORMATS])")
    assert (done.stdout, done.returncode) == (f"{[len(render(FIGURE, kind)) for kind in FORMATS]}\n", 0)


def test_nothing_is_written_even_of_large_figures(capfd: pytest.CaptureFixture[str]) -> None:
    edges = "\n".join(f"n{k} -> n{k + 1}" for k in range(1100))
    layout(f"digraph {{ nodesep=bad {edges} }}", "json0")
    assert capfd.readouterr() == ("", "")


def test_the_environment_is_left_as_it_was() -> None:
    code = "import os\nrender(FIGURE, 'svg')\nprint({name: os.environ[name] for name in os.environ if 'FONT' in name})"
    assert run(code).stdout == "{}\n"
    assert run(code, FONTCONFIG_PATH="/mine").stdout == "{'FONTCONFIG_PATH': '/mine'}\n"


def test_no_files_are_left(tmp_path: Path) -> None:
    assert run(HASHES, TMPDIR=str(tmp_path)).returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_pygraphviz_is_imported_when_something_is_rendered() -> None:
    code = "before = 'pygraphviz' in sys.modules\nrender(FIGURE, 'svg')\nprint(before, 'pygraphviz' in sys.modules)"
    assert run(code).stdout == "False True\n"


# --- what is in the files


def test_svg_says_what_it_is_in_text() -> None:
    root = ElementTree.fromstring(render(FIGURE, "svg"))
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert root.findtext(f"{SVG}title") == "A <title> & more"
    assert root.findtext(f"{SVG}desc") == "A figure of a test"
    texts = list(root.iter(f"{SVG}text"))
    assert [text.text for text in texts] == ["3x3 Conv (96 stride 2 V) × & <1>", "b"]
    families = [family.strip(" '") for family in root.attrib["font-family"].split(",")]
    assert all("font-family" not in text.attrib for text in texts)
    assert families[0] == "Source Sans Pro"
    assert families[-1] == "sans-serif"


def test_svg_refers_to_nothing_outside_and_names_no_version() -> None:
    text = render(FIGURE, "svg").decode()
    assert re.findall(r"\w+://[^\"\s]*", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<!|href|url\(|@import|[Gg]raphviz", text)


def test_text_is_measured_in_our_font() -> None:
    """Its widths for this text; DejaVu Sans, say, is a third wider."""
    (box, _) = json.loads(layout(CHAIN, "json0"))["objects"]
    assert 2.0 < float(box["width"]) < 2.4


def test_pdf_embeds_our_font_and_no_other() -> None:
    names = re.findall(rb"/FontName /\w+\+([\w-]+)", inflated(render(FIGURE, "pdf")))
    assert set(names) == {b"SourceSansPro-Regular"}


def test_pdf_has_no_date_and_its_table_is_right() -> None:
    data = render(FIGURE, "pdf")
    assert b"Date" not in inflated(data)
    start = int(re.findall(rb"startxref\n(\d+)\n%%EOF\n$", data)[0])
    table = re.match(rb"xref\n0 (\d+)\n((?:\d{10} \d{5} [nf] ?\n)+)trailer", data[start:])
    assert table is not None
    entries = re.findall(rb"(\d{10}) \d{5} ([nf])", table[2])
    assert len(entries) == int(table[1])
    for number, (offset, kind) in enumerate(entries):
        if kind == b"n":
            assert data[int(offset) :].startswith(b"%d 0 obj\n" % number)


def inflated(data: bytes) -> bytes:
    """A PDF with its compressed parts in plain."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", data, re.DOTALL)
    return data + b"".join(zlib.decompressobj().decompress(stream) for stream in streams if stream[:1] == b"x")


def test_png_has_the_resolution_that_is_asked_for() -> None:
    small, large = (struct.unpack(">II", render(FIGURE, "png", dpi=dpi)[16:24]) for dpi in (100, 200))
    assert large == pytest.approx([2 * length for length in small], abs=2)
    assert render(FIGURE, "png") == render(FIGURE, "png", dpi=150)


# --- arrows


def test_arrows_are_straight_where_they_cross_nothing() -> None:
    diamond = f"digraph {{\n\t{LOOK}\n\ta -> b -> d\n\ta -> c -> d\n}}"
    assert "splines=line" in routed(diamond)
    assert render(Figure("x", "x", "x", diamond), "dot").decode() == routed(diamond)


def test_arrows_are_bent_round_boxes() -> None:
    shortcut = f"digraph {{\n\t{LOOK}\n\ta -> b -> c\n\ta -> c\n}}"
    assert routed(shortcut) == shortcut


# --- mistakes of ours


@pytest.mark.parametrize("dot", ["digraph { a -> [ }", "digraph { a [label=<<B>x>] }", ""])
def test_what_graphviz_refuses_is_an_internal_error(dot: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InternalError, match="Graphviz"):
        render(Figure("x", "x", "x", dot), "svg")
    assert capfd.readouterr() == ("", "")


def test_after_a_mistake_it_works_on() -> None:
    with pytest.raises(InternalError):
        layout("digraph {", "svg")
    assert render(FIGURE, "svg").startswith(MAGIC["svg"])


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the system does not list open files")
def test_files_are_closed() -> None:
    render(FIGURE, "pdf")
    before = os.listdir("/proc/self/fd")
    for _ in range(3):
        render(FIGURE, "pdf")
    assert len(os.listdir("/proc/self/fd")) == len(before)


def test_threads_take_turns() -> None:
    with ThreadPoolExecutor(4) as pool:
        results = set(pool.map(lambda dpi: render(FIGURE, "png", dpi=dpi), [80] * 40))
    assert results == {render(FIGURE, "png", dpi=80)}
