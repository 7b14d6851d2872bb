"""Claims beside their outcomes: those that the table names, and those that an outcome of it decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from orchard.estimate import forecast
from orchard.plan.backtest.actuals import Actual
from orchard.plan.backtest.rows import Scored, known_before
from orchard.plan.expression import Test
from orchard.plan.scene import Setup


def claims_of(
    rows: Sequence[Actual],
    scored: Sequence[Scored],
    tests: Mapping[str, Test],
    chances: Mapping[str, float],
    setup: Setup,
    samples: int,
) -> list[dict[str, Any]]:
    """Claims that were said to hold or not, and those that an outcome of the table decides."""
    stated = {row.claim: row for row in rows if row.claim}
    found = []
    for name, test in tests.items():
        if name not in chances:
            continue
        if name in stated:
            row, holds = stated[name], bool(stated[name].outcome.value)
        else:
            pair = _decided(test, setup.programme.claims[name].test, scored)
            if pair is None:
                continue
            row, holds = pair
        before = row.known is not None and row.known <= setup.programme.as_of
        before = before or any(
            known_before(one, setup.programme.as_of) for one in scored if one.actual is row
        )
        found.append({
            "id": name, "text": setup.programme.claims[name].text,
            "probability": chances[name], "holds": holds,
            "decided_by": "" if row.claim else row.text, "before": before,
            "brier": forecast.brier(chances[name], holds),
            "log_score": forecast.log_score(chances[name], holds, samples),
        })  # fmt: skip
    return found


def _decided(test: Test, text: str, scored: Sequence[Scored]) -> tuple[Actual, bool] | None:
    """The outcome that decides a claim about one quantity and fixed bounds; None where nothing does."""
    names = test.quantities
    if len(names) != 1 or not text.startswith(names[0].text + " ") or len(test.left.quantities) != 1:
        return None
    one = next((each for each in scored if each.quantity.text == names[0].text), None)
    if one is None or text.removeprefix(names[0].text).strip()[:1] not in "<>i":
        return None
    outcome, against = one.actual.outcome, next(bound for bound in reversed(test.bounds) if bound is not None)
    ends = [outcome.low, outcome.high]
    if outcome.kind == "above":
        ends[0] = outcome.low + 1 if one.dated else np.nextafter(outcome.low, np.inf)
    if outcome.kind == "below":
        ends[1] = outcome.high - 1 if one.dated else np.nextafter(outcome.high, -np.inf)
    holds = {bool(test.holds(np.array([end]), np.array([against]))[0]) for end in ends}
    return (one.actual, holds.pop()) if len(holds) == 1 else None
