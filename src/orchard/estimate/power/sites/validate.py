"""How far estimates of sites can be trusted: sites whose power is known, left out one after the other.

Two judgements: constants fitted to all other sites, and the constants that the project ships. What comes
back is plain data, for JSON and the terminal alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchard.catalogue import Chip
from orchard.estimate.power.sites.constants import Constants, Range, shipped
from orchard.estimate.power.sites.estimates import parts_of, power_of
from orchard.estimate.power.sites.fit import fit
from orchard.estimate.power.sites.pairs import Pair, Pairs

Array = NDArray[np.float64]
Result = dict[str, Any]

# Errors beyond this are listed one by one.
WIDE = 0.2


def validate(known: Pairs, progress: Callable[[str, float], None] | None = None) -> Result:
    """Score constants fitted without each site, and the shipped ones, on the sites of a file."""
    names = sorted({pair.site for pair in known.pairs})
    lines: list[Result] = []
    for place, name in enumerate(names):
        if progress is not None:
            progress(f"without {name}", place / len(names))
        others = [pair for pair in known.pairs if pair.site != name]
        own = [pair for pair in known.pairs if pair.site == name]
        if others:
            lines += _predicted(own, fit(others, known.chips), known.chips)
    as_is = _predicted(known.pairs, shipped(), known.chips)
    whole = fit(known.pairs, known.chips)
    return {
        "sites": len(names),
        "rows": len(known.pairs),
        "left_out": [{"id": name, "why": why} for name, why in known.left_out],
        "ways": [
            {"id": "site", "title": "sites left out", **_scores(lines)},
            {"id": "asis", "title": "the shipped constants", **_scores(as_is)},
        ],
        "constants": {
            "it_power_w": {chip: list(one) for chip, one in whole.chips.items()},
            "peak_ratio": {name: list(one) for name, one in whole.ratios.items()},
        },
        "points": lines or as_is,
    }


def _predicted(pairs: Sequence[Pair], constants: Constants, chips: Mapping[str, Chip]) -> list[Result]:
    """Predicted beside stated power of each pair; of a pair with a chip of unknown power, nothing."""
    rows: list[tuple[int, float, Range, Range]] = []
    answered: list[Pair] = []
    for pair in pairs:
        made = {chip: constants.rating(chips[chip]) for chip in pair.chips}
        rated = {chip: one for chip, one in made.items() if not isinstance(one, str)}
        if len(rated) == len(made):
            for chip, one in rated.items():
                rows.append((len(answered), pair.chips[chip], one.power_w, constants.ratio(one.chip)))
            answered.append(pair)
    found = [column.tolist() for column in power_of(parts_of(rows), len(answered))]
    return [
        {
            "site": pair.site,
            "date": pair.date,
            "it_power_w": it,
            "it_stated_w": pair.it_power_w,
            "facility_power_w": facility,
            "facility_stated_w": pair.facility_power_w,
            "low": low,
            "high": high,
        }
        for pair, it, facility, low, high in zip(answered, *found, strict=True)
    ]


def _scores(lines: Sequence[Result]) -> Result:
    """Errors of IT and facility power, a row each and a site each, and how often the interval holds."""
    if not lines:
        return {"rows": None, "of_sites": None, "it": None, "coverage": None, "width": None, "wide": []}
    off = np.array([line["facility_power_w"] / line["facility_stated_w"] - 1 for line in lines])
    it = np.array([line["it_power_w"] / line["it_stated_w"] - 1 for line in lines])
    names = np.array([line["site"] for line in lines])
    sites = np.array([np.median(np.abs(off[names == name])) for name in sorted(set(names.tolist()))])
    held = [line["low"] <= line["facility_stated_w"] <= line["high"] for line in lines]
    wide = [np.sqrt(line["high"] / line["low"]) - 1 for line in lines]
    return {
        "rows": _errors(np.abs(off)),
        "of_sites": _errors(sites),
        "it": _errors(np.abs(it)),
        "bias": float(np.median(off)),
        "coverage": float(np.mean(held)),
        "width": float(np.median(wide)),
        "wide": [
            {"site": line["site"], "date": line["date"], "error": float(error), "it_error": float(of_it)}
            for line, error, of_it in zip(lines, off, it, strict=True)
            if abs(error) > WIDE
        ],
    }


def _errors(size: Array) -> Result:
    return {
        "n": len(size),
        "median": float(np.median(size)),
        "p90": float(np.quantile(size, 0.9)),
        "worst": float(size.max()),
        "beyond": int((size > WIDE).sum()),
    }
