"""How far estimates can be trusted: the model beside measured runs, by everything that may matter.

Rows of the project are judged by fits that have not seen them; a user's rows by the calibration as it
is. What comes back is plain data, for JSON, the terminal and the report alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.errors import Finding, OrchardError
from orchard.estimate.training.calibrate import at_priors
from orchard.estimate.training.calibration import Calibration
from orchard.estimate.training.estimates import Estimates, estimate
from orchard.estimate.training.holdout import Around, Tell, hold_out, keys, nested_width, silent
from orchard.estimate.training.measurements import Runs
from orchard.estimate.training.naive import alike, constant_rate
from orchard.estimate.training.ranks import rankings
from orchard.estimate.training.score import Score, by_group, score

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Result = dict[str, Any]

# Ways of holding rows out: id, title, what the fit knows of a row that it is asked for.
WAYS = (
    ("row", "rows", "its source, chip and stack are known, the row itself is not"),
    ("source", "sources", "nothing of its source is known: the figure to quote"),
    ("chip", "chips", "nothing of its chip is known"),
    ("stack", "stacks", "nothing of its family of software is known"),
)
HEADLINE = "source"


class Way(NamedTuple):
    """How rows [n] were judged: logarithm of predicted over measured time, half-width of the interval."""

    id: str
    title: str
    about: str
    residual: Array
    width: Array


def validate(runs: Runs, start: Calibration, tell: Tell = silent) -> Result:
    """Score the model on measured runs by fits from the priors that have not seen them.

    Parameters
    ----------
    runs
        measured runs; those of tier B count in the fits and are not scored
    start
        a calibration whose priors are used; its values are shown, and not used
    tell
        hears what is being done and to what share
    """
    known = runs.where(runs.batch.ok)
    around = Around(known.sources, known.batch.chips, known.batch.moe)
    priors = at_priors(start, known.measured.families, date.today())
    left, groups = hold_out(known.measured, priors, around, tell), keys(known.measured, around)
    ways = []
    for name, title, about in WAYS:
        group = getattr(groups, name).tolist()
        width = nested_width(known.measured, around, left, group)
        ways.append(Way(name, title, about, *_spread_out(runs.batch.ok, getattr(left, name), width)))
    return _result(runs, start, ways, HEADLINE)


def judge(runs: Runs, chosen: Calibration) -> Result:
    """Score a calibration, as it is, on measured runs that it was not fitted to.

    Raises
    ------
    OrchardError
        no row is complete enough to be scored (O843)
    """
    if not runs.trusted.any():
        all_b = f"{len(runs)} measured rows, all of tier B"
        raise OrchardError(Finding("O843", "", "tier", all_b, "rows of tier A, or without a tier"))
    found = estimate(runs.batch, chosen)
    residual = np.log(found.step_s / runs.measured.time_s)
    width = np.log(found.high / found.tokens_per_s_per_chip)
    way = Way("asis", "your rows", "predicted by the calibration as it is", residual, width)
    return _result(runs, chosen, [way], way.id)


def written(one: Score) -> Result:
    """A score as plain data; what cannot be said is None."""
    return {name: plain(value) for name, value in one._asdict().items()}


def _result(runs: Runs, chosen: Calibration, ways: Sequence[Way], headline: str) -> Result:
    scored = runs.trusted
    found = estimate(runs.batch, chosen)
    best = next(way for way in ways if way.id == headline)
    named = {question: np.array(groups) for question, groups in runs.groups().items()}
    return {
        "scored": int(scored.sum()),
        "blank": [
            {"id": runs.batch.ids[i], "why": runs.batch.notes[i]}
            for i in np.flatnonzero(scored & ~runs.batch.ok).tolist()
        ],
        "left_out": [
            *(one._asdict() for one in runs.left_out),
            *({"id": runs.batch.ids[i], "why": "tier B: its setting is in part unknown"}
              for i in np.flatnonzero(~scored).tolist()),
        ],
        "headline": headline,
        "ways": [
            {"id": way.id, "title": way.title, "about": way.about, **_scores(way, named, scored)}
            for way in ways
        ],
        "naive": _naive(runs, ways, scored),
        "layouts": _layouts(runs, best, scored),
        "memory": _memory(runs, found, scored),
        "points": [_point(runs, best, i) for i in np.flatnonzero(scored & runs.batch.ok).tolist()],
        "constants": [
            {key: plain(value) for key, value in row._asdict().items()} | {"fitted": row.fitted}
            for row in chosen.rows
        ],
    }  # fmt: skip


def _scores(way: Way, named: dict[str, NDArray[Any]], scored: Mask) -> Result:
    residual, width = way.residual[scored], way.width[scored]
    by = {
        question: {
            name: written(one) for name, one in by_group(groups[scored].tolist(), residual, width).items()
        }
        for question, groups in named.items()
    }
    return {"overall": written(score(residual, width)), "by": by}


def _naive(runs: Runs, ways: Sequence[Way], scored: Mask) -> list[Result]:
    """Constant rates beside the model, on the rows for which there is one."""
    asked = (("row", "same source", runs.sources, False), ("source", "new source", runs.sources, True),
             ("stack", "new stack", runs.batch.stacks, True))  # fmt: skip
    judged = {way.id: way for way in ways}
    usable = scored & runs.batch.ok
    index = np.flatnonzero(usable).tolist()
    group = [alike(runs)[i] for i in index]
    found = []
    for name, title, sources, new in asked:
        way = judged.get(name, ways[0])
        left = constant_rate(runs.rate[usable], group, [sources[i] for i in index], new_source=new)
        answered = np.isfinite(left)
        if answered.any():
            model = written(score(way.residual[usable][answered]))
            found.append(
                {"id": name, "title": title, "naive": written(score(left[answered])), "model": model}
            )
    return found


def _layouts(runs: Runs, way: Way, scored: Mask) -> Result:
    predicted = np.where(scored, runs.speed / np.exp(way.residual), np.nan)
    ranked = rankings(runs, predicted)
    values = [one.spearman for one in ranked]
    return {
        "clusters": len(ranked),
        "spearman": plain(float(np.mean(values)) if values else float("nan")),
        "rankings": [one._asdict() for one in ranked],
    }


def _memory(runs: Runs, found: Estimates, scored: Mask) -> Result:
    """Errors of peak memory where it was measured, and the share of layouts that ran and are said to fit."""
    usable = scored & runs.batch.ok
    measured = usable & np.isfinite(runs.memory_bytes)
    error = found.memory_bytes[measured] / runs.memory_bytes[measured] - 1
    return {
        "measured": int(measured.sum()),
        "mape": plain(float(np.abs(error).mean()) if measured.any() else float("nan")),
        "bias": plain(float(np.median(error)) if measured.any() else float("nan")),
        "layouts": int(usable.sum()),
        "fit": plain(float(found.fits[usable].mean()) if usable.any() else float("nan")),
        "misfits": [runs.batch.ids[i] for i in np.flatnonzero(usable & ~found.fits).tolist()],
    }


def _point(runs: Runs, way: Way, i: int) -> Result:
    predicted = float(runs.speed[i] / np.exp(way.residual[i]))
    layout, groups = runs.measured.layout, runs.groups()
    size = {
        name: f"{float(np.broadcast_to(np.asarray(getattr(layout, name), float), len(runs))[i]):g}"
        for name in ("batch", "micro_batch", "tp", "pp", "cp", "vp", "ep")
    }
    cut = " ".join(f"{name} {size[name]}" for name in ("tp", "pp", "cp", "vp", "ep"))
    return {
        "id": runs.batch.ids[i],
        "model": runs.rows[i].get("model") or runs.rows[i].get("model_key") or "",
        "chips": int(np.asarray(layout.chips)[i]),
        "sequence": int(np.asarray(layout.sequence)[i]),
        **{question: names[i] for question, names in groups.items()},
        "stated": runs.rows[i].get("stack") or "",
        "layout": f"{cut}, batch {size['batch']} by {size['micro_batch']}",
        "measured": float(runs.speed[i]),
        "predicted": predicted,
        "low": predicted * float(np.exp(-way.width[i])),
        "high": predicted * float(np.exp(way.width[i])),
        "error": float(np.expm1(-way.residual[i])),
    }


def _spread_out(ok: Mask, *values: Array) -> list[Array]:
    """Arrays of the rows that are ok, put among all rows; nan elsewhere."""
    made = []
    for each in values:
        whole = np.full(len(ok), np.nan)
        whole[ok] = each
        made.append(whole)
    return made


def plain(value: Any) -> Any:
    """A number as plain data: None where there is none."""
    return None if isinstance(value, float) and not np.isfinite(value) else value
