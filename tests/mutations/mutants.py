"""Mutants: the text of a spec -> the same text with one token or line changed, once for every such change.

A change is what a tired author does: a number that is one off or twice as large, a stride or pad forgotten or put in,
a word misspelt, a key or block renamed, a line lost, doubled or swapped with the next. Prose is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_COMMENT = re.compile(r"(?:^|\s)#.*$")
_PROSE = re.compile(r'"[^"]*"|(?<=^name: ).*|(?<=\btitle: )[^,}]*|(?<=^incspec: ).*')
_NUMBER = re.compile(r"(?<![\w.])\d[\d_]*(?![\w.])|(?<![\w.])\d[\d_]*(?=x\d)|(?<=\dx)\d[\d_]*(?![\w.])")
_DECIMAL = re.compile(r"(?<![\w.])\d+\.\d+(?![\w.])")
_WORD = re.compile(r"(?<![\w/.-])[a-z][a-z_]*[a-z0-9_]*(?![\w/-])")
_KEY = re.compile(r"(?<![\w/.-])[a-z_]\w*(?=:)")
_STRIDE = re.compile(r"(?<=\bstride )[12]\b|(?<=\bstride: )[12]\b")
_VALID = re.compile(r" V(?=\s*(?:$|[],}]))")
_PAD = re.compile(r"(?<=\bpad: )(?:same|valid)\b")
# A conv or pool in one line: what its size and its op are followed by, up to the end of the step.
_WINDOW = re.compile(r"\b\d+(?:x\d+)+ (?:conv|conv_transpose|max_pool|avg_pool)\b[^],}#\n]*(?<![\s,])")
# Two branches beside each other in one line.
_BRANCHES = re.compile(r"(?=(\[[^][]*\])(, )(\[[^][]*\]))")
_BREAK = re.compile(r"[\s,:{}\[\]]|$")
_SECTION = re.compile(r"([a-z_]+):")
_INNER = re.compile(r"  ([a-z_]\w*):")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A spec with one change: lines from `first` on, counted from 1, were `lost` and are `found` now."""

    spec: str
    kind: str
    original: tuple[str, ...]
    first: int
    lost: tuple[str, ...]
    found: tuple[str, ...]
    # The word that was changed, and to what; of whole lines the first.
    what: str

    @property
    def text(self) -> str:
        """The whole text with its change."""
        before, after = self.original[: self.first - 1], self.original[self.first - 1 + len(self.lost) :]
        return "\n".join((*before, *self.found, *after))

    @property
    def lines(self) -> range:
        """The lines of the new text that are the change: where lines were lost, those on both sides."""
        if not self.found:
            return range(self.first - 1, self.first + 1)
        return range(self.first, self.first + len(self.found))

    def block_of(self, line: int) -> str:
        """The block or section of the original that a line of the new text belongs to."""
        if line >= self.first:
            line = max(self.first, line + len(self.lost) - len(self.found))
        return _blocks(self.original)[min(line, len(self.original)) - 1]

    @property
    def block(self) -> str:
        """The block or section of the original that was changed."""
        return _blocks(self.original)[self.first - 1]

    def __str__(self) -> str:
        return f"{self.spec}:{self.first} {self.kind}: {self.what}"


def mutants(spec: str, text: str) -> Iterator[Mutant]:
    """Every mutant of a spec, each text once."""
    original = tuple(text.splitlines())
    seen = {"\n".join(original)}
    for number, line in enumerate(original, start=1):
        for kind, lost, found, what in (*_of_line(line), *_of_lines(original, number)):
            mutant = Mutant(spec, kind, original, number, lost, found, what)
            if mutant.text not in seen:
                seen.add(mutant.text)
                yield mutant


_Change = tuple[str, tuple[str, ...], tuple[str, ...], str]


def _of_line(line: str) -> Iterator[_Change]:
    """Every change of a token."""
    code = _PROSE.sub(lambda found: "\0" * len(found.group()), _COMMENT.sub("", line))
    for kind, start, end, new in _of_tokens(code):
        changed = line[:start] + new + line[end:]
        yield kind, (line,), (changed,), _words(line, start, end, changed)


def _words(line: str, start: int, end: int, changed: str) -> str:
    """`64 -> 65`: the words in which a change lies."""
    begin = max((found.end() for found in _BREAK.finditer(line, 0, start) if found.group()), default=0)
    after = _BREAK.search(line, end)
    rest = len(line) - (after.start() if after else len(line))
    was, now = (text[begin : len(text) - rest].strip() for text in (line, changed))
    return f"{was} -> {now}"


def _of_tokens(code: str) -> Iterator[tuple[str, int, int, str]]:
    for found in _STRIDE.finditer(code):
        yield "stride", *found.span(), "2" if found.group() == "1" else "1"
    for found in _WINDOW.finditer(code):
        if " stride " not in found.group():
            end = found.end() - 2 if found.group().endswith(" V") else found.end()
            yield "stride", end, end, " stride 2"
        if not _VALID.search(found.group()):
            yield "pad", found.end(), found.end(), " V"
    for found in _VALID.finditer(code):
        yield "pad", *found.span(), ""
    for found in _PAD.finditer(code):
        yield "pad", *found.span(), "valid" if found.group() == "same" else "same"
    for found in _NUMBER.finditer(code):
        number = int(found.group().replace("_", ""))
        for other in (number + 1, number - 1, number * 2):
            yield "number", *found.span(), str(other)
    for found in _DECIMAL.finditer(code):
        number, digits = found.group(), len(found.group().partition(".")[2])
        for factor in (2, 10):
            yield "number", *found.span(), f"{float(number) * factor:.{digits}f}"
    for found in _BRANCHES.finditer(code):
        left, comma, right = found.groups()
        yield "permuted", found.start(1), found.end(3), right + comma + left
    for found in _KEY.finditer(code):
        yield "renamed", *found.span(), f"{found.group()}_2"
    for found in _WORD.finditer(code):
        word = found.group()
        if len(word) > 2:
            yield "misspelt", *found.span(), word[0] + word[2] + word[1] + word[3:]
            yield "misspelt", *found.span(), word[:-2] + word[-1]
        elif code[found.end() : found.end() + 1] != ":":
            yield "renamed", *found.span(), f"{word}_2"


def _of_lines(lines: tuple[str, ...], number: int) -> Iterator[_Change]:
    """Every change of a whole line."""
    line = lines[number - 1]
    if not _COMMENT.sub("", line).strip():
        return
    what = line.strip() if len(line.strip()) <= 60 else line.strip()[:59] + "…"
    yield "deleted", (line,), (), what
    yield "doubled", (line,), (line, line), what
    below = lines[number] if number < len(lines) else ""
    if below.strip() and _indent(line) == _indent(below) and (line.lstrip()[:1] == "-") == (below.lstrip()[:1] == "-"):
        yield "permuted", (line, below), (below, line), what


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _blocks(lines: tuple[str, ...]) -> list[str]:
    """For each line what it belongs to: a block or head by its name, else the file's own key."""
    names: list[str] = []
    section = inner = ""
    for line in lines:
        if found := _SECTION.match(line):
            section, inner = found.group(1), ""
        elif section in ("blocks", "aux") and (found := _INNER.match(line)):
            inner = found.group(1)
        names.append(f"{section}.{inner}")
    return names
