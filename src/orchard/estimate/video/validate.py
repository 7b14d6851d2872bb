"""How far estimates of clips can be trusted: the closed form beside measured clips.

Clips of the project are judged by fits that have not seen them; a user's by the calibration as it is.
What comes back is plain data, for JSON and the terminal alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.holdout import hold_out
from orchard.estimate.score import Way, by_group, constant_rate, plain, score, written
from orchard.estimate.video import holdout
from orchard.estimate.video.constants import Calibration, calibration
from orchard.estimate.video.fit import predict
from orchard.estimate.video.interval import width
from orchard.estimate.video.measurements import Measured, measured

Array = NDArray[np.float64]
Result = dict[str, Any]

# Ways of holding rows out: id, title, what the fit knows of a row that it is asked for.
WAYS = (
    ("pair", "pairs", "its model and its chip are known, not together"),
    ("model", "models", "nothing of its model is known: the figure to quote"),
    ("architecture", "networks", "nothing of its model, or of others of the same network, is known"),
    ("chip", "chips", "nothing of its chip is known"),
)
HEADLINE = "model"


def validate(start: Calibration | None = None) -> Result:
    """Score the closed form on the clips that the project ships, by fits that have not seen them.

    >>> made = validate()
    >>> made["scored"], [way["id"] for way in made["ways"]]
    (72, ['pair', 'model', 'architecture', 'chip'])
    """
    clips, known = measured(), calibration() if start is None else start
    keys = holdout.ways(clips)
    left = hold_out(keys, holdout.unseen(clips, known))
    ways = [
        Way(name, title, about, left[name], holdout.nested_width(clips, left, keys[name]))
        for name, title, about in WAYS
    ]
    return _result(clips, known, ways, HEADLINE)


def judge(clips: Measured, chosen: Calibration) -> Result:
    """Score a calibration, as it is, on measured clips that it was not fitted to."""
    residual = np.log(predict(chosen.constants, clips) / clips.seconds)
    around = width(chosen.spread, clips.architectures, clips.chips, **holdout.sizes(clips))
    way = Way("asis", "your clips", "predicted by the calibration as it is", residual, around)
    return _result(clips, chosen, [way], way.id)


def _result(clips: Measured, chosen: Calibration, ways: Sequence[Way], headline: str) -> Result:
    best = next(way for way in ways if way.id == headline)
    return {
        "scored": len(clips.ids),
        "left_out": [{"id": id, "why": why} for id, why in clips.left_out.items()],  # noqa: A001
        "headline": headline,
        "ways": [
            {"id": way.id, "title": way.title, "about": way.about, **_scores(way, clips)} for way in ways
        ],
        "naive": _naive(clips, best),
        "points": [_point(clips, best, i) for i in range(len(clips.ids))],
        "constants": [
            {key: plain(value) for key, value in row._asdict().items()} | {"fitted": row.fitted}
            for row in chosen.rows
        ],
    }


def _scores(way: Way, clips: Measured) -> Result:
    named = {"model": clips.models, "chip": clips.chips}
    by = {
        question: {name: written(one) for name, one in by_group(keys, way.residual, way.width).items()}
        for question, keys in named.items()
    }
    overall = written(score(way.residual, way.width))
    each = [one["ratio"] for one in by["model"].values()]
    return {"overall": {**overall, "of_models": float(np.median(each))}, "by": by}


def _naive(clips: Measured, best: Way) -> list[Result]:
    """A constant rate a chip beside the closed form, on the clips for which there is one."""
    left = constant_rate(clips.peak_share, clips.chips, clips.models, new=True)
    answered = np.isfinite(left)
    if not answered.any():
        return []
    scores = {"naive": written(score(left[answered])), "model": written(score(best.residual[answered]))}
    return [{"id": "model", "title": "new model", **scores}]


def _point(clips: Measured, way: Way, i: int) -> Result:
    factor = float(np.exp(way.width[i]))
    predicted = float(clips.seconds[i] * np.exp(way.residual[i]))
    return {
        "id": clips.ids[i],
        "model": clips.models[i],
        "chip": clips.chips[i],
        "chips": int(np.asarray(clips.run.chips)[i]),
        "tokens": int(np.asarray(clips.work.tokens)[i]),
        "measured": float(clips.seconds[i]),
        "predicted": predicted,
        "low": predicted / factor,
        "high": predicted * factor,
    }
