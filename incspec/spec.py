"""What the user wrote, once its form is valid: `ModelSpec`, `BlockSpec`, `StepSpec` (pydantic).

Values are still text: numbers, words and expressions are read where they are used. Places are found by path in
the syntax tree, which these types mirror key by key, so that pydantic's `loc` is such a path.

Not here: whether names mean something (resolve.py), what a block looks like with its parameters (elaborate.py).
"""

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, JsonValue, StringConstraints, Tag

from .syntax import DocPath

# A value as it was written: text, or a list or mapping of such.
Raw: TypeAlias = JsonValue

NAME = re.compile(r"[a-z][a-z0-9_]*")
_OPERATORS = ("and", "or", "not", "if", "else", "min", "max", "ceil", "floor", "round_to")
RESERVED = frozenset((*_OPERATORS, "in", "i", "call", "calls", "identity", "none", "required", "rest", "true", "false"))
STEP_FIELDS = ("name", "from", "repeat", "when", "expect", "in")
# What the network's own output is called beside those of auxiliary heads.
LOGITS = "logits"


def _shape_of(value: object) -> str:
    """Which alternative of a union a value is meant to be: its shape decides, so a mistake is reported once."""
    return "<list>" if isinstance(value, list) else "<mapping>" if isinstance(value, dict) else "<text>"


UNION_TAGS = ("<list>", "<mapping>", "<text>")


class Strict(BaseModel):
    """The base: unknown keys are errors, values don't change."""

    # Only the whole is validated: the parts need no validators of their own.
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, defer_build=True)


class StepSpec(Strict):
    """One step, in the form that shorthand.py gives every step."""

    op: str
    args: dict[str, Raw] = {}
    branches: list["Joined"] | None = None
    body: list["StepSpec"] | None = None
    # Steps, or a word or expression that gives one.
    shortcut: Annotated[
        Annotated[list["StepSpec"], Tag("<list>")] | Annotated[str, Tag("<text>")], Discriminator(_shape_of)
    ] = "identity"
    name: str | None = None
    from_: Annotated[list[str] | None, Field(alias="from", min_length=1)] = None
    repeat: str | None = None
    when: str | None = None
    expect: list[str] | None = None
    in_: Annotated[str | None, Field(alias="in")] = None


class BranchSpec(Strict):
    """The steps of one branch."""

    body: list["StepSpec"] = []
    name: str | None = None


# What a merge joins: steps, or the name of a tensor.
Joined: TypeAlias = Annotated[
    Annotated[BranchSpec, Tag("<mapping>")] | Annotated[str, Tag("<text>")], Discriminator(_shape_of)
]


class BlockSpec(Strict):
    """A block: steps under parameters. A list of steps is a block that has nothing else."""

    body: Annotated[list[StepSpec], Field(min_length=1)]
    params: dict[str, str] = {}
    defaults: dict[str, dict[str, Raw]] = {}
    inputs: Annotated[list[str], Field(min_length=1)] = ["input"]
    outputs: Annotated[list[str] | None, Field(min_length=1)] = None
    figure: str | None = None
    note: Annotated[str, StringConstraints(min_length=1)] | None = None
    expect: list[str] | None = None


class AuxSpec(Strict):
    """An auxiliary head: steps from a tensor of the network to an output that counts in the training loss."""

    from_: Annotated[list[str], Field(alias="from", min_length=1)]
    weight: str
    body: Annotated[list[StepSpec], Field(min_length=1)]


AUX_KEYS = tuple(info.alias or name for name, info in AuxSpec.model_fields.items())


class Paper(Strict):
    """Where the network was published."""

    title: str | None = None
    authors: str | None = None
    year: str | None = None
    arxiv: str | None = None
    url: str | None = None
    figure: str | None = None
    note: Annotated[str, StringConstraints(min_length=1)] | None = None


class Expect(Strict):
    """What is expected of the whole network."""

    output: list[str] | None = None
    params: str | None = None
    params_with_aux: str | None = None
    macs: str | None = None


class ModelSpec(Strict):
    """A whole file, its imports and what it extends included."""

    incspec: Literal["1"]
    name: Annotated[str, StringConstraints(min_length=1)]
    paper: Paper | None = None
    input: Annotated[
        Annotated[list[str], Tag("<list>"), Field(min_length=1)]
        | Annotated[dict[str, Annotated[list[str], Field(min_length=1)]], Tag("<mapping>"), Field(min_length=1)],
        Discriminator(_shape_of),
    ]
    params: dict[str, str] = {}
    defaults: dict[str, dict[str, Raw]] = {}
    blocks: dict[str, BlockSpec] = {}
    network: Annotated[list[StepSpec], Field(min_length=1)]
    aux: dict[str, AuxSpec] = {}
    expect: Expect | None = None
    # Warnings that the author does not want to see, and why; and those to look for beside the usual ones.
    allow: dict[str, Annotated[str, StringConstraints(min_length=1)]] = {}
    warn: list[str] = []

    @property
    def inputs(self) -> dict[str, list[str]]:
        """The shapes of the inputs by name; a lone one is called `input`."""
        return self.input if isinstance(self.input, dict) else {"input": self.input}

    @property
    def arxiv(self) -> str:
        """The paper's number on arXiv, or nothing."""
        return (self.paper.arxiv if self.paper else None) or ""


def bodies_of(step: StepSpec, path: DocPath) -> Iterator[tuple[list[StepSpec], DocPath]]:
    """The bodies inside a step, and where they stand."""
    for index, branch in enumerate(step.branches or ()):
        if isinstance(branch, BranchSpec):
            yield branch.body, (*path, "branches", index, "body")
    if step.body is not None:
        yield step.body, (*path, "body")
    if isinstance(step.shortcut, list):
        yield step.shortcut, (*path, "shortcut")


def step_names(body: Sequence[StepSpec]) -> list[str]:
    """The names of a body's steps: given ones, else the op's or block's with a count where there are several."""
    if len(body) == 1:
        return [body[0].op if body[0].name is None else body[0].name]
    given: set[str] = set()
    counts: dict[str, int] = {}
    for step in body:
        if step.name is None:
            counts[step.op] = counts.get(step.op, 0) + 1
        else:
            given.add(step.name)
    seen: dict[str, int] = {}
    names: list[str] = []
    for step in body:
        if step.name is not None:
            names.append(step.name)
            continue
        number = seen.get(step.op, 0)
        name = step.op if counts[step.op] == 1 and step.op not in given else ""
        while not name or name in given:
            number += 1
            name = f"{step.op}{number}"
        seen[step.op] = number
        names.append(name)
    return names


_BRANCH = re.compile(r"branch\d+")


def merge_count(body: Sequence[StepSpec]) -> int:
    """How many steps of a body have branches, or a name by which a branch could be called."""
    return sum(1 for step in body if step.branches is not None or (step.name and _BRANCH.fullmatch(step.name)))


def branch_names(step: StepSpec, step_name: str, merges: int) -> list[str]:
    """The names of a merge's branches: `branch1`, ..., with its own before them where its body has several `merges`."""
    prefix = "" if merges == 1 and step.name is None else f"{step_name}_"
    names = [branch.name if isinstance(branch, BranchSpec) else None for branch in step.branches or ()]
    return [name or f"{prefix}branch{number}" for number, name in enumerate(names, start=1)]
