"""Name resolution: every name means something, used or not, and what is wrong is told once."""

from __future__ import annotations

import pytest

from incspec.diagnostics import Diagnostic, Diagnostics
from incspec.reading.parse import parse
from incspec.reading.shorthand import desugar
from incspec.resolution.resolve import Resolved, resolve
from incspec.resolution.validate import validate
from incspec.source import SourceFile


def resolved(
    network: str, blocks: str = "{}", params: str = "{}", defaults: str = "{}"
) -> tuple[Resolved, list[Diagnostic]]:
    text = (
        f"incspec: 1\nname: Test\ninput: [3, 32, 32]\nparams: {params}\ndefaults: {defaults}\n"
        f"blocks: {blocks}\nnetwork: {network}\n"
    )
    sink = Diagnostics()
    tree = parse(SourceFile("test.yaml", text), sink)
    assert tree is not None
    spec, tree = validate(desugar(tree, sink), sink)
    assert spec is not None
    assert not len(sink), [item.message for item in sink]
    return resolve(spec, tree, sink), list(sink)


def codes(network: str, **parts: str) -> list[str]:
    return [item.code for item in resolved(network, **parts)[1]]


def only(network: str, **parts: str) -> tuple[str, str]:
    _, (item,) = resolved(network, **parts)
    assert item.primary is not None
    return item.code, item.primary.span.text


def test_right_names_are_not_mentioned() -> None:
    blocks = "{a: {params: {k: in//8, l: 2*k}, body: [1x1 conv l name left, add: [left, [1x1 conv l when k>1]]]}}"
    assert codes("[a: {k: width + i, repeat: 3}, relu: {from: a}]", blocks=blocks, params="{width: 8}") == []


@pytest.mark.parametrize(
    ("network", "code", "shown"),
    [
        ("[3x3 conv widht]", "unknown-name", "widht"),
        ("[3x3 conv 8 stride two]", "unknown-name", "two"),
        ("[3x3 conv 8 when i>0]", "unknown-name", "i"),
        ("[3x3 conv call]", "unknown-name", "call"),
        ("[conv: {out: 2 +}]", "invalid-expression", ""),
        ("[3x3 conv 8 strid 2]", "unknown-field", "strid"),
        ("[conv: {kernel: 3}]", "missing-field", "conv"),
        ("[conv: {out: 0}]", "invalid-value", "0"),
        ("[conv: {out: 0, when: 1 == 2}]", "invalid-value", "0"),
        ("[conv: {out: 8, act: rleu}]", "unknown-op", "rleu"),
        ("[conv: {out: 8, act: batch_norm}]", "unknown-op", "batch_norm"),
        ("[conv: {out: 8, act: [relu]}]", "wrong-type", "[relu]"),
        ("[conv: {out: 8, act: {relu: 3}}]", "wrong-type", "3"),
        ("[relu: {repeat: -1}]", "invalid-value", "-1"),
        ("[relu: {when: 3}]", "invalid-value", "3"),
        ("[relu from left]", "unknown-tensor", "left"),
        ("[relu name relu, relu name relu]", "duplicate-name", "relu"),
        ("[relu name in]", "reserved-name", "in"),
        ("[relu name Left]", "invalid-name", "Left"),
        ("[relu name input]", "duplicate-name", "input"),
        ("[residual: {body: [relu], shortcut: maybe}]", "unknown-name", "maybe"),
    ],
)
def test_mistake_in_a_step_is_told_once(network: str, code: str, shown: str) -> None:
    assert only(network) == (code, shown)


@pytest.mark.parametrize(
    ("blocks", "code", "shown"),
    [
        ("{a: {params: {k: l}, body: [conv: {out: k + m}]}}", "unknown-name", "m"),
        ("{a: {params: {k: l, l: 2}, body: [conv: {out: k + l}]}}", "unknown-name", "l"),
        ("{a: {params: {k: k}, body: [conv: {out: k}]}}", "unknown-name", "k"),
        ("{a: {params: {k: requierd}, body: [conv: {out: k}]}}", "unknown-name", "requierd"),
        ("{a: {params: {in: 2}, body: [relu]}}", "reserved-name", "in"),
        ("{a: {params: {repeat: 2}, body: [relu]}}", "reserved-name", "repeat"),
        ("{relu: {body: [3x3 conv 8]}}", "reserved-name", "relu"),
        ("{normalize: {body: [3x3 conv 8]}}", "reserved-name", "normalize"),
        ("{Stem: {body: [relu]}}", "invalid-name", "Stem"),
        ("{a: {inputs: [x, x], body: [relu]}}", "duplicate-name", "x"),
        ("{a: {outputs: [out], body: [relu]}}", "unknown-tensor", "out"),
        ("{a: {body: [a]}}", "recursive-block", "a"),
    ],
)
def test_mistake_in_a_block_is_told_though_nobody_calls_it(blocks: str, code: str, shown: str) -> None:
    assert only("[3x3 conv 8]", blocks=blocks) == (code, shown)


def test_name_that_is_used_several_times_is_one_mistake() -> None:
    _, (item,) = resolved("[3x3 conv widht, 3x3 conv widht, relu]")
    assert [label.text for label in item.secondary] == ["and here"]


def test_parameter_that_is_misspelt_where_it_is_declared_is_told_inside() -> None:
    blocks = "{a: {params: {widht: 8}, body: [conv: {out: width}, conv: {out: 2*width}]}}"
    assert codes("[a: {width: 8}]", blocks=blocks) == ["unknown-name"]


def test_arguments_belong_to_the_block() -> None:
    blocks = "{a: {params: {k: required}, body: [3x3 conv k]}}"
    assert codes("[a: {k: 8}]", blocks=blocks) == []
    assert codes("[a]", blocks=blocks) == ["missing-argument"]
    assert codes("[a: {kk: 8}]", blocks=blocks) == ["unknown-parameter"]
    assert codes("[a: {k: [8]}]", blocks=blocks) == ["wrong-type"]


def test_lone_word_is_a_parameter_s_value_unless_it_has_a_meaning() -> None:
    blocks = "{a: {params: {kind: relu}, body: [conv: {out: 8, act: kind}]}}"
    assert codes("[a: {kind: gelu}]", blocks=blocks) == []
    assert codes("[a: {kind: i}]", blocks=blocks) == ["unknown-name"]


def test_tensors_are_seen_in_bodies_inside_and_not_outside() -> None:
    assert codes("[relu name left, concat: [[relu from left], [relu from left]]]") == []
    assert codes("[concat: [[relu name left], [relu]], relu from left]") == ["unknown-tensor"]
    assert codes("[concat: [[relu], [relu]], relu from branch1, relu from concat]") == []
    assert codes("[relu name left, a]", blocks="{a: {body: [relu from left]}}") == ["unknown-tensor"]


def test_outputs_of_a_call_are_read_by_name() -> None:
    blocks = "{a: {inputs: [x], outputs: [y, x], body: [relu: {name: y}]}}"
    assert codes("[a: {name: c}, add: [c.y, c.x]]", blocks=blocks) == []
    assert codes("[a: {name: c}, add: [c.y, c.z]]", blocks=blocks) == ["unknown-tensor"]


def test_circle_of_blocks_is_told_once() -> None:
    result, (item,) = resolved("[a]", blocks="{a: {body: [b]}, b: {body: [c]}, c: {body: [a]}, d: {body: [a]}}")
    assert item.message == "the block `a` calls itself: `a` -> `b` -> `c` -> `a`"
    assert result.endless == {"a", "b", "c"}


def test_every_circle_is_told() -> None:
    assert codes("[a]", blocks="{a: {body: [a]}, b: {body: [b]}}") == ["recursive-block", "recursive-block"]


def test_blocks_that_count_their_calls_are_known() -> None:
    blocks = "{a: {body: [3x3 conv call+1]}, b: {body: [a]}, c: {body: [relu]}}"
    result, diagnostics = resolved("[b, c]", blocks=blocks)
    assert not diagnostics
    assert result.counting == {"a", "b", ""}
    assert result.counts_at is not None
    assert result.counts_at.text == "call"


def test_defaults_are_checked_whether_used_or_not() -> None:
    assert codes("[relu]", defaults="{cnov: {}}") == ["unknown-op"]
    assert codes("[relu]", defaults="{conv: {nrom: batch_norm}}") == ["unknown-field"]
    assert codes("[relu]", defaults="{batch_norm: {eps: -1}}") == ["invalid-value"]
    assert codes("[relu]", defaults="{concat: {branches: [[relu]]}}") == ["unknown-field"]
    assert codes("[relu]", defaults="{conv: {repeat: 2}}") == ["unknown-field"]


def test_what_decides_shapes_makes_a_step_faulty_and_nothing_else_does() -> None:
    result, _ = resolved("[3x3 conv 8 strid 2, 3x3 conv 8 nrom batch_norm, relu: {slope: 1}]")
    assert result.faulty == {("network", 0)}
    result, _ = resolved("[relu]", defaults="{conv: {strid: 2}, max_pool: {celi_mode: true}, dropout: {q: 1}}")
    assert result.doubtful == {"conv", "max_pool"}


def test_what_nobody_uses_is_a_warning() -> None:
    blocks = "{a: {params: {k: 1}, body: [relu]}, b: {body: [c]}, c: {body: [relu]}}"
    _, items = resolved("[a]", blocks=blocks, params="{width: 8}")
    assert {(item.severity, item.code) for item in items} == {
        ("warning", "unused-block"),
        ("warning", "unused-parameter"),
    }
    assert sorted(item.message for item in items) == [
        "nobody calls the block `b`",
        "nobody calls the block `c`",
        "nothing depends on the parameter `k`",
        "nothing depends on the parameter `width`",
    ]
