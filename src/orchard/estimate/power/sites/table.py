"""A table of chips -> sites: what stands in each of them at its last date.

Rows of one id may stand anywhere in the table. A row is a state, as in tables of sites that are
published: of each chip, the rows of its last date count, and take the place of earlier ones; rows of one
chip and date add up. Sites, not rows, are held in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from orchard.catalogue import Chip
from orchard.errors import Finding, LimitError
from orchard.estimate.cells import MOST_KEPT, WRONG, Numbers
from orchard.estimate.chips import chip_named
from orchard.estimate.columns import wrong_width
from orchard.estimate.power.sites.constants import Constants, Rating

REQUIRED = ("id", "date", "chip", "units")
COLUMNS = (*REQUIRED, "peak_ratio")
# Sites held at once: more than there are in the world.
MOST_SITES = 1 << 18
# Facility over IT power that a site can have.
LEAST_RATIO, MOST_RATIO = 1.0, 3.0

_UNITS = Numbers("units", zero_is=0.0)
_RATIO = Numbers("peak_ratio", whole=False)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?:[T ].*)?")
_GROUP = re.compile(r"[ -]*\b(racks?|nodes?|servers?|superchips?)\b", re.IGNORECASE)
_RACK_NAME = re.compile(r"\bnvl ?(\d+)\b", re.IGNORECASE)
_PER_SUPERCHIP = 2.0
# Chips that links join are a rack from so many on; below, they are a server, of which a rack holds several.
LEAST_RACK = 16.0


class Unit(NamedTuple):
    """What a unit of a row is: so many chips of this kind; or, in `wrong`, why there can be no answer.

    `chip` is None where the name is of none, `rating` where no power of it is known.
    """

    chip: Chip | None = None
    rating: Rating | None = None
    chips: float = 1.0
    note: str = ""
    wrong: str = ""


@dataclass
class Site:
    """Chips of a site: by id of the chip, the day they were last counted and how many.

    `last` is the site's last day and `dated` whether it has several. `ratio` is the
    peak ratio that was stated; `notes` say what was assumed, `wrong` why there can be no answer.
    """

    name: str
    last: int = -1
    dated: bool = False
    counts: dict[str, tuple[int, float]] = field(default_factory=dict)
    ratio: float | None = None
    notes: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


class Sites:
    """Gathers sites from rows under these columns, in any order; others are ignored.

    >>> from orchard.estimate.power.sites.constants import shipped
    >>> made = Sites(["id", "date", "chip", "units"], shipped())
    >>> made.add([["a", "2025-01-01", "H100", "8"], ["a", "2025-06-01", "H100", "16"]], {})
    >>> made.add([["b", "2025-01-01", "B20", "8"], ["a", "2025-03-01", "GB200 rack", "2"]], {})
    >>> [(site.name, sorted(n for _, n in site.counts.values()), len(site.wrong)) for site in made]
    [('a', [16.0, 144.0], 0), ('b', [], 1)]
    """

    def __init__(self, columns: Sequence[str], constants: Constants) -> None:
        self._places = {name: columns.index(name) for name in COLUMNS if name in columns}
        self._width = len(columns)
        self._sites: dict[str, Site] = {}
        self._unit = lru_cache(MOST_KEPT)(lambda name: unit(name, constants))
        self.ratings: dict[str, Rating] = {}

    def __iter__(self) -> Iterator[Site]:
        return iter(self._sites.values())

    def __len__(self) -> int:
        return len(self._sites)

    def add(self, rows: Sequence[Sequence[str]], wrong: Mapping[int, str]) -> None:
        """Take rows in; `wrong` says why some of them cannot be read.

        Raises
        ------
        LimitError
            O853: more sites than can be held
        """
        texts = [row[self._places["units"]] if len(row) == self._width else "" for row in rows]
        for place, (row, units) in enumerate(zip(rows, _UNITS.read(texts).tolist(), strict=True)):
            cells = [*row[: self._width], *[""] * (self._width - len(row))]
            site = self._site(cells[self._places["id"]].strip())
            if not site.name:
                site.wrong.append("id is blank")
            elif place in wrong:
                site.wrong.append(wrong[place])
            elif len(row) != self._width:
                site.wrong.append(wrong_width(row, self._width))
            else:
                self._count(site, cells, units)

    def _site(self, name: str) -> Site:
        site = self._sites.get(name)
        if site is None:
            if len(self._sites) >= MOST_SITES:
                found, wanted = f"more than {MOST_SITES:,} sites", "fewer: divide the table by sites"
                raise LimitError(Finding("O853", "", "id", found, wanted))
            site = self._sites[name] = Site(name)
        return site

    def _count(self, site: Site, cells: Sequence[str], units: float) -> None:
        text, when = cells[self._places["units"]].strip(), cells[self._places["date"]].strip()
        made, day = self._unit(cells[self._places["chip"]]), _day(when)
        if made.wrong:
            site.wrong.append(made.wrong)
        if units == WRONG or units != units:
            site.wrong.append(_UNITS.wanted(text) if text else "units is blank")
        if day is None:
            site.wrong.append(f"date {when[:40]!r}: wanted a day such as 2025-12-31")
        self._state_ratio(site, cells)
        if site.wrong or day is None or made.rating is None:
            return
        if made.note and made.note not in site.notes:
            site.notes.append(made.note)
        chip = made.rating.chip.id
        self.ratings[chip] = made.rating
        then, before = site.counts.get(chip, (day, 0.0))
        if day >= then:
            site.counts[chip] = (day, units * made.chips + (before if day == then else 0.0))
        site.dated |= site.last not in (-1, day)
        site.last = max(site.last, day)

    def _state_ratio(self, site: Site, cells: Sequence[str]) -> None:
        place = self._places.get("peak_ratio")
        if place is None or not cells[place].strip():
            return
        (found,) = _RATIO.read([cells[place]]).tolist()
        if not LEAST_RATIO <= found <= MOST_RATIO:
            shown = cells[place].strip()[:40]
            wanted = f"facility over IT power, {LEAST_RATIO:g} to {MOST_RATIO:g}"
            site.wrong.append(f"peak_ratio {shown!r}: wanted {wanted}")
        elif site.ratio not in (None, found):
            site.wrong.append(f"peak_ratio {site.ratio:g} and {found:g}: wanted one for a site")
        else:
            site.ratio = found


def unit(name: str, constants: Constants) -> Unit:
    """What one unit of a row with this chip is: a chip, or a rack, a node or a superchip of them.

    >>> from orchard.estimate.power.sites.constants import shipped
    >>> [unit(name, shipped()).chips for name in ("B200", "GB200 NVL72 racks", "GB300 superchip")]
    [1.0, 72.0, 2.0]
    >>> unit("GB200 NVL72", shipped()).note
    'GB200 NVL72: units taken as chips, not racks'
    >>> unit("B2000", shipped()).wrong
    "chip 'B2000': no such chip; did you mean 'b200'?"
    """
    group = _GROUP.search(name)
    chip = chip_named(_GROUP.sub("", name) if group else name)
    if isinstance(chip, str):
        return Unit(wrong=chip)
    rating = constants.rating(chip)
    if isinstance(rating, str):
        return Unit(chip, wrong=rating)
    count = _per_group(chip, group[1]) if group else 1.0
    if count is None:
        return Unit(wrong=f"chip {name[:40]!r}: how many chips one holds is not known: count chips")
    racked = None if group else _RACK_NAME.search(name)
    said = [f"{name.strip()[:40]}: {count:.0f} chips each"] if group else []
    said += [f"{chip.title} NVL{racked[1]}: units taken as chips, not racks"] if racked else []
    return Unit(chip, rating, count, "; ".join(one for one in (*said, rating.note) if one))


def _per_group(chip: Chip, word: str) -> float | None:
    """Chips of a rack, a node or a superchip, where that is known."""
    name = word.casefold().rstrip("s")
    if name == "superchip":
        return _PER_SUPERCHIP
    if name == "rack":
        domain = chip.scaleup_domain
        return domain if domain is not None and domain >= LEAST_RACK else None
    return chip.chips_per_node


@lru_cache(maxsize=MOST_KEPT)
def _day(text: str) -> int | None:
    """The ordinal of a day, the first of a month or year; 0 where there is none, None where it is none."""
    if not text:
        return 0
    found = _DATE.fullmatch(text)
    if not found:
        return None
    try:
        return date(int(found[1]), int(found[2] or 1), int(found[3] or 1)).toordinal()
    except ValueError:
        return None
