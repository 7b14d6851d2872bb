"""The table of outcomes: names of columns, periods, claims, and everything wrong at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from orchard.errors import OrchardError
from orchard.plan import definitions
from orchard.plan.backtest.actuals import Actual, read_actuals

from .. import small


def read(folder: Path, text: str) -> list[Actual]:
    path = folder / "actuals.csv"
    path.write_text(text, encoding="utf-8")
    setup = small.setup()
    return read_actuals(path, setup, definitions(setup))


def codes(folder: Path, text: str) -> list[str]:
    with pytest.raises(OrchardError) as caught:
        read(folder, text)
    assert all("actuals.csv" in finding.place for finding in caught.value.findings)
    return [finding.code for finding in caught.value.findings]


@pytest.mark.parametrize(
    "text",
    [
        "quantity,value\ncapex@2025,1.3 G USD\n",
        "quantity,at,value\ncapex,2025,1.3 G USD\n",
        "Metric,Period,Actual,Unit\ncapex,FY2025,1.3,G USD\n",
        "name,year,observed,units\ncapex,2025,1.3,billion USD\n",
        "id,outcome\n capex@2025 , 1.3 G USD \n",
        "\ufeffquantity,value,Note\ncapex@2025,1.3 G USD,a note\n\n",
        ["# known so far,", "quantity,value\ncapex@2025,1.3 G USD\n"][1],
    ],
)
def test_columns_may_be_called_as_people_call_them(tmp_path: Path, text: str) -> None:
    (found,) = read(tmp_path, text)
    assert found.text == "capex@2025"
    assert found.outcome.value == pytest.approx(1.3e9)


@pytest.mark.parametrize("when", ["2026-Q1", "Q1 2026", "2026Q1", "1Q26", "q1-2026"])
def test_quarters_may_be_written_as_people_write_them(tmp_path: Path, when: str) -> None:
    (found,) = read(tmp_path, f"quantity,at,value\nrevenue,{when},1.3 G USD\n")
    assert found.text == "revenue@2026-Q1"


def test_a_date_beside_a_period_is_when_it_became_known(tmp_path: Path) -> None:
    rows = "quantity,date,value\ncapex@2025,2026-01-28,1.3 G USD\napple.released,2026-09-04,2026-09-03\n"
    found = read(tmp_path, rows)
    assert [each.known for each in found] == [date(2026, 1, 28), date(2026, 9, 4)]


def test_claims_go_by_their_ids(tmp_path: Path) -> None:
    found = read(tmp_path, "quantity,value\ndate,true\nchips,no\n")
    assert [(each.claim, each.outcome.value) for each in found] == [("date", 1), ("chips", 0)]
    (found_too,) = read(tmp_path, "claim,value\ndate,yes\n")
    assert found_too.claim == "date"


def test_comments_are_left_out(tmp_path: Path) -> None:
    assert len(read(tmp_path, "quantity,value\n# to come,\ncapex@2025,1.3 G USD\n,\n")) == 1


def test_everything_wrong_is_said_at_once_with_what_to_try(tmp_path: Path) -> None:
    rows = [
        "quantity,value,known",
        "capx@2025,1 G USD,",  # no such quantity
        "capex,1 G USD,",  # no period
        "revenue@2026-Q1,3 GW,",  # another dimension
        "apple.released,soon,",  # no date
        "datum,true,",  # no such claim
        "date,perhaps,",  # neither true nor false
        "people@2025-Q4,4 people,last week",  # no date
        "capex@2025,1 G USD,",
        "capex@2025,2 G USD,",  # twice
    ]
    text = "\n".join(rows) + "\n"
    assert codes(tmp_path, text) == ["O501", "O503", "O521", "O521", "O501", "O521", "O523", "O522"]
    with pytest.raises(OrchardError, match="did you mean 'capex'") as caught:
        read(tmp_path, text)
    assert [finding.place.rpartition(" ")[2] for finding in caught.value.findings[:3]] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "O520"),
        ("quantity\ncapex@2025\n", "O520"),
        ("value\n3\n", "O520"),
        ("quantity,value\n", "O524"),
        ("quantity,value\ncapex@2025,1,2\n", "O520"),
        ("quantity,at,value\ncapex@2025,2026,1 G USD\n", "O525"),
        ("quantity,value\n,1 G USD\n", "O521"),
        ("quantity,value\ndate@2025,true\n", "O526"),
        ("claim,value\nnone,true\n", "O526"),
        ("quantity,value\ncapex@2031,1 G USD\n", "O503"),
    ],
)
def test_what_is_wrong_with_a_table(tmp_path: Path, text: str, code: str) -> None:
    assert codes(tmp_path, text) == [code]


def test_a_slip_in_the_name_of_a_column_is_seen(tmp_path: Path) -> None:
    with pytest.raises(OrchardError, match="for quantitty 'quantity'"):
        read(tmp_path, "quantitty,valeu\ncapex@2025,1 G USD\n")
