"""Power of sites against what their builders state: each test prints predicted, published and error.

The statements are few and loose ("approximately", "over"). The full comparison, every site left out in turn,
runs on a copy of the tables of Epoch AI: `orchard validate site CHIPS.csv TIMELINES.csv`; docs/LOG.md has
its figures.
"""

from __future__ import annotations

import numpy as np
import pytest

from orchard.catalogue import catalogue
from orchard.estimate.power.sites import Estimates, Sites, estimate, shipped

KNOWN = catalogue()
# Power of servers alone, without the network between halls and storage, over IT power.
SERVERS = 1 / KNOWN.fact("power.network.factor").value
STATED = [
    ("power.cluster.100k-h100", "h100", 100_000.0, "facility"),
    ("power.stated.abilene", "gb200", KNOWN.fact("power.stated.abilene.chips").value, "it"),
    *(
        (f"power.stated.colossus-2-{part}", chip, KNOWN.fact(f"power.stated.colossus-2-{part}.chips").value, "servers")
        for part, chip in (("first", "gb200"), ("second", "gb300"), ("third", "gb300"))
    ),
]  # fmt: skip


def site(chip: str, count: float) -> Estimates:
    made = Sites(["id", "date", "chip", "units"], shipped())
    made.add([["site", "2025-12-31", chip, f"{count:.0f}"]], {})
    return estimate(made, shipped())


def predicted(chip: str, count: float, what: str) -> float:
    found = site(chip, count)
    power = {
        "facility": found.facility_power_w,
        "it": found.it_power_w,
        "servers": SERVERS * found.it_power_w,
    }
    return float(power[what][0])


def report(what: str, predicted: float, published: float) -> float:
    error = predicted / published - 1
    print(
        f"{what}: predicted {predicted / 1e6:.0f} MW, published {published / 1e6:.0f} MW, error {error:+.1%}"
    )
    return abs(error)


@pytest.mark.parametrize(("fact", "chip", "count", "what"), STATED[1:], ids=[row[0] for row in STATED[1:]])
def test_sites_as_stated(fact: str, chip: str, count: float, what: str) -> None:
    assert report(f"{fact}, {what}", predicted(chip, count, what), KNOWN.fact(fact).value) < 0.10


def test_a_hundred_thousand_h100() -> None:
    """150 MW are the critical IT power and its losses as of 2024, 1.5 kW a chip: IT 7 % below, facility 25 % above."""
    published = KNOWN.fact("power.cluster.100k-h100").value
    found = site("h100", 1e5)
    assert report("100,000 H100, IT", float(found.it_power_w[0]), published) < 0.10
    assert float(found.it_power_w[0]) < published < float(found.facility_power_w[0])


def test_the_median_of_all_statements() -> None:
    errors = []
    for fact, chip, count, what in STATED:
        power = predicted(chip, count, "it" if what == "facility" else what)
        errors.append(report(fact, power, KNOWN.fact(fact).value))
    assert np.median(errors) < 0.07
    assert max(errors) < 0.10


@pytest.mark.parametrize("system", ["dgx-h100", "gb200-nvl72", "gb300-nvl72"])
def test_a_chip_at_a_site_draws_more_than_its_share_of_the_rack(system: str) -> None:
    """The network between halls adds 5 to 20 % to the nameplate of servers and racks."""
    rack = KNOWN.systems[system]
    assert rack.power_w is not None
    assert rack.chips is not None
    share = rack.power_w / rack.chips
    found = shipped().chips[rack.chip].value
    print(f"{system}: at a site {found:.0f} W a chip, in the rack {share:.0f} W, {found / share - 1:+.1%}")
    assert 1.05 < found / share < 1.25
