"""Runs: work done at the speed there is, stages after it, people, gates; nothing late makes anything early."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.plan import gate, runs, work
from orchard.plan.calendar import DAY_S, Calendar, to_day
from orchard.plan.scene import Changes

from . import small
from .small import DROP, assumed, outlook

CALENDAR = Calendar(date(2025, 1, 1), date(2026, 12, 31))
START = to_day(date(2025, 1, 1))

# One run that has all it wants: 10 k chips of 1 PFLOP/s at 40 % for a known time, and nothing random.
ALONE: dict[str, Any] = {
    "sites.ohio.ramp": {"all": {"date": "2025-01-01", "adds": "1 GW"}}, "sites.ohio.delay": DROP,
    "deliveries.slow-2025": {"chip": "slow", "site": "ohio", "count": "100 k chips", "start": "2025-01-01", "end": "2025-01-01"},
    "deliveries.fast-2026": DROP, "lab.share": "100 %", "models.berry": DROP, "people": {}, "models.apple.gate": DROP,
    "models.apple.start_delay": DROP, "models.apple.reliability": DROP, "models.apple.recipe.utilisation": 0.4,
    "models.apple.chips": "10 k chips", "models.apple.compute": "3.456e25 FLOP",  # 100 days at 4e18 FLOP/s
    "models.apple.milestones": {"tuning": {"takes": "20 d"}, "testing": {"takes": "10 d"}}, "claims": {},
}  # fmt: skip


def day(found: Any, name: str = "apple") -> np.ndarray:
    return np.asarray(found.released_day(name))


def goodput_of(found: Any) -> np.ndarray:
    return runs.interrupted(found.scene, "apple", found.training("apple")).goodput


def test_a_run_alone_takes_its_work_over_its_speed() -> None:
    found = outlook(ALONE, samples=3)
    start = to_day(date(2026, 2, 1))
    assert np.allclose(found.training("apple").start_day, start)
    assert np.allclose(found.training("apple").end_day, start + 100)
    assert np.allclose(day(found), start + 130)
    assert np.allclose(goodput_of(found), 1)


def test_a_team_may_train_on_its_quota_alone() -> None:
    """60 % of 10 k chips is what the team has of a site with 10 k chips: 100 days become 166.7."""
    found = outlook(ALONE | {"deliveries.slow-2025.count": "10 k chips"}, samples=3)
    assert np.allclose(found.training("apple").end_day - found.training("apple").start_day, 100 / 0.6)
    assert np.allclose(found.training("apple").chips[-1], 6e3)


def test_twice_the_utilisation_takes_half_the_time() -> None:
    found = outlook(ALONE | {"models.apple.recipe.utilisation": 0.8}, samples=3)
    assert np.allclose(found.training("apple").end_day - found.training("apple").start_day, 50)


def test_what_follows_pretraining_is_compute_too() -> None:
    found = outlook(ALONE | {"models.apple.beyond_pretraining": 1.5}, samples=3)
    assert np.allclose(work.compute_flop(found.scene, "apple"), 1.5 * 3.456e25)
    assert np.allclose(found.training("apple").end_day - found.training("apple").start_day, 150)


def test_a_run_that_is_never_done_is_never_released() -> None:
    found = outlook(ALONE | {"models.apple.compute": "1.0e30 FLOP"}, samples=3)
    assert np.all(np.isinf(day(found)))


@pytest.mark.parametrize(
    "edits", [{"lab.share": "0 %"}, {"models.apple.chips": "0 chips"}, {"models.apple.start": "2027-12-31"}]
)
def test_without_chips_or_time_it_is_never(edits: dict[str, Any]) -> None:
    assert np.all(np.isinf(day(outlook(ALONE | edits, samples=3))))


@given(
    st.lists(st.floats(0, 1e3), min_size=len(CALENDAR.edges), max_size=len(CALENDAR.edges)).map(np.array),
    st.floats(START - 50, START + 900), st.floats(1, 1e10),
)  # fmt: skip
def test_the_day_of_completion_has_seen_the_work(speed: Any, start: float, work: float) -> None:
    """Integrate the speed, linear between edges, from the start to the day found."""
    found = runs.finish_day(
        CALENDAR.edges, CALENDAR.step_s, speed[:, None], np.array([start]), np.array([work])
    )[0]
    begun = min(max(start, CALENDAR.start), CALENDAR.end)
    done = np.append(0, np.cumsum((speed[1:] + speed[:-1]) / 2 * CALENDAR.step_s))
    if np.isinf(found):
        assert done[-1] - np.interp(begun, CALENDAR.edges, done) <= work * (1 + 1e-9)
    else:
        # within one step the completion is interpolated linearly
        assert np.interp(found, CALENDAR.edges, done) - np.interp(
            begun, CALENDAR.edges, done
        ) == pytest.approx(work, rel=1e-6, abs=1e-6 * done[-1])
        assert found >= start


@given(st.floats(1, 1e3), st.floats(0, 1), st.floats(0, 200), st.floats(1, 1e10))
def test_later_or_slower_is_never_earlier(speed: float, slower: float, later: float, work: float) -> None:
    speeds = np.linspace(0, speed, len(CALENDAR.edges))[:, None]

    def finish(factor: float, shift: float) -> float:
        start = np.array([START + 10 + shift])
        return float(
            runs.finish_day(CALENDAR.edges, CALENDAR.step_s, speeds * factor, start, np.array([work]))[0]
        )

    assert finish(slower, 0) >= finish(1, 0) - 1e-6
    assert finish(1, later) >= finish(1, 0) - 1e-6


DELAYS = [
    "sites.ohio.delay", "sites.ohio.ramp.second.delay", "deliveries.slow-2025.delay", "deliveries.fast-2026.delay",
    "models.apple.start_delay", "models.berry.start_delay", "models.apple.milestones.tuning.takes",
    "models.apple.milestones.testing.takes", "people.leaves.delay", "people.turn.delay", "models.apple.gate.rework",
    "models.berry.gate.rework", "models.apple.reliability.restart", "models.apple.reliability.checkpoint",
]  # fmt: skip


@pytest.mark.parametrize("path", DELAYS)
@pytest.mark.parametrize("model", ["apple", "berry"])
def test_longer_delays_never_release_a_model_earlier(path: str, model: str) -> None:
    """In every sample, hence no claim about a date becomes more likely."""
    edits = {
        "sites.ohio.ramp.first.adds": "20 MW",
        "finances.budget.2026": "2 G USD",
        "deliveries.fast-2026.delay": "0 d",
    }
    days = [day(outlook(edits | {path: f"{days} d"}), model) for days in (1, 10, 50, 250)]
    assert all(np.all(later >= earlier - 1e-6) for earlier, later in pairwise(days))


def test_every_delay_but_those_elsewhere_moves_the_release() -> None:
    reached = [
        path for path in DELAYS if np.any(day(outlook({path: "250 d"})) > day(outlook({path: "1 d"})) + 1)
    ]
    assert {"deliveries.slow-2025.delay", "models.apple.start_delay", "people.leaves.delay", "models.apple.gate.rework",
            "models.apple.milestones.tuning.takes", "sites.ohio.delay"} <= set(reached)  # fmt: skip
    assert not {path for path in reached if "berry" in path}


@pytest.mark.parametrize("model", ["apple", "berry"])
@pytest.mark.parametrize("changes", [Changes(money=1.3), Changes(money=5), Changes(power=1.3), Changes(power=5), Changes(chips=1.3),
                                     Changes(chips=5), Changes(site_days=50), Changes(run_days=40), Changes(stage_days=30)])  # fmt: skip
def test_more_money_power_chips_or_time_never_releases_a_model_later(model: str, changes: Changes) -> None:
    edits = {
        "sites.ohio.ramp.first.adds": "12 MW",
        "finances.budget.2026": "1 G USD",
        "deliveries.fast-2026.delay": "0 d",
    }
    assert np.all(day(outlook(edits, changes=changes), model) <= day(outlook(edits), model) + 1e-6)


@pytest.mark.parametrize("what", ["delays", "people", "failures", "gate"])
def test_what_is_ignored_no_longer_costs_time(what: str) -> None:
    base = {"models.apple.start_delay": "30 d", "people.leaves.delay": "20 d", "models.apple.gate.lead": 9}
    assert np.all(day(outlook(base, changes=Changes(ignore=frozenset({what})))) < day(outlook(base)))


def test_runs_of_a_team_at_a_site_follow_each_other() -> None:
    found = outlook({"models.berry.start": "2026-02-01"})
    assert runs.queue(found.scene, "apple") == []
    assert runs.queue(found.scene, "berry") == ["apple"]
    assert np.all(found.training("berry").start_day >= found.training("apple").end_day)


def test_a_directive_turns_the_queue_and_another_site_or_team_leaves_it() -> None:
    order = {"date": "2025-07-01", "priorities": {"berry": 1, "apple": 2}}
    assert runs.queue(outlook({"lab.directives": {"order": order}}, samples=1).scene, "apple") == ["berry"]
    late = order | {"date": "2027-07-01"}  # when every run of the queue is due to have begun
    assert runs.queue(outlook({"lab.directives": {"order": late}}, samples=1).scene, "apple") == []
    for edits in ({"models.berry.team": "vision"}, {"models.berry.site": "utah"}):
        assert runs.queue(outlook(edits, samples=1).scene, "berry") == []
    moved = outlook(samples=1, changes=Changes(run_sites=(("berry", "utah"),)))
    assert (runs.site_of(moved.scene, "berry"), runs.queue(moved.scene, "berry")) == ("utah", [])


def test_stages_follow_pretraining_in_the_order_of_the_file() -> None:
    found = outlook(ALONE, samples=2)
    ends = runs.stages(found.scene, "apple", np.array([100.0, 200.0]))
    assert {name: list(end) for name, end in ends.items()} == {"tuning": [120, 220], "testing": [130, 230]}
    shorter = outlook(ALONE, samples=2, changes=Changes(stage_days=25, hindsight=True))
    ends = runs.stages(shorter.scene, "apple", np.array([100.0, 200.0]))
    assert {name: list(end) for name, end in ends.items()} == {"tuning": [100, 200], "testing": [105, 205]}


def test_people_delay_the_models_they_move_and_may_not_happen() -> None:
    people = {
        "sure": {"date": "2026-01-01", "kind": "departure", "moves": ["apple"], "delay": "10 d"},
        "perhaps": {
            "date": "2026-01-01",
            "kind": "direction",
            "moves": ["apple"],
            "delay": "30 d",
            "probability": "40 %",
        },
        "elsewhere": {"date": "2026-01-01", "kind": "departure", "moves": ["elder"], "delay": "500 d"},
    }
    ready = np.full(1000, to_day(date(2026, 3, 1)))
    days = (
        runs.after_people(outlook({"people": people}, samples=1000).scene, "apple", ready, ready - 50) - ready
    )
    assert set(np.unique(np.round(days, 9))) == {10.0, 40.0}
    assert np.mean(days > 20) == pytest.approx(0.4, abs=0.06)


@given(ready=st.floats(-90, 90), later=st.floats(0, 60), delay=st.integers(-60, 60))
def test_an_event_moves_what_is_still_to_come_and_never_turns_the_order(
    ready: float, later: float, delay: int
) -> None:
    event = {"date": "2026-03-01", "kind": "direction", "moves": ["apple"], "delay": f"{delay} d"}
    scene, on = outlook({"people": {"event": event}}, samples=1).scene, to_day(date(2026, 3, 1))
    early, late = (
        float(runs.after_people(scene, "apple", np.array([on + day]), np.array([on - 100]))[0])
        for day in (ready, ready + later)
    )
    assert early <= late
    if on + ready <= on:
        assert early == on + ready
    else:
        assert early == pytest.approx(max(on + ready + delay, on))


def test_the_lead_is_compute_progress_and_execution() -> None:
    edits = {"models.apple.compute": "2.0e25 FLOP", "models.apple.gate.execution": 0.25, "models.apple.gate.halving": "302 d",
             "models.apple.start": "2026-02-01"}  # fmt: skip
    lead = gate.lead(
        outlook(edits, samples=2).scene, "apple"
    )  # 302 days after the elder, at 10 times its compute
    assert np.allclose(lead, 1.0 + np.log10(2) + 0.25)
    engine = {
        "stake_price": "1 USD",
        "stake_share": "49 %",
        "labels": "1 M labels",
        "price": "1 USD/label",
        "quality": "80 %",
    }
    assert np.allclose(
        gate.lead(outlook(edits | {"data_engine": engine | {"gain": 0.1}}, samples=2).scene, "apple") - lead,
        0.1,
    )


def test_progress_over_a_predecessor_that_is_to_come_counts_from_its_start() -> None:
    edits = {"models.berry.gate.predecessor": "apple", "models.berry.gate.execution": 0, "models.berry.gate.halving": "59 d",
             "models.apple.start": "2026-02-01", "models.berry.start": "2026-04-01", "models.berry.compute": "1.0e25 FLOP"}  # fmt: skip
    assert np.allclose(gate.lead(outlook(edits, samples=2).scene, "berry"), np.log10(2))


def test_a_failed_gate_costs_its_rework_and_a_passed_one_nothing() -> None:
    gate = {"predecessor": "elder", "execution": 0, "halving": "9 mo", "rework": "77 d"}
    easy, hard = (
        day(outlook(ALONE | {"models.apple.gate": gate | {"lead": lead}}, samples=2)) for lead in (-9, 99)
    )
    assert np.allclose(hard - easy, 77)


def test_goodput_falls_with_failures_and_costs_time() -> None:
    rate = {"checkpoint": "1 min", "restart": "20 min"}
    found = [outlook(ALONE | {"models.apple.reliability": rate | {"node_failures": f"{each} failure/node/d"}}, samples=2)
             for each in (0, 0.001, 0.01, 0.1)]  # fmt: skip
    goodput = [float(goodput_of(each)[0]) for each in found]
    assert goodput[0] == 1.0
    assert goodput == sorted(goodput, reverse=True)
    assert np.all(np.diff([day(each)[0] for each in found]) > 0)
    assert day(found[1])[0] - to_day(date(2026, 2, 1)) == pytest.approx(30 + 100 / goodput[1], rel=2e-5)


def test_a_model_that_is_out_is_out() -> None:
    found = outlook(samples=2)
    assert np.allclose(day(found, "elder"), to_day(date(2025, 4, 5)))
    assert runs.planned(found.scene) == ["apple", "berry"]


def test_a_model_that_is_not_out_by_the_date_of_the_programme_comes_later() -> None:
    """However early all would be done: nobody has seen it yet."""
    early = {"models.apple.start": "2025-01-15", "models.apple.compute": "1.0e20 FLOP"}
    found = outlook(ALONE | early, samples=3)
    assert np.all(found.training("apple").end_day + 30 < to_day(date(2025, 12, 31)))
    assert np.all(day(found) == to_day(date(2026, 1, 1)))


def test_the_run_of_a_model_that_is_out_is_over_and_keeps_nobody_waiting() -> None:
    out = {
        "start": "2025-02-01",
        "released": "2025-06-30",
        "milestones": {"tuning": {"takes": "900 d"}},
        "compute": "1.0e27 FLOP",
    }
    found = outlook({"models.apple": small.BASE["models"]["apple"] | out}, samples=3)
    assert runs.queue(found.scene, "berry") == ["apple"]
    last = to_day(date(2025, 6, 30))
    assert np.all(found.training("apple").end_day == last)
    assert np.all(runs.stages(found.scene, "apple", found.training("apple").end_day)["tuning"] == last)
    assert np.all(found.training("berry").start_day < np.inf)


def test_compute_of_an_architecture_is_flops_times_tokens() -> None:
    shape = {
        "kind": "language",
        "layers": 32,
        "hidden": 4096,
        "heads": 32,
        "kv_heads": 8,
        "ffn": 14336,
        "vocabulary": 128256,
    }
    edits = {"models.apple.compute": DROP, "models.apple.architecture": shape, "models.apple.tokens": "15 T tokens",
             "models.apple.recipe.sequence": "8192 tokens"}  # fmt: skip
    found = work.compute_flop(outlook(edits, samples=2).scene, "apple")
    assert np.all(
        (found > 6 * 8.0e9 * 15e12) & (found < 1.3 * 6 * 8.1e9 * 15e12)
    )  # 8.03 G parameters, and attention


def test_compute_nobody_can_know_is_not_a_number() -> None:
    assert np.all(
        np.isnan(work.compute_flop(outlook({"models.idea": {"title": "An idea"}}, samples=2).scene, "idea"))
    )


@given(st.integers(0, 5))
def test_start_delays_are_drawn_and_ignored_with_all_delays(seed: int) -> None:
    edits = {"models.apple.start_delay": assumed("20 d", "10 d", "40 d")}
    late, on_time = (outlook(edits, samples=20, seed=seed, changes=Changes(ignore=frozenset(what)))
                     for what in ((), ("delays",)))  # fmt: skip
    drawn = late.scene.draws("models.apple.start_delay") / DAY_S
    assert np.allclose(late.training("apple").start_day - on_time.training("apple").start_day, drawn)


def test_the_fastest_chips_are_taken_first_in_every_sample() -> None:
    """Sources differ on GB200, so that it is the faster in some samples; more of either never slows a run."""
    edits = ALONE | {
        "deliveries.fast-2026": {"chip": "gb300", "site": "ohio", "count": "8 k chips", "start": "2025-01-01", "end": "2025-01-01"},
        "deliveries.slow-2025": {"chip": "gb200", "site": "ohio", "count": "8 k chips", "start": "2025-01-01", "end": "2025-01-01"},
        "models.apple.recipe.precision": "fp8",
    }  # fmt: skip
    found = outlook(edits, samples=200)
    all_days = day(found)
    peaks = [found.scene.draws(f"fact:chip.{chip}.fp8") for chip in ("gb300", "gb200")]
    for name in ("fast-2026", "slow-2025"):
        assert np.all(
            day(outlook(edits | {f"deliveries.{name}.count": "12 k chips"}, samples=200)) <= all_days + 1e-6
        )
    assert 0 < np.mean(peaks[0] < peaks[1]) < 1
