"""Quantities of the lab, its labels and its rivals."""

from __future__ import annotations

from collections.abc import Iterator

from orchard.plan.definitions.kinds import constant, state, unknown
from orchard.plan.definitions.reads import ratio
from orchard.plan.quantities import Definition
from orchard.plan.scene import Setup


def quantities(setup: Setup) -> Iterator[Definition]:
    """What the lab may train on, what pooling frees, what labels cost."""
    yield state("lab.chips", "GPUs the lab may train on", "chip", lambda o: o.lab_chips)
    yield constant(
        "lab.freed_share", "part of the lab's chips that pooling puts to use", "%", lambda o: o.freed_share
    )
    yield state(
        "lab.freed_chips", "GPUs that pooling puts to use", "chip", lambda o: o.lab_chips * o.freed_share
    )
    if setup.programme.data_engine is not None:
        yield constant(
            "data-engine.implied_value",
            "value of the labelling firm implied by the stake",
            "USD",
            lambda o: ratio(*map(o.scene.draws, ("data_engine.stake_price", "data_engine.stake_share"))),
        )
        yield constant(
            "data-engine.labels_cost",
            "cost of the labels bought",
            "USD",
            lambda o: o.scene.draws("data_engine.labels") * o.scene.draws("data_engine.price"),
        )
        yield constant(
            "data-engine.cost_per_right_label",
            "price of one label that is right",
            "USD/label",
            lambda o: ratio(*map(o.scene.draws, ("data_engine.price", "data_engine.quality"))),
        )


def rivals() -> Iterator[Definition]:
    """What would need knowledge of rivals."""
    yield unknown(
        "rivals.lead",
        "lead over the best rival",
        "1",
        "rivals' compute and recipes are not in the programme: nothing honest can be said of them",
    )
