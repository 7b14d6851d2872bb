"""The answer of a plan: claims, timelines, runs, and every fact and assumption behind them.

The result is plain data, ready for JSON: numbers in SI units and USD, dates as ISO text, *never
within the horizon* as null.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from orchard import __version__, units
from orchard.catalogue import Catalogue
from orchard.catalogue.user import user_folder
from orchard.errors import Finding, LimitError
from orchard.plan import engine, failures, runs
from orchard.plan.calendar import Array, to_iso
from orchard.plan.claims import read_claims
from orchard.plan.definitions import definitions
from orchard.plan.definitions.money import BOOKED
from orchard.plan.draws import BLOCK
from orchard.plan.engine import Block, Engine, Outcome
from orchard.plan.expression import Test
from orchard.plan.failures import Interrupted
from orchard.plan.kept import Kept
from orchard.plan.outlook import Outlook
from orchard.plan.quantities import Definition, Quantity, read_quantities, read_quantity
from orchard.plan.remedy import CONFIRMED, remedies
from orchard.plan.scene import Setup
from orchard.plan.sensitivity import UNBOUND, bindings
from orchard.plan.speeds import described
from orchard.spec.lab import Team
from orchard.spec.programme import Programme
from orchard.spec.sites import Site

Progress = Callable[[str, float], None]

NOT_REPORTED = "what it is computed from is neither reported nor planned for that period"

_THIN = 4  # every fourth step is drawn: some 80 points over six years
_ROOM_BYTES = units.factor("GB")  # of timelines that are kept until their quantiles are known


class Line(NamedTuple):
    """A timeline of the answer."""

    id: str
    group: str
    definition: Definition


class _Questions(NamedTuple):
    """What a plan asks of every block."""

    known: dict[str, Definition]
    tests: dict[str, Test]
    lines: list[Line]

    @property
    def asked(self) -> dict[str, Test]:
        """The claims that can be answered."""
        return {name: claim for name, claim in self.tests.items() if not claim.unknown}


def plan(
    programme: Programme,
    catalogue: Catalogue,
    *,
    samples: int = 10_000,
    seed: int = 0,
    file: str = "",
    digest: str = "",
    overrides: Sequence[Mapping[str, Any]] = (),
    progress: Progress | None = None,
    where: Engine | None = None,
    keep: Path | None = None,
) -> dict[str, Any]:
    """Plan a programme: the answer as plain data.

    `file`, `digest` and `overrides` (path, from, to, why) are carried into the answer as they are: they
    are known to whoever read the file. `where` works out the blocks of samples, and `keep` is a folder for
    those that are finished, so that a plan that is stopped goes on from there.

    Raises
    ------
    OrchardError
        anything the user can mend: claims that cannot be read, facts that are missing, too many samples
    """
    begun = time.perf_counter()
    setup = Setup.of(programme, catalogue)
    questions = _questions(setup)
    known, tests, asked, lines = questions.known, questions.tests, questions.asked, questions.lines
    _check_room(setup, lines, samples)
    engine.check_memory(setup, samples, kept=-(-min(samples, CONFIRMED) // BLOCK))
    say = progress or (lambda *_: None)
    bench = engine.Bench(setup, min(samples, CONFIRMED), seed)
    store = None if keep is None else Kept(keep, setup, seed, "plan")
    if where is not None or store is not None:
        _work(engine.outlook_of(setup, engine.Task(seed, 0, 1)))  # notes the facts that blocks elsewhere use
    blocks = engine.run(
        setup, samples, seed, _work, progress=lambda x: say("planning", x),
        engine=where or engine.Threads(bench.bases), store=store,
    )  # fmt: skip
    outcomes = {name: one for name, one in engine.joined_outcomes(blocks).items() if one.known}
    asked = {name: asked[name] for name in outcomes}
    scores = {key: engine.joined(blocks, "score", key) for key in engine.named(blocks, "score")}
    dates = {key: engine.joined(blocks, "date", key) for key in engine.named(blocks, "date")}
    series = [_series(setup, line, engine.joined(blocks, "line", line.id)) for line in lines]
    lived = {key: engine.joined(blocks, "failures", key) for key in engine.named(blocks, "failures")}
    del blocks
    say("what binds", 0.0)
    once = store.answer if store is not None else _afresh
    binding = once(f"binding-{samples}", lambda: bindings(bench, asked) if asked else {})
    say("what would help", 0.0)
    likely = {name: outcome.probability for name, outcome in outcomes.items()}
    remedy = once(f"remedy-{samples}", lambda: remedies(bench, asked, likely))
    say("done", 1.0)
    claims = [_claim(setup, name, tests[name], outcomes.get(name), binding, remedy, scores) for name in tests]
    return {
        "orchard": __version__,
        "programme": {
            "id": programme.programme, "title": programme.title, "as_of": programme.as_of.isoformat(),
            "start": programme.horizon.start.isoformat(), "end": programme.horizon.end.isoformat(),
            "file": file,
        },
        "digest": _digest(setup, digest), "seed": seed, "samples": samples,
        "seconds": round(time.perf_counter() - begun, 3),
        "claims": claims,
        "series": series,
        "runs": _runs(setup, dates, seed),
        "failures": [_failures(setup, name, lived) for name in _failing(setup)],
        **provenance(setup),
        "own": _own(setup),
        "overrides": [dict(override) for override in overrides],
        "unknown": [{"id": d.id, "title": d.title, "reason": d.unknown} for d in known.values() if d.unknown],
    }  # fmt: skip


def ask(
    programme: Programme,
    catalogue: Catalogue,
    wanted: list[str],
    *,
    samples: int = 10_000,
    seed: int = 0,
    where: Engine | None = None,
    keep: Path | None = None,
) -> list[dict[str, Any]]:
    """Quantities at a date, a quarter or a year: unit, p10, p50, p90 in SI units, USD, ISO dates.

    `where` works out the blocks of samples; `keep` is a folder for those that are finished.

    Raises
    ------
    QuantityError
        every quantity that cannot be read, at once
    """
    setup = Setup.of(programme, catalogue)
    known = definitions(setup)
    quantities = read_quantities(wanted, known, setup)
    asked = tuple(quantity.text for quantity in quantities if not quantity.definition.unknown)
    engine.check_memory(setup, samples)
    values = read_samples(setup, asked, samples, seed, where, keep)
    return [_answered(quantity, values.get(quantity.text)) for quantity in quantities]


def read_samples(
    setup: Setup,
    quantities: Sequence[str],
    samples: int,
    seed: int,
    where: Engine | None = None,
    keep: Path | None = None,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Array]:
    """Samples [S] of quantities that are known to be of this programme, by their text."""
    store = None if keep is None else Kept(keep, setup, seed, "\n".join(quantities))
    work = partial(read_block, tuple(quantities))
    blocks = engine.run(setup, samples, seed, work, progress=progress, engine=where, store=store)
    return {text: engine.joined(blocks, "value", text) for text in quantities}


def timelines(setup: Setup, known: dict[str, Definition]) -> Iterator[Line]:
    """The timelines of an answer, those of the programme's sites and products included."""
    wanted = [
        ("fleet.gpus", "chips"),
        ("fleet.delivered", "chips"),
        ("fleet.it_power", "power"),
        ("fleet.power_drawn", "power"),
    ]
    wanted += [(f"{site}.it_power", "power") for site in setup.programme.sites]
    for what in ("power_drawn", "energy_cost"):
        wanted += [(f"{site}.{what}", "sites") for site in setup.programme.sites]
    wanted += [("capex", "money"), ("revenue", "money"), ("cash", "money")]
    wanted += [(name, "cash") for name in BOOKED]
    for product in setup.programme.products:
        wanted += [(f"{product}.{what}", "serving") for what in ("capacity_users", "served_users")]
    answered = [entry for entry in wanted if entry[0] in known and not known[entry[0]].unknown]
    return (Line(name, group, known[name]) for name, group in answered)


def provenance(setup: Setup) -> dict[str, Any]:
    """Facts used, assumptions, choices and sources."""
    facts, sources = list[dict[str, Any]](), set[str]()
    for fact_id, users in sorted(setup.values.used.items()):
        known = setup.values.fact(fact_id, min(users))
        facts.append(known.written() | {"used_by": sorted(users)})
        sources |= set(known.source_ids)
    stated = setup.values.stated
    assumed = [
        {"path": path, "value": amount.value, "low": amount.low, "high": amount.high, "unit": amount.unit,
         "why": amount.why}
        for path, amount in sorted(stated.items()) if amount.origin == "assumed"
    ]  # fmt: skip
    known_sources = setup.catalogue.sources
    return {
        "facts": facts,
        "assumptions": assumed,
        "choices": sum(amount.origin == "choice" for amount in stated.values()),
        "sources": [
            {"id": key, "title": known_sources[key].title, "publisher": known_sources[key].publisher,
             "url": known_sources[key].url, "date": str(known_sources[key].date)}
            for key in sorted(sources) if key in known_sources
        ],
    }  # fmt: skip


def _own(setup: Setup) -> dict[str, Any]:
    """What comes from the user's own catalogue: facts, runs on a calibrated machine, and notes about both."""
    facts = sorted(setup.values.used.keys() & setup.catalogue.own)
    return {
        "facts": facts,
        "runs": {name: run.model.digest for name, run in setup.on_host.items()},
        "folder": str(user_folder()) if facts or setup.on_host else "",
        "notes": list(setup.notes),
    }


def _digest(setup: Setup, digest: str) -> str:
    """The digest of a programme, or of it with what the user has measured and the plan rests on."""
    own = _own(setup)
    if not (own["facts"] or own["runs"]):
        return digest
    facts = [setup.catalogue.fact(name).written() for name in own["facts"]]
    return sha256(json.dumps([digest, facts, own["runs"]], sort_keys=True).encode()).hexdigest()


def _questions(setup: Setup) -> _Questions:
    """What a plan asks, worked out once for all blocks."""

    def compute() -> _Questions:
        known = definitions(setup)
        return _Questions(known, read_claims(setup, known), list(timelines(setup, known)))

    found: _Questions = setup.once("questions of the plan", compute)
    return found


def _work(outlook: Outlook) -> Block:
    """What a plan reads off a block."""
    questions = _questions(outlook.scene.setup)
    found = engine.columns(engine.judge(outlook, questions.asked))
    found |= {f"line:{line.id}": _line(outlook, line.definition) for line in questions.lines}
    found |= {
        f"date:{name}": definition.states(outlook)
        for name, definition in questions.known.items()
        if definition.kind == "date" and definition.states is not None
    }
    for name in _failing(outlook.scene.setup):
        run = runs.interrupted(outlook.scene, name, outlook.training(name))
        found |= {f"failures:{name}.{key}": values for key, values in run._asdict().items()}
    return found | {f"score:{key}": score for key, score in outlook.scene.draws.scores().items()}


def _failing(setup: Setup) -> list[str]:
    """Ids of the planned runs that failures interrupt."""
    models = setup.programme.models.items()
    return [name for name, model in models if model.start is not None and model.reliability is not None]


def read_block(quantities: tuple[str, ...], outlook: Outlook) -> Block:
    """What is read off a block for some quantities."""
    setup = outlook.scene.setup
    known = setup.once("definitions", lambda: definitions(setup))
    size = outlook.scene.draws.size
    return {
        f"value:{text}": np.broadcast_to(read_quantity(text, known, setup).read(outlook), size)
        for text in quantities
    }


def judge_block(quantities: tuple[str, ...], outlook: Outlook) -> Block:
    """Samples of quantities in a block, and whether claims hold there."""
    setup = outlook.scene.setup
    tests: dict[str, Test] = setup.once("claims", lambda: read_claims(setup, definitions(setup)))
    asked = {name: test for name, test in tests.items() if not test.unknown}
    judged = engine.judge(outlook, asked)
    holds = {f"holds:{name}": outcome.holds for name, outcome in judged.items() if outcome.known}
    return {**read_block(quantities, outlook), **holds}


def _afresh(_: str, compute: Callable[[], dict[str, str]]) -> dict[str, str]:
    return compute()


def _check_room(setup: Setup, lines: list[Line], samples: int) -> None:
    calendar = setup.calendar
    points = [len(calendar.quarters) if line.definition.kind == "flow" else len(calendar.edges[::_THIN])
              for line in lines]  # fmt: skip
    most = int(_ROOM_BYTES // (np.dtype(float).itemsize * max(sum(points), 1)))
    if most < samples <= engine.MOST_SAMPLES:
        least = BLOCK * max(most // BLOCK, 1)
        wanted = f"at most {least:,} samples of a programme with so many timelines"
        raise LimitError(Finding("O510", "", "--samples", f"{samples:,}", wanted, f"--samples {least}"))


def _line(outlook: Outlook, definition: Definition) -> Array:
    if definition.kind == "flow" and definition.quarter is not None:
        return np.array([definition.quarter(outlook, quarter) for quarter in outlook.scene.calendar.quarters])
    assert definition.states is not None
    return definition.states(outlook)[::_THIN].copy()  # a view would keep the whole of it


def _series(setup: Setup, line: Line, values: Array) -> dict[str, Any]:
    calendar, definition = setup.calendar, line.definition
    flow = definition.kind == "flow"
    days = calendar.bounds[1:] if flow else calendar.edges[::_THIN]
    years = _years(setup, days, values, flow)
    days = days - 1 if flow else np.append(days[:-1], calendar.end - 1)  # the last day that is planned
    low, middle, high = engine.quantiles(values)
    return {
        "id": line.id, "title": definition.title, "group": line.group,
        "unit": coherent(definition.unit), "shown_in": definition.unit,
        "dates": [to_iso(day) for day in days], "p10": _plain(low), "p50": _plain(middle),
        "p90": _plain(high), "note": "by quarter" if flow else "", "years": years,
    }  # fmt: skip


def _years(setup: Setup, days: Array, values: Array, flow: bool) -> dict[str, list[float | None]]:
    """p10, p50 and p90 of each year: of the sum of a flow, of a state at the end.

    `days` are those on which quarters end, or those of the states.
    """
    quarters, found = setup.calendar.quarters, {}
    for year in sorted({quarter[:4] for quarter in quarters}):
        inside = [index for index, quarter in enumerate(quarters) if quarter[:4] == year]
        end = setup.calendar.bounds[inside[-1] + 1]
        samples = values[inside].sum(axis=0) if flow else values[np.argmin(np.abs(days - end))]
        found[year] = [_plain(np.array([point]))[0] for point in engine.quantiles(samples)]
    return found


def _claim(
    setup: Setup,
    name: str,
    test: Test,
    outcome: Outcome | None,
    binding: dict[str, str],
    remedy: dict[str, str],
    scores: dict[str, Array],
) -> dict[str, Any]:
    claim = setup.programme.claims[name]
    found = {
        "id": name, "text": claim.text, "statement": claim.test, "target": test.target,
        "unit": coherent(test.left.unit),
        "shown_in": test.left.unit,
        "probability": None, "p10": None, "p50": None, "p90": None, "binding": "", "remedy": "",
        "unknown": test.unknown, "drivers": [], "report": list(claim.report),
        "bounds": [shown(bound, test.left.unit) if bound is not None else None for bound in test.bounds],
        "against": None,
    }  # fmt: skip
    if outcome is None:
        return found | {"unknown": test.unknown or NOT_REPORTED}
    low, middle, high = (float(value) for value in engine.quantiles(outcome.values))
    moved = [{"name": _named(key), "share": round(share, 4)}
             for key, share in list(engine.drivers(scores, outcome.values))[:3]]  # fmt: skip
    if test.right.quantities:
        found["against"] = [
            shown(float(point), test.right.unit) for point in engine.quantiles(outcome.against)
        ]
    if binding.get(name) == UNBOUND and moved:
        binding = {name: f"no constraint: it is {moved[0]['name']} that is uncertain"}
    return found | {
        "probability": round(outcome.probability, 6), "p10": shown(low, test.left.unit),
        "p50": shown(middle, test.left.unit), "p90": shown(high, test.left.unit),
        "binding": binding.get(name, ""), "remedy": remedy.get(name, ""), "drivers": moved,
    }  # fmt: skip


def _runs(setup: Setup, dates: dict[str, Array], seed: int) -> list[dict[str, Any]]:
    found = []
    for name, model in setup.programme.models.items():
        if model.start is None and model.released is None:
            continue
        bars, previous = [], f"{name}.started"
        for stage in ["trained", *model.milestones] if model.start is not None else []:
            title = "pretraining" if stage == "trained" else stage
            bars.append(
                {"stage": title, "start": _days(dates[previous]), "end": _days(dates[f"{name}.{stage}"])}
            )
            previous = f"{name}.{stage}"
        release = {"name": "release", "date": _days(dates[f"{name}.released"])}
        found.append(
            {
                "model": name,
                "title": model.title or name,
                "site": _titled(setup.programme.sites, model.site),
                "team": _titled(setup.programme.lab.teams, model.team),
                "bars": bars,
                "milestones": [release],
                "speed": described(setup, name, seed),
            }
        )
    return found


def _failures(setup: Setup, name: str, lived: dict[str, Array]) -> dict[str, Any]:
    """What failures do to a run: p10, p50 and p90, and the share of each class."""
    found = {key: _plain(np.array(engine.quantiles(lived[f"{name}.{key}"]))) for key in Interrupted._fields}
    title = setup.programme.models[name].title or name
    return {"model": name, "title": title, **found, "causes": failures.causes(setup, name)}


def _titled(entries: Mapping[str, Site] | Mapping[str, Team], name: str | None) -> str | None:
    """Title of a site or a team, its id where it has none."""
    return (entries[name].title or name) if name is not None and name in entries else name


def _answered(quantity: Quantity, values: Array | None) -> dict[str, Any]:
    unit = quantity.definition.unit
    found: dict[str, Any] = {
        "quantity": quantity.text,
        "unit": coherent(unit),
        "p10": None,
        "p50": None,
        "p90": None,
    }
    if values is None or np.isnan(values).any():
        return found | {"unknown": quantity.definition.unknown or NOT_REPORTED}
    low, middle, high = (float(value) for value in engine.quantiles(values))
    return found | {"p10": shown(low, unit), "p50": shown(middle, unit), "p90": shown(high, unit)}


def coherent(unit: str) -> str:
    """The unit that values of a quantity are in: percent are for reading."""
    return "1" if unit == "%" else unit


def _named(key: str) -> str:
    return key.removeprefix("fact:").replace("cause:", "causes.")


def _days(values: Array) -> list[str | None]:
    return [to_iso(float(day)) for day in engine.quantiles(values)]


def shown(value: float, unit: str) -> float | str | None:
    """A value of an answer: a date as ISO text; None for never and for what is not known."""
    if unit == "date":
        return to_iso(value)
    return value if np.isfinite(value) else None


def _plain(values: Array) -> list[float | None]:
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in values]
