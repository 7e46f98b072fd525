"""The JSON Schema of the language: what authors write validates, and what they misspell does not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from incspec.diagnostics import Diagnostics
from incspec.ops import BY_KEYWORD
from incspec.ops.base import Op
from incspec.pipeline import compile_spec
from incspec.reading.files import SpecFile, shipped_specs
from incspec.reference import BODIES, FOLLOWERS, STEP_FIELDS
from incspec.schema import keys, language_schema
from incspec.source import SourceFile
from incspec.spec import STEP_FIELDS as STEP_KEYS
from incspec.spec import AuxSpec, BlockSpec, Expect, ModelSpec, Paper

VALIDATOR = Draft202012Validator(language_schema())
HEAD = "incspec: 1\nname: Test\ninput: [3, 32, 32]\n"

# Each with its whole network; the compiler takes them too.
RIGHT = {
    "steps in one line": """
network:
  - 3x3 conv 96 stride 2 V
  - 3x3 conv 32 name left bias false
  - max_pool: {kernel: 3, stride: 2, pad: valid}
  - 3x3 avg_pool count_include_pad false
  - relu
  - dropout 0.2
  - global_avg_pool
  - linear 10
""",
    "steps as mappings": """
network:
  - conv: 8
  - conv: {out: 8, kernel: [1, 7], pad: [0, 3], bias: false}
  - conv: {out: 8, kernel: 1x7, init: {weight: {trunc_normal: {std: 0.01}}, bias: 0}}
  - conv: {out: 8, norm: {batch_norm: {eps: 1e-3}}, act: {leaky_relu: {slope: 0.2}}, in: 8, expect: [8, 32, 32]}
  - relu: {}
  - leaky_relu: 0.1
  - upsample: {scale: 2, mode: linear, align_corners: true}
""",
    "branches": """
network:
  - 1x1 conv 8 name left
  - concat:
      - [identity]
      - left
      - [1x1 conv 4, concat: [[1x3 conv 4], [3x1 conv 4]]]
      - {name: deep, body: [3x3 conv 4, 3x3 conv 4]}
  - add: {branches: [[1x1 conv 8], [3x3 conv 8]], act: relu}
  - concat: {split: [rest, 2, 2], branches: [[identity], [relu], [3x3 conv 2 groups 2]]}
  - residual: [3x3 conv in]
  - residual: {body: [3x3 conv in, 3x3 conv in], shortcut: [1x1 conv in], scale: 0.2, drop_path: 0.1, act: relu}
  - mul: [[identity], [global_avg_pool: {keep: true}, sigmoid]]
""",
    "blocks, parameters, expressions and conditions": """
params: {width: 1.5, depth: 2, norm: batch_norm, classes: 10}
defaults:
  conv: {norm: norm, act: relu}
  batch_norm: {eps: 0.001}
blocks:
  mbconv:
    figure: 2
    params: {expand: 6, kernel: 3, stride: 1, out: required, squeeze: in//4}
    defaults: {conv: {act: silu}}
    body:
      - residual:
          shortcut: identity if stride == 1 and in == out else none
          body:
            - conv: {out: expand*in, kernel: 1x1, when: expand != 1}
            - conv: {out: in, kernel: kernel, stride: stride, groups: in}
            - 1x1 conv out act none
  two:
    inputs: [x, prev]
    outputs: [out, x]
    body:
      - conv: {from: prev, out: 8, name: left}
      - add: {name: out, branches: [left, [conv: {from: x, out: 8}]]}
network:
  - 3x3 conv 8 name first
  - mbconv: {repeat: 3, out: "round_to(8*width)", stride: 2 if i == 0 else 1}
  - mbconv out 8 when depth>1
  - 1x1 conv 8 name last
  - two: {from: [first, first], name: cells, repeat: 2}
  - relu: {from: cells.out, expect: [8, 32, 32]}
expect: {output: [8, 32, 32]}
""",
    "auxiliary heads": """
params: {third: 1/3}
blocks:
  two: {outputs: [left, right], body: [relu: {name: left}, relu: {name: right}]}
network: [3x3 conv 8, two, add: [two.left, two.right], global_avg_pool, linear 10]
aux:
  aux1: {from: conv, weight: 0.3, body: [global_avg_pool, linear 10]}
  aux2: {from: [two.left, two.right], weight: third, body: [concat: [two.left, two.right], global_avg_pool, linear 10]}
expect: {params_with_aux: 574}
""",
}

# A part of a file, and where the schema says that it is wrong.
WRONG = {
    "a misspelt key of the file": ("netwrok: [relu]\nnetwork: [relu]\n", "$"),
    "a misspelt key of a block": ("blocks: {a: {bodi: [relu], body: [relu]}}\nnetwork: [a]\n", "$.blocks.a"),
    "a misspelt key of the paper": ("paper: {titel: x}\nnetwork: [relu]\n", "$.paper"),
    "a misspelt expectation": ("expect: {parms: 1}\nnetwork: [relu]\n", "$.expect"),
    "a misspelt field of an op": ("network: [conv: {out: 8, strid: 2}]\n", "$.network[0].conv"),
    "a misspelt field in a line": ("network: [3x3 conv 96 strid 2]\n", "$.network[0]"),
    "a misspelt op in a line with a size": ("network: [3x3 cnov 96]\n", "$.network[0]"),
    "a misspelt op with its main value": ("network: [cnov: 96]\n", "$.network[0].cnov"),
    "an op in `defaults` that does not exist": ("defaults: {cnov: {act: relu}}\nnetwork: [relu]\n", "$.defaults"),
    "a field in `defaults` that does not exist": (
        "defaults: {conv: {atc: relu}}\nnetwork: [relu]\n",
        "$.defaults.conv",
    ),
    "a field of a norm that does not exist": (
        "network: [conv: {out: 8, norm: {batch_norm: {epsilon: 1}}}]\n",
        "$.network[0].conv.norm.batch_norm",
    ),
    "a norm that does not exist": ("network: [conv: {out: 8, norm: {batchnorm: {}}}]\n", "$.network[0].conv.norm"),
    "a negative width": ("network: [conv: -1]\n", "$.network[0].conv"),
    "a truth value for a number": ("network: [conv: {out: true}]\n", "$.network[0].conv.out"),
    "a probability above one": ("network: [dropout: 1.5]\n", "$.network[0].dropout"),
    "an op without a value": ("network:\n  - conv:\n", "$.network[0].conv"),
    "a step of two keys": ("network: [{relu: {}, conv: 8}]\n", "$.network[0]"),
    "a step that is a list": ("network: [[relu]]\n", "$.network[0]"),
    "a branch that is a step": ("network: [concat: [relu, [relu]]]\n", "$.network[0].concat"),
    "a body that is no list": ("network: relu\n", "$.network"),
    "a forgotten comma": ("network: [1x1 conv 64 3x3 conv 96]\n", "$.network[0]"),
    "a size before an op that has none": ("network: [3x3 relu]\n", "$.network[0]"),
    "a conv in a line without its size": ("network: [conv 96]\n", "$.network[0]"),
    "`V` after an op without padding": ("network: [relu V]\n", "$.network[0]"),
    "a block with the name of an op": ("blocks: {conv: {body: [relu]}}\nnetwork: [conv: 8]\n", "$.blocks"),
    "a block without a body": ("blocks: {a: {figure: 1}}\nnetwork: [a]\n", "$.blocks.a"),
    "a parameter with a reserved name": ("params: {in: 8}\nnetwork: [relu]\n", "$.params"),
    "a name with capitals": ("network: [conv: {out: 8, name: Left}]\n", "$.network[0].conv.name"),
    "an input of five axes": ("network: [relu]\ninput: [1, 2, 3, 4, 5]\n", "$.input"),
    "a head without its weight": ("network: [relu]\naux: {a: {from: relu, body: [relu]}}\n", "$.aux.a"),
    "a head with a negative weight": (
        "network: [relu]\naux: {a: {from: relu, weight: -1, body: [relu]}}\n",
        "$.aux.a.weight",
    ),
    "a misspelt key of a head": (
        "network: [relu]\naux: {a: {form: relu, from: relu, weight: 1, body: [relu]}}\n",
        "$.aux.a",
    ),
    "a head called like the network's own output": (
        "network: [relu]\naux: {logits: {from: relu, weight: 1, body: [relu]}}\n",
        "$.aux",
    ),
    "a file without a network": ("", "$"),
    "another version": ("network: [relu]\nincspec: 2\n", "$.incspec"),
}


def errors(text: str) -> list[str]:
    """Where the schema finds mistakes."""
    return [error.json_path for error in VALIDATOR.iter_errors(yaml.safe_load(text))]


def compiles(text: str) -> bool:
    """Whether the compiler takes it."""
    sink = Diagnostics()
    return compile_spec(SpecFile(SourceFile("test.yaml", text), Path()), sink) is not None


def test_the_schema_is_valid_and_plain_json() -> None:
    made = language_schema()
    Draft202012Validator.check_schema(made)
    assert json.loads(json.dumps(made)) == made


@pytest.mark.parametrize("name", shipped_specs())
def test_shipped_specs_validate(name: str) -> None:
    assert errors(shipped_specs()[name].read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", RIGHT)
def test_what_the_compiler_takes_validates(name: str) -> None:
    text = HEAD + RIGHT[name]
    assert compiles(text)
    assert errors(text) == []


@pytest.mark.parametrize("name", WRONG)
def test_what_the_compiler_refuses_does_not_validate(name: str) -> None:
    part, place = WRONG[name]
    keys = set(yaml.safe_load(part) or {})
    text = "".join(line for line in HEAD.splitlines(keepends=True) if line.split(":")[0] not in keys) + part
    assert not compiles(text)
    assert errors(text) == [place]


def test_a_line_may_name_norm_and_activation() -> None:
    assert errors(HEAD + "network: [3x3 conv 96 norm batch_norm act relu V]\n") == []


def test_a_variant_needs_only_what_it_changes() -> None:
    assert errors("extends: inception_v4.yaml\nparams: {classes: 10}\n") == []
    assert errors("extends: a.yaml\nblocks: {stem: none, a: {params: {k: 1}, expect: none}}\nexpect: none\n") == []
    assert errors("extends: a.yaml\nblokcs: {}\n") == ["$"]


def test_a_file_of_blocks_needs_no_network() -> None:
    assert errors("blocks: {a: {body: [relu]}, b: [relu]}\n") == []
    assert errors("blocks: {a: {}}\n") == ["$.blocks.a"]


def test_only_a_variant_removes_keys() -> None:
    assert errors(HEAD + "network: [relu]\nexpect: none\n") == ["$.expect"]


@pytest.mark.parametrize(
    ("model", "texts"),
    [
        (ModelSpec, {key: text for key, text in keys.FILE_KEYS.items() if key not in ("extends", "import")}),
        (BlockSpec, keys.BLOCK_KEYS),
        (Paper, keys.PAPER_KEYS),
        (AuxSpec, keys.HEAD_KEYS),
        (Expect, keys.EXPECT_KEYS),
    ],
)
def test_every_key_of_the_models_is_explained(model: type[BaseModel], texts: dict[str, str]) -> None:
    assert set(texts) == {info.alias or name for name, info in model.model_fields.items()}


def test_every_field_of_every_op_is_explained() -> None:
    fields = language_schema()["$defs"]["fields"]
    for keyword, construct in BY_KEYWORD.items():
        assert set(fields[keyword]) == set(construct.field_names())
        assert all(field["description"] for field in fields[keyword].values()), keyword
    assert set(STEP_FIELDS) == set(STEP_KEYS)


def test_every_follower_and_body_is_known() -> None:
    for construct in BY_KEYWORD.values():
        assert set(construct.followers) <= set(FOLLOWERS)
        assert set(construct.bodies) <= set(BODIES)


def test_every_op_is_in_the_schema_with_its_docstring() -> None:
    ops = language_schema()["$defs"]["ops"]
    assert set(ops) == set(BY_KEYWORD)
    assert all(ops[keyword]["description"] for keyword, op in BY_KEYWORD.items() if issubclass(op, Op))


@pytest.mark.parametrize("keyword", BY_KEYWORD)
def test_number_fields_take_expressions_too(keyword: str) -> None:
    """`k`, `2*k`: a word or expression fits wherever a number, word or condition does."""
    definitions = language_schema()["$defs"]
    for name in BY_KEYWORD[keyword].model_fields:
        field = {"$ref": f"#/$defs/fields/{keyword}/{name}", "$defs": definitions}
        validator = Draft202012Validator(field)
        if validator.is_valid({}) or (validator.is_valid(["C"]) and not validator.is_valid(1)):
            continue  # a mapping: its values do; or a list of letters
        assert validator.is_valid("2*k if deep else k"), name


def test_a_default_in_the_schema_validates_against_its_field() -> None:
    definitions = language_schema()["$defs"]
    for keyword, fields in definitions["fields"].items():
        for name, field in fields.items():
            if "default" in field:
                whole = {"$ref": f"#/$defs/fields/{keyword}/{name}", "$defs": definitions}
                assert Draft202012Validator(whole).is_valid(field["default"]), (keyword, name)
