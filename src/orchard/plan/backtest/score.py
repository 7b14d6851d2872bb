"""Forecasts beside what became known since: coverage, sharpness, bias and scores of a whole programme.

What was known already by the programme's date is no forecast and is told apart. An interval counts against
the programme when it misses, and is told when it is too wide to say anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from orchard import __version__
from orchard.catalogue import Catalogue
from orchard.estimate import forecast
from orchard.plan import engine
from orchard.plan.answer import Progress, judge_block
from orchard.plan.backtest.actuals import Actual, read_actuals
from orchard.plan.backtest.decided import claims_of
from orchard.plan.backtest.rows import Scored, plain, row_of
from orchard.plan.claims import read_claims
from orchard.plan.definitions import definitions
from orchard.plan.engine import Engine
from orchard.plan.expression import Test
from orchard.plan.kept import Kept
from orchard.plan.scene import Setup
from orchard.spec.programme import Programme


def backtest(
    programme: Programme,
    catalogue: Catalogue,
    actuals: Path,
    *,
    samples: int,
    seed: int = 0,
    file: str = "",
    digest: str = "",
    progress: Progress | None = None,
    where: Engine | None = None,
    keep: Path | None = None,
) -> dict[str, Any]:
    """Score a programme's forecasts by a table of outcomes: the answer as plain data.

    Raises
    ------
    OrchardError
        anything that is wrong with the table or the programme
    """
    setup = Setup.of(programme, catalogue)
    known = definitions(setup)
    tests = read_claims(setup, known)
    rows = read_actuals(actuals, setup, known)
    asked = tuple(
        row.quantity.text for row in rows if row.quantity is not None and not row.quantity.definition.unknown
    )
    engine.check_memory(setup, samples)
    store = None if keep is None else Kept(keep, setup, seed, "backtest\n" + "\n".join(asked))
    say = progress or (lambda *_: None)
    blocks = engine.run(
        setup, samples, seed, partial(judge_block, asked),
        progress=lambda x: say("planning", x), engine=where, store=store,
    )  # fmt: skip
    horizon = setup.calendar.end
    scored = [
        Scored(row, row.quantity, engine.joined(blocks, "value", row.quantity.text), horizon)
        for row in rows
        if row.quantity is not None and row.quantity.text in asked
    ]
    chances = {
        name: float(engine.joined(blocks, "holds", name).mean()) for name in engine.named(blocks, "holds")
    }
    found = [row_of(one, programme.as_of) for one in scored]
    claims = list(claims_of(rows, scored, tests, chances, setup, samples))
    return {
        "orchard": __version__,
        "programme": {
            "id": programme.programme, "title": programme.title,
            "as_of": programme.as_of.isoformat(), "file": file,
        },
        "digest": digest, "seed": seed, "samples": samples, "actuals": str(actuals),
        "rows": [row for row in found if not row["before"]],
        "before": [row for row in found if row["before"]],
        "claims": claims,
        "unscored": _unscored(rows, tests),
        "summary": summary([row for row in found if not row["before"]], claims, samples),
    }  # fmt: skip


def summary(
    rows: Sequence[Mapping[str, Any]], claims: Sequence[Mapping[str, Any]], samples: int
) -> dict[str, Any]:
    """Scores of all forecasts together; None where nothing can be said."""
    covered = forecast.coverage(
        np.array([row["inside"] for row in rows if row["inside"] is not None], dtype=bool)
    )
    numbers, dates = ([row for row in rows if (row["unit"] == "date") is dated] for dated in (False, True))
    judged = [claim for claim in claims if not claim["before"]]
    return {
        "rows": len(rows),
        "decided": covered.n,
        "inside": covered.inside,
        "coverage": plain(covered.share),
        "coverage_low": plain(covered.low), "coverage_high": plain(covered.high),
        "honest": covered.honest if covered.n else None,
        "bias": _bias(rows, samples),
        "bias_numbers": _bias(numbers, samples),
        "bias_dates": _bias(dates, samples),
        "crps_share": _mean([row["crps_share"] for row in numbers]),
        "crps_d": _mean([row["crps"] for row in dates]),
        "error_share": _mean([row["error_share"] for row in numbers], of=abs),
        "error_d": _mean([row["error"] for row in dates], of=abs),
        "too_wide": [row["quantity"] for row in rows if row["too_wide"]],
        "claims": len(judged),
        "brier": _mean([claim["brier"] for claim in judged]),
        "log_score": _mean([claim["log_score"] for claim in judged]),
    }  # fmt: skip


def _unscored(rows: Sequence[Actual], tests: Mapping[str, Test]) -> list[dict[str, str]]:
    """Rows about what the model does not contain, with the reason."""
    found = []
    for row in rows:
        unknown = row.quantity.definition.unknown if row.quantity is not None else tests[row.claim].unknown
        if unknown:
            found.append({"id": row.text, "why": unknown})
    return found


def _bias(rows: Sequence[Mapping[str, Any]], samples: int) -> dict[str, Any]:
    score, beyond_luck = forecast.bias([row["place"] for row in rows], samples)
    return {"score": plain(score), "beyond_luck": beyond_luck}


def _mean(values: Sequence[float | None], of: Callable[[float], float] = float) -> float | None:
    known = [of(value) for value in values if value is not None]
    return float(np.mean(known)) if known else None
