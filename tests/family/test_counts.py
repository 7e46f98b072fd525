"""The Inception family has the published sizes: totals, every row of the networks, lengths of the specs."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from implementations import PYTHON, classes, package_file

import incspec
from incspec.backends.report import Row
from incspec.reading.files import shipped_specs

HERE = Path(__file__).parent


def table(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


TOTALS, ROWS = table("totals.csv"), table("rows.csv")
FAMILY = tuple(dict.fromkeys(line["spec"] for line in TOTALS))

# Networks between the shipped ones, of which counts are known.
VARIANTS = {
    "GoogLeNet with batch norm and no biases": (
        "extends: googlenet\ndefaults: {conv: {norm: batch_norm, init: {weight: xavier_uniform}}}\n",
        (7_005_832, 1_582_671_872),
    ),
    "facenet's Inception-ResNet-v1 at its own size": (
        "extends: inception_resnet_v1_facenet\ninput: [3, 160, 160]\n",
        (23_482_624, 1_417_662_304),
    ),
    "the paper's Inception-ResNet-v2 with as many blocks as the released one": (
        "extends: inception_resnet_v2\nnetwork: [stem, inception_resnet_a: {repeat: 10}, reduction_a,"
        " inception_resnet_b: {repeat: 20}, reduction_b, inception_resnet_c: {repeat: 10}, global_avg_pool,"
        " dropout: {p: dropout}, linear: {out: classes}]\n",
        (55_284_488, 14_142_011_232),
    ),
}


def settings(text: str) -> dict[str, object]:
    return dict(item.split("=") for item in text.split())


def identify(line: dict[str, str]) -> str:
    return f"{line['spec']} {line['settings']}".strip()


@pytest.mark.parametrize("line", TOTALS, ids=identify)
def test_totals_are_the_published_ones(line: dict[str, str]) -> None:
    model = incspec.load(line["spec"], params=settings(line["settings"]))
    assert (model.params, model.macs) == (int(line["params"]), int(line["macs"]))
    assert model.params_with_aux == int(line["params_with_aux"] or line["params"])
    assert model.macs_with_aux == int(line["macs_with_aux"] or model.macs_with_aux)


# That its multiply-adds are the compiler's, test_specs.py tests for every spec.
@pytest.mark.parametrize("line", [line for line in TOTALS if not line["settings"]], ids=identify)
def test_totals_of_the_module_are_the_published_ones(line: dict[str, str]) -> None:
    model = incspec.load(line["spec"])
    for aux, params, keys in ((False, "params", "keys"), (True, "params_with_aux", "keys_with_aux")):
        if line[params]:
            module = model.module(aux=aux, device="meta")
            assert sum(parameter.numel() for parameter in module.parameters()) == int(line[params])
            assert not line[keys] or len(module.state_dict()) == int(line[keys])


@pytest.mark.parametrize(("text", "counts"), VARIANTS.values(), ids=VARIANTS)
def test_variants_have_the_known_counts(text: str, counts: tuple[int, int]) -> None:
    model = incspec.load(text)
    assert (model.params, model.macs) == counts


def flat(rows: Sequence[Row], prefix: str = "") -> Iterator[tuple[str, Row]]:
    """The rows of a network, the stem's and the turns of a repeat one by one."""
    for row in rows:
        if row.name == "stem" or row.kind == "repeat":
            yield from flat(row.rows, f"{prefix}{row.name}.")
        else:
            yield f"{prefix}{row.name}", row


@pytest.mark.parametrize("spec", dict.fromkeys(line["spec"] for line in ROWS))
def test_every_row_has_the_published_shape_and_counts(spec: str) -> None:
    lines = [line for line in ROWS if line["spec"] == spec]
    model = incspec.load(spec)
    found = {
        name: (row.times, str(row.outputs[0]), row.each.params, row.each.macs)
        for name, row in flat(model.report().rows)
    }
    for line in lines:
        wanted = (int(line["times"]), line["output"], int(line["params"]), int(line["macs"]))
        assert found.pop(line["step"]) == wanted, line["step"]
    # What the tables leave out costs nothing.
    assert set(found) <= {"global_avg_pool", "dropout"}
    assert sum(int(line["times"]) * int(line["params"]) for line in lines) == model.params
    assert sum(int(line["times"]) * int(line["macs"]) for line in lines) == model.macs


def written(lines: Sequence[str]) -> int:
    return sum(1 for line in lines if line.strip())


def test_the_family_is_shorter_than_a_quarter_of_the_python_it_equals() -> None:
    """Comments and docstrings count on both sides; of the Python, the classes that build networks alone."""
    python = 0
    for package, file in PYTHON:
        path = package_file(package, file)
        lines = path.read_text("utf-8").splitlines()
        built = [node for node in classes(path) if not node.name.endswith("_Weights")]
        python += sum(written(lines[node.lineno - 1 : node.end_lineno]) for node in built)
    shipped = shipped_specs()
    specs = {name: written(shipped[name].read_text("utf-8").splitlines()) for name in FAMILY}
    assert max(specs.values()) <= 100, specs
    assert sum(specs.values()) < python / 4, (sum(specs.values()), python)
