"""What came of a simulation, as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np

from orchard import units
from orchard.catalogue import Catalogue
from orchard.catalogue.show import value_text
from orchard.simulate.fleet import tables as at
from orchard.simulate.fleet.outcome import Outcome, digest
from orchard.simulate.fleet.power import Hours, hours
from orchard.simulate.fleet.rates import factors
from orchard.simulate.fleet.scenario import Scenario

# Facts that are used, by the beginning of their ids, and by their whole ids.
_FAMILIES = (
    "fleet.", "reliability.class.", "reliability.blast.", "reliability.node_failures.",
    "reliability.llama3.cause.",
)  # fmt: skip
_FACTS = (
    "reliability.spares", "reliability.job_failures", "reliability.block", "reliability.save",
    "reliability.load", "reliability.restart.current", "reliability.replica.chips",
    "reliability.replica.stall",
    "power.node.training-fraction", "power.draw.serving", "power.draw.idle", "power.draw.checkpoint",
)  # fmt: skip
PARTS = ("useful", "lost", "checkpoint", "restart", "waiting", "queued")
ACTIVITIES = ("training", "restart", "spare", "serving", "repair", "idle")
_DAY_S = units.factor("d")
STATES = ("never submitted", "queued", "starting", "running", "waiting", "done")


def answer(scenario: Scenario, outcome: Outcome, seed: int) -> dict[str, Any]:
    """Everything about one outcome, ready for JSON; times in seconds, power in W, money nowhere."""
    each = hours(outcome, scenario.fleet.known)
    parts = job_parts(outcome)
    return {
        "date": scenario.fleet.day.isoformat(),
        "programme": scenario.fleet.programme.title,
        "fault_tolerance": scenario.tolerance,
        "copies": scenario.copies,
        "rates": None if scenario.faults is not None else scenario.rates,
        "gpus": scenario.fleet.chips,
        "seconds": outcome.seconds,
        "seed": seed,
        "failures": len(outcome.failures),
        "jobs": int((outcome.times[:, at.BEGUN] >= 0.0).sum()),
        "goodput": goodput(parts),
        "energy_j": float((each.facility_w.sum(axis=1) * each.seconds).sum()),
        "shares": _shares(parts),
        "chips": _chips(each),
        "by_class": _classes(scenario, outcome, seed),
        "by_day": _days(scenario, outcome),
        "by_job": _jobs(outcome),
        "by_site": _sites(outcome, each),
        "power_w": _watts(each.facility_w.sum(axis=1)),
        "it_power_w": _watts(each.it_w.sum(axis=1)),
        "facts": facts(scenario.fleet.known),
        "events": outcome.events,
        "digest": digest(outcome),
    }


def facts(known: Catalogue) -> list[dict[str, str]]:
    """The facts behind a simulation, as known at the programme's date."""
    return [
        {"id": fact.id, "value": value_text(fact), "kind": fact.kind, "source": fact.source}
        for fact in known.facts()
        if fact.id.startswith(_FAMILIES) or fact.id in _FACTS
    ]


def job_parts(outcome: Outcome) -> at.Real:
    """Chip-seconds of every job [J, 6] by PARTS."""
    chips = np.array([job.nodes * outcome.pools[job.pool].chips_per_node for job in outcome.jobs])
    spent = outcome.times[:, at.USEFUL : at.QUEUED_S + 1]
    return np.asarray(spent * chips.reshape(-1, 1))


def goodput(parts: at.Real) -> float | None:
    """Share of the time of the chips that jobs hold that goes into work that lasts; None without jobs.

    >>> goodput(np.array([[90.0, 4.0, 1.0, 5.0, 0.0, 300.0]]))
    0.9
    """
    held = parts[:, :5].sum()
    return float(parts[:, 0].sum() / held) if held > 0.0 else None


def _shares(parts: at.Real) -> dict[str, float]:
    """Shares of the time of the chips that jobs hold."""
    total = max(float(parts[:, :5].sum()), 1e-300)
    return {name: float(parts[:, place].sum()) / total for place, name in enumerate(PARTS[:5])}


def _chips(each: Hours) -> dict[str, float]:
    """Mean number of chips by what they do."""
    mean = (each.chips.sum(axis=1) * each.seconds[:, None]).sum(axis=0) / each.seconds.sum()
    return {name: float(mean[place]) for place, name in enumerate(ACTIVITIES)}


def _classes(scenario: Scenario, outcome: Outcome, seed: int) -> list[dict[str, Any]]:
    """Failures by class: how many, how many stopped a job, what they cost."""
    kinds, found = outcome.failures[:, at.KIND], []
    each = np.array([pool.chips_per_node for pool in outcome.pools])
    lost = outcome.costs[:, at.LOST_S] * each[pool_of(outcome)]
    over_median = factors(scenario.classes_of(seed), scenario.classes)
    for place, name in enumerate(scenario.classes.names):
        chosen = kinds == place
        found.append(
            {
                "class": name,
                "reach": scenario.classes.reach[place],
                "rate_over_median": None if scenario.faults is not None else float(over_median[place]),
                "failures": int(chosen.sum()),
                "stopped_jobs": int((outcome.failures[chosen, at.HIT] >= 0).sum()),
                "lost_chip_s": float(lost[chosen].sum()),
                "repair_s": _mean(outcome.costs[chosen, at.REPAIR]),
                "detect_s": _mean(outcome.costs[chosen, at.DETECT]),
            }
        )
    return found


def _days(scenario: Scenario, outcome: Outcome) -> dict[str, list[int]]:
    """Failures of every class that had any, day by day."""
    days = max(int(np.ceil(outcome.seconds / _DAY_S - 1e-9)), 1)
    day = np.minimum((outcome.costs[:, at.AT] // _DAY_S).astype(int), days - 1)
    found = {}
    for place, name in enumerate(scenario.classes.names):
        counts: list[int] = np.bincount(day[outcome.failures[:, at.KIND] == place], minlength=days).tolist()
        if any(counts):
            found[name] = counts
    return found


def pool_of(outcome: Outcome) -> at.Whole:
    """Pool [F] in which each failure struck."""
    first = np.cumsum([0, *(pool.nodes for pool in outcome.pools)])[:-1]
    by_node = np.searchsorted(first, outcome.failures[:, at.NODE], side="right") - 1
    jobs = np.array([job.pool for job in outcome.jobs] or [0])
    of_job = outcome.failures[:, at.OF_CHAIN]
    return np.asarray(np.where(of_job >= 0, jobs[np.maximum(of_job, 0)], by_node))


def _mean(values: at.Real) -> float | None:
    return float(values.mean()) if len(values) else None


def _jobs(outcome: Outcome) -> list[dict[str, Any]]:
    """Every job that was submitted: where, how large, and its time by parts."""
    found = []
    for place, job in enumerate(outcome.jobs):
        row, times = outcome.rows[place], outcome.times[place]
        if row[at.STATE] == at.UNBORN:
            continue
        spent = times[at.USEFUL : at.QUEUED_S + 1].tolist()
        held = sum(spent[:5])
        found.append(
            {
                "name": job.name,
                "team": job.team,
                "line": outcome.jobs[row[at.CHAIN]].name,
                "pool": outcome.pools[job.pool].name,
                "chips": job.nodes * outcome.pools[job.pool].chips_per_node,
                "priority": job.priority,
                "state": STATES[row[at.STATE]],
                "begun_s": times[at.BEGUN] if times[at.BEGUN] >= 0.0 else None,
                "ended_s": times[at.ENDED] if times[at.ENDED] >= 0.0 else None,
                "stops": int(row[at.STOPS]),
                "starts": int(row[at.STARTS]),
                "interval_s": times[at.INTERVAL],
                "work_s": times[at.WORK] if np.isfinite(times[at.WORK]) else None,
                **{f"{name}_s": value for name, value in zip(PARTS, spent, strict=True)},
                "goodput": spent[0] / held if held > 0.0 else None,
            }
        )
    return found


def _sites(outcome: Outcome, each: Hours) -> list[dict[str, Any]]:
    """Chips and hourly facility power by site."""
    names = [pool.site for pool in outcome.pools]
    found = []
    for name in dict.fromkeys(names):
        chosen = [place for place, site in enumerate(names) if site == name]
        power = each.facility_w[:, chosen].sum(axis=1)
        found.append(
            {
                "site": name,
                "chips": sum(outcome.pools[place].chips for place in chosen),
                "energy_j": float((power * each.seconds).sum()),
                "power_w": _watts(power),
            }
        )
    return found


def _watts(power: at.Real) -> list[float]:
    """Power to the milliwatt: what a float that is read from JSON can hold of a gigawatt and more."""
    rounded: list[float] = np.round(power, 3).tolist()
    return rounded
