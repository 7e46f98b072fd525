"""The words of one figure, as data: what each op is called, what arrives at a block, what is not drawn.

An op's words are a template: `{kernel} Conv ({out}[ stride {stride}][ {pad}])`. A name in braces stands for one of the op's
details, what is in square brackets is left out where all its details are the usual ones. An empty template says that the op is
not drawn: what it reads goes to what reads it. Ops without a template have their own words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

from ...ir import Graph
from .drawing import BoxFamily

Sizes: TypeAlias = Literal["all", "every", "changed", "none"]

# The details that need no words: a `3x3 Conv` has stride 1 and "same" padding.
USUAL: Mapping[str, str] = MappingProxyType({"stride": "1", "pad": "S", "dilation": "1", "groups": "1", "name": ""})
_PART = re.compile(r"\[([^\[\]]*)\]")
_NAME = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Score:
    """One of the boxes that stand for a classifier; `{number}` in its label is that of the head, from 0."""

    label: str
    family: BoxFamily


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of one figure.

    `words` are templates by what they are for, `1x1 conv` before `conv`; `input` is the template of an input of the network,
    `before` what a block's input is called (else after what comes before it); `scores` are the boxes of a linear layer
    that gives an output of the network: the scores of classes, whose softmax is taken in the loss, or by the user.
    `sizes` says what is printed beside boxes, where that is not the usual, and `remark` what the caption has to add.
    Where `products` is, a width prints as 4n that is computed from a letter: the papers print its number beside the letter.
    """

    words: Mapping[str, str] = field(default_factory=dict)
    input: str = "Input[ {name}] ({size})"
    before: str = ""
    scores: tuple[Score, ...] = ()
    sizes: Sizes | None = None
    remark: str = ""
    products: bool = False

    def template(self, keyword: str, size: str = "") -> str | None:
        """The template for an op with a window of this size; None where it has its own words."""
        sized = self.words.get(f"{size} {keyword}") if size else None
        return self.words.get(keyword) if sized is None else sized


@dataclass(frozen=True, slots=True)
class Manner:
    """How a paper draws: the wording of the network's figure, of the blocks' figures by their numbers, and of all others.

    `whole` says that the figure of the network has the blocks' own boxes, without frames.
    """

    network: Wording = field(default_factory=Wording)
    block: Wording = field(default_factory=Wording)
    figures: Mapping[str, Wording] = field(default_factory=dict)
    whole: bool = False

    def of(self, graph: Graph) -> Wording:
        """The wording for a block, or the network."""
        return self.figures.get(graph.figure, self.block) if graph.block else self.network


def fill(template: str, details: Mapping[str, str]) -> str:
    """A template with the details in it.

    Raises:
        KeyError: there is no such detail.
    """

    def part(match: re.Match[str]) -> str:
        names = _NAME.findall(match[1])
        return "" if all(details[name] == USUAL.get(name) for name in names) else match[1]

    return _NAME.sub(lambda match: details[match[1]], _PART.sub(part, template))
