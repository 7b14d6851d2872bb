"""Files of hourly weather as they are found: TMY3, TMY2 and EPW.

Columns come back in SI units with nan where the file has nothing, or a number that no weather has
(files mark what is missing by 99.9, 9999 or -9900).

Sources: Wilcox and Marion, "Users manual for TMY3 data sets" (NREL/TP-581-43156, 2008); Marion and
Urban, "User's manual for TMY2s" (NREL/SP-463-7668, 1995), table 3-2; EnergyPlus, "Auxiliary programs",
chapter on EPW files. Hours are those that end at the stated time, in local standard time.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.errors import Finding, OrchardError
from orchard.estimate.power.air import ZERO_C_K

Array = NDArray[np.float64]

# Lowest and highest value that weather at the ground has, in the units of COLUMNS; others are missing.
PLAUSIBLE = {
    "dry_bulb_k": (ZERO_C_K - 90.0, ZERO_C_K + 60.0),
    "relative_humidity": (0.0, 1.1),
    "pressure_kpa": (40.0, 110.0),
    "ghi_kw_per_m2": (0.0, 1.6),
    "dni_kw_per_m2": (0.0, 1.5),
    "dhi_kw_per_m2": (0.0, 1.2),
    "wind_m_per_s": (0.0, 60.0),
}
COLUMNS = tuple(PLAUSIBLE)
# In files, as in COLUMNS: dry-bulb in °C, humidity in %, pressure in mbar (EPW: Pa), radiation in W/m², wind.
_MBAR = (1.0, 0.01, 0.1, 0.001, 0.001, 0.001, 1.0)
_PASCAL = (1.0, 0.01, 0.001, 0.001, 0.001, 0.001, 1.0)
_TMY3 = (
    "Dry-bulb (C)",
    "RHum (%)",
    "Pressure (mbar)",
    "GHI (W/m^2)",
    "DNI (W/m^2)",
    "DHI (W/m^2)",
    "Wspd (m/s)",
)
# Where the numbers of COLUMNS stand in a line of TMY2, and by what they are multiplied there.
_TMY2 = ((67, 71, 10.0), (79, 82, 1.0), (84, 88, 1.0), (17, 21, 1.0), (23, 27, 1.0), (29, 33, 1.0))
_TMY2_WIND = (95, 98, 10.0)
_TMY2_HEAD = re.compile(
    r"\s*(?P<id>\d+)\s+(?P<name>.+?)\s+(?P<state>[A-Z]{2})\s+(?P<zone>-?\d+)\s+(?P<ns>[NS])\s*(?P<lat>\d+)\s+"
    r"(?P<latmin>\d+)\s+(?P<ew>[EW])\s*(?P<lon>\d+)\s+(?P<lonmin>\d+)\s+(?P<up>-?\d+)\s*$"
)
_EPW = (6, 8, 9, 13, 14, 15, 21)
_EPW_HEADER_LINES = 8
_EPW_CELLS = 22


class Place(NamedTuple):
    """Where weather was measured. `zone_h` is local standard time less UTC."""

    name: str
    latitude_deg: float
    longitude_deg: float
    altitude_m: float
    zone_h: float


class Records(NamedTuple):
    """Hours as a file lists them: months, days and hours (1 to 24) [n], and COLUMNS [7, n]."""

    place: Place
    month: NDArray[np.intp]
    day: NDArray[np.intp]
    hour: NDArray[np.intp]
    values: Array


def read_records(path: Path) -> Records:
    """Read a file of hourly weather.

    Raises
    ------
    OrchardError
        O850: no such file, or none of the formats
    """
    try:
        lines = path.read_text("utf-8-sig", errors="replace").splitlines()
    except OSError as error:
        raise _unreadable(path, (error.strerror or str(error)).lower()) from None
    reader = _format(lines)
    if reader is None:
        raise _unreadable(path, "neither TMY3, TMY2 nor EPW")
    try:
        return reader(lines)
    except (ValueError, IndexError, KeyError) as error:
        raise _unreadable(path, f"a damaged file: {' '.join(str(error).split())[:120]}") from None


def _format(lines: Sequence[str]) -> Callable[[Sequence[str]], Records] | None:
    if len(lines) > _EPW_HEADER_LINES and lines[0].upper().startswith("LOCATION,"):
        return _epw
    if len(lines) > 2 and lines[1].startswith("Date (MM/DD/YYYY)"):
        return _tmy3
    return _tmy2 if lines and _TMY2_HEAD.match(lines[0]) else None


def _tmy3(lines: Sequence[str]) -> Records:
    head = next(csv.reader(lines[:1]))
    place = Place(f"{head[1].title()}, {head[2]}", *(float(head[i]) for i in (4, 5, 6, 3)))
    rows = list(csv.DictReader(lines[1:]))
    dates = [row["Date (MM/DD/YYYY)"].split("/") for row in rows]
    when = [(int(d[0]), int(d[1]), int(row["Time (HH:MM)"][:2])) for d, row in zip(dates, rows, strict=True)]
    return _records(place, when, ([_number(row[name]) for name in _TMY3] for row in rows))


def _tmy2(lines: Sequence[str]) -> Records:
    head = _TMY2_HEAD.match(lines[0])
    assert head is not None  # the format was told by it
    latitude, longitude = (float(head[a]) + float(head[a + "min"]) / 60 for a in ("lat", "lon"))
    place = Place(
        f"{head['name'].title()}, {head['state']}",
        latitude if head["ns"] == "N" else -latitude,
        longitude if head["ew"] == "E" else -longitude,
        float(head["up"]),
        float(head["zone"]),
    )
    rows = [line for line in lines[1:] if line.strip()]
    when = [(int(line[3:5]), int(line[5:7]), int(line[7:9])) for line in rows]
    cells = (*_TMY2, _TMY2_WIND)
    return _records(place, when, ([_number(line[a:b]) / by for a, b, by in cells] for line in rows))


def _epw(lines: Sequence[str]) -> Records:
    head = next(csv.reader(lines[:1]))
    place = Place(f"{head[1].title()}, {head[3]}", *(float(head[i]) for i in (6, 7, 9, 8)))
    rows = [row for row in csv.reader(lines[_EPW_HEADER_LINES:]) if row]
    short = next((row for row in rows if len(row) < _EPW_CELLS), None)
    if short is not None:
        raise ValueError(f"{len(short)} cells in a row of {_EPW_CELLS} or more")
    when = [(int(row[1]), int(row[2]), int(float(row[3]))) for row in rows]
    return _records(place, when, ([_number(row[i]) for i in _EPW] for row in rows), _PASCAL)


def _records(
    place: Place,
    when: Sequence[tuple[int, int, int]],
    rows: Iterable[Sequence[float]],
    factors: Sequence[float] = _MBAR,
) -> Records:
    month, day, hour = np.array(when, dtype=np.intp).reshape(-1, 3).T
    values = np.array(list(rows), dtype=np.float64).reshape(-1, len(COLUMNS)).T
    values = values * np.array(factors)[:, None]
    values[0] += ZERO_C_K
    for line, (low, high) in zip(values, PLAUSIBLE.values(), strict=True):
        line[~((line >= low) & (line <= high))] = np.nan
    return Records(place, month, day, hour, values)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _unreadable(path: Path, found: str) -> OrchardError:
    wanted = "a year of hourly weather: a TMY3 or TMY2 file, or an EPW file of EnergyPlus"
    return OrchardError(Finding("O850", str(path), "", found, wanted))
