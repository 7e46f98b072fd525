"""Receptive fields: those of ops are where torch has gradients, those of networks are the published ones."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest
import torch

import incspec
from incspec.loading import load_text
from incspec.ops import OPS
from incspec.ops.base import Op
from incspec.shapes import TensorType
from incspec.sizes.field import Everything, Field, Several, Unclear, fields

sys.path.insert(0, str(Path(__file__).parents[1] / "ops"))
from torch_calls import build  # a helper of the ops' tests

BY_KEYWORD = {op.keyword: op for op in OPS}
LENGTH = 12
CASES = [
    ("conv", {"out": 2, "kernel": (3,), "stride": (2,), "pad": "same"}),
    ("conv", {"out": 2, "kernel": (3,), "dilation": (2,), "pad": "valid"}),
    ("conv", {"out": 2, "kernel": (4,), "pad": "same"}),
    ("conv", {"out": 2, "kernel": (5,), "stride": (3,), "pad": (1,)}),
    ("conv_transpose", {"out": 2, "kernel": (4,), "stride": (2,)}),
    ("conv_transpose", {"out": 2, "kernel": (3,), "stride": (2,), "pad": (1,), "output_padding": (1,)}),
    ("conv_transpose", {"out": 2, "kernel": (2,), "stride": (2,), "pad": "valid"}),
    ("max_pool", {"kernel": (3,), "stride": (2,), "pad": "same"}),
    ("max_pool", {"kernel": (2,), "stride": (2,), "pad": "valid", "ceil_mode": True}),
    ("avg_pool", {"kernel": (5,), "stride": (3,), "pad": "valid"}),
    ("adaptive_avg_pool", {"size": (4,)}),
    ("adaptive_avg_pool", {"size": (5,)}),
    ("adaptive_max_pool", {"size": (1,)}),
    ("global_avg_pool", {"keep": True}),
    ("global_max_pool", {"keep": True}),
    ("upsample", {"scale": (3,)}),
    ("upsample", {"scale": (2,), "mode": "linear"}),
    ("upsample", {"scale": (3,), "mode": "linear"}),
    ("upsample", {"scale": (2,), "mode": "linear", "align_corners": True}),
    ("upsample", {"size": (18,)}),
    ("upsample", {"size": (18,), "mode": "nearest_exact"}),
    ("pad", {"sizes": (2, 1)}),
    ("crop", {"sizes": (2, 1)}),
    ("lrn", {"size": 3}),
    ("batch_norm", {}),
    ("layer_norm", {}),
    ("relu", {}),
    ("softmax", {}),
    ("channel_shuffle", {"groups": 2}),
    ("reshape", {"shape": (4, 6)}),
    ("dropout", {"p": 0.5}),
]


def dependence(op: Op, x: TensorType) -> torch.Tensor:
    """Which cells of the input each cell of the output depends on, by the gradients of torch: output x input."""
    torch.manual_seed(0)
    run = build(op.torch_call((x,)))
    found: torch.Tensor | None = None
    for _ in range(120 if "max" in op.keyword else 10):  # a maximum has a gradient at one cell only
        given = torch.randn(1, *x.shape, dtype=torch.float64)
        if isinstance(run, torch.nn.Module):
            run.double()
        jacobian = torch.autograd.functional.jacobian(run, given)[0, :, :, 0].abs().sum(dim=(0, 2)) > 0
        found = jacobian if found is None else found | jacobian
    assert found is not None
    return found


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel lengths")
@pytest.mark.parametrize(("keyword", "settings"), CASES)
def test_an_op_reads_what_torch_reads(keyword: str, settings: dict[str, object]) -> None:
    op, x = BY_KEYWORD[keyword](**settings), TensorType((2, LENGTH))
    ((reach),) = op.reach(x)
    found = dependence(op, x)
    for cell, row in enumerate(found):
        first, last = math.ceil(reach.stride * cell + reach.first), math.floor(reach.stride * cell + reach.last)
        wanted = set(range(LENGTH)) if reach.whole else set(range(max(first, 0), min(last, LENGTH - 1) + 1))
        read = {place for place in range(LENGTH) if row[place]}
        if settings.get("mode") == "linear" and not settings.get("align_corners"):
            assert read <= wanted  # beyond the edge torch reads the first cell instead
            assert read == wanted or cell in (0, 1, len(found) - 2, len(found) - 1)
        elif keyword == "reshape":
            assert read <= wanted
        else:  # between the two a dilated window leaves cells out
            assert read == wanted or "dilation" in settings
            assert (min(read, default=0), max(read, default=0)) == (min(wanted, default=0), max(wanted, default=0))


def test_every_op_that_reads_other_cells_is_looked_at() -> None:
    own = {op.keyword for op in OPS if op.reach is not Op.reach}
    assert own - {keyword for keyword, _ in CASES} == {"permute"}


# Araujo, Norris, Sim: Computing Receptive Fields of Convolutional Neural Networks, Distill 2019, table 1.
PUBLISHED = {
    "inception_v2": ("inception_5b", 699, 32),
    "inception_v3": ("mixed_7c", 1311, 32),
    "inception_v4": ("inception_c", 2071, 32),
    "inception_resnet_v2_tf": ("conv2d_7b_1x1", 3039, 32),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_receptive_field_is_the_published_one(name: str) -> None:
    step, size, stride = PUBLISHED[name]
    seen = fields(incspec.load(name).network).tensors
    found = next(value for value in seen if str(value) == step)
    assert [(field.size, field.jump) for field in seen[found].fields if isinstance(field, Field)] == [
        (size, stride)
    ] * 2


def test_axes_keep_their_fields_when_they_change_places() -> None:
    text = (
        "incspec: 1\nname: X\ninput: [1, 9, 9]\nnetwork: [3x1 conv 1 V, {permute: [C, W, H]}, 3x1 conv 1 stride 2 V]\n"
    )
    (first, second) = fields(load_text(text.encode(), "x").network).outputs[0].fields
    assert isinstance(first, Field)
    assert isinstance(second, Field)
    assert [(field.axis, field.size, field.jump) for field in (first, second)] == [("W", 3, 2), ("H", 3, 2)]


def test_maps_of_different_strides_have_no_common_field() -> None:
    text = "incspec: 1\nname: X\ninput: [1, 1, 1]\nnetwork: [{concat: [[3x3 conv 1], [3x3 conv 1 stride 2]]}]\n"
    assert all(isinstance(field, Unclear) for field in fields(load_text(text.encode(), "x").network).outputs[0].fields)


def test_a_map_that_is_made_of_features_sees_all(tmp_path: Path) -> None:
    steps = "global_avg_pool, linear 36, reshape: [4, 3, 3], 3x3 conv 2"
    (tmp_path / "net.yaml").write_text(f"incspec: 1\nname: N\ninput: [8, 6, 6]\nnetwork: [{steps}]\n")
    rows = incspec.load(tmp_path / "net.yaml").sizes().rows
    assert [row.fields for row in rows[2:]] == [(Everything("H"), Everything("W"))] * 2


def test_cells_that_no_window_reads_are_told() -> None:
    text = "incspec: 1\nname: X\ninput: [1, 8, 9]\nnetwork: [2x2 max_pool stride 3 V, 1x1 conv 2]\n"
    lost = [found.what for found in fields(load_text(text.encode(), "x").network).found]
    assert [(each.axis, each.cells, each.length) for each in lost] == [("W", 1, 9)]


def test_a_pattern_of_millions_of_cells_is_unclear_and_takes_no_time() -> None:
    steps = [f"conv_transpose: {{out: 1, kernel: {a}, stride: {a}}}, {b} max_pool stride {b} V" for a, b in LARGE]
    text = f"incspec: 1\nname: X\ninput: [1, 9]\nnetwork: [{', '.join(steps)}]\n"
    model = load_text(text.encode(), "x")
    assert model.outputs[0].sizes == (6,)
    assert fields(model.network).outputs[0].fields == (Unclear("L"),)


LARGE = ((101, 103), (107, 109), (113, 127))
CHAINS = [
    ("3 conv 1", "2 avg_pool stride 2 V", "upsample: {scale: 2}", "3 conv 1"),
    ("3 conv 1 stride 2", "conv_transpose: {out: 1, kernel: 4, stride: 2, pad: 1}", "3 conv 1"),
    ("upsample: {scale: 3}", "5 conv 1 stride 2 V", "upsample: {scale: 2, mode: linear}", "2 avg_pool stride 2 V"),
    ("3 conv 1 stride 2 V", "adaptive_avg_pool: 5", "upsample: {scale: 2}"),
    ("concat: [[2 avg_pool stride 2 V, upsample: {scale: 2}], [3 conv 1]]", "3 conv 1"),
]


@pytest.mark.parametrize("steps", CHAINS, ids=str)
def test_a_network_sees_what_gradients_flow_to(steps: tuple[str, ...]) -> None:
    length = 24
    network = "".join(f"  - {step}\n" for step in steps)
    model = load_text(f"incspec: 1\nname: X\ninput: [1, {length}]\nnetwork:\n{network}".encode(), "x")
    (field,) = fields(model.network).outputs[0].fields
    assert isinstance(field, Field)
    module = model.module().double().eval()
    for parameter in module.parameters():
        torch.nn.init.ones_(parameter)
    given = torch.randn(1, 1, length, dtype=torch.float64)
    jacobian = torch.autograd.functional.jacobian(module, given)[0, :, :, 0, 0].abs().sum(dim=0) > 0
    looked_at = 0
    for cell, row in enumerate(jacobian):
        first, last = field.at(cell)
        if first >= 0 and last < length:  # not at the edges, where it sees padding, or an interpolation ends
            read = [place for place in range(length) if row[place]]
            assert (read[0], read[-1]) == (first, last)
            looked_at += 1
    assert looked_at > 2
    assert field.size == max(last - first + 1 for first, last in map(field.at, range(24)))


MERGED = [
    ("3 conv 1 stride 2", "5 conv 1 stride 2", "concat", ("a", 3, 2), ("b", 5, 2)),
    ("3 conv 1 stride 2", "3 conv 1 stride 2", "add", ("a", 3, 2), ("b", 3, 2)),
    ("3 conv 1", "7 conv 1 stride 2", "concat", ("a", 3, 1), ("b", 7, 2)),
]


@pytest.mark.parametrize(("first", "second", "merge", "of_a", "of_b"), MERGED)
def test_what_two_inputs_are_merged_in_sees_of_each_what_gradients_flow_to(
    first: str, second: str, merge: str, of_a: tuple[str, int, int], of_b: tuple[str, int, int]
) -> None:
    length = 24
    longer = of_b[2] // of_a[2]
    text = (
        f"incspec: 1\nname: X\ninput: {{a: [1, {length}], b: [1, {length * longer}]}}\nnetwork:\n"
        f"  - {first} from a name x\n  - {second} from b name y\n  - {merge}: [x, y]\n  - 3 conv 1\n"
    )
    model = load_text(text.encode(), "x")
    walked = fields(model.network)
    merged = next(seen for value, seen in walked.tensors.items() if str(value) == merge)
    assert isinstance(merged.fields[0], Several)
    found = [(field.axis, field.size, field.jump) for field in merged.fields[0].fields if isinstance(field, Field)]
    assert found == [(f"{name}.L", size, stride) for name, size, stride in (of_a, of_b)]
    module = model.module().double().eval()
    for parameter in module.parameters():
        torch.nn.init.ones_(parameter)
    given = tuple(torch.randn(1, *type_.shape, dtype=torch.float64) for type_ in model.inputs)
    last = walked.outputs[0].fields[0]
    assert isinstance(last, Several)
    for field, jacobian in zip(last.fields, torch.autograd.functional.jacobian(module, given), strict=True):
        assert isinstance(field, Field)
        looked_at = 0
        for cell, row in enumerate(jacobian[0, :, :, 0].abs().sum(dim=(0, 2)) > 0):
            begin, end = field.at(cell)
            if begin >= 0 and end < len(row):
                read = row.nonzero().flatten()
                looked_at += 1
                assert (int(read[0]), int(read[-1])) == (begin, end)
        assert looked_at > 2


def test_what_sees_one_input_in_both_directions_sees_no_rectangle() -> None:
    text = "incspec: 1\nname: X\ninput: [1, 9, 9]\nnetwork: [{residual: [{permute: [C, W, H]}]}]\n"
    assert fields(load_text(text.encode(), "x").network).outputs[0].fields == (Unclear("H"), Unclear("W"))


def test_a_map_that_is_made_of_features_sees_all_of_the_inputs_that_they_are_made_of() -> None:
    """A squeeze of `b` alone, and one of both, that scale what comes of `a`: torch's gradients say the same."""
    gate = "global_avg_pool, linear 1, reshape: [1, 1]"
    for source, seen_of_a in (("b", Field("a.L", ((0, 0),), 1)), ("both", Everything("a.L"))):
        text = (
            "incspec: 1\nname: X\ninput: {a: [1, 8], b: [1, 8]}\nblocks: {gate: {body: [" + gate + "]}}\n"
            f"network:\n  - add: {{branches: [a, b], name: both}}\n  - gate: {{from: {source}, name: g}}\n  - mul: [a, g]\n"
        )
        model = load_text(text.encode(), "x")
        (found,) = fields(model.network).outputs[0].fields
        assert found == Several((seen_of_a, Everything("b.L")))
        torch.manual_seed(0)
        given = tuple(torch.randn(1, 1, 8, dtype=torch.float64) for _ in range(2))
        of_a, of_b = torch.autograd.functional.jacobian(model.module().double().eval(), given)
        assert bool((of_b != 0).all())
        assert bool((of_a != 0).all()) == (source == "both")
        assert bool((of_a[0, 0, :, 0] != 0).sum() == (64 if source == "both" else 8))
