"""What is predicted of a run, as it is written into a ledger before the run begins."""

from __future__ import annotations

from typing import Any

from orchard.estimate.host.model import HostModel, read_host
from orchard.estimate.host.predict import Interval, Prediction, predict
from orchard.estimate.host.recipes import step_of
from orchard.spec.programme import Programme


def foretold(programme: Programme, name: str, threads: int | None = None) -> dict[str, Any] | None:
    """Values of a `prediction` of the run of a model on this machine; None where nothing can be said.

    That is where this machine is not calibrated, or the recipe of the model says too little.

    Parameters
    ----------
    name
        id of the model
    threads
        as many as the run will use; all cores by default

    Raises
    ------
    OrchardError
        O849: a calibration that cannot be read
    """
    host, step = read_host(), step_of(programme.models[name])
    if host is None or step is None:
        return None
    found = predict(host, step, threads)
    values: dict[str, Any] = {
        "step_s": found.step_s._asdict(),
        "tokens_per_s": found.tokens_per_s._asdict(),
        "memory_bytes": found.memory_bytes._asdict(),
        "basis": f"host: {host.machine}, measured on {host.date}, {found.threads} threads",
        "facts": host.digest,
    }
    tokens = programme.models[name].tokens
    if tokens is None or tokens.value is None:
        return values
    steps = max(1, round(tokens.value / step.tokens))
    values["duration_s"] = found.step_s.times(steps)._asdict()
    return values | energy_values(programme, name, found, steps)


def energy_values(programme: Programme, name: str, found: Prediction, steps: int) -> dict[str, Any]:
    """Energy of so many steps, and what its power rests on; nothing where no power is known.

    Power is measured where the processor's counters could be read when the machine was calibrated; else it
    is what the programme states of the chip at the site of the run.
    """
    host = read_host()
    power_w, basis = _power(programme, name, host, found.threads)
    if power_w is None:
        return {}
    ends = zip(found.step_s, power_w, strict=True)
    energy = Interval(*(step_s * steps * watts for step_s, watts in ends))
    return {"energy_j": energy._asdict(), "energy_basis": basis}


def _power(
    programme: Programme, name: str, host: HostModel | None, threads: int
) -> tuple[Interval | None, str]:
    """Power of so many cores under load: measured, or what the programme states of the chip at its site."""
    if host is not None and host.power_w:
        watts = host.power_w * threads / host.cores
        return Interval(watts, watts, watts), f"measured: {host.power_basis}"
    site = programme.models[name].site
    for delivery in programme.deliveries.values():
        chip = programme.chips.get(delivery.chip)
        if chip is None or (site is not None and delivery.site != site):
            continue
        stated = chip.it_power
        if stated.value is not None and stated.low is not None and stated.high is not None:
            power_w = Interval(stated.low, stated.value, stated.high).times(threads)
            return power_w, f"assumed: {stated.value:g} W a core, as the programme says of {delivery.chip}"
    return None, ""
