"""What strips cannot be joined to one: nodes and strips, packed row by row, then moved to what they are linked to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .strip import END, START, Edge, Extent, Spacing, Strip, lay, node_strip, packed

_ROUNDS = 12
_MOST = 500_000  # places that are looked at while things are moved


class Mesh:
    """What cannot be joined: nodes and strips, packed from the left and from the right, and then moved in between."""

    def __init__(
        self, nodes: Mapping[str, Extent], rows: Mapping[str, int], edges: Iterable[Edge], spacing: Spacing
    ) -> None:
        self.spacing = spacing
        self.units: list[Strip] = []
        self.near: dict[int, list[int]] = {}  # the units that each is linked to
        self._enter(nodes, rows, edges)

    def strip(self) -> Strip:
        """All units in one strip, about its middle."""
        axes = self._moved(self._start())
        lows = [
            axis - extent.left for axis, unit in zip(axes, self.units, strict=True) for extent in unit.rows.values()
        ]
        highs = [
            axis + extent.right for axis, unit in zip(axes, self.units, strict=True) for extent in unit.rows.values()
        ]
        middle = (min(lows) + max(highs)) / 2
        whole = Strip(bare=False)
        for unit, axis in zip(self.units, axes, strict=True):
            lay(whole, unit, axis - middle)
        return whole

    def _enter(self, nodes: Mapping[str, Extent], rows: Mapping[str, int], edges: Iterable[Edge]) -> None:
        """Number the units, each node followed by what is reached from it first."""
        leaving: dict[str, list[Edge]] = {}
        for edge in sorted(edges, key=lambda edge: edge.key):
            leaving.setdefault(edge.tail, []).append(edge)
        numbers: dict[str, int] = {}
        waiting: list[tuple[int | None, Edge]] = [(None, edge) for edge in reversed(leaving.get(START, []))]
        while waiting:
            tail, edge = waiting.pop()
            strip = edge.put_together(self.spacing)
            last = tail
            if strip.rows:
                last = self._unit(strip)
                self._join(tail, last)
            if edge.head == END:
                continue
            if edge.head in numbers:
                self._join(last, numbers[edge.head])
                continue
            numbers[edge.head] = number = self._unit(node_strip(edge.head, nodes, rows))
            self._join(last, number)
            waiting += [(number, each) for each in reversed(leaving.get(edge.head, []))]

    def _unit(self, strip: Strip) -> int:
        self.units.append(strip)
        self.near[len(self.units) - 1] = []
        return len(self.units) - 1

    def _join(self, a: int | None, b: int) -> None:
        if a is not None:
            self.near[a].append(b)
            self.near[b].append(a)

    def _start(self) -> list[float]:
        """The middle between all as far left and all as far right as can be, which keeps all distances."""
        left = packed([unit.rows for unit in self.units], self.spacing)
        mirrored = [{row: Extent(e.right, e.left) for row, e in unit.rows.items()} for unit in reversed(self.units)]
        right = packed(mirrored, self.spacing)
        width = max(left) if left else 0.0
        return [(a + width - b) / 2 for a, b in zip(left, reversed(right), strict=True)]

    def _moved(self, axes: list[float]) -> list[float]:
        """Move each unit to the middle of what it is linked to, as far as its neighbours let it."""
        neighbours: dict[int, list[int]] = {}
        for number, unit in enumerate(self.units):
            for row in unit.rows:
                neighbours.setdefault(row, []).append(number)
        place = {row: {number: index for index, number in enumerate(line)} for row, line in neighbours.items()}
        cells = sum(len(unit.rows) for unit in self.units)
        for turn in range(max(1, min(_ROUNDS, _MOST // max(cells, 1)))):
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
