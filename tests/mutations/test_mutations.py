"""Every single change of a shipped spec leaves it valid, for torch as well, or gives a message at its place.

Every run takes 300 changes; `make nightly` takes all.
"""

from __future__ import annotations

import pytest

from .mutants import mutants
from .report import Figures, report
from .sample import mutants_of, mutated_specs, outcomes, sampled
from .targets import missed

SPEC = """incspec: 1
name: Small
params: {classes: 10}   # 3 of them
blocks:
  stem:
    body:
      - 3x3 conv 32 V
      - concat: [[1x1 conv 8], [3x3 conv 8 stride 2]]
network: [stem, linear classes]"""


def test_mutants_are_all_single_changes_and_each_is_made_once() -> None:
    found = list(mutants("small", SPEC))
    texts = [each.text for each in found]
    assert len(set(texts)) == len(texts)
    assert SPEC not in texts
    shown = {str(each).removeprefix("small:") for each in found}
    assert {
        "3 number: 10 -> 11",
        "3 number: 10 -> 20",
        "3 renamed: classes -> classes_2",
        "5 misspelt: stem -> setm",
        "7 number: 3x3 -> 3x4",
        "7 number: 32 -> 31",
        "7 pad: 32 V -> 32",
        "7 stride: 32 -> 32 stride 2",
        "8 pad: 8 -> 8 V",
        "8 stride: 2 -> 1",
        "7 deleted: - 3x3 conv 32 V",
        "7 permuted: - 3x3 conv 32 V",
        "9 misspelt: linear -> lniear",
    } <= shown
    assert not [each for each in shown if "Small" in each and "number" in each]
    assert not [each for each in shown if each.startswith("3 ") and "of them" in each and "misspelt" in each]


def test_branches_in_one_line_are_permuted() -> None:
    (swapped,) = [each for each in mutants("small", SPEC) if each.kind == "permuted" and each.first == 8]
    assert "concat: [[3x3 conv 8 stride 2], [1x1 conv 8]]" in swapped.text


def test_a_place_is_told_in_terms_of_what_was_there() -> None:
    lost = next(each for each in mutants("small", SPEC) if each.kind == "deleted" and each.first == 7)
    assert (lost.block, lost.lines) == ("blocks.stem", range(6, 8))
    assert [lost.block_of(line) for line in (3, 6, 7, 8)] == ["params.", "blocks.stem", "blocks.stem", "network."]


def test_a_sample_of_changes_reaches_the_targets() -> None:
    chosen = sampled(mutants_of(mutated_specs()), 300, seed=0)
    figures = Figures(tuple(outcomes(chosen, torch_runs=6)))
    assert not missed(figures, sample=True), report(figures)


@pytest.mark.nightly
@pytest.mark.parametrize("spec", mutated_specs())
def test_all_changes_of_a_spec_leave_it_valid_for_torch_or_give_messages(spec: str) -> None:
    figures = Figures(tuple(outcomes(mutants_of([spec]))))
    assert not figures.crashes, report(figures)
    assert not figures.wrongly_accepted, report(figures)
    assert figures.median_of_messages <= 1, report(figures)
