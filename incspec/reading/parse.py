"""Parsing: SourceFile -> SyntaxTree.

YAML's shape is read, never its types; what the language has no use for (null, anchors, tags, duplicate keys) is
an error that names what to write instead. The tree is built from the parser's events with a stack of our own,
so that neither nesting nor size can end the process. What cannot be read stands in the tree as `UNREADABLE`, so
that later passes look at all the rest.

Not here: which keys there are (outline.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import yaml

from ..diagnostics import Diagnostics, Label
from ..limits import DEFAULT, Limits
from ..source import SourceFile, Span
from ..syntax import UNREADABLE, Mapping, Scalar, SyntaxNode, SyntaxTree, unreadable
from .amended import Amended
from .mend import RawEntry, mend_list, mend_mapping
from .read_on import read_on
from .signs import BODY_KEYS, MissingSign, lines_of, missing_sign
from .yaml_errors import report_yaml_error

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one is ten times as fast
_MOST_AMENDED = 30  # places where YAML is made to read on
_NULLS = ("", "~", "null", "Null", "NULL")
# What YAML allows in a file, and what may come out of the escapes in a quoted text.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_PROPERTIES = re.compile(r"(?:[&!]\S*\s*)+")


@dataclass
class _Open:
    """A mapping or sequence whose end has not been read yet."""

    start: int
    flow: bool
    mapping: bool
    items: list[SyntaxNode] = field(default_factory=list)
    entries: list[RawEntry] = field(default_factory=list)
    key: Scalar | None = None
    # The value that comes belongs to a key that was refused.
    refused: bool = False


@dataclass
class _Anchor:
    """Where an anchor stands, and its aliases."""

    span: Span
    uses: list[Span] = field(default_factory=list)


def parse(source: SourceFile, sink: Diagnostics, limits: Limits = DEFAULT) -> SyntaxTree | None:
    """Read a text. Mistakes go to `sink`; None where there is no tree to go on with."""
    unprintable = _UNPRINTABLE.search(source.text)
    if unprintable is not None:
        _report_control_character(Span(source, *unprintable.span()), sink)
        return None
    builder = _read(source, sink, limits)
    if builder is None:
        return None
    builder.report_anchors()
    root = builder.root
    if root is None:
        sink.error(
            "empty-spec",
            f"{source.name} is empty",
            Span(source, 0, 0) if source.text else None,
            help="`incspec new my_net.yaml` writes one to start from",
        )
        return None
    if not isinstance(root, Mapping):
        sink.error(
            "not-a-spec",
            "a spec is a mapping with `incspec`, `name`, `input` and `network`",
            root.span,
            help="begin with `incspec: 1`",
        )
        return None
    return SyntaxTree(root)


def _read(source: SourceFile, sink: Diagnostics, limits: Limits) -> _Builder | None:
    """What the parser makes of a text. Where it stops at what can be mended, it begins anew with that amended."""
    read = Amended(source, source.text)
    for _ in range(_MOST_AMENDED):
        told = Diagnostics()
        builder = _Builder(read, told, limits)
        error = builder.read_all()
        if error is None and builder.sign is None:
            sink.extend(told)
            builder.sink = sink
            return None if builder.stopped else builder
        amended = read_on(read, error, builder.sign, sink)
        if amended is None:
            assert error is not None
            sink.extend(told)
            report_yaml_error(error, read, sink)
            return None
        read = amended
    return None


class _Builder:
    def __init__(self, amended: Amended, sink: Diagnostics, limits: Limits) -> None:
        self.amended, self.source, self.sink, self.limits = amended, amended.source, sink, limits
        # Whether the reading has ended before the text, at a limit or at a sign that is missing.
        self.stopped = False
        self.sign: MissingSign | None = None
        self.root: SyntaxNode | None = None
        self.stack: list[_Open] = []
        self.nodes = 0
        self.documents = 0
        self.anchors: dict[str, _Anchor] = {}

    def read_all(self) -> yaml.YAMLError | None:
        """Read the text as far as one can; what the parser has stumbled over."""
        try:
            self.stopped = not all(map(self.take, yaml.parse(self.amended.text, Loader=_LOADER)))
        except yaml.YAMLError as error:
            return error.with_traceback(None)  # whose frames know the error: a circle
        return None

    def take(self, event: yaml.Event) -> bool:
        """Add what an event says to the tree; False where a limit or a missing sign ends the reading."""
        assert event.start_mark is not None
        assert event.end_mark is not None
        start, end = event.start_mark.index, event.end_mark.index
        span = self.amended.span(start, end) if self.amended.added else Span(self.source, start, end)
        if isinstance(event, yaml.ScalarEvent):  # what most events are
            if not event.style and self._lacks_sign(event.value, start, end):
                return False
            self._properties(event, span)
            self._scalar(event, span)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._properties(event, span)
            self.stack.append(_Open(span.start, bool(event.flow_style), isinstance(event, yaml.MappingStartEvent)))
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close(span.end)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._error("several-documents", "a file holds one spec", span, help="remove what follows `---`")
                return False
        elif isinstance(event, yaml.AliasEvent):
            anchor = self.anchors.setdefault(str(event.anchor), _Anchor(span))
            anchor.uses.append(span)
            self._add(unreadable(span))
        self.nodes += 1
        if self.nodes > self.limits.values:
            return self._too_large(f"over {self.limits.values:_} values", "values", span)
        if len(self.stack) > self.limits.depth:
            return self._too_large(f"nested over {self.limits.depth} deep", "depth", span)
        return True

    def _too_large(self, what: str, limit: str, at: Span) -> bool:
        hint = f"move parts of it into blocks{self.limits.raising(limit)}"
        self._error("spec-too-large", f"the spec is too large: {what}", at, help=hint)
        return False

    def report_anchors(self) -> None:
        """Tell each anchor once, with its aliases."""
        for name, anchor in self.anchors.items():
            message = f"the anchor `&{name}` is not allowed"
            if anchor.span in anchor.uses:
                message = f"the alias `*{name}` is not allowed"
            others = [Label(span, "used here") for span in anchor.uses[:3] if span != anchor.span]
            hint = "write a block with parameters, and call it; or set `defaults`"
            self.sink.error("anchor", message, anchor.span, secondary=others, help=hint)

    # --- scalars

    def _lacks_sign(self, text: str, start: int, end: int) -> bool:
        """Whether a sign is missing in a text, which then is kept; prose may look so."""
        joined, lines = ":{" in text or ":[" in text, self.amended.text.find("\n", start, end) >= 0
        parent = self.stack[-1] if self.stack else None
        if not (joined or lines) or parent is None or parent.flow:
            return False
        if parent.key is None or parent.key.text in (*BODY_KEYS, "blocks"):
            self.sign = missing_sign(self.amended, lines_of(self.amended.text, start, end))
        return self.sign is not None

    def _properties(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, span: Span) -> None:
        if event.anchor is None and event.tag is None:
            return
        written = self.source.text[span.start : span.start + 200]
        if event.anchor is not None:
            at = re.search(r"&[^\s\[\]{},]+", written)
            start, end = at.span() if at else (0, 1)
            self.anchors[str(event.anchor)] = _Anchor(span.inner(start, end))
        if event.tag is not None:
            at = re.search(r"![^\s\[\]{},]*", written)
            self._error("tag", "YAML tags are not allowed", span.inner(*at.span()) if at else span, help="leave it out")

    def _scalar(self, event: yaml.ScalarEvent, span: Span) -> None:
        text: str = event.value
        start = span.start
        if event.anchor is not None or event.tag is not None:
            properties = _PROPERTIES.match(span.text)
            start += properties.end() if properties else 0
        raw = self.source.text[start : span.end].rstrip()
        if start != span.start or start + len(raw) != span.end:
            span = Span(self.source, start, start + len(raw))
        if _CONTROL.search(text):
            _report_control_character(span, self.sink)
            self._add(unreadable(span))
            return
        quoted = event.style in ("'", '"')
        verbatim = (raw[1:-1] if quoted else raw) == text
        parent = self.stack[-1] if self.stack else None
        at_key = parent is not None and parent.mapping and parent.key is None and not parent.refused
        if event.style or text not in _NULLS or at_key or (text and self._begins_input()):
            self._add(Scalar(text, span, verbatim, quoted))
        elif parent is not None and not parent.mapping:
            self._error("null", "an item of the list is empty", span, help="remove it, or write `none`")
            self._add(unreadable(span))
        else:
            self._add(None)

    def _begins_input(self) -> bool:
        """Whether what comes is the first axis of an input: `null` for the batch is told in batch.py."""
        section = self.stack[0].key if self.stack else None
        parent = self.stack[-1] if self.stack else None
        in_list = parent is not None and not parent.mapping and not parent.items
        return in_list and section is not None and section.text == "input"

    # --- collections

    def _add(self, node: SyntaxNode | None) -> None:
        """Add a node to what is open, or None for one that is empty."""
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        if parent.refused:
            parent.refused = False
        elif parent.mapping and parent.key is not None:
            parent.entries.append(RawEntry(parent.key, node))
            parent.key = None
        elif node is not None and parent.mapping:
            self._key(parent, node)
        elif node is not None:
            parent.items.append(node)

    def _key(self, parent: _Open, node: SyntaxNode) -> None:
        if isinstance(node, Scalar) and node.text not in ("<<", UNREADABLE):
            parent.key = node
            return
        parent.refused = True
        parent.entries.append(RawEntry(unreadable(node.span), unreadable(node.span)))
        if not isinstance(node, Scalar):
            self._error("invalid-key", "a key is one word", node.span, help="quote a value that begins with `{` or `[`")
        elif node.text == "<<":
            hint = "use `defaults`, or a block with parameters"
            self._error("merge-key", "`<<` is not allowed", node.span, help=hint)

    def _close(self, end: int) -> None:
        done = self.stack.pop()
        children = [entry.value or entry.key for entry in done.entries] or done.items
        if not done.flow:  # YAML ends a block where the next token begins
            end = max([done.start, *(child.span.end for child in children)])
        span = Span(self.source, done.start, end)
        if not done.mapping:
            self._add(mend_list(done.items, span, flow=done.flow, sink=self.sink))
            return
        in_list = bool(self.stack) and not self.stack[-1].mapping
        mended = mend_mapping(done.entries, span, flow=done.flow, in_list=in_list, sink=self.sink)
        self._add(mended.node)
        if self.stack and self.stack[-1].mapping:
            self.stack[-1].entries += [RawEntry(entry.key, entry.value) for entry in mended.beside]

    def _error(self, code: str, message: str, at: Span, *, help: str) -> None:
        self.sink.error(code, message, at, help=help)


def _report_control_character(at: Span, sink: Diagnostics) -> None:
    sink.error("control-character", "the text holds a control character", at, help="save the file as plain UTF-8 text")
