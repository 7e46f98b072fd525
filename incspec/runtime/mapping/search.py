"""The search for the mapping: a model and a checkpoint's shapes -> an assignment, or a refusal that says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Protocol

from ...backends.module import build_module
from .assignment import UNCHANGED, Assignment, How, Note
from .branches import Orders, orders_of
from .channels import changes_of
from .descent import by_names, counting_of
from .found import Found, Signatures
from .names import Counting, is_kind, says_aux, words
from .refusal import ambiguous, listed_briefly, mismatch, unsound, wrong_map
from .sequence import by_sequence, is_evidence
from .target import Network, Shape, Target, target_of
from .totals import Compared, compared

# Of 1001 classes the first is the background, and these are the others.
_CLASSES = 1000


class Shaped(Protocol):
    """What is needed of a checkpoint's tensor."""

    @property
    def shape(self) -> Sequence[int]:
        """Its shape."""
        ...


def find_mapping(
    model: Network,
    checkpoint: Mapping[str, Shaped],
    *,
    map: Mapping[str, str] | None = None,
    adapt_input: bool = False,
    reorder: bool = True,
) -> Assignment:
    """Find which tensor of a checkpoint each tensor of the model's module is.

    The checkpoint's tensors are in the order of its file. `map` names modules or tensors of theirs and what they are of
    ours. With `adapt_input`, the first convolution may have another number of input channels. Without `reorder`, branches
    are taken to be joined in our order, whatever order they have in the checkpoint.

    Raises:
        WeightsError: the checkpoint does not fit, or something is not certain.
    """
    state = build_module(model.printed.text, model.printed.class_name, device="meta").state_dict()
    target = target_of(model, {key: tuple(tensor.shape) for key, tensor in state.items()})
    shapes = {name: tuple(tensor.shape) for name, tensor in checkpoint.items()}
    return _Search(target, shapes, dict(map or {}), adapt_input=adapt_input, reorder=reorder).assignment()


class _Search:
    def __init__(
        self, target: Target, theirs: Mapping[str, Shape], map: Mapping[str, str], *, adapt_input: bool, reorder: bool
    ) -> None:
        self.target, self.file, self.theirs, self.map = target, theirs, theirs, map
        self.adapt_input, self.reorder = adapt_input, reorder
        self.found_by: dict[str, How] = {}
        # Whether the order of the file is that in which its network runs.
        self.ordered = False
        self.counting = Counting(())
        self.notes: list[Note] = []

    def assignment(self) -> Assignment:
        """The mapping, with all that is to be done and said."""
        balance = self._balance()
        if not balance.equal:
            raise mismatch(self.target, balance, self.theirs)
        found = self._pairs(balance)
        if found.choices:
            raise ambiguous(found.choices)
        pairs = {key: found.pairs[key] for key in self.target.slots if key in found.pairs}
        return self._finished(balance, pairs)

    def _balance(self) -> Compared:
        """Both sides compared; auxiliary heads may be missing on either."""
        ours = {key: unit for key, (unit, _) in self.target.slots.items()}
        heads = dict.fromkeys(unit.head for unit in ours.values() if unit.head)
        trunk = {key for key, unit in ours.items() if not unit.head}
        without = {name: shape for name, shape in self.theirs.items() if not says_aux(words(name))}
        balance = compared(self.target, ours, self.theirs, adapt_input=self.adapt_input)
        candidates = [balance]
        if not balance.equal and heads:
            bare = compared(self.target, trunk, self.theirs, adapt_input=self.adapt_input)
            if bare.equal:
                listed = ", ".join(f"`{head}`" for head in heads)
                lacking = tuple(key for key in ours if key not in trunk)
                keep = "keeps its" if len(heads) == 1 else "keep their"
                self.notes.append(
                    Note(f"the checkpoint has no auxiliary heads: {listed} {keep} initialisation", lacking)
                )
                return bare
            candidates.append(bare)
        if not balance.equal and len(without) < len(self.theirs):
            bare = compared(self.target, trunk, without, adapt_input=self.adapt_input)
            if bare.equal:
                self.notes.append(Note("the checkpoint's auxiliary heads are left out"))
                self.theirs = without
                return bare
            candidates.append(bare)
        return min(candidates, key=lambda each: len(each.lacking) + len(each.extra))

    # --- the pairs

    def _pairs(self, balance: Compared) -> Found:
        numbers = {signature: index for index, signature in enumerate(dict.fromkeys(balance.ours.values()))}
        ours = {key: numbers[signature] for key, signature in balance.ours.items()}
        theirs = {name: numbers[signature] for name, signature in balance.theirs.items()}
        if not self.map and ours == theirs:
            self.found_by = dict.fromkeys(ours, "keys")
            return Found({key: key for key in ours})
        self.counting = counting_of(self.target.root, ours, theirs)
        self.ordered = (
            not _is_sorted(list(theirs))
            and is_evidence(self.target.root, ours)
            and by_sequence(self.target.root, ours, theirs, self.counting) is not None
        )
        found = Found()
        for old, new in sorted(self.map.items(), key=lambda item: -len(item[0])):
            inner_ours, inner_theirs = _below(ours, new), _below(theirs, old)
            if not inner_ours or not inner_theirs or sorted(inner_ours.values()) != sorted(inner_theirs.values()):
                raise wrong_map(old, new, self.target, inner_ours, inner_theirs)
            self._solve(inner_ours, inner_theirs, found, "map")
            ours = {key: signature for key, signature in ours.items() if key not in inner_ours}
            theirs = {name: signature for name, signature in theirs.items() if name not in inner_theirs}
        self._solve(ours, theirs, found)
        return found

    def _solve(self, ours: Signatures, theirs: Signatures, found: Found, how: How | None = None) -> None:
        """Pair what is left of both sides, by the order of the file if that can be believed, and by names."""
        by_order = by_sequence(self.target.root, ours, theirs, self.counting) if self.ordered else None
        if by_order is not None and not by_order.choices:
            found.pairs |= by_order.pairs
            self.found_by |= dict.fromkeys(by_order.pairs, how or "order")
            return
        named = by_names(self.target.root, ours, theirs, self.counting)
        known = by_order.pairs if by_order is not None else {}
        agree = all(known.get(key, name) == name for key, name in named.pairs.items())
        if by_order is not None and named.choices and agree:
            # What one leaves open, the other may know.
            open_ = [choice for choice in by_order.choices if not named.pairs.keys() >= set(sum(choice.ours, ()))]
            found.pairs |= known | named.pairs
            found.choices += open_
        elif by_order is not None and not agree:
            found.pairs |= known
            found.choices += by_order.choices
        else:
            found.pairs |= named.pairs
            found.choices += named.choices
        self.found_by |= {key: how or ("order" if key in known else "names") for key in found.pairs if key in ours}

    # --- what is to be done, and to be said

    def _finished(self, balance: Compared, pairs: dict[str, str]) -> Assignment:
        file = {name: place for place, name in enumerate(self.theirs)}
        orders = Orders()
        if self.reorder:
            orders = orders_of(self.target, pairs, file, self.counting, ordered=self.ordered)
        changes, problems = changes_of(self.target, orders.joined)
        if problems or orders.unknown or orders.sized:
            raise unsound(self.target, problems, orders)
        notes = self.notes
        if orders.joined:
            merges = listed_briefly(each.group.merge for each in orders.joined)
            notes.append(
                Note(
                    f"the checkpoint has the branches of {merges} in another order, and is taken to join them in it:"
                    " what reads them is reordered, but for `reorder=False` or `--no-reorder`"
                )
            )
        if orders.untold:
            merges = listed_briefly(group.merge for group in orders.untold)
            notes.append(
                Note(f"nothing tells in which order the checkpoint joins the branches of {merges}: ours is taken")
            )
        if orders.contradicted and not _is_sorted(list(file)):
            merges = listed_briefly(group.merge for group in orders.contradicted)
            notes.append(
                Note(
                    f"the numbers in the names of the branches of {merges} contradict the order of the file: they are"
                    " taken to be joined by their numbers"
                )
            )
        for key, name in list(pairs.items()):
            _, slot = self.target.slots[key]
            module, theirs = key.rpartition(".")[0], self.theirs[name]
            change = changes.get(key, UNCHANGED)
            _, shape = balance.ours[key]
            if shape[:1] == (0,) and slot.shape[0] == _CLASSES and theirs[0] == _CLASSES + 1:
                change = replace(change, rows=tuple(range(1, _CLASSES + 1)))
                notes.append(Note(f"of {theirs[0]} classes the first, the background, is left out", (key,)))
            elif shape[:1] == (0,):
                del pairs[key]
                differing = f"it has {slot.shape[0]} outputs, {theirs[0]} in the checkpoint"
                notes.append(Note(f"`{module}` keeps its initialisation: {differing}", (key,)))
            elif shape[1:2] == (0,):
                change = replace(change, input_channels=slot.shape[1])
                notes.append(Note(f"`{module}` is adapted from {theirs[1]} to {slot.shape[1]} input channels", (key,)))
            if change is not UNCHANGED:
                changes[key] = change
        used = set(pairs.values())
        return Assignment(
            self.target,
            pairs,
            {key: self.found_by[key] for key in pairs},
            changes,
            kept=tuple(key for key in self.target.slots if key not in pairs),
            unused=tuple(name for name in self.file if name not in used),
            notes=tuple({note.text: note for note in notes}.values()),  # weight and bias have the same to say
            reordered=tuple(each.group.merge for each in orders.joined),
            assumed=tuple(group.merge for group in orders.assumed),
        )


def _below(names: Signatures, prefix: str) -> dict[str, int]:
    """The tensor of this name, or those of the module of this name, which ends where a word of the names does.

    Names without dots are of modules that are joined by underscores: `conv1_weight` is of `conv1`, and `conv1_1_weight`
    as well only if `conv1` has no tensors of its own.
    """
    below = [name for name in names if name == prefix or name.startswith(f"{prefix}.")]
    if not below:
        flat = [name for name in names if name.startswith(f"{prefix}_") and "." not in name]
        below = [name for name in flat if is_kind(name.removeprefix(f"{prefix}_"))] or flat
    return {name: names[name] for name in below}


def _is_sorted(names: Sequence[str]) -> bool:
    """Whether names are in alphabetical order, which says nothing of the network."""
    return all(a < b for a, b in pairwise(names))
