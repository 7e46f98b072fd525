"""Desugaring: SyntaxTree -> SyntaxTree. Every step becomes `{op, args, branches, body, shortcut, name, ...}`.

`3x3 conv 96 stride 2 V`, `conv: 96` and `conv: {out: 96}` become the same thing, and every word keeps its place.

A step that cannot be read is reported, and stands on as the op `UNREADABLE`, of which later passes know that
nothing is known.

Not here: whether the fields' values make sense (elaborate.py and the ops).
"""

from __future__ import annotations

import re

from .diagnostics import Diagnostics, did_you_mean
from .ops import BY_KEYWORD
from .ops.base import ConstructClass
from .source import Span
from .spec import STEP_FIELDS, UNREADABLE
from .syntax import Entry, Mapping, Scalar, Sequence, SyntaxNode, SyntaxTree

_SIZE = re.compile(r"\d+(x\d+)*")


def desugar(tree: SyntaxTree, sink: Diagnostics) -> SyntaxTree:
    """Give every step of the network and of all blocks the one form. Malformed steps go to `sink` and are left out."""
    blocks = tree.root.get("blocks")
    names = frozenset(blocks.keys()) if isinstance(blocks, Mapping) else frozenset()
    return SyntaxTree(_Desugarer(names, sink).root(tree.root))


class _Desugarer:
    def __init__(self, blocks: frozenset[str], sink: Diagnostics) -> None:
        self.blocks, self.sink = blocks, sink

    def root(self, root: Mapping) -> Mapping:
        entries = []
        for entry in root.entries:
            value = entry.value
            if entry.key.text == "network":
                value = self.body(value)
            elif entry.key.text == "blocks" and isinstance(value, Mapping):
                value = Mapping(tuple(Entry(block.key, self._block(block.value)) for block in value.entries), value.span)
            entries.append(Entry(entry.key, value))
        return Mapping(tuple(entries), root.span)

    def _block(self, block: SyntaxNode) -> SyntaxNode:
        if not isinstance(block, Mapping):
            return block
        return Mapping(
            tuple(Entry(e.key, self.body(e.value) if e.key.text == "body" else e.value) for e in block.entries), block.span
        )

    def body(self, node: SyntaxNode) -> SyntaxNode:
        """A list of steps. A step alone is told so and taken for a list of one."""
        if not isinstance(node, Sequence):
            self._error("body-not-a-list", "a body is a list of steps", node.span, help="begin each step with `- `")
            node = Sequence((node,), node.span)
        return Sequence(tuple(self.step(item) or _unreadable(item) for item in node.items), node.span)

    # --- the two ways of writing a step

    def step(self, node: SyntaxNode) -> Mapping | None:
        if isinstance(node, Scalar):
            return self._line(node)
        if isinstance(node, Sequence):
            self._error("step-not-a-mapping", "a list stands where a step is wanted", node.span, help="remove one pair of brackets")
            return None
        if len(node.entries) != 1:
            return self._several_keys(node)
        entry = node.entries[0]
        construct = self._construct(entry.key)
        if construct is None and entry.key.text not in self.blocks:
            return None
        return self._mapping_step(entry, construct)

    def _several_keys(self, node: Mapping) -> None:
        if not node.entries:
            self._error("step-not-a-mapping", "a step is empty", node.span, help="write `op: {field: value}`")
            return
        first, second = node.entries[0].key, node.entries[1].key
        if self._known(first.text) and self._known(second.text):
            hint = "begin each step with `- `"
        else:
            hint = f"put `{second.text}` into the braces: `{first.text}: {{{second.text}: ...}}`"
        self._error("step-not-a-mapping", "a step has one key, its op", second.span, label="a second key", help=hint)

    def _mapping_step(self, entry: Entry, construct: ConstructClass | None) -> Mapping | None:
        op, value = entry.key, entry.value
        if isinstance(value, Mapping):
            return self._assemble(op, construct, list(value.entries), value.span)
        if construct is None:
            self._error(
                "no-main-field", f"the block `{op.text}` takes its parameters by name", value.span, help=f"`{op.text}: {{name: value}}`"
            )
            return None
        if construct.main is None:
            self._error("no-main-field", f"`{op.text}` has no main field", value.span, help=f"`{op.text}: {{field: value}}`")
            return None
        return self._assemble(op, construct, [Entry(Scalar(construct.main, op.span), value)], value.span)

    def _line(self, line: Scalar) -> Mapping | None:
        words = [Scalar(match.group(), line.part(*match.span())) for match in re.finditer(r"\S+", line.text)]
        if not words:
            self._error("step-not-a-mapping", "a step is empty", line.span, help="write `3x3 conv 96`, or remove it")
            return None
        size = words.pop(0) if _SIZE.fullmatch(words[0].text) and len(words) > 1 else None
        op, *rest = words
        if op.text.endswith(":") and self._known(op.text[:-1]):
            self._error("missing-space", "the step is quoted, or a space is missing after the colon", op.span, help="write `op: {...}`")
            return None
        construct = self._construct(op)
        if construct is None and op.text not in self.blocks:
            return None
        entries: list[Entry] = []
        if not self._take_size(op, size, construct, entries):
            return None
        valid = rest[-1] if rest and rest[-1].text == "V" else None
        if valid is not None:
            rest.pop()
            entries += self._valid(valid, op, construct)
        main = rest.pop(0) if len(rest) % 2 else None
        if main is not None and not self._take_main(main, op, construct, entries, rest):
            return None
        for key, value in zip(rest[::2], rest[1::2], strict=True):
            if construct is not None and key.text not in (*construct.field_names(), *STEP_FIELDS) and self._missing_comma([key, value, *rest]):
                return None
            twice = next((entry for entry in entries if entry.key.text == key.text), None)
            if twice is not None:
                self._error("duplicate-key", f"`{key.text}` is given twice", key.span, help="keep one of them")
            else:
                entries.append(Entry(key, value))
        return self._assemble(op, construct, entries, line.span)

    def _take_size(self, op: Scalar, size: Scalar | None, construct: ConstructClass | None, entries: list[Entry]) -> bool:
        sized = construct is not None and construct.sized
        if size is not None and sized:
            entries.append(Entry(Scalar("kernel", size.span), size))
        elif size is not None:
            self._error("unexpected-size", f"`{op.text}` has no size", size.span, help=f"write `{op.text}` without `{size.text}`")
            return False
        elif sized:
            self._error("missing-size", f"`{op.text}` needs its size here", op.span, help=f"write `3x3 {op.text} ...`")
            return False
        return True

    def _valid(self, word: Scalar, op: Scalar, construct: ConstructClass | None) -> list[Entry]:
        if construct is None or "pad" not in construct.field_names():
            self._error("unexpected-v", f"`{op.text}` has no padding to leave out", word.span, help="remove `V`")
            return []
        return [Entry(Scalar("pad", word.span), Scalar("valid", word.span))]

    def _take_main(
        self, main: Scalar, op: Scalar, construct: ConstructClass | None, entries: list[Entry], rest: list[Scalar]
    ) -> bool:
        if construct is not None and construct.main is not None and construct.main not in construct.bodies:
            if self._missing_comma([main, *rest], skip_first_op=False) and not rest:
                return False
            entries.append(Entry(Scalar(construct.main, main.span), main))
            return True
        if self._missing_comma([main, *rest]):
            return False
        fields = [] if construct is None else list(construct.field_names())
        hint = did_you_mean(main.text, [*fields, *STEP_FIELDS]) if rest or fields else None
        self._error("no-main-field", f"`{main.text}` does not belong to `{op.text}`", main.span, help=hint or "after the op come pairs of field and value")
        return False

    def _missing_comma(self, words: list[Scalar], *, skip_first_op: bool = True) -> bool:
        """Two steps in one line are told as such, at the word where the second begins."""
        for index, word in enumerate(words):
            following = words[index + 1].text if index + 1 < len(words) else ""
            starts_sized = _SIZE.fullmatch(word.text) and self._known(following)
            if starts_sized or (self._known(word.text) and (index > 0 or skip_first_op)):
                self._error(
                    "missing-comma",
                    f"a second step begins at `{word.text}`",
                    word.span,
                    help="put a comma between the two steps, or each on a line of its own",
                )
                return True
        return False

    # --- the one form

    def _assemble(self, op: Scalar, construct: ConstructClass | None, entries: list[Entry], span: Span) -> Mapping:
        bodies = construct.bodies if construct is not None else ()
        args: list[Entry] = []
        step = [Entry(Scalar("op", op.span), op)]
        for entry in entries:
            key, value = entry.key.text, entry.value
            if key in bodies:
                step.append(Entry(entry.key, self._bodies(key, value)))
            elif key == "from" and isinstance(value, Scalar):
                step.append(Entry(entry.key, Sequence((value,), value.span)))
            elif key in STEP_FIELDS:
                step.append(entry)
            else:
                args.append(entry)
        if args:
            step.append(Entry(Scalar("args", op.span), Mapping(tuple(args), span)))
        return Mapping(tuple(step), op.span)

    def _bodies(self, key: str, value: SyntaxNode) -> SyntaxNode:
        if key == "branches":
            if not isinstance(value, Sequence):
                self._error("body-not-a-list", "`branches` wants a list of branches", value.span, help="`[[1x1 conv 64], [identity]]`")
                value = Sequence((value,), value.span)
            return Sequence(tuple(self._branch(item) for item in value.items), value.span)
        if key == "shortcut" and isinstance(value, Scalar):
            return value
        return self.body(value)

    def _branch(self, node: SyntaxNode) -> SyntaxNode:
        if isinstance(node, Sequence):
            return Mapping((Entry(Scalar("body", node.span), self.body(node)),), node.span)
        if isinstance(node, Scalar) and re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?", node.text) and not self._known(node.text):
            return Mapping((Entry(Scalar("tensor", node.span), node),), node.span)
        if isinstance(node, Mapping) and node.entry("body") is not None:
            return Mapping(
                tuple(Entry(e.key, self.body(e.value) if e.key.text == "body" else e.value) for e in node.entries), node.span
            )
        shown = f"[{node.text}]" if isinstance(node, Scalar) else "[...]"
        self._error(
            "branch-not-a-list",
            "a branch is a list of steps, or the name of a tensor",
            node.span,
            help=f"write `{shown}`",
        )
        step = self.step(node) or _unreadable(node)
        return Mapping((Entry(Scalar("body", node.span), Sequence((step,), node.span)),), node.span)

    # --- helpers

    def _known(self, word: str) -> bool:
        return word in BY_KEYWORD or word in self.blocks

    def _construct(self, op: Scalar) -> ConstructClass | None:
        """The op of this name; an unknown name is reported here, a block's is not."""
        if not self._known(op.text):
            hint = did_you_mean(op.text, [*BY_KEYWORD, *sorted(self.blocks)])
            self._error("unknown-op", f"there is no op or block `{op.text}`", op.span, help=hint or "`incspec ops` lists the ops")
        return None if op.text in self.blocks else BY_KEYWORD.get(op.text)

    def _error(self, code: str, message: str, at: Span, *, label: str = "", help: str | None = None) -> None:
        self.sink.error(code, message, at.first_line, label=label, help=help)


def _unreadable(node: SyntaxNode) -> Mapping:
    """What stands for a step that cannot be read: its name is kept, for those who refer to it."""
    entries = [Entry(Scalar("op", node.span), Scalar(UNREADABLE, node.span))]
    if isinstance(node, Mapping) and len(node.entries) == 1 and isinstance(node.entries[0].value, Mapping):
        name = node.entries[0].value.entry("name")
        entries += [name] if name is not None else []
    return Mapping(tuple(entries), node.span)
