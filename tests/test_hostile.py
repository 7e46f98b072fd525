"""Files that are made to do harm: they end soon, in messages or a network, and nothing of them is executed."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import incspec
from incspec.build import verify_module
from incspec.diagnostics import MAX_MESSAGES, CompileError

HEAD = "incspec: 1\nname: N\ninput: [4, 8, 8]\n"
SECONDS = 15  # of the processor; a hang, not a slow machine


def net(steps: str, **parts: str) -> str:
    return HEAD + "".join(f"{key}: {value}\n" for key, value in parts.items()) + f"network: [{steps}]\n"


def many(template: str, count: int) -> str:
    """A template for each number, with commas."""
    return ", ".join(template.replace("#", str(number)) for number in range(count))


def outcome(text: str) -> str:
    """The codes of the messages, each once, or `ok`."""
    started = time.process_time()
    try:
        incspec.load(text)
        codes = "ok"
    except CompileError as error:
        if len(error.diagnostics) > MAX_MESSAGES + 1:
            raise
        codes = " ".join(dict.fromkeys(item.code for item in error.diagnostics if item.code != "too-many-messages"))
    assert time.process_time() - started < SECONDS
    return codes


TEXTS = {
    "billion laughs": "a: &a [x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(500)),
    "quadratic aliases": "a: &a " + "x" * 100_000 + "\nb: [" + "*a, " * 2_000 + "]\n",
    "100 MB": "#\n" + "#" * 100_000_000,
    "lists in lists": "[" * 1_000_000 + "\n",
    "mappings in mappings": "{" * 1_000_000 + "\n",
    "dashes": "- " * 1_000_000 + "\n",
    "question marks": "? " * 500_000 + "\n",
    "every key twice": "a: 1\n" * 30_000,
    "a list again and again": "a: [x, y]\n" * 20_000,
    "a mapping again and again": "".join(f"a: {{b{i}: 1}}\n" for i in range(10_000)),
    "keys without values": "".join(f"x{i}:\n" for i in range(10_000)),
    "heads without bodies": "a:\nb: 1\n" * 2_000,
    "heads among known keys": "a: 1\n" + "".join(f"x{i}:\na: 1\n" for i in range(2_000)),
    "unknown keys": "".join(f"netwrk{i}: 1\n" for i in range(10_000)),
    "tabs": "\t" * 1_000_000 + "\n",
    "comments": "# x\n" * 1_000_000 + net("relu"),
    "a million digits": net("conv: " + "9" * 1_000_000),
    "a long name": net("a" * 1_000_000),
    "a long line": net('"relu ' + "nam relu " * 20_000 + '"'),
    "a long title": net("relu").replace("name: N", f"name: {'x' * 500_000}"),
    "a power": net("conv: 9**9**9"),
    "roots of negatives": net("conv: (-8)**0.5"),
    "brackets": net("conv: " + "(" * 100_000 + "4" + ")" * 100_000),
    "brackets that fit": net("conv: " + "(" * 48 + "4" + ")" * 48),
    "infinity": net("dropout: 1e400"),
    "not a number": net("dropout: nan"),
    "nul": net("relu") + "\0",
    "half a surrogate": 'a: "\\ud800"\n',
    "byte order mark": "\ufeff" + net("relu"),
    "a wide kernel": net("conv: {out: 4, kernel: 999_999_999}"),
    "a wide layer": net("conv: 1000000000000000"),
    "slices without number": net("split: 100000000"),
    "slices of branches": net("concat: {split: 1000000000, branches: [[relu], [relu]]}"),
    "repeats in repeats": net(
        "b: {repeat: 9999}", blocks="{b: {body: [c: {repeat: 9999}]}, c: {body: [relu: {repeat: 9999}]}}"
    ),
    "widths that double": net("b", blocks="{b: {body: [" + many("conv: 'in*in % 64 + 1'", 60) + "]}}"),
    "widths that grow": net("b", blocks="{b: {body: [" + many("conv: 'max(in//2, 4)'", 600) + "]}}"),
    "sums of parameters": net(
        "b", blocks=f"{{b: {{params: {{{many('p#: 2', 600)}}}, body: [concat: [{many('[1x1 conv p#]', 600)}]]}}}}"
    ),
    "parameters of parameters": net(
        "conv: p0", params="{p0: 1, " + ", ".join(f"p{i}: p{i - 1}" for i in range(1, 3000)) + "}"
    ),
    "unknown ops": net(many("cnov#", 5_000)),
    "unknown tensors": net(many("relu: {from: x#}", 5_000)),
    "unknown names": net(many("conv: y#", 5_000)),
    "unknown fields": net(f"conv: {{out: 4, {many('f#: 1', 5_000)}}}"),
    "unknown arguments": net(
        f"b: {{{many('f#: 1', 3_000)}}}", blocks=f"{{b: {{params: {{{many('g#: 1', 3_000)}}}, body: [relu]}}}}"
    ),
    "unknown ops that are nearly many blocks": net(
        many("b" * 70 + "#x", 100), blocks="{" + many("b" * 70 + "#: {body: [relu]}", 2_000) + "}"
    ),
    "unknown defaults": net("relu", defaults="{" + many("rel#: {a: 1}", 5_000) + "}"),
    "unknown files": net("relu", **{"import": "{" + many("f#.yaml: [b]", 10_000) + "}"}),
    "values of a wrong kind": net(many("relu: {from: {a: b}}", 3_000)),
    "one name for all": net(many("relu: {name: x}", 3_000)),
    "blocks that call themselves": net("b0", blocks="{" + many("b#: {body: [b#]}", 1_500) + "}"),
    "a ring of blocks": net(
        "b0", blocks="{b999: {body: [b0]}, " + ", ".join(f"b{i}: {{body: [b{i + 1}]}}" for i in range(999)) + "}"
    ),
    "blocks that double": net(
        "b0: {n: 1}",
        blocks="{"
        + ", ".join(
            f"b{i}: {{params: {{n: required}}, body: [b{i + 1}: {{n: 2*n}}, b{i + 1}: {{n: 2*n + 1}}]}}"
            for i in range(30)
        )
        + ", b30: {params: {n: 1}, body: [conv: n % 1000 + 1]}}",
    ),
    "a sum of thousands": net(f"add: [{many('[relu]', 3_000)}]"),
}
# What is no mistake; all else is refused.
FINE = {"comments", "a long title", "brackets that fit", "byte order mark", "widths that double", "widths that grow"}
FINE |= {"sums of parameters", "parameters of parameters"}
TOLD = {
    "billion laughs": "anchor",
    "100 MB": "spec-too-large",
    "lists in lists": "spec-too-large",
    "a power": "number-too-large",
    "infinity": "number-too-large",
    "not a number": "unknown-name",
    "nul": "control-character",
    "slices without number": "invalid-value",
    "repeats in repeats": "spec-too-large",
    "unknown ops": "unknown-op",
    "unknown files": "file-not-found",
    "blocks that double": "spec-too-large",
    "a sum of thousands": "wrong-input-count",
}


@pytest.mark.parametrize("name", TEXTS)
def test_hostile_texts_end_soon(name: str) -> None:
    found = outcome(TEXTS[name])
    assert (found == "ok") == (name in FINE), found
    assert TOLD.get(name, found) == found


@pytest.mark.parametrize("name", sorted(FINE))
def test_what_is_made_of_them_can_be_read(name: str) -> None:
    if name != "comments":
        model = incspec.load(TEXTS[name])
        ast.parse(model.source())
        assert model.figures()


def test_widths_too_long_to_be_written_are_numbers_of_each_use() -> None:
    """A width whose expression would fill pages is a parameter of the printed class."""
    steps = many("conv: 'in*in % 64 + 1'", 12)
    model = incspec.load(net("b, 1x1 conv 8, b, 1x1 conv 8, b", blocks=f"{{b: {{body: [{steps}]}}}}"))
    verify_module(model)
    assert len(model.source()) < 20_000


def test_all_tags_of_yaml_are_refused() -> None:
    kinds = [
        "null",
        "bool",
        "int",
        "float",
        "binary",
        "timestamp",
        "omap",
        "pairs",
        "set",
        "str",
        "seq",
        "map",
        "merge",
        "value",
    ]
    kinds += ["python/object:os.system", "python/object/apply:os.system", "python/name:os.system", "python/module:os"]
    text = "".join(f"a{i}: !!{kind} x\n" for i, kind in enumerate(kinds)) + "b: !local x\nc: !<tag:x,2000:y> x\n"
    with pytest.raises(CompileError) as caught:
        incspec.load(text)
    assert sum(item.code == "tag" for item in caught.value.diagnostics) == len(kinds) + 2


# --- names and texts that would be code


BREAKING = (
    '"""; import os; os.system(\'touch hacked\') #',
    "'''\\",
    "{self.__class__} ${HOME} %s %(x)s {0} {{}}",
    "</title></svg><script>alert(1)</script>",
    "]]> &amp; &lt; \" <a href='javascript:x'>",
    "\\N \\l \\G \\",
    "a\nb\n    evil = 1\n",
    "# type: ignore",
    "\u2028\u2029\u202e",
    "class ",
    "😀 é ß",
)


def dumped(text: str) -> str:
    """A text as a scalar of YAML, in which it is what it is."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'


def structure(source: str) -> str:
    """A source without its docstrings, comments and the name of its main class."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    main = [node.name for node in tree.body if isinstance(node, ast.ClassDef)][-1]
    return re.sub(rf"\b{main}\b", "Main", ast.unparse(tree))


@pytest.mark.parametrize("text", BREAKING)
def test_texts_cannot_break_out_of_source_and_figures(text: str) -> None:
    """`name`, `paper` and `figure` are the free texts of a spec."""
    plain = f"{HEAD}blocks: {{b: {{figure: F, body: [1x1 conv 4]}}}}\npaper: {{title: T, authors: A, url: U}}\nnetwork: [b]\n"
    hostile = plain.replace("name: N", f"name: {dumped(text)}")
    for word in "FTAU":
        hostile = re.sub(rf": {word}\b", lambda _: f": {dumped(text)}", hostile)
    model = incspec.load(hostile)
    assert model.name == text
    assert structure(model.source()) == structure(incspec.load(plain).source())
    for block in (None, "b"):
        drawing = ET.fromstring(model.draw(block))
        tags = {node.tag.rpartition("}")[2] for node in drawing.iter()}
        reference = ET.fromstring(incspec.load(plain).draw(block))
        assert tags <= {node.tag.rpartition("}")[2] for node in reference.iter()} | {"title", "text"}
        assert not [name for node in drawing.iter() for name in node.attrib if name.lower().startswith("on")]


KEYWORDS = (
    "class",
    "def",
    "lambda",
    "import",
    "from_",
    "self",
    "forward",
    "super",
    "nn",
    "torch",
    "print",
    "type",
    "init",
    "x",
)


@pytest.mark.parametrize("word", KEYWORDS)
def test_names_that_python_has_can_be_used(word: str) -> None:
    text = net(
        f"1x1 conv {word} name {word}1, {word}: {{{word}: 8}}, relu: {{name: {word}}}",
        params=f"{{{word}: 4}}",
        blocks=f"{{{word}: {{params: {{{word}: required}}, body: [1x1 conv {word} name {word}]}}}}",
    )
    module = incspec.load(text).module(device="meta")
    assert module.__class__.__name__ == "N"


# --- files that are none


def check(*arguments: str | bytes, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "incspec", "check", *arguments],
        cwd=cwd,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs devices")
def test_devices_and_pipes_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "zero.yaml").symlink_to("/dev/zero")
    texts = [
        "import: {pipe.yaml: [b]}\n",
        "extends: pipe.yaml\n",
        "extends: zero.yaml\n",
        "extends: /dev/zero\n",
        "extends: .\n",
    ]
    for number, text in enumerate(texts):
        (tmp_path / f"n{number}.yaml").write_text(f"{HEAD}network: [relu]\n{text}")
    names = ["/dev/zero", "/dev/stdin", "/dev/null", "zero.yaml", *(f"n{number}.yaml" for number in range(len(texts)))]
    done = check(*names, cwd=tmp_path)
    assert done.returncode == 1, done.stderr
    codes = re.findall(rb"^error\[([a-z-]+)\]", done.stderr, flags=re.MULTILINE)
    assert codes == [b"not-a-file"] * 6 + [b"outside-folder"] * 2 + [b"not-a-file"]


def test_a_file_whose_name_is_no_text_is_checked(tmp_path: Path) -> None:
    good, bad = os.fsencode(tmp_path) + b"/n\xff.yaml", os.fsencode(tmp_path) + b"/m\xff.yaml"
    for path, op in ((good, "relu"), (bad, "relo")):
        with open(path, "w") as file:
            file.write(net(op))
    for options in ([], ["--json"]):
        done = check(*options, good, bad, b"k\xff.yaml", cwd=tmp_path)
        assert done.returncode == 1, done.stderr
        assert b"Traceback" not in done.stderr
