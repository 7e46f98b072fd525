"""What to say of a checkpoint that does not fit, or whose mapping is not certain: -> `WeightsError`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile

from ...diagnostics import Diagnostic, WeightsError
from .channels import Orders, Unsound
from .found import Choice, Signatures
from .target import Shape, Target
from .totals import Compared

_SHOWN = 8


def mismatch(target: Target, balance: Compared, theirs: Mapping[str, Shape]) -> WeightsError:
    """The checkpoint is of another network."""
    notes = [f"ours: {_ours(target, key)}" for key in balance.lacking[:_SHOWN]]
    notes += [f"theirs: {_theirs(name, theirs)}" for name in balance.extra[:_SHOWN]]
    return WeightsError(
        [
            Diagnostic(
                "weights-mismatch",
                f"the checkpoint does not fit: {len(balance.lacking)} tensors without a counterpart,"
                f" {len(balance.extra)} in the checkpoint",
                notes=tuple(notes),
            )
        ]
    )


def ambiguous(choices: Sequence[Choice], theirs: Mapping[str, Shape]) -> WeightsError:
    """Some tensors have several candidates."""
    return WeightsError(
        Diagnostic(
            "weights-ambiguous",
            f"{_listed(map(_common, choice.ours))} may each be {_listed(map(_common, choice.theirs))}",
            help=f"say which is which: `--map {_common(choice.theirs[0])}={_common(choice.ours[0])}`",
        )
        for choice in choices
    )


def unsound(target: Target, problems: Sequence[Unsound], orders: Orders) -> WeightsError:
    """Branches are in another order, and what follows does not allow that."""
    return WeightsError(
        [
            *(
                Diagnostic(
                    "weights-order",
                    f"`{each.unit.name}` depends on the order of its channels, which is another one in the checkpoint",
                )
                for each in problems
            ),
            *(
                Diagnostic(
                    "weights-order",
                    f"the branches of `{group.merge}` are in another order in the checkpoint, and nothing tells where"
                    " those without parameters stand",
                )
                for group in orders.unknown
            ),
        ]
    )


def wrong_map(
    old: str,
    new: str,
    target: Target,
    theirs: Mapping[str, Shape],
    inner_ours: Signatures,
    inner_theirs: Signatures,
) -> WeightsError:
    """What `map` says cannot be."""
    if not inner_theirs:
        message = f"the checkpoint has no `{old}`"
    elif not inner_ours:
        message = f"the module has no `{new}`"
    else:
        message = f"`{old}` cannot be `{new}`: their tensors differ"
    return WeightsError([Diagnostic("weights-map", message)])


def _ours(target: Target, key: str) -> str:
    unit, slot = target.slots[key]
    where = f" in block `{unit.block}`" if unit.block else ""
    return f"`{key}` [{', '.join(map(str, slot.shape))}]{where}"


def _theirs(name: str, theirs: Mapping[str, Shape]) -> str:
    return f"`{name}` [{', '.join(map(str, theirs[name]))}]"


def _common(names: Sequence[str]) -> str:
    """The module that some tensors are of, or the tensor."""
    shared = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    return "".join(letters[0] for letters in shared).rstrip("._")


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
