"""Chips joined with power, and constants fitted to both: what was put in comes out again."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orchard.catalogue import catalogue
from orchard.errors import OrchardError
from orchard.estimate.power.sites.fit import fit
from orchard.estimate.power.sites.join import join
from orchard.estimate.power.sites.pairs import Count, Pair, Power, read
from orchard.estimate.power.sites.validate import validate

TRUE_W = {"h100": 1450.0, "gb200": 2150.0, "tpu-v6e": 640.0}
SPEED = {"h100": 1.0, "gb200": 2.5, "tpu-v6e": 0.46}
KNOWN = {name: catalogue().chip(name) for name in TRUE_W}


def pairs(noise: float = 0.0, seed: int = 0) -> list[Pair]:
    """Thirty sites with known constants: ratio 1.4, and 1.2 for TPUs."""
    rng = np.random.default_rng(seed)
    made = []
    for place in range(30):
        chips = {"tpu-v6e": float(rng.integers(10_000, 200_000))} if place % 3 == 0 else {
            "h100": float(rng.integers(1000, 50_000))
        }  # fmt: skip
        if place % 3 == 1:
            chips["gb200"] = float(rng.integers(1000, 100_000))
        it = sum(TRUE_W[name] * count for name, count in chips.items()) * np.exp(rng.normal(0, noise))
        ratio = (1.2 if "tpu-v6e" in chips else 1.4) * np.exp(rng.normal(0, 2 * noise))
        made.append(Pair(f"site {place}", "2025-01-01", chips, it, it * ratio))
    return made


def write(path: Path, rows: Sequence[dict[str, Any]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def one_table(folder: Path, made: Sequence[Pair]) -> Path:
    rows = [
        {"id": pair.site, "date": pair.date, "chip": name, "units": f"{count:.0f}",
         "it_power_w": pair.it_power_w, "facility_power_w": pair.facility_power_w}
        for pair in made for name, count in pair.chips.items()
    ]  # fmt: skip
    return write(folder / "sites.csv", rows)


def two_tables(folder: Path, made: Sequence[Pair]) -> tuple[Path, Path]:
    """As Epoch AI writes them: chips and timelines apart, power in MW, speed in H100s."""
    titles = {"h100": "H100", "gb200": "B200", "tpu-v6e": "TPU v6e"}
    chips = [
        {"Data center": pair.site, "Date": pair.date, "Chip type": titles[name], "Number of Units": f"{count:.0f}"}
        for pair in made for name, count in pair.chips.items()
    ]  # fmt: skip
    powers = [
        {"Data center": pair.site, "Date": "2025-03-01", "IT power (MW)": pair.it_power_w / 1e6,
         "Power (MW)": pair.facility_power_w / 1e6,
         "H100 equivalents": sum(SPEED[name] * count for name, count in pair.chips.items())}
        for pair in made
    ]  # fmt: skip
    return write(folder / "chips.csv", chips), write(folder / "timelines.csv", powers)


def test_constants_come_out_as_they_went_in() -> None:
    found = fit(pairs(), KNOWN)
    for name, watts in TRUE_W.items():
        assert found.chips[name].value == pytest.approx(watts, rel=0.02)
    assert found.ratios["google"].value == pytest.approx(1.2, rel=0.03)
    assert found.ratios["nvidia"].value == pytest.approx(1.4, rel=0.03)
    assert found.ratios["google"].value < found.ratios["any"].value < found.ratios["nvidia"].value


def test_a_half_empty_building_does_not_move_them() -> None:
    made = pairs(0.02)
    spoilt = [
        *made[:-1],
        made[-1]._replace(it_power_w=3 * made[-1].it_power_w, facility_power_w=4 * made[-1].facility_power_w),
    ]
    before, after = fit(made, KNOWN), fit(spoilt, KNOWN)
    for name in TRUE_W:
        assert after.chips[name].value == pytest.approx(before.chips[name].value, rel=0.02)


def test_intervals_hold_what_they_promise(tmp_path: Path) -> None:
    covered = [
        validate(read(one_table(tmp_path, pairs(0.03, seed))))["ways"][0]["coverage"] for seed in range(4)
    ]
    assert 0.72 <= np.mean(covered) <= 0.95


def test_one_table_or_two_say_the_same(tmp_path: Path) -> None:
    one, two = read(one_table(tmp_path, pairs())), read(*two_tables(tmp_path, pairs()))
    assert len(one.pairs) == len(two.pairs) == 30
    again = {pair.site: pair for pair in two.pairs}
    for pair in one.pairs:
        assert sum(again[pair.site].chips.values()) == sum(pair.chips.values())
        assert again[pair.site].it_power_w == pytest.approx(pair.it_power_w)


def test_rows_are_states_or_additions_as_the_speed_says() -> None:
    counts = [Count("a", "2025-01-01", "h100", 10.0), Count("a", "2025-06-01", "h100", 30.0)]
    state = Power("a", "2025-07-01", 42e3, 60e3, 30.0)
    added = Power("a", "2025-07-01", 56e3, 80e3, 40.0)
    learned = [Count("b", "2025-01-01", "h100", 5.0)], [Power("b", "2025-01-01", 7e3, 9e3, 5.0)]
    for power, chips in ((state, 30.0), (added, 40.0)):
        found, _ = join([*counts, *learned[0]], [power, *learned[1]])
        assert {pair.site: pair.chips for pair in found} == {"a": {"h100": chips}, "b": {"h100": 5.0}}


def test_chips_that_never_stand_alone_have_no_speed_to_check() -> None:
    counts = [Count("a", "2025-01-01", "h100", 10.0), Count("a", "2025-01-01", "gb200", 10.0)]
    power = Power("a", "2025-02-01", 35e3, 50e3, 35.0)
    assert [dict(pair.chips) for pair in join(counts, [power])[0]] == [{"h100": 10.0, "gb200": 10.0}]
    later = [*counts, Count("a", "2025-01-15", "gb200", 20.0)]
    assert join(later, [power])[0] == []  # states or additions: nothing tells


def test_power_of_halls_without_chips_is_left_out() -> None:
    counts = [
        Count(name, "2025-01-01", "h100", size) for name, size in (("a", 10.0), ("b", 5.0), ("d", 20.0))
    ]
    powers = [Power("a", "2025-07-01", 42e3, 60e3, 30.0), Power("b", "2025-01-01", 7e3, 9e3, 5.0)]
    powers += [Power("d", "2025-01-01", 28e3, 36e3, 20.0)]
    powers += [Power("c", "2025-01-01", 7e3, 9e3, 5.0), Power("b", "2026-01-01", 7e3, 9e3, 5.0)]
    found, lost = join(counts, powers)
    assert [pair.site for pair in found] == ["b", "d"]
    assert [name for name, _ in lost] == ["c 2025-01-01", "a 2025-07-01"]


def test_a_chip_that_no_other_site_has_is_not_scored_without_its_own(tmp_path: Path) -> None:
    lonely = Pair("lonely", "2025-01-01", {"ascend-910c": 1000.0}, 1.5e6, 1.8e6)
    made = validate(read(one_table(tmp_path, [*pairs(), lonely])))
    assert made["rows"] == 31
    assert made["ways"][0]["rows"]["n"] == 30
    assert made["ways"][1]["rows"]["n"] == 31


def test_tables_without_power_are_refused(tmp_path: Path) -> None:
    path = one_table(tmp_path, [pairs()[0]._replace(it_power_w=0.0)])
    with pytest.raises(OrchardError, match="no power") as error:
        read(path)
    assert error.value.findings[0].code == "O854"


@pytest.mark.parametrize(
    ("it", "facility", "said"),
    [
        ("inf", "inf", "no power"),
        ("1.4e6", "inf", "no power"),
        ("1e300", "1e301", "no power"),
        ("1.4 MW", "1.8 MW", "no power"),
        ("", "", "no power"),
        ("1.4", "1.8", "1.4 mW of IT power a chip"),
        ("1.4e9", "1.8e9", "1.4 MW of IT power a chip"),
    ],
)
def test_powers_that_cannot_be_are_left_out_with_the_reason(
    tmp_path: Path, it: str, facility: str, said: str
) -> None:
    row = {
        "id": "a",
        "date": "2025",
        "chip": "H100",
        "units": "1000",
        "it_power_w": it,
        "facility_power_w": facility,
    }
    good = row | {"id": "b", "it_power_w": "1.4e6", "facility_power_w": "1.8e6"}
    found = read(write(tmp_path / "sites.csv", [row, good]))
    assert [pair.site for pair in found.pairs] == ["b"]
    assert [(name, said in why) for name, why in found.left_out] == [("a 2025", True)]
    assert np.isfinite(validate(found)["ways"][1]["rows"]["worst"])


def test_rows_that_cannot_be_read_are_left_out_with_the_reason(tmp_path: Path) -> None:
    chips, powers = tmp_path / "chips.csv", tmp_path / "powers.csv"
    chips.write_text("id,date,chip,units\na,2025,H100,1000\nb,2025,H100,1000,3\n")
    powers.write_text(
        "id,date,it_power_w,facility_power_w\na,2024,0,\na,2025,1.4e6,1.8e6\nb,2025,1.4 MW,2\nc,1\n"
    )
    found = read(chips, powers)
    assert [pair.site for pair in found.pairs] == ["a"]
    reasons = dict(found.left_out)
    assert set(reasons) == {"b", "b 2025", "c"}  # no power yet is no mistake
    assert "5 cells under 4 columns" in reasons["b"]


def test_two_powers_of_one_site_and_date_are_told(tmp_path: Path) -> None:
    first = {
        "id": "a",
        "date": "2025",
        "chip": "H100",
        "units": "1000",
        "it_power_w": "3.4e6",
        "facility_power_w": "4e6",
    }
    more = first | {"chip": "GB200", "it_power_w": "2.1e6"}
    found = read(write(tmp_path / "sites.csv", [first, more]))
    assert found.pairs[0].it_power_w == 3.4e6
    assert found.left_out == [("a 2025", "another power or site than in its first row")]
