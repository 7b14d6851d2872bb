"""A ladder: small models of a family are trained, the next one is forecast, then trained as well.

The forecast is in the ledger before the model it is about has taken a step. Runs lie in folders of
their own; one that is finished is not run again, one that was interrupted goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from orchard.errors import Finding, TrainError
from orchard.estimate.law import Dial, Forecast, Law, Rung, fit, stated
from orchard.ledger import Ledger
from orchard.spec.models import Model
from orchard.spec.training import Training
from orchard.train.folder import ModelFolder
from orchard.train.order import Order, Watch, trainable
from orchard.train.parallel import Processes

BITS = "held_out.bits_per_byte"


class Run(NamedTuple):
    """A rung that was trained: with which seed, and its bits per byte of held-out text."""

    rung: Rung
    seed: int
    loss: float


class Ladder(NamedTuple):
    """What a ladder found.

    `runs` are those the law is fitted to; `forecast` is of `next`, which was trained to `outcome` afterwards
    (None where it was not); `whole` is the forecast of the model that the family belongs to, at
    `whole_flop`.
    """

    runs: list[Run]
    law: Law
    next: Rung
    forecast: Forecast
    outcome: float | None
    whole_flop: float
    whole: Forecast


TrainRung = Callable[[Rung, int, Path], float]


def climb(
    name: str, dial: Dial, folder: ModelFolder, ledger: Ledger, train: TrainRung, *, last: bool
) -> Ladder:
    """Train the rungs of a model's family, fit their law, and test it on the rung after them.

    Parameters
    ----------
    train
        trains a rung with a seed in a folder, or goes on with it; returns bits per byte of held-out text
    last
        whether the rung that is forecast is trained too

    Raises
    ------
    TrainError
        what training raises
    """
    runs = []
    for small, seed in _planned(dial):
        loss = train(small, seed, _folder(folder, small, seed))
        runs.append(Run(small, seed, loss))
    law = fit([run.rung.compute_flop for run in runs], [run.loss for run in runs])
    larger = dial.rung(dial.family.forecast)
    forecast = law.forecast(larger.compute_flop)
    key = f"{name}/ladder/{larger.layers}"
    _predict(ledger, key, forecast, runs)
    outcome = None
    if last:
        outcome = train(larger, 0, _folder(folder, larger, 0))
        _measure(ledger, key, outcome)
    return Ladder(runs, law, larger, forecast, outcome, dial.whole_flop, law.forecast(dial.whole_flop))


def account(found: Ladder) -> dict[str, Any]:
    """A ladder in plain numbers: FLOP, tokens, bits per byte."""
    outcome = found.outcome
    return {
        "runs": [
            {"layers": run.rung.layers, "hidden": run.rung.architecture.hidden, "seed": run.seed,
             "tokens": run.rung.tokens, "compute_flop": run.rung.compute_flop, "loss": run.loss,
             "fitted": float(np.median(found.law.curve(run.rung.compute_flop)))}
            for run in found.runs
        ],
        "next": {"layers": found.next.layers, "hidden": found.next.architecture.hidden,
                 "tokens": found.next.tokens, "compute_flop": found.next.compute_flop,
                 "forecast": found.forecast._asdict(), "outcome": outcome,
                 "error": None if outcome is None else found.forecast.loss / outcome - 1,
                 "inside": None if outcome is None else found.forecast.holds(outcome)},
        "whole": {"compute_flop": found.whole_flop, "forecast": found.whole._asdict()},
        "curve": _curve(found),
        "law": stated(found.law, f"measured by orchard ladder, {len(found.runs)} runs"),
    }  # fmt: skip


def _curve(found: Ladder) -> dict[str, list[float]]:
    """Points of the law from the smallest rung to beyond the largest, with 80 % of where runs end."""
    ends = [run.rung.compute_flop for run in found.runs] + [
        found.next.compute_flop,
        found.whole_flop or np.nan,
    ]
    compute = np.geomspace(np.nanmin(ends) / 1.3, np.nanmax(ends) * 1.3, 60)
    forecasts = [found.law.forecast(float(one)) for one in compute]
    columns = {key: [getattr(one, key) for one in forecasts] for key in ("loss", "low", "high")}
    return {"compute_flop": compute.tolist(), **columns}


def rung_trainer(order: Order, watch: Watch) -> TrainRung:
    """Train rungs in this process: the model's recipe with the rung's shape and length, by the same loop."""
    from orchard.train.loop import train
    from orchard.train.pipeline import corpus_of, task_of

    spec, training = trainable(order.programme, order.model)
    corpus = corpus_of(order, spec, training, Processes(), watch)

    def run(one: Rung, seed: int, folder: Path) -> float:
        seeded: Training = training.model_copy(update={"seed": training.seed + seed})
        task = task_of(_spec(spec, one), seeded, corpus, folder / "checkpoints")
        stage = f"rung of {one.layers} layers, seed {seed}"
        result = train(task, seeded, folder, stage=stage, progress=watch.steps)
        if not result.finished:
            raise KeyboardInterrupt  # its checkpoint is written: the same command goes on
        if BITS not in result.judged:
            found = "a corpus without held-out documents"
            raise TrainError(Finding("O897", str(folder), "", found, "text to judge on", "raise held_out"))
        return result.judged[BITS]

    return run


def _spec(spec: Model, one: Rung) -> Model:
    """A model as the programme has it, with the shape, the batch and the tokens of a rung."""
    assert spec.recipe is not None
    assert spec.tokens is not None
    amounts = (
        spec.tokens.model_copy(update=dict.fromkeys(("value", "low", "high"), float(count)))
        for count in (one.tokens, one.tokens // one.steps)
    )
    tokens, batch = amounts
    recipe = spec.recipe.model_copy(update={"batch": batch})
    return spec.model_copy(update={"architecture": one.architecture, "tokens": tokens, "recipe": recipe})


def _planned(dial: Dial) -> Iterator[tuple[Rung, int]]:
    """Rungs to fit with their seeds: the smallest several times, for how far equal runs end apart."""
    smallest = min(dial.family.rungs)
    for layers in sorted(set(dial.family.rungs)):
        made = dial.rung(layers)
        yield from ((made, seed) for seed in range(dial.family.repeats if layers == smallest else 1))


def _folder(folder: ModelFolder, one: Rung, seed: int) -> Path:
    return folder.path / "ladder" / f"layers-{one.layers:03}-seed-{seed}"


def _predict(ledger: Ledger, key: str, forecast: Forecast, runs: list[Run]) -> None:
    """Write the forecast down, once, before the run it is about."""
    values = {
        "bits_per_byte": {"low": forecast.low, "value": forecast.loss, "high": forecast.high},
        "basis": f"a power law fitted to {len(runs)} smaller runs",
    }
    if not any(entry.values == values for entry in ledger.read("prediction", key)):
        ledger.append("prediction", key, values)


def _measure(ledger: Ledger, key: str, outcome: float) -> None:
    values = {"bits_per_byte": outcome}
    if not any(entry.values == values for entry in ledger.read("measurement", key)):
        ledger.append("measurement", key, values)
