"""One site: what the plan says of it is what the plan says elsewhere, and its supply follows the file."""

from __future__ import annotations

from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orchard.catalogue import catalogue
from orchard.errors import LimitError, OrchardError, QuantityError
from orchard.estimate.power.weather import SHIPPED
from orchard.plan import ask
from orchard.plan.sites import site
from orchard.plan.sites.answer import Found

from . import small
from .small import assumed

DAY = date(2026, 12, 31)
SHIPPED_FILE = Path(str(find_spec("pvlib").origin)).parent / "data" / SHIPPED["greensboro"]  # type: ignore[union-attr]
MWH, MW = 3.6e9, 1e6
HOURLY = {"technology": "grid", "prices": "prices.csv"}
GRID = {"technology": "grid", "price": "40 USD/MWh", "charge": "100 USD/kW", "carbon": "400 kg/MWh"}


def energy(**options: dict[str, Any]) -> dict[str, Any]:
    return {"sites.ohio.energy.options": options}


def study(edits: dict[str, Any] | None = None, day: date = DAY, file: str = "", samples: int = 200) -> Found:
    return site(small.programme(edits), catalogue(), "ohio", day=day, samples=samples, file=file)


def test_without_an_entry_a_grid_without_limit_supplies_at_the_price_of_the_site() -> None:
    found = study().answer
    supply, load = found["supply"], found["load"]
    assert supply["cost_usd_per_j"] * MWH == pytest.approx(60.0)
    assert [part["technology"] for part in supply["parts"]] == ["grid"]
    assert (load["pue_mean"], load["pue_peak"]) == (pytest.approx(1.1), pytest.approx(1.1))
    assert load["facility_mean_w"] == pytest.approx(load["it_drawn_w"]["p50"] * 1.1)
    assert found["loads"]["p10"]["it_drawn_w"] < found["loads"]["p90"]["it_drawn_w"]


def test_the_ramp_is_that_of_the_plan() -> None:
    found = study().answer
    place = found["ramp"]["quarters"].index("2026-Q4")
    asked = ask(small.programme(), catalogue(), ["ohio.power@2026-Q4", "ohio.it_power@2026-Q4"], samples=200)
    for name, one in zip(("facility_w", "it_w"), asked, strict=True):
        for key in ("p10", "p50", "p90"):
            assert found["ramp"][name][key][place] == pytest.approx(one[key])
    assert found["ramp"]["ends"][place] == "2026-12-31"
    assert {one["phase"] for one in found["phases"]} == {"first", "second"}


def test_chips_are_those_installed_there_and_draw_what_they_are_rated() -> None:
    found = study().answer
    assert {one["chip"] for one in found["chips"]} == {"fast", "slow"}
    gpus = ask(small.programme(), catalogue(), ["ohio.gpus@2026-12-31"], samples=200)[0]
    assert sum(one["count"]["p50"] for one in found["chips"]) == pytest.approx(gpus["p50"], rel=0.1)
    slow = next(one for one in found["chips"] if one["chip"] == "slow")
    place = found["ramp"]["quarters"].index("2026-Q4")
    assert slow["it_w"][place] == pytest.approx(slow["count"]["p50"] * 1000.0, rel=1e-6)


def test_the_bill_of_a_grid_contract_is_its_price_and_its_charge() -> None:
    found = study(energy(wire=GRID))
    (wire,) = found.answer["supply"]["parts"]
    peak = found.case.load_w.max()
    assert wire["capacity_w"] == pytest.approx(peak)
    assert wire["capacity_usd"] == pytest.approx(peak * 0.1)
    assert wire["energy_usd"] == pytest.approx(found.case.energy_j * 40 / MWH)
    assert found.answer["supply"]["carbon_kg_per_j"] * MWH == pytest.approx(400)


def test_what_is_ordered_is_paid_for_and_what_comes_later_is_not_there() -> None:
    plant = {"technology": "turbine", "since": "2027-01-01", "capacity": "30 MW"}
    early = study(energy(wire=GRID, plant=plant))
    late = study(energy(wire=GRID, plant=plant), day=date(2027, 6, 30))
    assert [one.name for one in early.case.sources] == ["wire"]
    parts = {part["name"]: part for part in late.answer["supply"]["parts"]}
    assert parts["plant"]["capacity_w"] == 30 * MW
    assert parts["plant"]["capacity_usd"] > 0


def test_a_limit_that_binds_is_told_with_what_more_of_it_saves() -> None:
    found = study(energy(wire=GRID | {"most": "20 MW"}, gas={"technology": "ccgt"})).answer
    (binding,) = [one for one in found["supply"]["bindings"] if one["name"] == "wire"]
    assert binding["limit"] == 20 * MW
    assert binding["saves_usd"] > 0


def test_a_site_that_nothing_can_supply_says_what_would_have_to_give() -> None:
    found = study(energy(wire=GRID | {"most": "10 MW"}))
    supply = found.answer["supply"]
    assert not supply["feasible"]
    wire = next(one for one in supply["relaxations"] if one["name"] == "wire")
    assert wire["needed"] == pytest.approx(found.case.load_w.max(), rel=1e-6)
    assert found.answer["loads"]["p90"]["cost_usd_per_j"] is None


def test_a_little_may_stay_unserved_where_the_file_says_so() -> None:
    limits = {"sites.ohio.energy.reliability": "99.9 %", "sites.ohio.energy.carbon_price": "100 USD/t",
              "sites.ohio.energy.spare": "5 MW", "sites.ohio.energy.carbon": "10 Mt"}  # fmt: skip
    pause = {"technology": "pause", "share": "30 %", "hours": "50 h"}
    found = study(energy(wire=GRID, stop=pause) | limits)
    assert found.case.unserved_share == pytest.approx(1e-3)
    assert found.case.carbon_usd_per_kg == pytest.approx(0.1)
    assert found.case.carbon_most_kg == 1e10
    lost = catalogue().fact("supply.unserved.cost").value
    assert found.case.unserved_usd_per_j == pytest.approx(lost / 1.1)  # of a joule of IT energy
    assert found.case.firm_w == pytest.approx(found.answer["load"]["it_rated_w"]["p50"] * 1.25 + 5 * MW)
    assert found.case.pausing is not None
    assert (found.case.pausing.share, found.case.pausing.hours) == (pytest.approx(0.3), pytest.approx(50.0))


def test_weather_and_cooling_give_the_hours_their_shape_and_keep_the_mean() -> None:
    edits = energy(wire=GRID, sun={"technology": "solar"}, wind={"technology": "wind"},
                   store={"technology": "battery"})  # fmt: skip
    found = study(edits | {"sites.ohio.weather": "greensboro", "sites.ohio.cooling": "evaporative"})
    load = found.answer["load"]
    assert load["pue_mean"] == pytest.approx(1.1)
    assert load["pue_peak"] > 1.12
    assert load["water_kg"] > 0
    assert load["weather"].startswith("Greensboro")
    assert len(found.case.load_w) == 8760
    sun = found.case.sources[1]
    assert 0.1 < np.mean(sun.available) < 0.35
    assert [one.name for one in found.case.batteries] == ["store"]


def test_hourly_prices_come_from_a_file_beside_the_programme(tmp_path: Path) -> None:
    hours = ["USD/MWh", *(str(30 + 20 * (hour % 24 == 18)) for hour in range(8760))]
    (tmp_path / "prices.csv").write_text("\n".join(hours))
    found = study(energy(wire=HOURLY), file=str(tmp_path / "programme.yaml"))
    price = np.asarray(found.case.sources[0].energy_usd_per_j) * MWH
    assert (price[18], price[19]) == (pytest.approx(50.0), pytest.approx(30.0))
    assert found.answer["supply"]["price_usd_per_j"]["p50"] * MWH == pytest.approx(30.0)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("1\n2\n", "2 prices"),
        ("1\n" * 8759 + "x", "'x'"),
        (None, "no such file"),
        ("1\n" * 8759 + "nan", "nan"),
    ],
)
def test_prices_that_are_not_those_of_a_year_are_refused(tmp_path: Path, text: str | None, word: str) -> None:
    if text is not None:
        (tmp_path / "prices.csv").write_text(text)
    with pytest.raises(LimitError) as caught:
        study(energy(wire=HOURLY), file=str(tmp_path / "programme.yaml"))
    assert caught.value.findings[0].code == "O874"
    assert word in caught.value.findings[0].found


@pytest.mark.parametrize(
    ("edits", "day", "code"),
    [
        (energy(gas={"technology": "ccgt", "since": "2027-06-01"}), DAY, "O870"),
        (energy(stop={"technology": "pause"}), DAY, "O870"),
        (energy(wire=GRID, sun={"technology": "solar"}, wind={"technology": "wind"}), DAY, "O871"),
        ({}, date(2040, 1, 1), "O873"),
        ({}, date(2025, 1, 20), "O873"),
    ],
)
def test_a_question_without_an_answer_is_refused(edits: dict[str, Any], day: date, code: str) -> None:
    with pytest.raises(OrchardError) as caught:
        study(edits, day=day)
    assert {finding.code for finding in caught.value.findings} == {code}


def test_the_middle_load_costs_what_the_answer_says() -> None:
    sun = {"technology": "solar"}
    found = study(energy(wire=GRID, sun=sun) | {"sites.ohio.weather": "greensboro"}).answer
    assert found["loads"]["p50"]["cost_usd_per_j"] == found["supply"]["cost_usd_per_j"]


def test_gaps_of_a_weather_file_are_told(tmp_path: Path) -> None:
    lines = Path(SHIPPED_FILE).read_text().splitlines()
    (tmp_path / "mine.csv").write_text("\n".join(lines[:100] + lines[103:]))
    edits = {"sites.ohio.weather": "mine.csv", "sites.ohio.cooling": "dry"}
    load = study(edits, file=str(tmp_path / "programme.yaml")).answer["load"]
    assert load["weather_repaired"][0].startswith("3 hours of dry bulb")


def test_prices_that_pay_for_waste_without_end_are_refused(tmp_path: Path) -> None:
    hours = [str(-5000 if hour % 24 < 6 else 50) for hour in range(8760)]
    (tmp_path / "prices.csv").write_text("\n".join(hours))
    with pytest.raises(LimitError) as caught:
        study(energy(wire=HOURLY, store={"technology": "battery"}), file=str(tmp_path / "programme.yaml"))
    assert caught.value.findings[0].code == "O875"


def test_an_unknown_site_is_told_with_the_nearest() -> None:
    with pytest.raises(QuantityError) as caught:
        site(small.programme(), catalogue(), "ohoi")
    assert "ohio" in caught.value.findings[0].hint


def test_facts_and_assumptions_of_the_site_come_with_it_and_no_others() -> None:
    price = assumed("40 USD/MWh", "30 USD/MWh", "55 USD/MWh")
    found = study(energy(wire=GRID | {"price": price}, gas={"technology": "ccgt"})).answer
    paths = {one["path"] for one in found["assumptions"]}
    assert "sites.ohio.energy.options.wire.price" in paths
    assert not any(path.startswith(("sites.utah", "models", "finances")) for path in paths)
    facts = {fact["id"] for fact in found["facts"]}
    assert {"supply.ccgt.capital", "supply.gas.price", "supply.interest"} <= facts
    named = {source for fact in found["facts"] for source in str(fact["source"]).split("; ")}
    assert {one["id"] for one in found["sources"]} == named


def test_the_same_seed_gives_the_same_answer() -> None:
    first, again = (study(energy(wire=GRID)).answer for _ in range(2))
    assert {**first, "seconds": 0} == {**again, "seconds": 0}
