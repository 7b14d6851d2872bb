"""Quantities of a site."""

from __future__ import annotations

from collections.abc import Iterator

from orchard.plan import power
from orchard.plan.definitions.kinds import constant, date, flow, state
from orchard.plan.definitions.reads import of
from orchard.plan.quantities import Definition
from orchard.plan.scene import Setup


def quantities(name: str, setup: Setup) -> Iterator[Definition]:
    """Power, chips, energy and dates of a site."""
    title = setup.programme.sites[name].title or name
    yield state(f"{name}.power", f"facility power energised at {title}", "W", lambda o: o.power_w(name))
    yield state(f"{name}.it_power", f"IT power energised at {title}", "W", lambda o: o.it_power_w(name))
    yield state(f"{name}.gpus", f"GPUs installed at {title}", "chip", lambda o: o.count(o.installed(name)))
    drawn, cost = f"IT power drawn on average at {title}", f"cost of energy at {title}"
    yield state(f"{name}.power_drawn", drawn, "W", lambda o: o.site_drawn_w(name))
    yield flow(f"{name}.energy_cost", cost, "USD", lambda o, q: of(o, q, o.site_energy_usd(name)))
    yield date(f"{name}.started", f"first power at {title}", lambda o: power.site_start_day(o.scene, name))
    if setup.programme.sites[name].ultimate is not None:
        yield constant(
            f"{name}.ultimate",
            f"facility power {title} can grow to",
            "W",
            lambda o: o.scene.draws(f"sites.{name}.ultimate"),
        )
