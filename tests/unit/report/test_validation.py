"""The report of a validation: every run is on it, nothing is loaded, the odd cases are pages too."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from orchard.catalogue.measured import measured
from orchard.estimate.training import calibration
from orchard.estimate.training.fitting.measurements import Row, runs
from orchard.estimate.training.fitting.validate import judge
from orchard.report.parity import families, mark, parity, strips
from orchard.report.table import score_table, table
from orchard.report.validation import describe_validation
from orchard.report.validation_page import render_validation


def result(rows: list[Row]) -> dict[str, Any]:
    named = {"orchard": "0", "file": "runs.csv", "calibration": ""}
    return {**named, **judge(runs(rows), calibration())}


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return [row for row in measured("training") if row["tier"] == "A"][::15]


@pytest.fixture(scope="module")
def page(rows: list[Row]) -> str:
    return render_validation(result(rows))


def figures(page: str) -> dict[str, Any]:
    found = re.search(r'id="figures">(.*?)</script>', page, re.DOTALL)
    assert found
    made: dict[str, Any] = json.loads(found[1])
    return made


def test_every_run_is_on_both_charts_with_its_id(page: str, rows: list[Row]) -> None:
    for figure in figures(page).values():
        texts = [text for trace in figure["data"] for text in trace.get("text", [])]
        assert len(texts) == len(rows)
        for row in rows:
            assert any(f"<b>{row['id']}</b>" in text for text in texts), row["id"]


def test_intervals_reach_as_far_as_they_say(rows: list[Row]) -> None:
    points = result(rows)["points"]
    drawn = [trace for trace in parity(points)["data"] if "error_y" in trace]
    ends = {
        round(y + up, 6)
        for trace in drawn
        for y, up in zip(trace["y"], trace["error_y"]["array"], strict=True)
    }
    assert ends == {round(point["high"], 6) for point in points}


def test_families_look_different(rows: list[Row]) -> None:
    names = families(result(rows)["points"])
    assert len({mark(index) for index in range(len(names))}) == len(names) > 4


def test_nothing_is_loaded(page: str) -> None:
    head = page[: page.index("</head>")]
    assert "default-src 'none'" in head
    assert not re.search(r"<(?:script|img|link|iframe)[^>]+(?:src|href)=", page[: page.index("<noscript>")])


def test_tables_and_terminal_say_the_same(page: str, rows: list[Row]) -> None:
    lines = "\n".join(describe_validation(result(rows)))
    error = re.search(r"off by ([\d.]+ %)", lines)
    assert error
    assert error[1].replace(" ", "\u00a0") in page


@pytest.mark.parametrize("odd", [{"chip": "abacus"}, {"model": "<script>alert(1)</script>", "model_key": ""}])
def test_runs_that_cannot_be_predicted_make_a_page(rows: list[Row], odd: dict[str, str]) -> None:
    page = render_validation(result([{**row, **odd} for row in rows[:3]]))
    assert "count as errors of 100" in page
    assert "<script>alert" not in page


def test_a_single_run_makes_a_page(rows: list[Row]) -> None:
    page = render_validation(result(rows[:1]))
    assert rows[0]["id"] in page
    assert set(figures(page)) == {"chart-parity", "chart-strips"}


def test_texts_of_a_user_are_text_in_charts_too(rows: list[Row]) -> None:
    point = {**result(rows[:1])["points"][0], "id": "<b>x</b>", "stated": "<i>"}
    text = strips([point])["data"][0]["text"][0]
    assert "&lt;b&gt;x" in text
    assert "&lt;i&gt;" in text


def test_columns_without_numbers_are_left_out() -> None:
    lines = list(score_table("of", {"a": {"n": 3, "mape": 0.1, "coverage": None}}))
    assert lines[0].split() == ["of", "rows", "error"]
    assert "inside" not in lines[0]


def test_tables_line_up() -> None:
    lines = list(table("x", ("", "n"), [("a", "1"), ("long name", "12,345")]))
    assert len({len(line) for line in lines}) == 1
