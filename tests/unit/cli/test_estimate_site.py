"""``orchard estimate site`` and ``orchard validate site``: a table in, a line a site out, whole or not at all."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from orchard.cli import estimate_site

from .command import Run

TABLE = """id,date,chip,units
abilene,2025-12-24,GB200,100800
mix,2025-01-01,H100,50000
typo,2025-01-01,H10,1
mix,2025-01-01,GB200,30000
"""
KNOWN = """id,date,chip,units,it_power_w,facility_power_w
a,2025-01-01,H100,10000,14e6,19e6
b,2025-01-01,H100,20000,29e6,38e6
b,2025-06-01,H100,40000,57e6,76e6
c,2025-06-01,TPU v6e,50000,33e6,40e6
d,2025-06-01,H100,10,,
"""


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_text(TABLE)
    return path


@pytest.mark.parametrize("chunk", [1, 2, 20_000])
def test_every_site_gets_a_line_whatever_the_chunks(
    run: Run, tmp_path: Path, table: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(estimate_site, "CHUNK", chunk)
    out = tmp_path / "out.csv"
    ended = run("estimate", "site", str(table), "--out", str(out))
    assert ended.status == 0, ended.err
    assert ended.out == f"wrote {out}: 3 sites of 4 rows, 1 left blank with the reason\n"
    rows = read(out)
    assert tuple(rows[0]) == ("id", "it_power_w", "facility_power_w", "low", "high", "note")
    assert [row["id"] for row in rows] == ["abilene", "mix", "typo"]
    for row in rows[:2]:
        assert (
            0
            < float(row["it_power_w"])
            < float(row["low"])
            < float(row["facility_power_w"])
            < float(row["high"])
        )
    assert float(rows[1]["it_power_w"]) == pytest.approx(50_000 * 1402 + 30_000 * 2088, rel=1e-3)
    assert rows[2]["it_power_w"] + rows[2]["facility_power_w"] + rows[2]["low"] + rows[2]["high"] == ""
    assert "did you mean 'h100'" in rows[2]["note"]


def test_a_table_without_a_column_leaves_nothing_behind(run: Run, tmp_path: Path) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_text("id,date,chip,number\na,2025-01-01,H100,8\n")
    ended = run("estimate", "site", str(path), "--out", str(out), "--format", "json")
    assert ended.status == 2
    (finding,) = json.loads(ended.out)["findings"]
    assert finding["code"] == "O801"
    assert not out.exists()


def test_json_counts_sites_and_rows(run: Run, tmp_path: Path, table: Path) -> None:
    ended = run("estimate", "site", str(table), "--out", str(tmp_path / "o.csv"), "--format", "json")
    assert json.loads(ended.out) | {"out": ""} == {"out": "", "rows": 4, "sites": 3, "blank": 1}


def test_validation_says_errors_and_constants(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "known.csv"
    path.write_text(KNOWN)
    ended = run("validate", "site", str(path))
    assert ended.status == 0, ended.err
    assert ended.out.startswith("3 rows of 2 sites that the fit has not seen: facility power is off by ")
    assert "IT power of h100" in ended.out
    assert "d 2025-06-01: no power" in ended.out
    found = json.loads(run("validate", "site", str(path), "--json").out)
    assert found["sites"] == 3
    assert [way["id"] for way in found["ways"]] == ["site", "asis"]
    assert found["ways"][1]["rows"]["median"] < 0.2


def test_validation_without_power_says_so(run: Run, tmp_path: Path, table: Path) -> None:
    ended = run("validate", "site", str(table))
    assert ended.status == 2
    assert "O801" in ended.err
    assert "it_power_w" in ended.err
