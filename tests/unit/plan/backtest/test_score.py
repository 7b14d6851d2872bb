"""Forecasts beside outcomes: what is inside, what is off, what is too wide, what was known already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orchard.catalogue import catalogue
from orchard.plan.answer import ask
from orchard.plan.backtest import backtest
from orchard.plan.calendar import to_iso
from orchard.plan.outlook import Outlook
from orchard.plan.quantities import read_quantity
from orchard.plan.scene import Scene

from .. import small

SAMPLES = 1000


def score(folder: Path, rows: list[str], edits: small.Edits | None = None, **more: Any) -> dict[str, Any]:
    path = folder / "actuals.csv"
    path.write_text(
        "\n".join(["quantity,value,known", *(row + "," * (2 - row.count(",")) for row in rows)]) + "\n"
    )
    return backtest(small.programme(edits), catalogue(), path, samples=SAMPLES, **more)


def test_forecasts_are_those_of_ask(tmp_path: Path) -> None:
    names = ["capex@2025", "apple.released", "fleet.gpus@2026-12-31"]
    found = score(
        tmp_path, ["capex@2025,1.25 G USD", "apple.released,2026-08-01", "fleet.gpus@2026-12-31,60 k chips"]
    )
    asked = ask(small.programme(), catalogue(), names, samples=SAMPLES)
    for row, one in zip(found["rows"], asked, strict=True):
        assert [row[key] for key in ("quantity", "p10", "p50", "p90")] == [
            one[key] for key in ("quantity", "p10", "p50", "p90")
        ]


def test_inside_and_outside(tmp_path: Path) -> None:
    found = score(tmp_path, ["capex@2025,1.2 G USD", "capex@2026,9 G USD", "apple.released,2026-08-20"])
    inside = {row["quantity"]: row["inside"] for row in found["rows"]}
    assert inside == {"capex@2025": True, "capex@2026": False, "apple.released": True}
    assert found["summary"]["inside"] == 2
    assert found["summary"]["coverage"] == pytest.approx(2 / 3)
    off = found["rows"][1]
    assert off["error"] == pytest.approx(off["p50"] - 9e9)
    assert off["place"] == 1
    assert off["crps_share"] > 0.5


def test_a_bound_is_open_until_it_contradicts(tmp_path: Path) -> None:
    found = score(tmp_path, ["apple.released,>2026-05-01", "berry.released,>2027-12-30"])
    early, late = found["rows"]
    assert early["inside"] is None
    assert early["error"] is None
    assert early["crps"] < 5
    assert early["place"] > 0.5
    assert late["inside"] is False
    assert late["crps"] > 50
    assert found["summary"]["decided"] == 1


def test_what_was_known_already_is_no_forecast(tmp_path: Path) -> None:
    rows = ["revenue@2025-Q1,1.2 G USD", "elder.released,2025-04-05", "capex@2025,1.2 G USD,2025-12-30",
            "capex@2026,3 G USD,2027-01-30"]  # fmt: skip
    found = score(tmp_path, rows)
    assert [row["quantity"] for row in found["before"]] == ["revenue@2025-Q1", "elder.released", "capex@2025"]
    assert [row["quantity"] for row in found["rows"]] == ["capex@2026"]
    assert found["summary"]["rows"] == 1


def test_a_year_that_is_over_but_not_told_is_a_forecast(tmp_path: Path) -> None:
    """As of 2025-12-31 the year's capital expenditure is not reported."""
    assert [row["quantity"] for row in score(tmp_path, ["capex@2025,1.2 G USD,2026-01-28"])["rows"]] == [
        "capex@2025"
    ]


@pytest.mark.parametrize(
    ("row", "edit", "wide"),
    [
        ("capex@2026,3 G USD", small.assumed("3 G USD", "2.8 G USD", "3.2 G USD"), False),
        ("capex@2026,3 G USD", small.assumed("3 G USD", "2 G USD", "4 G USD"), True),
        ("capex@2027,3 G USD", small.assumed("3 G USD", "2 G USD", "4 G USD"), False),  # nobody guided it
    ],
)
def test_a_guided_year_may_not_be_vague(tmp_path: Path, row: str, edit: dict[str, Any], wide: bool) -> None:
    year = row[6:10]
    found = score(tmp_path, [row], {f"finances.budget.{year}": edit})
    assert found["rows"][0]["too_wide"] is wide
    assert found["summary"]["too_wide"] == ([row.partition(",")[0]] if wide else [])


def test_limits_of_quarters_and_releases(tmp_path: Path) -> None:
    wide = {"finances.revenue.growth.2026": small.assumed("15 %", "-20 %", "60 %"),
            "models.apple.start_delay": small.assumed("10 d", "0 d", "400 d")}  # fmt: skip
    rows = ["revenue@2026-Q1,1.4 G USD", "apple.released,2026-08-01"]
    assert [row["too_wide"] for row in score(tmp_path, rows)["rows"]] == [False, False]
    assert [row["too_wide"] for row in score(tmp_path, rows, wide)["rows"]] == [True, True]


def test_claims_by_their_ids_and_by_outcomes(tmp_path: Path) -> None:
    found = score(tmp_path, ["date,true", "fleet.gpus@2026-12-31,1 k chips"])
    by = {claim["id"]: claim for claim in found["claims"]}
    assert by["date"]["holds"] is True
    assert by["date"]["decided_by"] == ""
    assert by["chips"]["holds"] is False
    assert by["chips"]["decided_by"] == "fleet.gpus@2026-12-31"
    assert "spend" not in by
    for claim in by.values():
        assert claim["brier"] == pytest.approx((claim["probability"] - claim["holds"]) ** 2)
    assert found["summary"]["brier"] == pytest.approx(np.mean([claim["brier"] for claim in by.values()]))


def test_a_bound_decides_a_claim_only_when_it_does(tmp_path: Path) -> None:
    """The claim is: released by 2026-09-30."""
    assert score(tmp_path, ["apple.released,>2026-09-29"])["claims"] == []
    late = score(tmp_path, ["apple.released,>2026-09-30"])["claims"]
    assert [(claim["id"], claim["holds"]) for claim in late] == [("date", False)]


def test_what_the_model_does_not_contain_is_not_scored(tmp_path: Path) -> None:
    found = score(tmp_path, ["rivals.lead,0.2", "rivals,true", "capex@2025,1.2 G USD"])
    assert [one["id"] for one in found["unscored"]] == ["rivals.lead", "rivals"]
    assert all(one["why"] for one in found["unscored"])
    assert len(found["rows"]) == 1


def test_another_unit_by_a_thousand_is_asked_about(tmp_path: Path) -> None:
    found = score(tmp_path, ["capex@2025,1.2 M USD"])
    assert found["rows"][0]["note"] == "is the unit right?"


QUANTITIES = ["capex@2025", "capex@2026", "revenue@2026-Q1", "revenue@2026-Q3", "fleet.gpus@2026-06-30",
              "fleet.gpus@2027-06-30", "fleet.power@2026-12-31", "apple.released", "berry.trained", "ohio.started",
              "servers.cost@2026", "lab.chips@2026-12-31"]  # fmt: skip


def truth(sample: int, late_d: float = 0.0, more: float = 1.0) -> list[str]:
    """What one future of the same programme, of another seed, would have been known as."""
    setup = small.setup()
    from orchard.plan import definitions

    known = definitions(setup)
    outlook = Outlook(Scene(setup, setup.draws(99, 0, 60)))
    rows = []
    for text in QUANTITIES:
        quantity = read_quantity(text, known, setup)
        value = float(np.broadcast_to(quantity.read(outlook), 60)[sample])
        dated = quantity.definition.unit == "date"
        rows.append(f"{text},{to_iso(value + late_d) if dated else repr(value * more)}")
    return rows


def test_futures_of_the_same_programme_are_covered_and_others_are_not(tmp_path: Path) -> None:
    """A future drawn from the programme itself is inside 80 % of its intervals; a shifted one leans."""

    def over(late_d: float, more: float) -> tuple[float, float]:
        inside, places = [], []
        for sample in range(0, 60, 3):
            rows = score(tmp_path, truth(sample, late_d, more))["rows"]
            inside += [row["inside"] for row in rows]
            places += [row["place"] for row in rows]
        return float(np.mean(inside)), float(np.mean(places))

    share, place = over(0, 1)
    assert 0.7 < share < 0.9
    assert 0.4 < place < 0.6
    late, place = over(120, 1.5)
    assert late < share - 0.2
    assert place > 0.7


def test_a_future_that_is_late_and_dear_is_told_to_lean(tmp_path: Path) -> None:
    found = score(tmp_path, truth(1, 250, 2.0))["summary"]
    assert found["bias_dates"]["beyond_luck"]
    assert found["bias_dates"]["score"] > 0
    assert found["bias_numbers"]["beyond_luck"]
    assert not found["honest"]


def test_the_same_seed_scores_the_same(tmp_path: Path) -> None:
    rows = ["capex@2025,1.25 G USD", "apple.released,2026-08-01"]
    assert score(tmp_path, rows, seed=3) == score(tmp_path, rows, seed=3)
    assert score(tmp_path, rows, seed=3) != score(tmp_path, rows, seed=4)
