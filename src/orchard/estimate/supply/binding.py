"""What binds a supply: the limits that are reached, and what one more unit of each would save."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from orchard import units
from orchard.estimate.supply.case import Case, Source
from orchard.estimate.supply.program import KUSD, MW, MWH, TONNE
from orchard.estimate.supply.solve import Solution

_HOUR_S = units.factor("h")
# What limits are written in, and the least that one of these must save a year, in USD.
_WRITTEN = {"W": "MW", "kg": "t", "s": "h", "J": "MWh"}
_LEAST = 0.01


class Binding(NamedTuple):
    """A limit that is reached. `saves_usd` is what one more `unit` of it would save in a year.

    `kind` is ``capacity``, ``carbon``, ``paused``, ``unserved`` or ``firm``; `limit` is in coherent units.
    """

    kind: str
    name: str
    limit: float
    unit: str
    saves_usd: float


def bindings(case: Case, found: Solution) -> tuple[Binding, ...]:
    """Every limit that binds, the dearest first: by what a tenth of it more would save."""
    known = [one for one in _all(case, found) if one.saves_usd * units.factor(_WRITTEN[one.unit]) > _LEAST]
    return tuple(sorted(known, key=lambda one: -one.saves_usd * _size(case, one)))


def _size(case: Case, one: Binding) -> float:
    """A limit, or the mean load where that is larger, so that limits of several kinds compare."""
    return max(one.limit, float(case.load_w.mean()) if one.unit == "W" else 0.0)


def _all(case: Case, found: Solution) -> Iterator[Binding]:
    for one in case.plants:
        room = one.most_w - one.existing_w
        if np.isfinite(one.most_w) and found.single(f"new {one.name}") * MW >= room - 1.0:
            price = -found.bound_price(f"new {one.name}") * KUSD / MW
            if isinstance(one, Source) and room <= 0:
                price += _of_output(case, one, found)
            yield Binding("capacity", one.name, one.most_w, "W", price)
    rows = {name: float(found.row_prices[row]) * KUSD for name, row in found.layout.rows.items()}
    if "carbon" in rows:
        yield Binding("carbon", "carbon", case.carbon_most_kg, "kg", -rows["carbon"] / TONNE)
    if "paused" in rows and case.pausing is not None:
        hour_mwh = case.pausing.share * float(case.load_w.mean()) / MW
        price = -rows["paused"] * hour_mwh / _HOUR_S
        yield Binding("paused", "pauses", case.pausing.hours * _HOUR_S, "s", price)
    if "unserved" in rows:
        limit = case.unserved_share * case.energy_j
        yield Binding("unserved", "unserved energy", limit, "J", -rows["unserved"] / MWH)
    if "firm" in rows:
        yield Binding("firm", "firm capacity", case.firm_w, "W", rows["firm"] / MW)


def _of_output(case: Case, source: Source, found: Solution) -> float:
    """What a watt more of a source that cannot be built would save: its outputs have bounds, not rows."""
    prices = found.bound_prices[found.layout.column(f"output {source.name}")]
    saved = np.maximum(-prices, 0.0) * np.asarray(source.available)
    return float(saved.sum()) * KUSD / MW
