"""Claims: what the grammar reads, what it means, and that nothing but a house error comes of the rest."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchard.errors import OrchardError, QuantityError
from orchard.plan.definitions import definitions
from orchard.plan.expression import Test as Claim
from orchard.plan.expression import read_test

from . import small
from .small import outcome_of

ALWAYS = 1.0


def read(text: str) -> Claim:
    return read_test(text, known(), small.setup())


@functools.cache
def known() -> dict:  # type: ignore[type-arg]
    return definitions(small.setup())


@functools.cache
def outlook():  # type: ignore[no-untyped-def]
    return small.outlook(samples=20)


def chance(text: str) -> float:
    claim = read(text)
    values = np.broadcast_to(claim.left.read(outlook()), 20)
    return float(np.mean(claim.holds(values, claim.right.read(outlook()))))


@pytest.mark.parametrize(
    "text",
    [
        "1 + 2 * 3 >= 7", "1 + 2 * 3 <= 7", "( 1 + 2 ) * 3 >= 9", "10 - 4 - 3 <= 3", "12 / 3 / 2 <= 2", "12 / ( 3 / 2 ) >= 8",
        "2 * ( 3 + ( 4 - 1 ) ) <= 12", "1 kW + 1 W >= 1001 W", "2 W * 3 s >= 6 J", "6 J / 2 s <= 3 W", "50 % >= 0.5", "50 % <= 0.5",
        "1 G USD / 2 k chips >= 500 k USD/chip", "2026-01-31 - 2026-01-01 >= 30 d", "2026-01-31 - 2026-01-01 <= 30 d",
        "2026-01-01 + 30 d >= 2026-01-31", "2026-01-31 - 30 d <= 2026-01-01", "2026-01-01 + 1 wk + 1 d >= 2026-01-09",
        "71 G USD in 70..72 G USD", "71 G USD in 70 G USD..72 G USD", "0.71 in 70..72 %", "71 % in 0.7..0.72", "71 % in 70 %..72 %",
        "2026-05-01 in 2026-01-01..2026-12-31", "5 in 5..5", "-5 d in -10..-1 d", "2 > 1", "1 < 2", "1e3 W >= 1 kW",
        "1_000 chips >= 1 k GPUs", "capex@2025 >= 1 USD", "capex@2025 - capex@2025 <= 0 USD", "apple.released > apple.trained",
        "apple.released - apple.trained >= 1 d", "apple.released - 30 d < apple.released", "fleet.gpus@2026 in 0..10 M chips",
        "fleet.gpus@2026 <= fleet.chips@2026", "(1) >= 1", "1 / 2 <= 0.5", "3 W / 1 W >= 3",
        "2 x in 1..3", "1 h >= 60 min", "1 min >= 60 s", "capex@2025 / fleet.gpus@2026 > 0 USD/chip",
        "2026-03-31 + 14 h <= 2026-03-31", "2026-03-31 + 14 h in 2026-01-01..2026-03-31", "2026-03-31 + 14 h < 2026-04-01",
    ],
)  # fmt: skip
def test_says_what_it_says(text: str) -> None:
    assert chance(text) == ALWAYS


@pytest.mark.parametrize(
    "text",
    [
        "1 > 1",
        "1 < 1",
        "3 in 4..5",
        "2027-01-01 in 2026-01-01..2026-12-31",
        "1 / 0 in 0..1",
        "0 / 0 >= 0",
        "2026-03-31 + 14 h > 2026-03-31",
        "2026-03-31 + 25 h <= 2026-03-31",
    ],
)
def test_and_does_not_hold_where_it_does_not(text: str) -> None:
    assert chance(text) == 0.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the end"), ("   ", "the end"), (">= 1", "'>='"), ("1 >=", "the end"), ("1", "no comparison"), ("1 = 1", "'= 1'"),
        ("1 == 1", "'== 1'"), ("1 => 1", "'=> 1'"), ("1 > = 1", "'= 1'"), ("1 <> 2", "'>'"), ("1 > 2 > 3", "'>' too many"),
        ("1 + >= 2", "'>='"), ("( 1 >= 1", "not closed"), ("1 ) >= 1", "')'"), ("1 >= 1 )", "too many"), ("() >= 1", "')'"),
        ("capex@2025 >= 72", "USD compared with a plain number"), ("capex@2025 >= 1 GW", "USD compared with W"),
        ("apple.released <= 30 d", "a date compared with s"), ("apple.released >= 5", "a date compared with a plain number"),
        ("apple.released + berry.released > 2026-01-01", "two dates added"), ("apple.released * 2 > 2026-01-01", "a date multiplied"),
        ("2 / apple.released > 1", "a date multiplied"), ("30 d - apple.released > 1 d", "s compared with a date"),
        ("apple.released <= 2026-02-30", "the date 2026-02-30"), ("apple.released <= 2026-13-01", "the date 2026-13-01"),
        ("capex@2025 in 72..70 G USD", "start is above its end"), ("capex@2025 in 70 G USD..72", "plain number"),
        ("capex@2025 in 70..", "the end"), ("capex@2025 in ..70 G USD", "range that cannot be read"), ("capex@2025 in 70", "range that cannot"),
        ("capex@2025 in 70..72 G USD + 1", "too many"), ("capex@2025 in 70..72 G EUR", "not a unit"), ("1 furlong > 1", "not a unit"),
        ("capex@2025 > 1e999 USD", "not a finite number"), ("capex@2025 > 10 G USD 5", "'5' too many"), ("a -5 > 1", "the quantity 'a'"),
        ("in in in", "'in'"), ("capex@2025 in in..in", "'in'"), ("fleet.gpus@2025 >= 1 GPU; drop", "'; drop'"), ("$(rm) > 1", "'$(rm) > 1'"),
        ("1 >= 1 \x00", "'\\x00'"), ("1 ≥ 1", "'≥ 1'"), ("'1' > 1", "'1' > 1"), ("fleet.gpu@2026-12-31 > 1 chip", "the quantity 'fleet.gpu'"),
        ("capex@2025-13-01 > 1 USD", "the period"), ("capex > 1 USD", "capex"), ("apple.released@2026 > 2026-01-01", "apple.released@2026"),
    ],
)  # fmt: skip
def test_what_can_not_be_read_is_refused_with_the_reason(text: str, words: str) -> None:
    with pytest.raises(QuantityError) as caught:
        read(text)
    assert words in caught.value.findings[0].found
    assert caught.value.findings[0].wanted


@pytest.mark.parametrize(
    ("text", "hint"),
    [("fleet.gpu@2026-12-31 > 1 chip", "fleet.gpus"), ("aple.released > 2026-01-01", "apple.released"), ("capx@2025 > 1 USD", "capex"),
     ("ohio.itpower@2026-12-31 > 1 W", "ohio.it_power"), ("zzzzzz > 1", "orchard ask FILE --list")],
)  # fmt: skip
def test_unknown_quantities_get_a_guess(text: str, hint: str) -> None:
    with pytest.raises(QuantityError) as caught:
        read(text)
    assert hint in caught.value.findings[0].hint


@pytest.mark.parametrize("depth", [1, 40])
def test_parentheses_nest(depth: int) -> None:
    assert chance("(" * depth + "1" + ")" * depth + " >= 1") == ALWAYS


@pytest.mark.parametrize(
    "text",
    [
        "(" * 41 + "1" + ")" * 41 + " >= 1",
        "(" * 900,
        "1 " + "+ 1 " * 300 + ">= 1",
        "x" * 1001,
        "1 >= 1" + " " * 1000,
    ],
)
def test_too_deep_and_too_long_are_refused(text: str) -> None:
    with pytest.raises(QuantityError):
        read(text)


def test_a_long_sum_is_still_read() -> None:
    assert chance("1" + " + 1" * 240 + " >= 241") == ALWAYS


def test_sides_and_bounds_are_kept_for_the_answer() -> None:
    claim = read("fleet.gpus@2026-12-31 >= 60 k chips")
    assert (claim.target, claim.bounds, claim.left.unit) == (">= 60 k chips", (60e3, None), "chip")
    assert read("apple.released <= 2026-03-31").bounds == (None, 739706.0)
    assert read("capex@2025 in 70..72 G USD").bounds == (70e9, 72e9)
    assert read("capex@2025 in 70..72 G USD").target == "in 70..72 G USD"
    both = read("servers.cost@2025 <= servers.budget@2025")
    assert both.bounds == (None, None)
    assert [quantity.text for quantity in both.quantities] == ["servers.cost@2025", "servers.budget@2025"]


@pytest.mark.parametrize(
    "text", ["rivals.lead > 0", "1 + rivals.lead * 2 < 5", "0 < apple.quality", "apple.lead > rivals.lead"]
)
def test_a_claim_on_something_unknown_is_unknown_with_the_reason(text: str) -> None:
    assert read(text).unknown


def test_never_less_never_is_no_number_and_no_warning() -> None:
    edits = {"models.apple.compute": "1.0e30 FLOP", "models.berry.compute": "1.0e30 FLOP"}
    found = outcome_of("apple.released - berry.released >= 1 d", edits)
    assert np.isnan(found.values).all()
    assert not found.known
    assert not found.holds.any()


def test_overflow_is_no_warning() -> None:
    assert outcome_of("1e300 * 1e300 > capex@2025 / 1 USD").probability == 1.0


_WORDS = ["capex@2025", "apple.released", "fleet.gpus@2026-12-31", "rivals.lead", "1", "70 G USD", "2026-03-31", "30 d", "26 %", ">=", "<=",
          ">", "<", "in", "..", "70..72 G USD", "+", "-", "*", "/", "(", ")", "x", "@", "capex", "1e5", "-3", "é", "\n"]  # fmt: skip


@settings(max_examples=400)
@given(st.lists(st.sampled_from(_WORDS), max_size=12).map(" ".join) | st.text(max_size=60))
@example("..")
@example("1..2 in 3")
@example("٣ > ١")
@example("1 in 1...2")
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        claim = read(text)
    except OrchardError:
        return
    if not claim.unknown:
        values = np.broadcast_to(claim.left.read(outlook()), 20)
        assert claim.holds(values, claim.right.read(outlook())).dtype == bool
