"""Reading rows: all problems at once, each with found, wanted and what to try."""

from __future__ import annotations

from datetime import date

import pytest

from orchard.catalogue.read import FACT_COLUMNS, facts_of, read_facts, read_sources
from orchard.errors import FactError


def problem(row, sources) -> str:
    with pytest.raises(FactError) as caught:
        facts_of([("f.csv:2", row)], sources)
    assert len(caught.value.findings) == 1
    return str(caught.value)


def test_values_come_back_coherent(row, sources) -> None:
    (fact,) = facts_of([("f.csv:2", row(value="10.2", low="9", high="11", unit="kW"))], sources)
    assert (fact.low, fact.value, fact.high) == (9000, 10200, 11000)
    assert not fact.exact
    assert fact.written()["value"] == 10.2


def test_a_blank_range_means_exact(row, sources) -> None:
    (fact,) = facts_of([("f.csv:2", row())], sources)
    assert fact.low == fact.value == fact.high == 700
    assert fact.exact
    assert fact.written()["low"] is None


def test_dates_are_dates(row, sources) -> None:
    text = row(unit="date", value="2026-06-30", low="2026-03-31", high="2026-12-31")
    (fact,) = facts_of([("f.csv:2", text)], sources)
    assert fact.date == date(2026, 6, 30)
    assert fact.date_low == date(2026, 3, 31)
    assert fact.value != fact.value
    assert fact.written()["high"] == "2026-12-31"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"unit": "parsec"}, "'parsec' is not a unit"),
        ({"kind": "publishd"}, "did you mean 'published'?"),
        ({"source": "alpa"}, "did you mean 'alpha'?"),
        ({"source": "zzz"}, "a number without one is not accepted"),
        ({"low": "800", "high": "900"}, "low <= value <= high"),
        ({"low": "600"}, "both low and high, or neither"),
        ({"value": "many"}, "a finite number"),
        ({"value": "inf"}, "a finite number"),
        ({"as_of": "2025"}, "a date such as 2025-12-31"),
        ({"as_of": "2025-02-30"}, "a date such as 2025-12-31"),
        ({"id": "Chip X"}, "lower-case words joined by dots"),
        ({"basis": "per package!"}, "words joined by hyphens"),
    ],
)
def test_bad_cells_say_what_was_wanted(row, sources, change, said) -> None:
    text = problem(row(**change), sources)
    assert "f.csv:2" in text
    assert said in text


def test_all_problems_come_at_once(row, sources) -> None:
    rows = [("f.csv:2", row(unit="parsec")), ("f.csv:3", row(value="x")), ("f.csv:4", row())]
    with pytest.raises(FactError) as caught:
        facts_of(rows, sources)
    assert [finding.place for finding in caught.value.findings] == ["f.csv:2", "f.csv:3"]


def test_one_row_a_source_and_one_dimension_an_id(row, sources) -> None:
    assert "one row a source" in str_of([row(), row(value="800")], sources)
    assert "one dimension" in str_of([row(), row(source="beta", unit="GB")], sources)
    assert len(facts_of([("a", row()), ("b", row(source="beta", unit="kW"))], sources)) == 2


def str_of(rows, sources) -> str:
    with pytest.raises(FactError) as caught:
        facts_of([(f"f.csv:{number}", row) for number, row in enumerate(rows, 2)], sources)
    return str(caught.value)


def test_files_with_other_columns_or_ragged_rows_are_refused(tmp_path, sources) -> None:
    (tmp_path / "a.csv").write_text("id,value\nx,1\n", encoding="utf-8")
    (tmp_path / "b.csv").write_text(",".join(FACT_COLUMNS) + "\nchip.x.tdp,1\n", encoding="utf-8")
    with pytest.raises(FactError) as caught:
        read_facts(sorted(tmp_path.glob("*.csv")), sources)
    assert [finding.code for finding in caught.value.findings] == ["O601", "O601"]
    assert "quote a cell that has a comma in it" in str(caught.value)


def test_sources_need_a_title_and_an_address(tmp_path) -> None:
    path = tmp_path / "sources.csv"
    path.write_text("id,title,publisher,url,date\na,,P,https://x,2025\nb,T,P,https://y,\nb,U,P,https://y,\n")
    with pytest.raises(FactError, match="no title") as caught:
        read_sources([path])
    assert "a second source with this id" in str(caught.value)
