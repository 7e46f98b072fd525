"""What an op does to sizes, as data: Op -> Rule, which a program in another language can follow for every size.

An op's own rule is run with lengths that write down what is computed from them (symbols.py). Where it compares some, it
is run again for the other answer, so that all it can do is in the data:

    {"shapes": [[64, "1", ["/", "2", 2]]], "params": 9, "macs": 9}      what it gives and costs
    {"refused": "window-too-large"}                                     the code of its mistake
    {"tests": [["<", "1", 3, false, RULE], ...], "then": RULE}          the answers for which it goes on, else another rule

Not here: which tensors flow where (program.py), the set of all sizes that a network takes (sizes/).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Final, TypeAlias

from ..ops.base import Inputs, Op, OpError
from ..record import record
from ..shapes import TensorType
from .symbols import Expression, Question, Run, Symbol, expression_of, holds, lengths_in, symbol

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"

UNKNOWN: Final = "unknown"  # in the place of a code, where a rule has too many cases to go through all
# How many answers may differ from those at the stated sizes, for rules of so many questions at most.
_DEPTHS = ((8, 8), (40, 2), (200, 1))
_FARTHEST = 64  # from the stated size, to look for one that differs


@dataclass(frozen=True, slots=True)
class Kind:
    """What is the same of a tensor for all sizes: the lengths that are, None for the others; and where its channels are."""

    lengths: tuple[int | None, ...]
    channels_last: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """What an op does for all sizes, and the kinds of its outputs."""

    data: Json
    outputs: tuple[Kind, ...]


@record
class _Counted(TensorType):
    """A type whose number of elements is an expression, too."""

    @property
    def elements(self) -> int:
        """The number of elements."""
        count = 1
        for length in self.shape:
            count = count * length
        return count


class _OtherWeightsError(Exception):
    """The network's weights are made for another size."""


@lru_cache(maxsize=4096)  # a preview asks after each save, and most ops are as before
def rule(op: Op, stated: Inputs, kinds: tuple[Kind, ...]) -> Rule:
    """What an op does for inputs of these kinds; `stated` are the types that its weights are made for."""
    return _Explorer(op, stated, kinds).rule()


class _Explorer:
    """Runs the rule of an op with all answers that lead elsewhere."""

    def __init__(self, op: Op, stated: Inputs, kinds: Sequence[Kind]) -> None:
        self.op, self.stated, self.kinds = op, stated, kinds
        self.built = op.torch_call(stated) if any(map(_has_varying_channels, kinds)) else None
        self.lengths = {str(k): int(n) for k, n in enumerate(n for type_ in stated for n in type_.shape)}
        self.outputs: list[tuple[TensorType, ...]] = []

    def rule(self) -> Rule:
        """All that the op does."""
        run = Run()
        self._result(run, self.lengths)
        count = len(run.answers) - len(self._refused(run, 0))
        data = self._explored((), next((depth for most, depth in _DEPTHS if count <= most), 0))
        return Rule(data, tuple(_common(types) for types in zip(*self.outputs, strict=True)))

    def _explored(self, given: tuple[bool, ...], depth: int) -> Json:
        """What the op does under some answers, and under those that differ in `depth` more at most."""
        run = Run(given)
        result = self._result(run, self.lengths)
        answers, refused = list(run.answers.values()), self._refused(run, len(given))
        tests: list[Json] = []
        for place, question in enumerate(run.answers):
            if place >= len(given):
                answer = answers[place]
                other = refused.get(question) or (
                    self._explored((*answers[:place], not answer), depth - 1) if depth else {"refused": UNKNOWN}
                )
                if other != result:
                    tests.append([question.comparison, _json(question.left), _json(question.right), answer, other])
        return {"tests": tests, "then": result} if tests else result

    def _refused(self, run: Run, first: int) -> dict[Question, Json]:
        """The questions whether two lengths are equal which must be, as far as that is seen, and the mistakes if they differ.

        One case stands for all: whom a merge blames depends on which lengths are how often the same, that it refuses
        does not. And of many such questions in a row, as a merge of many branches asks, the first and the last do.
        """
        found: dict[Question, Json] = {}
        asked = list(run.answers.items())[first:]
        for equality, row in groupby(asked, key=lambda each: each[1] and _is_equality(each[0])):
            questions = [question for question, _ in row]
            if equality:
                ends = [self._refused_where_differs(question) for question in (questions[0], questions[-1])]
                if ends[0] is not None and ends[0] == ends[1]:
                    found |= dict.fromkeys(questions, ends[0])
        return found

    def _refused_where_differs(self, question: Question) -> Json:
        """The mistake where two lengths differ; None where there is none, or no such case is found."""
        for name in lengths_in(question.left) + lengths_in(question.right):
            for more in range(1, _FARTHEST):
                lengths = {**self.lengths, name: self.lengths[name] + more}
                if not holds(question, lengths):
                    result = self._result(None, lengths)
                    return result if isinstance(result, dict) and "refused" in result else None
        return None

    def _result(self, run: Run | None, lengths: dict[str, int]) -> Json:
        """What the op does in a run, or for given lengths."""
        types = tuple(self._types(run, lengths))
        try:
            made = self.op.infer(types)
            self._check_weights(types)
        except OpError as error:
            return {"refused": error.code}
        except _OtherWeightsError:
            return {"refused": "fixed-size"}
        if run is None:
            return None
        self.outputs.append(made)
        cost = self.op.cost(tuple(map(_counted, types)), tuple(map(_counted, made)))
        found: dict[str, Json] = {
            "shapes": [[_json(expression_of(length)) for length in type_.shape] for type_ in made],
            "params": int(cost.params),
            "macs": _json(expression_of(cost.macs)),
        }
        return {key: value for key, value in found.items() if value != 0}

    def _types(self, run: Run | None, lengths: dict[str, int]) -> Sequence[TensorType]:
        starts = pairwise(_starts(self.stated))
        return [
            TensorType(
                tuple(
                    int(known)
                    if known is not None
                    else lengths[str(k)]
                    if run is None
                    else symbol(lengths[str(k)], str(k), run)
                    for k, known in zip(range(start, end), kind.lengths, strict=True)
                ),
                type_.channels_last,
            )
            for type_, kind, (start, end) in zip(self.stated, self.kinds, starts, strict=True)
        ]

    def _check_weights(self, types: Inputs) -> None:
        """Refuse what needs weights of another shape than those that the network has."""
        if self.built is None:
            return
        for now, then in zip(self.op.torch_call(types).numbers(), self.built.numbers(), strict=True):
            if isinstance(now, int) and isinstance(then, int) and now != int(then):
                raise _OtherWeightsError


def _is_equality(question: Question) -> bool:
    """Whether two lengths are compared, of which neither is a number."""
    return question.comparison == "==" and not isinstance(question.left, int) and not isinstance(question.right, int)


def _starts(types: Inputs) -> list[int]:
    """The number of the first length of each type, and how many there are in all."""
    found = [0]
    for type_ in types:
        found.append(found[-1] + len(type_.shape))
    return found


def _counted(type_: TensorType) -> TensorType:
    return _Counted(type_.shape, type_.channels_last)


def _has_varying_channels(kind: Kind) -> bool:
    return kind.lengths[-1 if kind.channels_last else 0] is None


def _common(types: Sequence[TensorType]) -> Kind:
    """What an output has in common over all that the rule can do."""
    lengths: list[int | None] = []
    for several in zip(*(type_.shape for type_ in types), strict=True):
        numbers = {int(length) for length in several}
        varies = len(numbers) > 1 or any(isinstance(length, Symbol) for length in several)
        lengths.append(None if varies else numbers.pop())
    return Kind(tuple(lengths), types[0].channels_last)


def _json(expression: Expression) -> Json:
    return [_json(part) for part in expression] if isinstance(expression, tuple) else expression
