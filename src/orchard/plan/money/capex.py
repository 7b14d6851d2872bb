"""Capital expenditure: reported where it is history, else the budget of its year."""

from __future__ import annotations

from datetime import timedelta

import numpy as np

from orchard.plan.calendar import Array, read_period
from orchard.plan.money.reported import reported
from orchard.plan.scene import Scene


def capex_usd(scene: Scene) -> Array:
    """Capital expenditure by quarter [Q, S], finance leases included.

    A quarter that is reported is taken as reported; the rest of its year is spread over the others, by the
    weights of their seasons. A larger budget is spent in the quarters that are still to end.
    """
    quarters = scene.calendar.quarters
    total = np.zeros((len(quarters), scene.draws.size))
    years = sorted({quarter[:4] for quarter in quarters})
    for year in years:
        names = [f"{year}-Q{number}" for number in range(1, 5)]
        known = {name: reported(scene, name, "capex") for name in names}
        budget = scene.draws(f"finances.budget.{year}")
        spent = sum((value for value in known.values() if value is not None), np.zeros(scene.draws.size))
        weights = {name: scene.draws(f"finances.seasons.{name[-2:]}", default=1.0) for name in names}
        left = sum((weights[name] for name in names if known[name] is None), np.zeros(scene.draws.size))
        for name in names:
            value = known[name]
            if value is None:
                to_come = scene.to_come(read_period(name).end - timedelta(days=1))
                rest = np.maximum(budget * (scene.changes.money if to_come else 1.0) - spent, 0.0)
                value = rest * weights[name] / np.maximum(left, weights[name])
                if not to_come and scene.changes.money != 1:
                    spent, left = spent + value, left - weights[name]
            if name in quarters:
                total[quarters.index(name)] = value
    return total
