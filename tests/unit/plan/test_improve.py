"""The cheapest way to a probability: where it can be computed by hand, and what holds of any."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchard.catalogue import catalogue
from orchard.errors import QuantityError
from orchard.plan import plan
from orchard.plan.claims import read_claims
from orchard.plan.definitions import definitions
from orchard.plan.improve import improve
from orchard.plan.improve.options import options, together
from orchard.plan.improve.trials import Trials, traced
from orchard.plan.scene import UNCHANGED, Changes

from . import small
from .alone import DATE, MONEY, POWER, PROGRAMME
from .small import assumed

CHIPS = {"chips": {"text": "Chips", "test": "fleet.gpus@2026-12-31 >= 100 k chips"}}
RELEASE = {"release": {"text": "Release", "test": "apple.released <= 2026-06-15"}}
DAYS = 26.3  # a date with 40 days at 80 % moves by 1.2816 - 0.8416 parts of it: see test_remedy
FACTOR = 1.577
RUNS: dict[str, Any] = {
    "run_dates": {"limit": "180 d", "price": assumed("2 M USD/d", "1 M USD/d", "4 M USD/d")}
}


def improved(claim: str, edits: dict[str, Any] | None = None, **asked: Any) -> dict[str, Any]:
    return improve(small.programme(edits), catalogue(), claim, **({"samples": 300} | asked))


def one_lever(claims: dict[str, Any], edits: dict[str, Any], levers: dict[str, Any]) -> dict[str, Any]:
    return PROGRAMME | edits | {"claims": claims, "levers": levers}


def test_days_are_bought_as_many_as_it_takes() -> None:
    found = improved("release", one_lever(RELEASE, DATE, RUNS), samples=500)
    (pull,) = found["chosen"]["choice"]
    assert pull["lever"] == "run_dates"
    assert pull["size"] == pytest.approx(DAYS, abs=4)
    assert found["chosen"]["cost_usd"]["p50"] == pytest.approx(pull["size"] * 2e6, rel=0.1)
    assert found["chosen"]["cost_usd"]["p90"] == pytest.approx(pull["size"] * 4e6, rel=0.2)
    assert found["chosen"]["probability"] == pytest.approx(0.8, abs=0.04)


def test_power_is_bought_as_much_as_it_takes() -> None:
    found = improved("chips", one_lever(CHIPS, POWER, {"power": {"limit": "100 %"}}), samples=500)
    (pull,) = found["chosen"]["choice"]
    assert 1 + pull["size"] == pytest.approx(FACTOR, abs=0.1)


def test_two_levers_that_help_only_together() -> None:
    """Neither money nor power alone runs more chips."""
    short = (
        MONEY
        | POWER
        | {
            "finances.budget.2026": "1.2 G USD",
            "sites.ohio.ramp.all.adds": assumed("60 MW", "59 MW", "61 MW"),
        }
    )
    levers = {"money": {"limit": "100 %"}, "power": {"limit": "100 %"}}
    found = improved("chips", one_lever(CHIPS, short, levers))
    assert {row["lever"]: row["gain"] for row in found["levers"]} == {"money": 0.0, "power": 0.0}
    assert {pull["lever"] for pull in found["chosen"]["choice"]} == {"money", "power"}
    assert found["chosen"]["probability"] >= 0.8


def test_doing_nothing_costs_nothing_and_is_the_plan() -> None:
    found = improved("date")
    first = found["frontier"][0]
    assert first["choice"] == []
    assert first["cost_usd"] == {"p10": 0.0, "p50": 0.0, "p90": 0.0}
    claims = plan(small.programme(), catalogue(), samples=300)["claims"]
    assert first["in_sample"] == pytest.approx(
        next(row["probability"] for row in claims if row["id"] == "date")
    )


def test_frontier_rises_in_cost_and_in_probability() -> None:
    rows = improved("date")["frontier"]
    costs, shares = [row["cost_usd"]["p50"] for row in rows], [row["in_sample"] for row in rows]
    assert len(rows) > 2
    assert costs == sorted(costs)
    assert shares == sorted(set(shares))
    for row in rows:
        share = row["probability"]
        assert row["error"] == pytest.approx(np.sqrt(share * (1 - share) / 1800))
        assert abs(share - row["in_sample"]) < 0.1


def test_a_larger_budget_is_never_worth_less() -> None:
    budgets = [0.0, 2e7, 1e8, 5e8, 1e12]
    found = [improved("date", budget_usd=budget)["chosen"] for budget in budgets]
    assert [row["cost_usd"]["p50"] <= budget for row, budget in zip(found, budgets, strict=True)] == [
        True
    ] * 5
    shares = [row["in_sample"] for row in found]
    assert shares == sorted(shares)
    assert found[0]["choice"] == []


def test_a_wanted_probability_within_a_budget() -> None:
    enough = improved("release", one_lever(RELEASE, DATE, RUNS), probability=0.6, budget_usd=1e9)
    assert enough["reached"]
    assert enough["chosen"]["probability"] == pytest.approx(0.6, abs=0.06)
    short = improved("release", one_lever(RELEASE, DATE, RUNS), probability=0.9, budget_usd=1e6)
    assert (short["reached"], short["chosen"]) == (False, None)


def test_out_of_reach_says_what_is_reached_and_what_would_help() -> None:
    levers = {"run_dates": {"limit": "5 d", "price": "2 M USD/d"}}
    found = improved("release", one_lever(RELEASE, DATE, levers), probability=0.95)
    assert not found["reached"]
    assert found["chosen"] is None
    best = found["frontier"][-1]
    assert [pull["size"] for pull in best["choice"]] == [pytest.approx(5.0)]
    helps = {row["name"]: row for row in found["beyond"]}
    assert helps["start of the run"]["to"] > 0.95
    assert all(row["to"] > row["from"] == pytest.approx(best["probability"]) for row in found["beyond"])


def test_a_search_that_is_interrupted_shows_the_best_so_far() -> None:
    told = []

    def progress(what: str, share: float) -> None:
        told.append(share)
        if what == "searching" and len(told) == 12:
            raise KeyboardInterrupt

    found = improved("date", progress=progress)
    whole = improved("date")
    assert found["interrupted"]
    assert not whole["interrupted"]
    assert found["tried"] < whole["tried"]
    assert found["frontier"][0]["choice"] == []


def test_the_same_seed_gives_the_same_answer() -> None:
    assert improved("date") == improved("date")


TEAM: dict[str, Any] = {
    "levers": {"team_shares": {"limit": "30 %", "price": "1 G USD"}, "checkpoint": {"limit": "90 %", "price": "50 M USD"},
               "chip_mix": {"limit": "50 %"}},
    "deliveries.slow-2025.start": "2026-01-02", "deliveries.slow-2025.end": "2026-12-31", "deliveries.fast-2026.start": "2026-02-01",
}  # fmt: skip


def test_levers_of_shares_checkpoints_and_chips() -> None:
    """Amounts as they are changed: quotas still add up, chips are still as many, checkpoints are shorter."""
    made = small.setup(TEAM)
    found = {option.name: option for option in options(made, made.draws(0, 0, 50), 2026)}
    assert set(found) == {"team_shares", "checkpoint", "chip_mix"}
    value = {path: known.value for path, known in made.values.amounts.items()}
    quotas = found["team_shares"].change(0.2).quotas
    moved = {team: factor * value[f"lab.teams.{team}.quota"] for team, factor in quotas}
    assert moved == {"core": pytest.approx(0.8), "vision": pytest.approx(0.2)}
    chips = found["chip_mix"].factors(0.5)
    assert sum(factor * value[path] for path, factor in chips.items()) == pytest.approx(
        sum(value[path] for path in chips)
    )
    assert found["checkpoint"].change(0.9).checkpoint == pytest.approx(0.1)
    assert found["team_shares"].cost_usd(0.2) == pytest.approx(np.full(50, 0.2e9))


def test_factors_are_tried_as_if_the_file_said_so() -> None:
    made, edited = (
        small.setup(TEAM),
        small.setup(TEAM | {"lab.teams.core.quota": "80 %", "lab.teams.vision.quota": "20 %"}),
    )
    test, other = (read_claims(one, definitions(one))["date"] for one in (made, edited))
    place = next(
        place
        for place, each in enumerate(options(made, made.draws(0, 0, 50), 2026))
        if each.name == "team_shares"
    )
    offered = options(made, made.draws(0, 0, 50), 2026)
    found = Trials(made, test, offered, traced(made, test, 0), 300, 0).probability(((place, 0.2),))
    told = Trials(edited, other, [], traced(edited, other, 0), 300, 0).probability(())
    assert found == told


PARTS = st.fixed_dictionaries({
    "money": st.floats(1, 2), "power": st.floats(1, 2), "site_days": st.floats(0, 100), "run_days": st.floats(0, 100),
    "ignore": st.sampled_from([frozenset(), frozenset({"gate"}), frozenset({"delays"})]),
}).map(lambda fields: UNCHANGED._replace(**fields))  # fmt: skip


@given(st.lists(PARTS, max_size=4))
@settings(max_examples=40, deadline=None)
def test_changes_together_in_any_order(parts: list[Changes]) -> None:
    whole, other = together(parts), together(list(reversed(parts)))
    for name, value in whole._asdict().items():
        mine, theirs = value, getattr(other, name)
        assert mine == pytest.approx(theirs) if isinstance(mine, float) else mine == theirs
    assert together([*parts, UNCHANGED]) == whole
    assert whole.money == pytest.approx(np.prod([part.money for part in parts]))
    assert whole.site_days == pytest.approx(sum(part.site_days for part in parts))


@pytest.mark.parametrize(
    ("claim", "edits", "code"),
    [
        ("dat", {}, "O924"),
        ("rivals", {}, "O921"),
        ("date", {"levers": {}}, "O925"),
        ("date", {"as_of": "2026-12-31"}, "O927"),
    ],
)
def test_what_cannot_be_improved_is_refused(claim: str, edits: dict[str, Any], code: str) -> None:
    with pytest.raises(QuantityError) as caught:
        improved(claim, edits)
    assert [finding.code for finding in caught.value.findings] == [code]
    if claim == "dat":
        assert "did you mean 'date'?" in str(caught.value)
