"""How fast a run trains on the chips it gets: a table by size of gang, from the step model.

A run's chips differ from sample to sample and from week to week, and may be of several kinds. So the
step model is asked once for a few sizes of gang around what the run may get, on the kind that can do most
of the work at the run's site: the *shape*, what a gang does by its chips. Of every other kind it is asked
at one size, the *reference*: its *rate*. Between sizes a gang's work is linear in its chips. It is made
concave: a chip more never slows a gang, and never adds more than the chip before. Beyond the largest size
it stands still; below the smallest that holds the model there is none.

Chips are taken fastest first. Those at places ``a`` to ``b`` of a gang add ``rate x (shape(b) -
shape(a))``. As the shape is concave and rates fall along the gang, more chips of any kind, or faster ones
in the place of slower ones, never make a run slower.

Speed is drawn around that: with the range that measurements leave the model, with the peaks on which
sources differ, with the batch; and a mixture is slowed by natural routing.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from orchard.arch import training_flops
from orchard.catalogue import Chip
from orchard.errors import FactError
from orchard.plan import fleet, given, steps
from orchard.plan.calendar import Array
from orchard.plan.scene import Scene, Setup
from orchard.plan.sizes import NOTHING, Shape, asked, nearest, sequences, shape, sizes
from orchard.plan.steps import Question, Short, Step
from orchard.plan.values import Value

# One draw for all runs: where the model is wrong, it is wrong for all.
MODEL = "step model"
ROUTING = "utilisation.natural-routing"
OWN = "is a chip of the programme's own, which the step model does not know: state recipe.utilisation"
NO_CHIPS = "no chips are delivered to its site"
# Facts of a chip that a step rests on, beside its peak in the format of the run.
_FACTS = ("bf16", "memory", "memory_bandwidth", "scaleup", "scaleup_domain", "scaleout", "tdp")


class Rate(NamedTuple):
    """Speed of a kind of chip at the reference size, and how it follows the peak below and above it."""

    step: Step
    exponents: tuple[float, float]


class Table(NamedTuple):
    """What a run rests on: the chip that does most, the reference size, and what gangs of it do."""

    question: Question
    main: str
    reference: int
    shape: Shape
    exponents: tuple[float, float]  # how speed follows the batch below and above its value


def question(setup: Setup, model_id: str) -> Question | None:
    """What the step model is asked about a run; None where its utilisation is given, or nothing can be."""
    tokens = setup.values.amounts.get(f"models.{model_id}.recipe.batch")
    return asked(setup.programme.models[model_id], None if tokens is None else tokens.value)


def rates(scene: Scene, model_id: str, deliveries: list[str]) -> Array:
    """FLOP/s [K, S] of one chip of each delivery, at the reference size, on a run that has a question."""
    chips = [scene.programme.deliveries[name].chip for name in deliveries]
    return np.stack([_alone(scene, model_id, chip) for chip in chips]) * _common(scene, model_id)


def drawn(scene: Scene, model_id: str, chip: str) -> Array:
    """FLOP/s [S] of one chip, by its name, at the reference size."""
    return _alone(scene, model_id, chip) * _common(scene, model_id)


def table(setup: Setup, model_id: str) -> Table:
    """The table of a run that has a question; worked out once."""
    found: Table = setup.once(("table", model_id), lambda: _table(setup, model_id))
    return found


def rate(setup: Setup, model_id: str, chip: str) -> Rate | Short:
    """Rate of a chip on a run, or why it cannot do it; worked out once."""
    found: Rate | Short = setup.once(("rate", model_id, chip), lambda: _rate(setup, model_id, chip))
    return found


def flops_per_token(asked: Question) -> float:
    """Training FLOPs of one token."""
    return float(training_flops(asked.architecture, asked.sequence))


def reason(setup: Setup, model_id: str) -> str:
    """Why no gang of the chips of its site can do a run; "" where one can, or its utilisation is given.

    The largest gang is asked for first: what fits on fewer chips mostly fits on more.
    """
    wanted = question(setup, model_id)
    if wanted is None:
        return ""
    low, _, high = chips_asked(setup, model_id)
    said = ""
    for chip in kinds(setup, model_id):
        for size in reversed(sizes(wanted, low, high)):
            found = fastest(setup, wanted, chip, size)
            if isinstance(found, Step):
                return ""
            said = said or found.reason
    return said or NO_CHIPS


def kinds(setup: Setup, model_id: str) -> list[str]:
    """Chips delivered to the site of a run, those that can do most together first."""
    site = setup.programme.models[model_id].site
    counts: dict[str, float] = {}
    for name, entry in sorted(setup.programme.deliveries.items()):
        if entry.site == site:
            count = setup.values.amounts[f"deliveries.{name}.count"].value
            counts[entry.chip] = counts.get(entry.chip, 0.0) + count * _peak_of(setup, entry.chip)
    return sorted(counts, key=lambda chip: (-counts[chip], chip))


def _peak_of(setup: Setup, chip: str) -> float:
    """Peak of a chip of the catalogue in BF16; 0 for others."""
    try:
        return 0.0 if chip in setup.programme.chips else setup.chip(chip).bf16_flops_per_s or 0.0
    except FactError:
        return 0.0


def fastest(setup: Setup, wanted: Question, chip: str, size: int) -> Step | Short:
    """The fastest step on so many chips of a kind that the programme names."""
    if chip in setup.programme.chips:
        return Short(f"{chip} {OWN}")
    fault = next(given.faults(wanted), None)
    if fault is not None:
        return Short(f"layout: {fault.field} is {fault.found}, and not {fault.wanted}")
    try:
        return steps.fastest(wanted, setup.chip(chip), size)
    except FactError as error:
        return Short(error.findings[0].found)


def chips_asked(setup: Setup, model_id: str) -> tuple[float, float, float]:
    """Low, value and high of the chips that a run asks for."""
    value = setup.values.amounts.get(f"models.{model_id}.chips")
    return (1.0, 1.0, 1.0) if value is None else (value.low, value.value, value.high)


def _table(setup: Setup, model_id: str) -> Table:
    """All sizes, on the first kind that can do the run."""
    wanted = question(setup, model_id)
    assert wanted is not None
    low, middle, high = chips_asked(setup, model_id)
    every = sizes(wanted, low, high)
    for chip in kinds(setup, model_id):
        found = {size: fastest(setup, wanted, chip, size) for size in reversed(every)}
        speeds = {size: one.tokens_per_s_per_chip for size, one in found.items() if isinstance(one, Step)}
        if speeds:
            speeds = dict(sorted(speeds.items()))
            reference = nearest(list(speeds), middle)
            exponents = _batch_exponents(setup, model_id, wanted, chip, reference)
            return Table(wanted, chip, reference, shape(speeds, reference, every[0]), exponents)
    return Table(wanted, "", nearest(every, middle), NOTHING, (0.0, 0.0))


def _batch_exponents(
    setup: Setup, model_id: str, wanted: Question, chip: str, size: int
) -> tuple[float, float]:
    """How speed follows the batch below and above its value, on a gang of one size."""
    value = setup.values.amounts[f"models.{model_id}.recipe.batch"]
    middle, found = fastest(setup, wanted, chip, size), []
    for tokens in (value.low, value.high):
        count = sequences(tokens, wanted.sequence)
        other = Question(**(vars(wanted) | {"batch": count}))
        step = middle if count == wanted.batch else fastest(setup, other, chip, size)
        gain = 0.0
        if isinstance(step, Step) and isinstance(middle, Step) and step is not middle:
            ratio = step.tokens_per_s_per_chip / middle.tokens_per_s_per_chip
            gain = max(float(np.log(ratio) / np.log(count / wanted.batch)), 0.0)
        found.append(gain)
    return found[0], found[1]


def _rate(setup: Setup, model_id: str, chip: str) -> Rate | Short:
    """Ask for one chip at the reference size, and note the facts that the answer rests on."""
    made = table(setup, model_id)
    found = fastest(setup, made.question, chip, made.reference)
    if isinstance(found, Short):
        return found
    known = setup.chip(chip)
    for word in _FACTS:
        if word in known.facts:
            setup.values.fact(known.facts[word].id, f"models.{model_id}")
    return Rate(found, _peak_exponents(made.question, known, found))


def _peak(chip: Chip, step: Step) -> tuple[float, float, float]:
    """Low, value and high of the peak in the format of a step."""
    fact = chip.facts[{"nvfp4": "fp4", "mxfp8": "fp8"}.get(step.precision, step.precision)]
    return fact.low, fact.value, fact.high


def _peak_exponents(wanted: Question, chip: Chip, found: Step) -> tuple[float, float]:
    """How speed follows the peak below and above its value."""
    low, value, high = _peak(chip, found)
    shares = (low / value, high / value)
    gains = [np.log(steps.faster(wanted, chip, found, share)) if share != 1 else 0.0 for share in shares]
    below, above = (float(gain / np.log(share)) if share != 1 else 0.0
                    for gain, share in zip(gains, shares, strict=True))  # fmt: skip
    return below, above


def _follow(ratio: Array, exponents: tuple[float, float]) -> Array:
    """A ratio to one of two exponents, by the side of 1 on which it lies."""
    followed: Array = ratio ** np.where(ratio < 1, *exponents)
    return followed


def _alone(scene: Scene, model_id: str, chip: str) -> Array:
    """FLOP/s [S] of one chip by its peak; none where it cannot do the run."""
    setup = scene.setup
    found = rate(setup, model_id, chip)
    if isinstance(found, Short):
        return np.zeros(scene.draws.size)
    ratio = (
        fleet.chip_peak_flops_per_s(scene, chip, found.step.precision)
        / _peak(setup.chip(chip), found.step)[1]
    )
    speed = found.step.tokens_per_s_per_chip * flops_per_token(table(setup, model_id).question)
    return speed * _follow(ratio, found.exponents)


def _common(scene: Scene, model_id: str) -> Array:
    """What slows or hastens all chips of a run alike [S]: the model's error, the batch, natural routing."""
    setup, values = scene.setup, scene.setup.values
    made, factor = table(setup, model_id), np.ones(scene.draws.size)
    found = rate(setup, model_id, made.main) if made.main else None
    if isinstance(found, Rate):
        path, half = f"models.{model_id}.recipe.step", found.step.width
        values.amounts.setdefault(path, Value(MODEL, "1", float(np.exp(-half)), 1.0, float(np.exp(half))))
        factor = factor * scene.draws(path)
    path = f"models.{model_id}.recipe.batch"
    factor = factor * _follow(scene.draws(path) / values.amounts[path].value, made.exponents)
    if made.question.architecture.experts:
        try:
            factor = factor * scene.draws.fact(ROUTING, "1", f"models.{model_id}")
        except FactError:  # not known yet by the programme's date
            return factor
    return factor
