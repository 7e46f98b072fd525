"""Networks of whose reports something is known, and how to find a row."""

from __future__ import annotations

from incspec.backends.report import Report, Row, lines
from incspec.ir import TypedGraph
from incspec.loading import load_text

PARAMS, MACS = 42_679_816, 12_253_974_624
HEAD = "incspec: 1\nname: Test\ninput: [3, 32, 32]\n"


def typed(text: str) -> TypedGraph:
    """A network from its text."""
    return load_text(text.encode(), "test.yaml").network


def at(found: Report, path: str) -> Row:
    """The row with this dotted path."""
    (row,) = (line.row for line in lines(found.rows) if ".".join(line.path) == path)
    return row


HEADS = (
    HEAD
    + """
blocks: {head: {body: [1x1 conv 4, global_avg_pool, linear 10]}}
network: [3x3 conv 8, global_avg_pool, linear 10]
aux:
  aux1: {from: conv, weight: 0.3, body: [head]}
  aux2: {from: input, weight: 0.5, body: [global_avg_pool, linear 10]}
"""
)
TRUNK, AUX = 224 + 90, (36 + 50) + 40
