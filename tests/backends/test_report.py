"""The report: counts per row against published figures and torch, and what JSON, CSV and Markdown keep of them."""

from __future__ import annotations

import csv
import io
import json
import re
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, fx, nn
from torch.utils._python_dispatch import TorchDispatchMode

from incspec.backends.formats import json_text, to_csv, to_json, to_markdown
from incspec.backends.report import Line, Report, Row, lines, opened, report, sizes
from incspec.diagnostics import Diagnostics
from incspec.ir import TypedGraph
from incspec.pipeline import compile_spec
from incspec.reading.files import SpecFile, find_spec, read_spec
from incspec.rendering.text import render_text
from incspec.source import SourceFile

# arXiv:1602.07261 as counted in the fact sheet, section 2.6: output, parameters and multiply-adds, of all turns.
FACTS = {
    "stem.conv1": ("32x149x149", 928, 19_181_664),
    "stem.conv2": ("32x147x147", 9_280, 199_148_544),
    "stem.conv3": ("64x147x147", 18_560, 398_297_088),
    "stem.concat1": ("160x73x73", 55_488, 294_672_384),
    "stem.concat2": ("192x71x71", 189_312, 972_218_368),
    "stem.concat3": ("384x35x35", 332_160, 406_425_600),
    "inception_a": ("384x35x35", 4 * 317_632, 4 * 387_609_600),
    "reduction_a": ("1024x17x17", 2_306_112, 1_097_164_800),
    "inception_b": ("1024x17x17", 7 * 2_936_256, 7 * 847_264_768),
    "reduction_b": ("1536x8x8", 2_747_392, 511_098_880),
    "inception_c": ("1536x8x8", 3 * 4_553_088, 3 * 290_979_840),
    "linear": ("1000", 1_537_000, 1_536_000),
}
PARAMS, MACS = 42_679_816, 12_253_974_624
HEAD = "incspec: 1\nname: Test\ninput: [3, 32, 32]\n"


def typed(text: str) -> TypedGraph:
    """A network from its text."""
    return _compiled(SpecFile(SourceFile("test.yaml", text), Path()))


def _compiled(file: SpecFile | None) -> TypedGraph:
    sink = Diagnostics()
    compiled = compile_spec(file, sink) if file else None
    assert compiled is not None, render_text(sink)
    return compiled.network


@pytest.fixture(scope="module")
def v4() -> Report:
    return report(_compiled(read_spec(find_spec("inception_v4"), Diagnostics())))


def at(found: Report, path: str) -> Row:
    """The row with this dotted path."""
    (row,) = (line.row for line in lines(found.rows) if ".".join(line.path) == path)
    return row


# --- Inception-v4


@pytest.mark.parametrize("path", FACTS)
def test_rows_have_the_published_counts(v4: Report, path: str) -> None:
    output, params, macs = FACTS[path]
    row = at(v4, path)
    assert (sizes(row.outputs), row.total.params, row.total.macs) == (output, params, macs)


def test_totals_are_the_published_ones(v4: Report) -> None:
    assert (v4.total.params, v4.total.macs) == (PARAMS, MACS)
    assert (sizes(v4.inputs), sizes(v4.outputs)) == ("3x299x299", "1000")


def test_layers_are_counted_by_family(v4: Report) -> None:
    assert v4.total.layers["conv"] == v4.total.layers["norm"] == v4.total.layers["act"] == 149
    assert v4.total.layers["linear"] == 1
    assert at(v4, "inception_c").each.layers["conv"] == 10


def test_equal_turns_are_one_row(v4: Report) -> None:
    assert [row.title for row in v4.rows][1:6] == [
        "4 x Inception-A",
        "Reduction-A",
        "7 x Inception-B",
        "Reduction-B",
        "3 x Inception-C",
    ]
    row = at(v4, "inception_b")
    assert (row.times, row.each.params, row.total.params) == (7, 2_936_256, 20_553_792)
    assert row.figure == "5"


def test_a_layer_is_one_row_with_its_ops_beneath(v4: Report) -> None:
    row = at(v4, "stem.conv1")
    assert (row.kind, row.label, sizes(row.inputs)) == ("layer", "3x3 Conv (32 stride 2 V)", "3x299x299")
    assert [(part.name, part.kind, part.each.params) for part in row.rows] == [
        ("conv", "op", 864),
        ("batch_norm", "op", 64),
        ("relu", "op", 0),
    ]


def test_branches_are_named_as_they_are_drawn(v4: Report) -> None:
    branch = at(v4, "inception_a.concat.branch4")
    assert branch.label == "1x1 Conv (64), 3x3 Conv (96), 3x3 Conv (96)"
    assert [row.name for row in branch.rows] == ["conv1", "conv2", "conv3"]
    assert at(v4, "inception_c.concat.branch3.concat.branch1.conv").label == "1x3 Conv (256)"


def test_parts_sum_to_their_row(v4: Report) -> None:
    for line in lines(v4.rows):
        row = line.row
        for count in ("params", "macs", "activations"):
            parts = [getattr(part.total, count) for part in row.rows]
            assert not parts or sum(parts) == getattr(row.each, count), line.path


def test_paths_are_unique(v4: Report) -> None:
    paths = [line.path for line in lines(v4.rows)]
    assert len(paths) == len(set(paths))


# --- structure


def test_a_block_that_is_called_twice_is_counted_once() -> None:
    found = report(
        typed(HEAD + "blocks: {a: {body: [3x3 conv in, relu]}}\nnetwork: [a, 3x3 max_pool, a, {a: {repeat: 1000}}]\n")
    )
    assert found.rows[0].rows is found.rows[2].rows is found.rows[3].rows
    assert found.rows[3].times == 1000
    assert found.total.params == 1002 * (27 * 3 + 3)


def test_turns_that_differ_are_grouped() -> None:
    found = report(typed(HEAD + "network: [{conv: {out: 8, kernel: 3, stride: 2 if i == 0 else 1, repeat: 4}}]\n"))
    (row,) = found.rows
    assert (row.kind, row.label, row.times) == ("repeat", "3x3 Conv (8 stride 2), 3 x 3x3 Conv (8)", 1)
    assert [(turn.name, turn.times, sizes(turn.inputs)) for turn in row.rows] == [
        ("0", 1, "3x32x32"),
        ("1-3", 3, "8x16x16"),
    ]
    assert row.each.params == (27 * 8 + 8) + 3 * (72 * 8 + 8)
    assert row.total.layers == {"conv": 4}


def test_turns_of_one_label_are_counted_in_it() -> None:
    found = report(typed(HEAD + "network: [{concat: {name: c, repeat: 3, branches: [[1x1 conv in], [relu]]}}]\n"))
    (row,) = found.rows
    assert (row.title, [turn.name for turn in row.rows]) == ("3 x Filter concat", ["0", "1", "2"])
    assert [part.name for part in row.rows[0].rows] == ["branch1", "branch2", "concat"]


@pytest.mark.parametrize(
    "network",
    [
        "[{residual: {repeat: 2, shortcut: none, body: [3x3 conv 8, relu]}}]",
        "[{residual: {repeat: 2, body: [1x1 conv in, {concat: {split: [1, rest], branches: [[relu], [1x1 conv 2]]}}]}}]",
        "[{concat: {repeat: 3, branches: [[1x1 conv in], [3x3 conv in*2]]}}, conv: 4]",
        "[a, {a: {k: 4, repeat: 3}}, {b: {repeat: 2}}]",
    ],
)
def test_the_report_counts_what_the_compiler_counts(network: str) -> None:
    blocks = "blocks: {a: {params: {k: 2}, body: [conv: {out: k, kernel: 3, repeat: k}]}, b: {body: [a, {a: {repeat: 2}}]}}\n"
    graph = typed(HEAD + blocks + f"network: {network}\n")
    found = report(graph)
    assert (found.total.params, found.total.macs) == (graph.cost.params, graph.cost.macs)
    leaves = [line for line in lines(found.rows) if not line.row.rows]
    assert found.total.macs == sum(line.count * line.row.each.macs for line in leaves)


def test_what_does_not_run_has_no_row() -> None:
    found = report(
        typed(
            HEAD
            + "blocks: {a: {params: {wide: 0}, body: [3x3 conv 4, {conv: {out: 8, when: wide > 0}}, {relu: {repeat: 0}}]}}\n"
            + "network: [a, {a: {wide: 1}}]\n"
        )
    )
    assert [[row.name for row in block.rows] for block in found.rows] == [["conv1"], ["conv1", "conv2"]]


def test_a_branch_whose_only_step_does_not_run_is_what_it_passes_on() -> None:
    """The shortcut of a residual unit that needs no projection, as ResNets are written."""
    found = report(
        typed(HEAD + "network: [1x1 conv 4, residual: {body: [relu], shortcut: [{relu: {when: in > 4}}]}]\n")
    )
    assert [part.label for part in found.rows[1].rows] == ["identity", "Relu activation", "+"]


def test_branches_may_be_empty_or_tensors_and_slices() -> None:
    found = report(
        typed(
            HEAD
            + "network:\n  - 1x1 conv 8 name left\n  - concat: {split: 2, act: relu, branches: [[identity], [1x1 conv 4]]}\n"
            + "  - concat: [left, [relu]]\n  - residual: [3x3 conv in, relu]\n"
        )
    )
    split, tensor, residual = found.rows[1:]
    assert [(part.name, part.label) for part in split.rows] == [
        ("split", "Split"),
        ("branch1", "identity"),
        ("branch2", "1x1 Conv (4)"),
        ("concat", "Filter concat"),
        ("relu", "Relu activation"),
    ]
    assert [part.label for part in tensor.rows] == ["left", "Relu activation", "Filter concat"]
    assert (residual.kind, [part.name for part in residual.rows]) == ("residual", ["shortcut", "body", "add"])
    assert [part.name for part in residual.rows[1].rows] == ["conv", "relu"]


def test_a_single_merge_or_layer_is_opened_at_once(v4: Report) -> None:
    line = opened(v4.rows[1])
    assert line == Line(at(v4, "inception_a.concat"), ("inception_a", "concat"), 4)
    assert opened(at(v4, "stem")).row is at(v4, "stem")


# --- activation memory, against torch

ORACLE = (
    HEAD
    + """
defaults: {conv: {norm: batch_norm, act: relu}}
blocks:
  unit: {params: {width: in}, body: [residual: {body: [3x3 conv 6, conv: {out: width, act: none}], act: relu}]}
network:
  - 3x3 conv 8 stride 2 V
  - concat: [[3x3 max_pool], [1x1 conv 4, 3x3 conv 6], [identity]]
  - unit: {repeat: 3}
  - global_avg_pool
  - linear 10
"""
)


class ConvBnRelu(nn.Sequential):
    def __init__(
        self, inputs: int, outputs: int, size: int, *, stride: int = 1, padding: int = 0, relu: bool = True
    ) -> None:
        conv = nn.Conv2d(inputs, outputs, size, stride, padding, bias=False)
        super().__init__(conv, nn.BatchNorm2d(outputs), *([nn.ReLU()] if relu else []))


class Cat(nn.Module):
    def forward(self, *tensors: Tensor) -> Tensor:
        return torch.cat(tensors, 1)


class Add(nn.Module):
    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return a + b


class Mean(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x.mean((2, 3))


class Unit(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.conv1 = ConvBnRelu(22, 6, 3, padding=1)
        self.conv2 = ConvBnRelu(6, 22, 1, relu=False)
        self.add, self.relu = Add(), nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return self.relu(self.add(x, self.conv2(self.conv1(x))))


class Oracle(nn.Module):
    """The network of `ORACLE`, by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = ConvBnRelu(3, 8, 3, stride=2)
        self.pool = nn.MaxPool2d(3, 1, 1)
        self.conv1, self.conv2 = ConvBnRelu(8, 4, 1), ConvBnRelu(4, 6, 3, padding=1)
        self.cat = Cat()
        self.units = nn.Sequential(Unit(), Unit(), Unit())
        self.mean, self.linear = Mean(), nn.Linear(22, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv(x)
        x = self.cat(self.pool(x), self.conv2(self.conv1(x)), x)
        return self.linear(self.mean(self.units(x)))


CELLS = (
    HEAD
    + """
blocks:
  cell:
    inputs: [x, prev]
    outputs: [out, x]
    body:
      - conv: {from: prev, out: 8, name: left}
      - 3x3 conv 8 name middle
      - add: {name: sum, branches: [left, middle]}
      - conv: {from: x, out: 8, name: right}
      - add: {name: out, branches: [sum, right]}
network:
  - 1x1 conv 8 name a
  - 3x3 conv 16 from a name b
  - cell: {from: [b, a], name: cells}
  - cell: {name: more}
  - relu: {from: more.out}
  - 1x1 conv WIDTH name wide
  - 1x1 conv 8 name last
  - add: [last, more.x, cells.out]
"""
)


class Cells(nn.Module):
    """The network of `CELLS`, by hand. The peak is in a cell, or at the wide layer with a tensor of two names alive."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(3, 8, 1), nn.Conv2d(8, 16, 3, padding=1)
        self.left1, self.mid1, self.right1 = nn.Conv2d(8, 8, 1), nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(16, 8, 1)
        self.left2, self.mid2, self.right2 = nn.Conv2d(16, 8, 1), nn.Conv2d(8, 8, 3, padding=1), nn.Conv2d(8, 8, 1)
        self.wide, self.last = nn.Conv2d(8, width, 1), nn.Conv2d(width, 8, 1)

    def forward(self, image: Tensor) -> Tensor:
        a = self.a(image)
        b = self.b(a)
        left = self.left1(a)
        out = left + self.mid1(left) + self.right1(b)
        left = self.left2(b)
        more = left + self.mid2(left) + self.right2(out)
        return self.last(self.wide(torch.relu(more))) + out + out


class Allocations(TorchDispatchMode):
    """The most elements that torch's tensors hold at one time; what exists before is not counted."""

    def __init__(self, known: list[Tensor]) -> None:
        super().__init__()
        self.known = {tensor.untyped_storage().data_ptr() for tensor in known}
        self.alive: dict[int, int] = {}
        self.peak = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, tuple) else (result,):
            place = tensor.untyped_storage().data_ptr()
            if tensor.numel() and place not in self.known and place not in self.alive:
                self.alive[place] = tensor.numel()
                weakref.finalize(tensor, self.alive.pop, place)
        self.peak = max(self.peak, sum(self.alive.values()))
        return result


def test_activations_are_the_outputs_that_torch_makes() -> None:
    module, elements = Oracle().eval(), []
    for leaf in module.modules():
        if not list(leaf.children()):
            leaf.register_forward_hook(lambda _module, _inputs, output: elements.append(output.numel()))
    module(torch.zeros(1, 3, 32, 32))
    found = report(typed(ORACLE))
    assert found.total.activations == sum(elements)
    assert sum(found.total.layers.values()) == len(elements)
    assert found.total.params == sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(
    ("text", "module"),
    [
        (ORACLE, Oracle()),
        (CELLS.replace("WIDTH", "1"), Cells(1)),
        (CELLS.replace("WIDTH", "64"), Cells(64)),
    ],
    ids=["blocks", "in a block of two inputs", "two names for one tensor"],
)
def test_the_peak_is_what_torch_holds_when_it_frees_early(text: str, module: nn.Module) -> None:
    module.eval()
    image = torch.zeros(1, 3, 32, 32)
    interpreter = fx.Interpreter(fx.symbolic_trace(module), garbage_collect_values=True)
    with torch.no_grad(), Allocations([image, *module.parameters(), *module.buffers()]) as allocations:
        interpreter.run(image)
    assert report(typed(text)).peak == allocations.peak + image.numel()


# --- texts


def test_json_parses_back_and_sums_up(v4: Report) -> None:
    document = json.loads(json_text(v4))
    assert document == to_json(v4)
    assert (document["params"], document["macs"]) == (PARAMS, MACS)
    assert document["inputs"] == [[3, 299, 299]]
    assert document["layers"]["conv"] == 149
    pending = [document | {"each": document}]
    while pending:
        row = pending.pop()
        for count in ("params", "macs", "activations", "activation_bytes"):
            assert isinstance(row[count], int)
            assert row[count] == row.get("times", 1) * row["each"][count]
            assert not row["rows"] or sum(part[count] for part in row["rows"]) == row["each"][count]
        pending += row["rows"]


def test_csv_parses_back_and_sums_up(v4: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(v4))))
    assert rows[0]["kind"] == "network"
    assert (int(rows[0]["params"]), int(rows[0]["macs"])) == (PARAMS, MACS)
    for part in ([row for row in rows if row["depth"] == "1"], [row for row in rows if row["parts"] == "0"]):
        for count in ("params", "macs", "activations", "activation_bytes"):
            assert sum(int(row[f"total_{count}"]) for row in part) == int(rows[0][count])
    inner = next(row for row in rows if row["path"] == "inception_b.concat.branch2.conv")
    assert (inner["label"], inner["output"], inner["count"]) == ("1x1 Conv (384)", "384x17x17", "7")
    assert int(inner["total_params"]) == 7 * int(inner["params"])


def test_markdown_has_a_table_of_each_block_that_sums_up(v4: Report) -> None:
    text = to_markdown(v4)
    sections = re.split(r"^##? ", text, flags=re.MULTILINE)[1:]
    assert [section.splitlines()[0] for section in sections] == [
        "Inception-v4",
        "Stem (figure 3)",
        "Inception-A (figure 4)",
        "Reduction-A (figure 7)",
        "Inception-B (figure 5)",
        "Reduction-B (figure 8)",
        "Inception-C (figure 6)",
    ]
    assert "- parameters: 42,679,816\n- multiply-adds: 12,253,974,624\n" in text
    for section in sections:
        table = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"
        ]
        assert {len(row) for row in table} == {7}
        rows, total = table[2:-1], table[-1]
        paths = [row[0].strip("`") for row in rows]
        leaves = [
            row for row, path in zip(rows, paths, strict=True) if not any(p.startswith(f"{path}.") for p in paths)
        ]
        assert total[0] == "**total**"
        for column in (4, 5, 6):
            numbers = [int(row[column].replace(",", "")) for row in leaves]
            assert sum(numbers) == int(total[column].replace(",", ""))


def test_markdown_escapes_what_the_author_names() -> None:
    found = replace(report(typed(HEAD + "network: [relu]\n")), name="a|b\nc")
    assert to_markdown(found).startswith("# a\\|b c\n")


# --- auxiliary heads

HEADS = (
    HEAD
    + """
blocks: {head: {body: [1x1 conv 4, global_avg_pool, linear 10]}}
network: [3x3 conv 8, global_avg_pool, linear 10]
aux:
  aux1: {from: conv, weight: 0.3, body: [head]}
  aux2: {from: input, weight: 0.5, body: [global_avg_pool, linear 10]}
"""
)
TRUNK, AUX = 224 + 90, (36 + 50) + 40


@pytest.fixture(scope="module")
def heads() -> Report:
    return report(typed(HEADS))


def test_heads_stand_apart_from_the_network(heads: Report) -> None:
    assert [row.name for row in heads.rows] == ["conv", "global_avg_pool", "linear"]
    assert [(row.name, row.kind, row.label) for row in heads.aux_rows] == [
        ("aux1", "aux", "Head"),
        ("aux2", "aux", "Average Pooling, Linear (10)"),
    ]
    assert [head.place for head in heads.aux] == ["aux1 from conv, weight 0.3", "aux2 from input, weight 0.5"]


def test_totals_are_without_and_with_heads(heads: Report) -> None:
    assert heads.total.params == TRUNK
    assert heads.total_with_aux.params == TRUNK + AUX
    network = typed(HEADS)
    assert (heads.total.params, heads.total.macs) == (network.cost.params, network.cost.macs)
    assert heads.total_with_aux.macs == network.cost.macs + network.aux_cost.macs


def test_a_head_of_one_block_is_opened_at_once(heads: Report) -> None:
    assert [row.name for row in opened(heads.aux_rows[0]).row.rows] == ["conv", "global_avg_pool", "linear"]


def test_json_has_the_heads_with_their_places_and_weights(heads: Report) -> None:
    found = json.loads(json_text(heads))
    assert found["params_with_aux"] == found["params"] + sum(head["params"] for head in found["aux"])
    assert found["macs_with_aux"] == found["macs"] + sum(head["macs"] for head in found["aux"])
    assert [(head["name"], head["from"], head["weight"]) for head in found["aux"]] == [
        ("aux1", ["conv"], 0.3),
        ("aux2", ["input"], 0.5),
    ]


def test_csv_says_of_each_row_which_head_it_is_in(heads: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(heads))))
    top = [row for row in rows if row["depth"] == "1"]
    assert sum(int(row["total_params"]) for row in top if not row["aux"]) == TRUNK
    assert sum(int(row["total_params"]) for row in top if row["aux"]) == AUX
    assert {row["path"] for row in rows if row["aux"] == "aux1"} >= {"aux1", "aux1.head", "aux1.head.conv"}


def test_markdown_has_a_table_of_the_heads_and_of_their_blocks(heads: Report) -> None:
    text = to_markdown(heads)
    assert f"- parameters: {TRUNK:,} ({TRUNK + AUX:,} with auxiliary heads)" in text
    assert "## Auxiliary heads, in training only\n\n- aux1 from conv, weight 0.3\n" in text
    assert "## Head\n" in text
