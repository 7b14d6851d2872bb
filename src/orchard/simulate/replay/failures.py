"""Failures of a trace, laid on the nodes of a fleet.

Columns: ``time`` (ISO, or seconds), ``node``, and where they are known ``class`` (one of the failure
classes), ``duration`` (seconds or D-HH:MM:SS until the node serves again) and ``pool`` or ``site``. Nodes
are numbered as they first appear in their pool; a trace of more nodes than there are is refused. What is
blank is drawn: a duration from the repairs of its class, the class from the rates of those that strike
nodes. Beside these failures nothing fails.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from orchard.errors import Finding, OrchardError, did_you_mean
from orchard.estimate.goodput import Classes
from orchard.simulate.fleet import tables as at
from orchard.simulate.fleet.case import Pool
from orchard.simulate.fleet.draw import Faults, flags_of, lognormal
from orchard.simulate.replay.clock import HOUR_S, in_order, moment, span
from orchard.simulate.replay.rows import Row, Rows, listed, read


class Failures(NamedTuple):
    """Failures in the order of time, the moment of the first, seconds until all is mended, and notes."""

    faults: Faults
    begun_s: float
    seconds: float
    noticed: list[Finding]


def read_failures(path: Path, pools: tuple[Pool, ...], classes: Classes) -> Failures:
    """Read a trace of failures; times of the faults are counted from its first.

    Raises
    ------
    OrchardError
        O863, O864, O866: no table, rows or a clock that cannot be used; O867: more nodes than there are
    """
    rows = read(path, ["time|timestamp|start", "node|host|nodename"])
    times, problems = _times(rows)
    kinds, wrong = _kinds(rows, classes)
    places, lost = _pools(rows, pools)
    repairs, bad = _repairs(rows)
    problems += wrong + lost + bad
    if problems:
        raise OrchardError(problems)
    nodes = _nodes(rows, pools, places)
    order, noticed = in_order(path, [row.line for row in rows.rows], times)
    faults = _faults(classes, np.array(kinds)[order], nodes[order], np.array(repairs)[order])
    at_s = np.array(times)[order]
    faults.real[:, at.AT] = at_s - at_s[0]
    ends = faults.real[:, at.AT] + np.maximum(faults.real[:, at.REPAIR], HOUR_S)
    return Failures(faults, float(at_s[0]), float(ends.max()), rows.noticed + noticed)


def _times(rows: Rows) -> tuple[list[float], list[Finding]]:
    found = [moment(row.get("time", "timestamp", "start")) for row in rows.rows]
    wrong = [row.line for row, time in zip(rows.rows, found, strict=True) if time is None]
    return [time or 0.0 for time in found], _wrong(rows, wrong, "time", "an ISO time, or seconds")


def _repairs(rows: Rows) -> tuple[list[float], list[Finding]]:
    """Seconds until nodes serve again; nan where that is blank."""
    texts = [row.get("duration", "repair", "downtime") for row in rows.rows]
    found = [span(text) if text else np.nan for text in texts]
    wrong = [row.line for row, value in zip(rows.rows, found, strict=True) if value is None]
    return [np.nan if value is None else value for value in found], _wrong(
        rows, wrong, "duration", "seconds or D-HH:MM:SS, 0 or more"
    )


def _kinds(rows: Rows, classes: Classes) -> tuple[list[int], list[Finding]]:
    """Place of the class of each row; -1 where that is blank."""
    found, wrong = [], []
    names = {name: place for place, name in enumerate(classes.names)}
    for row in rows.rows:
        text = row.get("class", "cause", "type").lower()
        found.append(names.get(text, -1))
        if text and text not in names:
            wrong.append(row)
    hint = did_you_mean(wrong[0].get("class", "cause", "type"), names) if wrong else ""
    lines = [row.line for row in wrong]
    return found, _wrong(rows, lines, "class", "one of " + ", ".join(names), hint)


def _pools(rows: Rows, pools: tuple[Pool, ...]) -> tuple[list[int], list[Finding]]:
    """Pool of each row; the largest where none is named."""
    largest = max(range(len(pools)), key=lambda place: pools[place].nodes)
    names = {"": largest}
    for place, pool in sorted(enumerate(pools), key=lambda pair: pair[1].nodes):
        names[pool.site] = names[pool.name] = place
    texts = [row.get("pool", "site") for row in rows.rows]
    wrong = [row.line for row, text in zip(rows.rows, texts, strict=True) if text not in names]
    wanted = "one of " + ", ".join(pool.name for pool in pools)
    return [names.get(text, largest) for text in texts], _wrong(rows, wrong, "pool", wanted)


def _nodes(rows: Rows, pools: tuple[Pool, ...], places: list[int]) -> at.Whole:
    """Node of each row: names are numbered as they first appear in their pool."""
    first = np.cumsum([0, *(pool.nodes for pool in pools)])
    known: list[dict[str, int]] = [{} for _ in pools]
    lost: list[Row] = []
    found = []
    for row, place in zip(rows.rows, places, strict=True):
        name = row.get("node", "host", "nodename") or "(blank)"
        number = known[place].setdefault(name, len(known[place]))
        if number >= pools[place].nodes:
            lost.append(row)
        found.append(first[place] + number)
    if lost:
        place = places[rows.rows.index(lost[0])]
        text = f"{listed([row.line for row in lost])}: more than the {pools[place].nodes:,} nodes of the pool"
        wanted = f"at most {pools[place].nodes:,} names of nodes in {pools[place].name}"
        raise OrchardError(Finding("O867", f"{rows.path}:{lost[0].line}", "", text, wanted, "--gpus N"))
    return np.array(found, dtype=np.int64)


def _faults(classes: Classes, kinds: at.Whole, nodes: at.Whole, repairs: at.Real) -> Faults:
    """Failures whose blanks are drawn; always alike for one trace."""
    random, count = np.random.Generator(np.random.PCG64(0)), len(nodes)
    strike = np.array([place for place, reach in enumerate(classes.reach) if reach in ("gpu", "node")])
    strike = strike[classes.interrupts[strike] & ~classes.planned[strike] & ~classes.rolls_back[strike]]
    weights = classes.rate_per_s[1, strike]
    kinds = np.where(kinds < 0, random.choice(strike, count, p=weights / weights.sum()), kinds)
    whole, real = np.zeros((count, at.FAULT_COLUMNS), np.int64), np.zeros((count, at.COST_COLUMNS))
    whole[:, at.KIND], whole[:, at.NODE], whole[:, at.COUNT] = kinds, nodes, 1
    whole[:, at.OF_CHAIN], whole[:, at.HIT] = -1, at.DROPPED
    whole[:, at.FLAGS] = np.array([flags_of(classes, kind) for kind in range(len(classes.names))])[kinds]
    for kind in np.unique(kinds).tolist():
        chosen = kinds == kind
        drawn = lognormal(random, classes.repair_s[:, kind], int(chosen.sum()))
        real[chosen, at.REPAIR] = np.where(np.isnan(repairs[chosen]), drawn, repairs[chosen])
        real[chosen, at.DETECT] = lognormal(random, classes.detect_s[:, kind], int(chosen.sum()))
        real[chosen, at.SHARE] = 1.0 - classes.slowdown[kind]
    none = real[:, at.REPAIR] <= 0.0
    hidden = whole[:, at.FLAGS] & (at.SILENT | at.DRAGS) != 0
    whole[none & ~hidden, at.FLAGS] |= at.CURED
    return Faults(whole, real, np.zeros(0, dtype=np.int64))


def _wrong(rows: Rows, lines: list[int], column: str, wanted: str, hint: str = "") -> list[Finding]:
    if not lines:
        return []
    found = f"{listed(lines)}: not as wanted"
    return [Finding("O864", f"{rows.path}:{lines[0]}", column, found, wanted, hint)]
