"""Desugaring: SyntaxTree -> SyntaxTree. Every step becomes `{op, args, branches, body, shortcut, name, ...}`.

`3x3 conv 96 stride 2 V`, `conv: 96` and `conv: {out: 96}` become the same thing, and every word keeps its place.

A step that cannot be read is reported, and stands on as the op `UNREADABLE`, of which later passes know that
nothing is known; the bodies in it are read all the same.

Not here: the words of a one-line step (line.py), whether the fields' values make sense (resolve.py, elaborate.py).
"""

from __future__ import annotations

from ..diagnostics import Diagnostics, nearest
from ..edits import Fix, replaced
from ..ops import BY_KEYWORD
from ..ops.base import ConstructClass
from ..source import Span
from ..spec import STEP_FIELDS, BranchSpec
from ..spelling import meant_field, respelt, respelt_field
from ..syntax import UNREADABLE, Entry, Mapping, Scalar, Sequence, SyntaxNode, SyntaxTree, is_unreadable, unreadable
from .line import read_line
from .mixed import meant_by, meant_by_kind
from .stray import report_beside
from .times import report_mapping, times_before
from .unfit import SIZE
from .vocabulary import Vocabulary


def desugar(tree: SyntaxTree, sink: Diagnostics) -> SyntaxTree:
    """Give every step of the network, of its auxiliary heads and of all blocks the one form. Steps that cannot be read go to `sink`."""
    vocabulary = Vocabulary(tree)
    desugared = SyntaxTree(_Desugarer(vocabulary, sink).root(tree.root))
    vocabulary.report_unknown(sink)
    return desugared


class _Desugarer:
    def __init__(self, vocabulary: Vocabulary, sink: Diagnostics) -> None:
        self.vocabulary, self.sink = vocabulary, sink

    def root(self, root: Mapping) -> Mapping:
        entries = []
        for entry in root.entries:
            value = entry.value
            if entry.key.text == "network":
                value = self._body(value)
            elif entry.key.text in ("blocks", "aux") and isinstance(value, Mapping):
                value = Mapping(
                    tuple(Entry(each.key, self._with_body(each.value)) for each in value.entries), value.span
                )
            entries.append(Entry(entry.key, value))
        return Mapping(tuple(entries), root.span)

    def _with_body(self, node: SyntaxNode) -> SyntaxNode:
        """A block, branch or head whose `body` is read, and the tensor that a head is `from`."""
        if not isinstance(node, Mapping):
            return node
        return Mapping(tuple(self._part(entry) for entry in node.entries), node.span)

    def _part(self, entry: Entry) -> Entry:
        if entry.key.text == "body":
            return Entry(entry.key, self._body(entry.value))
        return _listed(entry) if entry.key.text == "from" else entry

    def _body(self, node: SyntaxNode) -> SyntaxNode:
        """A list of steps. Steps that stand without one are told so and taken for a list."""
        if isinstance(node, Sequence):
            if not node.items:
                hint = "write its steps, or `identity` to pass the input on"
                self._error("empty-value", "the list of steps is empty", node.span, help=hint)
            if not node.items:
                return Sequence((_unreadable_step(node.span),), node.span)
            lists = [item for item in node.items if isinstance(item, Sequence)]
            if len(lists) > 1:
                return self._branches_without_merge(node, lists)
            return Sequence(tuple(self._step(item) for item in node.items), node.span)
        if is_unreadable(node):
            return Sequence((_unreadable_step(node.span),), node.span)
        self._not_a_list(node)
        steps: tuple[SyntaxNode, ...] = (node,)
        if isinstance(node, Mapping) and all(self.vocabulary.knows(entry.key.text) for entry in node.entries):
            steps = tuple(Mapping((entry,), entry.key.span) for entry in node.entries)
        return Sequence(tuple(self._step(step) for step in steps), node.span)

    def _not_a_list(self, node: SyntaxNode) -> None:
        """Tell what stands where a list of steps is wanted; one step wants brackets."""
        text, hint = node.span.text, "begin each step with `- `"
        fixes: tuple[Fix, ...] = ()
        single = isinstance(node, Scalar) or (isinstance(node, Mapping) and len(node.entries) == 1)
        if single and "\n" not in text and not set(text) & set("#\"'"):
            hint, fixes = f"write `[{text}]`", replaced(node.span, text, f"[{text}]")
        self._error("body-not-a-list", "a body is a list of steps", node.span, help=hint, fixes=fixes)

    def _branches_without_merge(self, body: Sequence, lists: list[Sequence]) -> Sequence:
        """Several lists where steps are wanted are branches, and what merges them is missing."""
        message, hint = "lists stand where steps are wanted", "put `concat:` before them, or remove their brackets"
        self._error("step-not-a-mapping", message, lists[0].span, help=hint)
        merged = Entry(Scalar("branches", body.span), Sequence(tuple(map(self._branch, lists)), body.span))
        others = [self._step(item) for item in body.items if not isinstance(item, Sequence)]
        return Sequence((*others, _unreadable_step(lists[0].span, bodies=[merged])), body.span)

    # --- the two ways of writing a step

    def _step(self, node: SyntaxNode) -> Mapping:
        if is_unreadable(node) or self.sink.full:
            return _unreadable_step(node.span)
        if isinstance(node, Scalar):
            line = read_line(node, self.vocabulary, self.sink)
            if line is None:
                return _unreadable_step(node.span, _name_in(node))
            return self._assemble(line.op, self.vocabulary.construct(line.op.text), list(line.fields), node.span)
        if isinstance(node, Sequence):
            steps = all(self._is_step(item.text) for item in node.items if isinstance(item, Scalar))
            hint = "remove one pair of brackets" if steps else "write `3x3 conv 64`, or `conv: {kernel: 3x3, out: 64}`"
            self._error("step-not-a-mapping", "a list stands where a step is wanted", node.span, help=hint)
            return _unreadable_step(node.span)
        return self._mapping(node)

    def _mapping(self, node: Mapping) -> Mapping:
        if not node.entries:
            self._error("empty-step", "a step is empty", node.span, help="write `op: {field: value}`, or remove it")
            return _unreadable_step(node.span)
        if node.open:
            return _unreadable_step(node.span)
        first, *others = node.entries
        op, value = first.key, first.value
        name = value.entry("name") if isinstance(value, Mapping) else None
        if not self.vocabulary.knows(op.text):
            self._unknown(node, op, value)
            return _unreadable_step(node.span, name, self._guessed_bodies(op, value))
        if is_unreadable(value):
            return _unreadable_step(node.span)
        construct = self.vocabulary.construct(op.text)
        fields = self._fields(op, construct, value)
        if fields is None:
            return _unreadable_step(node.span)
        if others:
            own = self.vocabulary.fields(op.text)
            keys = [other.key for other in others]
            steps = [key for key in keys if self.vocabulary.knows(key.text) and key.text not in own]
            strays = [other for other in others if other.key not in steps]
            if steps:
                message = f"a step has one key, its op; `{steps[0].text}` is a second"
                self._error("step-not-a-mapping", message, steps[0].span, help="begin each step with `- `")
            if strays:
                report_beside(op, construct, value, strays, self.sink)
            if steps:
                return _unreadable_step(node.span, name)
            fields += strays
        return self._assemble(op, construct, fields, value.span)

    def _unknown(self, node: Mapping, op: Scalar, value: SyntaxNode) -> None:
        """Tell `3x3 conv: {...}`, half of each way, from what is no op at all."""
        if times := times_before(op, self.vocabulary):
            report_mapping(op, value, times, self.sink)
            return
        if meant := meant_by_kind(node, self.vocabulary):
            self._error(
                "unknown-op", f"there is no op or block `{op.text}`", op.span, help=meant.hint, fixes=meant.fixes
            )
            return
        meant = meant_by(op, value, self.vocabulary, braces=node.span.text.startswith("{"))
        if meant is None:
            self.vocabulary.note_unknown(op)
        elif not is_unreadable(value):  # else that is told
            message = f"`{op.text}:` mixes the two ways of writing a step"
            self._error("mixed-step", message, op.span, help=meant.hint, fixes=meant.fixes)

    def _fields(self, op: Scalar, construct: ConstructClass | None, value: SyntaxNode) -> list[Entry] | None:
        """The fields of `op: value`; None where the op has no main field."""
        if isinstance(value, Mapping):
            return list(value.entries)
        if construct is not None and construct.main is not None:
            return [Entry(Scalar(construct.main, op.span), value)]
        fixes: tuple[Fix, ...] = ()
        if construct is None:
            message, hint = f"the block `{op.text}` takes its parameters by name", f"write `{op.text}: {{name: value}}`"
            names = list(self.vocabulary.blocks.get(op.text, ()))
            if len(names) == 1 and isinstance(value, Scalar):
                meant = f"{{{names[0]}: {value.text}}}"
                hint, fixes = f"write `{op.text}: {meant}`", replaced(value.span, value.text, meant)
        else:
            message, hint = f"`{op.text}` has no main field", f"write `{op.text}`, or `{op.text}: {{field: value}}`"
        self._error("no-main-field", message, value.span, help=hint, fixes=fixes)
        return None

    def _guessed_bodies(self, op: Scalar, value: SyntaxNode) -> list[Entry]:
        """The bodies in a step whose op is not known, as far as one can tell: their mistakes are told in the same run."""
        construct = BY_KEYWORD.get(nearest(op.text, BY_KEYWORD) or "")
        main = construct.main if construct is not None else None
        if construct is None or main not in construct.bodies:
            return []
        fields = value.entries if isinstance(value, Mapping) else (Entry(Scalar(str(main), op.span), value),)
        wanted = [entry for entry in fields if entry.key.text in construct.bodies and isinstance(entry.value, Sequence)]
        return [Entry(entry.key, self._bodies(entry.key.text, entry.value)) for entry in wanted]

    # --- the one form

    def _assemble(self, op: Scalar, construct: ConstructClass | None, fields: list[Entry], span: Span) -> Mapping:
        self.vocabulary.called.add(op.text)
        bodies = construct.bodies if construct is not None else ()
        args: list[Entry] = []
        step = [Entry(Scalar("op", op.span), op)]
        for entry in fields:
            entry = self._meant(op, entry, fields)
            key, value = entry.key.text, entry.value
            if key in bodies:
                step.append(Entry(entry.key, self._bodies(key, value)))
            elif key in STEP_FIELDS:
                step.append(_listed(entry) if key == "from" else entry)
            else:
                args.append(entry)
        if args:
            step.append(Entry(Scalar("args", op.span), Mapping(tuple(args), span)))
        return Mapping(tuple(step), op.span)

    def _meant(self, op: Scalar, entry: Entry, fields: list[Entry]) -> Entry:
        """A misspelt `name`, `from`, `repeat`, `branches`, ... is read as that; resolve.py tells other unknown fields."""
        key, known = entry.key, self.vocabulary.fields(op.text)
        if key.text in known or key.text == UNREADABLE or UNREADABLE in known or is_unreadable(entry.value):
            return entry
        construct = self.vocabulary.construct(op.text)
        shaping = (*STEP_FIELDS, *(construct.bodies if construct is not None else ()))
        if self.sink.full or meant_field(key.text, shaping) is None:
            return entry
        meant = meant_field(key.text, known)
        if meant is None or meant in {other.key.text for other in fields} or meant not in shaping:
            return entry
        hint, fixes = f"did you mean `{meant}`?", respelt_field(key.text, known, key.span)
        if construct is not None:
            message = f"`{op.text}` has no field `{key.text}`"
            self._error("unknown-field", message, key.span, help=hint, fixes=fixes)
        else:
            message = f"the block `{op.text}` has no parameter `{key.text}`"
            self._error("unknown-parameter", message, key.span, help=hint, fixes=fixes)
        return Entry(Scalar(meant, key.span), entry.value)

    def _bodies(self, key: str, value: SyntaxNode) -> SyntaxNode:
        if key == "branches":
            return self._branches(value)
        if key == "shortcut" and isinstance(value, Scalar) and not self._is_step(value.text):
            return value
        return self._body(value)

    def _is_step(self, text: str) -> bool:
        """Whether a text where steps or a word may stand is a step: `1x1 conv 64`, not `identity if a else none`."""
        first, *others = text.split() or [""]
        sized = bool(others) and SIZE.fullmatch(first) is not None
        return first != "identity" and self.vocabulary.knows(others[0] if sized else first)

    def _branches(self, value: SyntaxNode) -> SyntaxNode:
        if isinstance(value, Sequence) and not value.items:
            self._error(
                "empty-value", "the list of branches is empty", value.span, help="write `[[1x1 conv 64], [identity]]`"
            )
            return unreadable(value.span)
        if isinstance(value, Sequence):
            return Sequence(tuple(self._branch(item) for item in value.items), value.span)
        if not is_unreadable(value):
            hint = "write `[[1x1 conv 64], [identity]]`"
            self._error("body-not-a-list", "`branches` wants a list of branches", value.span, help=hint)
        return unreadable(value.span)

    def _branch(self, node: SyntaxNode) -> SyntaxNode:
        name = node.text if isinstance(node, Scalar) and len(node.text.split()) == 1 else None
        if name is not None and name != UNREADABLE and not self.vocabulary.knows(name):
            return node
        if isinstance(node, Sequence) or is_unreadable(node):
            return Mapping((Entry(Scalar("body", node.span), self._body(node)),), node.span)
        branch = self._as_branch(node) if isinstance(node, Mapping) else None
        if branch is not None:
            return self._with_body(branch)
        shown = f"[{node.text}]" if isinstance(node, Scalar) else "[...]"
        message = "a branch is a list of steps, or the name of a tensor"
        self._error("branch-not-a-list", message, node.span, help=f"write `{shown}`")
        step = self._step(node) if name is None else _unreadable_step(node.span)
        return Mapping((Entry(Scalar("body", node.span), Sequence((step,), node.span)),), node.span)

    def _as_branch(self, node: Mapping) -> Mapping | None:
        """A mapping that is a branch and no step: it has a `body`, which may be misspelt, or nothing but a `name`."""
        known = list(BranchSpec.model_fields)
        keys = [entry.key.text for entry in node.entries]
        if "body" in keys:
            return node
        if keys == ["name"]:
            hint = f"write `{{name: {node.entries[0].value.span.text}, body: [...]}}`"
            self._error("missing-key", "a branch that has a name has a `body`", node.span, help=hint)
            return Mapping((*node.entries, Entry(Scalar("body", node.span), unreadable(node.span))), node.span)
        for index, (key, entry) in enumerate(zip(keys, node.entries, strict=True)):
            if not self.vocabulary.knows(key) and nearest(key, known) == "body":
                fixes = respelt(key, known, entry.key.span)
                self._error(
                    "unknown-key", f"a branch has no `{key}`", entry.key.span, help="did you mean `body`?", fixes=fixes
                )
                read = Entry(Scalar("body", entry.key.span), entry.value)
                return Mapping((*node.entries[:index], read, *node.entries[index + 1 :]), node.span)
        return None

    def _error(self, code: str, message: str, at: Span, *, help: str, fixes: tuple[Fix, ...] = ()) -> None:
        self.sink.error(code, message, at, help=help, fixes=fixes)


def _listed(entry: Entry) -> Entry:
    """`from: x` as `from: [x]`."""
    value = entry.value
    return Entry(entry.key, Sequence((value,), value.span)) if isinstance(value, Scalar) else entry


def _unreadable_step(at: Span, name: Entry | None = None, bodies: list[Entry] | None = None) -> Mapping:
    """What stands for a step that cannot be read: its name and bodies are kept, for those who look at them."""
    entries = [Entry(Scalar("op", at), Scalar(UNREADABLE, at)), *(bodies or ())]
    return Mapping((*entries, name) if name is not None else tuple(entries), at)


def _name_in(line: Scalar) -> Entry | None:
    """The name that a line gives to its step, even if the rest of it cannot be read."""
    words = [word for word in line.text.split() if word != "="]
    index = words.index("name") + 1 if "name" in words else len(words)
    return Entry(Scalar("name", line.span), Scalar(words[index], line.span)) if index < len(words) else None
