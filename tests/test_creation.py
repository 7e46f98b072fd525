"""`incspec.create`: from a name to a module; parameters by keyword, and what is neither parameter nor option."""

from __future__ import annotations

import inspect

import pytest
import torch

import incspec

TEXT = """\
incspec: 1
name: Net
input: [3, 16, 16]
params: {classes: 10, head: 4}
blocks: {cell: {params: {k: 8}, body: [1x1 conv k]}}
network: [cell, 1x1 conv head name last, global_avg_pool, linear classes]
"""


def test_parameters_of_the_file_are_keyword_arguments() -> None:
    module = incspec.create("inception_v4", classes=7, device="meta")
    assert module(torch.empty(2, 3, 299, 299, device="meta")).shape == (2, 7)
    assert module.linear.out_features == 7


def test_defaults_of_blocks_stand_in_params() -> None:
    module = incspec.create(TEXT, classes=3, params={"cell.k": 5, "head": 6}, device="meta")
    shapes = [tuple(parameter.shape) for parameter in module.parameters() if parameter.ndim > 1]
    assert shapes == [(5, 3, 1, 1), (6, 5, 1, 1), (3, 6)]


def test_a_parameter_that_is_called_like_an_option_is_the_option() -> None:
    assert incspec.create(TEXT, head=False, device="meta")(torch.empty(1, 3, 16, 16, device="meta")).ndim == 4


def test_options_are_those_of_the_module() -> None:
    x = torch.zeros(1, 3, 16, 16, dtype=torch.float64)
    module = incspec.create(TEXT, seed=3, dtype=torch.float64, features=["cell", "last"])
    again = incspec.load(TEXT).module(seed=3, dtype=torch.float64, features=["cell", "last"])
    assert list(module(x)) == ["cell", "last"]
    assert all(torch.equal(a, b) for a, b in zip(module(x).values(), again(x).values(), strict=True))


def test_create_has_every_option_of_module() -> None:
    options = set(inspect.signature(incspec.Model.module).parameters) - {"self"}
    taken = inspect.signature(incspec.create).parameters
    assert options | {"spec", "params", "parameters"} == set(taken)
    assert all(
        taken[name].default == parameter.default
        for name, parameter in inspect.signature(incspec.Model.module).parameters.items()
        if name in taken
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"clases": 5},
            "no option or parameter is called `clases` (did you mean `classes`?); Net has the parameters `classes`, `head`",
        ),
        ({"feature": ["cell"]}, "no option or parameter is called `feature` (did you mean `features`?)"),
        ({"zebra": 1, "devise": "cpu"}, "is called `zebra`, `devise` (did you mean `device`?)"),
        ({"classes": 1, "params": {"classes": 2}}, "given twice: `classes`"),
    ],
)
def test_what_is_neither_parameter_nor_option_is_a_type_error(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(TypeError) as caught:
        incspec.create(TEXT, **arguments)  # type: ignore[arg-type]
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"params": {"cell.j": 3}}, "unknown-parameter"),
        ({"classes": "many"}, "invalid-value"),
        ({"classes": 0}, "invalid-value"),
    ],
)
def test_a_parameter_that_does_not_fit_is_a_compile_error(arguments: dict[str, object], code: str) -> None:
    with pytest.raises(incspec.CompileError) as caught:
        incspec.create(TEXT, **arguments)  # type: ignore[arg-type]
    assert code in {item.code for item in caught.value.diagnostics}


def test_a_spec_that_is_wrong_says_so_and_not_that_of_the_parameters() -> None:
    with pytest.raises(incspec.CompileError) as caught:
        incspec.create(TEXT.replace("global_avg_pool", "global_avg_pol"), clases=5)
    assert "unknown-op" in {item.code for item in caught.value.diagnostics}


def test_create_is_the_same_function_each_time() -> None:
    assert incspec.create is incspec.create
    assert callable(incspec.create)
