"""How far estimates can be trusted: the model beside measured runs, by everything that may matter.

Rows of the project are judged by fits that have not seen them; a user's rows by the calibration as it
is. What comes back is plain data, for JSON, the terminal and the report alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchard.errors import Finding, OrchardError
from orchard.estimate.holdout import Tell, hold_out, silent
from orchard.estimate.score import Way, by_group, constant_rate, plain, score, written
from orchard.estimate.training.calibration import Calibration
from orchard.estimate.training.estimates import Estimates, estimate
from orchard.estimate.training.fitting.calibrate import at_priors
from orchard.estimate.training.fitting.holdout import Around, configurations, nested_width, unseen, ways
from orchard.estimate.training.fitting.measurements import Runs, beside
from orchard.estimate.training.fitting.noise import noise
from orchard.estimate.training.fitting.ranks import rankings

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Result = dict[str, Any]

# Ways of holding rows out: id, title, what the fit knows of a row that it is asked for.
WAYS = (
    ("row", "configurations", "its source, model, chip and stack are known, the configuration is not"),
    ("source", "sources", "nothing of its source is known; another release of its stack may be"),
    ("model", "models", "nothing of its model is known, by whatever source, chip or stack"),
    ("chip", "chips", "nothing of its chip is known"),
    ("stack", "stacks", "nothing of its family of software is known"),
)
HEADLINE = "source"
# Sequences in a microbatch of layouts that should not fit, times those of layouts that ran.
SWOLLEN = 8.0


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
    groups = ways(known.measured, around)
    left = hold_out(groups, unseen(known.measured, priors), tell)
    judged = []
    for name, title, about in WAYS:
        width = nested_width(known.measured, around, left, groups[name])
        judged.append(Way(name, title, about, *_spread_out(runs.batch.ok, left[name], width)))
    found = {**_result(runs, start, judged, HEADLINE), "noise": _noise(runs), "unfitted": _unfitted(start)}
    return {**found, "twins": _twins(known)}


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


def _result(runs: Runs, chosen: Calibration, judged: Sequence[Way], headline: str) -> Result:
    scored = runs.trusted
    found = estimate(runs.batch, chosen)
    best = next(way for way in judged if way.id == headline)
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
            for way in judged
        ],
        "naive": _naive(runs, judged, scored),
        "layouts": _layouts(runs, best, scored),
        "memory": _memory(runs, found, chosen, scored),
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


def _naive(runs: Runs, judged: Sequence[Way], scored: Mask) -> list[Result]:
    """Constant rates beside the model, on the rows for which there is one."""
    asked = (("row", "same source", runs.sources, False), ("source", "new source", runs.sources, True),
             ("stack", "new stack", runs.batch.stacks, True))  # fmt: skip
    by_id = {way.id: way for way in judged}
    usable = scored & runs.batch.ok
    index = np.flatnonzero(usable).tolist()
    alike = _alike(runs)
    group = [alike[i] for i in index]
    found = []
    for name, title, sources, new in asked:
        way = by_id.get(name, judged[0])
        left = constant_rate(runs.rate[usable], group, [sources[i] for i in index], new=new)
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


def _alike(runs: Runs) -> list[str]:
    """What of each run shares a naive constant: chip, precision, dense or mixture."""
    groups = runs.groups()
    return [" ".join(each) for each in zip(groups["chip"], groups["precision"], groups["kind"], strict=True)]


def _memory(runs: Runs, found: Estimates, chosen: Calibration, scored: Mask) -> Result:
    """Errors of peak memory where it was measured, and whether layouts that ran are said to fit.

    Where a row does not say what is recomputed, the least that fits is taken, so that most fit whatever
    the model says: those are counted apart. Layouts with SWOLLEN times the microbatch (and batch) are
    what a judge that always says yes is found by.
    """
    usable = scored & runs.batch.ok
    measured = usable & np.isfinite(runs.memory_bytes)
    error = found.memory_bytes[measured] / runs.memory_bytes[measured] - 1
    layout = runs.batch.layout
    swollen = layout._replace(
        micro_batch=layout.micro_batch * SWOLLEN, batch=np.asarray(layout.batch) * SWOLLEN
    )
    control = estimate(replace(runs.batch, layout=swollen), chosen).fits
    groups = (
        ("stated", usable & ~runs.batch.unknown_recompute),
        ("chosen", usable & runs.batch.unknown_recompute),
    )
    return {
        "measured": int(measured.sum()),
        "mape": plain(float(np.abs(error).mean()) if measured.any() else float("nan")),
        "bias": plain(float(np.median(error)) if measured.any() else float("nan")),
        "layouts": int(usable.sum()),
        "fit": _share(found.fits[usable]),
        "recompute": [
            {"id": name, "layouts": int(mask.sum()), "fit": _share(found.fits[mask]),
             "swollen_misfit": _share(~control[mask])}
            for name, mask in groups
        ],
        "swollen": SWOLLEN,
        "misfits": [runs.batch.ids[i] for i in np.flatnonzero(usable & ~found.fits).tolist()],
    }  # fmt: skip


def _share(mask: Mask) -> float | None:
    return float(mask.mean()) if len(mask) else None


def _noise(runs: Runs) -> Result:
    """How far two consecutive releases differ on the same run."""
    return {name: plain(value) for name, value in noise(runs)._asdict().items()}


def _unfitted(chosen: Calibration) -> list[Result]:
    """Runs of other tasks, in no fit, by the calibration as it is: all tiers, as none is complete."""
    others = beside()
    residual = np.log(estimate(others.batch, chosen).step_s / others.measured.time_s)
    tasks = [row["task"] for row in others.rows]
    return [{"task": task, **written(one)} for task, one in by_group(tasks, residual).items()]


def _twins(known: Runs) -> Result:
    """Rows whose configuration another source measured too: what leaving a source out does not hide."""
    same = configurations(known.measured, known.batch.chips)
    sources: dict[str, set[str]] = {}
    for name, source in zip(same, known.sources, strict=True):
        sources.setdefault(name, set()).add(source)
    elsewhere = sum(len(sources[name]) > 1 for name in same)
    return {"rows": len(same), "configurations": len(sources), "elsewhere": elsewhere}


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
