"""Where things stand across the flow of a figure: nodes in rows and links between them -> one axis for each.

A link is a strip as narrow as a line; what follows one another is one strip, all of it on one axis; strips between the
same two nodes stand side by side in the order of the spec, the nodes over and under their middle. Most networks are
nothing else in the end. What is left otherwise is a mesh (mesh.py).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .mesh import Mesh
from .strip import END, START, Edge, Extent, Spacing, Strip, node_strip


@dataclass(frozen=True, slots=True)
class Link:
    """A line from one node to another."""

    tail: str
    head: str


@dataclass(frozen=True, slots=True)
class Across:
    """The axes of nodes, and of links where they pass rows; `extent` is that of everything."""

    nodes: Mapping[str, float]
    links: Mapping[int, float]
    extent: Extent


def rows_of(nodes: Sequence[str], links: Iterable[Link]) -> dict[str, int]:
    """The row of each node: as late as what reads it lets it be, what reads nothing first of all.

    Nodes come in an order in which every link leads forward.
    """
    heads: dict[str, list[str]] = {node: [] for node in nodes}
    fed = set()
    for link in links:
        heads[link.tail].append(link.head)
        fed.add(link.head)
    above: dict[str, int] = {}
    for node in reversed(nodes):
        above[node] = max((above[head] + 1 for head in heads[node]), default=0)
    last = max(above.values(), default=0)
    return {node: last - above[node] if node in fed else 0 for node in nodes}


def place_across(
    nodes: Mapping[str, Extent], links: Mapping[int, Link], rows: Mapping[str, int], spacing: Spacing
) -> Across:
    """Give every node, and every link that passes others, its axis."""
    builder = _Builder(nodes, links, rows, spacing)
    whole = builder.built()
    places: dict[str | int, float] = {}
    waiting = [(whole, 0.0)]
    while waiting:
        strip, axis = waiting.pop()
        places |= dict.fromkeys(strip.own, axis)
        waiting += [(part, axis + offset) for part, offset in strip.parts]
    left = max((extent.left for extent in whole.rows.values()), default=0.0)
    right = max((extent.right for extent in whole.rows.values()), default=0.0)
    return Across(
        {key: place for key, place in places.items() if isinstance(key, str)},
        {key: place for key, place in places.items() if isinstance(key, int)},
        Extent(left, right),
    )


class _Builder:
    """Joins edges until one is left, or nothing can be joined."""

    def __init__(
        self, nodes: Mapping[str, Extent], links: Mapping[int, Link], rows: Mapping[str, int], spacing: Spacing
    ) -> None:
        self.nodes, self.rows, self.spacing = nodes, rows, spacing
        self.out: dict[str, dict[int, Edge]] = {name: {} for name in (*nodes, START, END)}
        self.into: dict[str, dict[int, Edge]] = {name: {} for name in (*nodes, START, END)}
        for number, link in links.items():
            passed = range(rows[link.tail] + 1, rows[link.head])
            lane = Extent(spacing.lane, spacing.lane)
            self._add(Edge(link.tail, link.head, number, Strip(dict.fromkeys(passed, lane), [number])))
        for number, name in enumerate(nodes, start=max(links, default=0) + 1):
            if not self.into[name]:
                self._add(Edge(START, name, number, Strip()))
            if not self.out[name]:
                self._add(Edge(name, END, number, Strip()))

    def built(self) -> Strip:
        """The strip of everything."""
        waiting, forked = deque(self.nodes), dict.fromkeys((*self.nodes, START))
        while waiting or forked:
            # All in series before any in parallel: what is put together once is not looked at once for each branch.
            while waiting:
                name = waiting.popleft()
                if name not in (START, END) and len(self.out[name]) == len(self.into[name]) == 1:
                    forked[self._in_series(name).tail] = None
            tails, forked = forked, {}
            for name in tails:
                for edge in self._parallel(name):
                    waiting += (edge.head, edge.tail)
        edges = [edge for found in self.out.values() for edge in found.values()]
        if len(edges) == 1:
            return edges[0].put_together(self.spacing)
        return Mesh(self.nodes, self.rows, edges, self.spacing).strip() if edges else Strip()

    def _add(self, edge: Edge) -> None:
        self.out[edge.tail][id(edge)] = edge
        self.into[edge.head][id(edge)] = edge

    def _remove(self, edge: Edge) -> None:
        del self.out[edge.tail][id(edge)], self.into[edge.head][id(edge)]

    def _parallel(self, tail: str) -> Iterator[Edge]:
        """Join what leads from a node to the same other one."""
        found: dict[str, list[Edge]] = {}
        for edge in self.out[tail].values():
            found.setdefault(edge.head, []).append(edge)
        for head, edges in found.items():
            if len(edges) > 1:
                branches = [branch for edge in edges for branch in (edge.branches or [(edge.key, edge.strip)])]
                for edge in edges:
                    self._remove(edge)
                joined = Edge(tail, head, min(edge.key for edge in edges), Strip(), branches)
                self._add(joined)
                yield joined

    def _in_series(self, name: str) -> Edge:
        """Join what leads to a node with what leads from it."""
        (below,), (above,) = self.into[name].values(), self.out[name].values()
        self._remove(below)
        self._remove(above)
        strip = below.put_together(self.spacing).absorb(node_strip(name, self.nodes, self.rows))
        joined = Edge(below.tail, above.head, below.key, strip.absorb(above.put_together(self.spacing)))
        self._add(joined)
        return joined
