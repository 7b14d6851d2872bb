"""Sites whose chips and power are both known: what constants are fitted to and judged by.

One table holds both (id, date, chip, units, it_power_w, facility_power_w, and perhaps site, where several
ids are states of one), or two tables hold chips and power apart, as those of Epoch AI do; `join` says how
they are put together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from orchard import units
from orchard.catalogue import Chip
from orchard.errors import Finding, OrchardError
from orchard.estimate.cells import MOST_KEPT, Numbers
from orchard.estimate.power.sites.constants import Constants
from orchard.estimate.power.sites.table import MOST_RATIO, Unit, unit
from orchard.estimate.sheet import whole

CHIPS = ("id|Data center", "date|Date", "chip|Chip type", "units|Number of Units")
_POWERS = (("it_power_w", "IT power (MW)"), ("facility_power_w", "Power (MW)"))
POWERS = ("id|Data center", "date|Date", *("|".join(names) for names in _POWERS))
# Rows held at once.
MOST_ROWS = 100 * MOST_KEPT
_BOTH = ("id", "date", "chip", "units", "it_power_w", "facility_power_w")
_UNITS = Numbers("units", zero_is=0.0)
_POWER = Numbers("power", whole=False, zero_is=0.0)
# IT power of one chip, in W: beyond these the power is in another unit, or of other chips.
LEAST_CHIP_W, MOST_CHIP_W = 10.0, 100 * units.factor("kW")
_SHOWN = 3


class Pair(NamedTuple):
    """A site at a date: its chips by id, and its power in W."""

    site: str
    date: str
    chips: Mapping[str, float]
    it_power_w: float
    facility_power_w: float


class Pairs(NamedTuple):
    """Sites at dates, the chips in them by id, and what was left out, why."""

    pairs: list[Pair]
    chips: dict[str, Chip]
    left_out: list[tuple[str, str]]


class Count(NamedTuple):
    """A row of a table of chips: so many of one chip at a site from a date on."""

    site: str
    date: str
    chip: str
    chips: float


class Power(NamedTuple):
    """A row of a table of power; `equivalents` is the site's speed, 0 where it is not said."""

    site: str
    date: str
    it_power_w: float
    facility_power_w: float
    equivalents: float


class Reader:
    """Reads rows and keeps the reasons why some of them are none."""

    def __init__(self) -> None:
        self.left_out: list[tuple[str, str]] = []
        self.chips: dict[str, Chip] = {}
        self._bare = Constants({}, {})
        self._units: dict[str, Unit] = {}

    def rows(self, file: Path, columns: Sequence[str]) -> list[dict[str, str]]:
        """The rows of a file that can be read."""
        found = whole(file, columns, MOST_ROWS)
        self.left_out += found.odd
        return found.rows

    def count(self, row: Mapping[str, str]) -> Count | None:
        """A row of a table of chips."""
        site, when = text(row, "id", "Data center"), text(row, "date", "Date")
        name = text(row, "chip", "Chip type")
        made = self._units.get(name) or self._units.setdefault(name, unit(name, self._bare))
        number = _UNITS.read([text(row, "units", "Number of Units")])[0]
        wrong = "no site" if not site else "units: no number" if not number >= 0 else ""
        if wrong or made.chip is None:
            self.left_out.append((f"{site} {when}".strip(), wrong or made.wrong))
            return None
        self.chips[made.chip.id] = made.chip
        return Count(site, when, made.chip.id, float(number) * made.chips)

    def power(self, row: Mapping[str, str]) -> Power | None:
        """A row of a table of power."""
        site, when = text(row, "id", "Data center"), text(row, "date", "Date")
        it, facility = _watts(row)
        if not site or not (0 < it <= facility <= MOST_RATIO * it):
            wanted = f"it_power_w above 0, and facility_power_w no less and at most {MOST_RATIO:g} times it"
            self.left_out.append(
                (f"{site} {when}".strip(), f"no power: wanted {wanted}" if site else "no site")
            )
            return None
        equivalents = _POWER.read([text(row, "h100_equivalents", "H100 equivalents")])[0]
        return Power(site, when, it, facility, float(equivalents) if equivalents > 0 else 0.0)


def read(file: Path, powers: Path | None = None) -> Pairs:
    """Read sites whose chips and power are known, of one table or of two.

    Raises
    ------
    OrchardError
        a file that cannot be read or lacks columns (O800 to O803, O841); O854: no site with both
    """
    from orchard.estimate.power.sites.join import join

    reader = Reader()
    if powers is None:
        pairs = _together(reader.rows(file, _BOTH), reader)
    else:
        counts = [reader.count(row) for row in reader.rows(file, CHIPS)]
        built = (row for row in reader.rows(powers, POWERS) if any(_watts(row)))
        known = [reader.power(row) for row in built]
        pairs, lost = join([one for one in counts if one], [one for one in known if one])
        reader.left_out += lost
    pairs = list(_plausible(pairs, reader))
    if not pairs:
        said = "; ".join(f"{name}: {why}" for name, why in reader.left_out[:_SHOWN])
        wanted = "sites with chips and power"
        raise OrchardError(Finding("O854", str(file), "", said or "no rows", wanted))
    return Pairs(pairs, reader.chips, reader.left_out)


def text(row: Mapping[str, str], *names: str) -> str:
    """The cell under the first of these columns that there is."""
    return next(((row[name] or "").strip() for name in names if name in row), "")


def _together(rows: Sequence[Mapping[str, str]], reader: Reader) -> list[Pair]:
    """Pairs of one table: rows of an id and a date are the chips of one site."""
    chips: dict[tuple[str, str], dict[str, float]] = {}
    powers: dict[tuple[str, str], tuple[str, Power]] = {}
    for row in rows:
        count, power = reader.count(row), reader.power(row)
        if count is None or power is None:
            continue
        key = (count.site, count.date)
        held = chips.setdefault(key, {})
        held[count.chip] = held.get(count.chip, 0.0) + count.chips
        said = (text(row, "site") or count.site, power)
        if powers.setdefault(key, said) != said:
            reader.left_out.append(
                (f"{count.site} {count.date}", "another power or site than in its first row")
            )
    return [
        Pair(site, when, chips[name, when], power.it_power_w, power.facility_power_w)
        for (name, when), (site, power) in powers.items()
        if sum(chips[name, when].values()) > 0
    ]


def _watts(row: Mapping[str, str]) -> tuple[float, float]:
    """IT and facility power in W, or in MW as Epoch AI writes them; 0 where blank, nan where no number."""
    it, facility = (
        _number(text(row, *names)) * (1.0 if names[0] in row else units.factor("MW")) for names in _POWERS
    )
    return it, facility


def _number(cell: str) -> float:
    try:
        found = float(cell.replace(",", "") or "0")
    except ValueError:
        return float("nan")
    return found if isfinite(found) else float("nan")


def _plausible(pairs: Sequence[Pair], reader: Reader) -> Iterator[Pair]:
    """Pairs whose power may be that of their chips."""
    for pair in pairs:
        each = pair.it_power_w / sum(pair.chips.values())
        if LEAST_CHIP_W <= each <= MOST_CHIP_W:
            yield pair
        else:
            why = f"{units.show(each, 'W')} of IT power a chip: is its unit right?"
            reader.left_out.append((f"{pair.site} {pair.date}", why))
