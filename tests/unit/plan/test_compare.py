"""Two programmes side by side: nothing differs from itself, and differences add up."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchard.catalogue import catalogue
from orchard.errors import QuantityError, SpecError
from orchard.plan import ask, plan
from orchard.plan.compare import Side, compare
from orchard.plan.compare.differences import between, changes, differences
from orchard.plan.compare.effects import symmetric_quantiles
from orchard.spec.load import load_with_warnings

from . import small
from .small import DROP, assumed

SAMPLES = 200
EARLIER: dict[str, Any] = {"models.apple.start": "2026-01-01"}
MORE: dict[str, Any] = {"finances.budget.2026": "5 G USD"}
ANOTHER: dict[str, Any] = {
    "deliveries.more": {"chip": "fast", "site": "utah", "count": "20 k chips", "start": "2026-01-01", "end": "2026-02-01"}
}  # fmt: skip


def side(edits: dict[str, Any] | None = None) -> Side:
    return Side(small.programme(edits), "small.yaml", {})


def compared(first: dict[str, Any] | None, second: dict[str, Any] | None, seed: int = 0) -> dict[str, Any]:
    return compare(side(first), side(second), catalogue(), samples=SAMPLES, seed=seed)


def test_a_programme_beside_itself_differs_by_nothing() -> None:
    found = compared(EARLIER, EARLIER)
    assert found["differences"] == found["attribution"] == []
    assert {row["difference"] for row in found["claims"]} == {0.0}
    assert {row["difference"] for row in found["quantities"]} == {0.0}
    assert all(row["interval"] == [0.0, 0.0] and row["moved"] == 0 for row in found["quantities"])


def test_both_sides_are_what_plan_and_ask_say() -> None:
    found = compared(None, EARLIER)
    for side_key, edits in (("from", None), ("to", EARLIER)):
        claims = plan(small.programme(edits), catalogue(), samples=SAMPLES)["claims"]
        told = {row["id"]: row["probability"] for row in claims if row["probability"] is not None}
        assert {row["id"]: row[side_key] for row in found["claims"]} == pytest.approx(told)
        rows = {row["quantity"]: row[side_key] for row in found["quantities"]}
        for quantity in ("apple.released", "capex@2026", "fleet.gpus@2026-12-31"):
            assert (
                rows[quantity]
                == ask(small.programme(edits), catalogue(), [quantity], samples=SAMPLES)[0]["p50"]
            )


@pytest.mark.parametrize("second", [EARLIER, MORE, ANOTHER, EARLIER | MORE | ANOTHER])
def test_the_other_way_round_is_the_opposite(second: dict[str, Any]) -> None:
    forth, back = compared(None, second), compared(second, None)
    there = {row["id"]: row for row in back["claims"]}
    for row in forth["claims"]:
        other = there[row["id"]]
        assert row["difference"] == pytest.approx(-other["difference"])
        assert row["interval"] == pytest.approx([-end for end in reversed(other["interval"])])
    there = {row["quantity"]: row for row in back["quantities"]}
    for row in forth["quantities"]:
        other = there[row["quantity"]]
        mine = [row["difference"], *row["interval"]]
        theirs = [other["difference"], *reversed(other["interval"])]
        assert [None if one is None else -one for one in theirs] == pytest.approx(mine)
        assert row["moved"] == other["moved"]


def test_a_day_earlier_is_a_day_earlier_in_every_future() -> None:
    """Paired samples: the difference has no chance in it, though both sides are uncertain."""
    found = compared(None, {"models.apple.start": "2026-01-31"})
    row = next(row for row in found["quantities"] if row["quantity"] == "apple.started")
    assert (row["difference"], row["interval"], row["moved"]) == (-86400.0, [-86400.0, -86400.0], 1.0)


def test_differences_name_place_and_values() -> None:
    found = compared(None, EARLIER | {"lab.share": assumed("90 %", "80 %", "95 %")})
    rows = {row["path"]: row for row in found["differences"]}
    assert set(rows) == {"models.apple.start", "lab.share"}
    assert (rows["models.apple.start"]["from"], rows["models.apple.start"]["to"]) == (
        "2026-02-01",
        "2026-01-01",
    )
    assert rows["lab.share"]["to"] == "90 % (80 % to 95 %)"
    assert rows["lab.share"]["why"] == "made up for a test"


def test_other_units_and_reasons_are_no_difference() -> None:
    same = {"models.apple.milestones.testing.takes": "720 h", "finances.budget.2027": "2000 M USD"}
    assert differences(small.programme(), small.programme(same)) == []


def test_entries_and_names_change_together() -> None:
    first, second = small.programme(), small.programme(ANOTHER | {"people.turn": DROP} | EARLIER)
    made = changes(differences(first, second))
    assert made[0].name == "models.apple.start"
    assert {one.path for one in made[-1].differences} == {"deliveries.more", "people.turn"}


EDITS = st.lists(
    st.sampled_from([
        {"models.apple.start": "2026-03-01"}, {"finances.budget.2026": "4 G USD"}, ANOTHER, {"people.turn": DROP},
        {"sites.ohio.pue": 1.3}, {"models.berry.priority": 3}, {"data_engine": DROP}, {"sites.utah.delay": DROP},
        {"lab.share": assumed("70 %", "60 %", "75 %")}, {"models.apple.chips": "10 k chips"}, {"claims.spend": DROP},
    ]), max_size=5,
)  # fmt: skip


@given(first=EDITS, second=EDITS)
@settings(max_examples=25, deadline=None)
def test_all_changes_made_lead_from_one_to_the_other(
    first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    one, other = (
        small.programme({k: v for edit in edits for k, v in edit.items()}) for edits in (first, second)
    )
    made = changes(differences(one, other))
    assert differences(between(one, made), other) == []
    assert differences(between(one, []), one) == []


def test_fair_parts_add_up_to_the_whole() -> None:
    found = compared(None, EARLIER | MORE | {"sites.ohio.delay": DROP})
    parts = found["attribution"]
    assert {row["change"] for row in parts} == {row["path"] for row in found["differences"]}
    assert len(parts) == 3
    claims = {row["id"]: row["difference"] for row in found["claims"]}
    for name in parts[0]["effects"]:
        shared = sum(row["effects"][name]["shared"] for row in parts)
        in_order = sum(row["effects"][name]["in_order"] for row in parts)
        assert shared == pytest.approx(in_order, abs=1e-6 * max(abs(in_order), 1))
        if name in claims:
            assert shared == pytest.approx(claims[name])


def test_one_difference_needs_no_attribution() -> None:
    assert compared(None, EARLIER)["attribution"] == []


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=50))
def test_quantiles_of_the_negative_are_the_negative(values: list[float]) -> None:
    low, middle, high = symmetric_quantiles(np.array(values))
    assert symmetric_quantiles(-np.array(values)) == (-high, -middle, -low)
    assert low <= middle <= high


def test_nothing_in_common_is_said() -> None:
    bare = {"claims": {}, "deliveries": {}, "models": {}, "products": {}, "people": {}, "sites.utah": DROP}
    one = small.programme(bare)
    later = one.horizon.model_copy(update={"start": date(2031, 1, 1), "end": date(2031, 12, 31)})
    other = one.model_copy(update={"horizon": later, "sites": {"elsewhere": one.sites["ohio"]}})
    with pytest.raises(QuantityError) as caught:
        compare(Side(one, "a", {}), Side(other, "b", {}), catalogue(), samples=20)
    assert [finding.code for finding in caught.value.findings] == ["O923"]


def test_settings_of_the_command_line(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(small.text())
    loaded = load_with_warnings(file, settings=["sites.ohio.pue=1.3", "models.apple.start = 2026-01-01"])
    assert loaded.programme.sites["ohio"].pue.value == 1.3
    assert str(loaded.programme.models["apple"].start) == "2026-01-01"
    assert [(one.path, one.after) for one in loaded.overrides] == [
        ("sites.ohio.pue", 1.3), ("models.apple.start", "2026-01-01"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("settings_", "codes"),
    [(["sites.ohio.pue"], ["O121"]), (["=3", "x"], ["O121", "O121"]), (["sites.ohio.peu=1.2"], ["O120"]),
     (["sites.ohio.pue=[1"], ["O105"])],
)  # fmt: skip
def test_settings_that_cannot_be_read(tmp_path: Path, settings_: list[str], codes: list[str]) -> None:
    file = tmp_path / "small.yaml"
    file.write_text(small.text())
    with pytest.raises(SpecError) as caught:
        load_with_warnings(file, settings=settings_)
    assert [finding.code for finding in caught.value.findings if finding.severity == "error"] == codes
