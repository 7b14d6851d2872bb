"""The cheapest way to a probability, and what every other budget buys, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from orchard import __version__
from orchard.catalogue import Catalogue
from orchard.errors import Finding, QuantityError, did_you_mean
from orchard.plan import engine
from orchard.plan.claims import read_claims
from orchard.plan.definitions import definitions
from orchard.plan.draws import BLOCK
from orchard.plan.expression import Test
from orchard.plan.improve.options import Option, options
from orchard.plan.improve.search import Point, Search
from orchard.plan.improve.trials import NOTHING, Choice, Trials, traced
from orchard.plan.remedy import PAST, WANTED, is_past, until_year
from orchard.plan.scene import Setup
from orchard.plan.sensitivity import relaxations
from orchard.spec.programme import Programme

SEARCHED = 500
"""Samples on which choices are tried."""

FRESH = 6  # times as many fresh samples confirm them
MOST_SHOWN = 9  # points of the frontier that are confirmed
_CLOSER = 0.004  # points of the frontier nearer to each other in probability are one
_HALVINGS = 4  # of the way between two points, to meet a wanted probability
_NOTICED = 0.01

Progress = Callable[[str, float], None]


def improve(
    programme: Programme,
    catalogue: Catalogue,
    claim: str,
    *,
    probability: float | None = None,
    budget_usd: float | None = None,
    samples: int = SEARCHED,
    seed: int = 0,
    file: str = "",
    changes: Sequence[str] = (),
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Search the programme's levers for the cheapest way to make a claim likely.

    Without a budget: the cheapest choice that reaches `probability`, 80 % where that is left out too.
    With one: the likeliest choice within it. Ctrl-C ends the search with the best so far. `file` and
    `changes`, words of the command line that change the programme, are carried into the answer.

    Raises
    ------
    QuantityError
        O924: no such claim; O921: it is unknown; O927: its date is past; O925: the programme offers no lever
    """
    say = progress or (lambda *_: None)
    setup = Setup.of(programme, catalogue)
    test = _test(setup, claim)
    wanted = WANTED if probability is None and budget_usd is None else probability
    engine.check_memory(setup, samples, kept=-(-samples * (FRESH + 1) // BLOCK))
    recorder = traced(setup, test, seed)
    first = setup.draws(seed, 0, BLOCK)
    offered = options(setup, first, until_year(test))
    if not offered:
        found = f"no lever that changes anything after {programme.as_of}"
        hint = "levers: {money: {limit: 50 %}}"
        raise QuantityError(Finding("O925", file, "levers", found, "at least one", hint))
    search = Search(Trials(setup, test, offered, recorder, samples, seed), lambda x: say("searching", x))
    interrupted = False
    try:
        search.run()
    except KeyboardInterrupt:
        interrupted = True
    fresh = Trials(setup, test, offered, recorder, samples * FRESH, seed + 1)
    points = _thin(search.frontier()) or [Point(NOTHING, 0.0, search.trials.probability(NOTHING))]
    say("confirming", 0.0)
    confirmed = fresh.all(point.choice for point in points)
    chosen = _chosen(points, fresh, search, wanted, budget_usd)
    say("done", 1.0)
    rows = [_row(point, confirmed[point.choice], search, fresh) for point in points]
    for before, row in pairwise(rows):
        spent = row["cost_usd"]["p50"] - before["cost_usd"]["p50"]
        row["points_per_usd"] = (row["probability"] - before["probability"]) / spent if spent > 0 else None
    answer = {
        "orchard": __version__,
        "programme": {"id": programme.programme, "title": programme.title,
                      "as_of": programme.as_of.isoformat(), "file": file, "changes": list(changes)},
        "claim": claim, "text": programme.claims[claim].text, "statement": programme.claims[claim].test,
        "asked": {"probability": wanted, "budget_usd": budget_usd},
        "samples": samples, "fresh_samples": samples * FRESH, "seed": seed,
        "tried": len(search.trials.known), "interrupted": interrupted,
        "frontier": rows,
        "chosen": None, "reached": True, "beyond": [],
        "levers": [
            _lever(option, place, search, points[0].probability) for place, option in enumerate(offered)
        ],
    }  # fmt: skip
    if chosen is not None:
        # chosen by the fresh samples, so it is tried once more on others
        last = Trials(setup, test, offered, recorder, samples * FRESH, seed + 2)
        answer["chosen"] = _row(chosen, last.probability(chosen.choice), search, last)
    if chosen is None or (wanted is not None and fresh.probability(chosen.choice) < wanted):
        answer |= {"reached": False, "beyond": _beyond(setup, fresh, points[-1].choice)}
    return answer


def _test(setup: Setup, claim: str) -> Test:
    tests = read_claims(setup, definitions(setup))
    if claim not in tests:
        hint = did_you_mean(claim, tests) or "one of " + ", ".join(list(tests)[:8])
        raise QuantityError(Finding("O924", "", "--claim", repr(claim[:60]), "the id of a claim", hint))
    if tests[claim].unknown:
        found = f"{claim}: {tests[claim].unknown}"
        raise QuantityError(Finding("O921", "", "--claim", found, "a claim that can be answered"))
    as_of = setup.programme.as_of
    if is_past(tests[claim], as_of):
        found, wanted = f"{claim}: {PAST}", f"a claim about what comes after {as_of.isoformat()}"
        raise QuantityError(Finding("O927", "", "--claim", found, wanted))
    return tests[claim]


def _thin(points: list[Point]) -> list[Point]:
    """A few points of the frontier: its ends, and others evenly over the probabilities between them."""
    if len(points) < 2:
        return points
    kept = [points[0]]
    for point in points[1:-1]:
        gap = max((points[-1].probability - points[0].probability) / MOST_SHOWN, _CLOSER)
        if point.probability - kept[-1].probability >= gap:
            kept.append(point)
    return [*kept, points[-1]]


def _chosen(
    points: list[Point], fresh: Trials, search: Search, wanted: float | None, budget_usd: float | None
) -> Point | None:
    """The choice that answers the question, by fresh samples; None where nothing reaches what is wanted."""
    within = [point for point in points if budget_usd is None or point.cost_usd <= budget_usd]
    if wanted is None:
        best = [point for point in search.frontier() if budget_usd is None or point.cost_usd <= budget_usd]
        return best[-1]
    for place, point in enumerate(within):
        if fresh.probability(point.choice) >= wanted:
            return _between(within[place - 1], point, fresh, search, wanted) if place else point
    return None


def _between(low: Point, high: Point, fresh: Trials, search: Search, wanted: float) -> Point:
    """The smallest part of the way from one choice to the next that reaches what is wanted."""
    best, below, above = high, 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (below + above) / 2
        choice = _mixed(low.choice, high.choice, middle, fresh.options)
        reached = fresh.probability(choice) >= wanted
        below, above = (below, middle) if reached else (middle, above)
        if reached and search.cost_usd(choice) < best.cost_usd:
            best = Point(choice, search.cost_usd(choice), search.trials.probability(choice))
    return best


def _mixed(low: Choice, high: Choice, share: float, options: Any) -> Choice:
    """A choice on the way between two; what is not gradual is as in the second."""
    sizes = {}
    for place in sorted({place for place, _ in (*low, *high)}):
        first, last = dict(low).get(place, 0.0), dict(high).get(place, 0.0)
        sizes[place] = first + share * (last - first) if options[place].gradual else last
    return tuple((place, size) for place, size in sizes.items() if size > 0)


def _row(point: Point, probability: float, search: Search, trials: Trials) -> dict[str, Any]:
    error = float(np.sqrt(max(probability * (1 - probability), 0.0) / trials.samples))
    return {
        "cost_usd": _points(search.cost_samples(point.choice)),
        "probability": probability, "error": error, "in_sample": point.probability,
        "points_per_usd": None,
        "choice": [
            {"lever": option.name, "size": size, "words": option.say(size),
             "cost_usd": _points(option.cost_usd(size))}
            for place, size in point.choice for option in [trials.options[place]]
        ],
    }  # fmt: skip


def _points(samples: Any) -> dict[str, float]:
    low, middle, high = np.quantile(samples, (0.1, 0.5, 0.9))
    return {"p10": float(low), "p50": float(middle), "p90": float(high)}


def _lever(option: Option, place: int, search: Search, before: float) -> dict[str, Any]:
    """A lever pulled as far as it goes, alone."""
    alone = search.trials.known.get(((place, option.limit),))
    return {
        "lever": option.name, "limit": option.limit, "words": option.say(option.limit),
        "cost_usd": _points(option.cost_usd(option.limit)), "alone": alone,
        "gain": None if alone is None else alone - before,
    }  # fmt: skip


def _beyond(setup: Setup, fresh: Trials, best: Choice) -> list[dict[str, Any]]:
    """What would help beyond all levers: each constraint loosened on top of the likeliest choice."""
    before = fresh.probability(best)
    found = [(fresh.probability(best, each.changes), each) for each in relaxations(setup)]
    useful = [pair for pair in found if pair[0] - before > _NOTICED]
    return [
        {"name": each.name, "loosened": each.loosened, "from": before, "to": after}
        for after, each in sorted(useful, key=lambda pair: -pair[0])
    ]
