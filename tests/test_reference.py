"""The reference of ops: complete, true to the schema, and readable in 80 columns."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import get_args

import pytest
import torch
from torch import nn

from incspec.ops import BY_KEYWORD, CONSTRUCTS
from incspec.ops.base import Family
from incspec.reference import (
    FAMILIES,
    OpReference,
    as_json,
    as_markdown,
    keywords_of,
    op_reference,
    render_op,
    render_overview,
)


def test_every_construct_is_described_in_order() -> None:
    assert [op.keyword for op in op_reference()] == [construct.keyword for construct in CONSTRUCTS]


@pytest.mark.parametrize("op", op_reference(), ids=lambda op: op.keyword)
def test_an_op_has_its_summary_and_all_its_fields(op: OpReference) -> None:
    construct = BY_KEYWORD[op.keyword]
    assert op.summary.endswith(".")
    assert {field.name for field in op.fields} == set(construct.field_names())
    assert all(field.description and field.takes for field in op.fields)
    assert {field.name for field in op.fields if field.required} >= set(construct.required_fields())


@pytest.mark.parametrize("op", op_reference(), ids=lambda op: op.keyword)
def test_a_default_is_what_a_user_may_write(op: OpReference) -> None:
    construct = BY_KEYWORD[op.keyword]
    for field in op.fields:
        if field.default is None or field.name not in construct.model_fields:
            continue
        kind = construct.field_kind(field.name)
        words = {"true": True, "false": False} | {word: word for word in kind.words}
        value = words[field.default] if field.default in words else float(field.default)
        assert kind.accept(value) == construct.model_fields[field.name].default


@pytest.mark.parametrize("op", op_reference(), ids=lambda op: op.keyword)
def test_what_it_becomes_exists_in_torch(op: OpReference) -> None:
    for target in op.torch:
        if target.startswith("nn."):
            assert issubclass(getattr(nn, target.removeprefix("nn.")), nn.Module)
        elif target.startswith("torch."):
            assert callable(getattr(torch, target.removeprefix("torch.")))
        elif target.startswith("Tensor."):
            assert all(callable(getattr(torch.Tensor, name.split("(")[0])) for name in target.split(".")[1:])
    assert op.torch or op.family == "construct"


def test_a_conv_is_described() -> None:
    (conv,) = op_reference("conv")
    assert conv.usage == ("SIZE conv OUT [FIELD VALUE]... [V]", "conv: OUT", "conv: {FIELD: VALUE, ...}")
    assert conv.torch == ("nn.Conv1d", "nn.Conv2d", "nn.Conv3d")
    assert conv.main == "out"
    fields = {field.name: field for field in conv.fields}
    assert (fields["out"].required, fields["out"].default) == (True, None)
    assert (fields["kernel"].default, fields["pad"].default, fields["norm"].default) == ("1", "same", "none")
    assert "`batch_norm`" in fields["norm"].takes


def test_an_unknown_keyword_has_no_reference() -> None:
    assert op_reference("cnov") == ()


def test_all_families_have_a_heading_and_members() -> None:
    assert set(FAMILIES) == {*get_args(Family), "construct"}
    assert all(keywords_of(family) for family in get_args(Family))


@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_texts_keep_to_the_width(width: int) -> None:
    texts = [render_overview(op_reference(), width=width), *(render_op(op, width=width) for op in op_reference())]
    assert max(len(line) for text in texts for line in text.splitlines()) <= width


def test_the_overview_names_every_keyword_once() -> None:
    listed = re.findall(r"^  ([a-z]\w*)  ", render_overview(op_reference()), re.MULTILINE)
    assert sorted(listed) == sorted(BY_KEYWORD)


def test_color_is_only_there_when_asked_for() -> None:
    (conv,) = op_reference("conv")
    for plain, colored in (
        (render_op(conv), render_op(conv, color=True)),
        (render_overview(op_reference()), render_overview(op_reference(), color=True)),
    ):
        assert "\x1b" not in plain
        assert re.sub(r"\x1b\[\d+m", "", colored) == plain
        assert colored != plain


def test_markdown_has_a_row_for_every_field() -> None:
    text = as_markdown(op_reference())
    for op in op_reference():
        section = text.split(f"### `{op.keyword}`\n")[1].split("\n### ")[0]
        assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [field.name for field in op.fields]


def test_json_parses_back() -> None:
    document = as_json(op_reference())
    assert json.loads(json.dumps(document)) == document
    assert [op["keyword"] for op in document] == list(BY_KEYWORD)


def test_neither_torch_nor_rich_is_imported() -> None:
    modules = (
        "incspec.schema, incspec.reference, incspec.backends.report, incspec.backends.formats, incspec.backends.table"
    )
    code = f"import sys, {modules}; print([name for name in ('torch', 'rich') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
