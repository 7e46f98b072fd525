"""Rendering: formats, fonts, silence, and the same bytes on every machine and in every process."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import shutil
import struct
import subprocess
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageFont

import incspec
from incspec.backends.figures.drawing import Arrow, Box, Drawing
from incspec.backends.figures.fonts import font_file, text_width
from incspec.backends.figures.formats import FORMATS, Format
from incspec.backends.figures.plates import Plate
from incspec.backends.figures.render import render, scene
from incspec.backends.figures.scene import Group

CHAIN = Drawing((Box("a", "3x3 Conv (96 stride 2 V) × & <1>", "17x17x96"), Box("b", "b")), (Arrow("a", "b"),))
FIGURE = Plate("test", "A <title> & more", "A figure of a test", CHAIN)
MAGIC: dict[Format, bytes] = {
    "svg": b'<?xml version="1.0" encoding="UTF-8"?>\n<svg ',
    "png": b"\x89PNG\r\n\x1a\n",
    "pdf": b"%PDF-1.",
    "tikz": b"% A <title> & more\n",
    "mermaid": b"---\ntitle: ",
    "dot": b'digraph "A <title> & more" {',
}
SVG = "{http://www.w3.org/2000/svg}"


def run(code: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run code that can use `render` and `FIGURE` in a process with this environment and no other."""
    program = f"import sys; sys.path[:] = {sys.path!r}\n" + (
        "from incspec.backends.figures.drawing import Arrow, Box, Drawing\n"
        "from incspec.backends.figures.plates import Plate\n"
        "from incspec.backends.figures.formats import FORMATS\n"
        "from incspec.backends.figures.render import render\n"
        f"FIGURE = {FIGURE!r}\n{code}"
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


def test_no_files_are_left(tmp_path: Path) -> None:
    assert run(HASHES, TMPDIR=str(tmp_path)).returncode == 0
    assert list(tmp_path.iterdir()) == []


# --- what is in the files


def test_svg_says_what_it_is_in_text() -> None:
    root = ElementTree.fromstring(render(FIGURE, "svg"))
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert root.findtext(f"{SVG}title") == "A <title> & more"
    assert root.findtext(f"{SVG}desc") == "A figure of a test"
    texts = list(root.iter(f"{SVG}text"))
    assert [text.text for text in texts] == ["3x3 Conv (96 stride 2 V) × & <1>", "17x17x96", "b"]
    families = [family.strip(" '") for family in root.attrib["font-family"].split(",")]
    assert all("font-family" not in text.attrib for text in texts)
    assert families[0] == "Source Sans Pro"
    assert families[-1] == "sans-serif"


def test_svg_refers_to_nothing_outside_and_names_no_version() -> None:
    text = render(FIGURE, "svg").decode()
    assert re.findall(r"\w+://[^\"\s]*", text) == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"<!|href|url\((?!data:font/otf;base64,)|@import|<script", text)


def test_svg_names_its_boxes_and_arrows_for_those_who_hear_it() -> None:
    groups = list(ElementTree.fromstring(render(FIGURE, "svg")).iter(f"{SVG}g"))
    assert {group.attrib["role"] for group in groups} == {"graphics-symbol"}
    assert [(group.attrib["aria-roledescription"], group.attrib["aria-label"]) for group in groups] == [
        ("connection", "from 3x3 Conv (96 stride 2 V) × & <1> to b"),
        ("layer", "3x3 Conv (96 stride 2 V) × & <1>, 17x17x96"),
        ("layer", "b"),
    ]


def test_text_is_measured_in_our_font() -> None:
    """As Pillow measures it, by FreeType."""
    font = ImageFont.truetype(str(font_file()), 1000, layout_engine=ImageFont.Layout.BASIC)
    for text in ("3x3 Conv (96 stride 2 V)", "Äußerst − × – 17", "Filter concat"):
        pairs = sum(font.getlength(letter) for letter in text)  # without kerning, as it is shown
        assert text_width(text, 1000) == pytest.approx(pairs, abs=0.5 * len(text))


def test_svg_carries_the_letters_it_shows_and_says_how_wide_they_are() -> None:
    text = render(FIGURE, "svg").decode()
    (data,) = re.findall(r"base64,([^)]*)\)", text)
    with TTFont(io.BytesIO(base64.b64decode(data))) as font:
        assert {chr(code) for code in font.getBestCmap()} >= set("3x3 Conv (96 stride 2 V) × & <1>")
    widths = {node.text: float(node.attrib["textLength"]) for node in ElementTree.fromstring(text).iter(f"{SVG}text")}
    assert widths["17x17x96"] == pytest.approx(text_width("17x17x96", 12), abs=0.01)


def test_pdf_embeds_our_font_and_no_other() -> None:
    names = re.findall(rb"/FontName /\w+\+([\w-]+)", inflated(render(FIGURE, "pdf")))
    assert set(names) == {b"SourceSansPro"}


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not installed")
def test_text_of_a_pdf_is_text(tmp_path: Path) -> None:
    path = tmp_path / "figure.pdf"
    path.write_bytes(render(FIGURE, "pdf"))
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    assert [re.split(r"\s{2,}", line.strip()) for line in done.stdout.strip("\f\n ").split("\n") if line.strip()] == [
        ["b"], ["3x3 Conv (96 stride 2 V) × & <1>", "17x17x96"],
    ]  # fmt: skip


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


def figure(*arrows: str) -> Plate:
    pairs = [Arrow(*arrow.split()) for arrow in arrows]
    boxes = dict.fromkeys(name for pair in pairs for name in (pair.tail, pair.head))
    return Plate("x", "x", "x", Drawing(tuple(Box(name, name) for name in sorted(boxes)), tuple(pairs)))


def lines(figure: Plate) -> dict[str, int]:
    """How many pieces of each arrow are curves."""
    groups = [item for item in scene(figure).items if isinstance(item, Group) and item.role == "edge"]
    return {
        group.id: sum(step.controls is not None for step in group.items[0].steps)  # type: ignore[union-attr]
        for group in groups
    }


def test_arrows_are_straight_where_they_cross_nothing() -> None:
    assert lines(figure("a b", "a c", "b d", "c d")) == {"a b": 0, "a c": 0, "b d": 0, "c d": 0}


def test_arrows_are_bent_round_boxes() -> None:
    assert lines(figure("a c", "a b", "b c")) == {"a c": 2, "a b": 0, "b c": 0}


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


@pytest.mark.parametrize("dpi", [72, 100, 150, 200, 333])
def test_the_pixels_at_the_edges_are_whole(dpi: int) -> None:
    """No row or column of half a pixel, through which what is behind the picture shows."""
    for name in ("network", "stem", "reduction_b"):
        data = render(incspec.load("inception_v4").figure(None if name == "network" else name), "png", dpi=dpi)
        image = Image.open(io.BytesIO(data)).convert("RGBA")
        width, height = image.size
        edges = [image.crop(box) for box in ((0, height - 1, width, height), (width - 1, 0, width, height))]
        assert {color for edge in edges for _, color in edge.getcolors() or ()} == {(255, 255, 255, 255)}
