"""What must hold of every cheapest supply, whatever the prices."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.sparse import vstack

from orchard.estimate.supply import Battery, Case, Infeasible, Source, Supply, capital_recovery, supply
from orchard.estimate.supply.program import program
from orchard.estimate.supply.solve import solve

from .cases import MW, MWH, case

seeds = st.integers(0, 1000)
few = settings(max_examples=12)


def found(one: Case) -> Supply:
    result = supply(one)
    assert isinstance(result, Supply)
    return result


@few
@given(seeds, st.floats(0.2, 3.0))
def test_energy_balances_in_every_hour(seed: int, dear: float) -> None:
    one = case(seed=seed)
    got = found(replace(one, sources=(replace(one.sources[0], new_usd_per_w=dear), *one.sources[1:])))
    served = sum(got.output_w.values()) + got.paused_w + got.unserved_w
    np.testing.assert_allclose(served, one.load_w, rtol=1e-9)
    for source, part in zip(one.sources, got.parts, strict=False):
        assert (got.output_w[source.name] <= part.capacity_w * np.asarray(source.available) + 1.0).all()
        assert (got.output_w[source.name] >= -1.0).all()


@few
@given(seeds)
def test_the_battery_ends_as_it_began_and_loses_what_a_round_trip_loses(seed: int) -> None:
    one = case(seed=seed)
    got = found(replace(one, batteries=(replace(one.batteries[0], existing_w=30 * MW),)))
    net, level = got.output_w["battery"], got.level_j["battery"]
    way = np.sqrt(0.85)
    moved = np.where(net > 0, net / way, net * way) * one.step_s
    np.testing.assert_allclose(np.roll(level, 1) - moved, level, atol=1e-4 * MWH)
    assert level.max() <= got.parts[-1].capacity_w * 4.0 * 3600.0 + MWH * 1e-6


@few
@given(seeds)
def test_costs_add_up(seed: int) -> None:
    one = case(seed=seed)
    got = found(one)
    assert one.pausing is not None
    gone = got.paused_w.sum() * one.pausing.usd_per_j + got.unserved_w.sum() * one.unserved_usd_per_j
    total = sum(part.cost_usd for part in got.parts) + gone * one.step_year_s
    assert total == pytest.approx(got.cost_usd, rel=1e-9)


@few
@given(seeds, st.floats(1.5, 20.0))
def test_scaling_the_load_and_all_limits_scales_the_cost(seed: int, factor: float) -> None:
    one = case(seed=seed, firm_w=90 * MW)

    def scaled(plant: Source | Battery) -> Source | Battery:
        return replace(plant, existing_w=plant.existing_w * factor, most_w=plant.most_w * factor)

    larger = replace(
        one, load_w=one.load_w * factor, firm_w=one.firm_w * factor,
        sources=tuple(map(scaled, one.sources)), batteries=tuple(map(scaled, one.batteries)),
    )  # type: ignore[arg-type]  # fmt: skip
    assert found(larger).cost_usd == pytest.approx(found(one).cost_usd * factor, rel=1e-7)


def never_dearer(cases: list[Case]) -> None:
    costs = [found(one).cost_usd for one in cases]
    assert all(after <= before * (1 + 1e-9) for before, after in pairwise(costs)), costs


@few
@given(seeds)
def test_more_grid_cheaper_fuel_and_more_carbon_never_cost_more(seed: int) -> None:
    one = case(seed=seed)
    grid, engines, sun = one.sources
    never_dearer(
        [replace(one, sources=(replace(grid, most_w=most * MW), engines, sun)) for most in (10, 40, 120)]
    )
    never_dearer(
        [replace(one, sources=(grid, replace(engines, energy_usd_per_j=p / MWH), sun)) for p in (90, 46, 10)]
    )
    free = found(one).carbon_kg
    never_dearer([replace(one, carbon_most_kg=free * share) for share in (0.8, 0.9, 1.0)])
    never_dearer([replace(one, firm_w=firm * MW) for firm in (140, 110, 0)])
    assert one.pausing is not None
    never_dearer([replace(one, pausing=replace(one.pausing, hours=hours)) for hours in (0.0, 50.0, 500.0)])


@few
@given(seeds, st.sampled_from(["carbon", "capacity", "firm", "paused", "unserved"]))
def test_the_price_of_a_limit_is_what_a_little_more_of_it_saves(seed: int, kind: str) -> None:
    one = case(seed=seed, firm_w=120 * MW)
    one = replace(one, carbon_most_kg=found(one).carbon_kg * 0.9, unserved_share=1e-4)
    before = found(one)
    for binding in before.bindings:
        assert binding.saves_usd > 0
        if binding.kind != kind:
            continue
        step = binding.limit * 1e-6
        after = found(_eased(one, binding.kind, step))
        assert before.cost_usd - after.cost_usd == pytest.approx(binding.saves_usd * step, rel=0.02, abs=1.0)


def _eased(one: Case, kind: str, step: float) -> Case:
    if kind == "carbon":
        return replace(one, carbon_most_kg=one.carbon_most_kg + step)
    if kind == "firm":
        return replace(one, firm_w=one.firm_w - step)
    if kind == "paused":
        assert one.pausing is not None
        return replace(one, pausing=replace(one.pausing, hours=one.pausing.hours + step / 3600.0))
    if kind == "unserved":
        return replace(one, unserved_share=one.unserved_share + step / one.energy_j)
    grid = replace(one.sources[0], most_w=one.sources[0].most_w + step)
    return replace(one, sources=(grid, *one.sources[1:]))


def test_the_price_of_an_hour_is_what_a_little_more_load_costs() -> None:
    one = case()
    before = found(one)
    for hour in (3, 12, 40, 90):
        more = one.load_w.copy()
        more[hour] += 1e3
        after = found(
            replace(one, load_w=more, unserved_share=one.unserved_share * one.load_w.sum() / more.sum())
        )
        extra = before.price_usd_per_j[hour] * 1e3 * one.step_year_s
        assert after.cost_usd - before.cost_usd == pytest.approx(extra, rel=0.05, abs=2.0)


def test_capacity_that_cannot_grow_has_its_price_too() -> None:
    one = case(batteries=())
    grid, engines, sun = one.sources
    grid = replace(grid, most_w=90 * MW)
    fixed = replace(
        one,
        sources=(
            grid,
            replace(engines, new_usd_per_w=0.02, existing_w=20 * MW, most_w=20 * MW),
            replace(sun, most_w=40 * MW),
        ),
    )
    before = found(fixed)
    price = {binding.name: binding.saves_usd for binding in before.bindings}["engines"]
    grown = replace(fixed.sources[1], most_w=20 * MW + 1e3)
    after = found(replace(fixed, sources=(grid, grown, fixed.sources[2])))
    assert before.cost_usd - after.cost_usd == pytest.approx(price * 1e3, rel=0.02)


def at_once(one: Case) -> float:
    """The optimum of a case from nothing, by SciPy; infinite where there is none."""
    made = program(one)
    equal = made.row_low == made.row_high
    above, below = np.isfinite(made.row_high) & ~equal, np.isfinite(made.row_low) & ~equal
    got = linprog(
        made.cost,
        A_eq=made.matrix[equal],
        b_eq=made.row_high[equal],
        A_ub=vstack([made.matrix[above], -made.matrix[below]]),
        b_ub=np.append(made.row_high[above], -made.row_low[below]),
        bounds=np.stack([made.column_low, made.column_high], axis=1),
    )
    return got.fun + made.fixed_cost if got.success else np.inf


@few
@given(seeds, st.integers(20, 80), st.sampled_from([24 * 7, 100]), st.sampled_from([0.0, 105.0]))
def test_going_by_way_of_coarser_years_ends_at_the_same_optimum(
    seed: int, most: int, hours: int, firm: float
) -> None:
    one = case(hours, seed, firm_w=firm * MW, unserved_share=0.0, batteries=())
    grid, engines, sun = one.sources
    one = replace(one, sources=(replace(grid, most_w=most * MW), replace(engines, most_w=40 * MW), sun))
    found, wanted = solve(one), at_once(one)
    assert found.feasible == np.isfinite(wanted)
    if found.feasible:
        assert found.cost == pytest.approx(wanted, rel=1e-7)


def test_nothing_is_told_of_a_case_that_cannot_be_supplied_when_nobody_asks() -> None:
    short = case(sources=(Source("grid", "grid", 0.1, 0.1, 50 / MWH, most_w=50 * MW),), batteries=())
    assert supply(short, relax=False) == Infeasible(())


def test_capital_is_repaid_with_interest() -> None:
    rate, years, left = 0.08, 25, 1.0
    for _ in range(years):
        left = left * (1 + rate) - capital_recovery(rate, years)
    assert left == pytest.approx(0.0, abs=1e-12)
