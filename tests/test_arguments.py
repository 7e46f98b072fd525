"""Arguments from Python: what makes no sense is told in the words of who called, before anything is done."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

import incspec

TEXT = "incspec: 1\nname: x\ninput: [4, 8, 8]\nnetwork: [3x3 conv 4, global_avg_pool, linear 3]\n"


@pytest.fixture(scope="module")
def model() -> incspec.Model:
    return incspec.load(TEXT)


@pytest.fixture(scope="module")
def module(model: incspec.Model) -> torch.nn.Module:
    return model.module(seed=0)


@pytest.mark.parametrize("sizes", [["x"], "16", "16x16", [3.5], [True], 16, [None], [("8", "8")], {8}])
def test_sizes_of_another_type_are_refused(model: incspec.Model, module: torch.nn.Module, sizes: object) -> None:
    with pytest.raises(TypeError, match=r"`sizes` is a list of sizes, such as sizes=\[224, \(256, 320\)\]"):
        model.verify(module, sizes=sizes)  # type: ignore[arg-type]


@pytest.mark.parametrize("sizes", [[0], [-3], [()], [(8, 0)], [10**9]])
def test_sizes_that_are_no_lengths_are_refused(model: incspec.Model, module: torch.nn.Module, sizes: object) -> None:
    with pytest.raises(ValueError, match=r"`sizes` is a list of sizes, such as .*: .* is none"):
        model.verify(module, sizes=sizes)  # type: ignore[arg-type]


@pytest.mark.parametrize("sizes", [[12], (12,), [(12, 12)], [[12, 12]], [np.int64(12)], [torch.Size((12, 12))]])
def test_sizes_may_be_of_any_kind_of_number_and_sequence(
    model: incspec.Model, module: torch.nn.Module, sizes: object
) -> None:
    assert model.verify(module, sizes=sizes).runs[0].shapes == ((4, 12, 12),)  # type: ignore[arg-type]


@pytest.mark.parametrize("names", ["a=b", ["a"], {"a": 1}, {1: "a"}, 3])
@pytest.mark.parametrize(
    "call",
    [
        lambda model, module, names: model.verify(module, map=names),
        lambda model, module, names: model.module(weights=module.state_dict(), map=names),
        lambda model, module, names: model.mapping(module.state_dict(), map=names),
    ],
    ids=["verify", "module", "mapping"],
)
def test_a_map_that_is_no_dict_of_names_is_refused(
    model: incspec.Model, module: torch.nn.Module, call: Callable[..., object], names: object
) -> None:
    with pytest.raises(TypeError, match=r"`map` is a dict from names.*, such as map="):
        call(model, module, names)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda model, module: model.verify(module, tolerance="x"), TypeError, "`tolerance` is a number, not 'x'"),
        (lambda model, module: model.verify(module, tolerance=-1), ValueError, "`tolerance` is at least 0, not -1"),
        (lambda model, module: model.verify(module, tolerance=float("nan")), ValueError, "at least 0, not nan"),
        (lambda model, module: model.verify("torch.nn:Identity", arguments=["a"]), TypeError, "`arguments` is a dict"),
        (lambda model, module: model.module(seed="x"), TypeError, "`seed` is a whole number, not 'x'"),
        (lambda model, module: model.module(seed=1.5), TypeError, "`seed` is a whole number"),
        (lambda model, module: model.module(dtype="float16"), TypeError, "`dtype` is one of torch's"),
        (lambda model, module: incspec.load(TEXT, params="a=b"), TypeError, "`params` is a dict from names"),
        (lambda model, module: incspec.load(3), TypeError, "a spec is a path, .* not 3"),
        (lambda model, module: incspec.create(TEXT, params=["a"]), TypeError, "`params` is a dict from names"),
    ],
)
def test_other_arguments_say_what_they_want(
    model: incspec.Model, module: torch.nn.Module, call: Callable[..., object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call(model, module)


def test_seeds_of_other_kinds_of_numbers_are_the_same_seed(model: incspec.Model, module: torch.nn.Module) -> None:
    again = model.module(seed=np.int64(0))  # type: ignore[arg-type]
    assert torch.equal(again.conv.weight, module.conv.weight)
