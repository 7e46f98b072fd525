"""The document: programs that give what the compiler inferred, items whose places are theirs, parts of networks."""

from __future__ import annotations

from pathlib import Path

import pytest

import incspec
from incspec.model import Model
from incspec.page.document import Document
from incspec.page.rules import Json
from incspec.shapes import TensorType

from .test_rules import answer

Told = dict[str, Json]


def outputs(document: Told, graph: int, inputs: list[tuple[int, ...]]) -> list[tuple[int, ...]] | None:
    """What a graph's program gives for inputs of these shapes; None where an op refuses them."""
    about = document["graphs"][graph]
    values = dict(zip(about["inputs"], inputs, strict=True))
    for target, read, made in about["program"][: about["main"]]:
        arriving = [values[value] for value in read]
        if target < 0:
            given = outputs(document, ~target, arriving)
        else:
            found = answer(document["rules"][target], tuple(map(TensorType, arriving)))
            given = None if isinstance(found[0], str) else list(found[0])
        if given is None:
            return None
        values |= dict(zip(made, given, strict=True))
    return [values[value] for value in about["outputs"]]


def check(model: Model) -> None:
    document = model.page_document()
    last = len(document["graphs"]) - 1
    shapes = [tuple(map(int, type_.shape)) for type_ in model.inputs]
    assert outputs(document, last, shapes) == [tuple(map(int, type_.shape)) for type_ in model.outputs]


def test_a_sketch_has_all_that_the_figure_is_drawn_from() -> None:
    model = incspec.load("inception_v4")
    sketch, whole = Document(model.compiled).sketch(), model.page_document()

    def without_places(graphs: Json) -> Json:
        """Graphs without where their parts are in the texts."""
        if isinstance(graphs, list):
            return [without_places(part) for part in graphs]
        if isinstance(graphs, dict):
            return {key: without_places(part) for key, part in graphs.items() if key not in ("yaml", "code")}
        return graphs

    for key in ("name", "inputs", "rules", "refusals", "peak", "diagnostics"):
        assert sketch[key] == whole[key]
    assert without_places(sketch["graphs"]) == without_places(whole["graphs"])
    assert sketch["texts"] == []
    assert "sketch" not in whole


def test_parts_of_networks_have_pages() -> None:
    model = incspec.load("inception_v4")
    check(model.trunk)
    check(model.select(["inception_a.2", "reduction_a", "stem.concat1"]))  # the third of four turns is an output


def test_random_networks_have_pages(tmp_path: Path) -> None:
    """Splits, letters, conditions, several inputs and outputs, names that lead out of bodies, heads."""
    from differential.generator import random_spec

    seen = 0
    for seed in range(25):
        path = tmp_path / f"{seed}.yaml"
        path.write_text(random_spec(seed), encoding="utf-8")
        try:
            model = incspec.load(path)
        except incspec.CompileError:
            continue
        check(model)
        seen += 1
    assert seen > 12


def test_places_are_those_of_the_steps() -> None:
    """Of each layer, the text that its place in the YAML has, and the line of `model.py` that makes it."""
    model = incspec.load("inception_v4")
    document = model.page_document()
    texts = [text["text"].splitlines() for text in document["texts"]]
    (reduction,) = (graph for graph in document["graphs"] if graph["block"] == "reduction_a")
    found = {}
    for item in reduction["items"]:
        text, line, column, last, after = item["yaml"]
        assert line == last or item["kind"] in ("merge", "op")
        found[item["name"]] = (texts[text][line - 1][column - 1 : after - 1], texts[-1][item["code"][1] - 1].strip())
    assert found["branch3_conv2"][0] == "3x3 conv l"
    assert found["branch3_conv3"][0] == "3x3 conv m stride 2 V"
    assert found["branch3_conv3"][1].startswith("ConvBnRelu(l_, m, kernel_size=3, stride=2)")
    assert found["branch1_max_pool"][1].startswith("self.branch1 = nn.MaxPool2d(3, stride=2)")


@pytest.mark.parametrize("name", ["inception_v4", "googlenet", "zoo/unet", "zoo/densenet121"])
def test_every_step_of_every_block_has_its_places(name: str) -> None:
    document = incspec.load(name).page_document()
    for graph in document["graphs"]:
        for item in graph["items"]:
            if item["kind"] not in ("input", "output", "section"):
                assert "yaml" in item, item["name"]
                assert "code" in item, item["name"]
                text, line, _, last, _ = item["code"]
                assert 1 <= line <= last <= len(document["texts"][text]["text"].splitlines()) + 1
