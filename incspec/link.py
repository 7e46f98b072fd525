"""Linking: a file -> one SyntaxTree, with what it `extends` merged under it and what it `import`s taken in.

Merging goes key by key down to the parameters of a block and the default fields of an op; a field's value, a
body and `network` are replaced whole. Every node keeps the span of the file that it was written in.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .diagnostics import Diagnostics, Label, did_you_mean
from .files import SpecFile, read_spec, shipped_specs
from .parse import parse
from .source import SourceFile, Span
from .syntax import Entry, Mapping, Scalar, Sequence, SyntaxNode, SyntaxTree

MAX_FILES = 64

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
}
# Where `none` is a value (no norm, no activation) and does not remove the key.
_NONE_IS_VALUE = {("defaults", "*"), ("blocks", "*", "defaults", "*")}


@dataclass(frozen=True, slots=True, eq=False)
class Linked:
    """The merged tree, the file asked for, all files read, and those that came by `extends`."""

    tree: SyntaxTree
    main: SourceFile
    files: tuple[SpecFile, ...]
    inherited: frozenset[SourceFile]


def link(file: SpecFile, sink: Diagnostics) -> Linked | None:
    """Parse a file and all that it refers to. Mistakes go to `sink`; None where no tree came of it."""
    linker = _Linker(file.folder, sink)
    tree = linker.load(file, ())
    if tree is None:
        return None
    return Linked(tree, file.source, tuple(linker.files), frozenset(linker.inherited))


class _Linker:
    def __init__(self, folder: Path, sink: Diagnostics) -> None:
        self.root_folder, self.sink = folder, sink
        self.files: list[SpecFile] = []
        self.inherited: set[SourceFile] = set()

    def load(self, file: SpecFile, chain: tuple[Path, ...]) -> SyntaxTree | None:
        self.files.append(file)
        tree = parse(file.source, self.sink)
        if tree is None:
            return None
        chain = (*chain, file.path.resolve()) if file.path else chain
        imported = self._imported(tree, file, chain)
        extends = tree.root.entry("extends")
        root = _without(tree.root, ("extends", "import"))
        if imported:
            root = self._with_blocks(root, imported)
        if extends is not None:
            base = self._base(extends, file, chain)
            if base is None:
                return None
            root = _merge(base.root, root, ())
        return SyntaxTree(root)

    def _base(self, extends: Entry, file: SpecFile, chain: tuple[Path, ...]) -> SyntaxTree | None:
        if not isinstance(extends.value, Scalar):
            self.sink.error("wrong-type", "`extends` wants a file", extends.value.span, help="`extends: inception_v4.yaml`")
            return None
        before = len(self.files)
        base = self._read(extends.value, file, chain)
        self.inherited.update(other.source for other in self.files[before:])
        return base

    def _imported(self, tree: SyntaxTree, file: SpecFile, chain: tuple[Path, ...]) -> list[Entry]:
        wanted = tree.root.get("import")
        if wanted is None:
            return []
        if not isinstance(wanted, Mapping):
            self.sink.error(
                "wrong-type", "`import` wants files and their blocks", wanted.span, help="`import: {blocks.yaml: [stem]}`"
            )
            return []
        found: list[Entry] = []
        for entry in wanted.entries:
            names = entry.value.items if isinstance(entry.value, Sequence) else (entry.value,)
            if not all(isinstance(name, Scalar) for name in names):
                self.sink.error("wrong-type", "`import` wants a list of blocks", entry.value.span, help="`[stem, head]`")
                continue
            other = self._read(entry.key, file, chain)
            if other is None:
                continue
            blocks = other.root.get("blocks")
            entries = blocks.entries if isinstance(blocks, Mapping) else ()
            for name in names:
                assert isinstance(name, Scalar)
                block = next((block for block in entries if block.key.text == name.text), None)
                if block is None:
                    self.sink.error(
                        "unknown-block",
                        f"`{entry.key.text}` has no block `{name.text}`",
                        name.span,
                        help=did_you_mean(name.text, [block.key.text for block in entries]),
                    )
                else:
                    found.append(block)
        return found

    def _read(self, reference: Scalar, file: SpecFile, chain: tuple[Path, ...]) -> SyntaxTree | None:
        name, at = reference.text, reference.span
        path = self._path(name, file, at)
        if path is None:
            return None
        if path.resolve() in chain:
            self.sink.error("file-cycle", f"`{name}` leads back to itself", at, help="move what both need into a third file")
            return None
        if len(self.files) >= MAX_FILES:
            self.sink.error("spec-too-large", f"a spec is made of at most {MAX_FILES} files", at)
            return None
        shown = name if file.path is None else str(file.path.parent / name)
        found = read_spec(path, self.sink, at=at, shown=str(path) if path.name != Path(name).name else shown)
        return None if found is None else self.load(found, chain)

    def _path(self, name: str, file: SpecFile, at: Span) -> Path | None:
        """The file that is meant: beside this one, or a shipped spec by its name."""
        path = file.folder / name.replace("\0", "")
        if not Path(name).suffix and not path.exists() and name in shipped_specs():
            return shipped_specs()[name]
        folder = self.root_folder if file.folder.is_relative_to(self.root_folder) else file.folder
        if Path(name).is_absolute() or not path.resolve().is_relative_to(folder.resolve()):
            self.sink.error(
                "outside-folder",
                f"`{name}` lies outside the folder of the spec",
                at,
                help="copy it into the folder, or name a shipped spec without `.yaml`",
            )
            return None
        return path

    def _with_blocks(self, root: Mapping, imported: list[Entry]) -> Mapping:
        own = root.get("blocks")
        entries = {entry.key.text: entry for entry in own.entries} if isinstance(own, Mapping) else {}
        taken: dict[str, Entry] = {}
        for block in imported:
            name = block.key.text
            other = entries.get(name) or taken.get(name)
            if other is not None:
                self.sink.error(
                    "duplicate-block",
                    f"the block `{name}` comes from two places",
                    other.key.span,
                    secondary=[Label(block.key.span, "imported from here")],
                    help="rename one of them, or import fewer blocks",
                )
            else:
                taken[name] = block
        if own is not None and not isinstance(own, Mapping):
            return root
        merged = Mapping((*taken.values(), *entries.values()), own.span if own is not None else root.span)
        key = root.entry("blocks")
        blocks = Entry(key.key if key else Scalar("blocks", root.span), merged)
        return Mapping((*(entry for entry in root.entries if entry.key.text != "blocks"), blocks), root.span)


def _without(root: Mapping, keys: tuple[str, ...]) -> Mapping:
    return Mapping(tuple(entry for entry in root.entries if entry.key.text not in keys), root.span)


def _merge(base: Mapping, variant: Mapping, path: tuple[str, ...]) -> Mapping:
    """The base's keys in their order, replaced, merged or removed by the variant's, and the variant's own behind."""
    changes = {entry.key.text: entry for entry in variant.entries}
    merged: list[Entry] = []
    for entry in base.entries:
        change = changes.pop(entry.key.text, None)
        merged += [entry] if change is None else _changed(entry, change, path)
    merged += [entry for entry in changes.values() if not _removes(entry.value, path)]
    return Mapping(tuple(merged), variant.span)


def _changed(entry: Entry, change: Entry, path: tuple[str, ...]) -> list[Entry]:
    if _removes(change.value, path):
        return []
    inner = (*path, "*" if path in (("blocks",), ("defaults",), ("blocks", "*", "defaults"), ("aux",)) else entry.key.text)
    if inner in _MERGED and isinstance(entry.value, Mapping) and isinstance(change.value, Mapping):
        return [Entry(change.key, _merge(entry.value, change.value, inner))]
    return [change]


def _removes(value: SyntaxNode, path: tuple[str, ...]) -> bool:
    return isinstance(value, Scalar) and value.text == "none" and path not in _NONE_IS_VALUE
