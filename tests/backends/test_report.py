"""The report: rows and counts against published figures; and those of auxiliary heads."""

from __future__ import annotations

import pytest
from reported import AUX, HEAD, HEADS, MACS, PARAMS, TRUNK, at, typed

from incspec.backends.report import Line, Report, lines, opened, report, sizes

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


# --- auxiliary heads


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
