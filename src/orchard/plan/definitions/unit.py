"""Quantities of what things cost and are worth: a chip-hour, a FLOP, a token, a site."""

from __future__ import annotations

from collections.abc import Iterator

from orchard import units
from orchard.plan import work
from orchard.plan.definitions.kinds import constant, unknown
from orchard.plan.definitions.reads import ratio
from orchard.plan.money import unit
from orchard.plan.quantities import Definition
from orchard.plan.scene import Setup

_EXAFLOP, _MILLION = units.factor("EFLOP"), units.factor("M tokens")


def of_site(name: str, setup: Setup) -> Iterator[Definition]:
    """Cost of a chip-hour at a site, its capital, and what it is worth beside rented chips."""
    site = setup.programme.sites[name]
    title = site.title or name
    chips = any(entry.site == name for entry in setup.programme.deliveries.values())
    if chips:
        yield constant(
            f"{name}.chip_hour_cost",
            f"cost of one chip for an hour at {title}: capital, upkeep, energy",
            "USD",
            lambda o: unit.chip_second_usd_in(o.scene, name) * unit.HOUR_S,
        )
    yield constant(
        f"{name}.capital",
        f"capital of {title} within the horizon: chips that arrive, power that is built",
        "USD",
        lambda o: unit.site_capital_usd(o, name),
    )
    worth = {
        "npv": f"worth of {title}: rent of chips saved and books at the end, less all costs, at the start",
        "payback": f"time from the start until {title} has saved what it cost",
    }
    if setup.programme.finances.rental is None or not chips:
        reason = "the programme does not say what renting would cost (finances.rental)"
        reason = reason if chips else f"no chips are delivered to {title}"
        yield unknown(f"{name}.npv", worth["npv"], "USD", reason)
        yield unknown(f"{name}.payback", worth["payback"], "s", reason)
        return
    yield constant(f"{name}.npv", worth["npv"], "USD", lambda o: unit.site_npv_usd(o, name))
    yield constant(
        f"{name}.payback", worth["payback"], "s", lambda o: unit.payback_s(unit.site_flow_usd(o, name))
    )


def of_model(name: str, setup: Setup) -> Iterator[Definition]:
    """Cost of a training run, whole and by unit of work, where its site is known."""
    model = setup.programme.models[name]
    if model.start is None or model.site is None:
        return
    title = model.title or name
    yield constant(
        f"{name}.training_cost",
        f"cost of pretraining {title}: its chips for as long as it takes",
        "USD",
        lambda o: unit.training_usd(o, name),
    )
    if model.compute is not None or work.flops_each(model) is not None:
        yield constant(
            f"{name}.exaflop_cost",
            f"cost of 1e18 FLOP of training {title}",
            "USD",
            lambda o: ratio(unit.training_usd(o, name), work.compute_flop(o.scene, name)) * _EXAFLOP,
        )
    if model.tokens is not None:
        yield constant(
            f"{name}.million_tokens_cost",
            f"cost of a million tokens of training {title}",
            "USD",
            lambda o: ratio(unit.training_usd(o, name), o.scene.draws(f"models.{name}.tokens")) * _MILLION,
        )
