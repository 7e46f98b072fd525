"""What to say of a checkpoint that does not fit, or whose mapping is not certain: -> `WeightsError`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from ...diagnostics import Diagnostic, WeightsError, enumerated
from .branches import Orders
from .channels import Unsound
from .found import Choice, Signatures
from .names import sort_key, words
from .target import Shape, Target
from .totals import Compared, Signature, stems

_SHOWN = 8
_LISTED = 4
# From here on two lists of tensors are alike enough to be laid side by side.
_ALIKE = 0.5


def mismatch(target: Target, balance: Compared, theirs: Mapping[str, Shape]) -> WeightsError:
    """The checkpoint is of another network."""
    told = list(_Difference(target, balance, theirs).told())
    more = [f"and {len(told) - _SHOWN} more"] if len(told) > _SHOWN else []
    ours, others = Counter(balance.ours.values()), Counter(balance.theirs.values())
    return WeightsError(
        [
            Diagnostic(
                "weights-mismatch",
                f"the checkpoint is of another network: {(ours - others).total()} of our {ours.total()} tensors"
                f" without a counterpart in it, {(others - ours).total()} of its {others.total()} without one here",
                notes=(*told[:_SHOWN], *more),
                help=_remedy(target, balance),
            )
        ]
    )


def ambiguous(choices: Sequence[Choice]) -> WeightsError:
    """Some tensors have several candidates."""
    # How many batches were seen matters least.
    choices = sorted(choices, key=lambda choice: choice.ours[0][0].endswith("num_batches_tracked"))
    shown = [
        Diagnostic(
            "weights-ambiguous",
            f"{listed_briefly(map(_module, choice.ours))} {'is' if len(choice.ours) == 1 else 'are'}"
            f" {listed_briefly(map(_module, choice.theirs))}, but nothing tells which is which",
            help=f"say it of all but one: `--map {_module(choice.theirs[0])}={_module(choice.ours[0])}`, or the like"
            " in `map`",
        )
        for choice in choices[:_SHOWN]
    ]
    if len(choices) > _SHOWN:
        count = sum(len(part) for choice in choices[_SHOWN:] for part in choice.ours)
        shown.append(Diagnostic("weights-ambiguous", f"{count} more tensors have several candidates", severity="note"))
    return WeightsError(shown)


def unsound(target: Target, problems: Sequence[Unsound], orders: Orders) -> WeightsError:
    """Branches are in another order, and what follows does not allow that."""
    moved = listed_briefly(each.group.merge for each in orders.joined)
    found = [
        Diagnostic(
            "weights-order",
            f"`{each.unit.name}` depends on the order of its channels, which is another one in the checkpoint",
            notes=(f"the checkpoint joins the branches of {moved} in another order",),
            help="write the branches in the checkpoint's order",
        )
        for each in problems
    ]
    found += [
        Diagnostic(
            "weights-order",
            f"the checkpoint joins the branches of `{group.merge}` in another order, and nothing tells where it has"
            " those without parameters",
            help="write the branches in the checkpoint's order",
        )
        for group in orders.unknown
    ]
    found += [
        Diagnostic(
            "weights-order",
            f"the numbers in the names of the branches of `{group.merge}` may count them, or be the sizes of their"
            " kernels: the order in which the checkpoint joins them is not certain",
            help="where it is ours, give the tensors the names that they have in ours",
        )
        for group in orders.sized
    ]
    return WeightsError(found)


def wrong_map(old: str, new: str, target: Target, ours: Signatures, theirs: Signatures) -> WeightsError:
    """What `map` says cannot be; `ours` and `theirs` are the tensors that it speaks of."""
    if not theirs:
        message = f"the checkpoint has no `{old}`"
    elif not ours:
        message = f"the module has no `{new}`"
    else:
        message = f"`{old}` cannot be `{new}`: they have {len(theirs)} and {len(ours)} tensors, not of the same shapes"
    return WeightsError(
        [Diagnostic("weights-map", message, help="name a module or tensor of theirs, then one of ours")]
    )


class _Difference:
    """What differs between a network and a checkpoint, tensor by tensor or module by module."""

    def __init__(self, target: Target, balance: Compared, theirs: Mapping[str, Shape]) -> None:
        self.target, self.balance, self.theirs = target, balance, theirs

    def told(self) -> Iterator[str]:
        """The differences in words."""
        ours, theirs = list(self.balance.ours), list(self.balance.theirs)
        same = [key for key in ours if key in self.balance.theirs]
        if 2 * len(same) > len(ours):  # the same module, but for its parameters
            yield from self._by_keys(same)
            return
        for own, others in ((ours, theirs), (self._by_layer(ours), self._by_layer(sorted(theirs, key=_natural)))):
            matcher = SequenceMatcher(None, self._signatures(own), self._signatures(others), autojunk=False)
            if matcher.ratio() >= _ALIKE:
                for what, i, j, k, m in matcher.get_opcodes():
                    if what != "equal":
                        yield from self._beside(
                            [key for key in own[i:j] if key in self.balance.lacking],
                            [name for name in others[k:m] if name in self.balance.extra],
                        )
                return
        for key in self.balance.lacking:
            yield f"{self._our(key)} has no counterpart"
        for name in self.balance.extra:
            yield f"{self._their(name)} fits nowhere"

    def _signatures(self, names: Sequence[str]) -> list[Signature]:
        return [self.balance.ours.get(name) or self.balance.theirs[name] for name in names]

    def _by_layer(self, names: Sequence[str]) -> list[str]:
        """Names layer by layer, those of a layer by kind and shape: files in the order of names have norms before convs."""
        layers: dict[str, list[str]] = {}
        for name in names:
            layers.setdefault(".".join(name.split(".")[:-2]), []).append(name)
        return [
            name for layer in layers.values() for name in sorted(layer, key=lambda name: str(self._signatures([name])))
        ]

    def _by_keys(self, same: Sequence[str]) -> Iterator[str]:
        for key in same:
            if self.balance.ours[key] != self.balance.theirs[key]:
                yield f"{self._our(key)} is [{_shape(self.theirs[key])}] in the checkpoint"
        yield from self._beside(
            [key for key in self.balance.ours if key not in self.balance.theirs],
            [name for name in self.balance.theirs if name not in self.balance.ours],
        )

    def _beside(self, ours: Sequence[str], theirs: Sequence[str]) -> Iterator[str]:
        """Tensors of both sides at the same place, one by one where they are as many."""
        if len(ours) == len(theirs):
            for key, name in zip(ours, theirs, strict=True):
                yield f"{self._our(key)} has {self._their(name)} in its place"
            return
        if ours:
            count = f" ({len(ours)} tensors)" if len(ours) > 1 else ""
            yield (
                f"{self._our(ours[0])}{count} has no counterpart"
                if not count
                else (f"`{_module(ours)}`{count}{self._where(ours[0])} has no counterpart")
            )
        if theirs:
            count = f" ({len(theirs)} tensors)" if len(theirs) > 1 else ""
            yield f"`{_module(theirs)}`{count} fits nowhere" if count else f"{self._their(theirs[0])} fits nowhere"

    def _our(self, key: str) -> str:
        return f"`{key}` [{_shape(self.target.slots[key][1].shape)}]{self._where(key)}"

    def _where(self, key: str) -> str:
        block = self.target.slots[key][0].block
        return f" in block `{block}`" if block else ""

    def _their(self, name: str) -> str:
        return f"`{name}` [{_shape(self.theirs[name])}]"


def _remedy(target: Target, balance: Compared) -> str:
    """What may be done about a checkpoint that does not fit."""
    lacking = Counter(balance.ours[key] for key in balance.lacking)
    extra = Counter(balance.theirs[name] for name in balance.extra)
    first = {slot.key for unit in stems(target) for slot in unit.slots[:1]}
    if first.issuperset(balance.lacking) and len(extra) == len(lacking) == 1:
        ((_, wanted),), ((_, given),) = lacking, extra
        if wanted[:1] + wanted[2:] == given[:1] + given[2:]:
            return "`--adapt-input`, or `adapt_input=True`, adapts the first layer to another number of input channels"
    if lacking and extra and {_turned(each) for each in lacking} == set(extra):
        return (
            "heights and widths of kernels are exchanged: the checkpoint is of a variant with 1x7 for 7x1, or the like"
        )
    return "take the spec, or the parameters, of the network that the checkpoint is of"


def _turned(signature: Signature) -> Signature:
    """The signature of a kernel with height and width exchanged."""
    kind, shape = signature
    shape = (*shape, 1) if len(shape) == 3 else shape  # axes of length 1 at the end are left out
    turned = (*shape[:2], *reversed(shape[2:]))
    while len(turned) > 1 and turned[-1] == 1:
        turned = turned[:-1]
    return (kind, turned)


def _natural(name: str) -> tuple[tuple[int, int, str], ...]:
    return sort_key(words(name))


def _shape(shape: Shape) -> str:
    return ", ".join(map(str, shape))


def _module(names: Sequence[str]) -> str:
    """The module that some tensors are of; where they are of none, the first of them."""
    if len(names) == 1:
        return names[0]
    parts = [name.split(".") for name in names]
    shared = 0
    while all(len(each) > shared + 1 and each[shared] == parts[0][shared] for each in parts):
        shared += 1
    return ".".join(parts[0][:shared]) or f"{names[0]} ..."


def listed_briefly(names: Iterable[str]) -> str:
    """The first of some names, and how many there are beside."""
    listed = [f"`{name}`" for name in names]
    if len(listed) > _LISTED:
        return ", ".join(listed[: _LISTED - 1]) + f" and {len(listed) - _LISTED + 1} more"
    return enumerated(listed)
