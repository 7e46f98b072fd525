"""Vocabulary: what the words of a file mean, and which of those that steps begin with mean nothing."""

from __future__ import annotations

import re
from collections.abc import Collection

from ..diagnostics import Diagnostics, Label, near_names, nearest
from ..edits import Fix, replaced
from ..ops import BY_KEYWORD
from ..ops.base import ConstructClass
from ..source import Span
from ..spec import STEP_FIELDS
from ..spelling import respelt
from ..syntax import Mapping, Scalar, SyntaxTree

_MOST_PLACES = 3  # of a word, that are shown beside the first
# Blocks that come with incspec, and the file to import each from.
SHIPPED_BLOCKS = {"squeeze_excite": "blocks/attention"}
# What papers and libraries call ops that have another name here.
_SYNONYMS = {
    "bn": "batch_norm",
    "cat": "concat",
    "dense": "linear",
    "fc": "linear",
    "gap": "global_avg_pool",
    "product": "mul",
    "sum": "add",
    "swish": "silu",
    "hswish": "hard_swish",
    "deconv": "conv_transpose",
    "averagepooling2d": "avg_pool",
    "batchnormalization": "batch_norm",
    "globalaveragepooling2d": "global_avg_pool",
    "globalmaxpooling2d": "global_max_pool",
    "maxpooling2d": "max_pool",
}
# What they have as an op of its own, and is a convolution here.
_DEPTHWISE = "a depthwise convolution is `3x3 conv in groups in`"
_WRITTEN_OUT = {
    **dict.fromkeys(("depthwise", "depthwise_conv", "depthwise_conv2d", "depthwiseconv2d", "dwconv"), _DEPTHWISE),
    **dict.fromkeys(
        ("separable_conv", "separable_conv2d", "separableconv2d", "sepconv"), f"{_DEPTHWISE}; a `1x1 conv` follows it"
    ),
}
# `conv3x3`, `max_pool_2x2`
_SIZED = re.compile(r"(?P<op>[a-z_]+?)_?(?P<size>\d+(x\d+)+)")


class Vocabulary:
    """What the words of a file mean: ops, its blocks and their parameters."""

    def __init__(self, tree: SyntaxTree) -> None:
        blocks, params = tree.root.get("blocks"), tree.root.get("params")
        self.source = tree.root.span.source
        self.blocks: dict[str, tuple[str, ...]] = {}
        self.declared: dict[str, Span] = {}
        # The blocks that steps call, and the words that steps begin with and that mean nothing.
        self.called: set[str] = set()
        self.unknown: dict[str, list[Span]] = {}
        # Whether there may be blocks that are not known, since a part of the file could not be read.
        self.open = False
        self._fields: dict[str, dict[str, None]] = {}
        self.params: set[str] = set(params.keys()) if isinstance(params, Mapping) else set()
        if isinstance(blocks, Mapping):
            self.open = blocks.open
            for entry in blocks.entries:
                if entry.key.text in BY_KEYWORD:
                    continue  # resolve.py tells; the op keeps its name
                own = entry.value.get("params") if isinstance(entry.value, Mapping) else None
                self.blocks[entry.key.text] = tuple(own.keys()) if isinstance(own, Mapping) else ()
                self.params.update(self.blocks[entry.key.text])
                self.declared[entry.key.text] = entry.key.span
        elif blocks is not None:
            self.open = True

    def knows(self, word: str) -> bool:
        """Whether a step may begin with the word."""
        return word in BY_KEYWORD or word in self.blocks

    def construct(self, op: str) -> ConstructClass | None:
        """The op of this name; None for a block."""
        return BY_KEYWORD.get(op)

    def fields(self, op: str) -> Collection[str]:
        """The fields that a step of this op or block may have."""
        if op not in self._fields:
            construct = self.construct(op)
            own = construct.field_names() if construct is not None else self.blocks.get(op, ())
            self._fields[op] = dict.fromkeys((*own, *STEP_FIELDS))
        return self._fields[op]

    def field_of(self, op: str, word: str) -> str | None:
        """The field of an op of which a word is one of its own, `pad` for `same`."""
        construct = self.construct(op)
        kinds = construct.own_fields() if construct is not None else {}
        return next((name for name, kind in kinds.items() if word in kind.words), None)

    def note_unknown(self, op: Scalar) -> None:
        """Keep that there is no such op or block, unless that cannot be known."""
        if not self.open:
            self.unknown.setdefault(op.text, []).append(op.span)

    def report_unknown(self, sink: Diagnostics) -> None:
        """Say which ops or blocks there are not: a block once, however often it is called.

        What is called several times, and is like a block that nobody calls, is misspelt where the block is declared.
        """
        for word, places in self.unknown.items():
            message = f"there is no op or block `{word}`"
            if sink.full:  # it is only counted
                sink.error("unknown-op", message, places[0])
                continue
            hint = self._hint(word, places[0])
            block = nearest(word, [name for name in self.blocks if name not in self.called])
            at = self.declared.get(block or "")
            if at is not None and len(places) > 1:
                labels = [Label(span, "used here") for span in places[:_MOST_PLACES]]
                label, hint = f"it is called `{block}` here", f"did you mean `{word}`?"
                fixes = replaced(at, block or "", word)
                sink.error("unknown-op", message, at, label=label, secondary=labels, help=hint, fixes=fixes)
            elif word.lower() in _SYNONYMS or nearest(word, BY_KEYWORD):
                for place in places:
                    sink.error("unknown-op", message, place, help=hint, fixes=self._fixes(word, place))
            else:
                labels = [Label(span, "and here") for span in places[1 : _MOST_PLACES + 1]]
                fixes = self._fixes(word, *places)
                sink.error("unknown-op", message, places[0], secondary=labels, help=hint, fixes=fixes)

    def _fixes(self, word: str, *places: Span) -> tuple[Fix, ...]:
        synonym = _SYNONYMS.get(word.lower())
        if synonym:
            return replaced(places[0], word, synonym)
        if _sized(word):
            return ()
        return respelt(word, [*BY_KEYWORD, *self.blocks], *places, declared=self.blocks)

    def _hint(self, word: str, at: Span) -> str:
        names = [*BY_KEYWORD, *self.blocks]
        meant = _SYNONYMS.get(word.lower()) or nearest(word, names)
        hint = "`incspec ops` lists the ops"
        if word.lower() in _WRITTEN_OUT:
            hint = _WRITTEN_OUT[word.lower()]
        elif sized := _sized(word):
            hint = f"the size stands first: `{sized['size']} {sized['op']} ...`"
        elif word in SHIPPED_BLOCKS:
            hint = f"import it: `import: {{{SHIPPED_BLOCKS[word]}: [{word}]}}`"
        elif meant:
            distances, same = near_names(word, names), sorted(word) == sorted(meant)
            alike = [name for name, far in distances.items() if far == distances.get(meant)]
            alike = [name for name in alike if not same or sorted(name) == sorted(word)]
            *others, last = [f"`{name}`" for name in alike[:_MOST_PLACES] or [meant]]
            hint = f"did you mean {', '.join(others)}{' or ' if others else ''}{last}?"
        elif at.source is not self.source:
            hint = "if it is a block of that file, import it too"
        return hint


def _sized(word: str) -> re.Match[str] | None:
    """An op that has a size, and this behind it in one word: `conv3x3`."""
    found = _SIZED.fullmatch(word)
    op = BY_KEYWORD.get(found["op"]) if found is not None else None
    return found if op is not None and op.sized else None
