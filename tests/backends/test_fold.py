"""Figures that are too long go on in further lines, where one tensor alone leads on, and show what they showed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import incspec
from incspec.backends.figures.plates import Plate
from incspec.backends.figures.render import scene
from incspec.backends.figures.scene import Group, Rect, Scene
from incspec.pictures import Look, figures_of, style_of

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
        ("inception_resnet_v2", "inception_resnet_a", {}),
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


def test_what_nowhere_leads_on_with_one_tensor_alone_stays_in_one_line() -> None:
    """U-Net's halves are connected all along (arXiv:1505.04597, figure 1)."""
    _, picture = drawn("zoo/unet")
    at = places(picture)
    assert len({round(y) for _, y in at.values()}) == 1


def test_a_line_that_would_hardly_be_shorter_is_not_broken() -> None:
    """Only what comes before and after a residual block could be put into other lines."""
    _, picture = drawn("zoo/convnext_tiny", "convnext_block")
    assert len({round(y) for _, y in places(picture).values()}) == 1
