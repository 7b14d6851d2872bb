"""A year of hourly weather: what cooling, sun and wind are computed from.

A year has 8,760 hours in local standard time; the 29th of February is left out. Hours that a file lacks
are filled from the same hour of the days beside, and `repaired` says so; a file with longer gaps is
refused. Real years of three places come with pvlib.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from orchard.errors import Finding, OrchardError, did_you_mean
from orchard.estimate.power.weather_files import COLUMNS, Place, Records, read_records

Array = NDArray[np.float64]

DAY_HOURS = 24
YEAR_DAYS = 365
HOURS = YEAR_DAYS * DAY_HOURS
# Days of a year before each month.
_BEFORE = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30])
# A gap that is longer is no weather any more, and a year with more of them no year.
LONGEST_GAP_H = 3 * DAY_HOURS
MOST_MISSING = 0.05
# Places whose weather comes with pvlib, and the file in it.
SHIPPED = {"greensboro": "723170TYA.CSV", "sand-point": "703165TY.csv", "miami": "12839.tm2"}
# Pressure of the standard atmosphere at sea level, in kPa, and the height at which it has fallen to 1/e
# (ISO 2533, low in the air), in km.
SEA_LEVEL_KPA = 101.325
SCALE_HEIGHT_KM = 8.43

_NAMES = ("dry bulb", "humidity", "pressure", "sun on the level", "direct sun", "diffuse sun", "wind")
_LABELS = dict(zip(COLUMNS, _NAMES, strict=True))


@dataclass(frozen=True, eq=False)
class Weather:
    """Weather of 8,760 hours, each the one that ends at its time; arrays [8760].

    Parameters
    ----------
    dry_bulb_k, relative_humidity (0 to 1), pressure_pa
        of the air
    ghi_w_per_m2, dni_w_per_m2, dhi_w_per_m2
        sunlight: on the level, from the sun's direction, from the rest of the sky
    wind_m_per_s
        at 10 m above ground
    repaired
        what was filled in, in words; empty where the file was whole
    """

    place: Place
    dry_bulb_k: Array
    relative_humidity: Array
    pressure_pa: Array
    ghi_w_per_m2: Array
    dni_w_per_m2: Array
    dhi_w_per_m2: Array
    wind_m_per_s: Array
    repaired: tuple[str, ...] = ()


def weather(name_or_path: str | Path) -> Weather:
    """The weather of a shipped place (greensboro, sand-point, miami) or of a TMY3, TMY2 or EPW file.

    Raises
    ------
    OrchardError
        O850: no such place or file, or no weather in it; O851: too much of the year is missing

    >>> year = weather("greensboro")
    >>> year.place.name, len(year.dry_bulb_k), year.repaired
    ('Greensboro Piedmont Triad Int, NC', 8760, ())
    >>> round(float(year.dry_bulb_k.mean() - 273.15), 1), round(float(year.ghi_w_per_m2.mean()))
    (14.4, 179)
    """
    path = _located(name_or_path)
    return _whole_year(read_records(path), path)


def _located(name: str | Path) -> Path:
    file = SHIPPED.get(str(name).strip().casefold().replace(" ", "-"))
    if file is None:
        path = Path(name)
        if path.exists() or path.suffix:
            return path
        hint = did_you_mean(str(name), SHIPPED)
        wanted = f"one of {', '.join(SHIPPED)}, or a file"
        raise OrchardError(Finding("O850", "", "weather", repr(str(name)[:80]), wanted, hint))
    found = find_spec("pvlib")
    if found is None or found.origin is None:
        wanted = "pvlib, which ships the weather of this place"
        raise OrchardError(Finding("O850", "", "weather", "no pvlib", wanted, "pip install pvlib"))
    return Path(found.origin).parent / "data" / file


def _whole_year(records: Records, path: Path) -> Weather:
    place, repaired = records.place, []
    slots, twice = _slots(records, path)
    if twice:
        repaired.append(f"{_hours(twice)} twice: the first of each kept")
    columns = {}
    for name, line in zip(COLUMNS, _ordered(records.values, slots), strict=True):
        lacking = int(np.isnan(line).sum())
        if name == "pressure_kpa" and lacking == HOURS:
            line[:] = SEA_LEVEL_KPA * np.exp(-place.altitude_m / 1e3 / SCALE_HEIGHT_KM)
            repaired.append("pressure of the standard atmosphere: the file has none")
        elif lacking:
            repaired.append(f"{_hours(lacking)} of {_LABELS[name]} filled from the days beside")
            _refuse_gaps(line, name, path)
            line[:] = _filled(line)
        columns[name] = line
    return Weather(
        place,
        columns["dry_bulb_k"],
        np.minimum(columns["relative_humidity"], 1.0),
        columns["pressure_kpa"] * 1e3,
        columns["ghi_kw_per_m2"] * 1e3,
        columns["dni_kw_per_m2"] * 1e3,
        columns["dhi_kw_per_m2"] * 1e3,
        columns["wind_m_per_s"],
        tuple(repaired),
    )


def _slots(records: Records, path: Path) -> tuple[NDArray[np.intp], int]:
    """The hour of the year of each record [n], -1 for those left out, and how many stood twice."""
    month, day, hour = records.month, records.day, records.hour
    lengths = np.diff([*_BEFORE, YEAR_DAYS])
    fits = (month >= 1) & (month <= 12) & (day >= 1) & (hour >= 0) & (hour <= DAY_HOURS)
    leap = (month == 2) & (day == 29)
    fits &= (day <= lengths[np.clip(month, 1, 12) - 1]) | leap
    if not fits.all():
        at = int(np.flatnonzero(~fits)[0])
        found = f"month {month[at]}, day {day[at]}, hour {hour[at]}"
        raise OrchardError(Finding("O850", str(path), "", found, "hours of a year"))
    slot = (_BEFORE[month - 1] + day - 1) * DAY_HOURS + hour - (1 if (hour > 0).all() else 0)
    slot = np.where(leap, -1, slot % HOURS)
    kept, first = np.unique(slot, return_index=True)
    once = np.full(len(slot), -1)
    once[first] = kept
    return once, int((slot >= 0).sum() - (kept >= 0).sum())


def _ordered(values: Array, slots: NDArray[np.intp]) -> Array:
    year = np.full((len(COLUMNS), HOURS), np.nan)
    year[:, slots[slots >= 0]] = values[:, slots >= 0]
    return year


def _refuse_gaps(line: Array, name: str, path: Path) -> None:
    missing = np.isnan(line)
    known = np.flatnonzero(~missing)
    longest = HOURS if not len(known) else int(np.diff([*known, known[0] + HOURS]).max()) - 1
    if longest > LONGEST_GAP_H or missing.mean() > MOST_MISSING:
        found = f"{_hours(int(missing.sum()))} of {HOURS} without {_LABELS[name]}, {longest} in one gap"
        wanted = f"at most {MOST_MISSING:.0%} of the year, and {LONGEST_GAP_H} hours in one gap"
        raise OrchardError(Finding("O851", str(path), _LABELS[name], found, wanted, "another year"))


def _filled(line: Array) -> Array:
    """Holes filled by the same hour of the days before and after, between which it lies."""
    by_hour = line.reshape(YEAR_DAYS, DAY_HOURS).copy()
    days = np.arange(YEAR_DAYS)
    for hour in range(DAY_HOURS):
        column = by_hour[:, hour]
        known = ~np.isnan(column)
        column[~known] = np.interp(days[~known], days[known], column[known], period=YEAR_DAYS)
    return by_hour.reshape(-1)


def _hours(number: int) -> str:
    return f"{number} hour{'' if number == 1 else 's'}"
