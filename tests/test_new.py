"""`incspec new`: what it writes is right at once, says what it extends, and takes nothing's place."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import incspec
from incspec.cli import app
from incspec.reading.files import shipped_specs


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["new", *arguments])


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_small_spec_is_without_a_message_and_builds_at_once() -> None:
    done = run("my_net.yaml")
    assert (done.exit_code, done.stdout) == (0, "my_net.yaml\n")
    assert "`incspec build my_net.yaml` builds it" in done.stderr
    model = incspec.load("my_net.yaml")
    assert (model.name, model.diagnostics, str(model.outputs[0])) == ("My net", (), "10")
    assert CliRunner().invoke(app, ["build", "my_net.yaml", "-q"]).exit_code == 0


SAMPLE = ("inception_resnet_v2_tf", "zoo/unet")
REST = [name for name in shipped_specs() if name not in SAMPLE and not name.endswith("_posted")]


@pytest.mark.parametrize("name", [*SAMPLE, *(pytest.param(name, marks=pytest.mark.nightly) for name in REST)])
def test_a_variant_of_a_shipped_spec_is_the_same_network_before_it_is_changed(name: str) -> None:
    assert run("mine.yaml", "--from", name, "-q").exit_code == 0
    base, variant = incspec.load(name), incspec.load("mine.yaml")
    assert variant.diagnostics == ()
    assert (variant.name, variant.params_with_aux, variant.macs) == ("Mine", base.params_with_aux, base.macs)


def test_what_a_variant_offers_to_change_changes_it() -> None:
    assert run("mine.yaml", "--from", "inception_v4", "-q").exit_code == 0
    text = Path("mine.yaml").read_text()
    assert "extends: inception_v4\n" in text
    assert "  classes: 1000\n" in text
    uncommented = text.replace("# blocks:", "blocks:").replace("#   red", "  red")
    wider = incspec.load(uncommented.replace("k: 192", "k: 200").replace("classes: 1000", "classes: 10"))
    assert "reduction_a: {params: {k: 200, l: 224" in uncommented.replace("k: 192", "k: 200")
    assert str(wider.outputs[0]) == "10"
    assert wider.params != incspec.load("inception_v4", params={"classes": 10}).params


def test_a_variant_of_a_file_names_it_from_its_own_folder() -> None:
    assert run("base.yaml").exit_code == 0
    assert run("mine", "--from", "base.yaml").exit_code == 0
    assert "extends: base.yaml\n" in Path("mine.yaml").read_text()
    elsewhere = run("sub/mine.yaml", "--from", "base.yaml")
    assert (elsewhere.exit_code, "outside-folder" in elsewhere.stderr) == (1, True)
    assert not Path("sub").exists()


@pytest.mark.parametrize("name", ["null", "größe: a # b", "it's", "*a", "%a", "a\nnetwork: b"])
def test_the_name_of_a_file_becomes_that_of_the_network(name: str) -> None:
    assert run(f"{name}.yaml").exit_code == 0
    assert incspec.load(Path(f"{name}.yaml")).diagnostics == ()
    assert "\n" in name or run("mine.yaml", "--from", f"{name}.yaml").exit_code == 0


def test_a_variant_says_in_one_line_what_it_is_a_variant_of() -> None:
    Path("base.yaml").write_text(run("-").stdout.replace("name: Network", 'name: "Two\\nlines: a"'))
    assert run("mine.yaml", "--from", "base.yaml").exit_code == 0
    assert Path("mine.yaml").read_text().startswith("# A variant of Two lines: a: what stands here changes it")


def test_standard_output_takes_the_text_and_no_file_is_written() -> None:
    assert incspec.load(run("-").stdout).diagnostics == ()
    assert incspec.load(run("-", "--from", "googlenet").stdout).params == incspec.load("googlenet").params
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("taken.yaml",), "`taken.yaml` is there already: name another file"),
        (("taken",), "`taken.yaml` is there already: name another file"),
        (("link.yaml",), "`link.yaml` is there already: name another file"),
        (("folder",), "`folder` is a folder: name a file in it, such as `folder/my_net.yaml`"),
        (("nowhere/",), "`nowhere/` is a folder: name a file in it, such as `nowhere/my_net.yaml`"),
        (("net.txt",), "a spec's file ends in `.yaml`: name it `net.yaml`"),
        (("taken.yaml/net.yaml",), "`taken.yaml/net.yaml` cannot be written: "),
        ((f"{'n' * 300}.yaml",), "cannot be written: file name too long"),
        (("net.yaml", "--from", "-"), "a variant extends a file or a shipped spec, not standard input"),
    ],
)
def test_what_cannot_be_written_is_told_and_nothing_is_touched(arguments: tuple[str, ...], message: str) -> None:
    Path("taken.yaml").write_text("mine")
    Path("link.yaml").symlink_to("nowhere.yaml")
    Path("folder").mkdir()
    before = sorted(Path().rglob("*"))
    done = run(*arguments)
    assert done.exit_code == 2
    assert message in done.stderr
    assert sorted(Path().rglob("*")) == before
    assert Path("taken.yaml").read_text() == "mine"


def test_a_base_whose_name_is_no_text_is_told() -> None:
    name = "\udcff.yaml"  # the byte 255, as Python reads it from the file system
    Path(name).write_text(run("-").stdout)
    refused = run("mine.yaml", "--from", name)
    assert (refused.exit_code, "which is no UTF-8: rename it" in refused.stderr) == (2, True)


def test_a_base_that_is_not_there_or_has_mistakes_ends_the_command() -> None:
    missing = run("net.yaml", "--from", "incepton_v4")
    assert (missing.exit_code, "did you mean `inception_v4`?" in missing.stderr) == (1, True)
    assert run("net.yaml", "--from", "t4_googlenet_lrn_posted").exit_code == 1
    assert list(Path().iterdir()) == []
