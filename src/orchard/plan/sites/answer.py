"""The answer about one site as plain data: ramp, chips, load, energy supply, what binds, what it rests on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from orchard import __version__
from orchard.catalogue import Catalogue
from orchard.errors import Finding, LimitError, QuantityError, did_you_mean
from orchard.estimate.supply import Case, Infeasible, Supply, supply
from orchard.plan import engine
from orchard.plan.answer import provenance
from orchard.plan.calendar import Array, to_iso
from orchard.plan.scene import Setup
from orchard.plan.sites.described import infeasible, supplied
from orchard.plan.sites.reading import Reading, read_site
from orchard.plan.sites.supplied import Climate, Demand, Lookup, case, climate
from orchard.spec.programme import Programme

Progress = Callable[[str, float], None]

# Steps put together into one where only the cost at another load is wanted: some 0.1 % lower.
_COARSE = 4
_SHARES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}


class Found(NamedTuple):
    """The answer, and the case that was solved for it."""

    answer: dict[str, Any]
    case: Case


def site(
    programme: Programme,
    catalogue: Catalogue,
    site_id: str,
    *,
    day: date | None = None,
    samples: int = 1000,
    seed: int = 0,
    file: str = "",
    digest: str = "",
    progress: Progress | None = None,
) -> Found:
    """Study one site: its ramp by quarter, and how it is supplied at least cost on one day.

    Parameters
    ----------
    day
        the last of the horizon, when left out
    file, digest
        of the programme; files of weather are looked for beside it

    Raises
    ------
    QuantityError
        O872: no such site; O873: a day outside the horizon, or one on which no chips run
    LimitError
        O870, O871, O874, O875: nothing supplies it on that day; sun and wind without weather; prices that
        are not those of a year; prices at which there is no least cost
    """
    begun = time.perf_counter()
    say = progress or (lambda *_: None)
    setup = Setup.of(programme, catalogue)
    _check(programme, site_id)
    at = _day(programme, day)
    say("reading the plan", 0.0)
    found = read_site(setup, site_id, at, samples, seed)
    middle = {name: _quantile(found, name) for name in ("drawn_w", "need_w", "energised_w")}
    if middle["drawn_w"]["p50"] <= 0:
        none, later = f"no chips run there on {at}", f"--date {programme.horizon.end}"
        raise QuantityError(Finding("O873", "", f"sites.{site_id}", none, "a later day", later))
    folder = Path(file).parent
    ratio = Lookup(setup, site_id).stated("facility_ratio") or 1.0
    air = climate(
        setup, site_id, min(middle["drawn_w"]["p50"] * ratio / middle["energised_w"]["p50"], 1.0), folder
    )
    cases = {
        share: case(
            setup, site_id, at, Demand(middle["drawn_w"][share], middle["need_w"][share] * ratio), air, folder
        )
        for share in _SHARES
    }
    studied = cases["p50"]
    solved = _all_solved(cases, say)
    result = solved["p50"]
    place = programme.sites[site_id]
    answer = {
        "orchard": __version__,
        "programme": {"id": programme.programme, "title": programme.title, "file": file,
                      "as_of": programme.as_of.isoformat()},
        "digest": digest, "seed": seed, "samples": samples,
        "site": {"id": site_id, "title": place.title or site_id, "place": place.place},
        "date": at.isoformat(),
        "ramp": _ramp(setup, found),
        "phases": _phases(setup, site_id, found),
        "chips": _chips(setup, site_id, found),
        "load": _load(studied, middle, air),
        "supply": infeasible(result) if isinstance(result, Infeasible) else supplied(result),
        "loads": {share: _at_load(solved[share], middle["drawn_w"][share]) for share in _SHARES},
        **_used(setup, site_id),
        "seconds": round(time.perf_counter() - begun, 3),
    }  # fmt: skip
    return Found(answer, studied)


def _check(programme: Programme, site_id: str) -> None:
    if site_id not in programme.sites:
        hint = did_you_mean(site_id, programme.sites) or "one of " + ", ".join(programme.sites)
        raise QuantityError(Finding("O872", "", "SITE", repr(site_id[:60]), "a site of the programme", hint))


def _day(programme: Programme, day: date | None) -> date:
    horizon = programme.horizon
    if day is not None and not horizon.start <= day <= horizon.end:
        wanted = f"a day of the horizon, {horizon.start} to {horizon.end}"
        raise QuantityError(Finding("O873", "", "--date", f"{day}", wanted, f"--date {horizon.end}"))
    return day or horizon.end


def _quantile(found: Reading, name: str) -> dict[str, float]:
    return _three(getattr(found, name))


def _three(values: Array) -> dict[str, float]:
    return dict(zip(_SHARES, (float(value) for value in engine.quantiles(values)), strict=True))


def _ramp(setup: Setup, found: Reading) -> dict[str, Any]:
    """Power energised at the end of each quarter."""
    lines = {}
    for name, values in (("facility_w", found.facility_w), ("it_w", found.it_w)):
        lines[name] = dict(zip(_SHARES, (side.tolist() for side in engine.quantiles(values)), strict=True))
    ends = [to_iso(float(day) - 1) for day in setup.calendar.bounds[1:]]
    return {"quarters": setup.calendar.quarters, "ends": ends} | lines


def _phases(setup: Setup, site_id: str, found: Reading) -> list[dict[str, Any]]:
    ramp = setup.programme.sites[site_id].ramp
    rows = []
    for name, days in found.phase_day.items():
        adds = setup.values.amounts[f"sites.{site_id}.ramp.{name}.adds"]
        low, middle, high = (to_iso(float(day)) for day in engine.quantiles(days))
        build = ramp[name].build
        rows.append(
            {"phase": name, "adds_w": adds.value, "p10": low, "p50": middle, "p90": high,
             "build": build.type if build else None}
        )  # fmt: skip
    return sorted(rows, key=lambda row: str(row["p50"]))


def _chips(setup: Setup, site_id: str, found: Reading) -> list[dict[str, Any]]:
    """IT power of the chips installed at their rating, by chip, at the end of each quarter: medians."""
    kinds: dict[str, list[str]] = {}
    for name in found.chip_w:
        kinds.setdefault(setup.programme.deliveries[name].chip, []).append(name)
    rows = []
    for chip, names in kinds.items():
        watts = np.sum([found.chip_w[name] for name in names], axis=0)
        counts = np.sum([found.chips[name] for name in names], axis=0)
        own = setup.programme.chips.get(chip)
        title = (own.title or chip) if own else setup.chip(chip).title
        rows.append(
            {"chip": chip, "title": title, "count": _three(counts),
             "it_w": engine.quantiles(watts)[1].tolist()}
        )  # fmt: skip
    return rows


def _load(studied: Case, middle: Mapping[str, Mapping[str, float]], air: Climate) -> dict[str, Any]:
    it_w = middle["drawn_w"]["p50"]
    water = None
    if air.water_kg_per_j is not None:
        water = float(air.water_kg_per_j.mean()) * it_w * studied.steps * studied.step_s
    return {
        "it_drawn_w": dict(middle["drawn_w"]), "it_rated_w": dict(middle["need_w"]),
        "energised_w": dict(middle["energised_w"]),
        "facility_mean_w": float(studied.load_w.mean()), "facility_peak_w": float(studied.load_w.max()),
        "energy_j": studied.energy_j, "pue_mean": float(air.pue.mean()), "pue_peak": float(air.pue.max()),
        "pue_modelled": air.modelled_pue, "weather": air.place, "weather_repaired": list(air.repaired),
        "water_kg": water,
    }  # fmt: skip


def _solved(studied: Case, say: Progress, *, relax: bool = True) -> Supply | Infeasible:
    """The supply of a case; one whose prices pay for using energy without end is refused."""
    try:
        return supply(studied, say, relax=relax)
    except RuntimeError as error:
        wanted = "prices at which no plant earns by wasting energy"
        hint = "a `most` for batteries beside prices far below zero"
        raise LimitError(Finding("O875", "", "sites", str(error), wanted, hint)) from None


def _all_solved(cases: dict[str, Case], say: Progress) -> dict[str, Supply | Infeasible]:
    """The supply at each load: hour by hour at the median, in longer steps at the others."""
    solved = {"p50": _solved(cases["p50"], say)}
    say("other loads", 0.9)
    others = {share: one.coarser(_COARSE) for share, one in cases.items() if share != "p50"}
    return solved | {share: _solved(one, say, relax=False) for share, one in others.items()}


def _at_load(found: Supply | Infeasible, it_drawn_w: float) -> dict[str, Any]:
    """Cost at a load; None where nothing can supply it."""
    known = found if isinstance(found, Supply) else None
    return {
        "it_drawn_w": it_drawn_w,
        "cost_usd_per_j": known.cost_usd_per_j if known else None,
        "carbon_kg": known.carbon_kg if known else None,
    }


def _used(setup: Setup, site_id: str) -> dict[str, Any]:
    """Facts and assumptions that bear on this site."""
    whole, mine = provenance(setup), f"sites.{site_id}"
    deliveries = [name for name, one in setup.programme.deliveries.items() if one.site == site_id]
    paths = (mine, *(f"deliveries.{name}" for name in deliveries))

    def bears(path: str) -> bool:
        return any(path == one or path.startswith(f"{one}.") for one in paths)

    facts = [fact for fact in whole["facts"] if any(bears(user) for user in fact["used_by"])]
    named = {source for fact in facts for source in str(fact["source"]).split("; ")}
    return {
        "facts": facts,
        "assumptions": [one for one in whole["assumptions"] if bears(one["path"])],
        "sources": [one for one in whole["sources"] if one["id"] in named],
    }
