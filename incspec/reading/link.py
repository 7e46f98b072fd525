"""Linking: SpecFile -> Linked, one syntax tree of the file, what it extends and what it imports.

Merging goes key by key down to the parameters of a block and the default fields of an op; a field's value, a
body and `network` are replaced whole. Every node keeps the span of the file that it was written in. A file that
cannot be read leaves open what it would have held, so that the rest is checked all the same.
"""

from __future__ import annotations

import os
from pathlib import Path

from ..diagnostics import Diagnostics, Label, did_you_mean
from ..limits import DEFAULT, Limits
from ..record import record
from ..source import SourceFile, Span
from ..spelling import respelt
from ..syntax import Entry, Mapping, Scalar, Sequence, SyntaxNode, SyntaxTree, is_unreadable, unreadable
from .allowances import Allowance, read_allowances
from .files import SpecFile, read_spec, shipped_spec
from .outline import check_outline, open_root
from .parse import parse

# The mappings that are merged key by key, by path; `*` is any key.
_MERGED = {
    (),
    ("paper",),
    ("params",),
    ("defaults",),
    ("defaults", "*"),
    ("blocks",),
    ("blocks", "*"),
    ("blocks", "*", "params"),
    ("blocks", "*", "defaults"),
    ("blocks", "*", "defaults", "*"),
    ("aux",),
    ("aux", "*"),
    ("expect",),
    ("allow",),
}
_ANY_KEY = {("blocks",), ("defaults",), ("blocks", "*", "defaults"), ("aux",)}
# Where `none` is a value (no norm, no activation) and does not remove the key.
_NONE_IS_VALUE = {("defaults", "*"), ("blocks", "*", "defaults", "*")}


@record(eq=False)
class Linked:
    """The merged tree, the file asked for, all files read, those that came by `extends`, and what they allow at lines."""

    tree: SyntaxTree
    main: SourceFile
    files: tuple[SpecFile, ...]
    inherited: frozenset[SourceFile]
    allowances: tuple[Allowance, ...]


def link(file: SpecFile, sink: Diagnostics, limits: Limits = DEFAULT) -> Linked | None:
    """Parse a file and all that it refers to. Mistakes go to `sink`; None where no tree came of it."""
    linker = _Linker(file.folder, sink, limits)
    tree = linker.load(file, ())
    if tree is None:
        return None
    return Linked(tree, file.source, tuple(linker.files), frozenset(linker.inherited), tuple(linker.allowances))


def referred_paths(file: SpecFile, limits: Limits = DEFAULT) -> tuple[Path, ...]:
    """The files that a file refers to, and those that they do; also those that are not there, or cannot be read."""
    linker = _Linker(file.folder, Diagnostics(), limits)
    linker.load(file, ())
    return tuple(dict.fromkeys(linker.wanted))


def referred_files(file: SpecFile, limits: Limits = DEFAULT) -> tuple[SpecFile, ...]:
    """A file and all that it refers to, as far as they can be read, with whatever mistakes."""
    linker = _Linker(file.folder, Diagnostics(), limits)
    linker.load(file, ())
    return tuple(linker.files)


class _Linker:
    def __init__(self, folder: Path, sink: Diagnostics, limits: Limits) -> None:
        self.root_folder, self.sink, self.limits = folder, sink, limits
        self.files: list[SpecFile] = []
        self.wanted: list[Path] = []
        self.inherited: set[SourceFile] = set()
        self.allowances: list[Allowance] = []

    def load(self, file: SpecFile, chain: tuple[Path, ...]) -> SyntaxTree | None:
        self.files.append(file)
        tree = parse(file.source, self.sink, self.limits)
        if tree is None:
            return None
        self.allowances += read_allowances(file.source, tree, self.sink)
        tree = check_outline(tree, self.sink)
        chain = (*chain, file.path.resolve()) if file.path else chain
        imported = self._imported(tree, file, chain)
        extends = tree.root.entry("extends")
        root = _without(tree.root, ("extends", "import"))
        if imported:
            root = self._with_blocks(root, imported)
        if extends is not None:
            base = self._base(extends, file, chain)
            root = self._merge(open_root(extends) if base is None else base.root, root, ())
        return SyntaxTree(root)

    # --- extends

    def _base(self, extends: Entry, file: SpecFile, chain: tuple[Path, ...]) -> SyntaxTree | None:
        if is_unreadable(extends.value):
            return None
        if not isinstance(extends.value, Scalar):
            hint = "name it: `extends: inception_v4.yaml`"
            self.sink.error("wrong-type", "`extends` wants a file", extends.value.span, help=hint)
            return None
        before = len(self.files)
        base = self._read(extends.value, file, chain)
        self.inherited.update(other.source for other in self.files[before:])
        return base

    def _merge(self, base: Mapping, variant: Mapping, path: tuple[str, ...]) -> Mapping:
        """The base's keys in their order, replaced, merged or removed by the variant's, and the variant's own behind."""
        changes = {entry.key.text: entry for entry in variant.entries}
        merged: list[Entry] = []
        for entry in base.entries:
            change = changes.pop(entry.key.text, None)
            merged += [entry] if change is None else self._changed(entry, change, path)
        for entry in changes.values():
            if not _removes(entry.value, path):
                merged.append(entry)
            elif not base.open:
                hint = did_you_mean(entry.key.text, base.keys())
                message = f"there is no `{entry.key.text}` to remove"
                self.sink.error("nothing-to-remove", message, entry.key.span, help=hint)
        return Mapping(tuple(merged), variant.span)

    def _changed(self, entry: Entry, change: Entry, path: tuple[str, ...]) -> list[Entry]:
        if _removes(change.value, path):
            return []
        inner = (*path, "*" if path in _ANY_KEY else entry.key.text)
        if inner in _MERGED and isinstance(entry.value, Mapping) and isinstance(change.value, Mapping):
            return [Entry(change.key, self._merge(entry.value, change.value, inner))]
        return [change]

    # --- import

    def _imported(self, tree: SyntaxTree, file: SpecFile, chain: tuple[Path, ...]) -> list[Entry]:
        """The blocks that a file imports; those that cannot be found are unreadable."""
        wanted = tree.root.get("import")
        if wanted is None or is_unreadable(wanted):
            return []
        if not isinstance(wanted, Mapping):
            hint = "name both: `import: {blocks.yaml: [stem]}`"
            self.sink.error("wrong-type", "`import` wants files and their blocks", wanted.span, help=hint)
            return [] if isinstance(wanted, Scalar) else [_unreadable_block(unreadable(wanted.span))]
        found: list[Entry] = []
        for entry in wanted.entries:
            if is_unreadable(entry.key) or is_unreadable(entry.value) or self.sink.full:
                found.append(_unreadable_block(unreadable(entry.key.span)))
                continue
            items = entry.value.items if isinstance(entry.value, Sequence) else (entry.value,)
            names = [name for name in items if isinstance(name, Scalar)]
            if len(names) < len(items):
                hint = "name them: `[stem, head]`"
                self.sink.error("wrong-type", "`import` wants a list of blocks", entry.value.span, help=hint)
            found += self._blocks_of(entry.key, names, self._read(entry.key, file, chain))
        return found

    def _blocks_of(self, file: Scalar, names: list[Scalar], tree: SyntaxTree | None) -> list[Entry]:
        blocks = tree.root.get("blocks") if tree is not None else None
        if tree is None or is_unreadable(blocks):
            return [_unreadable_block(name) for name in names]
        known = blocks if isinstance(blocks, Mapping) else Mapping((), file.span)
        found = []
        for name in names:
            block = known.entry(name.text)
            if block is None and not known.open and not is_unreadable(name):
                hint = did_you_mean(name.text, known.keys())
                message = f"`{file.text}` has no block `{name.text}`"
                others = set(known.keys()) - {other.text for other in names}
                fixes = respelt(name.text, others, name.span)
                self.sink.error("unknown-block", message, name.span, help=hint, fixes=fixes)
            found.append(block or _unreadable_block(name))
        return found

    def _with_blocks(self, root: Mapping, imported: list[Entry]) -> Mapping:
        own = root.get("blocks")
        if own is not None and not isinstance(own, Mapping):
            return root
        entries = {entry.key.text: entry for entry in own.entries} if own is not None else {}
        taken: dict[str, Entry] = {}
        for block in imported:
            name = block.key.text
            other = entries.get(name) or taken.get(name)
            if other is None:
                taken[name] = block
            elif not is_unreadable(block.key) and not is_unreadable(block.value):
                self.sink.error(
                    "duplicate-block",
                    f"the block `{name}` comes from two places",
                    other.key.span,
                    secondary=[Label(block.key.span, "imported from here")],
                    help="rename one of them, or import fewer blocks",
                )
        merged = Mapping((*taken.values(), *entries.values()), own.span if own is not None else root.span)
        key = root.entry("blocks")
        blocks = Entry(key.key if key else Scalar("blocks", root.span), merged)
        return Mapping((*(entry for entry in root.entries if entry.key.text != "blocks"), blocks), root.span)

    # --- files

    def _read(self, reference: Scalar, file: SpecFile, chain: tuple[Path, ...]) -> SyntaxTree | None:
        name, at = reference.text, reference.span
        path = self._path(name, file, at)
        if path is None:
            return None
        self.wanted.append(path)
        if path.resolve() in chain:
            hint = "move what both need into a third file"
            self.sink.error("file-cycle", f"`{name}` leads back to itself", at, help=hint)
            return None
        if len(self.files) >= self.limits.files:
            hint = f"move their blocks into fewer files{self.limits.raising('files')}"
            self.sink.error("spec-too-large", f"a spec is made of at most {self.limits.files} files", at, help=hint)
            return None
        shown = name if file.path is None else str(file.path.parent / name)
        shown = str(path) if path.name != Path(name).name else shown
        found = read_spec(path, self.sink, self.limits, at=at, shown=shown)
        return None if found is None else self.load(found, chain)

    def _path(self, name: str, file: SpecFile, at: Span) -> Path | None:
        """The file that is meant: beside this one, or a shipped spec by its name."""
        path = file.folder / name
        shipped = None if Path(name).suffix or os.path.isfile(path) else shipped_spec(name)
        if shipped is not None:
            return shipped
        folder = self.root_folder if file.folder.is_relative_to(self.root_folder) else file.folder
        try:
            outside = Path(name).is_absolute() or not path.resolve().is_relative_to(folder.resolve())
        except (OSError, RuntimeError) as error:  # a name that is too long, links that lead in a circle
            self.sink.error("file-unreadable", f"`{name}` cannot be read: {error}", at, help="check the name")
            return None
        if outside:
            hint = "copy it into the folder, or name a shipped spec without `.yaml`"
            self.sink.error("outside-folder", f"`{name}` lies outside the folder of the spec", at, help=hint)
            return None
        return path


def _without(root: Mapping, keys: tuple[str, ...]) -> Mapping:
    return Mapping(tuple(entry for entry in root.entries if entry.key.text not in keys), root.span)


def _unreadable_block(name: Scalar) -> Entry:
    return Entry(name, unreadable(name.span))


def _removes(value: SyntaxNode, path: tuple[str, ...]) -> bool:
    return isinstance(value, Scalar) and value.text == "none" and path not in _NONE_IS_VALUE
