"""Where nothing can supply a site, what would have to give is said, and is the least that does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from orchard.estimate.supply import Case, Infeasible, Relaxation, Source, Supply, supply

from .cases import MW, MWH, case


def short(**changes: object) -> Case:
    """A case that lacks power: a grid and engines of 40 MW each for 100."""
    made = case(48, unserved_share=0.0, batteries=(), pausing=None, **changes)
    grid, engines, _ = made.sources
    return replace(made, sources=(replace(grid, most_w=40 * MW), replace(engines, most_w=40 * MW)))


def told(one: Case) -> dict[str, Relaxation]:
    result = supply(one)
    assert isinstance(result, Infeasible)
    return {relaxation.name: relaxation for relaxation in result.relaxations}


def eased(one: Case, by: Relaxation, share: float) -> Case:
    """The case with a limit moved by so much of what is needed."""
    limit = by.limit + (by.needed - by.limit) * share
    if by.kind == "capacity":
        sources = tuple(replace(each, most_w=limit) if each.name == by.name else each for each in one.sources)
        return replace(one, sources=sources)
    if by.kind == "carbon":
        return replace(one, carbon_most_kg=limit)
    if by.kind == "firm":
        return replace(one, firm_w=limit)
    return replace(one, unserved_share=limit / one.energy_j)


@pytest.mark.parametrize("hours", [48])
def test_each_relaxation_is_enough_and_a_little_less_is_not(hours: int) -> None:
    one = short()
    found = told(one)
    assert set(found) == {"grid", "engines", "unserved energy"}
    for relaxation in found.values():
        assert relaxation.alone
        assert isinstance(supply(eased(one, relaxation, 1.0001)), Supply)
        assert isinstance(supply(eased(one, relaxation, 0.99)), Infeasible)
    peak = one.load_w.max()
    assert found["grid"].needed == pytest.approx(peak - 40 * MW * 0.95, rel=1e-6)


def test_what_is_not_the_reason_is_not_told() -> None:
    one = replace(short(), carbon_most_kg=1e12)
    assert "carbon" not in told(one)


def test_too_little_carbon_is_told_as_such() -> None:
    one = case(48, batteries=(), pausing=None, unserved_share=0.0)
    grid, engines, _ = one.sources
    one = replace(one, sources=(replace(grid, most_w=200 * MW), engines), carbon_most_kg=1e6)
    found = told(one)
    assert found["carbon"].needed == pytest.approx(one.energy_j * 370 / MWH, rel=1e-6)
    assert "grid" not in found


def test_limits_that_only_help_together_are_told_together() -> None:
    one = replace(short(), carbon_most_kg=1e6)
    found = told(one)
    together = [relaxation for relaxation in found.values() if not relaxation.alone]
    assert {relaxation.kind for relaxation in together} == {"capacity", "carbon"}
    whole = one
    for relaxation in together:
        whole = eased(whole, relaxation, 1.0001)
        assert isinstance(supply(eased(one, relaxation, 1.01)), Infeasible)
    assert isinstance(supply(whole), Supply)


def test_a_lack_of_firm_capacity_is_told() -> None:
    grid = Source("grid", "grid", 0.1, 0.1, 50 / MWH, most_w=120 * MW)
    one = case(48, sources=(grid,), batteries=(), firm_w=150 * MW)
    found = told(one)
    assert found["firm capacity"].needed == pytest.approx(120 * MW)
    assert found["grid"].needed == pytest.approx(150 * MW)
    assert "unserved energy" not in found


def test_a_plant_may_have_the_name_of_a_limit() -> None:
    one = short()
    one = replace(one, sources=(replace(one.sources[0], name="carbon"), *one.sources[1:]), carbon_most_kg=1e6)
    needed = {relaxation.kind: relaxation.needed for relaxation in told(one).values()}
    by_kind = {relaxation.kind: relaxation.needed for relaxation in supply(one).relaxations}  # type: ignore[union-attr]
    assert needed.items() <= by_kind.items()
    plain = replace(one, sources=(replace(one.sources[0], name="grid"), *one.sources[1:]))
    assert by_kind == pytest.approx({r.kind: r.needed for r in supply(plain).relaxations})  # type: ignore[union-attr]


def test_no_carbon_at_all_is_no_reason_where_nothing_gives_any() -> None:
    sun = Source("sun", "solar", 0.1, 0.1, 0.0, available=0.5, most_w=100 * MW, firm=0.0)
    found = told(case(48, sources=(sun,), batteries=(), carbon_most_kg=0.0))
    assert set(found) == {"sun", "unserved energy"}


def test_what_no_limit_helps_has_no_relaxation() -> None:
    dark = Source("sun", "solar", 0.1, 0.1, 0.0, available=0.0, firm=0.0)
    assert told(case(48, sources=(dark,), batteries=(), firm_w=50 * MW)) == {}
