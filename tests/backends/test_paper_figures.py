"""The papers' figures, node by node and edge by edge, against the drawings of the shipped specs."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias

import pytest
from paper_figures import FIGURES, LETTERS, Body, PaperFigure, Side
from shipped import model_of

from incspec.backends.figures.manners import MANNERS, own_manner
from incspec.backends.figures.plates import Plate, plates


@cache
def plates_of(spec: str) -> dict[str, Plate]:
    network = model_of(spec).network
    return {plate.name: plate for plate in plates(network, MANNERS[own_manner(network.graph.arxiv)])}


def plate_of(figure: PaperFigure) -> Plate:
    return plates_of(figure.spec)[figure.block]


@dataclass
class Picture:
    """Boxes, by name with what is written in and beside them, and the arrows from each, from left to right."""

    boxes: dict[str, tuple[str, str]] = field(default_factory=dict)
    heads: dict[str, list[str]] = field(default_factory=dict)

    def box(self, name: str, label: str, size: str = "") -> None:
        self.boxes[name], self.heads[name] = (label, size), []

    def arrow(self, tail: str, head: str, waiting: str | None = None) -> None:
        """An arrow, in the place of one whose head was not known yet, or to the right of the others."""
        heads = self.heads[tail]
        if waiting is None:
            heads.append(head)
        else:
            heads[heads.index(waiting)] = head

    def in_order(self) -> list[tuple[str, str, list[int]]]:
        """The boxes as they are met from the inputs on, left branches first, with the numbers of those that follow."""
        numbers: dict[str, int] = {}
        targets = {head for heads in self.heads.values() for head in heads}

        def visit(name: str) -> None:
            if name not in numbers:
                numbers[name] = len(numbers)
                for head in self.heads[name]:
                    visit(head)

        for name in self.boxes:
            if name not in targets:
                visit(name)
        return [(*self.boxes[name], [numbers[head] for head in self.heads[name]]) for name in numbers]


End: TypeAlias = "tuple[str, str | None]"  # a box, and what an arrow from it stands in for


def printed(figure: PaperFigure, *, corrected: bool = True) -> Picture:
    """The figure of the table."""
    picture, sides = Picture(), []
    wrong = figure.wrong if corrected else {}

    def right(text: str) -> str:
        prefix = "Output: " if text.startswith("Output: ") else ""
        bare = text.removeprefix(prefix)
        return prefix + wrong.get(bare, bare)

    def draw(body: Body, ends: list[End]) -> list[End]:
        if not body:  # the arrow passes, in its place among the branches
            ends = [(tail, f"waiting {tail}") for tail, _ in ends]
            for tail, waiting in ends:
                picture.arrow(tail, waiting)
        for item in body:
            if isinstance(item, Side):
                sides.append((item, ends))
            elif isinstance(item, str | tuple):
                label, size = (item, "") if isinstance(item, str) else item
                name = str(len(picture.boxes))
                picture.box(name, right(label), right(size))
                for tail, waiting in ends:
                    picture.arrow(tail, name, waiting)
                ends = [(name, None)]
            else:
                ends = [end for branch in item for end in draw(branch, ends)]
        return ends

    draw(figure.body, [])
    for side, ends in sides:
        draw(side.body, ends)
    return picture


def drawn(plate: Plate) -> Picture:
    """The drawing of a plate."""
    picture = Picture()
    for box in plate.drawing.boxes:
        picture.box(box.id, box.label, plate.prefix + box.size if box.size else "")
    for arrow in plate.drawing.arrows:
        picture.arrow(arrow.tail, arrow.head)
    return picture


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_every_box_and_arrow_is_that_of_the_paper(figure: PaperFigure) -> None:
    assert drawn(plate_of(figure)).in_order() == printed(figure).in_order()


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.name)
def test_the_caption_says_which_figure_it_is_and_what_the_paper_prints_that_cannot_be(figure: PaperFigure) -> None:
    caption = plate_of(figure).caption
    assert f"figure {figure.number} of arXiv:{figure.paper}" in caption
    assert [wrong for wrong in figure.wrong if wrong not in caption] == []


@pytest.mark.parametrize("spec", LETTERS)
def test_the_caption_of_figure_7_has_the_values_of_table_1(spec: str) -> None:
    assert LETTERS[spec] in plates_of(spec)["reduction_a"].caption


def test_figure_8_of_2015_is_a_classifier_on_the_last_17x17_layer() -> None:
    drawing = plates_of("inception_v3_paper")["network"].drawing
    (side,) = drawing.sides
    (arrow,) = (arrow for arrow in drawing.arrows if arrow.head in side.boxes and arrow.tail not in side.boxes)
    last = [box.id for box in drawing.boxes if box.size.startswith("17x17x")][-1]
    assert arrow.tail == last


def test_what_is_wrong_in_the_papers_is_told_apart() -> None:
    """The test above would see the misprints, and any other difference."""
    for figure in FIGURES:
        if figure.wrong:
            assert drawn(plate_of(figure)).in_order() != printed(figure, corrected=False).in_order()
    (figure,) = (figure for figure in FIGURES if figure.name == "1602.07261-4-inception_v4")
    first, second, *others = figure.body[1]
    swapped = [figure.body[0], [second, first, *others], figure.body[2]]
    other = PaperFigure(figure.paper, figure.number, figure.spec, figure.block, swapped)
    assert drawn(plate_of(figure)).in_order() != printed(other).in_order()
