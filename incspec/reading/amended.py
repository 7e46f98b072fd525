"""What YAML reads of a file where it would stop at a mistake: the text amended, and its places as places of the file."""

from __future__ import annotations

from bisect import bisect_left

from ..record import record
from ..source import SourceFile, Span


@record
class Amended:
    """A text that is read in place of a file's; `added` are the places in it of signs that the file lacks, in order."""

    source: SourceFile
    text: str
    added: tuple[int, ...] = ()

    def place(self, index: int) -> int:
        """The place in the file of one in the text."""
        return index - bisect_left(self.added, index)

    def span(self, start: int, end: int) -> Span:
        """What stands in the file where the text has the characters `start` to `end`."""
        return Span(self.source, self.place(start), self.place(end))

    def with_sign(self, index: int, sign: str) -> Amended:
        """The text with a sign put in."""
        new = [*range(index, index + len(sign))]
        before = [place for place in self.added if place < index]
        behind = [place + len(sign) for place in self.added if place >= index]
        return Amended(self.source, self.text[:index] + sign + self.text[index:], (*before, *new, *behind))

    def overwritten(self, start: int, end: int, words: str) -> Amended:
        """The text with other words in the place of some, filled up with blanks."""
        return Amended(self.source, self.text[:start] + words.ljust(end - start) + self.text[end:], self.added)
