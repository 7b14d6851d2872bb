"""Quantities of the fleet: chips, power, energy, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator

from orchard.plan.definitions.kinds import flow, state
from orchard.plan.definitions.reads import of, over_sites, rise
from orchard.plan.quantities import Definition


def quantities() -> Iterator[Definition]:
    """Chips, power and energy of all sites together."""
    yield state("fleet.gpus", "GPUs installed and powered", "chip", lambda o: o.count(o.everywhere))
    yield state(
        "fleet.chips", "accelerators installed and powered", "chip", lambda o: o.count(o.everywhere, False)
    )
    yield state("fleet.delivered", "GPUs delivered", "chip", lambda o: o.count(o.delivered))
    yield state("fleet.paid", "GPUs delivered and paid", "chip", lambda o: o.count(o.paid))
    yield state(
        "fleet.waiting",
        "GPUs paid that wait for power",
        "chip",
        lambda o: o.count(o.paid) - o.count(o.everywhere),
    )
    yield state("fleet.power", "facility power energised", "W", lambda o: over_sites(o, o.power_w))
    yield state("fleet.it_power", "IT power energised", "W", lambda o: over_sites(o, o.it_power_w))
    yield state(
        "fleet.power_need",
        "IT power that all delivered chips need",
        "W",
        lambda o: o.power_need_w(o.delivered),
    )
    yield state("fleet.power_drawn", "IT power drawn on average", "W", lambda o: o.drawn_w)
    yield flow("fleet.energy", "facility energy", "J", lambda o, q: of(o, q, o.energy_j))
    yield flow("fleet.energy_cost", "cost of energy", "USD", lambda o, q: of(o, q, o.energy_cost_usd))
    yield flow(
        "servers.cost",
        "price of the chips that arrive",
        "USD",
        lambda o, q: rise(o, q, o.cost_usd(o.delivered)),
    )
    yield flow(
        "servers.budget",
        "money for chips, servers, network",
        "USD",
        lambda o, q: rise(o, q, o.server_money_usd),
    )
