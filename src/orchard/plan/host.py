"""Chips that the user has measured: their figures in the place of a programme's, and what runs on them do.

A programme's own chip may name one of the user's catalogue (`use: host`). Where that is there, its facts
take the place of the stated figures, also those measured after the programme's `as_of`: asking for them is
to ask for this machine as it is. Runs at sites that have such chips alone take the utilisation
that the step model of the machine predicts. Where it is not, what the programme states stands, and the
plan says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from orchard.arch import training_flops
from orchard.catalogue import Catalogue
from orchard.estimate.host import HostModel, Prediction, Step, predict, read_host, step_of
from orchard.spec.amounts import Amount
from orchard.spec.architecture import LanguageArchitecture
from orchard.spec.models import Model
from orchard.spec.programme import Programme
from orchard.spec.sites import OwnChip

# Field of a programme's own chip -> last word of the fact's id.
_FIELDS = {
    "bf16": "bf16",
    "fp8": "fp8",
    "fp4": "fp4",
    "memory": "memory",
    "bandwidth": "memory_bandwidth",
    "it_power": "it_power",
}
HOST = "host"


@dataclass(frozen=True)
class OnHost:
    """What the step model of a machine says of a run; `alike` when it is of a language model of its shape."""

    model: HostModel
    step: Step
    prediction: Prediction
    alike: bool


@dataclass(frozen=True)
class Measured:
    """A programme with measured chips in it.

    `runs` are those predicted by the step model of the machine; `notes` say what was measured and is used,
    and what is not there.
    """

    programme: Programme
    runs: dict[str, OnHost]
    notes: tuple[str, ...]


def measured(programme: Programme, catalogue: Catalogue) -> Measured:
    """Put measured figures in the place of stated ones.

    Raises
    ------
    OrchardError
        O849: a calibration that cannot be read
    """
    named = {name: chip for name, chip in programme.chips.items() if chip.use is not None}
    if not named:
        return Measured(programme, {}, ())
    notes, chips = [], dict(programme.chips)
    for name, chip in named.items():
        found = _figures(chip, catalogue)
        if found:
            chips[name] = chip.model_copy(update=found)
            day = _measured_on(chip, catalogue)
            late = ", after as_of" if day > programme.as_of else ""
            notes.append(f"{name}: {len(found)} figures measured on {day}{late}, of your own chip {chip.use}")
        else:
            hint = "; orchard calibrate host measures it" if chip.use == HOST else ""
            notes.append(f"{name}: as stated, {chip.use} is not in your own catalogue{hint}")
    model = read_host()
    changed = programme.model_copy(update={"chips": chips})
    if model is None:
        return Measured(changed, {}, tuple(notes))
    on_host = [name for name, chip in named.items() if chip.use == HOST and chips[name] is not chip]
    runs = {
        name: run for name in programme.models if (run := _run(changed, name, on_host, model)) is not None
    }
    models = {
        name: _with_utilisation(one, runs[name], catalogue) if name in runs else one
        for name, one in programme.models.items()
    }
    return Measured(changed.model_copy(update={"models": models}), runs, tuple(notes))


def _measured_on(chip: OwnChip, catalogue: Catalogue) -> date:
    """The last day on which figures of a chip that the user's catalogue has were measured."""
    named = [one for one in catalogue.own if one.startswith(f"chip.{chip.use}.")]
    return max(catalogue.fact(one).as_of for one in named)


def _figures(chip: OwnChip, catalogue: Catalogue) -> dict[str, object]:
    """Fields of a chip that the user's catalogue knows, as citations of its facts."""
    found: dict[str, object] = {}
    for field, word in _FIELDS.items():
        fact_id = f"chip.{chip.use}.{word}"
        stated = getattr(chip, field)
        if fact_id in catalogue.own and isinstance(stated, Amount):
            found[field] = stated.model_copy(
                update={
                    "origin": "fact",
                    "fact": fact_id,
                    "value": None,
                    "low": None,
                    "high": None,
                    "why": "",
                }
            )
    nodes = f"chip.{chip.use}.chips_per_node"
    if nodes in catalogue.own:
        found["chips_per_node"] = round(catalogue.fact(nodes).value)
    return found


def _run(programme: Programme, name: str, chips: list[str], host: HostModel) -> OnHost | None:
    """What the machine does of a run that trains on such chips alone; None for other runs."""
    model = programme.models[name]
    at = [one.chip for one in programme.deliveries.values() if one.site == model.site]
    asked = step_of(model)
    if model.start is None or not at or not set(at) <= set(chips) or asked is None:
        return None
    count = model.chips.value if model.chips is not None and model.chips.value else 1.0
    threads = max(min(round(count), host.cores), 1)
    alike = not isinstance(model.architecture, LanguageArchitecture)
    return OnHost(host, asked, predict(host, asked, threads, alike=alike), alike)


def _with_utilisation(model: Model, run: OnHost, catalogue: Catalogue) -> Model:
    """A model whose recipe has the predicted share of the peak as its utilisation."""
    assert model.recipe is not None
    peak = catalogue.fact(f"chip.{HOST}.bf16").value * run.prediction.threads
    flops = float(training_flops(run.step.architecture, run.step.sequence))
    low, value, high = run.prediction.tokens_per_s.times(flops / peak)
    stated = model.recipe.utilisation
    predicted = Amount(
        unit="1",
        origin="assumed",
        low=low,
        value=value,
        high=high,
        cause=stated.cause if stated else None,
        why=f"predicted by the step model of {run.model.machine}, measured on {run.model.date}",
        least=0.0,
        text=f"{value:.3g}",
    )
    return model.model_copy(update={"recipe": model.recipe.model_copy(update={"utilisation": predicted})})
