"""What boxes say of receptive fields, against sums by hand."""

from __future__ import annotations

import incspec
from incspec.pictures import Look

HEAD = "incspec: 1\nname: Test\ninput: [3, 32, 32]\n"
# Each window adds (size - 1) times the stride so far.
CHAIN = "3x3 conv 4 stride 2, 3x3 conv 4, 2x2 max_pool stride 2 V, 7x1 conv 4"


def said(text: str, block: str = "network", **asked: object) -> list[str]:
    look = Look(show=["field"], **asked)  # type: ignore[arg-type]
    plates = {plate.name: plate for plate in incspec.load(HEAD + text).figures(look)}
    return [box.sees for box in plates[block].drawing.boxes]


def test_a_box_says_how_far_it_sees_and_its_stride() -> None:
    assert said(f"network: [{CHAIN}, global_avg_pool: {{keep: true}}, flatten]\n") == [
        "", "field 3, stride 2", "field 7, stride 2", "field 9, stride 4", "field 33x9, stride 4", "field all", "",
    ]  # fmt: skip


def test_a_repeat_says_it_of_its_last_turn() -> None:
    text = "blocks: {it: [3x3 conv 3]}\nnetwork: [it: {repeat: 3}]\n"
    assert said(text) == ["", "field 7, stride 1"]


def test_a_block_says_it_where_all_its_uses_see_the_same() -> None:
    blocks = "blocks: {it: [3x3 conv 3]}\n"
    assert said(blocks + "network: [3x3 conv 3 stride 2, it]\n", "it") == ["", "field 7, stride 2"]
    assert said(blocks + "network: [it, it]\n", "it") == ["", ""]
    assert said(blocks + "network: [add: [[it], [it]]]\n", "it") == ["", "field 3, stride 1"]


def test_blocks_that_are_opened_say_it_of_each_use() -> None:
    text = "blocks: {it: [3x3 conv 3]}\nnetwork: [it, it]\n"
    assert said(text, depth=0) == ["", "field 3, stride 1", "field 5, stride 1"]


def test_nothing_is_looked_up_if_it_is_not_asked_for() -> None:
    plate, *_ = incspec.load(HEAD + "network: [3x3 conv 4]\n").figures()
    assert [box.sees for box in plate.drawing.boxes] == ["", ""]
