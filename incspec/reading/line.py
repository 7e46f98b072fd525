"""Reading one-line steps: `3x3 conv 96 stride 2 V` -> its op and its fields, every word with its place.

The line is `[SIZE] op [MAIN] [FIELD VALUE]... [V]`: an odd number of words after the op (V not counted) means that
the first is MAIN. A line that cannot be read so is looked at word by word, to tell where it goes wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence as Seq
from itertools import pairwise

from ..diagnostics import Diagnostics, nearest
from ..edits import replaced
from ..record import record
from ..spec import NAME
from ..spelling import respelt
from ..syntax import Entry, Scalar
from .joints import Joint, report_joints
from .line_fixes import moved_behind, parted, swapped, unquoted
from .list_below import report_list_below
from .times import report_line, times_before
from .unfit import OPERATORS, SIZE, each_once, report_no_size, report_spaced, without_lists
from .vocabulary import Vocabulary

_SIZE_AND_OP = re.compile(rf"({SIZE.pattern})({NAME.pattern})")
# A field and its value as other languages write them: `stride=2`, `stride = 2`; and how they are written here.
_JOINED = re.compile(rf"({NAME.pattern})[=:]([^\s=]\S*)")
_PAIR = re.compile(rf"({NAME.pattern})(:|\s*=\s*|\s+)([^\s=]\S*)\s*")
_OP_AND_NUMBER = re.compile(r"([a-z_]+)([1-9]\d*)")
_MOST_WORDS = 200


@record
class Line:
    """A one-line step: its op, and its fields in order, those that SIZE, MAIN and V stand for included."""

    op: Scalar
    fields: tuple[Entry, ...]


def with_space(word: str, vocabulary: Vocabulary) -> str:
    """`3x3conv` as `3x3 conv`; other words as they are."""
    found = _SIZE_AND_OP.fullmatch(word)
    return f"{found[1]} {found[3]}" if found and vocabulary.knows(found[3]) else word


def read_line(line: Scalar, vocabulary: Vocabulary, sink: Diagnostics) -> Line | None:
    """Read a one-line step. What cannot be read goes to `sink`, and gives None."""
    return _Reader(line, vocabulary, sink).read()


class _Reader:
    def __init__(self, line: Scalar, vocabulary: Vocabulary, sink: Diagnostics) -> None:
        self.vocabulary, self.sink, self.line = vocabulary, sink, line
        self.span, self.quoted = line.span, line.quoted
        found = [*re.finditer(r"\S+", line.text)]
        self.starts = [word.start() for word in found]
        self.words = [Scalar(word.group(), line.part(*word.span())) for word in found]

    def read(self) -> Line | None:
        if not self.words:
            self.sink.error("empty-step", "a step is empty", self.span, help="write `3x3 conv 96`, or remove it")
            return None
        if len(self.words) > _MOST_WORDS:
            message, hint = (
                f"a step in one line has at most {_MOST_WORDS} words",
                "write a mapping: `op: {field: value}`",
            )
            self.sink.error("unexpected-word", message, self.words[_MOST_WORDS].span, help=hint)
            return None
        if not self.quoted and "\n" in self.span.text and any(word.text == "-" for word in self.words):
            report_list_below(self.line, self.vocabulary, self.sink)
            return None
        if times := times_before(self.line, self.vocabulary):
            report_line(self.line, times, self.sink)
            return None
        size, op, rest = self._beginning()
        if op is None:
            return None
        rest = without_lists(self.line, op, rest, self.vocabulary.fields(op.text), self.sink)
        fields = self._size(op, size, rest)
        if fields is None:
            return None
        valid = rest.pop() if rest and rest[-1].text == "V" else None
        if not self._is_readable(op, rest):
            self._tell(op, rest)
            return None
        if len(rest) % 2:
            construct = self.vocabulary.construct(op.text)
            assert construct is not None
            assert construct.main is not None
            fields.append(Entry(Scalar(construct.main, rest[0].span), rest[0]))
        pairs = rest[len(rest) % 2 :]
        fields += [Entry(key, value) for key, value in zip(pairs[::2], pairs[1::2], strict=True)]
        if valid is not None:
            fields += self._valid(valid, op)
        return Line(op, each_once(fields, self.sink))

    # --- the beginning: SIZE and op

    def _beginning(self) -> tuple[Scalar | None, Scalar | None, list[Scalar]]:
        """SIZE, the op or None where there is none, and the words behind it."""
        first, *rest = self.words
        knows = self.vocabulary.knows
        if rest and SIZE.fullmatch(first.text):
            size, (op, *rest) = first, rest
        elif rest and not knows(first.text) and knows(rest[0].text) and re.search(r"\d|x|×", first.text):
            report_no_size(first, rest[0], self.sink)
            return None, None, []
        else:
            size, op = None, first
        if knows(op.text):
            return size, op, rest
        word, colon, value = op.text.partition(":")
        spaced = with_space(word, self.vocabulary)
        if colon and value and ((size is not None and knows(word)) or (size is None and spaced != word)):
            right = f"{spaced} {value}"
            message, fixes = f"a step in one line has no colon, as in `{op.text}`", replaced(op.span, op.text, right)
            self.sink.error("missing-space", message, op.span, help=f"write `{right}`", fixes=fixes)
        elif colon and knows(word) and value:
            hint = f"write `{word}: {value}`"
            message = f"a space is missing after the colon in `{op.text}`"
            fixes = () if self.quoted else replaced(op.span, op.text, f"{word}: {value}")
            self.sink.error("missing-space", message, op.span, help=hint, fixes=fixes)
        elif colon and knows(word):
            message, fixes = "a step as a mapping stands in quotes", unquoted(self.line)
            self.sink.error("quoted-step", message, self.span, help="remove the quotes", fixes=fixes)
        elif (found := _SIZE_AND_OP.fullmatch(op.text)) and size is None and knows(found[3]):
            message, right = f"a space is missing after the size in `{op.text}`", f"{found[1]} {found[3]}"
            fixes = replaced(op.span, op.text, right)
            self.sink.error("missing-space", message, op.span, help=f"write `{right}`", fixes=fixes)
            return Scalar(found[1], op.part(*found.span(1))), Scalar(found[3], op.part(*found.span(3))), rest
        elif (found := _OP_AND_NUMBER.fullmatch(op.text)) and self._has_main(found[1]):
            message, right = f"a space is missing after the op in `{op.text}`", f"{found[1]} {found[2]}"
            fixes = replaced(op.span, op.text, right)
            self.sink.error("missing-space", message, op.span, help=f"write `{right}`", fixes=fixes)
            parts = [Scalar(found[k], op.part(*found.span(k))) for k in (1, 2)]
            return size, parts[0], [parts[1], *rest]
        elif SIZE.fullmatch(op.text):
            self.sink.error("unknown-op", f"`{op.text}` is a size without an op", op.span, help="write `3x3 conv 96`")
        else:
            self.vocabulary.note_unknown(op)
        return None, None, []

    def _size(self, op: Scalar, size: Scalar | None, rest: list[Scalar]) -> list[Entry] | None:
        """The kernel that SIZE stands for; None where it is missing or should not be there."""
        construct = self.vocabulary.construct(op.text)
        sized = construct is not None and construct.sized
        if size is not None and sized:
            return [Entry(Scalar("kernel", size.span), size)]
        if size is not None:
            hint = f"write `{op.text}` without `{size.text}`"
            self.sink.error("unexpected-size", f"`{op.text}` has no size", size.span, help=hint)
            return None
        if not sized:
            return []
        if rest and "x" in rest[0].text and SIZE.fullmatch(rest[0].text):
            hint = f"write `{rest[0].text} {op.text} ...`"
            message, fixes = f"the size stands before `{op.text}`", swapped(op, rest[0])
            self.sink.error("missing-size", message, rest[0].span, help=hint, fixes=fixes)
            return None
        hint = f"write `3x3 {op.text} ...`"
        given = next((b.text for a, b in pairwise(rest) if a.text == "kernel" and b.text.isdecimal()), None)
        if given is not None:
            hint = f"the size stands first: `{given}x{given} {op.text} ...`, without `kernel`"
        self.sink.error("missing-size", f"`{op.text}` needs its size here", op.span, help=hint)
        return None

    # --- the rest: MAIN, pairs of field and value, V

    def _is_readable(self, op: Scalar, rest: Seq[Scalar]) -> bool:
        """Whether the words are MAIN and pairs; a field may be misspelt (resolve.py tells), but it must be a word."""
        fields = self.vocabulary.fields(op.text)
        main = rest[0] if len(rest) % 2 else None
        if main is not None and not self._is_main(op, rest):
            return False
        pairs = rest[len(rest) % 2 :]
        for index, key in enumerate(pairs[::2]):
            value = pairs[2 * index + 1]
            if value.text.startswith("="):
                return False
            if key.text not in fields and (not NAME.fullmatch(key.text) or self._begins_step(pairs, 2 * index)):
                return False
            meant = key.text in fields or nearest(key.text, fields)
            if not meant and self.vocabulary.knows(value.text):
                return False
            is_main = index == 0 and main is None and (not meant or key.text in self.vocabulary.params - {*fields})
            if (
                is_main
                and self._has_main(op.text)
                and (self._joined_field(op, value) or self.vocabulary.field_of(op.text, value.text))
            ):
                return False
        return True

    def _is_main(self, op: Scalar, rest: Seq[Scalar]) -> bool:
        """Whether the first word behind an op can be its MAIN: `tanh` is one for `gelu`, though an op is called so."""
        if not self._has_main(op.text) or self._joined_field(op, rest[0]) or rest[0].text.startswith("="):
            return False
        construct = self.vocabulary.construct(op.text)
        assert construct is not None
        assert construct.main is not None
        return rest[0].text in construct.field_kind(construct.main).words or not self._begins_step(rest, 0)

    def _has_main(self, op: str) -> bool:
        construct = self.vocabulary.construct(op)
        return construct is not None and construct.main is not None and construct.main not in construct.bodies

    def _joined_field(self, op: Scalar, word: Scalar) -> str | None:
        """The field that a word gives as other languages do, `stride=2`; None for other words."""
        found = _JOINED.fullmatch(word.text)
        return nearest(found[1], self.vocabulary.fields(op.text)) if found else None

    def _begins_step(self, words: Seq[Scalar], index: int) -> bool:
        word = words[index].text
        following = words[index + 1].text if index + 1 < len(words) else ""
        sized = self.vocabulary.construct(following)
        if SIZE.fullmatch(word) and sized is not None and sized.sized:
            return True
        return self.vocabulary.knows(word) and word not in self.vocabulary.params

    def _tell(self, op: Scalar, rest: Seq[Scalar]) -> None:
        """Say where the words stop being MAIN and pairs of field and value."""
        fields = self.vocabulary.fields(op.text)
        index = 0
        if rest[0].text not in fields and self._is_main(op, rest):
            index = 1
        while index < len(rest):
            word = rest[index]
            if word.text in fields and index + 1 < len(rest) and not rest[index + 1].text.startswith("="):
                index += 2
                continue
            self._tell_word(op, rest, index)
            return
        self._tell_word(op, rest, 0)

    def _tell_word(self, op: Scalar, rest: Seq[Scalar], index: int) -> None:
        word, fields = rest[index], self.vocabulary.fields(op.text)
        if joints := self._joints(op, word):
            report_joints(word, joints, fields, self.sink)
        elif word.text in fields:
            hint = f"write `{word.text}` and a value, without spaces in it"
            self.sink.error("missing-value", f"`{word.text}` has no value", word.span, help=hint)
        elif word.text in OPERATORS and 0 < index < len(rest) - 1:
            report_spaced(self.line, rest[index - 1 : index + 2], self.sink)
        elif self._begins_step(rest, index):
            hint = "write each step on a line of its own, or in one list: `[3x3 conv 8, relu]`"
            message, before = f"a second step begins at `{word.text}`", rest[index - 1] if index else op
            self.sink.error("missing-comma", message, word.span, help=hint, fixes=parted(self.line, before))
        elif word.text == "V":
            message, fixes = "`V` does not stand at the end", moved_behind(self.line, word, rest[-1])
            self.sink.error("unexpected-v", message, word.span, help="put it behind the rest", fixes=fixes)
        elif word.text in ("v", "valid", "VALID"):
            hint = "write `V` at the end of the line"
            fixes = replaced(word.span, word.text, "V") if word is rest[-1] else ()
            self.sink.error("unexpected-word", f"`{word.text}` does not belong here", word.span, help=hint, fixes=fixes)
        elif (field := self.vocabulary.field_of(op.text, word.text)) and field not in {other.text for other in rest}:
            message, right = f"`{word.text}` stands without its field", f"{field} {word.text}"
            fixes = replaced(word.span, word.text, right)
            self.sink.error("unexpected-word", message, word.span, help=f"write `{right}`", fixes=fixes)
        else:
            meant = nearest(word.text, fields) if NAME.fullmatch(word.text) else None
            hint = f"did you mean `{meant}`?" if meant else "after the op come pairs of field and value"
            if self.vocabulary.construct(op.text) is None:
                hint = f"a block takes its parameters by name: `{op.text} name value`"
            what = f"`{word.text}` does not belong to `{op.text}`"
            fixes = respelt(word.text, fields, word.span) if meant else ()
            self.sink.error("unexpected-word", what, word.span, help=hint, fixes=fixes)

    def _joints(self, op: Scalar, word: Scalar) -> list[Joint]:
        """From a word on, the fields that signs join to their values; none where the word itself is no such field."""
        fields, joints = self.vocabulary.fields(op.text), []
        at = self.starts[self.words.index(word)]
        while (pair := _PAIR.match(self.line.text, at)) and nearest(pair[1], fields):
            if not pair[2].isspace():
                name = Scalar(pair[1], self.line.part(*pair.span(1)))
                value = Scalar(pair[3], self.line.part(*pair.span(3)))
                joints.append(Joint(name, self.line.part(*pair.span(2)), value))
            elif not joints:
                break
            at = pair.end()
        return joints

    def _valid(self, word: Scalar, op: Scalar) -> list[Entry]:
        if "pad" in self.vocabulary.fields(op.text):
            return [Entry(Scalar("pad", word.span), Scalar("valid", word.span))]
        self.sink.error("unexpected-v", f"`{op.text}` has no padding to leave out", word.span, help="remove `V`")
        return []
