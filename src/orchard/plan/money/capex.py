"""Capital expenditure: reported where it is history, else the budget of its year."""

from __future__ import annotations

import numpy as np

from orchard.plan.calendar import Array
from orchard.plan.money.reported import reported
from orchard.plan.scene import Scene


def capex_usd(scene: Scene) -> Array:
    """Capital expenditure by quarter [Q, S], finance leases included.

    A quarter that is reported is taken as reported; the rest of its year is spread over the others, by the
    weights of their seasons.
    """
    quarters = scene.calendar.quarters
    total = np.zeros((len(quarters), scene.draws.size))
    years = sorted({quarter[:4] for quarter in quarters})
    for year in years:
        names = [f"{year}-Q{number}" for number in range(1, 5)]
        known = {name: reported(scene, name, "capex") for name in names}
        rest = scene.draws(f"finances.budget.{year}") * scene.changes.money
        rest = rest - sum(value for value in known.values() if value is not None)
        weights = {name: scene.draws(f"finances.seasons.{name[-2:]}", default=1.0) for name in names}
        left = sum((weights[name] for name in names if known[name] is None), np.zeros(scene.draws.size))
        for name in names:
            if name in quarters:
                value = known[name]
                share = np.maximum(rest, 0.0) * weights[name] / np.maximum(left, weights[name])
                total[quarters.index(name)] = share if value is None else value
    return total
