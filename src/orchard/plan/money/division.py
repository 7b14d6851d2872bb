"""Capital by class, and the dates on which it counts: ordered, received, in service, written off.

What is budgeted is cash. Things are received some days before they are paid, and in service some time
after: racks at once, buildings when they are energised. Quarters reported before the horizon are taken in,
as what they bought may enter service within it. Beyond the horizon money goes on as in its last year: what is
ordered and received at its end is for then.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from orchard.estimate.cost import (
    CLASSES,
    Shares,
    capital_usd,
    committed_usd,
    depreciation_usd,
    moved_usd,
    run_off_usd,
)
from orchard.plan.calendar import DAY_S, DAYS_PER_QUARTER, Array, before
from orchard.plan.money.reported import amount, reported
from orchard.plan.scene import Scene

_QUARTER_S = DAYS_PER_QUARTER * DAY_S
_COMPUTING = CLASSES[:3]  # chips, servers, network


class Division:
    """Capital of a scene by class. Flows by quarter [Q, S]; `capex` is what is paid."""

    def __init__(self, scene: Scene, capex_usd: Array) -> None:
        self.scene, self.capex_usd = scene, capex_usd

    @cached_property
    def shares(self) -> Shares:
        """How the money for servers, and the rest, divide [S]."""
        shares = (self._of(name, f"capital.{name}", "1") for name in ("chips", "network", "power", "land"))
        chips, network, power, land = shares
        return Shares(chips, np.minimum(network, 1.0 - chips), power, np.minimum(land, 1.0 - power))

    @cached_property
    def paid(self) -> dict[str, Array]:
        """Capital expenditure by class."""
        return self._divided(self.capex_usd)

    @cached_property
    def committed_usd(self) -> Array:
        """What is ordered and not yet paid at the end of each quarter."""
        lead = self._of("order", "schedule.order", "s") / _QUARTER_S
        known = np.concatenate([self.capex_usd, self._beyond(lead)])
        return committed_usd(known, lead)[: self._length]

    @cached_property
    def received(self) -> dict[str, Array]:
        """What arrives, by class: before it is paid."""
        return {name: flow[self._past :][: self._length] for name, flow in self._received.items()}

    @cached_property
    def in_service(self) -> dict[str, Array]:
        """What enters service, by class; land at once."""
        return {name: flow[self._past :][: self._length] for name, flow in self._served.items()}

    @cached_property
    def under_way_before_usd(self) -> Array:
        """What is known to be received before the horizon and not yet in service when it begins [S]."""
        past = slice(0, self._past)
        total = [
            self._received[name][past].sum(axis=0) - self._served[name][past].sum(axis=0) for name in CLASSES
        ]
        found: Array = np.sum(total, axis=0)
        return found

    @cached_property
    def written_off(self) -> dict[str, Array]:
        """Depreciation by class, of what enters service within the horizon; land does not wear off."""
        found = {"land": np.zeros_like(self.capex_usd)}
        for name in CLASSES:
            if name != "land":
                life = self.life_steps(name)
                served = moved_usd(self.in_service[name], np.minimum(0.5, life - 1.0))
                found[name] = depreciation_usd(served, life)
        return found

    @cached_property
    def run_off(self) -> tuple[Array, Array]:
        """Depreciation of what was there: servers and network, and all else."""
        entry = self.scene.programme.finances.property
        if entry is None:
            return np.zeros_like(self.capex_usd), np.zeros_like(self.capex_usd)
        pace, servers_pace, net, servers, land = (
            self.scene.draws(f"finances.property.{name}")
            for name in ("depreciation", "servers_depreciation", "net", "servers", "land")
        )
        rest = np.maximum(net - servers - land - self.under_way_before_usd, 0.0)
        life, building = self.life_steps("servers"), self.life_steps("building")
        slow = np.maximum(pace - servers_pace, 0.0) * _QUARTER_S
        return (
            run_off_usd(servers, servers_pace * _QUARTER_S, life, self._length),
            run_off_usd(rest, slow, building, self._length),
        )

    def life_steps(self, name: str) -> Array:
        """Useful life [S] of a class that wears off, in quarters, at least one."""
        if name in _COMPUTING:
            life = self.scene.draws("finances.life")
        else:
            life = self._of(f"{name}_life", f"life.{name}", "s")
        return np.maximum(life / _QUARTER_S, 1.0)

    # -- inside ------------------------------------------------------------------------------------

    @property
    def _length(self) -> int:
        return len(self.scene.calendar.quarters)

    @cached_property
    def _before(self) -> list[Array]:
        """Capital expenditure reported for the quarters right before the horizon, in order."""
        found: list[Array] = []
        quarter = before(self.scene.calendar.quarters[0], 1)
        while (value := reported(self.scene, quarter, "capex")) is not None:
            found.insert(0, value)
            quarter = before(quarter, 1)
        return found

    def _beyond(self, steps: Array) -> Array:
        """Capital expenditure of the quarters after the horizon, so many: those of its last year again."""
        year = self.capex_usd[-4:]
        found: Array = year[np.arange(int(np.ceil(np.max(steps)))) % len(year)]
        return found

    @property
    def _past(self) -> int:
        return len(self._before)

    @cached_property
    def _ahead(self) -> Array:
        """Quarters [S] by which things are received before they are paid."""
        return self._of("payment", "schedule.payment", "s") / _QUARTER_S

    @cached_property
    def _received(self) -> dict[str, Array]:
        """By class, from the first quarter that is known to the last that is received within the horizon."""
        known = [*(row[None] for row in self._before), self.capex_usd, self._beyond(self._ahead)]
        paid = self._divided(np.concatenate(known))
        found = {name: moved_usd(flow, -self._ahead) for name, flow in paid.items()}
        if not self._before and self.scene.programme.finances.property is None:
            for (
                name,
                flow,
            ) in paid.items():  # nothing was there before: what would have come then comes at once
                found[name][0] += flow.sum(axis=0) - found[name].sum(axis=0)
        return found

    @cached_property
    def _served(self) -> dict[str, Array]:
        """Enters service: after payment by so long, so after receipt by that and the days of payment."""
        found = {}
        for name, flow in self._received.items():
            kind = "servers" if name in _COMPUTING else "building"
            fact = "schedule.servers" if name in _COMPUTING else "schedule.buildings"
            lag = self._of(f"{kind}_service", fact, "s") / _QUARTER_S + self._ahead
            found[name] = flow if name == "land" else moved_usd(flow, lag)
        return found

    def _divided(self, capex_usd: Array) -> dict[str, Array]:
        servers = capex_usd * self.scene.draws("finances.server_share")
        return dict(zip(CLASSES, capital_usd(servers, capex_usd - servers, self.shares), strict=True))

    def _of(self, name: str, fact: str, unit: str) -> Array:
        return amount(self.scene, f"finances.division.{name}", fact, unit)
