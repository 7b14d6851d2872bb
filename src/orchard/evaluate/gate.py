"""Whether a model passes its gate: conditions that were written before it was trained.

A condition is decided by the margin by which it holds, at the ends of the margin's 90 % interval: *passed*
where it holds even at the unfavourable end, *failed* where it does not even at the other, *undecided*
between them and where a figure is missing. What is measured on the same items is compared item by item.

All conditions must hold, so their number needs no correction: the chance that a model passes which ought
to fail at one of them is that of this one, 5 % (intersection-union test, Berger 1982). It makes it harder
to pass, and that is meant.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from orchard.evaluate.figures import Figure
from orchard.evaluate.statistics import (
    LEVEL,
    Array,
    Estimate,
    cluster_sums,
    freedom,
    jackknife,
    least_error,
    proportion,
)
from orchard.spec.gates import CHANCE, Condition, read

Word: TypeAlias = Literal["passed", "failed", "undecided"]
_STEP = 1e-6  # of a share, to see how far a margin moves with it


class Verdict(NamedTuple):
    """What became of a condition.

    Attributes
    ----------
    condition, word
        as it was written, and whether it holds
    margin, low, high
        by how much it holds, and the ends of the 90 % interval; nan where a figure is missing
    figures
        what was compared, by name
    why
        what the verdict rests on, or what is missing
    """

    condition: str
    word: Word
    margin: float
    low: float
    high: float
    figures: Mapping[str, float]
    why: str


class Decision(NamedTuple):
    """What became of a gate: passed when all conditions are, failed when one is."""

    word: Word
    verdicts: Sequence[Verdict]


def decide(
    conditions: Sequence[str], known: Mapping[str, Figure], missing: Mapping[str, str] | None = None
) -> Decision:
    """Decide on a gate. Without conditions there is nothing to fail.

    Parameters
    ----------
    known
        what was measured, by name
    missing
        reasons why figures were not, by the beginning of their names, such as ``predecessor``

    Raises
    ------
    GateError
        a condition that cannot be read, which loading a programme has refused before
    """
    verdicts = [verdict(read(text), known, missing or {}) for text in conditions]
    words = [one.word for one in verdicts]
    if "failed" in words:
        return Decision("failed", verdicts)
    return Decision("undecided" if "undecided" in words else "passed", verdicts)


def verdict(condition: Condition, known: Mapping[str, Figure], missing: Mapping[str, str]) -> Verdict:
    """Decide on one condition."""
    absent = [name for name in condition.names if name not in known]
    values = {name: known[name].value for name in condition.names if name in known}
    if absent:
        why = "; ".join(_absent(name, missing) for name in absent)
        return Verdict(condition.text, "undecided", math.nan, math.nan, math.nan, values, why)
    margin = condition.margin(values)
    if not math.isfinite(margin):
        return Verdict(condition.text, "undecided", math.nan, math.nan, math.nan, values, "a division by 0")
    low, high, why = _interval(condition, known, values)
    word: Word = "undecided"
    if condition.holds(low):
        word = "passed"
    elif not condition.holds(high):
        word = "failed"
    return Verdict(condition.text, word, margin, low, high, values, why)


def _interval(
    condition: Condition, known: Mapping[str, Figure], values: Mapping[str, float]
) -> tuple[float, float, str]:
    """Ends of the 90 % interval of a margin, and how they were found."""
    shares = [name for name in condition.names if known[name].share]
    if len(shares) == 1 and all(name in shares or name.endswith(CHANCE) for name in condition.names):
        found = proportion(known[shares[0]].numerator, known[shares[0]].clusters)
        ends = [condition.margin({**values, shares[0]: end}) for end in found.interval(LEVEL)]
        return min(ends), max(ends), f"Wilson's interval, {found.items} items in {found.clusters} clusters"
    estimate, paired = margin_of(condition, known, values)
    low, high = estimate.interval(LEVEL)
    how = "item by item, " if paired else ""
    return low, high, f"{how}{estimate.clusters} clusters, each left out once"


def margin_of(
    condition: Condition, known: Mapping[str, Figure], values: Mapping[str, float]
) -> tuple[Estimate, bool]:
    """The margin with its error, and whether all that is compared was measured on the same items.

    Sets of items are independent of each other: their variances add up, and so do their degrees of freedom
    by Welch & Satterthwaite.
    """
    sets: dict[str, list[str]] = {}
    for name in condition.names:
        sets.setdefault(known[name].items, []).append(name)
    parts = [_part(condition, known, names, values) for names in sets.values()]
    variance = sum(one.error**2 for one in parts)
    spread = sum(one.error**4 / one.freedom for one in parts if one.error and one.freedom > 0)
    free = variance**2 / spread if 0 < spread < math.inf else min(one.freedom for one in parts)
    items, clusters = sum(one.items for one in parts), sum(one.clusters for one in parts)
    estimate = Estimate(condition.margin(values), math.sqrt(variance), free, items, clusters)
    return estimate, len(sets) == 1 and len(condition.names) > 1


def _part(
    condition: Condition, known: Mapping[str, Figure], names: Sequence[str], values: Mapping[str, float]
) -> Estimate:
    """What one set of items adds to the error of a margin."""
    first = known[names[0]]
    order = {name: place for place, name in enumerate(first.clusters)}
    assert all(set(known[name].clusters) == set(order) for name in names)
    columns = [row for name in names for row in (known[name].numerator, known[name].denominator)]
    sums = cluster_sums(first.clusters, *columns)

    def margin(totals: Array) -> float:
        own = {name: float(totals[2 * k] / totals[2 * k + 1]) for k, name in enumerate(names)}
        return condition.margin({**values, **own})

    error = jackknife(margin, sums)
    for name in names:
        if known[name].share:
            error = max(error, _slope(condition, values, name) * least_error(len(sums)))
    return Estimate(math.nan, error, freedom(sums[:, 1]), len(first.clusters), len(sums))


def _slope(condition: Condition, values: Mapping[str, float], name: str) -> float:
    """How far a margin moves with a figure."""
    moved = condition.margin({**values, name: values[name] + _STEP})
    return abs(moved - condition.margin(values)) / _STEP


def _absent(name: str, missing: Mapping[str, str]) -> str:
    """Why a figure is missing."""
    reasons = [why for start, why in missing.items() if name == start or name.startswith(f"{start}.")]
    return f"{name}: {reasons[0] if reasons else 'not measured'}"
