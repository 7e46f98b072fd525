"""Names that the author gives to something: each is a name, has no other meaning, and is given once."""

from __future__ import annotations

from collections.abc import Container, Mapping, MutableMapping, Sequence

from ..diagnostics import Diagnostics
from ..ops import BY_KEYWORD
from ..spec import NAME, RESERVED, STEP_FIELDS, BranchSpec, Joined
from ..syntax import UNREADABLE, DocPath, SyntaxTree


class GivenNames:
    """Checks the names that a file gives. Mistakes go to `sink`."""

    def __init__(self, tree: SyntaxTree, sink: Diagnostics) -> None:
        self.tree, self.sink = tree, sink

    def check(self, name: str, path: DocPath, *, taken: Container[str] = (), key: bool = False) -> None:
        """Check a name; those in `taken` have a meaning at this place, beside those that have one anywhere."""
        if name == UNREADABLE:
            return
        if name in RESERVED or name in taken:
            what = "is an op" if name in BY_KEYWORD else "has a meaning of its own"
            self._error("reserved-name", f"`{name}` {what}", path, "choose another name", key=key)
        elif not NAME.fullmatch(name):
            better = "".join(c if c.isascii() and c.isalnum() else "_" for c in name.lower()).strip("_")
            better = better.lstrip("0123456789_")
            hint = "names are small letters, digits and `_`, beginning with a letter" + (
                f": `{better}`" if better else ""
            )
            self._error("invalid-name", f"`{name}` is not a name", path, hint, key=key)

    def params(self, params: Mapping[str, str], path: DocPath) -> None:
        """Check the names of parameters."""
        for name, text in params.items():
            if text != UNREADABLE:
                self.check(name, (*path, name), taken=STEP_FIELDS, key=True)

    def inputs(self, names: Sequence[str], path: DocPath) -> None:
        """Check the names of a block's inputs."""
        seen: set[str] = set()
        for index, name in enumerate(names):
            self.check(name, (*path, index))
            if name in seen:
                self.twice(name, (*path, index), "input")
            seen.add(name)

    def tensor(self, name: str, path: DocPath, given: MutableMapping[str, None]) -> None:
        """Check the name of a tensor, and add it to those that are `given`."""
        self.check(name, path)
        if name in given:
            self.twice(name, path)
        given[name] = None

    def branches(self, branches: Sequence[Joined], path: DocPath, given: MutableMapping[str, None]) -> None:
        """Check the names of a merge's branches, and add them to those that are `given`."""
        for index, branch in enumerate(branches):
            if isinstance(branch, BranchSpec) and branch.name is not None:
                self.tensor(branch.name, (*path, "branches", index, "name"), given)

    def twice(self, name: str, path: DocPath, what: str = "tensor", *, key: bool = False) -> None:
        """Report a name that something else has."""
        message = f"`{name}` is the name of another {what}"
        self._error("duplicate-name", message, path, "choose another name", key=key)

    def _error(self, code: str, message: str, path: DocPath, hint: str, *, key: bool = False) -> None:
        self.sink.error(code, message, self.tree.span_at(path, key=key), help=hint)
