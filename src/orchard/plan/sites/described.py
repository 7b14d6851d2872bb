"""An energy supply as plain data: parts, months, a week, the load in order of size, what binds."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from orchard import units
from orchard.estimate.supply import HOURS_PER_YEAR, Infeasible, Supply
from orchard.plan.calendar import Array

_WEEK_H = 7 * 24
_MONTHS = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) * 24
_HOUR_S = units.factor("h")
_LEAST = 1e-6  # of the load, below which an output is rounding
_POINTS = 200  # of a curve that is drawn


def supplied(found: Supply) -> dict[str, Any]:
    """The cheapest supply. Money and energy are of a year."""
    case = found.case
    least = _LEAST * float(case.load_w.max())
    outputs = {**found.output_w, "paused": found.paused_w, "unserved": found.unserved_w}
    outputs = {name: watts for name, watts in outputs.items() if np.abs(watts).max() > least}
    week = _typical_week(case.load_w)
    return {
        "feasible": True,
        "cost_usd": found.cost_usd,
        "cost_usd_per_j": found.cost_usd_per_j,
        "carbon_kg": found.carbon_kg,
        "carbon_kg_per_j": found.carbon_kg / found.served_j,
        "served_j": found.served_j,
        "paused_j": float(found.paused_w.sum()) * case.step_year_s,
        "paused_usd": _gone_usd(found, "paused"),
        "unserved_j": float(found.unserved_w.sum()) * case.step_year_s,
        "unserved_usd": _gone_usd(found, "unserved"),
        "parts": [part._asdict() | {"cost_usd": part.cost_usd} for part in found.parts],
        "bindings": [binding._asdict() for binding in found.bindings],
        "price_usd_per_j": _spread(found.price_usd_per_j),
        "week": {"first_hour": week.start, "load_w": _rounded(case.load_w[week]),
                 "output_w": {name: _rounded(watts[week]) for name, watts in outputs.items()}},
        "months": {"energy_j": {name: _monthly(watts) for name, watts in outputs.items()},
                   "load_j": _monthly(case.load_w)},
        "duration": {"load_w": _ordered(case.load_w), "price_usd_per_j": _ordered(found.price_usd_per_j)},
    }  # fmt: skip


def infeasible(found: Infeasible) -> dict[str, Any]:
    """What would have to give, where nothing can supply the site."""
    return {"feasible": False, "relaxations": [one._asdict() for one in found.relaxations]}


def _gone_usd(found: Supply, what: str) -> float:
    case = found.case
    if what == "paused":
        price = case.pausing.usd_per_j if case.pausing else 0.0
        return float(found.paused_w.sum()) * case.step_year_s * price
    return float(found.unserved_w.sum()) * case.step_year_s * case.unserved_usd_per_j


def _typical_week(load_w: Array) -> slice:
    """Hours of the week whose load is nearest to that of the year, in mean and spread."""
    weeks = load_w[: HOURS_PER_YEAR // _WEEK_H * _WEEK_H].reshape(-1, _WEEK_H)
    away = np.abs(weeks.mean(axis=1) - load_w.mean()) + np.abs(weeks.std(axis=1) - load_w.std())
    first = int(np.argmin(away)) * _WEEK_H
    return slice(first, first + _WEEK_H)


def _monthly(watts: Array) -> list[float]:
    return [float(watts[first:last].sum()) * _HOUR_S for first, last in pairwise(_MONTHS)]


def _ordered(values: Array) -> list[float]:
    """The largest first, at so many places between."""
    ordered = np.sort(values)[::-1]
    return _rounded(ordered[np.linspace(0, len(ordered) - 1, _POINTS).astype(int)])


def _spread(values: Array) -> dict[str, float]:
    return {f"p{share}": float(np.percentile(values, share)) for share in (10, 50, 90)} | {
        "mean": float(values.mean())
    }


def _rounded(values: Array) -> list[float]:
    return [float(f"{value:.5g}") for value in values]
