"""Quantities of a model."""

from __future__ import annotations

from collections.abc import Iterator

from orchard.arch import parameters
from orchard.plan import gate, runs, speed, work
from orchard.plan.definitions.kinds import constant, date, state, unknown
from orchard.plan.definitions.reads import fixed
from orchard.plan.quantities import Definition, Read
from orchard.plan.scene import Setup
from orchard.spec.models import Model


def quantities(name: str, setup: Setup) -> Iterator[Definition]:
    """Quantities of a model; dates of a run that no chips of its site can do are unknown."""
    model = setup.programme.models[name]
    reason = speed.reason(setup, name) if model.start is not None and model.released is None else ""
    for definition in _all(name, model):
        dated = definition.kind == "date" and definition.id != f"{name}.started"
        yield definition._replace(unknown=reason) if reason and dated else definition


def _all(name: str, model: Model) -> Iterator[Definition]:
    title = model.title or name
    reason = f"the architecture and data of {title} are not stated, so its compute cannot be counted"
    if model.compute is not None or work.flops_each(model) is not None:
        yield constant(
            f"{name}.compute_flop",
            f"training compute of {title}",
            "FLOP",
            lambda o: work.compute_flop(o.scene, name),
        )
    else:
        yield unknown(f"{name}.compute_flop", f"training compute of {title}", "FLOP", reason)
    if model.architecture is not None:
        total = parameters(model.architecture)
        yield constant(
            f"{name}.parameters", f"parameters of {title}", "parameter", lambda o: fixed(o, total.total)
        )
        yield constant(
            f"{name}.active_parameters",
            f"active parameters of {title}",
            "parameter",
            lambda o: fixed(o, total.active),
        )
    if model.start is not None or model.released is not None:
        yield date(f"{name}.released", f"release of {title}", lambda o: o.released_day(name))
    else:
        yield unknown(
            f"{name}.released", f"release of {title}", "date", f"no run and no release of {title} is planned"
        )
    if model.start is not None:
        yield date(f"{name}.started", f"start of training of {title}", lambda o: o.training(name).start_day)
        yield date(f"{name}.trained", f"end of pretraining of {title}", lambda o: o.training(name).end_day)
        yield constant(
            f"{name}.goodput",
            f"share of the run of {title} that lasts",
            "%",
            lambda o: runs.interrupted(o.scene, name, o.training(name)).goodput,
        )
        yield state(f"{name}.chips", f"chips {title} may train on", "chip", lambda o: o.training(name).chips)
        for stage in model.milestones:
            yield date(f"{name}.{stage}", f"end of {stage} of {title}", _stage(name, stage))
    if model.gate is not None:
        yield constant(
            f"{name}.lead",
            f"lead of {title} in orders of magnitude of effective compute",
            "1",
            lambda o: gate.lead(o.scene, name),
        )
        yield constant(
            f"{name}.gate",
            f"lead that the gate of {title} wants",
            "1",
            lambda o: o.scene.draws(f"models.{name}.gate.lead"),
        )
    if model.family is not None and model.family.law is not None:
        yield constant(
            f"{name}.loss",
            f"bits per byte of held-out text, forecast for {title} by its family's law",
            "1",
            lambda o: gate.forecast_loss(o.scene, name),
        )
    yield unknown(
        f"{name}.quality",
        f"measured quality of {title}",
        "1",
        "quality is measured, not planned: it needs the model trained and evaluated",
    )


def _stage(model: str, stage: str) -> Read:
    return lambda o: runs.stages(o.scene, model, o.training(model).end_day)[stage]
