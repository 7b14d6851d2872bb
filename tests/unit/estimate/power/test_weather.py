"""Years of weather: read whole, repaired and said so, or refused."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from orchard.errors import OrchardError
from orchard.estimate.power.weather import HOURS, SHIPPED, weather

COLUMNS = [
    "dry_bulb_k",
    "relative_humidity",
    "pressure_pa",
    "ghi_w_per_m2",
    "dni_w_per_m2",
    "dhi_w_per_m2",
    "wind_m_per_s",
]


def epw(
    path: Path, year: int = 2023, edits: dict[int, dict[int, str]] | None = None, skip: set[int] = frozenset()
) -> Path:
    """An EPW file of a year; `edits` sets cells of hours, `skip` leaves hours out."""
    lines = [["LOCATION", "Made Up", "XX", "USA", "TMY3", "0", "40.0", "-100.0", "-6.0", "500.0"]]
    lines += [["LINE", str(number)] for number in range(2, 9)]
    day, hour_of_year = date(year, 1, 1), 0
    while day.year == year:
        for hour in range(24):
            sun = max(0.0, np.sin((hour - 5.5) / 13 * np.pi)) * 500
            warm = 10 + 10 * np.sin((hour_of_year - 2500) / 8760 * 2 * np.pi)
            cells = [
                str(day.year),
                str(day.month),
                str(day.day),
                str(hour + 1),
                "0",
                "?",
                f"{warm:.1f}",
                "5",
                "60",
                "95000",
            ]
            cells += [
                "0",
                "0",
                "300",
                f"{sun:.0f}",
                f"{sun:.0f}",
                f"{sun / 4:.0f}",
                "0",
                "0",
                "0",
                "0",
                "180",
                "5.0",
            ]
            for place, value in (edits or {}).get(hour_of_year, {}).items():
                cells[place] = value
            if hour_of_year not in skip:
                lines.append(cells)
            hour_of_year += 1
        day += timedelta(days=1)
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(lines)
    return path


@pytest.mark.parametrize("name", list(SHIPPED))
def test_shipped_years_are_whole(name: str) -> None:
    year = weather(name)
    assert year.repaired == ()
    for column in COLUMNS:
        values = getattr(year, column)
        assert values.shape == (HOURS,)
        assert np.isfinite(values).all()
    assert 0 <= year.relative_humidity.min() <= year.relative_humidity.max() <= 1
    noon = year.ghi_w_per_m2.reshape(365, 24).mean(axis=0)
    assert 10 <= noon.argmax() <= 14
    assert year.ghi_w_per_m2.reshape(365, 24)[150:200].mean() > year.ghi_w_per_m2.reshape(365, 24)[:30].mean()


def test_a_file_of_a_user_is_read(tmp_path: Path) -> None:
    year = weather(epw(tmp_path / "a.epw"))
    assert year.place == ("Made Up, USA", 40.0, -100.0, 500.0, -6.0)
    assert year.repaired == ()
    assert year.dry_bulb_k.mean() == pytest.approx(283.15, abs=0.1)
    assert year.pressure_pa[0] == 95000
    assert year.wind_m_per_s[17] == 5


def test_the_leap_day_is_dropped(tmp_path: Path) -> None:
    plain, leap = weather(epw(tmp_path / "a.epw")), weather(epw(tmp_path / "b.epw", 2024))
    assert leap.repaired == ()
    assert np.abs(leap.dry_bulb_k - plain.dry_bulb_k).max() < 0.25


def test_holes_are_filled_and_said(tmp_path: Path) -> None:
    whole = weather(epw(tmp_path / "a.epw"))
    edits = {hour: {6: "99.9"} for hour in range(3000, 3010)} | {5000: {13: "9999"}}
    year = weather(epw(tmp_path / "b.epw", edits=edits, skip={100}))
    assert year.repaired == (
        "11 hours of dry bulb filled from the days beside",
        "1 hour of humidity filled from the days beside",
        "1 hour of pressure filled from the days beside",
        "2 hours of sun on the level filled from the days beside",
        "1 hour of direct sun filled from the days beside",
        "1 hour of diffuse sun filled from the days beside",
        "1 hour of wind filled from the days beside",
    )
    assert np.abs(year.dry_bulb_k - whole.dry_bulb_k).max() < 0.3
    assert np.abs(year.ghi_w_per_m2 - whole.ghi_w_per_m2).max() < 1


def test_hours_that_stand_twice_are_said(tmp_path: Path) -> None:
    path = epw(tmp_path / "a.epw")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines, lines[-1]]) + "\n")
    assert weather(path).repaired == ("1 hour twice: the first of each kept",)


@pytest.mark.parametrize("hours", [range(3000, 3100), range(0, HOURS, 15)])
def test_too_many_holes_are_refused(tmp_path: Path, hours: range) -> None:
    path = epw(tmp_path / "a.epw", edits={hour: {6: "99.9"} for hour in hours})
    with pytest.raises(OrchardError) as error:
        weather(path)
    assert error.value.findings[0].code == "O851"


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "LOCATION,a\n" * 12, "\x00\x01" * 50])
def test_what_is_no_weather_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.epw"
    path.write_text(text)
    with pytest.raises(OrchardError) as error:
        weather(path)
    assert error.value.findings[0].code == "O850"


def test_places_and_files_that_are_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OrchardError, match="did you mean 'miami'"):
        weather("miamy")
    with pytest.raises(OrchardError, match="no such file"):
        weather(tmp_path / "none.epw")
