"""`incspec verify`: what it prints, exits with, and refuses."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner, Result

import incspec
from incspec.cli import app

SPEC = """\
incspec: 1
name: Two Blocks
input: [3, 24, 24]
params: {classes: 10}
defaults: {conv: {norm: batch_norm, act: relu}}
blocks:
  inception:
    params: {n: required}
    body:
      - concat: [[1x1 conv n], [1x1 conv n, 3x3 conv 2*n], [3x3 avg_pool, 1x1 conv n]]
network: [3x3 conv 8, inception: {n: 4, repeat: 2}, 3x3 max_pool stride 2 V, inception: {n: 8}, global_avg_pool, linear classes]
"""
# Appended to the printed source: networks of the same keys that differ in one thing, or in none.
VARIANTS = """\


def changed(eps=1e-5):
    net = TwoBlocks()
    net.inception1[1].branch2[1].bn.eps = eps
    return net


def pooled():
    net = TwoBlocks()
    net.max_pool = nn.AvgPool2d(3, 2)
    return net


def with_aux():
    class Named(TwoBlocks):
        def forward(self, x):
            return {"logits": super().forward(x), "features": x}

    return Named()
"""
DIFFERENCE = {"type": ["number", "null"]}
PAIR = {"type": "object", "required": ["ours", "theirs"], "additionalProperties": False}
COUNTS = {"type": "object", "required": ["total", "eval"], "additionalProperties": {"type": "integer"}}
FIRST = {
    "type": ["object", "null"],
    "required": ["stage", "module", "op", "subject", "kind", "difference", "theirs", "their_op"],
    "additionalProperties": False,
    "properties": {
        "stage": {"type": "string"},
        "module": {"type": "string"},
        "op": {"type": "string"},
        "subject": {"enum": ["output", "gradient", "buffer"]},
        "kind": {"enum": ["values", "order", "shape", "extra"]},
        "difference": DIFFERENCE,
        "theirs": {"type": ["string", "null"]},
        "their_op": {"type": ["string", "null"]},
    },
}
SCHEMA = {
    "type": "object",
    "required": [
        "spec",
        "name",
        "against",
        "equal",
        "tolerance",
        "difference",
        "first",
        "params",
        "runs",
        "notes",
    ],
    "additionalProperties": False,
    "properties": {
        "spec": {"type": "string"},
        "name": {"type": "string"},
        "against": {"type": "string"},
        "equal": {"type": "boolean"},
        "tolerance": {"type": "number"},
        "difference": DIFFERENCE,
        "first": FIRST,
        "params": PAIR | {"properties": {"ours": COUNTS, "theirs": COUNTS}},
        "notes": {"type": "array", "items": {"type": "string"}},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["mode", "inputs", "macs", "difference", "outputs", "stages", "first"],
                "additionalProperties": False,
                "properties": {
                    "mode": {"enum": ["eval", "train"]},
                    "inputs": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
                    "macs": PAIR | {"properties": {"ours": {"type": "integer"}, "theirs": {"type": "integer"}}},
                    "difference": DIFFERENCE,
                    "first": FIRST,
                    "outputs": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["name", "theirs", "difference"],
                            "additionalProperties": False,
                            "properties": {
                                "name": {"type": "string"},
                                "theirs": {"type": ["string", "null"]},
                                "difference": DIFFERENCE,
                            },
                        },
                    },
                    "stages": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["stage", "output", "gradient"],
                            "additionalProperties": False,
                            "properties": {
                                "stage": {"type": "string"},
                                "output": DIFFERENCE,
                                "gradient": DIFFERENCE,
                            },
                        },
                    },
                },
            },
        },
    },
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    (tmp_path / "two.yaml").write_text(SPEC)
    (tmp_path / "net.py").write_text(incspec.load(SPEC).source() + VARIANTS)
    return tmp_path


def verify(*arguments: str, against: str = "net.py:TwoBlocks") -> Result:
    return CliRunner().invoke(app, ["verify", "two.yaml", "--against", against, *arguments])


def test_equal_networks_give_a_table_and_0() -> None:
    result = verify("--train", against="./net.py:TwoBlocks")
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    assert result.stdout.splitlines() == [
        "Two Blocks against ./net.py:TwoBlocks",
        "",
        "                             ours     theirs",
        "────────────────────────────────────────────",
        "parameters                  3,122      3,122",
        "multiply-adds at 18x18    448,544    448,544",
        "multiply-adds at 24x24    808,256    808,256",
        "multiply-adds at 27x27  1,047,224  1,047,224",
        "",
        "stage              18x18    24x24    27x27    train  gradient",
        "─────────────────────────────────────────────────────────────",
        "conv                   0        0        0        0         0",
        "inception1.0-1         0        0        0        0         0",
        "max_pool               0        0        0        0",
        "inception2             0        0        0        0         0",
        "global_avg_pool        0        0        0        0",
        "linear                 0        0        0        0         0",
        "-> output              0        0        0        0",
        "",
        "equal: the largest relative difference is 0 (tolerance 1e-10)",
    ]


def test_a_difference_is_named_and_gives_1() -> None:
    result = verify("--with", "eps=1e-3", "--sizes", "24", against="net.py:changed")
    assert result.exit_code == 1
    verdict = " ".join(result.stdout.split("\n\n")[-1].split())
    assert verdict.startswith(
        "different, first in `inception1.1`: batch_norm in `inception1.1.branch2.1.bn` has the input of the reference,"
        " and its output is off by "
    )
    assert verdict.endswith("(tolerance 1e-10); there it is batch_norm in `inception1.1.branch2.1.bn`")
    rows = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines() if line}
    assert rows["inception1.0"] == ["0"]
    assert float(rows["inception1.1"][0]) > 1e-10


def test_another_op_is_told_as_such() -> None:
    result = verify("-q", "--sizes", "24", against="net.py:pooled")
    assert result.stderr == (
        "two.yaml: different, first in `max_pool`: from the same input, ours goes on with max_pool2d in `max_pool`,"
        " the reference with avg_pool2d in `max_pool`\n"
    )


def test_a_tolerance_above_the_difference_makes_them_equal() -> None:
    arguments = ("--with", "eps=1.1e-5", "--sizes", "24")
    assert verify(*arguments, against="net.py:changed").exit_code == 1
    assert verify(*arguments, "--tolerance", "1e-4", against="net.py:changed").exit_code == 0


def test_quiet_says_only_what_differs() -> None:
    assert verify("-q", "--sizes", "24").output == ""
    result = verify("-q", "--sizes", "24", "--with", "eps=1e-3", against="net.py:changed")
    assert result.stdout == ""
    assert result.stderr.startswith("two.yaml: different, first in `inception1.1`")


@pytest.mark.parametrize("eps", ["1e-5", "1e-3"])
def test_json_is_as_it_always_is(eps: str) -> None:
    result = verify("--json", "--train", "--sizes", "24,20x30", "--with", f"eps={eps}", against="net.py:changed")
    found = json.loads(result.stdout)
    jsonschema.validate(found, SCHEMA)
    assert found["equal"] is (result.exit_code == 0) is (eps == "1e-5")
    assert [(run["mode"], run["inputs"]) for run in found["runs"]] == [
        ("eval", [[3, 24, 24]]),
        ("eval", [[3, 20, 30]]),
        ("train", [[3, 24, 24]]),
    ]
    assert found["params"]["ours"] == {"total": 3122, "eval": 3122}
    assert (found["first"] or {}).get("stage") == (None if eps == "1e-5" else "inception1.1")


def test_outputs_with_names_are_shown_with_them() -> None:
    result = verify("--sizes", "24", against="net.py:with_aux")
    assert result.exit_code == 0
    assert "-> output (logits)" in result.stdout
    assert "note: in eval mode, theirs also gives `features`" in result.stdout


def test_many_sizes_fit_80_columns() -> None:
    result = verify("--train", "--sizes", "15,16,17,18,19,20,21,22,23,24,25")
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "11 sizes" in result.stdout


def test_where_lines_cannot_be_drawn_the_table_is_ascii_and_as_wide() -> None:
    arguments = ["verify", "two.yaml", "--against", "net.py:TwoBlocks", "--sizes", "24"]
    drawn, plain = (CliRunner(charset=charset).invoke(app, arguments).stdout for charset in ("utf-8", "ascii"))
    assert plain.isascii()
    assert "?" not in plain
    assert [len(line) for line in plain.splitlines()] == [len(line) for line in drawn.splitlines()]
    assert set("".join(plain.splitlines()[i] for i in (3, 8))) == {"-"}


@pytest.mark.parametrize("width", ["40", "60"])
def test_narrow_terminals_are_kept_to(monkeypatch: pytest.MonkeyPatch, width: str) -> None:
    monkeypatch.setenv("COLUMNS", width)
    result = verify("--train", "--sizes", "24", "--with", "eps=1e-3", against="net.py:changed")
    assert max(map(len, result.stdout.splitlines())) <= int(width)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--with", "eps"), "`--with eps` is not of the form NAME=VALUE"),
        (("--with", "eps=tiny"), "`tiny` is no Python literal"),
        (("--with", "eps=__import__('os')"), "`__import__('os')` is no Python literal"),
        (("--with", "esp=1"), "`net.py:changed` has no argument `esp`; did you mean `eps`?"),
        (("--map", "a"), "`--map a` is not of the form NAME=VALUE"),
        (("--sizes", "24,x"), "`x` is no size"),
        (("--sizes", "0"), "`0` is no size"),
        (("--sizes", "24x24x24"), "the size `24x24x24` is not one of the spatial axes of 3x24x24"),
        (("--sizes", "2"), "`net.py:changed` refuses an input of 3x2x2: "),
    ],
)
def test_wrong_usage_is_told_and_gives_2(arguments: tuple[str, ...], message: str) -> None:
    result = verify(*arguments, against="net.py:changed")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"incspec: {message}")
    assert len(result.stderr.splitlines()) == 1


def test_a_callable_that_is_not_there_gives_2() -> None:
    result = verify(against="net.py:TwoBlock")
    assert result.exit_code == 2
    assert result.stderr == "incspec: `net.py` has no callable `TwoBlock`; did you mean `TwoBlocks`?\n"


def test_a_classifier_of_another_width_is_a_difference() -> None:
    result = verify("--sizes", "24", "--set", "classes=11")
    assert result.exit_code == 1
    said = " ".join(result.stdout.split())
    assert "different, first in `linear`: linear in `linear` gives a shape that nothing in the reference has" in said
    assert "note: `linear` keeps its initialisation" in result.stdout


def test_weights_that_do_not_fit_are_told_in_json_too() -> None:
    (Path("two.yaml")).write_text(SPEC.replace("3x3 conv 8,", "3x3 conv 9,"))
    result = verify("--json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["equal"] is False
    assert found["diagnostics"][0]["code"] == "weights-mismatch"


def test_a_wrong_spec_gives_1_and_no_code_runs() -> None:
    Path("two.yaml").write_text(SPEC.replace("conv n", "cnov n"))
    Path("net.py").write_text("raise SystemExit('executed')\n")
    result = verify()
    assert result.exit_code == 1
    assert "error[unknown-op]" in result.stderr
    assert "executed" not in result.output
