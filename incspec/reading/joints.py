"""Fields that a sign joins to their values, as in other languages, `stride=2` -> their message, and the fix that parts them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from ..diagnostics import Diagnostics, nearest
from ..edits import Edit, Fix
from ..record import record
from ..source import Span
from ..spelling import respelt
from ..syntax import Scalar

_PYTHON = {"True": "true", "False": "false", "None": "none"}


@record
class Joint:
    """A field that a sign joins to its value, `stride=2` or `stride = 2`: its name, the sign with the blanks round it."""

    name: Scalar
    sign: Span
    value: Scalar

    @property
    def meant(self) -> str:
        """The value as it is written here: `false` for Python's `False`."""
        return _PYTHON.get(self.value.text, self.value.text)


def report_joints(word: Scalar, joints: Sequence[Joint], fields: Collection[str], sink: Diagnostics) -> None:
    """Tell the fields that are joined to their values from a word of a step on."""
    first = joints[0]
    hint, fixes = f"write `{nearest(first.name.text, fields)} {first.meant}`", _apart(joints, fields)
    if word.text != first.name.text and not word.text.endswith("="):
        message = f"a field and its value are two words, not `{word.text}`"
        sink.error("missing-space", message, word.span, help=hint, fixes=fixes)
    else:
        message = f"no `=` stands between `{first.name.text}` and its value"
        sink.error("unexpected-word", message, word.span, help=hint, fixes=fixes)


def _apart(joined: Sequence[Joint], fields: Iterable[str]) -> tuple[Fix, ...]:
    """Put a blank where a field and its value are joined by a sign, and the field as it is meant."""
    edits: list[Edit] = []
    certain = True
    for joint in joined:
        spelt = respelt(joint.name.text, fields, joint.name.span)
        if not spelt:
            return ()
        edits += (*spelt[0].edits, Edit(joint.sign, " "))
        edits += [Edit(joint.value.span, joint.meant)] if joint.meant != joint.value.text else []
        certain = certain and spelt[0].certain
    return (Fix(tuple(edits), certain),)
