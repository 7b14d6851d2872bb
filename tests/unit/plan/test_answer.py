"""The answer as plain data: whole, strictly JSON, and the same whatever the wording of the file."""

from __future__ import annotations

import datetime as dt
import json
import random
from functools import cache
from typing import Any

import pytest
import yaml

from orchard import __version__
from orchard.catalogue import catalogue
from orchard.errors import LimitError, QuantityError
from orchard.plan import ask, plan
from orchard.spec.load import digest, loads

from . import small
from .small import DROP, assumed

SAMPLES = 300
BUDGETS: dict[str, Any] = {f"finances.budget.{year}": "1 G USD" for year in range(2028, 2061)}


def answered(text: str, samples: int = SAMPLES, seed: int = 0) -> dict[str, Any]:
    programme = loads(text, known=catalogue()).programme
    return plan(
        programme, catalogue(), samples=samples, seed=seed, file="small.yaml", digest=digest(programme)
    )


@cache
def usual() -> dict[str, Any]:
    return answered(small.text())


def timeless(result: dict[str, Any], by_id: bool = False) -> str:
    """The answer without how long it took; entries in order of their names where asked."""
    kept = {key: value for key, value in result.items() if key != "seconds"}
    if by_id:
        for key, name in (
            ("claims", "id"),
            ("series", "id"),
            ("runs", "model"),
            ("failures", "model"),
            ("unknown", "id"),
        ):
            kept[key] = sorted(kept[key], key=lambda entry: entry[name])
    return json.dumps(kept, sort_keys=True, allow_nan=False)


def number(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool))


def iso(value: Any) -> bool:
    return value is None or isinstance(dt.date.fromisoformat(value), dt.date)


def test_it_has_every_part_of_the_contract() -> None:
    found = usual()
    assert set(found) >= {"orchard", "programme", "digest", "seed", "samples", "seconds", "claims", "series", "runs", "failures", "facts",
                          "assumptions", "choices", "sources", "overrides", "unknown"}  # fmt: skip
    assert found["orchard"] == __version__
    assert found["programme"] == {"id": "small", "title": "A small programme", "as_of": "2025-12-31", "start": "2025-01-01",
                                  "end": "2027-12-31", "file": "small.yaml"}  # fmt: skip
    assert (found["seed"], found["samples"]) == (0, SAMPLES)
    assert len(found["digest"]) == 64
    assert found["seconds"] > 0


def test_it_is_strict_json_and_comes_back_whole() -> None:
    assert json.loads(json.dumps(usual(), allow_nan=False)) == usual()


def test_claims_are_as_agreed() -> None:
    claims = {claim["id"]: claim for claim in usual()["claims"]}
    assert list(claims) == list(small.BASE["claims"])
    for name, claim in claims.items():
        assert set(claim) >= {"id", "text", "statement", "probability", "p10", "p50", "p90", "unit", "target", "binding",
                              "remedy", "unknown", "drivers", "report"}  # fmt: skip
        assert claim["statement"] == small.BASE["claims"][name]["test"]
        assert claim["probability"] is None or 0 <= claim["probability"] <= 1
        check = iso if claim["unit"] == "date" else number
        assert all(check(claim[key]) for key in ("p10", "p50", "p90"))
        assert all(0 <= driver["share"] <= 1 and driver["name"] for driver in claim["drivers"])
        assert all(isinstance(claim[key], str) for key in ("text", "target", "binding", "remedy", "unknown"))
    assert claims["date"]["unit"] == "date"
    assert claims["date"]["p10"] <= claims["date"]["p50"] <= claims["date"]["p90"]
    assert claims["chips"]["unit"] == "chip"
    assert claims["chips"]["p50"] > 1000  # SI: chips, not thousands of them


def test_an_unknown_claim_has_no_probability() -> None:
    claim = next(claim for claim in usual()["claims"] if claim["id"] == "rivals")
    assert claim["unknown"]
    assert [claim[key] for key in ("probability", "p10", "p50", "p90", "binding", "remedy", "drivers")] == [
        None
    ] * 4 + ["", "", []]


def test_a_claim_on_what_is_not_reported_is_unknown_too() -> None:
    found = answered(
        small.text({"claims": {"a": {"text": "No history", "test": "arpp@2024 > 1 USD/person"}}}), samples=20
    )
    assert found["claims"][0]["probability"] is None
    assert "neither reported nor planned" in found["claims"][0]["unknown"]


def test_never_is_null() -> None:
    found = answered(small.text({"models.apple.compute": "1.0e+30 FLOP"}), samples=20)
    claim = next(claim for claim in found["claims"] if claim["id"] == "date")
    assert [claim[key] for key in ("probability", "p10", "p50", "p90")] == [0.0, None, None, None]
    run = next(run for run in found["runs"] if run["model"] == "apple")
    assert run["milestones"][0]["date"] == [None, None, None]
    assert run["bars"][0]["end"] == [None, None, None]


def test_series_are_as_agreed() -> None:
    ids = [series["id"] for series in usual()["series"]]
    assert len(ids) == len(set(ids))
    assert set(ids) >= {"fleet.gpus", "capex", "revenue", "cash", "ohio.it_power", "companion.served_users"}
    for series in usual()["series"]:
        assert series["group"] in {"chips", "power", "money", "cash", "serving", "models", "sites"}
        assert series["title"]
        assert all(iso(day) for day in series["dates"])
        assert series["dates"] == sorted(series["dates"])
        assert series["dates"][-1] == "2027-12-31"
        for key in ("p10", "p50", "p90"):
            assert len(series[key]) == len(series["dates"])
            assert all(number(value) for value in series[key])
        for low, middle, high in zip(series["p10"], series["p50"], series["p90"], strict=True):
            assert low is None or middle is None or high is None or low <= middle <= high


def test_runs_are_bars_and_milestones() -> None:
    runs = {run["model"]: run for run in usual()["runs"]}
    assert list(runs) == ["elder", "apple", "berry"]
    assert [bar["stage"] for bar in runs["apple"]["bars"]] == ["pretraining", "tuning", "testing"]
    assert runs["elder"]["bars"] == []
    assert runs["elder"]["milestones"][0]["date"] == ["2025-04-05"] * 3
    for before, after in zip(runs["apple"]["bars"], runs["apple"]["bars"][1:], strict=False):
        assert before["end"] == after["start"]
        assert all(iso(day) for day in [*before["start"], *before["end"]])
    assert (runs["apple"]["site"], runs["apple"]["team"]) == ("ohio", "core")


def test_failures_are_those_of_planned_runs() -> None:
    runs = {run["model"]: run for run in usual()["failures"]}
    assert list(runs) == [name for name, model in small.BASE["models"].items() if "reliability" in model]
    for run in runs.values():
        assert set(run) == {"model", "title", "chips", "goodput", "between_s", "interruptions", "causes"}
        for key in ("chips", "goodput", "between_s", "interruptions"):
            assert run[key] == sorted(run[key])
        assert 0 < run["goodput"][0] <= run["goodput"][2] < 1
        assert sum(run["causes"].values()) == pytest.approx(1)


def test_provenance_names_every_fact_assumption_and_source() -> None:
    edits = {"sites.ohio.pue": {"fact": "power.pue.annual"}, "sites.utah.pue": {"fact": "power.pue.annual"}}
    found = answered(small.text(edits), samples=20)
    facts = {fact["id"]: fact for fact in found["facts"]}
    assert facts["power.pue.annual"]["used_by"] == ["sites.ohio.pue", "sites.utah.pue"]
    assert "power.node.training-fraction" in facts
    for fact in facts.values():
        assert {"value", "low", "high", "unit", "basis", "kind", "source", "locator", "as_of", "note"} <= set(
            fact
        )
        assert fact["as_of"] <= "2025-12-31"
        assert set(fact["source"].split("; ")) <= {source["id"] for source in found["sources"]}
    paths = {assumption["path"] for assumption in found["assumptions"]}
    assert "models.apple.gate.execution" in paths
    assert all(
        assumption["why"] and assumption["low"] <= assumption["value"] <= assumption["high"]
        for assumption in found["assumptions"]
    )
    assert found["choices"] > 50


def shuffled(data: Any, rng: random.Random, key: str = "") -> Any:
    """The same programme with its entries in another order; milestones follow each other and stay."""
    if isinstance(data, dict):
        keys = list(data)
        if key != "milestones":
            rng.shuffle(keys)
        return {name: shuffled(data[name], rng, name) for name in keys}
    return data


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_entries_plays_no_part(seed: int) -> None:
    turned = answered(yaml.safe_dump(shuffled(small.data(), random.Random(seed)), sort_keys=False))
    assert turned["digest"] == usual()["digest"]
    assert timeless(turned, by_id=True) == timeless(usual(), by_id=True)


UNITS: dict[str, Any] = {
    "sites.ohio.ramp.first.adds": assumed("0.06 GW", "40000 kW", "80e6 W"),
    "sites.ohio.ramp.second.over": "8640000 s", "models.apple.milestones.testing.takes": "720 h",
    "deliveries.slow-2025.count": assumed("30000 GPUs", "0.02 M chips", "40 k GPUs"),
    "finances.budget.2027": "2000 M USD", "finances.returned.2026": "0.1 G USD", "lab.correlation": 0.3,
    "chips.fast.bf16": "2000 TFLOP/s", "chips.slow.it_power": "1000 W/chip", "finances.life": "8766 h",
    "products.companion.adoption.start.users": "1000 k people", "people.turn.probability": 0.4,
}  # fmt: skip


def test_units_play_no_part() -> None:
    written = answered(small.text(UNITS))
    assert written["digest"] == usual()["digest"]
    assert timeless(written) == timeless(usual())


def test_a_seed_repeats_and_seeds_differ() -> None:
    again, other = answered(small.text()), answered(small.text(), seed=1)
    assert timeless(again) == timeless(usual())
    assert other["digest"] == again["digest"]
    assert [claim["p50"] for claim in other["claims"]] != [claim["p50"] for claim in again["claims"]]


@pytest.mark.parametrize("edits", [{"sites.ohio.pue": 1.2}, {"claims.extra": {"text": "More", "test": "capex@2025 > 1 USD"}},
                                   {"models.apple.priority": 2}, {"people.leaves": DROP}])  # fmt: skip
def test_another_programme_has_another_digest(edits: dict[str, Any]) -> None:
    assert digest(small.programme(edits)) != usual()["digest"]


@pytest.mark.parametrize("samples", [1, 2, 9, 1001])
def test_any_number_of_samples_will_do(samples: int) -> None:
    found = answered(small.text({"levers": {}}), samples=samples)
    assert found["samples"] == samples
    json.dumps(found, allow_nan=False)


def test_a_programme_without_claims_or_deliveries_is_planned() -> None:
    bare = {"claims": {}, "deliveries": {}, "models": {}, "people": {}, "products": {}, "levers": {}}
    found = answered(small.text(bare), samples=10)
    assert (found["claims"], found["runs"]) == ([], [])


def test_samples_beyond_memory_are_refused_with_the_number_that_fits() -> None:
    programme = loads(small.text({"horizon.end": "2060-12-31"} | BUDGETS), known=catalogue()).programme
    with pytest.raises(LimitError, match=r"at most [\d,]+,000 samples of a programme") as error:
        plan(programme, catalogue(), samples=200_000)
    assert error.value.findings[0].code == "O510"


def test_progress_is_told() -> None:
    told: list[str] = []
    plan(small.programme({"levers": {}}), catalogue(), samples=10, progress=lambda what, _: told.append(what))
    assert told[0] == "planning"
    assert told[-1] == "done"


# -- ask ------------------------------------------------------------------------------------------


def test_ask_answers_in_si_units_and_iso_dates() -> None:
    found = ask(
        small.programme(),
        catalogue(),
        ["ohio.power@2026-12-31", "apple.released", "lab.freed_share", "capex@2026"],
        samples=200,
    )
    assert [each["quantity"] for each in found] == [
        "ohio.power@2026-12-31",
        "apple.released",
        "lab.freed_share",
        "capex@2026",
    ]
    assert [each["unit"] for each in found] == ["W", "date", "1", "USD"]
    for each in found:
        assert set(each) == {"quantity", "unit", "p10", "p50", "p90"}
        assert each["p10"] <= each["p50"] <= each["p90"]
    assert found[0]["p50"] == pytest.approx(140e6, rel=0.1)
    assert iso(found[1]["p50"])
    json.dumps(found, allow_nan=False)


def test_ask_says_what_is_unknown_and_why() -> None:
    found = ask(small.programme(), catalogue(), ["rivals.lead", "arpp@2024"], samples=10)
    assert all(each["unknown"] and each["p50"] is None for each in found)


def test_ask_finds_everything_that_can_not_be_read() -> None:
    with pytest.raises(QuantityError) as caught:
        ask(small.programme(), catalogue(), ["fleet.gpu@2026", "capex", "cash@never", "capex@2026"])
    assert [finding.code for finding in caught.value.findings] == ["O501", "O503", "O502"]


@pytest.mark.parametrize("samples", [0, 10**9])
def test_ask_and_plan_refuse_absurd_numbers_of_samples(samples: int) -> None:
    with pytest.raises(LimitError):
        ask(small.programme(), catalogue(), ["capex@2026"], samples=samples)
    with pytest.raises(LimitError):
        plan(small.programme(), catalogue(), samples=samples)


@pytest.mark.parametrize("name", ["fleet.gpus", "fleet.it_power", "capex"])
def test_years_of_a_timeline_are_what_ask_says(name: str) -> None:
    (series,) = [entry for entry in usual()["series"] if entry["id"] == name]
    programme = loads(small.text(), known=catalogue()).programme
    for year, points in series["years"].items():
        (asked,) = ask(programme, catalogue(), [f"{name}@{year}"], samples=SAMPLES)
        assert points == pytest.approx([asked["p10"], asked["p50"], asked["p90"]], rel=1e-5)
