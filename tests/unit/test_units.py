"""Units: what is read is what was meant, what is shown can be read again."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard import units
from orchard.units import UnitError

SI = {
    "f": -15,
    "p": -12,
    "n": -9,
    "u": -6,
    "m": -3,
    "": 0,
    "k": 3,
    "M": 6,
    "G": 9,
    "T": 12,
    "P": 15,
    "E": 18,
    "Z": 21,
}
COHERENT = ("W", "J", "B", "B/s", "FLOP", "FLOP/s", "USD", "USD/J", "USD/W", "USD/chip", "W/chip", "chip", "token",
            "token/s/chip", "image/s/chip", "person", "USD/person", "label", "USD/label", "parameter", "node", "rack",
            "failure/node/s", "request", "sample", "clip", "Hz", "s", "chip/person")  # fmt: skip
ATOMS = ("W", "J", "s", "h", "d", "wk", "mo", "y", "B", "bit", "FLOP", "USD", "token", "chip", "person", "GB", "MWh",
         "k chips", "%", "1", "min", "Hz", "GiB", "label", "node")  # fmt: skip
NASTY = ["", " ", "W", "one GW", "--1 W", "+-1 W", "1..2 W", "1 e5 W", "0x10 W", "1,000 W", "1/2 W", "W 1", "1 GW GW", "1 W/",
         "1 /W", "1 W//h", "1 W/*h", "1 * W", "1 GGW", "1 k k chips", "1 m", "1 M", "1 k%", "1 khour", "1 kmin", "1 wat",
         "1 ᛗ", "1 W\x00", "1 µ", "nan W", "inf W", "NaN", "1e999 W", "1e300 YW", "∞ W", "1 W" + "/W" * 5 + "x", "1 " + "k" * 5000,
         "(1 W)", "1 W^2", "1 W²", "1 USD/(W h)", "1 kusd", "1 gw", "1 KIB"]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value", "like"),
    [
        ("1.02 GW", 1.02e9, "W"), ("72 G USD", 72e9, "USD"), ("350 k chips", 350e3, "chip"), ("350k GPUs", 350e3, "chip"),
        ("26 %", 0.26, "1"), ("90 d", 7_776_000.0, "s"), ("1 y", 365.25 * 86400, "s"), ("12 mo", 365.25 * 86400, "s"),
        ("1 wk", 604800.0, "s"), ("1 MWh", 3.6e9, "J"), ("80 GiB", 80 * 2.0**30, "B"), ("8 Gbit", 1e9, "B"), ("8 Gb", 1e9, "B"),
        ("1_000 W", 1000.0, "W"), ("1e3W", 1000.0, "W"), (".5 kW", 500.0, "W"), ("5. W", 5.0, "W"), ("-30 d", -2_592_000.0, "s"),
        ("  1 kW ", 1000.0, "W"), ("1 K USD", 1000.0, "USD"), ("10 $", 10.0, "USD"), ("3.35 TB/s", 3.35e12, "B/s"),
        ("60 USD/MWh", 60 / 3.6e9, "USD/J"), ("2 kW*h", 7.2e6, "J"), ("1 J/s", 1.0, "W"), ("5 x", 5.0, "1"), ("5", 5.0, "1"),
        ("1 µs", 1e-6, "s"), ("1 us", 1e-6, "s"), ("1 Mtoken/s/GPU", 1e6, "token/s/chip"), ("2 TPUs", 2.0, "chip"),
    ],
)  # fmt: skip
def test_reads_what_people_write(text: str, value: float, like: str) -> None:
    found = units.parse(text)
    assert math.isclose(found.value, value, rel_tol=1e-12)
    assert found.dimension == units.dimension(like)
    assert units.parse_as(text, like) == found.value


@given(
    st.sampled_from(COHERENT),
    st.floats(1e-9, 1e20) | st.floats(-1e20, -1e-9) | st.just(0.0),
    st.sampled_from([3, 6, 15]),
)
def test_what_is_shown_can_be_read(unit: str, value: float, digits: int) -> None:
    found = units.parse(units.show(value, unit, digits))
    assert math.isclose(found.value, value, rel_tol=5.01 * 10.0**-digits)
    assert found.dimension == units.dimension(unit) or value == 0


@given(st.floats(-1e6, 1e6))
def test_shares_are_shown_in_percent(share: float) -> None:
    assert math.isclose(units.parse(units.show(share, "%", 15)).value, share, rel_tol=1e-12, abs_tol=1e-300)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (999.4, "W", "999 W"), (999.6, "W", "1 kW"), (1e9, "W", "1 GW"), (1.0, "chip", "1 chip"), (1000.0, "chip", "1 k chips"),
        (2.0, "rack", "2 racks"), (math.inf, "s", "never"), (-math.inf, "s", "-"), (math.nan, "W", "-"), (0.0, "s", "0 s"),
        (5e-3, "s", "5 ms"), (-86400.0 * 30, "s", "-30 d"), (54e3, "USD/chip", "54 k USD/chip"), (1.0, "1", "1"),
        (0.0, "W", "0 W"), (2400.0, "token/s/chip", "2.4 k tokens/s/chip"), (150.0, "s", "2.5 min"), (0.125, "%", "12.5 %"),
    ],
)  # fmt: skip
def test_shows_quantities_as_people_write_them(value: float, unit: str, text: str) -> None:
    assert units.show(value, unit) == text


@given(
    st.sampled_from(sorted(SI)),
    st.sampled_from(["W", "J", "Wh", "B", "FLOP", "USD", "token", "chip", "s", "Hz"]),
)
def test_prefixes_are_powers_of_ten(prefix: str, unit: str) -> None:
    assert math.isclose(units.factor(prefix + unit) / units.factor(unit), 10.0 ** SI[prefix], rel_tol=1e-12)
    if prefix:
        assert units.factor(f"{prefix} {unit}") == units.factor(prefix + unit)


@given(st.sampled_from(ATOMS), st.sampled_from(ATOMS))
def test_units_multiply_and_divide(one: str, other: str) -> None:
    a, b = units.factor(one), units.factor(other)
    assert math.isclose(units.factor(f"{one}*{other}"), a * b, rel_tol=1e-12)
    assert math.isclose(units.factor(f"{one}/{other}"), a / b, rel_tol=1e-12)
    assert units.dimension(f"{one}*{other}/{other}") == units.dimension(one)
    assert units.dimension(f"{one}/{one}") == units.NONE
    assert units.dimension(f"{one}*{other}") == units.dimension(f"{other}*{one}")


@given(st.lists(st.sampled_from(ATOMS), min_size=1, max_size=4), st.lists(st.sampled_from(ATOMS), max_size=3))
def test_names_of_dimensions_can_be_read(over: list[str], under: list[str]) -> None:
    found = units.dimension("*".join(over) + "".join(f"/{unit}" for unit in under))
    assert units.dimension(units.name(found)) == found


@pytest.mark.parametrize("text", NASTY)
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(UnitError) as caught:
        units.parse(text)
    assert 0 < len(str(caught.value)) < 200


@given(st.text(max_size=40) | st.from_regex(r"[-+0-9._eE]{1,8} ?[A-Za-z%/* ]{0,12}", fullmatch=True))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = units.parse(text)
    except UnitError:
        return
    assert math.isfinite(found.value)


@pytest.mark.parametrize(
    ("text", "unit"), [("5 chips", "person"), ("3 W", "J"), ("5", "W"), ("26 %", "USD"), ("1 W", "1")]
)
def test_another_dimension_is_refused_with_an_example(text: str, unit: str) -> None:
    with pytest.raises(UnitError, match=f"wanted {unit}, e.g. "):
        units.parse_as(text, unit)


@pytest.mark.parametrize("unit", COHERENT)
def test_examples_have_the_dimension_they_stand_for(unit: str) -> None:
    assert units.parse(units.example(unit)).dimension == units.dimension(unit)
