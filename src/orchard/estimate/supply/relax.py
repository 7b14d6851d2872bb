"""What would have to give where nothing can supply a site: each limit alone, and all of them together.

Every limit gets a slack, and the slack is made as small as it can be while all else holds. A limit that
no slack of its own helps is not the reason, or not the only one; where none helps alone, the slacks are
made small together, each as a part of the load or of the limit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
from scipy.sparse import csc_array, hstack

from orchard.estimate.supply.case import Case
from orchard.estimate.supply.program import MW, MWH, TONNE, Program, program
from orchard.estimate.supply.solve import solve

_LEAST = 1e-6  # of the scale of a slack; what is less is rounding


class Relaxation(NamedTuple):
    """A limit, and the least it would have to be, in coherent units; `alone` if that is enough."""

    kind: str
    name: str
    limit: float
    needed: float
    unit: str
    alone: bool


class _Slack(NamedTuple):
    """A limit with a slack: the size of one unit of it, the size it is weighed by, where it acts."""

    kind: str
    name: str
    limit: float
    unit: str
    one: float
    scale: float
    like: str = ""  # acts as this column does
    row: str = ""  # acts on this row alone, with this sign
    sign: float = 0.0

    @property
    def column(self) -> str:
        """Its column: a plant may have the name of a limit."""
        return f"slack {self.kind} {self.name}"


def relaxations(case: Case) -> tuple[Relaxation, ...]:
    """The limits whose smallest relaxation lets the case be supplied.

    Those that are enough alone; where none is, those that are enough together. To go without, the last
    of them, is always enough, but for a lack of firm capacity.
    """
    *limits, unserved = _slacks(case)
    alone = [one for slack in limits for one in _together(case, [slack], alone=True)]
    alone += _together(case, [unserved], alone=True)
    if len(alone) > 1 or not limits:
        return tuple(alone)
    return (*_together(case, limits, alone=False), *alone)


def _together(case: Case, slacks: Sequence[_Slack], alone: bool) -> list[Relaxation]:
    """What these slacks must be at least, taken together; nothing where they are not enough."""
    found = solve(case, partial(_elastic, slacks=slacks))
    if not found.feasible:
        return []
    amounts = {slack: found.single(slack.column) * slack.one for slack in slacks}
    return [
        _relaxed(slack, amount, alone) for slack, amount in amounts.items() if amount > _LEAST * slack.scale
    ]


def _relaxed(slack: _Slack, amount: float, alone: bool) -> Relaxation:
    needed = slack.limit - amount if slack.kind == "firm" else slack.limit + amount
    return Relaxation(slack.kind, slack.name, slack.limit, needed, slack.unit, alone)


def _slacks(case: Case) -> Iterator[_Slack]:
    peak_w = float(case.load_w.max())
    for one in case.plants:
        if np.isfinite(one.most_w):
            limit = max(one.most_w, one.existing_w)
            yield _Slack("capacity", one.name, limit, "W", MW, peak_w, like=f"new {one.name}")
    if np.isfinite(case.carbon_most_kg) and any(source.carbon_kg_per_j for source in case.sources):
        mean = sum(source.carbon_kg_per_j for source in case.sources) / len(case.sources)
        scale = max(mean * case.energy_j, case.carbon_most_kg)
        yield _Slack("carbon", "carbon", case.carbon_most_kg, "kg", TONNE, scale, row="carbon", sign=-1.0)
    if case.firm_w > 0:
        yield _Slack("firm", "firm capacity", case.firm_w, "W", MW, peak_w, row="firm", sign=1.0)
    limit = case.unserved_share * case.energy_j
    yield _Slack("unserved", "unserved energy", limit, "J", MWH, case.energy_j, row="unserved", sign=-1.0)


def _elastic(case: Case, slacks: Sequence[_Slack]) -> Program:
    """The programme of a case that minimises slacks instead of cost."""
    whole = program(case, elastic=True)
    columns = whole.matrix.shape[1]
    layout = replace(
        whole.layout,
        columns=whole.layout.columns | {one.column: columns + n for n, one in enumerate(slacks)},
    )
    added = hstack([_column(whole, one) for one in slacks])
    extra = np.zeros(len(slacks))
    return Program(
        layout,
        np.append(np.zeros(columns), [one.one / one.scale for one in slacks]),
        np.append(whole.column_low, extra), np.append(whole.column_high, extra + np.inf),
        whole.row_low, whole.row_high, hstack([whole.matrix, added], format="csc"), 0.0,
    )  # fmt: skip


def _column(whole: Program, slack: _Slack) -> csc_array:
    if slack.like:
        place = whole.layout.columns[slack.like]
        return csc_array(whole.matrix[:, [place]])
    row, rows = whole.layout.rows[slack.row], whole.matrix.shape[0]
    return csc_array(([slack.sign], ([row], [0])), shape=(rows, 1))
