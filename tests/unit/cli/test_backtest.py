"""``orchard backtest``: what a person and a script see."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchard.report.backtest import describe_backtest
from orchard.report.backtest_page import render_backtest

from .command import Run, write

TABLE = """\
quantity,value,known,source
fleet.gpus@2026-06-30,29 k chips,2026-07-20,an invented report
capex@2026,3.4 G USD,2027-01-30,
apple.released,>2026-02-01,2026-02-01,
chips,false,2027-01-02,
rivals.lead,0.1,,
capex@2025,1 G USD,2025-12-30,
"""


def files(folder: Path, table: str = TABLE) -> tuple[str, str]:
    path = folder / "actuals.csv"
    path.write_text(table)
    return str(write(folder)), str(path)


def test_a_person_sees_sentences_and_a_line_for_each(run: Run, tmp_path: Path) -> None:
    programme, actuals = files(tmp_path)
    ended = run("backtest", programme, actuals, "--samples", "500")
    assert ended.status == 0
    for wanted in (
        "as of 2025-12-31, scored by",
        "1 of 2 outcomes are inside their 80 % interval, 50 %",
        "80 % is within that",
        "after 1 Feb 2026",
        "known already",
        "Thirty thousand chips run",
        "rivals.lead: rivals' compute and recipes are not in the programme",
    ):
        assert wanted in ended.out, wanted
    assert not ended.err


def test_a_script_gets_json(run: Run, tmp_path: Path) -> None:
    programme, actuals = files(tmp_path)
    ended = run("backtest", programme, actuals, "--samples", "500", "--json")
    found = json.loads(ended.out)
    assert ended.status == 0
    assert [row["quantity"] for row in found["rows"]] == [
        "fleet.gpus@2026-06-30",
        "capex@2026",
        "apple.released",
    ]
    assert [row["inside"] for row in found["rows"]] == [True, False, None]
    assert [row["quantity"] for row in found["before"]] == ["capex@2025"]
    assert found["summary"]["decided"] == 2
    assert found["summary"]["claims"] == 1
    assert found["rows"][0]["actual"] == 29_000


def test_mistakes_are_findings(run: Run, tmp_path: Path) -> None:
    programme, actuals = files(tmp_path, "quantity,value\ncapx@2026,3 G USD\nfleet.gpus@2026-06-30,29 GW\n")
    ended = run("backtest", programme, actuals)
    assert ended.status == 2
    assert "did you mean 'capex'" in ended.err
    assert "row 2" in ended.err
    as_json = run("backtest", programme, actuals, "--json")
    assert [finding["code"] for finding in json.loads(as_json.out)["findings"]] == ["O501", "O521"]


def test_the_page_is_whole_and_the_same_each_time(run: Run, tmp_path: Path) -> None:
    programme, actuals = files(tmp_path)
    page = tmp_path / "page.html"
    assert run("backtest", programme, actuals, "--samples", "500", "--html", str(page)).status == 0
    text = page.read_text()
    for wanted in (
        "Where outcomes fell",
        "not decided yet",
        "an invented report",
        "Known already",
        "</html>",
    ):
        assert wanted in text, wanted
    assert text.count('class="outcome ') == 4
    run("backtest", programme, actuals, "--samples", "500", "--html", str(page))
    assert page.read_text() == text


def test_the_page_does_not_take_the_place_of_the_table(run: Run, tmp_path: Path) -> None:
    programme, actuals = files(tmp_path)
    ended = run("backtest", programme, actuals, "--html", actuals)
    assert ended.status == 2
    assert Path(actuals).read_text() == TABLE


def test_what_people_wrote_is_escaped(run: Run, tmp_path: Path) -> None:
    programme, actuals = files(
        tmp_path, 'quantity,value,source\ncapex@2026,3 G USD,"<script>alert(1)</script>"\n'
    )
    page = tmp_path / "page.html"
    assert run("backtest", programme, actuals, "--samples", "50", "--html", str(page)).status == 0
    assert "<script>alert" not in page.read_text()


@pytest.mark.parametrize("rows", [[], ["apple.released,>2026-01-02"], ["capex@2025,1 G USD"], ["chips,true"]])
def test_little_to_score_is_said(run: Run, tmp_path: Path, rows: list[str]) -> None:
    table = "\n".join(["quantity,value,known", *(f"{row},2025-12-30" for row in rows)]) + "\n"
    programme, actuals = files(tmp_path, table)
    ended = run("backtest", programme, actuals, "--samples", "50", "--json")
    if not rows:
        assert json.loads(ended.out)["findings"][0]["code"] == "O524"
        return
    found = json.loads(ended.out)
    lines = list(describe_backtest(found))
    assert any("Nothing to score" in line for line in lines)
    assert "Nothing to score" in render_backtest(found)
