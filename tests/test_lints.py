"""Lints: what they tell stands in errors/lints.yaml and on the pages; here is what they must not tell, and the bounds."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from test_errors import CORPUS, expected
from typer.testing import CliRunner

import incspec
from incspec.cli import app
from incspec.lints import LINTS, WARNINGS
from incspec.lints.windows import Window
from incspec.reading.files import shipped_specs

HEAD = "incspec: 1\nname: N\ninput: [3, 16, 16]\n"


def warnings(text: str, **params: object) -> list[str]:
    return [item.code for item in incspec.load(HEAD + text, params=params).diagnostics if item.severity == "warning"]


@pytest.mark.parametrize(
    ("fact", "text"),
    [
        ("a bias whose sum somebody else reads", "network: [3x3 conv 8 name a, batch_norm, add: [[identity], a]]"),
        ("a bias before a norm that keeps the mean over the batch", "network: [3x3 conv 8, layer_norm]"),
        ("a bias behind the norm", "network: [batch_norm, 3x3 conv 8]"),
        ("a relu that a shortcut reads too", "network: [3x3 conv 8, relu, residual: [relu, 3x3 conv 8]]"),
        ("activations of branches", "network: [concat: {branches: [[3x3 conv 8 act relu], [relu]], act: tanh}]"),
        ("a norm on a map of one cell per image, but in groups", "network: [global_avg_pool, linear 8, layer_norm]"),
        ("a norm on a line of cells", "network: [16x1 conv 8 norm batch_norm V]"),
        ("an even kernel with padding that is said", "network: [4x4 conv 8 pad 1]"),
        ("an even kernel whose dilation makes it even", "network: [2x2 conv 8 dilation 2]"),
        ("padding of less than the window", "network: [3x3 conv 8 pad 2, 3x3 max_pool stride 2 pad 1]"),
        ("samples", "network: [1x1 conv 8 stride 2, 1x1 max_pool stride 2]"),
        ("one window larger than its stride", "network: [3x3 conv 8 stride 16 V, pad 1]"),
        ("a dropout of more than half", "network: [dropout 0.8, 3x3 conv 8]"),
        ("keep, taken from 1", "params: {keep: 0.8}\nnetwork: [dropout 1-keep, 3x3 conv 8]"),
        ("a comment that says how much is kept", "network: [dropout 0.2, 3x3 conv 8]   # keep 0.8"),
        ("a comment of another number", "network: [dropout 0.7, 3x3 conv 8]   # keep 0.8 of the data"),
        ("a tensor that is read inside a branch", "network: [1x1 conv 8 name a, relu, concat: [[relu: {from: a}], [3x3 conv 8]]]"),
        ("a branch that is read, not its merge", "network: [concat: [[1x1 conv 8], [tanh]], relu: {from: branch1}]"),
        ("several outputs that flow on", "blocks: {b: {outputs: [a, input], body: [relu: {name: a}]}}\nnetwork: [b, add: {from: b, branches: [b.a, b.input]}]"),
        ("outputs that are read in different places", "blocks: {b: {outputs: [a, input], body: [relu: {name: a}]}}\nnetwork: [b: {name: x}, 1x1 conv 3 from x.a name y, b: {name: z, from: y}, tanh: {from: z.input}]"),
        ("an output for the next turn", "blocks: {b: {inputs: [x, y], outputs: [a, x], body: [add: {name: a, branches: [x, y]}]}}\nnetwork: [relu: {name: r}, b: {from: [r, input], repeat: 2, name: c}, tanh: {from: c.a}]"),
        ("a tensor that waits for a condition", "params: {on: false}\nnetwork: [1x1 conv 8 name a, tanh, add: {when: on, branches: [a, [identity]]}]"),
        ("an output that an auxiliary head reads", "network: [1x1 conv 8 act tanh name a, relu: {from: input}]\naux: {h: {from: a, weight: 1, body: [1x1 conv 3]}}"),
        ("a width that is no multiple of 8", "network: [3x3 conv 9]"),
        ("a pool that rounds an odd size up", "network: [3x3 conv 8 V, 1x1 max_pool stride 3, 3x3 max_pool stride 2 pad 1 ceil_mode true]"),
        ("a layer that says that it is linear", "network: [1x1 conv 8 act none, 3x3 conv 8, relu]"),
        ("linear layers by default", "defaults: {conv: {act: none}}\nnetwork: [1x1 conv 8, 3x3 conv 8, relu]"),
        ("a depthwise layer and its pointwise one", "network: [3x3 conv 3 groups 3, 1x1 conv 8 act relu]"),
        ("a pointwise layer and its depthwise one", "network: [1x1 conv 8, 3x3 conv 8 groups 8 act relu]"),
        ("a layer that makes the map larger", "network: [2x2 conv_transpose 8 stride 2, 3x3 conv 8 act relu]"),
        ("an activation behind the pool", "network: [3x3 conv 8, 2x2 max_pool stride 2 V, relu, 3x3 conv 8]"),
        ("a sum with what is activated", "network: [relu, residual: [1x1 conv 3], 3x3 conv 8]"),
        ("a layer that a shortcut and its body read", "network: [3x3 conv 8, residual: {shortcut: [1x1 conv 8], body: [relu, 3x3 conv 8]}]"),
        ("the last layer", "network: [relu, 3x3 conv 8]\naux: {h: {from: relu, weight: 1, body: [3x3 conv 8]}}"),
        ("a softmax that weighs a map", "network: [mul: [[identity], [1x1 conv 3, softmax]], 3x3 conv 8]"),
        ("a softmax that weighs the output", "network: [mul: [[identity], [1x1 conv 3, softmax]]]"),
        ("a sigmoid of the output", "network: [global_avg_pool, linear 10, sigmoid]"),
        ("a sketch", "network: [3x3 conv 8, 3x3 conv 8, global_avg_pool, linear 10]"),
    ],
)  # fmt: skip
def test_nothing_is_said_of(fact: str, text: str) -> None:
    assert warnings(text) == [], fact


def test_warnings_of_a_repeated_block_are_told_once() -> None:
    text = "blocks: {b: [3x3 conv 8 norm batch_norm bias true]}\nnetwork: [b: {repeat: 3}, b]"
    assert warnings(text) == ["bias-before-norm"]


@pytest.mark.parametrize("name", [name for name in shipped_specs() if not name.endswith("_posted")])
def test_shipped_specs_and_their_variants_give_no_warning(name: str) -> None:
    assert incspec.load(name).diagnostics == ()
    assert incspec.load(f"extends: {name}\nname: A variant\n").diagnostics == ()


def test_a_loss_of_probabilities_stays_large_when_the_answer_is_right() -> None:
    """What the page of `softmax-on-output` says of torch."""
    scores, right = torch.tensor([[100.0] + [0.0] * 9]), torch.tensor([0])
    assert torch.nn.functional.cross_entropy(scores, right) < 1e-6
    assert torch.nn.functional.cross_entropy(scores.softmax(dim=1), right) > 1.4


UNIT = "blocks:\n  unit: {body: [3x3 conv 8 norm batch_norm]}\nnetwork: [unit, relu, unit, 2x2 max_pool stride 2 V, unit, tanh, unit]\n"


def test_a_layer_is_told_where_its_block_is_used_without_an_activation() -> None:
    (item,) = incspec.load(HEAD + UNIT).diagnostics
    assert item.code == "no-activation"
    assert item.notes == ("in block `unit`, used at <text>:6:23",)
    assert warnings(UNIT.replace("2x2 max_pool stride 2 V", "sigmoid")) == []


@pytest.mark.parametrize("layers", ["1x1 conv 8, 3x3 conv 8", "linear 8, linear 8", "1x1 conv 8, 3x3 conv_transpose 8"])
def test_layers_of_one_block_that_no_activation_follows_are_told_together(layers: str) -> None:
    before = "global_avg_pool, " if "linear" in layers else ""
    (item,) = incspec.load(f"{HEAD}network: [{before}{layers}, dropout 0.5, {layers}, relu]").diagnostics
    assert item.code == "no-activation"
    assert len(item.secondary) == 2 - layers.count("conv_transpose")


def test_an_allowance_without_use_is_not_told_under_settings() -> None:
    text = "params: {bias: true}\nnetwork:\n- 3x3 conv 8 norm batch_norm bias bias   # incspec: allow bias-before-norm, so\n"
    assert warnings(text) == []
    assert warnings(text, bias=False) == []
    assert warnings(text.replace("bias: true", "bias: false")) == ["unused-allow"]


def test_every_warning_of_the_corpus_can_be_allowed() -> None:
    appearing = {code for path in CORPUS for _, _, severity, code in expected(path) if severity == "warning"}
    assert appearing == set(WARNINGS)


def test_the_page_of_a_warning_says_how_to_allow_it_and_that_works() -> None:
    page = CliRunner().invoke(app, ["explain", "bias-before-norm"]).stdout
    comment, key = (line.strip() for line in page.split("\nAllowing it\n")[1].splitlines() if line.startswith("    "))
    step = "network:\n  - 3x3 conv 8 norm batch_norm bias true"
    assert warnings(f"{step}\n") == ["bias-before-norm"]
    assert warnings(f"{step}   {comment}\n") == []
    assert warnings(f"{key}\n{step}\n") == []
    assert "Allowing it" not in CliRunner().invoke(app, ["explain", "unknown-op"]).stdout


def test_only_what_many_do_on_purpose_is_off() -> None:
    assert [lint.code for lint in LINTS if not lint.on] == ["ragged-width"]


def torch_misses(window: Window) -> bool:
    """Whether a window reads padding alone: a convolution of ones, of which the padding's are another number."""
    cells = torch.nn.functional.pad(torch.ones(1, 1, window.size), (window.before, window.after))
    weight = torch.ones(1, 1, window.kernel)
    return bool((torch.nn.functional.conv1d(cells, weight, stride=window.stride, dilation=window.dilation) == 0).any())


def test_windows_on_padding_are_those_in_which_torch_sees_zeros_alone() -> None:
    tried = 0
    for size, kernel, stride, before, after, dilation in product(
        (1, 2, 3, 5), (1, 2, 3, 4), (1, 2, 3), (0, 1, 2, 4), (0, 1, 3), (1, 2, 3)
    ):
        span = dilation * (kernel - 1) + 1
        count = (size + before + after - span) // stride + 1
        if count < 1:
            continue
        tried += 1
        window = Window(size, count, kernel, stride, before, after, dilation)
        assert window.misses == torch_misses(window), window
    assert tried > 1000
