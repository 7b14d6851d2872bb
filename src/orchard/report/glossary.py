"""Words of the page that a stranger may not know. A word is explained only where it is used."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

# Explained on every page, whatever the programme.
ALWAYS = {
    "claim": "A sentence turned into a comparison of quantities that can be checked, such as a number "
    "of chips at a date. It is unknown while the model cannot answer it, and never passes by default.",
    "probability": "The share of the simulated futures in which the claim holds.",
    "p10, median, p90": "One future in ten lies below p10, half lie below the median, nine in ten lie "
    "below p90. The band from p10 to p90 is the 80 % interval.",
    "likely, open, unlikely": "A probability of at least 80 %, between, and at most 20 %.",
    "what binds": "The constraint whose loosening moves the probability most, found by planning again.",
    "remedy": "The cheapest change among those the programme offers that brings the claim to 80 %, "
    "confirmed by planning again.",
    "driver": "An uncertain amount, fact or cause, and its share of the spread of an answer.",
    "future": "One random draw of every uncertain number, carried through the whole programme.",
    "fact": "A number of the world with unit, range, kind and source.",
    "measured, published, reported, estimated, assumed": "How firm a number is: measured; stated by the "
    "primary source; told by a secondary source; the result of somebody's model; set by the author.",
    "basis": "What a number is counted on: dense or sparse arithmetic, one package or one die, the "
    "nameplate or the load of the computers.",
    "digest": "A fingerprint of what the programme says. The same digest, seed, number of futures and "
    "version of Orchard give the same answer.",
}

# pattern -> (word, meaning); explained when the result mentions it.
SOMETIMES = {
    r"capex|capital expenditure": (
        "capital expenditure", "Money spent on what lasts: buildings, power, chips, networks."),
    r"opex|operating cost": (
        "operating cost", "Money spent on running what stands: electricity, people, repairs."),
    r"it[_ ]power|IT power": (
        "IT power", "Power at the computers themselves, without cooling and conversion losses."),
    r"energi[sz]ed": ("energised", "Power that a site can draw, whether or not chips use it."),
    r"drawn": ("drawn", "Power that the installed chips take at their present activity."),
    r"\bpue\b": ("PUE", "Energy of the whole site divided by the energy of its computers, over a year."),
    r"goodput": ("goodput", "The share of time in which a run makes progress that is not lost to failures."),
    r"utilisation|\bmfu\b": (
        "utilisation", "Useful arithmetic divided by what the chips could do at their peak."),
    r"\bgate\b": ("gate", "What a model must show before it is released."),
    r"pretraining": ("pretraining", "The long first stage of training, on most of the data."),
    r"post-?training": ("post-training", "Later stages: instruction following, preferences, reinforcement."),
    r"FLOP": ("FLOP", "One floating-point operation; FLOP/s is a rate of them."),
    r"moe\b|mixture of experts": (
        "mixture of experts", "A model of which only some parts work on each token."),
    r"tokens?\b": ("token", "A piece of text, about three quarters of a word; models read and write them."),
    r"finance leases": ("finance lease", "A long lease that is counted like a purchase on credit."),
    r"\bcash\b": ("cash", "Money at hand after revenue, operating cost and capital expenditure."),
    r"revenue": ("revenue", "Money earned in a period, before any cost."),
    r"nvl72": ("NVL72", "A rack of 72 accelerators that work as one over a fast network."),
}  # fmt: skip


def glossary(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Words and meanings in alphabetical order, for this result.

    >>> [word for word, _ in glossary({"series": [{"id": "capex"}]})][:2]
    ['basis', 'capital expenditure']
    """
    text = json.dumps(result, ensure_ascii=False, default=str)
    found = [pair for pattern, pair in SOMETIMES.items() if re.search(pattern, text, re.IGNORECASE)]
    return sorted([*ALWAYS.items(), *found], key=lambda pair: pair[0].lower())
