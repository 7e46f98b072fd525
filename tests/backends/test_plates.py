"""Figures 3 to 9 of arXiv:1602.07261 as they are printed (but for two misprints).

The figures are written down by hand, from bottom to top and from left to right, as `paths` reads them.
"""

from __future__ import annotations

from itertools import product

import pytest
from drawn import CONCAT, Drawn, Paths, inception_v4, network

from incspec.backends.figures.plates import block_plate, network_plate, plates

FIGURE_4 = [
    ("Avg Pooling", "1x1 Conv (96)"),
    ("1x1 Conv (96)",),
    ("1x1 Conv (64)", "3x3 Conv (96)"),
    ("1x1 Conv (64)", "3x3 Conv (96)", "3x3 Conv (96)"),
]
FIGURE_5 = [
    ("Avg Pooling", "1x1 Conv (128)"),
    ("1x1 Conv (384)",),
    ("1x1 Conv (192)", "1x7 Conv (224)", "7x1 Conv (256)"),  # printed: 1x7 twice
    ("1x1 Conv (192)", "1x7 Conv (192)", "7x1 Conv (224)", "1x7 Conv (224)", "7x1 Conv (256)"),
]
FIGURE_6 = [
    ("Avg Pooling", "1x1 Conv (256)"),
    ("1x1 Conv (256)",),
    ("1x1 Conv (384)", "1x3 Conv (256)"),
    ("1x1 Conv (384)", "3x1 Conv (256)"),
    ("1x1 Conv (384)", "1x3 Conv (448)", "3x1 Conv (512)", "3x1 Conv (256)"),
    ("1x1 Conv (384)", "1x3 Conv (448)", "3x1 Conv (512)", "1x3 Conv (256)"),
]
FIGURE_7 = [
    ("3x3 MaxPool (stride 2 V)",),
    ("3x3 Conv (n stride 2 V)",),
    ("1x1 Conv (k)", "3x3 Conv (l)", "3x3 Conv (m stride 2 V)"),
]
FIGURE_8 = [
    ("3x3 MaxPool (stride 2 V)",),
    ("1x1 Conv (192)", "3x3 Conv (192 stride 2 V)"),
    ("1x1 Conv (256)", "1x7 Conv (256)", "7x1 Conv (320)", "3x3 Conv (320 stride 2 V)"),
]


@pytest.mark.parametrize(
    ("name", "branches", "boxes"),
    [
        ("inception_a", FIGURE_4, 10),
        ("inception_b", FIGURE_5, 13),
        ("inception_c", FIGURE_6, 13),
        ("reduction_a", FIGURE_7, 7),
        ("reduction_b", FIGURE_8, 9),
    ],
)
def test_figures_4_to_8_of_the_paper(name: str, branches: Paths, boxes: int) -> None:
    drawn = Drawn.of(inception_v4()[name])
    assert drawn.paths == [(CONCAT, *branch, CONCAT) for branch in branches]
    assert len(drawn.labels) == boxes
    drawn.check_places()


def test_figure_3_of_the_paper() -> None:
    drawn = Drawn.of(inception_v4()["stem"])
    start = ("Input (299x299x3)", "3x3 Conv (32 stride 2 V)", "3x3 Conv (32 V)", "3x3 Conv (64)")
    first = [("3x3 MaxPool (stride 2 V)",), ("3x3 Conv (96 stride 2 V)",)]
    second = [
        ("1x1 Conv (64)", "3x3 Conv (96 V)"),
        ("1x1 Conv (64)", "7x1 Conv (64)", "1x7 Conv (64)", "3x3 Conv (96 V)"),
    ]
    # Printed: `3x3 Conv (192 V)` and `MaxPool (stride=2 V)`, which do not give the 35x35 beside them.
    third = [("3x3 Conv (192 stride 2 V)",), ("3x3 MaxPool (stride 2 V)",)]
    assert drawn.paths == [(*start, *a, CONCAT, *b, CONCAT, *c, CONCAT) for a, b, c in product(first, second, third)]
    assert len(drawn.labels) == 17
    assert drawn.printed_sizes == [
        ("3x3 Conv (32 stride 2 V)", "149x149x32"),
        ("3x3 Conv (32 V)", "147x147x32"),
        ("3x3 Conv (64)", "147x147x64"),
        (CONCAT, "73x73x160"),
        (CONCAT, "71x71x192"),
        (CONCAT, "35x35x384"),
    ]
    drawn.check_places()


def test_figure_9_of_the_paper() -> None:
    figure = inception_v4()["network"]
    drawn = Drawn.of(figure)
    rows = [
        ("Stem", "35x35x384"),
        ("4 x Inception-A", "35x35x384"),
        ("Reduction-A", "17x17x1024"),
        ("7 x Inception-B", "17x17x1024"),
        ("Reduction-B", "8x8x1536"),
        ("3 x Inception-C", "8x8x1536"),
        ("Average Pooling", "1536"),
        ("Dropout (0.2)", "1536"),  # in the paper's own words, "keep 0.8": see test_paper_figures
        ("Linear (1000)", "1000"),  # the paper draws its softmax here
    ]
    assert drawn.paths == [("Input (299x299x3)", *(label for label, _ in rows))]
    assert drawn.printed_sizes == [(label, f"Output: {size}") for label, size in rows]
    assert len({drawn.places[box][0] for box in drawn.labels}) == 1
    drawn.check_places()
    assert figure.caption == 'Inception-v4, figure 9 of arXiv:1602.07261; the paper prints "Avarage Pooling"'


def test_figures_of_a_model_come_in_order_of_use_and_each_block_once() -> None:
    titles = ["Inception-v4", "Stem", "Inception-A", "Reduction-A", "Inception-B", "Reduction-B", "Inception-C"]
    assert [figure.title for figure in inception_v4().values()] == titles


def test_captions_say_where_a_figure_is_from_and_what_its_letters_mean() -> None:
    assert inception_v4()["inception_a"].caption == "Inception-A, figure 4 of arXiv:1602.07261"
    assert inception_v4()["reduction_a"].caption == (
        "Reduction-A, figure 7 of arXiv:1602.07261; k = 192, l = 224, m = 256, n = 384"
    )


def test_a_size_is_printed_where_it_changes() -> None:
    assert Drawn.of(inception_v4()["inception_a"]).printed_sizes == [(CONCAT, "35x35x384")]
    assert Drawn.of(inception_v4()["reduction_a"]).printed_sizes == [(CONCAT, "35x35x384"), (CONCAT, "17x17x1024")]


def test_the_text_is_the_same_every_time() -> None:
    again = {figure.name: figure for figure in plates(network("3x3 conv 8"))}
    assert again == {figure.name: figure for figure in plates(network("3x3 conv 8"))}


def test_one_figure_can_be_made_alone() -> None:
    net = network("it", "it: {body: [relu, 3x3 conv 4]}")
    assert Drawn.of(block_plate(net.calls["it"])).paths == [("Previous layer", "Relu activation", "3x3 Conv (4)")]
    assert network_plate(net) == plates(net)[0]
