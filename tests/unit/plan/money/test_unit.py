"""What a chip-hour and a run cost, and what a site is worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from orchard import units
from orchard.plan.money import unit

from ..small import outlook

PLAIN: dict[str, Any] = {
    "finances.discount": "0 %", "finances.upkeep": "0 %", "finances.life": "4 y",
    "finances.division": {"building_life": "20 y"},
}  # fmt: skip


def test_a_chip_second_is_capital_over_life_and_energy() -> None:
    found = outlook(PLAIN, samples=2)
    scene = found.scene
    name = next(n for n, entry in scene.programme.deliveries.items() if entry.price is not None)
    entry = scene.programme.deliveries[name]
    power = scene.draws(f"chips.{entry.chip}.it_power")
    site = f"sites.{entry.site}"
    capital = scene.draws(f"deliveries.{name}.price") / 4 + power * scene.draws(f"{site}.construction") / 20
    year = units.factor("y")
    energy = unit.chip_second_usd_at(scene, name) * year - capital
    expected = power * scene.draws(f"{site}.pue") * scene.draws(f"{site}.electricity") * year
    assert np.all(energy <= expected)  # not all of the time at the rating
    assert np.all(energy >= expected * 0.4)


def test_a_run_costs_its_chips_for_as_long_as_it_takes() -> None:
    found = outlook(samples=30)
    run = found.training("apple")
    second = unit.chip_second_usd_in(found.scene, "ohio")
    cost = unit.training_usd(found, "apple")
    done = np.isfinite(run.end_day)
    days = np.where(done, run.end_day - run.start_day, 0.0)
    most = run.chips.max(axis=0) * days * 86400 * second
    assert done.any()
    assert np.all(cost[done] <= most[done] * (1 + 1e-9))
    assert np.all(cost[done] > 0)


def test_a_site_saves_rent_and_costs_money() -> None:
    with_rent = PLAIN | {"finances.rental": "10 USD", "finances.rental_chip": "slow"}
    cheap, dear = outlook(with_rent, samples=5), outlook(with_rent | {"finances.rental": "0 USD"}, samples=5)
    saved = unit.site_flow_usd(cheap, "ohio") - unit.site_flow_usd(dear, "ohio")
    speeds = {"fast": 2.0, "slow": 1.0}
    deliveries = cheap.scene.programme.deliveries
    weight = np.sum(
        [chips * speeds[deliveries[name].chip] for name, chips in cheap.installed("ohio").items()], axis=0
    )
    hours = cheap.scene.calendar.step_s[:, None] / 3600
    expected = cheap.scene.calendar.quarterly((weight[1:] + weight[:-1]) / 2 * hours) * 10
    assert np.allclose(saved, expected)
    assert np.all(unit.npv_of(cheap.scene, unit.site_flow_usd(dear, "ohio")) < 0)
    assert np.all(np.isinf(unit.payback_s(unit.site_flow_usd(dear, "ohio"))))


def test_rents_fall_from_the_programmes_date_on() -> None:
    rent = PLAIN | {"finances.rental": "10 USD", "finances.rental_chip": "slow"}
    none = PLAIN | {"finances.rental": "0 USD", "finances.rental_chip": "slow"}
    plain, falls, free = (
        unit.site_flow_usd(outlook(edits, samples=3), "ohio")
        for edits in (rent, rent | {"finances.rental_fall": "20 %"}, none)
    )
    part = ((falls - free) / np.where(plain > free, plain - free, 1.0))[:, 0]
    there = np.all(plain > free, axis=1)
    assert np.allclose(part[:4][there[:4]], 1.0)  # history
    years = (np.arange(8) + 0.5) / 4
    assert np.allclose(part[4:], 0.8**years, rtol=2e-3)


def test_what_is_left_on_the_books_counts_and_no_more_than_was_spent() -> None:
    rent = PLAIN | {"finances.rental": "0 USD", "finances.rental_chip": "slow"}
    found = outlook(rent, samples=5)
    capital, left = unit.site_capital_usd(found, "ohio"), unit.site_left_usd(found, "ohio")
    assert np.all(left > 0.3 * capital)
    assert np.all(left < capital)
    flow = unit.npv_of(found.scene, unit.site_flow_usd(found, "ohio"))
    assert unit.site_npv_usd(found, "ohio") == pytest.approx(flow + left)  # no discount
    dear = outlook(rent | {"finances.discount": "10 %"}, samples=5)
    flow = unit.npv_of(dear.scene, unit.site_flow_usd(dear, "ohio"))
    assert unit.site_npv_usd(dear, "ohio") == pytest.approx(flow + left / 1.1**3)


def test_without_a_rent_a_site_has_no_worth() -> None:
    assert np.isnan(unit.site_flow_usd(outlook(samples=1), "ohio")).all()


def test_capital_of_a_site_is_its_chips_and_its_power() -> None:
    found = outlook(samples=3)
    built = found.it_power_w("ohio")
    place = (built[-1] - built[0]) * 10
    chips = sum(
        (found.delivered[name][-1] - found.delivered[name][0]) * found.scene.draws(f"deliveries.{name}.price")
        for name in unit.deliveries_to(found.scene, "ohio")
    )
    assert unit.site_capital_usd(found, "ohio") == pytest.approx(place + chips)
