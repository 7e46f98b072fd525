"""Painting: Layout and Style -> Scene. Turns places across and along the flow to the page, and puts colours on them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...styles.style import Style
from .fonts import metrics
from .legend import Legend, legend
from .measure import LEADING, TAG_GAP, Card
from .palette import Palette
from .places import Area, Layout, Placed
from .routes import Route, routes
from .scene import Group, Item, Paint, Path, Rect, Scene, Step, Text, moved

_DASHED = (3.0, 2.0)


def paint(laid: Layout, palette: Palette, style: Style, title: str, description: str) -> Scene:
    """The scene of a figure."""
    page = _Page.of(laid.area, style)
    frames = [_frame(placed, page, style) for placed in laid.parts.values() if placed.part.frame is not None]
    tags = {
        name: placed.areas[name]
        for placed in laid.parts.values()
        for name, item in placed.part.items.items()
        if isinstance(item, Card) and item.box.kind == "tag"
    }
    edges = [_edge(route, laid, tags, page) for route in routes(laid, style)]
    boxes = [
        _box(item, placed.areas[name], placed.column, page, palette)
        for placed in laid.parts.values()
        for name, item in placed.part.items.items()
        if isinstance(item, Card) and item.box.kind not in ("point", "tag")
    ]
    below = legend(palette, style, page.width - 2 * style.margin) if style.legend else Legend((), 0.0, 0.0)
    width = max(page.width, below.width + 2 * style.margin)
    aside, height = (width - page.width) / 2, page.height
    figure: tuple[Item, ...] = (*frames, *edges, *boxes)
    if below.groups:
        figure = tuple(moved(item, aside, 0.0) for item in figure)
        left = (width - below.width) / 2
        figure += tuple(moved(group, left, page.height + 0.6 * style.small) for group in below.groups)
        height += 0.6 * style.small + below.height + style.margin
    background = "" if style.colors.background == "none" else style.colors.background
    return Scene(title, description, width, height, figure, background)


@dataclass(frozen=True, slots=True)
class _Page:
    """Where a place across and along is on the page."""

    style: Style
    area: Area
    width: float
    height: float

    @classmethod
    def of(cls, area: Area, style: Style) -> _Page:
        across, along = area.right - area.left + 2 * style.margin, area.end - area.start + 2 * style.margin
        width, height = (across, along) if style.upright else (along, across)
        return cls(style, area, width, height)

    def point(self, c: float, t: float) -> tuple[float, float]:
        c = c - self.area.left + self.style.margin
        t = t - self.area.start + self.style.margin
        return {
            "up": (c, self.height - t),
            "down": (c, t),
            "right": (t, c),
            "left": (self.width - t, c),
        }[self.style.direction]

    def step(self, step: Step) -> Step:
        controls = step.controls
        turned = None if controls is None else (*self.point(*controls[:2]), *self.point(*controls[2:]))
        return Step(*self.point(step.x, step.y), turned)

    def corner(self, area: Area) -> tuple[float, float, float, float]:
        """The upper left corner, width and height."""
        a, b = self.point(area.left, area.start), self.point(area.right, area.end)
        return min(a[0], b[0]), min(a[1], b[1]), abs(a[0] - b[0]), abs(a[1] - b[1])


def _box(item: Card, area: Area, column: float, page: _Page, palette: Palette) -> Group:
    style, box = page.style, item.box
    x, y, width, height = page.corner(area)
    if not style.upright:  # rows are as long as their longest box
        x, width = x + (width - item.width) / 2, item.width
    made: list[Item] = []
    ink = style.colors.ink
    if box.kind == "box":
        fill = palette.fill(box)
        ink = palette.ink(fill)
        made.append(Rect(x, y, width, height, Paint(fill, style.colors.line, style.line), style.rounding))
    for line in item.lines:
        made.append(Text(x + width / 2, y + line.baseline, line.text, line.size, ink, "middle", line.weight))
    if item.beside:
        rise = metrics().cap_height * style.small
        if style.upright:
            place = page.point(area.axis + column, 0.0)[0]
            made.append(Text(place, y + height / 2 + rise / 2, item.beside, style.small, style.colors.ink))
        else:
            low = y + height + 0.25 * style.small + rise
            made.append(Text(x + width / 2, low, item.beside, style.small, style.colors.ink, "middle"))
    label = ", ".join((" ".join(line.text for line in item.lines), *([item.beside] if item.beside else [])))
    return Group("box", box.id, label, tuple(made))


def _frame(placed: Placed, page: _Page, style: Style) -> Group:
    frame = placed.part.frame
    assert frame is not None
    x, y, width, height = page.corner(placed.area.moved(*placed.origin))
    rise, strip = metrics().cap_height * style.font, LEADING * style.font
    baseline = y + height - (strip - rise) / 2 if style.direction == "down" else y + (strip + rise) / 2
    border = Rect(x, y, width, height, Paint("", style.colors.line, style.line, _DASHED))
    title = Text(x + width - style.frames / 2, baseline, frame.title, style.font, style.colors.ink, "end")
    return Group("frame", placed.part.id, frame.title, (border, title) if frame.title else (border,))


def _edge(route: Route, laid: Layout, tags: Mapping[str, Area], page: _Page) -> Group:
    """A line and its head, or, where it goes on, what is told of it there."""
    style, arrow, steps = page.style, route.arrow, [page.step(step) for step in route.steps]
    start = page.point(route.c, route.t)
    aside = arrow.head in laid.aside and arrow.tail not in laid.aside
    line = Paint("", style.colors.line, style.line, _DASHED if aside else ())
    head: list[Item] = []
    if arrow.head in tags:
        head += _tag(laid.cards[arrow.head], tags[arrow.head], page)
    elif laid.cards[arrow.head].box.kind != "point":
        steps[-1], tip = _headed(start, steps, style)
        head.append(tip)
    tail, to = (laid.cards[end].box.label.replace("\n", ", ") for end in (arrow.tail, arrow.head))
    label = f"{to} from {tail}" if arrow.head in tags else f"{'' if arrow.tail in tags else 'from '}{tail} to {to}"
    label = label if tail and to else "line"
    return Group("edge", f"{arrow.tail} {arrow.head}", label, (Path(*start, tuple(steps), line), *head))


def _tag(item: Card, area: Area, page: _Page) -> Iterator[Text]:
    """The text beside a line: to the right of one that leads up or down, else above it."""
    style, gap = page.style, TAG_GAP * page.style.small
    x, y, width, height = page.corner(area)
    for line in item.lines if item.box.label else ():
        if style.upright:
            yield Text(x + gap, y + (height - item.height) / 2 + line.baseline, line.text, line.size, style.colors.ink)
        else:
            above = y - gap - item.height + line.baseline
            yield Text(x + width / 2, above, line.text, line.size, style.colors.ink, "middle")


def _headed(start: tuple[float, float], steps: list[Step], style: Style) -> tuple[Step, Path]:
    """The last piece of a line, shortened, and the head at its end."""
    last = steps[-1]
    before = start if len(steps) == 1 else (steps[-2].x, steps[-2].y)
    came = before if last.controls is None else last.controls[2:]
    length = math.hypot(last.x - came[0], last.y - came[1]) or 1.0
    dx, dy = (last.x - came[0]) / length, (last.y - came[1]) / length
    size, half = style.arrow, 0.38 * style.arrow
    back = (last.x - size * dx, last.y - size * dy)
    # The line ends inside the head, so that no gap shows.
    inside = (last.x - 0.7 * size * dx, last.y - 0.7 * size * dy)
    tip = Path(
        last.x,
        last.y,
        (Step(back[0] - half * dy, back[1] + half * dx), Step(back[0] + half * dy, back[1] - half * dx)),
        Paint(style.colors.line, "", 0.0),
        closed=True,
    )
    controls = last.controls
    if controls is not None:
        controls = (*controls[:2], controls[2] - 0.7 * size * dx, controls[3] - 0.7 * size * dy)
    return Step(*inside, controls), tip
