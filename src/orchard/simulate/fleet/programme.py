"""The fleet of a programme: what its deliveries have brought by a day, in nodes, by site and chip.

Chips count from when they are delivered, at the values of the file: whether money and power suffice is what
`orchard plan` says. A part of every pool trains, the lab's share; the rest serves. Spares are kept back
beside what trains. Programmes without GPUs, such as that of a laptop, count all chips.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Callable
from typing import NamedTuple

from orchard.catalogue import Catalogue
from orchard.errors import Finding, OrchardError
from orchard.estimate.goodput.classes import CHIPS_PER_NODE, CHIPS_PER_RACK
from orchard.simulate.fleet.case import Pool
from orchard.spec.amounts import Amount
from orchard.spec.programme import Horizon, Programme
from orchard.spec.sites import Delivery

Read = Callable[[Amount | None, float], float]


class Fleet(NamedTuple):
    """Pools, and what the jobs of a lab take from the programme."""

    programme: Programme
    known: Catalogue  # as known at the programme's date
    day: dt.date  # on which the simulation begins
    pools: tuple[Pool, ...]
    read: Read  # value of an amount; a default where there is none

    @property
    def chips(self) -> int:
        """All chips."""
        return sum(pool.chips for pool in self.pools)


def first_day(programme: Programme) -> dt.date:
    """The day on which a simulation begins where none is given: when the programme is written, or begins."""
    return max(programme.as_of, programme.horizon.start)


def reader(programme: Programme, known: Catalogue) -> Read:
    """Read the value of an amount: as written, or of the fact that it cites."""

    def read(amount: Amount | None, default: float) -> float:
        if amount is None:
            return default
        if amount.value is not None:
            return amount.value
        fact = str(amount.fact)
        return known.fact(fact, source=programme.resolve.get(fact)).value

    return read


def fleet(
    programme: Programme, catalogue: Catalogue, day: dt.date | None = None, gpus: int | None = None
) -> Fleet:
    """What stands on a day, scaled to so many chips where `gpus` is given.

    Raises
    ------
    OrchardError
        O860: no chips by that day, or a day after the horizon
    """
    known = catalogue.known_by(programme.as_of)
    read, day = reader(programme, known), day or first_day(programme)
    entries = list(programme.deliveries.values())
    counted = [one for one in entries if one.kind == "gpu"] or entries
    chips: dict[tuple[str, str], float] = {}
    for entry in counted:
        place = (entry.site, entry.chip)
        chips[place] = chips.get(place, 0.0) + delivered(entry, day, read)
    total = sum(chips.values())
    if round(total) < 1 or day > programme.horizon.end:
        raise OrchardError(_no_fleet(programme.horizon, counted, day, read))
    wanted_chips = total if gpus is None else float(gpus)
    made = Fleet(programme, known, day, (), read)
    each = {place: min(chips_together(made, place[1]), CHIPS_PER_NODE, int(wanted_chips)) for place in chips}
    nodes = {place: round(count * wanted_chips / total / each[place]) for place, count in chips.items()}
    largest = max(chips, key=lambda place: chips[place])
    left = wanted_chips - sum(nodes[place] * each[place] for place in nodes)
    nodes[largest] = max(nodes[largest] + round(left / each[largest]), 1)
    pools = [_pool(made, *place, nodes[place], each[place]) for place in chips if nodes[place]]
    return made._replace(pools=tuple(pools))


def _no_fleet(horizon: Horizon, entries: list[Delivery], day: dt.date, read: Read) -> Finding:
    """Why there is no fleet on a day, and on which days there is one."""
    found = f"no chips by {day}" if day <= horizon.end else f"{day}, after the horizon"
    begins = min((entry.start for entry in entries), default=horizon.end)
    days = [begins + dt.timedelta(days=count) for count in range((horizon.end - begins).days + 1)]
    first = bisect_left(
        days, True, key=lambda day: round(sum(delivered(entry, day, read) for entry in entries)) >= 1
    )
    if first == len(days):
        wanted = f"deliveries by the end of the horizon, {horizon.end}"
        return Finding("O860", "", "deliveries", found, wanted)
    wanted = f"a day from {days[first]}, that of the first chips, to {horizon.end}, the last of the horizon"
    return Finding("O860", "", "--date", found, wanted, f"--date {days[first]}")


def delivered(entry: Delivery, day: dt.date, read: Read) -> float:
    """Chips of a delivery that have arrived by a day, evenly between its dates, after its delay."""
    late = read(entry.delay, 0.0) / dt.timedelta(days=1).total_seconds()
    since, takes = (day - entry.start).days - late, (entry.end - entry.start).days
    share = min(max(since / takes, 0.0), 1.0) if takes > 0 else float(since >= 0)
    return read(entry.count, 0.0) * share


def _pool(made: Fleet, site: str, chip: str, nodes: int, each: int) -> Pool:
    """Nodes of `each` chips of one kind at one site."""
    share = made.read(made.programme.lab.share, 1.0)
    spares = round(made.known.fact("reliability.spares").value * share * nodes)
    training = min(max(round(share * nodes), 1) + spares, nodes)
    where = made.programme.sites[site]
    return Pool(
        name=f"{site}/{chip}",
        site=site,
        chip=chip,
        nodes=nodes,
        chips_per_node=each,
        racks=chips_together(made, chip) >= CHIPS_PER_RACK,
        spares=spares,
        serving=nodes - training,
        nameplate_w=_nameplate_w(made, site, chip),
        pue=made.read(where.pue, 1.0),
    )


def chips_together(made: Fleet, chip: str) -> int:
    """Chips of a node, or of a rack where the machine is built as one."""
    if chip in made.programme.chips:
        return made.programme.chips[chip].chips_per_node
    return int(made.known.chip(chip).chips_per_node or 1)


def _nameplate_w(made: Fleet, site: str, chip: str) -> float:
    """IT power of a chip at its rating: of its deliveries, of the programme, or of the catalogue."""
    entries = [one for one in made.programme.deliveries.values() if (one.site, one.chip) == (site, chip)]
    stated = [made.read(one.it_power, 0.0) for one in entries if one.it_power is not None]
    if stated:
        return stated[0]
    if chip in made.programme.chips:
        return made.read(made.programme.chips[chip].it_power, 0.0)
    return made.known.chip(chip).it_power_w or 0.0
