"""What a chip adds to the IT power of a site, and what the site needs beside it at its peak.

IT power of a chip is its rating with its share of hosts, switches, storage and the network between
halls. Where sites were seen that hold it, their figure is used; otherwise the power of its server or
rack; otherwise its own rating, times what servers add to it.

The peak ratio is facility over IT power as a grid connection is sized. It goes with who builds for the
chip: halls for TPUs and Trainium are their makers' own, halls for others mostly are not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from orchard.catalogue import Chip, catalogue
from orchard.catalogue.fact import Fact

# Facts that hold the constants, and the group of sites of any chip.
CHIPS = "power.site_it."
RATIOS = "power.peak_ratio."
ANY = "any"
# Where nothing but the chip's own rating is known: the factor of the H100's server, or above LIQUID_W, where
# chips are cooled by liquid, of the GB200's rack; and of networks over servers; how far they may be off
# (assumed: the servers of A100 and H100 differ by a tenth).
SERVER = "power.server.tdp-factor.h100"
RACK = "power.server.tdp-factor.gb200"
LIQUID_W = 1000.0
NETWORK = "power.network.factor"
FAR = 1.25


class Range(NamedTuple):
    """A value and its 80 % interval."""

    value: float
    low: float
    high: float


class Rating(NamedTuple):
    """IT power of one chip at a site, in W, and what it rests on where no site with it was seen."""

    chip: Chip
    power_w: Range
    note: str = ""


@dataclass(frozen=True)
class Constants:
    """IT power by id of chip, in W, and peak ratios by maker of the chips, of which `any` is one."""

    chips: Mapping[str, Range]
    ratios: Mapping[str, Range]

    def rating(self, chip: Chip) -> Rating | str:
        """IT power of this chip, or why it is not known.

        >>> one = shipped().rating(catalogue().chip("H100"))
        >>> round(one.power_w.value), one.note
        (1402, '')
        >>> shipped().rating(catalogue().chip("CPU core"))
        'chip cpu-core: no power of it is known'
        """
        if chip.id in self.chips:
            return Rating(chip, self.chips[chip.id])
        fact = chip.facts.get("it_power")
        if fact is not None:
            return Rating(
                chip, _range(fact), f"{chip.title}: power of its server or rack, no site with it seen"
            )
        if chip.tdp_w is None:
            return f"chip {chip.id}: no power of it is known"
        server = catalogue().fact(RACK if chip.tdp_w > LIQUID_W else SERVER).value
        value = chip.tdp_w * server * catalogue().fact(NETWORK).value
        note = f"{chip.title}: power of its server not known, taken from its rating of {chip.tdp_w:.0f} W"
        return Rating(chip, Range(value, value / FAR, value * FAR), note)

    def ratio(self, chip: Chip) -> Range:
        """Peak ratio of sites built for this chip.

        >>> found = shipped()
        >>> found.ratio(catalogue().chip("TPU v6e")).value < found.ratio(catalogue().chip("GB200")).value
        True
        """
        return self.ratios.get(maker(chip), self.ratios[ANY])


def maker(chip: Chip) -> str:
    """Who makes a chip, as the ids of facts write it.

    >>> maker(catalogue().chip("Trainium2"))
    'aws'
    """
    return chip.vendor.casefold().replace(" ", "-")


@cache
def shipped() -> Constants:
    """The constants of the catalogue."""
    return Constants(_read(CHIPS), _read(RATIOS))


def _read(prefix: str) -> dict[str, Range]:
    return {fact.id.removeprefix(prefix): _range(fact) for fact in catalogue().facts(prefix)}


def _range(fact: Fact) -> Range:
    return Range(fact.value, fact.low, fact.high)
