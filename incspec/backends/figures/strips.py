"""Where things stand across the flow of a figure: nodes in rows and links between them -> one place for each.

A figure is built of strips. A link is a strip as narrow as a line; what follows one another is one strip, all of it on
one axis; strips between the same two nodes stand side by side in the order of the spec, the nodes over and under their
middle. Most networks are nothing else in the end. What is left otherwise, a mesh of nodes and strips, is packed row
by row and then drawn to what it is linked to.

Lengths are in points. A strip may be narrow where its neighbour is wide: widths are kept row by row.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

_START, _END = "^", "$"
_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class Extent:
    """How far a thing reaches to either side of its axis."""

    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Link:
    """A line from one node to another."""

    tail: str
    head: str


@dataclass(frozen=True, slots=True)
class Spacing:
    """Distances: between neighbours, and from a line's middle to the edge of its strip."""

    gap: float
    lane: float


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


@dataclass(eq=False)
class _Strip:
    """Rows that it takes, what stands on its own axis (nodes by name, links by number), and strips beside that."""

    rows: dict[int, Extent] = field(default_factory=dict)
    own: list[str | int] = field(default_factory=list)
    parts: list[tuple[_Strip, float]] = field(default_factory=list)
    bare: bool = True  # of lines alone

    def absorb(self, other: _Strip) -> _Strip:
        """Take over what stands below or above; the larger of the two goes on."""
        large, small = (self, other) if len(self.rows) >= len(other.rows) else (other, self)
        for row, extent in small.rows.items():
            large.rows[row] = _wider(large.rows[row], extent) if row in large.rows else extent
        large.own += small.own
        large.parts += small.parts
        large.bare = large.bare and small.bare
        return large


@dataclass(eq=False)
class _Edge:
    """A strip between two nodes; `keys` are its place among what leaves the first, one for each that it is made of."""

    tail: str
    head: str
    key: int
    strip: _Strip
    branches: list[tuple[int, _Strip]] | None = None  # side by side, not yet put together

    def put_together(self, spacing: Spacing) -> _Strip:
        """Its strip, after which nothing can be put beside its parts."""
        if self.branches is not None:
            self.strip = _beside([strip for _, strip in sorted(self.branches, key=lambda branch: branch[0])], spacing)
            self.branches = None
        return self.strip


class _Builder:
    """Joins edges until one is left, or nothing can be joined."""

    def __init__(
        self, nodes: Mapping[str, Extent], links: Mapping[int, Link], rows: Mapping[str, int], spacing: Spacing
    ) -> None:
        self.nodes, self.rows, self.spacing = nodes, rows, spacing
        self.out: dict[str, dict[int, _Edge]] = {name: {} for name in (*nodes, _START, _END)}
        self.into: dict[str, dict[int, _Edge]] = {name: {} for name in (*nodes, _START, _END)}
        for number, link in links.items():
            passed = range(rows[link.tail] + 1, rows[link.head])
            lane = Extent(spacing.lane, spacing.lane)
            self._add(_Edge(link.tail, link.head, number, _Strip(dict.fromkeys(passed, lane), [number])))
        for number, name in enumerate(nodes, start=max(links, default=0) + 1):
            if not self.into[name]:
                self._add(_Edge(_START, name, number, _Strip()))
            if not self.out[name]:
                self._add(_Edge(name, _END, number, _Strip()))

    def built(self) -> _Strip:
        """The strip of everything."""
        waiting = deque((*self.nodes, _START))
        while waiting:
            name = waiting.popleft()
            for edge in self._parallel(name):
                waiting += (edge.head, edge.tail)
            if name not in (_START, _END) and len(self.out[name]) == len(self.into[name]) == 1:
                edge = self._in_series(name)
                waiting.append(edge.tail)
        edges = [edge for found in self.out.values() for edge in found.values()]
        if len(edges) == 1:
            return edges[0].put_together(self.spacing)
        return _Mesh(self.nodes, self.rows, edges, self.spacing).strip() if edges else _Strip()

    def _add(self, edge: _Edge) -> None:
        self.out[edge.tail][id(edge)] = edge
        self.into[edge.head][id(edge)] = edge

    def _remove(self, edge: _Edge) -> None:
        del self.out[edge.tail][id(edge)], self.into[edge.head][id(edge)]

    def _parallel(self, tail: str) -> Iterator[_Edge]:
        """Join what leads from a node to the same other one."""
        found: dict[str, list[_Edge]] = {}
        for edge in self.out[tail].values():
            found.setdefault(edge.head, []).append(edge)
        for head, edges in found.items():
            if len(edges) > 1:
                branches = [branch for edge in edges for branch in (edge.branches or [(edge.key, edge.strip)])]
                for edge in edges:
                    self._remove(edge)
                joined = _Edge(tail, head, min(edge.key for edge in edges), _Strip(), branches)
                self._add(joined)
                yield joined

    def _in_series(self, name: str) -> _Edge:
        """Join what leads to a node with what leads from it."""
        (below,), (above,) = self.into[name].values(), self.out[name].values()
        self._remove(below)
        self._remove(above)
        strip = below.put_together(self.spacing).absorb(_node(name, self.nodes, self.rows))
        joined = _Edge(below.tail, above.head, below.key, strip.absorb(above.put_together(self.spacing)))
        self._add(joined)
        return joined


def _node(name: str, nodes: Mapping[str, Extent], rows: Mapping[str, int]) -> _Strip:
    return _Strip({rows[name]: nodes[name]}, [name], bare=False)


def _beside(strips: Sequence[_Strip], spacing: Spacing) -> _Strip:
    """Strips side by side; the axis is in the middle of them, lines apart, where there is anything else."""
    axes = _packed([strip.rows for strip in strips], spacing)
    counted = [axis for strip, axis in zip(strips, axes, strict=True) if not strip.bare] or axes
    middle = (counted[0] + counted[-1]) / 2
    whole = _Strip(bare=all(strip.bare for strip in strips))
    for strip, axis in zip(strips, axes, strict=True):
        _lay(whole, strip, axis - middle)
    return whole


def _lay(whole: _Strip, strip: _Strip, offset: float) -> None:
    """Put a strip into a larger one, so far right of its axis."""
    whole.parts.append((strip, offset))
    for row, extent in strip.rows.items():
        moved = Extent(extent.left - offset, extent.right + offset)
        whole.rows[row] = _wider(whole.rows[row], moved) if row in whole.rows else moved


def _wider(a: Extent, b: Extent) -> Extent:
    return Extent(max(a.left, b.left), max(a.right, b.right))


def _packed(units: Sequence[Mapping[int, Extent]], spacing: Spacing) -> list[float]:
    """Axes from left to right, as near to one another as rows allow; the first is 0."""
    reached: dict[int, float] = {}
    axes: list[float] = []
    for unit in units:
        least = (reached[row] + spacing.gap + extent.left for row, extent in unit.items() if row in reached)
        # A strip that takes no rows, a line from one row to the next, is as wide as a line all the same.
        free = axes[-1] + 2 * spacing.lane if axes and not unit else 0.0
        axis = max(least, default=free)
        axes.append(axis)
        reached |= {row: axis + extent.right for row, extent in unit.items()}
    return axes


class _Mesh:
    """What cannot be joined: nodes and strips, packed from the left and from the right, and then moved in between."""

    def __init__(
        self, nodes: Mapping[str, Extent], rows: Mapping[str, int], edges: Iterable[_Edge], spacing: Spacing
    ) -> None:
        self.spacing = spacing
        self.units: list[_Strip] = []
        self.near: dict[int, list[int]] = {}  # the units that each is linked to
        self._enter(nodes, rows, edges)

    def strip(self) -> _Strip:
        """All units in one strip, about its middle."""
        axes = self._moved(self._start())
        lows = [
            axis - extent.left for axis, unit in zip(axes, self.units, strict=True) for extent in unit.rows.values()
        ]
        highs = [
            axis + extent.right for axis, unit in zip(axes, self.units, strict=True) for extent in unit.rows.values()
        ]
        middle = (min(lows) + max(highs)) / 2
        whole = _Strip(bare=False)
        for unit, axis in zip(self.units, axes, strict=True):
            _lay(whole, unit, axis - middle)
        return whole

    def _enter(self, nodes: Mapping[str, Extent], rows: Mapping[str, int], edges: Iterable[_Edge]) -> None:
        """Number the units, each node followed by what is reached from it first."""
        leaving: dict[str, list[_Edge]] = {}
        for edge in sorted(edges, key=lambda edge: edge.key):
            leaving.setdefault(edge.tail, []).append(edge)
        numbers: dict[str, int] = {}
        waiting: list[tuple[int | None, _Edge]] = [(None, edge) for edge in reversed(leaving.get(_START, []))]
        while waiting:
            tail, edge = waiting.pop()
            strip = edge.put_together(self.spacing)
            last = tail
            if strip.rows:
                last = self._unit(strip)
                self._join(tail, last)
            if edge.head == _END:
                continue
            if edge.head in numbers:
                self._join(last, numbers[edge.head])
                continue
            numbers[edge.head] = number = self._unit(_node(edge.head, nodes, rows))
            self._join(last, number)
            waiting += [(number, each) for each in reversed(leaving.get(edge.head, []))]

    def _unit(self, strip: _Strip) -> int:
        self.units.append(strip)
        self.near[len(self.units) - 1] = []
        return len(self.units) - 1

    def _join(self, a: int | None, b: int) -> None:
        if a is not None:
            self.near[a].append(b)
            self.near[b].append(a)

    def _start(self) -> list[float]:
        """The middle between all as far left and all as far right as can be, which keeps all distances."""
        left = _packed([unit.rows for unit in self.units], self.spacing)
        mirrored = [{row: Extent(e.right, e.left) for row, e in unit.rows.items()} for unit in reversed(self.units)]
        right = _packed(mirrored, self.spacing)
        width = max(left) if left else 0.0
        return [(a + width - b) / 2 for a, b in zip(left, reversed(right), strict=True)]

    def _moved(self, axes: list[float]) -> list[float]:
        """Move each unit to the middle of what it is linked to, as far as its neighbours let it."""
        neighbours: dict[int, list[int]] = {}
        for number, unit in enumerate(self.units):
            for row in unit.rows:
                neighbours.setdefault(row, []).append(number)
        place = {row: {number: index for index, number in enumerate(line)} for row, line in neighbours.items()}
        for turn in range(_ROUNDS):
            order = range(len(axes)) if turn % 2 == 0 else range(len(axes) - 1, -1, -1)
            for number in order:
                near = self.near[number]
                if not near:
                    continue
                wish = sum(axes[other] for other in near) / len(near)
                low, high = float("-inf"), float("inf")
                for row, extent in self.units[number].rows.items():
                    line, index = neighbours[row], place[row][number]
                    if index > 0:
                        other = line[index - 1]
                        low = max(low, axes[other] + self.units[other].rows[row].right + self.spacing.gap + extent.left)
                    if index + 1 < len(line):
                        other = line[index + 1]
                        high = min(
                            high, axes[other] - self.units[other].rows[row].left - self.spacing.gap - extent.right
                        )
                axes[number] = min(max(wish, low), high) if low <= high else axes[number]
        return axes
