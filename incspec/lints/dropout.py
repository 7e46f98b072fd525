"""Lints of dropout: a probability of being kept that stands where one of being dropped is wanted, and dropout at the end.

Papers and older libraries state the first, torch and `dropout` take the second. A high number alone is no mistake; what
tells is the name of the parameter that it comes from, or a comment of the file that says "keep 0.8" of this very number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..diagnostics import Label
from ..ops.dropout import Dropout, DropPath
from ..record import record
from ..source import SourceFile, Span
from ..spec import NAME
from ..syntax import DocPath, Scalar, SyntaxTree
from .base import Checked, Finding, Lint
from .flow import Site, Use

_KEPT = re.compile(r"(?:^|_)(?:keep|kept|survival|survive)(?:_|$)")
_COMMENT = re.compile(r"(?:^|(?<=[ \t]))#[^\r\n]*", re.MULTILINE)
_KEEP_NUMBER = re.compile(r"\b(?:keep|keeps|kept|keeping|survival)\b[^\d\r\n]{0,30}(\d*\.\d+)", re.IGNORECASE)
_MOST_NAMES = 20  # that a value goes through


@record
class _Given:
    """A place where a value is given, and its text there: a number, a parameter's name or an expression."""

    path: DocPath
    text: str


def _keep_probability(checked: Checked) -> Iterator[Finding]:
    """A dropout whose probability is called `keep`, or is said to be one by a comment."""
    for use in checked.uses:
        for site in use.sites:
            op = site.node.op
            if not isinstance(op, Dropout | DropPath) or op.p in (0, 0.5, 1):
                continue
            given = _given(checked.tree, use, site)
            named = next((place for place in given if NAME.fullmatch(place.text) and _KEPT.search(place.text)), None)
            p = float(op.p)
            if named is not None:
                yield Finding(
                    checked.tree.span_at(named.path),
                    f"`{named.text}` seems to be the probability of being kept, `{op.keyword}` takes that of being dropped",
                    f"write `1-{named.text}`",
                    label=f"{p:g} of all are dropped",
                )
            elif given and p > 0.5:
                at = checked.tree.span_at(given[-1].path)
                said = _kept(at.source).get(f"{p:g}")
                if said is not None:
                    yield Finding(
                        at,
                        f"{p:g} seems to be the probability of being kept, `{op.keyword}` takes that of being dropped",
                        f"write {1 - p:g}, if that is what the comment means",
                        label=f"{p:g} of all are dropped",
                        secondary=(Label(said, "as the comment says"),),
                    )


def _dropout_on_output(checked: Checked) -> Iterator[Finding]:
    """A dropout that gives an output of the network: it hides parts of the answer from the loss."""
    for made in checked.last_ops():
        if isinstance(made.node.op, Dropout):
            yield Finding(
                checked.at(made),
                "this dropout hides parts of the network's output in training",
                "put it before the last layer",
                label=f"{float(made.node.op.p):g} of the {made.outputs[0]} numbers that the loss sees are zeros",
            )


def _given(tree: SyntaxTree, use: Use, site: Site) -> list[_Given]:
    """The places that the probability goes through, from the op to where its number stands."""
    keyword, calls = site.node.op.keyword, list(use.chain)
    block = use.block
    fields: list[DocPath] = [site.node.path, (*site.node.fields_path, "p")]
    fields += [("blocks", block, "defaults", keyword, "p")] if block else []
    places = _first(tree, [*fields, ("defaults", keyword, "p")])
    while places and NAME.fullmatch(places[-1].text) and len(places) < _MOST_NAMES:
        name = places[-1].text
        inside: list[DocPath] = []
        if block:
            inside = [(*calls[-1].path, "args", name), ("blocks", block, "params", name)]
        found = _first(tree, inside)
        if found and found[0].path == inside[0]:
            calls.pop()
            block = calls[-1].graph.block if calls else ""
        found = found or _first(tree, [("params", name)])
        if not found:
            break
        places += found
    return places


def _first(tree: SyntaxTree, paths: list[DocPath]) -> list[_Given]:
    for path in paths:
        node = tree.node_at(path) if tree.has(path) else None
        if isinstance(node, Scalar):
            return [_Given(path, node.text)]
    return []


def _kept(source: SourceFile) -> dict[str, Span]:
    """The numbers that a file's comments say `keep` of, and where."""
    found = {}
    for comment in _COMMENT.finditer(source.text):
        for said in _KEEP_NUMBER.finditer(comment.group()):
            found[f"{float(said.group(1)):g}"] = Span(source, comment.start(), comment.start()).inner(*said.span())
    return found


DROPOUT_ON_OUTPUT = Lint("dropout-on-output", _dropout_on_output)
KEEP_PROBABILITY = Lint("keep-probability", _keep_probability)
