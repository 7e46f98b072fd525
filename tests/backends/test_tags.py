"""What stands on arrows: each tensor's shape once, as the papers have it, in every format."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pygraphviz
import pytest
import torch

import incspec
from incspec.styles.read import style_names

SVG = "{http://www.w3.org/2000/svg}"
SPLIT = """incspec: 1
name: Split
input: [6, 8, 8]
network:
  - concat: {split: [2, rest], branches: [[3x3 conv 5], [1x1 conv 7]]}
"""


def on_arrows(svg: bytes) -> Counter[str]:
    groups = ElementTree.fromstring(svg).iter(f"{SVG}g")
    return Counter(
        text.text or "" for group in groups if group.attrib["class"] == "edge" for text in group.iter(f"{SVG}text")
    )


def beside_boxes(svg: bytes) -> list[str]:
    """What stands in the groups of boxes and looks like a shape."""
    groups = ElementTree.fromstring(svg).iter(f"{SVG}g")
    texts = (text.text or "" for group in groups if group.attrib["class"] == "box" for text in group.iter(f"{SVG}text"))
    return [text for text in texts if re.fullmatch(r"(Output: )?[0-9x]+", text)]


def test_reduction_a_has_the_shapes_that_its_paper_says() -> None:
    """arXiv:1602.07261, figure 7 with k, l, m, n = 192, 224, 256, 384 of table 1: 35x35x384 becomes 17x17x1024."""
    drawn = incspec.load("inception_v4").draw("reduction_a", edges=["shape"])
    assert on_arrows(drawn) == {
        "35x35x384": 1,  # once, though three branches read it
        "17x17x384": 2,  # the pool, and n
        "35x35x192": 1, "35x35x224": 1, "17x17x256": 1,
    }  # fmt: skip
    assert beside_boxes(drawn) == ["17x17x1024"]  # nothing reads it here


def test_a_whole_network_has_the_shapes_that_torch_computes() -> None:
    """With all blocks open, each convolution's output on the meta device is on an arrow, as often or, in loops, once."""
    model = incspec.load("zoo/resnet50")
    found = set[str]()

    def seen(module: torch.nn.Module, _: object, made: torch.Tensor) -> None:
        if isinstance(module, torch.nn.Conv2d):
            found.add("x".join(map(str, (*made.shape[2:], made.shape[1]))))

    network = model.module(device="meta").eval()
    for module in network.modules():
        module.register_forward_hook(seen)
    network(torch.empty(1, 3, 224, 224, device="meta"))
    assert found <= set(on_arrows(model.draw(depth=0, edges=["shape"])))


def test_the_outputs_of_a_split_have_each_its_own(tmp_path: Path) -> None:
    (tmp_path / "split.yaml").write_text(SPLIT, encoding="utf-8")
    drawn = incspec.load(tmp_path / "split.yaml").draw(edges=["shape"])
    assert on_arrows(drawn) == {"8x8x2": 1, "8x8x4": 1, "8x8x5": 1, "8x8x7": 1}
    assert beside_boxes(drawn) == ["Output: 8x8x12"]


def test_what_differs_from_use_to_use_or_from_turn_to_turn_is_not_told() -> None:
    """arXiv:1409.4842, table 1: no width inside of the inception module is the same in all of its nine uses. In a dense
    block each layer reads 32 channels more than the one before (arXiv:1608.06993), and gives as many; 128 wide is
    the convolution in it.
    """
    assert on_arrows(incspec.load("googlenet").draw("inception", edges=["shape"])) == {}
    texts = on_arrows(incspec.load("zoo/densenet121").draw(depth=0, edges=["shape"]))
    assert "56x56x32" in texts
    assert not {f"56x56x{64 + 32 * turn}" for turn in (1, 3, 4, 5)} & texts.keys()


def test_receptive_fields_stand_there_too() -> None:
    """arXiv:1603.07285 gives the arithmetic: 3x3 with stride 2 sees 3, a 3x3 more sees 3 + 2 * 2, another 7 + 2 * 2."""
    drawn = on_arrows(incspec.load("inception_v4").draw("stem", edges=["shape", "field"]))
    assert {"field 3, stride 2", "field 7, stride 2", "field 11, stride 2"} <= drawn.keys()
    assert "149x149x32" in drawn


@pytest.mark.parametrize("style", style_names())
def test_no_style_has_them_by_itself(style: str) -> None:
    assert on_arrows(incspec.load("inception_v4").draw("inception_a", style=style)) == {}


def test_every_arrow_of_dot_and_mermaid_has_its_own_label() -> None:
    model = incspec.load("inception_v4")
    graph = pygraphviz.AGraph(string=model.draw("reduction_a", format="dot", edges=["shape"]).decode())
    labels = Counter(edge.attr["label"] for edge in graph.edges())
    assert labels == {"35x35x384": 3, "17x17x384": 2, "35x35x192": 1, "35x35x224": 1, "17x17x256": 1}
    text = model.draw("reduction_a", format="mermaid", edges=["shape"]).decode()
    assert Counter(re.findall(r'-->\|"(.*)"\| n', text)) == labels


@pytest.mark.parametrize("format", ["tikz", "pdf", "png"])
def test_other_formats_have_them_as_well(format: str) -> None:
    model = incspec.load("inception_v4")
    drawn = model.draw("reduction_a", format=format, edges=["shape"])
    assert drawn != model.draw("reduction_a", format=format)
    if format == "tikz":
        assert b"35x35x224}" in drawn


def test_branches_end_in_one_row_also_where_not_all_arrows_tell_something() -> None:
    """Inception-A of Inception-v3 is used with projections of 32 and 64 channels (arXiv:1512.00567, figure 5)."""
    root = ElementTree.fromstring(incspec.load("inception_v3").draw("inception_a", edges=["shape"]))
    boxes = {group.attrib["data-name"]: group for group in root.iter(f"{SVG}g") if group.attrib["class"] == "box"}
    (merged,) = (name for name, group in boxes.items() if group.attrib["aria-label"].startswith("Filter Concat"))
    lines = [group.attrib["data-name"].split(" ") for group in root.iter(f"{SVG}g") if group.attrib["class"] == "edge"]
    tags = {tail for tail, head in lines if head == merged}
    last = [
        next(group.iter(f"{SVG}rect")).attrib["y"] for tail, head in lines if head in tags for group in [boxes[tail]]
    ]
    assert len(last) == 4
    assert len(set(last)) == 1
    assert "35x35x32" not in on_arrows(ElementTree.tostring(root))
