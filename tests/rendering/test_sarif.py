"""SARIF: the log is valid by the schema of the standard, and its regions are the places in the files."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
from jsonschema import Draft4Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from incspec.checking import check_spec
from incspec.diagnostics import Diagnostic, Label
from incspec.explain import explanation
from incspec.reading.files import shipped_folder
from incspec.rendering.sarif import sarif_log
from incspec.source import SourceFile, Span

SCHEMA = json.loads((Path(__file__).parent / "schemas/sarif-schema-2.1.0.json").read_text("utf-8"))
VALIDATOR = Draft4Validator(SCHEMA, format_checker=FormatChecker())
ERRORS = sorted((Path(__file__).parents[1] / "errors").glob("*.yaml"))


def log_of(*items: Diagnostic, spec: str = "a.yaml") -> dict[str, object]:
    made = json.loads(json.dumps(sarif_log({spec: items}, "1.2.3")))
    VALIDATOR.validate(made)
    return made  # type: ignore[no-any-return]


def results(log: dict[str, object]) -> list[dict[str, object]]:
    return log["runs"][0]["results"]  # type: ignore[index, no-any-return]


def test_the_schema_is_one_and_refuses_what_is_no_log() -> None:
    Draft4Validator.check_schema(SCHEMA)
    log = log_of(Diagnostic("unknown-op", "x"))
    results(log)[0]["level"] = "fatal"
    with pytest.raises(ValidationError, match="fatal"):
        VALIDATOR.validate(log)


def test_all_mistakes_of_the_corpus_make_a_valid_log_whose_regions_are_their_places() -> None:
    assert len(ERRORS) > 20
    verdicts = [check_spec(str(path)) for path in ERRORS]
    log = sarif_log({verdict.spec: verdict.diagnostics for verdict in verdicts}, "1.2.3")
    VALIDATOR.validate(log)
    found = results(log)
    items = [item for verdict in verdicts for item in verdict.diagnostics]
    assert len(found) == len(items)
    for result, item in zip(found, items, strict=True):
        rule = log["runs"][0]["tool"]["driver"]["rules"][result["ruleIndex"]]  # type: ignore[index]
        assert rule["id"] == result["ruleId"] == item.code
        if item.primary is not None:
            assert pointed_at(result["locations"][0]["physicalLocation"]) == item.primary.span.text  # type: ignore[index]


def pointed_at(location: dict[str, dict[str, object]]) -> str:
    """What a viewer underlines: by the file's address, and lines and columns that count characters from 1."""
    address = urlparse(str(location["artifactLocation"]["uri"]))
    assert address.scheme == "file"
    lines = Path(unquote(address.path)).read_bytes().decode("utf-8-sig").splitlines()
    region = location["region"]
    assert region["startLine"] == region["endLine"]
    text = lines[region["startLine"] - 1][region["startColumn"] - 1 : region["endColumn"] - 1]  # type: ignore[operator]
    assert region["snippet"] == {"text": text}
    return text


def test_a_rule_explains_itself_in_markdown() -> None:
    rules = log_of(Diagnostic("unknown-op", "x"), Diagnostic("unknown-key", "y"), Diagnostic("unknown-op", "z"))
    driver = rules["runs"][0]["tool"]["driver"]  # type: ignore[index]
    assert [rule["id"] for rule in driver["rules"]] == ["unknown-key", "unknown-op"]
    page = explanation("unknown-op")
    assert page is not None
    assert driver["rules"][1]["shortDescription"]["text"] == page.summary
    assert "```yaml" in driver["rules"][1]["help"]["markdown"]
    assert (driver["name"], driver["version"]) == ("incspec", "1.2.3")


def test_notes_help_and_other_places_are_kept() -> None:
    source = SourceFile("nets/ä b.yaml", "name: x\nnetwork: [cnov]\n")
    item = Diagnostic(
        "unknown-op",
        "there is no op `cnov`",
        Label(Span(source, 18, 22), "here"),
        "warning",
        (Label(Span(source, 0, 4), "the name"),),
        ("a note",),
        "try `conv`",
    )
    (result,) = results(log_of(item))
    assert result["message"] == {"text": "there is no op `cnov`\nnote: a note\nhelp: try `conv`"}
    assert result["level"] == "warning"
    (place,) = result["locations"]  # type: ignore[misc]
    assert place["message"] == {"text": "here"}
    assert place["physicalLocation"]["artifactLocation"] == {
        "uri": "nets/%C3%A4%20b.yaml",
        "uriBaseId": "%SRCROOT%",
    }
    (other,) = result["relatedLocations"]  # type: ignore[misc]
    assert other["physicalLocation"]["region"]["startLine"] == 1
    assert other["message"] == {"text": "the name"}


def test_what_has_no_place_is_at_its_spec_and_standard_input_nowhere() -> None:
    setting = SourceFile("--set", "clases=10")
    for item in (Diagnostic("file-not-found", "x"), Diagnostic("unknown-parameter", "x", Label(Span(setting, 0, 6)))):
        (result,) = results(log_of(item))
        assert result["locations"] == [
            {"physicalLocation": {"artifactLocation": {"uri": "a.yaml", "uriBaseId": "%SRCROOT%"}}}
        ]
        assert results(log_of(item, spec="<stdin>"))[0]["locations"] == []


def test_a_shipped_spec_is_at_its_absolute_address() -> None:
    path = shipped_folder() / "inception_v4.yaml"
    item = Diagnostic("unknown-op", "x", Label(Span(SourceFile(str(path), "a"), 0, 1)))
    (place,) = results(log_of(item))[0]["locations"]  # type: ignore[misc]
    assert place["physicalLocation"]["artifactLocation"] == {"uri": path.as_uri()}


def test_a_run_without_messages_is_a_valid_log() -> None:
    assert results(log_of()) == []
