"""What JSON, CSV and Markdown keep of a report."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

from reported import AUX, HEAD, MACS, PARAMS, TRUNK, typed

from incspec.backends.formats import json_text, to_csv, to_json, to_markdown
from incspec.backends.report import Report, report


def test_json_parses_back_and_sums_up(v4: Report) -> None:
    document = json.loads(json_text(v4))
    assert document == to_json(v4)
    assert (document["params"], document["macs"]) == (PARAMS, MACS)
    assert document["inputs"] == [[3, 299, 299]]
    assert document["layers"]["conv"] == 149
    pending = [document | {"each": document}]
    while pending:
        row = pending.pop()
        for count in ("params", "macs", "activations", "activation_bytes"):
            assert isinstance(row[count], int)
            assert row[count] == row.get("times", 1) * row["each"][count]
            assert not row["rows"] or sum(part[count] for part in row["rows"]) == row["each"][count]
        pending += row["rows"]


def test_csv_parses_back_and_sums_up(v4: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(v4))))
    assert rows[0]["kind"] == "network"
    assert (int(rows[0]["params"]), int(rows[0]["macs"])) == (PARAMS, MACS)
    for part in ([row for row in rows if row["depth"] == "1"], [row for row in rows if row["parts"] == "0"]):
        for count in ("params", "macs", "activations", "activation_bytes"):
            assert sum(int(row[f"total_{count}"]) for row in part) == int(rows[0][count])
    inner = next(row for row in rows if row["path"] == "inception_b.concat.branch2.conv")
    assert (inner["label"], inner["output"], inner["count"]) == ("1x1 Conv (384)", "384x17x17", "7")
    assert int(inner["total_params"]) == 7 * int(inner["params"])


def test_markdown_has_a_table_of_each_block_that_sums_up(v4: Report) -> None:
    text = to_markdown(v4)
    sections = re.split(r"^##? ", text, flags=re.MULTILINE)[1:]
    assert [section.splitlines()[0] for section in sections] == [
        "Inception-v4",
        "Stem (figure 3)",
        "Inception-A (figure 4)",
        "Reduction-A (figure 7)",
        "Inception-B (figure 5)",
        "Reduction-B (figure 8)",
        "Inception-C (figure 6)",
    ]
    assert "- parameters: 42,679,816\n- multiply-adds: 12,253,974,624\n" in text
    for section in sections:
        table = [
            [cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line[:1] == "|"
        ]
        assert {len(row) for row in table} == {7}
        rows, total = table[2:-1], table[-1]
        paths = [row[0].strip("`") for row in rows]
        leaves = [
            row for row, path in zip(rows, paths, strict=True) if not any(p.startswith(f"{path}.") for p in paths)
        ]
        assert total[0] == "**total**"
        for column in (4, 5, 6):
            numbers = [int(row[column].replace(",", "")) for row in leaves]
            assert sum(numbers) == int(total[column].replace(",", ""))


def test_markdown_escapes_what_the_author_names() -> None:
    found = replace(report(typed(HEAD + "network: [relu]\n")), name="a|b\nc")
    assert to_markdown(found).startswith("# a\\|b c\n")


def test_json_has_the_heads_with_their_places_and_weights(heads: Report) -> None:
    found = json.loads(json_text(heads))
    assert found["params_with_aux"] == found["params"] + sum(head["params"] for head in found["aux"])
    assert found["macs_with_aux"] == found["macs"] + sum(head["macs"] for head in found["aux"])
    assert [(head["name"], head["from"], head["weight"]) for head in found["aux"]] == [
        ("aux1", ["conv"], 0.3),
        ("aux2", ["input"], 0.5),
    ]


def test_csv_says_of_each_row_which_head_it_is_in(heads: Report) -> None:
    rows = list(csv.DictReader(io.StringIO(to_csv(heads))))
    top = [row for row in rows if row["depth"] == "1"]
    assert sum(int(row["total_params"]) for row in top if not row["aux"]) == TRUNK
    assert sum(int(row["total_params"]) for row in top if row["aux"]) == AUX
    assert {row["path"] for row in rows if row["aux"] == "aux1"} >= {"aux1", "aux1.head", "aux1.head.conv"}


def test_markdown_has_a_table_of_the_heads_and_of_their_blocks(heads: Report) -> None:
    text = to_markdown(heads)
    assert f"- parameters: {TRUNK:,} ({TRUNK + AUX:,} with auxiliary heads)" in text
    assert "## Auxiliary heads, in training only\n\n- aux1 from conv, weight 0.3\n" in text
    assert "## Head\n" in text
