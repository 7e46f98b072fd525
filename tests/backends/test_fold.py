"""Figures that are too long go on in further lines, where one tensor alone leads on, and show what they showed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from backends.geometry import findings

import incspec
from incspec.backends.figures.drawing import Arrow, Box, Drawing, Loop
from incspec.backends.figures.plates import Plate
from incspec.backends.figures.render import render, scene
from incspec.backends.figures.scene import Group, Rect, Scene, Text, leaves
from incspec.pictures import Look, figures_of, style_of
from incspec.styles.read import find_style
from incspec.styles.style import Style

SLIDE = (960, 540)  # points


def drawn(spec: str, name: str = "network", **asked: object) -> tuple[Plate, Scene]:
    network, look = incspec.load(spec).network, Look("slide", **asked)  # type: ignore[arg-type]
    style = style_of(network, look)
    plate = next(plate for plate in figures_of(network, look, style) if plate.name == name)
    return plate, scene(plate, style)


def groups(picture: Scene, role: str) -> Iterator[Group]:
    return (item for item in picture.items if isinstance(item, Group) and item.role == role)


def places(picture: Scene) -> dict[str, tuple[float, float]]:
    """The middle of each box."""
    return {
        group.id: (rect.x + rect.width / 2, rect.y + rect.height / 2)
        for group in groups(picture, "box")
        for rect in group.items
        if isinstance(rect, Rect)
    }


def connections(picture: Scene) -> list[tuple[str, str]]:
    """The boxes that lines connect, through the points where they part."""
    lines = [tuple(group.id.split(" ")) for group in groups(picture, "edge")]
    boxes = {group.id for group in groups(picture, "box")}
    before = {head: tail for tail, head in lines if head not in boxes}
    found = []
    for tail, head in lines:
        while tail in before:
            tail = before[tail]
        found += [(tail, head)] if head in boxes else []
    return sorted(found)


@pytest.mark.parametrize(
    ("spec", "name", "asked"),
    [
        ("inception_v4", "stem", {}),
        ("googlenet", "network", {}),
        ("inception_v3", "network", {}),
        ("inception_resnet_v2", "inception_resnet_a", {"edges": ("shape",)}),
        ("zoo/unet", "network", {}),
        ("inception_v4", "network", {"expand": ("stem",)}),
        ("inception_resnet_v2", "network", {"expand": ("stem", "inception_resnet_b"), "edges": ("shape",)}),
        ("zoo/resnet50", "network", {"depth": 2}),
        ("inception_v4", "network", {"depth": 2, "edges": ("shape",)}),
    ],
)
def test_what_is_broken_into_lines_has_the_same_boxes_and_arrows(
    spec: str, name: str, asked: dict[str, object]
) -> None:
    plate, picture = drawn(spec, name, **asked)
    points = {box.id for box in plate.drawing.boxes if box.kind == "point"}
    assert places(picture).keys() == {box.id for box in plate.drawing.boxes} - points
    before = {arrow.head: arrow.tail for arrow in plate.drawing.arrows if arrow.head in points}
    wanted = [(before.get(each.tail, each.tail), each.head) for each in plate.drawing.arrows if each.head not in points]
    assert connections(picture) == sorted(wanted)


def test_the_stem_of_inception_v4_is_broken_at_its_concatenations_and_fits_a_slide() -> None:
    """arXiv:1602.07261, figure 3: three convolutions, a fork and so on, each of which ends with a concatenation."""
    plate, picture = drawn("inception_v4", "stem")
    assert picture.width <= SLIDE[0]
    labels = {box.id: box.label for box in plate.drawing.boxes}
    at = places(picture)
    concats = [place for name, place in at.items() if labels[name] == "Filter concat"]
    assert len(concats) == len({y for _, y in concats}) == 3
    for x, y in concats:  # the last of its line
        assert not [other for other in at.values() if other[0] > x and abs(other[1] - y) < 60]


def test_auxiliary_heads_begin_the_lines_of_what_they_read_and_stand_over_them() -> None:
    """arXiv:1409.4842, section 5: the heads are put on top of Inception (4a) and (4d)."""
    plate, picture = drawn("googlenet")
    at, heads = places(picture), plate.drawing.sides
    assert len(heads) == 2
    for head in heads:
        first = next(arrow for arrow in plate.drawing.arrows if arrow.head == head.boxes[0])
        following = [arrow.head for arrow in plate.drawing.arrows if arrow.tail == first.tail and arrow != first]
        assert len(following) == 4
        lowest = max(at[box][1] for box in head.boxes)
        assert all(at[box][1] > lowest for box in following)
        assert all(at[box][1] < at[following[0]][1] for box in head.boxes)
        assert min(at[box][0] for box in head.boxes) < SLIDE[0] / 4


def test_the_more_lines_there_are_the_longer_they_are() -> None:
    """All of GoogLeNet in lines as long as a slide would be five times as high as one."""
    for spec, asked in (("googlenet", {}), ("zoo/resnet50", {"depth": 2}), ("zoo/densenet121", {})):
        _, picture = drawn(spec, **asked)
        share = min(SLIDE[0] / picture.width, SLIDE[1] / picture.height)
        assert 20 * share > 8, spec  # points of type on a slide


def test_an_opened_block_that_is_longer_than_the_lines_is_broken_in_its_frame() -> None:
    """The stem of Inception-v4 alone would be twice as long as a slide (arXiv:1602.07261, figure 3)."""
    plate, picture = drawn("inception_v4", expand=("stem",))
    (frame,) = (group for group in groups(picture, "frame"))
    (border,) = (item for item in frame.items if isinstance(item, Rect))
    at = places(picture)
    inside = [at[box] for box in plate.drawing.loops[0].boxes]
    assert len(inside) == 16
    for x, y in inside:
        assert border.x < x < border.x + border.width
        assert border.y < y < border.y + border.height
    outside = [place for name, place in at.items() if name not in plate.drawing.loops[0].boxes]
    assert all(y < border.y or y > border.y + border.height for _, y in outside)
    labels = {box.id: box.label for box in plate.drawing.boxes}
    assert len({at[box][1] for box in plate.drawing.loops[0].boxes if labels[box] == "Filter concat"}) == 2


def test_what_does_not_fit_in_one_line_has_labels_in_two_and_smaller_type_before_it_is_broken() -> None:
    """A residual block, of which only input and output could stand in other lines (arXiv:1602.07261, figure 16)."""
    plate, picture = drawn("inception_resnet_v2", "inception_resnet_a")
    at = places(picture)
    trunk = [box.id for box in plate.drawing.boxes if box.label in ("Relu activation", "1x1 Conv (384 Linear)", "+")]
    assert len(trunk) == 4
    assert len({round(at[name][1]) for name in trunk}) == 1
    assert picture.width <= SLIDE[0]
    assert min(item.size for item in leaves(picture.items) if isinstance(item, Text)) >= 16


def test_u_net_is_drawn_as_a_u() -> None:
    """arXiv:1505.04597, figure 1: four times a tensor goes straight on to the other side, and pooled a level down."""
    plate, picture = drawn("zoo/unet")
    at = places(picture)
    rows = {box.id: row for row, box in enumerate(plate.drawing.boxes)}
    across = [arrow for arrow in plate.drawing.arrows if rows[arrow.head] - rows[arrow.tail] > 1]
    assert len(across) == 4
    for arrow in across:
        assert at[arrow.tail][1] == pytest.approx(at[arrow.head][1])
        assert at[arrow.tail][0] < at[arrow.head][0]
    levels = [at[arrow.tail][1] for arrow in across]
    assert sorted(levels) == sorted(set(levels))
    pools = [at[box.id] for box in plate.drawing.boxes if "MaxPool" in box.label]
    expanded = [at[box.id] for box in plate.drawing.boxes if box.label == "Expand"]
    assert [x for x, _ in pools] == pytest.approx([pools[0][0]] * 4)
    assert [x for x, _ in expanded] == pytest.approx([expanded[0][0]] * 4)
    assert [y for _, y in pools] == sorted(y for _, y in pools)
    assert [y for _, y in expanded] == sorted((y for _, y in expanded), reverse=True)
    assert picture.width <= SLIDE[0]


def test_a_residual_block_that_is_too_long_goes_on_below_its_shortcut() -> None:
    """arXiv:1602.07261, figure 16, with the shape of each tensor: the shortcut leads straight to the sum."""
    plate, picture = drawn("inception_resnet_v2", "inception_resnet_a", edges=("shape",))
    at = places(picture)
    first, last = plate.drawing.boxes[0].id, plate.drawing.boxes[-1].id
    (merged,) = (box.id for box in plate.drawing.boxes if box.label == "+")
    assert at[first][1] == pytest.approx(at[merged][1]) == pytest.approx(at[last][1])
    assert all(y > at[merged][1] + 30 for name, (_, y) in at.items() if name not in (first, merged, last))
    assert picture.width <= SLIDE[0]


def test_what_leaves_a_frame_by_two_lines_is_not_broken_in_it() -> None:
    """They would have to pass what stands behind the frame."""
    boxes = tuple(Box(f"b{n}", "x" * size) for n, size in enumerate((10, 9, 16, 11, 3, 5)))
    pairs = ((0, 1), (1, 2), (2, 3), (2, 5), (3, 4), (4, 5))
    arrows = tuple(Arrow(f"b{tail}", f"b{head}") for tail, head in pairs)
    framed = Drawing(boxes, arrows, (Loop(1, ("b1", "b2", "b3"), (Loop(1, ("b3",), label="L"),), "L"),))
    picture = scene(Plate("any", "Any", "Any", framed), Style(direction="left", length=80, least=12))
    assert list(findings(render(picture, "svg"))) == []
    at = places(picture)
    assert at["b1"][0] > at["b2"][0] > at["b3"][0]


def chain(count: int, *skips: tuple[int, int]) -> Scene:
    """A slide of boxes one after the other, and of arrows past others."""
    boxes = tuple(Box(f"b{n}", "3x3 Conv (64)") for n in range(count))
    links = sorted([*((n, n + 1) for n in range(count - 1)), *skips])
    arrows = tuple(Arrow(f"b{tail}", f"b{head}", slack=head - tail > 1) for tail, head in links)
    return scene(Plate("any", "Any", "Any", Drawing(boxes, arrows)), find_style("slide"))


def test_what_is_read_again_last_made_first_is_put_in_levels_with_all_lines_apart() -> None:
    picture = chain(14, (1, 12), (3, 10), (5, 8))
    assert len({round(y) for _, y in places(picture).values()}) == 4
    assert list(findings(render(picture, "svg"))) == []


def test_what_has_no_place_to_be_broken_at_stays_in_one_line_which_the_scene_knows() -> None:
    """The two tensors that are read again are read in the order in which they are made."""
    picture = chain(20, (0, 12), (6, 19))
    at = places(picture)
    assert all(at[tail][0] < at[head][0] for tail, head in connections(picture))
    assert picture.excess > 0


def test_a_line_that_would_hardly_be_shorter_is_not_broken() -> None:
    """Only what comes before and after a residual block could be put into other lines."""
    _, picture = drawn("zoo/convnext_tiny", "convnext_block")
    assert len({round(y) for _, y in places(picture).values()}) == 1
