"""Hourly prices of energy: a file with one number a line for each of the 8,760 hours of a year."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from orchard import units
from orchard.errors import Finding, LimitError
from orchard.estimate.supply import HOURS_PER_YEAR
from orchard.plan.calendar import Array

_MOST_BYTES = units.factor("MB")
_USD_PER_MWH = units.factor("USD/MWh")


def read_prices(path: Path, place: str) -> Array:
    """Prices in USD/J [8760] of a file in USD/MWh; a first line without a number is a heading.

    Raises
    ------
    LimitError
        O874: a file that cannot be read, or has another number of prices, or something else among them
    """
    wanted = f"{HOURS_PER_YEAR:,} prices in USD/MWh, one a line"
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise LimitError(Finding("O874", str(path), place, "a larger file", wanted))
        lines = path.read_text(encoding="utf-8-sig").split()
    except (OSError, UnicodeDecodeError) as error:
        found = str(getattr(error, "strerror", None) or "not UTF-8 text").lower()
        raise LimitError(Finding("O874", str(path), place, found, wanted)) from None
    if lines and _number(lines[0]) is None:
        lines = lines[1:]
    numbers = [_number(line) for line in lines]
    strange = next((line for line, number in zip(lines, numbers, strict=True) if number is None), None)
    if strange is not None:
        raise LimitError(Finding("O874", str(path), place, repr(strange[:40]), "a finite number"))
    if len(numbers) != HOURS_PER_YEAR:
        raise LimitError(Finding("O874", str(path), place, f"{len(numbers):,} prices", wanted))
    return np.array(numbers, dtype=np.float64) * _USD_PER_MWH


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if np.isfinite(number) else None
