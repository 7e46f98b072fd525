"""Parsing: SourceFile -> SyntaxTree.

YAML's shape is read, never its types; what the language has no use for (null, anchors, tags, duplicate keys) is
an error that names what to write instead. The tree is built from the parser's events with a stack of our own,
so that neither nesting nor size can end the process.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import yaml

from .diagnostics import Diagnostics, Label
from .source import SourceFile, Span
from .syntax import Entry, Mapping, Scalar, Sequence, SyntaxNode, SyntaxTree

MAX_BYTES = 16 * 2**20
MAX_DEPTH = 64
MAX_NODES = 2_000_000

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C one is ten times as fast
_NULLS = ("", "~", "null", "Null", "NULL")


@dataclass
class _Open:
    """A mapping or sequence whose end has not been read yet."""

    start: int
    flow: bool
    mapping: bool
    items: list[SyntaxNode] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    key: Scalar | None = None
    # The value that comes belongs to a key that was refused, or the key itself is no scalar.
    refused: bool = False


def parse(source: SourceFile, sink: Diagnostics) -> SyntaxTree | None:
    """Read a text. Mistakes go to `sink`; None where there is no tree to go on with."""
    builder = _Builder(source, sink)
    try:
        for event in yaml.parse(source.text, Loader=_LOADER):
            if not builder.take(event):
                return None
    except yaml.YAMLError as error:
        _report_yaml_error(error, source, sink)
        return None
    root = builder.root
    if root is None:
        whole = Span(source, 0, len(source.text))
        sink.error(
            "empty-spec",
            f"{source.name} is empty",
            Span(source, 0, 0) if whole.text else None,
            help="`incspec list` shows specs to start from",
        )
        return None
    if not isinstance(root, Mapping):
        sink.error(
            "not-a-spec",
            "a spec is a mapping with `incspec`, `name`, `input` and `network`",
            root.span.first_line,
            help="begin with `incspec: 1`",
        )
        return None
    return SyntaxTree(root)


class _Builder:
    def __init__(self, source: SourceFile, sink: Diagnostics) -> None:
        self.source, self.sink = source, sink
        self.root: SyntaxNode | None = None
        self.stack: list[_Open] = []
        self.nodes = 0
        self.documents = 0

    def take(self, event: yaml.Event) -> bool:
        """Add what an event says to the tree; False where a limit ends the reading."""
        start, end = event.start_mark.index, event.end_mark.index
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self._error("several-documents", "a file holds one spec", start, end, "remove what follows `---`")
                return False
        if isinstance(event, yaml.AliasEvent):
            self._error(
                "alias", f"the alias `*{event.anchor}` is not allowed", start, end, "write a block with parameters, and call it"
            )
            self._add(Scalar("", Span(self.source, start, end)), refused=True)
        elif isinstance(event, yaml.ScalarEvent):
            self._properties(event, start, end)
            self._scalar(event, start, end)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._properties(event, start, end)
            self.stack.append(_Open(start, bool(event.flow_style), isinstance(event, yaml.MappingStartEvent)))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._close(end)
        self.nodes += 1
        if self.nodes > MAX_NODES or len(self.stack) > MAX_DEPTH:
            what = f"nested more than {MAX_DEPTH} deep" if self.nodes <= MAX_NODES else f"over {MAX_NODES:,} nodes"
            self._error("spec-too-large", f"the spec is too large: {what}", start, end, "move parts of it into blocks")
            return False
        return True

    def _properties(self, event: yaml.NodeEvent, start: int, end: int) -> None:
        if event.anchor is not None:
            self._error(
                "anchor",
                f"the anchor `&{event.anchor}` is not allowed",
                start,
                start + len(event.anchor) + 1,
                "write a block with parameters, and call it",
            )
        tag = getattr(event, "tag", None)
        if tag is not None:
            self._error("tag", "YAML tags are not allowed", start, max(start + 1, min(end, start + 20)), "write the value alone")

    def _scalar(self, event: yaml.ScalarEvent, start: int, end: int) -> None:
        raw = self.source.text[start:end]
        quoted = event.style in ("'", '"')
        text: str = event.value
        if event.anchor is not None or event.tag is not None:
            start += len(raw) - len(raw[raw.find(text) :]) if text and text in raw else 0
            raw = self.source.text[start:end]
        stripped = len(raw.rstrip())
        span = Span(self.source, start, start + stripped)
        verbatim = (raw[1 : stripped - 1] if quoted else raw[:stripped]) == text
        node = Scalar(text, span, verbatim, quoted)
        if not event.style and text in _NULLS and not self._at_key():
            self._null(node)
            self._add(node, refused=True)
        else:
            self._add(node)

    def _at_key(self) -> bool:
        return bool(self.stack) and self.stack[-1].mapping and self.stack[-1].key is None and not self.stack[-1].refused

    def _null(self, node: Scalar) -> None:
        if not self.stack:
            return  # an empty file; said once, at the end
        parent = self.stack[-1]
        if not parent.mapping:
            self._error("null", "an item of the list is empty", node.span.start, node.span.end, "remove it, or write `none`")
            return
        if parent.key is None:
            return
        key = parent.key
        cut = [entry for entry in parent.entries if _unbalanced(entry.value)]
        if parent.flow and cut:
            value = cut[-1].value
            assert isinstance(value, Scalar)
            self._error(
                "unquoted-comma",
                f"the comma in `{value.text}, {key.text}` ends the value of `{cut[-1].key.text}`",
                value.span.start,
                key.span.end,
                f'put the expression in quotes: `{cut[-1].key.text}: "{value.text}, {key.text}"`',
            )
        elif not node.text and parent.flow and re.match(r"^[^\s:]+:[^\s]", key.text):
            name, value_text = key.text.split(":", 1)
            self._error(
                "null", f"`{key.text}` is one word", key.span.start, key.span.end, f"write a space after the colon: `{name}: {value_text}`"
            )
        else:
            self._error(
                "null",
                f"`{key.text}` has no value",
                key.span.start,
                key.span.end,
                "give it one, remove it, or write `none` for nothing, `required` for a parameter that must be given",
            )

    def _add(self, node: SyntaxNode, *, refused: bool = False) -> None:
        if not self.stack:
            if not (refused and isinstance(node, Scalar)):
                self.root = node
            return
        parent = self.stack[-1]
        if not parent.mapping:
            if not refused:
                parent.items.append(node)
        elif parent.key is None and not parent.refused:
            self._key(parent, node)
        else:
            if parent.key is not None and not refused:
                parent.entries.append(Entry(parent.key, node))
            parent.key, parent.refused = None, False

    def _key(self, parent: _Open, node: SyntaxNode) -> None:
        if not isinstance(node, Scalar):
            span = node.span.first_line
            self._error("invalid-key", "a key is one word", span.start, span.end, "quote values that begin with `{` or `[`")
            parent.refused = True
            return
        if node.text == "<<":
            self._error("merge-key", "`<<` is not allowed", node.span.start, node.span.end, "use `defaults`, or a block with parameters")
            parent.refused = True
            return
        first = next((entry for entry in parent.entries if entry.key.text == node.text), None)
        if first is not None:
            self.sink.error(
                "duplicate-key",
                f"`{node.text}` is given twice",
                node.span,
                label="again here",
                secondary=[Label(first.key.span, "first here")],
                help="keep one of them",
            )
            parent.refused = True
            return
        parent.key = node

    def _close(self, end: int) -> None:
        done = self.stack.pop()
        if not done.flow:  # YAML ends a block where the next token begins
            children = [entry.value for entry in done.entries] if done.mapping else done.items
            end = max([done.start, *(child.span.end for child in children)])
        span = Span(self.source, done.start, end)
        self._add(Mapping(tuple(done.entries), span) if done.mapping else Sequence(tuple(done.items), span))

    def _error(self, code: str, message: str, start: int, end: int, help: str) -> None:
        self.sink.error(code, message, Span(self.source, start, end), help=help)


def _unbalanced(node: SyntaxNode) -> bool:
    return isinstance(node, Scalar) and node.text.count("(") > node.text.count(")")





def _report_yaml_error(error: yaml.YAMLError, source: SourceFile, sink: Diagnostics) -> None:
    if not isinstance(error, yaml.MarkedYAMLError):
        position = getattr(error, "position", 0) or 0
        sink.error(
            "invalid-yaml",
            "the file holds a character that YAML does not allow",
            Span(source, position, position + 1),
            help="save it as plain UTF-8 text",
        )
        return
    mark = error.problem_mark or error.context_mark
    start = min(mark.index if mark else 0, len(source.text))
    problem = error.problem or "it is not YAML"
    line = source.line(source.position(start).line)
    notes, hint = [], None
    if error.context:
        place = f", at line {error.context_mark.line + 1}" if error.context_mark else ""
        notes.append(f"{error.context}{place}")
    if "\t" in line:
        hint = "indent with spaces: YAML allows no tabs"
    elif "mapping values are not allowed" in problem:
        hint = "check the indentation here and in the line before, and quote a text that holds `: `"
    elif "did not find expected ',' or" in problem:
        hint = "a bracket or brace is not closed, or a comma is missing"
    elif "block mapping" in (error.context or "") or "block collection" in (error.context or ""):
        hint = "check the indentation: keys of one mapping begin in the same column"
    at = Span(source, start, min(start + 1, len(source.text)))
    sink.error("invalid-yaml", f"not YAML: {problem}", at, notes=notes, help=hint)
