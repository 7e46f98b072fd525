"""Mutation: a spec -> another text. Knows lines, words and brackets, so that most of what comes out is nearly a spec."""

from __future__ import annotations

import random
import re
from functools import cache
from pathlib import Path

from incspec.ops import OPS
from incspec.spec import RESERVED, STEP_FIELDS

TESTS = Path(__file__).parents[1]
_WORD = re.compile(rb"[A-Za-z_0-9.]+|[^\sA-Za-z_0-9]")
_HOSTILE = (
    *("", " ", "\t", "\n", "\r", "\0", "\x85", "\u2028", "\ufeff", "\ud7ff", "\x1b[31m", "\u202e", "é", "😀", "\\"),
    *(
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "'",
        '"',
        "`",
        "#",
        "&a",
        "*a",
        "!!python/object:os.system",
        "<<",
        "---",
        "...",
        "|",
        ">",
    ),
    *(
        "0",
        "-1",
        "1",
        "2",
        "3",
        "7",
        "64",
        "1e400",
        "-0.0",
        "nan",
        ".inf",
        "1e15",
        "1000000000000000",
        "9" * 400,
        "0x10",
        "010",
    ),
    *(
        "1_0",
        "1e-9",
        "0.5",
        "9**9**9",
        "2**64",
        "1//0",
        "in//0",
        "in*in",
        "n-n",
        "i",
        "call/calls",
        "true",
        "none",
        "null",
        "~",
    ),
    *(
        "3x3",
        "1x7",
        "0x0",
        "3x3x3x3",
        "V",
        "identity",
        "rest",
        "required",
        "class",
        "self",
        "forward",
        "import os",
        "{x}",
        "${x}",
    ),
    *("</svg>", "<script>", "'''", '"""', "\\n", "%s", "%(x)s", "</title>", "__init__", "lambda: 0", "a" * 300),
)


@cache
def vocabulary() -> tuple[bytes, ...]:
    """The words of the language, and those that are none of it."""
    words = {name for op in OPS for name in (op.keyword, *op.field_names())} | RESERVED | set(STEP_FIELDS)
    words |= {
        "blocks",
        "params",
        "defaults",
        "network",
        "aux",
        "expect",
        "input",
        "inputs",
        "outputs",
        "body",
        "extends",
    }
    words |= {"import", "figure", "paper", "incspec", "weight", "macs", "output", "same", "valid"}
    return tuple(word.encode("utf-8", "replace") for word in (*sorted(words), *_HOSTILE))


@cache
def seeds() -> tuple[bytes, ...]:
    """The shipped specs and the wrong ones of the tests, the shorter ones first."""
    paths = [*TESTS.parent.glob("specs/**/*.yaml"), *(TESTS / "errors").glob("*.yaml")]
    texts = {path.read_bytes() for path in paths}
    return tuple(sorted((text for text in texts if len(text) < 6_000), key=lambda text: (len(text), text)))


def mutate(data: bytes, rng: random.Random, most: int = 8_000) -> bytes:
    """A text that differs in one to four places."""
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        data = rng.choice((_word, _word, _word, _line, _line, _lines, _splice, _number, _nest, _cut))(data, rng)
    return data[:most]


def _word(data: bytes, rng: random.Random) -> bytes:
    """Another word in the place of one, or beside it."""
    found = list(_WORD.finditer(data))
    if not found:
        return rng.choice(vocabulary())
    at, new = rng.choice(found), rng.choice((rng.choice(vocabulary()), rng.choice(found).group()))
    start = at.start() if rng.random() < 0.8 else at.end()
    return data[:start] + new + data[at.end() :]


def _line(data: bytes, rng: random.Random) -> bytes:
    """A line less, twice, or elsewhere."""
    lines = data.splitlines(keepends=True) or [b""]
    line = lines.pop(rng.randrange(len(lines)))
    for _ in range(rng.choice((0, 1, 2))):
        lines.insert(rng.randint(0, len(lines)), line)
    return b"".join(lines)


def _lines(data: bytes, rng: random.Random) -> bytes:
    """Some lines deeper, less deep, or many times."""
    lines = data.splitlines(keepends=True) or [b""]
    start = rng.randrange(len(lines))
    end = min(len(lines), start + rng.randint(1, 6))
    part = lines[start:end]
    change = rng.choice(("in", "out", "often"))
    if change == "in":
        part = [b"  " + line for line in part]
    elif change == "out":
        part = [line.removeprefix(b"  ") for line in part]
    else:
        part = part * rng.randint(2, 20)
    return b"".join((*lines[:start], *part, *lines[end:]))


def _splice(data: bytes, rng: random.Random) -> bytes:
    """Lines of another spec."""
    other = rng.choice(seeds()).splitlines(keepends=True)
    lines = data.splitlines(keepends=True)
    start, at = rng.randrange(len(other)), rng.randint(0, len(lines))
    return b"".join((*lines[:at], *other[start : start + rng.randint(1, 8)], *lines[at:]))


def _number(data: bytes, rng: random.Random) -> bytes:
    found = list(re.finditer(rb"\d+", data))
    if not found:
        return data
    at = rng.choice(found)
    value = int(at.group()[:18])
    new = rng.choice((value + 1, value - 1, value * 2, value // 2, 0, -value, 10 ** rng.randint(1, 20)))
    return data[: at.start()] + str(new).encode() + data[at.end() :]


def _nest(data: bytes, rng: random.Random) -> bytes:
    """A piece in brackets, several of them at times."""
    start = rng.randint(0, len(data))
    end = min(len(data), start + rng.randint(0, 40))
    before, after = rng.choice(((b"[", b"]"), (b"{", b"}"), (b"(", b")"), (b"{a: ", b"}"), (b"'", b"'"), (b'"', b'"')))
    times = rng.choice((1, 1, 1, 3, 40))
    return data[:start] + before * times + data[start:end] + after * times + data[end:]


def _cut(data: bytes, rng: random.Random) -> bytes:
    start = rng.randint(0, len(data))
    return data[:start] + data[start + rng.randint(1, 30) :]
