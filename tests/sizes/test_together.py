"""Axes of several inputs that depend on each other: which they are, and what is taken when they grow, is what torch takes.

torch runs on its meta device, for each length alone and together. Branches are concatenated: a sum of torch repeats what
is one cell large, which a spec has to say.
"""

from __future__ import annotations

import json
import re
from itertools import pairwise

import pytest
import torch
from torch import nn
from typer.testing import CliRunner

import incspec
from incspec.cli import app
from incspec.loading import load_text
from incspec.runtime.shapes_only import ShapesOnly
from incspec.sizes.data import to_json
from incspec.sizes.report import Taken
from incspec.sizes.text import render_sizes

MOST = 40
TWO = """
input: {a: [3, 16, 16], b: [3, 16, 16]}
network:
  - 3x3 conv 8 stride 2 from a name x
  - 3x3 conv 8 stride 2 from b name y
  - concat: [x, y]
"""
BLOCK = """
input: {a: [3, 16, 16], b: [3, 16, 16]}
blocks:
  stem: {body: [3x3 conv 8 stride 2 V, 2x2 max_pool stride 2 V]}
network:
  - stem: {from: a, name: x}
  - stem: {from: b, name: y}
  - concat: [x, y]
"""
TWICE = """
input: {a: [3, 12, 16], b: [3, 24, 32]}
network:
  - 3x3 conv 8 from a name x
  - 3x3 conv 8 stride 2 from b name y
  - concat: [x, y]
"""
MORE = """
input: {a: [3, 12, 12], b: [3, 16, 14]}
network:
  - 3x3 conv 8 from a name x
  - conv: {out: 8, kernel: 5x3, pad: valid, from: b, name: y}
  - concat: [x, y]
"""
THREE = """
input: {a: [3, 12, 12], b: [3, 12, 12], c: [3, 12, 12]}
network:
  - 3x3 conv 8 stride 2 from a name x
  - 3x3 conv 8 stride 2 from b name y
  - concat: [x, y]
  - 3x3 conv 8 name z
  - 5x5 conv 8 stride 2 from c name w
  - concat: [z, w]
"""
HEAD = """
input: {rgb: [3, 32, 32], depth: [1, 32, 32]}
blocks:
  head: {body: [3x3 avg_pool stride 3 V, flatten, linear 4]}
network:
  - 1x1 conv 8 stride 2 from rgb name x
  - 1x1 conv 8 stride 2 from depth name y
  - concat: [x, y]
  - 1x1 conv 8 name z
"""
TURNED = """
input: {a: [3, 10, 15], b: [3, 15, 10]}
network:
  - permute: {axes: [C, W, H], from: b, name: y}
  - concat: [a, y]
"""
NETWORKS = {
    "two": (TWO, ["a.H with b.H", "a.W with b.W"]),
    "block": (BLOCK, ["a.H with b.H", "a.W with b.W"]),
    "twice": (TWICE, ["a.H with b.H", "a.W with b.W"]),
    "more": (MORE, ["a.H with b.H", "a.W with b.W"]),
    "three": (THREE, ["a.H with b.H", "a.W with b.W", "a.H with c.H", "a.W with c.W"]),
    "head": (HEAD, ["rgb.H with depth.H", "rgb.W with depth.W", "takes every rgb.H, rgb.W that give it 200 features"]),
    "turned": (TURNED, ["a.H with b.W", "a.W with b.H"]),
}


def model_of(name: str) -> incspec.Model:
    text = f"incspec: 1\nname: X{NETWORKS[name][0]}" + (
        "aux: {h: {from: z, weight: 0.3, body: [head]}}\n" * (name == "head")
    )
    return load_text(text.encode(), "x.yaml")


def runs(module: nn.Module, shapes: dict[str, list[int]], *, training: bool) -> bool:
    module.train(training)
    try:
        with torch.no_grad(), ShapesOnly():
            module(*(torch.empty((2, *shape), device="meta") for shape in shapes.values()))
    except RuntimeError:
        return False
    return True


def lengths(taken: Taken, n: int) -> list[tuple[str, int, int]]:
    """The input, place and length of each axis for the length n of the first."""
    if not taken.tied:
        return [(taken.axis.input, taken.axis.place, n)]
    return [(each.axis.input, each.axis.place, each.times * n + each.more) for each in taken.tied]


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_taken_alone_and_together_is_what_torch_takes(name: str) -> None:
    model = model_of(name)
    report, module = model.sizes(), model.module(device="meta")
    for taken in (*report.taken, *report.taken_together):
        assert not taken.single
        for n in range(1, MOST):
            shapes = {each: list(map(int, type_.shape)) for each, type_ in report.inputs.items()}
            for name, place, length in lengths(taken, n):
                shapes[name][place] = length
            assert runs(module, shapes, training=bool(taken.head)) == (n in taken.sizes), (taken.axis.name, n)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_axes_that_depend_on_each_other_are_all_told(name: str) -> None:
    assert [each.text for each in model_of(name).sizes().couplings] == NETWORKS[name][1]


@pytest.mark.parametrize("name", NETWORKS)
def test_axes_that_are_not_told_to_depend_on_each_other_do_not_in_torch(name: str) -> None:
    """What is taken of two axes is what is taken of each alone, but for those that grow together."""
    model = model_of(name)
    report, module = model.sizes(), model.module(device="meta")
    groups = [taken for taken in report.taken_together if not taken.head]
    for one, other in pairwise(groups):
        for n, m in ((1, 1), (7, 31), (24, 9), (33, 40)):
            shapes = {each: list(map(int, type_.shape)) for each, type_ in report.inputs.items()}
            for name, place, length in (*lengths(one, n), *lengths(other, m)):
                shapes[name][place] = length
            assert runs(module, shapes, training=False) == (n in one.sizes and m in other.sizes)


def test_the_text_says_how_axes_grow_together() -> None:
    def told(name: str) -> str:
        text = f"incspec: 1\nname: X{NETWORKS[name][0]}"
        result = CliRunner().invoke(app, ["sizes", "-"], input=text, env={"COLUMNS": "80"})
        assert result.exit_code == 0, result.output
        return result.stdout

    assert "takes, the other axes as stated\n  a.H, a.W, b.H, b.W  15 to 16\n" in told("two")
    assert "takes where they grow together\n  a.H = b.H, a.W = b.W  every size\n" in told("two")
    assert "    a.H with b.H, a.W with b.W\n" in told("two")
    assert "  a.H with b.H = 2*a.H, a.W with b.W = 2*a.W  every size\n" in told("twice")
    assert "  a.H with b.H = a.H+4, a.W with b.W = a.W+2  every size\n" in told("more")
    assert "  a.H = b.H = c.H, a.W = b.W = c.W  every size\n" in told("three")


def test_the_data_say_how_axes_grow_together() -> None:
    text = f"incspec: 1\nname: X{TWICE}"
    data = json.loads(CliRunner().invoke(app, ["sizes", "-", "--json"], input=text).stdout)
    assert [each["axes"] for each in data["together"]] == [["a.H", "b.H"], ["a.W", "b.W"]]
    first = data["takes_together"][0]
    assert first["axes"] == [
        {"axis": "a.H", "stated": 12, "times": 1, "more": 0},
        {"axis": "b.H", "stated": 24, "times": 2, "more": 0},
    ]
    assert (first["text"], first["smallest"], first["then"]) == ("every size", 1, [True])


def test_what_depends_on_each_other_in_a_head_is_said_to_do_so_in_training_only() -> None:
    text = render_sizes(model_of("head").sizes())
    assert "Linear (4), x.yaml:5; of `h`, in training only\n    takes every rgb.H, rgb.W that give it 200" in text
    assert "Filter concat, x.yaml:9\n" in text


def test_heads_that_share_a_block_are_told_together() -> None:
    text = render_sizes(incspec.load("googlenet").sizes())
    assert text.count("takes every H, W that give it 2048 features") == 1
    assert "Linear (1024), googlenet.yaml:40; of `aux1`, `aux2`, in training only\n" in text


def test_fields_of_several_inputs_are_told_once_where_they_are_the_same() -> None:
    assert re.search(r"concat +16x8x8 +2  3\n", render_sizes(model_of("two").sizes()))
    assert re.search(r"concat +16x12x16 +1 of a, 2 of b  3\n", render_sizes(model_of("twice").sizes()))
    data = to_json(model_of("twice").sizes())
    rows = data["rows"]
    assert isinstance(rows, list)
    assert isinstance(rows[-1], dict)
    axes = rows[-1]["axes"]
    assert [(each["axis"], each["stride"], each["receptive_field"]) for each in axes] == [
        ("a.H", 1.0, 3),
        ("b.H", 2.0, 3),
        ("a.W", 1.0, 3),
        ("b.W", 2.0, 3),
    ]


def test_a_merge_tells_the_sizes_of_each_axis_where_they_differ() -> None:
    """Twice as large and with twice the stride, one more row of `a` is two of `b`."""
    report = model_of("twice").sizes()
    told = {each.axis.name: (each.sizes, each.fails) for each in report.agreements}
    module, stated = model_of("twice").module(device="meta"), {"a": [3, 12, 16], "b": [3, 24, 32]}
    for axis, (sizes, fails) in told.items():
        name, letter = axis.split(".")
        place = {"H": 1, "W": 2}[letter]
        for n in (*range(1, MOST), fails):
            shapes = {**stated, name: [*stated[name][:place], n, *stated[name][place + 1 :]]}
            assert runs(module, shapes, training=False) == (n in sizes), (axis, n)
    text = render_sizes(report)
    assert "    a.H: 12; 13 does not fit\n    a.W: 16; 17 does not fit\n" in text
    assert "    b.H: 23 to 24; 25 does not fit\n    b.W: 31 to 32; 33 does not fit\n" in text
