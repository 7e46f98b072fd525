"""Linking: what a file extends and imports becomes one tree, and every node keeps its own file."""

from __future__ import annotations

from pathlib import Path

import pytest

from incspec.diagnostics import Diagnostic, Diagnostics
from incspec.limits import DEFAULT
from incspec.reading.files import read_spec, shipped_specs
from incspec.reading.link import Linked, link
from incspec.reading.vocabulary import SHIPPED_BLOCKS
from incspec.syntax import UNREADABLE, plain

BASE = """incspec: 1
name: Base
params: {width: 8, depth: 2}
defaults: {conv: {act: relu, norm: batch_norm}}
blocks:
  stem: {params: {k: 1}, figure: 3, body: [a, b]}
  head: {body: [c]}
network: [stem, head]
"""


@pytest.fixture
def linked(tmp_path: Path):
    def run(main: str, **others: str) -> tuple[Linked, tuple[Diagnostic, ...]]:
        for name, text in {"base": BASE, **others, "main": main}.items():
            (tmp_path / f"{name}.yaml").write_text(text)
        sink = Diagnostics()
        file = read_spec(tmp_path / "main.yaml", sink)
        assert file is not None
        result = link(file, sink)
        assert result is not None
        return result, sink.sorted()

    return run


def merged(linked, main: str, **others: str) -> dict[str, object]:
    result, diagnostics = linked(main, **others)
    assert not diagnostics
    tree = plain(result.tree.root)
    assert isinstance(tree, dict)
    return tree


def codes(linked, main: str, **others: str) -> list[str]:
    return [item.code for item in linked(main, **others)[1]]


HEADS = """incspec: 1
name: Heads
network: [relu]
aux:
  aux1: {from: a, weight: 0.3, body: [x]}
  aux2: {from: b, weight: 0.3, body: [y, z]}
"""


def test_variant_merges_heads_down_to_their_keys(linked) -> None:
    more = "  aux1: none\n  aux2: {weight: 1, body: [w]}\n  aux3: {from: c, weight: 0, body: [x]}\n"
    tree = merged(linked, f"extends: heads.yaml\naux:\n{more}", heads=HEADS)
    assert tree["aux"] == {
        "aux2": {"from": "b", "weight": "1", "body": ["w"]},
        "aux3": {"from": "c", "weight": "0", "body": ["x"]},
    }


def test_variant_removes_all_heads(linked) -> None:
    assert "aux" not in merged(linked, "extends: heads.yaml\naux: none\n", heads=HEADS)
    assert codes(linked, "extends: base.yaml\naux: none\n") == ["nothing-to-remove"]
    assert codes(linked, "extends: heads.yaml\naux: {aux: none}\n", heads=HEADS) == ["nothing-to-remove"]


def test_a_list_in_a_variant_replaces_the_body_of_a_block(linked) -> None:
    tree = merged(linked, "extends: base.yaml\nblocks: {stem: [d], tail: [e]}\n")
    assert tree["blocks"] == {
        "stem": {"params": {"k": "1"}, "figure": "3", "body": ["d"]},
        "head": {"body": ["c"]},
        "tail": {"body": ["e"]},
    }


def test_variant_merges_down_to_parameters_and_default_fields(linked) -> None:
    tree = merged(
        linked,
        "extends: base.yaml\nparams: {width: 16}\ndefaults: {conv: {act: gelu}}\nblocks: {stem: {params: {k: 2}}}\n",
    )
    assert tree["params"] == {"width": "16", "depth": "2"}
    assert tree["defaults"] == {"conv": {"act": "gelu", "norm": "batch_norm"}}
    assert tree["blocks"] == {
        "stem": {"params": {"k": "2"}, "figure": "3", "body": ["a", "b"]},
        "head": {"body": ["c"]},
    }
    assert "extends" not in tree


def test_variant_replaces_bodies_and_values_whole(linked) -> None:
    tree = merged(linked, "extends: base.yaml\nblocks: {stem: {body: [x]}}\nnetwork: [head]\n")
    assert tree["network"] == ["head"]
    assert tree["blocks"]["stem"]["body"] == ["x"]


def test_none_removes_a_key_but_is_a_value_among_defaults(linked) -> None:
    tree = merged(
        linked, "extends: base.yaml\nparams: {depth: none}\nblocks: {head: none}\ndefaults: {conv: {norm: none}}\n"
    )
    assert tree["params"] == {"width": "8"}
    assert list(tree["blocks"]) == ["stem"]
    assert tree["defaults"] == {"conv": {"act": "relu", "norm": "none"}}


def test_none_for_what_the_base_does_not_have_is_a_mistake(linked) -> None:
    _, (item,) = linked("extends: base.yaml\nblocks: {haed: none}\n")
    assert (item.code, item.help) == ("nothing-to-remove", "did you mean `head`?")


def test_variants_extend_variants(linked) -> None:
    tree = merged(
        linked, "extends: middle.yaml\nname: Main\n", middle="extends: base.yaml\nparams: {width: 16, extra: 1}\n"
    )
    assert tree["params"] == {"width": "16", "depth": "2", "extra": "1"}
    assert tree["name"] == "Main"


def test_nodes_keep_the_file_that_they_were_written_in(linked) -> None:
    result, _ = linked("extends: base.yaml\nparams: {width: 16}\n")
    tree = result.tree
    assert Path(tree.span_at(("params", "width")).source.name).name == "main.yaml"
    assert Path(tree.span_at(("params", "depth")).source.name).name == "base.yaml"
    assert [Path(source.name).name for source in result.inherited] == ["base.yaml"]
    assert [Path(file.source.name).name for file in result.files] == ["main.yaml", "base.yaml"]


def test_imported_blocks_stand_before_the_own(linked) -> None:
    tree = merged(linked, "import: {base.yaml: [head]}\nblocks: {own: {body: [d]}}\nnetwork: [head, own]\n")
    assert list(tree["blocks"]) == ["head", "own"]
    assert "params" not in tree


def test_import_takes_one_name_without_brackets(linked) -> None:
    assert list(merged(linked, "import: {base.yaml: head}\nnetwork: [head]\n")["blocks"]) == ["head"]


def test_shipped_specs_are_extended_by_name(linked) -> None:
    assert merged(linked, "extends: inception_v4\nname: Mine\n")["input"] == ["3", "299", "299"]


@pytest.mark.parametrize(("block", "file"), SHIPPED_BLOCKS.items())
def test_shipped_blocks_are_imported_by_name(linked, block: str, file: str) -> None:
    assert block in merged(linked, f"import: {{{file}: [{block}]}}\n")["blocks"]
    assert file not in shipped_specs()  # it is no network


@pytest.mark.parametrize(
    ("main", "code"),
    [
        ("extends: nobody.yaml\n", "file-not-found"),
        ("extends: main.yaml\n", "file-cycle"),
        ("extends: ../base.yaml\n", "outside-folder"),
        ("extends: /etc/passwd\n", "outside-folder"),
        ("extends: .\n", "not-a-file"),
        (f"extends: {'a' * 5000}\n", "file-unreadable"),
        ("extends: [base.yaml]\n", "wrong-type"),
        ("import: {base.yaml: [nobody]}\n", "unknown-block"),
        ("import: {nobody.yaml: [stem]}\n", "file-not-found"),
        ("import: {base.yaml: {stem: x}}\n", "wrong-type"),
        ("import: [base.yaml]\n", "wrong-type"),
        ("import: {base.yaml: [stem]}\nblocks: {stem: {body: [a]}}\n", "duplicate-block"),
    ],
)
def test_reference_that_leads_nowhere_is_told_once(linked, main: str, code: str) -> None:
    assert codes(linked, main + "network: [stem]\n") == [code]


def test_link_out_of_the_folder_is_not_followed(linked, tmp_path: Path) -> None:
    (tmp_path / "passwd.yaml").symlink_to("/etc/passwd")
    assert codes(linked, "extends: passwd.yaml\n") == ["outside-folder"]


def test_links_in_a_circle_are_told(linked, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to("b.yaml")
    (tmp_path / "b.yaml").symlink_to("a.yaml")
    assert codes(linked, "extends: a.yaml\n") == ["file-unreadable"]


def test_chain_of_too_many_files_ends(linked) -> None:
    others = {f"v{i}": f"extends: v{i + 1}.yaml\n" for i in range(DEFAULT.files + 5)}
    assert codes(linked, "extends: v0.yaml\n", **others) == ["spec-too-large"]


def test_what_a_missing_base_would_have_said_is_left_open(linked) -> None:
    result, _ = linked("extends: nobody.yaml\nparams: {a: 1}\n")
    tree = plain(result.tree.root)
    assert isinstance(tree, dict)
    assert tree["params"] == {UNREADABLE: UNREADABLE, "a": "1"}
    assert UNREADABLE in tree["blocks"]
    assert UNREADABLE in tree


def test_block_that_cannot_be_imported_is_unreadable(linked) -> None:
    result, _ = linked("import: {nobody.yaml: [stem]}\n")
    assert plain(result.tree.root) == {"blocks": {"stem": UNREADABLE}}
