"""A mapping to read: Assignment -> a table with a line for each module, or data for JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from ...rendering.terminal import plain
from ...rendering.view import visible
from .assignment import UNCHANGED, Assignment, Change, How

_GAP = "  "
_SHOWN = 12
_WORDS: dict[How, str] = {
    "keys": "whose keys are ours",
    "order": "by the order of the file",
    "names": "by the structure of names",
    "map": "by `map`",
}


@dataclass(frozen=True, slots=True)
class _Row:
    ours: str
    theirs: str
    shape: str
    remark: str


def as_json(assignment: Assignment) -> dict[str, object]:
    """A mapping as data."""
    return {
        "tensors": [
            {
                "ours": key,
                "theirs": name,
                "shape": list(assignment.target.slots[key][1].shape),
                "block": assignment.target.slots[key][0].block,
                "found_by": assignment.found_by[key],
                "change": _remark(assignment.changes.get(key, UNCHANGED)),
            }
            for key, name in assignment.pairs.items()
        ],
        "kept": list(assignment.kept),
        "unused": list(assignment.unused),
        "reordered": list(assignment.reordered),
        "assumed_order": list(assignment.assumed),
        "notes": [*assignment.read, *(note.text for note in assignment.notes)],
    }


def render_mapping(assignment: Assignment, *, width: int = 80, ascii_only: bool = False) -> str:
    """A mapping as a table no wider than `width`, then what else is to be known of it."""
    rows = [_Row("ours", "theirs", "shape", ""), *_rows(assignment)]
    remarks = any(row.remark for row in rows)
    shape = max(len(row.shape) for row in rows)
    remark = max(len(row.remark) for row in rows)
    room = max(20, width - shape - len(_GAP) * 2 - ((remark + len(_GAP)) if remarks else 0))
    theirs = max(len(row.theirs) for row in rows)
    ours = max(len(row.ours) for row in rows)
    if ours + theirs > room:
        ours = min(ours, max(room // 2, room - theirs))
        theirs = room - ours
    lines = []
    for row in rows:
        cells = [
            f"{_cut(row.ours, ours):<{ours}}",
            f"{_cut(row.theirs, theirs):<{theirs}}",
            f"{row.shape:<{shape}}",
            row.remark,
        ]
        lines.append(_GAP.join(cells).rstrip())
    lines.insert(1, "─" * min(width, max(map(len, lines))))
    lines.append("")
    for fact in _facts(assignment):
        lines += wrap(fact, width, subsequent_indent=_GAP, break_long_words=False, break_on_hyphens=False)
    text = "\n".join(map(visible, lines)) + "\n"  # names in a file may be anything
    return plain(text) if ascii_only else text


def _rows(assignment: Assignment) -> Iterator[_Row]:
    """A line for each module whose tensors are those of one module of theirs, else one for each tensor."""
    for unit in assignment.target.units:
        keys = [slot.key for slot in unit.slots if slot.key in assignment.pairs]
        if not keys:
            continue
        homes = {assignment.pairs[key].rpartition(".")[0] for key in keys}
        same = len(homes) == 1 and all(_last(key) == _last(assignment.pairs[key]) for key in keys)
        if same and homes != {""}:
            first = assignment.target.slots[keys[0]][1]
            yield _Row(keys[0].rpartition(".")[0], homes.pop(), _size(first.shape), _joined(assignment, keys))
        else:
            for key in keys:
                shape = assignment.target.slots[key][1].shape
                yield _Row(key, assignment.pairs[key], _size(shape), _joined(assignment, [key]))


def _facts(assignment: Assignment) -> Iterator[str]:
    ways = Counter(assignment.found_by.values())
    yield f"{len(assignment.pairs)} tensors: " + ", ".join(f"{count} {_WORDS[way]}" for way, count in ways.items())
    for title, names in (
        ("kept as initialised", _modules(assignment.kept)),
        ("unused of the file", _modules(assignment.unused)),
        ("branches joined in another order, and channels behind them reordered", assignment.reordered),
        ("branches taken to be in our order, since the file does not say", assignment.assumed),
    ):
        if names:
            yield f"{title}: {_listed(names)}"
    yield from (f"note: {text}" for text in (*assignment.read, *(note.text for note in assignment.notes)))


def _joined(assignment: Assignment, keys: Sequence[str]) -> str:
    return ", ".join(dict.fromkeys(filter(None, (_remark(assignment.changes.get(key, UNCHANGED)) for key in keys))))


def _remark(change: Change) -> str:
    """What is done to a tensor, in words."""
    said = []
    if change.rows is not None and len(set(change.rows)) <= max(change.rows):
        said.append("rows left out")
    elif change.rows is not None:
        said.append("channels reordered")
    if change.columns is not None:
        said.append("inputs reordered")
    if change.input_channels:
        said.append("inputs adapted")
    return ", ".join(said)


def _modules(names: Sequence[str]) -> list[str]:
    """The modules that tensors are of."""
    return list(dict.fromkeys(name.rpartition(".")[0] or name for name in names))


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _cut(name: str, width: int) -> str:
    """A name whose beginning is left out where it does not fit: its end tells more."""
    return name if len(name) <= width else "…" + name[len(name) - width + 1 :]


def _size(shape: Sequence[int]) -> str:
    return "x".join(map(str, shape)) or "1"


def _last(name: str) -> str:
    return name.rpartition(".")[2]
