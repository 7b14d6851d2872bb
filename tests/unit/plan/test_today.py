"""Changes are made on the programme's date: what lies before it stays as it is."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchard.plan import fleet, power
from orchard.plan.calendar import to_day
from orchard.plan.outlook import Outlook
from orchard.plan.scene import Changes, Scene

from . import small

SAMPLES = 40
CHANGES = st.builds(
    Changes,
    money=st.floats(0.2, 4), chips=st.floats(0.2, 4), power=st.floats(0.2, 4), run_chips=st.floats(0.2, 4),
    site_days=st.floats(0, 900), delivery_days=st.floats(0, 900), run_days=st.floats(0, 900), stage_days=st.floats(0, 900),
    checkpoint=st.floats(0.1, 1), hindsight=st.just(False), ignore=st.just(frozenset()), run_sites=st.just(()),
    site_order=st.none(), quotas=st.just((("core", 1.5), ("vision", 0.25))),
)  # fmt: skip
UNDER_WAY: dict[str, Any] = {
    "models.apple.start": "2025-06-01", "models.apple.compute": "2.0e25 FLOP", "models.apple.start_delay": "0 d",
    "models.apple.chips": "5 k chips",
}  # fmt: skip


def twice(changes: Changes, edits: dict[str, Any]) -> tuple[Outlook, Outlook]:
    made = small.setup(edits)
    base = Outlook(Scene(made, made.draws(0, 0, SAMPLES)))
    return base, Outlook(Scene(made, base.scene.draws, changes))


@given(CHANGES, st.sampled_from(["2025-06-30", "2025-12-31", "2026-05-15"]))
@settings(max_examples=30, deadline=None)
def test_what_was_by_today_is_as_it_was(changes: Changes, as_of: str) -> None:
    base, changed = twice(changes, UNDER_WAY | {"as_of": as_of})
    past = base.scene.calendar.edges <= base.scene.today
    assert past.any()
    for site in base.scene.programme.sites:
        assert np.array_equal(base.power_w(site)[past], changed.power_w(site)[past])
    for name, chips in base.delivered.items():
        assert np.array_equal(chips[past], changed.delivered[name][past])
    assert np.array_equal(base.gang("apple").chips[past], changed.gang("apple").chips[past])
    quarters = base.scene.calendar.quarters
    over = [
        quarters.index(quarter)
        for quarter in quarters
        if quarter < f"{as_of[:4]}-Q{int(as_of[5:7]) // 3 + 1}"
    ]
    assert np.allclose(base.capex_usd[over], changed.capex_usd[over])


@given(CHANGES)
@settings(max_examples=30, deadline=None)
def test_nothing_to_come_begins_before_today(changes: Changes) -> None:
    base, changed = twice(changes, UNDER_WAY)
    today = base.scene.today
    for site, entry in base.scene.programme.sites.items():
        for phase in entry.ramp:
            before, after = (power.phase_start_day(each.scene, site, phase) for each in (base, changed))
            assert np.all((after >= today) | (after == before))
    begun = to_day(base.scene.programme.models["apple"].start)  # type: ignore[arg-type]
    assert np.all(changed.training("apple").start_day == begun)
    assert np.all(changed.training("berry").start_day >= today)
    assert np.all(changed.released_day("apple") >= np.minimum(base.released_day("apple"), today))


def test_chips_to_come_are_multiplied_and_those_under_way_are_not() -> None:
    base, changed = twice(Changes(chips=2), {})
    grown = {
        name: float((changed.delivered[name][-1] / chips[-1]).mean())
        for name, chips in base.delivered.items()
    }
    assert grown == {"slow-2025": 1, "fast-2026": 1, "asic-utah": 1, "slow-utah": pytest.approx(2)}
    scene = changed.scene
    assert np.allclose(
        fleet.promised(scene, "slow-utah")[-1], 2 * fleet.promised(base.scene, "slow-utah")[-1]
    )


@pytest.mark.parametrize(
    "changes",
    [Changes(run_chips=2), Changes(quotas=(("core", 1.5),)), Changes(checkpoint=0.1), Changes(ignore=frozenset({"failures"}))],
)  # fmt: skip
def test_a_run_under_way_is_quicker_from_today_on(changes: Changes) -> None:
    """Faster than as it goes on, slower than if it had been so from its beginning."""
    edits = UNDER_WAY | {"models.apple.reliability": {"node_failures": "0.003 failure/node/d", "checkpoint": "20 min",
                                                      "restart": "3 h"}}  # fmt: skip
    if changes.quotas:
        edits |= {"models.apple.chips": "80 k chips", "models.apple.compute": "6.0e25 FLOP"}
    base, changed = twice(changes, edits)
    _, before = twice(changes._replace(hindsight=True), edits)
    ends = [each.training("apple").end_day for each in (before, changed, base)]
    running = np.isfinite(ends[2]) & (ends[2] > base.scene.today + 30)
    assert running.any()
    for sooner, later in pairwise(end[running] for end in ends):
        assert np.all(sooner <= later)
        assert sooner.mean() < later.mean()


def test_a_budget_of_a_year_under_way_grows_by_what_is_still_to_be_spent() -> None:
    """1.2 G USD in 2025, 0.2 reported; by the end of June another third of the rest is gone."""
    edits = {"as_of": "2025-06-30", "finances.budget.2025": "1.2 G USD"}
    base, changed = twice(Changes(money=1.5), edits)
    assert np.allclose(changed.capex_usd[:2], base.capex_usd[:2])
    assert np.allclose(changed.capex_usd[:4].sum(axis=0), 1.5 * 1.2e9)
    assert np.allclose(changed.capex_usd[2], changed.capex_usd[3])
