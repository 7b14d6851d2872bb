"""Annual and peak ratios, draws and swings against what is published: predicted, published, error."""

from __future__ import annotations

import numpy as np
import pytest

from orchard.catalogue import catalogue
from orchard.estimate.power.activity import Job, draw, levels
from orchard.estimate.power.cooling import annual_pue, hourly_pue, litres_per_kwh, water_kg_per_j
from orchard.estimate.power.swing import swing
from orchard.estimate.power.weather import weather

KNOWN = catalogue()
# IT power over what halls are built for, in a year of an owned site (assumed).
LOAD = 0.8
LLAMA_3 = Job(16_384, KNOWN.chip("h100").it_power_w or 0.0, 10.0)


def report(what: str, predicted: float, published: float) -> None:
    error = predicted / published - 1
    print(f"{what}: predicted {predicted:.4g}, published {published:.4g}, error {error:+.1%}")


@pytest.mark.parametrize("place", ["greensboro", "sand-point", "miami"])
def test_annual_ratio_of_owned_sites(place: str) -> None:
    """Owned halls on outside air and evaporation: 1.08 in 2023, single sites 1.07 to 1.15."""
    fact = KNOWN.fact("power.pue.annual", source="hyperscalers-meta-2023")
    found = annual_pue(hourly_pue(weather(place), "evaporative", LOAD))
    report(f"annual ratio, evaporative, {place}", found, fact.value)
    assert fact.low <= found <= fact.high


def test_annual_ratio_of_other_sites() -> None:
    """Colocation: 1.25 is a usual figure; air-cooled chillers half loaded reach it."""
    published = KNOWN.fact("power.pue.other").value
    found = np.mean([annual_pue(hourly_pue(weather(name), "dry", 0.5)) for name in ("greensboro", "miami")])
    report("annual ratio, air-cooled chillers at half load", float(found), published)
    assert found == pytest.approx(published, rel=0.05)


def test_peak_and_annual_ratio_are_different_quantities() -> None:
    """The hottest hour of a typical year lies between the annual mean and the ratio of a supply."""
    hourly = hourly_pue(weather("greensboro"), "dry")
    peak = KNOWN.fact("power.peak_ratio.nvidia")
    report("hottest hour, air-cooled chillers, against the peak ratio", float(hourly.max()), peak.value)
    assert hourly.mean() + 0.1 < hourly.max()
    assert hourly.max() == pytest.approx(peak.value, rel=0.08)
    assert KNOWN.fact("power.pue.annual").value + 0.1 < peak.value


def test_towers_draw_litres_and_outside_air_tenths() -> None:
    year = weather("greensboro")
    tower, air = (
        litres_per_kwh(water_kg_per_j(year, name)).mean() for name in ("chilled-water", "evaporative")
    )
    print(f"water: towers {tower:.2f} l/kWh, outside air {air:.2f} l/kWh")
    assert 1.5 < tower < 2.2  # evaporation alone of all heat is 1.5
    assert 0.05 < air < 0.4


def test_phases_average_to_the_measured_draw_of_training() -> None:
    """Two measurements, 76 % of nameplate over steps and 82 % at most, agree on a wait of a seventh of the step."""
    published = draw("training").share
    found = levels(LLAMA_3).mean_w / LLAMA_3.rated_w
    report("draw of a node in training", found, published)
    assert found == pytest.approx(published, rel=KNOWN.fact("power.node.model-error").value)


def test_llama_3_swings_by_tens_of_megawatts() -> None:
    """Arxiv 2407.21783: all of 16,384 chips waiting, starting or stopping at once."""
    fact = KNOWN.fact("power.llama3.swing")
    made = swing(LLAMA_3)
    for what, found in (("starting or stopping", made.start_w), ("within a step", made.range_w)):
        print(f"Llama 3, {what}: predicted {found / 1e6:.1f} MW of IT power, published: tens of MW")
    assert fact.low <= made.start_w <= fact.high
    assert made.range_w == pytest.approx(fact.low, rel=0.15)  # at the lower edge of "tens"


def test_most_of_the_swing_lies_in_the_band_of_concern() -> None:
    """Arxiv 2508.14318: synchronous steps of seconds shake between 0.1 and 20 Hz."""
    for step_s in (1.0, 3.0, 8.0):
        made = swing(LLAMA_3._replace(step_s=step_s))
        print(f"step of {step_s:g} s: {made.band_share:.0%} in the band, most at {made.largest_hz:.2f} Hz")
        assert made.band_share > 0.9
        assert 0.1 <= made.largest_hz <= 3.0
