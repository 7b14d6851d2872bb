"""Fleets and jobs of programmes: what stands, what runs, and many seeds that go on after being killed."""

from __future__ import annotations

import datetime as dt
import json
import signal
import threading
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from orchard.catalogue import catalogue
from orchard.errors import LimitError, OrchardError
from orchard.estimate.goodput.classes import CAUSES
from orchard.simulate.fleet import batches
from orchard.simulate.fleet.answer import answer
from orchard.simulate.fleet.mix import LEAST_JOBS, Makes, mean_detection_s, stops_per_s, trains
from orchard.simulate.fleet.outcome import _interruptibly, digest
from orchard.simulate.fleet.programme import Fleet, fleet
from orchard.simulate.fleet.scenario import MOST_FAILURES, Scenario, scenario
from orchard.simulate.fleet.traces import FILES, write_traces
from orchard.spec.load import load
from orchard.spec.programme import Programme

from .small import DAY_S


@pytest.fixture(scope="module")
def meta(root: Path) -> Programme:
    return load(root / "programmes" / "meta-superintelligence.yaml")


@pytest.fixture(scope="module")
def laptop(root: Path) -> Programme:
    return load(root / "programmes" / "laptop.yaml")


@pytest.fixture(scope="module")
def small(meta: Programme) -> Scenario:
    return scenario(fleet(meta, catalogue(), gpus=20_000), 20 * DAY_S)


def _quiet(what: str, share: float) -> None:
    assert 0.0 <= share <= 1.0, what


def test_the_fleet_is_what_the_programme_delivered(meta: Programme) -> None:
    made = fleet(meta, catalogue())
    assert made.day == dt.date(2025, 12, 31)
    assert 1.2e6 < made.chips < 1.5e6
    assert {pool.chip for pool in made.pools} >= {"h100", "gb200", "mi300x"}
    assert not any(pool.chip.startswith("mtia") for pool in made.pools)  # no GPUs
    assert {pool.racks for pool in made.pools if pool.chip == "gb200"} == {True}
    later = fleet(meta, catalogue(), dt.date(2028, 12, 31))
    assert later.chips > 1.5 * made.chips


def test_a_fleet_is_scaled(meta: Programme) -> None:
    for gpus in (1_300_000, 20_000):
        assert fleet(meta, catalogue(), gpus=gpus).chips == pytest.approx(gpus, rel=0.002)


def test_a_laptop_is_a_fleet_of_one_node(laptop: Programme) -> None:
    made = fleet(laptop, catalogue())
    assert [(pool.nodes, pool.chips_per_node) for pool in made.pools] == [(1, 2)]
    found = answer(scenario(made, 30 * DAY_S), scenario(made, 30 * DAY_S).outcome(0), 0)
    assert found["jobs"] >= 2
    assert found["by_job"][0]["name"] == "avocado"


def test_before_the_first_chip_there_is_no_fleet(meta: Programme) -> None:
    with pytest.raises(OrchardError) as raised:
        fleet(meta, catalogue(), dt.date(2024, 1, 1))
    (finding,) = raised.value.findings
    assert finding.code == "O860"
    first = dt.date.fromisoformat(finding.hint.removeprefix("--date "))
    assert f"from {first}" in finding.wanted
    assert fleet(meta, catalogue(), first).chips >= 1
    with pytest.raises(OrchardError):
        fleet(meta, catalogue(), first - dt.timedelta(days=1))


def test_after_the_horizon_there_is_no_fleet(meta: Programme) -> None:
    last = meta.horizon.end
    assert fleet(meta, catalogue(), last).chips > 1e6
    with pytest.raises(OrchardError) as raised:
        fleet(meta, catalogue(), last + dt.timedelta(days=1))
    (finding,) = raised.value.findings
    assert finding.code == "O860"
    assert f"to {last}, the last of the horizon" in finding.wanted


def test_too_much_is_refused(meta: Programme) -> None:
    with pytest.raises(LimitError) as raised:
        scenario(fleet(meta, catalogue(), gpus=40_000_000), 3600 * DAY_S)
    assert raised.value.findings[0].code == "O862"


def test_there_are_jobs_enough_and_they_fit(small: Scenario, meta: Programme, laptop: Programme) -> None:
    for made in (small, scenario(fleet(laptop, catalogue()), DAY_S)):
        found = made.outcome(0)
        lines = [job for job in found.jobs if job.after < 0]
        assert len(lines) >= LEAST_JOBS
        assert all(job.nodes <= trains(found.pools[job.pool]) for job in found.jobs)
    named = {job.name: job for job in small.outcome(0).jobs}
    assert named["mango"].team == meta.models["mango"].team
    assert all(
        named["mango"].priority < job.priority for job in named.values() if job.name.startswith("fair")
    )


def test_a_run_that_is_over_by_the_first_day_is_none(meta: Programme) -> None:
    early: Fleet = fleet(meta, catalogue(), dt.date(2025, 10, 1), 1_000_000)
    runs = [job.name for job in scenario(early, DAY_S).outcome(0).jobs]
    assert "avocado" in runs
    late: Fleet = fleet(meta, catalogue(), dt.date(2027, 1, 1), 1_000_000)
    runs = [job.name for job in scenario(late, DAY_S).outcome(0).jobs]
    assert "avocado" not in runs


def test_the_answer_adds_up(small: Scenario) -> None:
    outcome = small.outcome(3)
    found = answer(small, outcome, 3)
    json.dumps(found, allow_nan=False)
    assert found["failures"] == sum(one["failures"] for one in found["by_class"])
    assert found["failures"] == sum(map(sum, found["by_day"].values()))
    assert len(found["power_w"]) == 20 * 24
    sites = np.sum([one["power_w"] for one in found["by_site"]], axis=0)
    assert np.allclose(sites, found["power_w"])
    assert found["energy_j"] == pytest.approx(sum(found["power_w"]) * 3600.0)
    assert sum(found["shares"].values()) == pytest.approx(1.0)
    assert sum(found["chips"].values()) == pytest.approx(found["gpus"])
    assert found["goodput"] == found["shares"]["useful"]
    assert found["jobs"] == sum(one["begun_s"] is not None for one in found["by_job"])


def test_tolerance_helps_and_copies_help(meta: Programme) -> None:
    made = fleet(meta, catalogue(), gpus=400_000)
    plain = answer(scenario(made, 10 * DAY_S), scenario(made, 10 * DAY_S).outcome(0), 0)["goodput"]
    for tolerance, copies in (("replica", False), ("none", True)):
        asked = scenario(made, 10 * DAY_S, tolerance, copies)
        assert answer(asked, asked.outcome(0), 0)["goodput"] > plain + 0.005


def test_seeds_go_on_where_they_were_killed(
    small: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "SEEDS_OF_A_BATCH", 2)
    whole = batches.many(small, 5, 7, None, _quiet)
    made = []
    real = batches.figures

    def killed(asked: Scenario, seed: int) -> dict[str, object]:
        if seed >= 9:
            raise KeyboardInterrupt
        made.append(seed)
        return real(asked, seed)

    monkeypatch.setattr(batches, "figures", killed)
    with pytest.raises(KeyboardInterrupt):
        batches.many(small, 5, 7, tmp_path, _quiet)
    kept = sorted(path.name for path in tmp_path.rglob("seeds-*.json"))
    assert "seeds-000005-002.json" in kept
    assert len(kept) < 4
    monkeypatch.setattr(batches, "figures", real)
    assert batches.many(small, 5, 7, tmp_path, _quiet) == whole
    assert [one["seed"] for one in whole] == list(range(5, 12))
    assert whole[0]["digest"] == digest(small.outcome(5))


def test_whoever_stops_waits_for_seeds_and_not_for_batches(
    small: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two batches run side by side; one is interrupted, and the other ends after the seed that it is at."""
    stop, begun, made = threading.Event(), threading.Event(), []

    def worked_out(_: Scenario, seed: int) -> dict[str, object]:
        if seed < 20:
            assert begun.wait(10.0)
            raise KeyboardInterrupt
        made.append(seed)
        begun.set()
        assert stop.wait(10.0)
        return {}

    monkeypatch.setattr(batches, "Event", lambda: stop)
    monkeypatch.setattr(batches, "figures", worked_out)
    with pytest.raises(KeyboardInterrupt):
        batches.many(small, 0, 60, tmp_path, _quiet)
    assert made == [20]
    assert list(tmp_path.rglob("seeds-*.json")) == []


def test_rates_drawn_for_each_seed_widen_the_spread(small: Scenario) -> None:
    asked = small._replace(rates="drawn")
    drawn = batches.spread(batches.many(asked, 0, 40, None, _quiet))
    median = batches.spread(batches.many(small, 0, 40, None, _quiet))
    for name in ("failures", "goodput"):
        low, middle, high = median[name]
        assert drawn[name][0] < low < middle < high
        assert drawn[name][2] - drawn[name][0] > 3.0 * (high - low)
    assert drawn["digest"] == batches.spread(batches.many(asked, 0, 40, None, _quiet))["digest"]


def test_rates_that_are_drawn_are_told_and_leave_the_median_alone(small: Scenario, tmp_path: Path) -> None:
    asked = small._replace(rates="drawn")
    found, plain = answer(asked, asked.outcome(7), 7), answer(small, small.outcome(7), 7)
    assert (found["rates"], plain["rates"]) == ("drawn", "median")
    assert {one["rate_over_median"] for one in plain["by_class"]} == {1.0}
    over = {one["class"]: one["rate_over_median"] for one in found["by_class"]}
    assert len({round(over[name], 9) for name in CAUSES}) == 1
    assert len({round(factor, 9) for factor in over.values()}) == 7  # maintenance has no spread
    batches.many(small, 7, 1, tmp_path, _quiet)
    (kept,) = batches.many(asked, 7, 1, tmp_path, _quiet)
    assert kept["digest"] == found["digest"] != plain["digest"]
    assert batches.many(asked, 7, 1, tmp_path, _quiet) == [kept]


def test_drawn_rates_have_the_quantiles_of_the_facts(small: Scenario) -> None:
    rates = np.array([small._replace(rates="drawn").classes_of(seed).rate_per_s[1] for seed in range(2000)])
    for place, quantile in enumerate((0.1, 0.5, 0.9)):
        below = (rates <= small.classes.rate_per_s[place]).mean(axis=0)[:-1]
        assert np.abs(below - quantile).max() < 0.04


def test_rates_too_high_to_be_held_are_refused(small: Scenario) -> None:
    """At the median this many failures can be held, and not at the rates of every seed."""
    seeds = range(50)
    worst = max(seeds, key=lambda seed: small._replace(rates="drawn").classes_of(seed).rate_per_s[1, 0])
    years = small._replace(seconds=small.seconds * 30_000, rates="drawn", jobs=())
    assert stops_per_s(years.classes, years.fleet.chips) * years.seconds < MOST_FAILURES
    with pytest.raises(LimitError) as raised:
        years.outcome(worst)
    assert raised.value.findings[0].code == "O862"


def test_a_spoilt_batch_is_worked_out_anew(small: Scenario, tmp_path: Path) -> None:
    whole = batches.many(small, 0, 2, tmp_path, _quiet)
    path = next(tmp_path.rglob("seeds-*.json"))
    path.write_text(path.read_text("utf-8")[:50], encoding="utf-8")
    assert batches.many(small, 0, 2, tmp_path, _quiet) == whole


def test_another_scenario_has_its_own_folder(small: Scenario, tmp_path: Path) -> None:
    batches.many(small, 0, 1, tmp_path, _quiet)
    batches.many(small._replace(seconds=21 * DAY_S), 0, 1, tmp_path, _quiet)
    assert len(list(tmp_path.iterdir())) == 2


def test_traces_hold_everything(small: Scenario, tmp_path: Path) -> None:
    outcome = small.outcome(1)
    found = answer(small, outcome, 1)
    assert [path.name for path in write_traces(small, outcome, tmp_path / "made")] == list(FILES)
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == sorted(FILES)
    failures = pq.read_table(tmp_path / "made" / "failures.parquet").to_pydict()
    assert len(failures["time_s"]) == found["failures"]
    assert failures["time_s"] == sorted(failures["time_s"])
    stopped = [name for name in failures["stopped"] if name not in ("free node", "serving node")]
    assert len(stopped) == sum(one["stopped_jobs"] for one in found["by_class"])
    jobs = pq.read_table(tmp_path / "made" / "jobs.parquet").to_pydict()
    assert set(jobs["ended_by"]) <= {"", "preempted", "nodes came", *small.classes.names}
    power = pq.read_table(tmp_path / "made" / "power.parquet").to_pydict()
    assert sum(power["power_w"]) * 3600.0 == pytest.approx(found["energy_j"])
    held = np.array(jobs["chips"]) * (np.array(jobs["to_s"]) - np.array(jobs["from_s"]))
    trains_s = held[[state == "running" for state in jobs["state"]]].sum()
    assert trains_s == pytest.approx(sum(power["training_chips"]) * 3600.0, rel=1e-6)


def test_a_folder_that_cannot_be_is_told(small: Scenario, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OrchardError) as raised:
        write_traces(small, small.outcome(1), tmp_path / "file" / "below")
    assert raised.value.findings[0].code == "O701"


def test_runs_recover_as_the_programme_says(meta: Programme) -> None:
    """What a file calls restart counts from the failure: with detection it takes as long, and no longer."""
    own = meta.models["mango"].reliability
    assert own is not None
    for gpus in (100_000, 1_300_000):
        made = scenario(fleet(meta, catalogue(), gpus=gpus), DAY_S)
        run = next(job for job in made.outcome(0).jobs if job.name == "mango")
        assert run.restart_s + mean_detection_s(made.classes) == pytest.approx(600.0)
        quota = meta.lab.teams["media"].quota.value or 0.0
        share = made.fleet.read(meta.lab.share, 1.0) * quota
        pool = made.pools[run.pool]
        assert run.nodes <= max(round(share * pool.nodes), 1)


def test_runs_are_built_as_the_programme_says(meta: Programme) -> None:
    mango = meta.models["mango"]
    assert mango.reliability is not None
    built = mango.model_copy(
        update={"reliability": mango.reliability.model_copy(update={"fault_tolerance": "replica"})}
    )
    other = meta.model_copy(update={"models": meta.models | {"mango": built}})
    found = scenario(fleet(other, catalogue(), gpus=1_300_000), DAY_S).outcome(0)
    kinds = {job.name: job.fault_tolerance for job in found.jobs}
    assert kinds.pop("mango") == "replica"
    assert set(kinds.values()) == {"none"}


def test_no_checkpoint_begins_before_the_last_is_saved(meta: Programme) -> None:
    made = scenario(fleet(meta, catalogue(), gpus=1_300_000), DAY_S)
    makes = Makes(made.fleet, made.classes, "none", copies=False)
    huge = makes.job("j", "t", 0, 10_000_000, 1.0)
    assert huge.interval_s == pytest.approx(huge.save_s - huge.block_s)


def test_compiled_work_can_be_interrupted() -> None:
    """Work that hears no signal, as compiled code, is left behind."""
    ended = threading.Event()
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # test workers may ignore it
    try:
        threading.Timer(0.05, signal.pthread_kill, [threading.main_thread().ident, signal.SIGINT]).start()
        with pytest.raises(KeyboardInterrupt):
            _interruptibly(ended.wait, 30.0)
    finally:
        ended.set()
        signal.signal(signal.SIGINT, before)
    with pytest.raises(ZeroDivisionError):
        _interruptibly(lambda: 1 // 0)
