"""How often each block is called, guessed before the network is built: what `calls` stands for in a first attempt.

A guess that is right saves building the network twice. It is right where repeats and conditions depend on the
parameters of the file alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from ..expressions import ExpressionError, UnknownValue, evaluate, is_flag, parse_expression
from ..limits import Limits
from ..ops.fields import as_whole
from ..resolution.resolve import Resolved
from ..resolution.values import Names
from ..spec import StepSpec, bodies_of


def guessed_counts(resolved: Resolved, names: Names, limits: Limits) -> dict[str, int]:
    """The calls of each block that uses `call` or `calls`, under the parameters of the file."""
    if not resolved.counting or resolved.endless:
        return {}
    guess = _Guess(resolved, names, limits.nesting)
    every = guess.body(resolved.spec.network)
    for head in resolved.spec.aux.values():
        every += guess.body(head.body)
    return {name: count for name, count in every.items() if name in resolved.counting}


class _Guess:
    def __init__(self, resolved: Resolved, names: Names, deepest: int) -> None:
        self.spec, self.names, self.deepest = resolved.spec, names, deepest
        self.blocks: dict[str, Counter[str]] = {}
        self.depth = 0

    def body(self, steps: Sequence[StepSpec]) -> Counter[str]:
        """The calls in a body."""
        found: Counter[str] = Counter()
        for step in steps:
            times = 1 if step.repeat is None else self._number(step.repeat)
            if step.when is not None:
                times *= bool(self._number(step.when))
            inner = sum((self.body(body) for body, _ in bodies_of(step, ())), Counter[str]())
            if step.op in self.spec.blocks:
                inner += self._block(step.op)
            found += Counter({name: times * count for name, count in inner.items()})
        return found

    def _block(self, name: str) -> Counter[str]:
        if name not in self.blocks:
            self.depth += 1
            inner = self.body(self.spec.blocks[name].body) if self.depth <= self.deepest else Counter[str]()
            self.depth -= 1
            self.blocks[name] = Counter({name: 1}) + inner
        return self.blocks[name]

    def _number(self, text: str) -> int:
        """A number, 1 where more than the parameters of the file decides it."""
        with suppress(ExpressionError, UnknownValue):
            value = evaluate(parse_expression(text), self.names.values)
            whole = bool(value) if is_flag(value) else as_whole(value)
            return 1 if whole is None else int(whole)
        return 1
