"""Where a number comes from and what moves it, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from orchard import __version__
from orchard.catalogue import Catalogue
from orchard.plan import engine
from orchard.plan.calendar import Array, to_iso
from orchard.plan.draws import BLOCK, Draws
from orchard.plan.explain import inputs as sorting
from orchard.plan.explain.chain import Link, When, Writer, join, link, points_of
from orchard.plan.explain.inputs import Group, Inputs, inputs_of
from orchard.plan.explain.shares import effects, sobol
from orchard.plan.explain.target import Target, target_of
from orchard.plan.explain.tornado import Bar, tornado
from orchard.plan.explain.trace import Recorder, Step, Watched, reads
from orchard.plan.explain.variants import Lab, Read
from orchard.plan.outlook import Outlook
from orchard.plan.scene import Setup
from orchard.spec.programme import Programme

SHARED = 2000
"""Samples on which inputs are redrawn: two blocks."""

SCREENED = 10
"""Blocks on which it is seen which inputs move the answer most."""

_WIDE = 10.0  # ratio of p90 to p10 from which a spread is told apart on a logarithmic scale
_DECIDED = 0.02  # a claim nearer to never or always than this has no spread to tell apart
Progress = Callable[[str, float], None]
Measure = Callable[[Read], Array]


class Run(NamedTuple):
    """A target in all samples, how it was computed in the first block, and the chain over all blocks."""

    read: Read
    recorder: Recorder
    chain: Link
    draws: list[Draws]


def explain(
    programme: Programme,
    catalogue: Catalogue,
    text: str,
    *,
    samples: int = 10_000,
    seed: int = 0,
    file: str = "",
    changes: Sequence[str] = (),
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Explain a quantity as ``ask`` takes it, or a claim by its id.

    `file` and `changes`, words of the command line that change the programme, are carried into the answer.

    Raises
    ------
    OrchardError
        a quantity that cannot be read or is unknown, too many samples
    """
    say = progress or (lambda *_: None)
    setup = Setup.of(programme, catalogue)
    target = target_of(setup, text)
    engine.check_memory(setup, samples, kept=-(-SHARED // BLOCK))
    run = _run(setup, target, samples, seed, lambda x: say("tracing", x))
    found = inputs_of(setup, reads(run.recorder.root))
    lab = Lab(setup, target, run.recorder, min(samples, SHARED), seed)
    base = lab.base()
    apart = _apart(lab, found, run, base, say)
    points = dict(zip(("p10", "p50", "p90"), points_of(run.read.values, target.unit), strict=True))
    weights = {row["key"]: row["share"]["value"] for row in apart["inputs"]}
    writer = Writer(_keys(setup), lambda keys: min(sum(max(weights.get(key, 0.0), 0.0) for key in keys), 1.0))
    chain = writer.write(run.chain)
    say("done", 1.0)
    return {
        "orchard": __version__,
        "programme": {"id": programme.programme, "title": programme.title,
                      "as_of": programme.as_of.isoformat(), "file": file, "changes": list(changes)},
        "quantity": text, "title": target.title, "statement": target.statement,
        "unit": "1" if target.unit == "%" else target.unit, "shown_in": target.unit, **points,
        "never": round(float(np.mean(np.isinf(run.read.values))), 4),
        "probability": None if target.holds is None else round(float(run.read.holds.mean()), 6),
        "samples": samples, "shared_samples": min(samples, SHARED), "seed": seed,
        "chain": chain["steps"], "direct": chain["inputs"],
        "behind": sorted(_behind(setup, run.chain.step), key=lambda row: -weights.get(row["key"], -1.0)),
        **apart,
    }  # fmt: skip


def _run(setup: Setup, target: Target, samples: int, seed: int, progress: Callable[[float], None]) -> Run:
    """Compute a target in all samples and record how."""
    day = [np.nan]

    def work(outlook: Outlook) -> tuple[Read, Recorder, Link, Draws]:
        recorder = Recorder()
        watched = Watched(outlook.scene, recorder)
        size = outlook.scene.draws.size
        values = np.array(np.broadcast_to(recorder.watch(lambda: target.read(watched)), size))
        holds = np.zeros(size) if target.holds is None else target.holds(watched).astype(float)
        if np.isnan(day[0]):
            day[0] = float(np.median(values)) if target.unit == "date" else setup.calendar.end
        chain = link(recorder.root, When(setup, target.period, day[0]), size, {})
        return Read(values, np.broadcast_to(holds, size)), recorder, chain, outlook.scene.draws

    first, *rest = engine.tasks_of(samples, seed)
    blocks = [work(engine.outlook_of(setup, first))]
    for block in engine.Threads().map(setup, work, rest):
        blocks.append(block)
        join(blocks[0][2], block[2], set())
        progress(len(blocks) / (len(rest) + 1))
    values, holds = (np.concatenate(row) for row in zip(*(block[0] for block in blocks), strict=True))
    return Run(Read(values, holds), blocks[0][1], blocks[0][2], [block[3] for block in blocks[:SCREENED]])


def _apart(lab: Lab, found: Inputs, run: Run, base: Read, say: Progress) -> dict[str, Any]:
    """The spread told apart: by sources, by inputs, and the tornado; of a claim, also of its holding."""
    spread, scale = _measure(lab.target, base)
    holds = lab.target.holds is not None and _DECIDED < base.holds.mean() < 1 - _DECIDED
    measures: list[Measure] = [spread, lambda read: read.holds] if holds else [spread]
    if not (found.values or found.events) or np.ptp(spread(base)) == 0:
        return {"scale": scale, "sources": [], "inputs": [], "tornado": []}
    values = spread(run.read)[: sum(draws.size for draws in run.draws)]
    sources, amounts = (sort(found, run.draws, values) for sort in (sorting.sources, sorting.amounts))
    by_source = sobol(lab, found, sources, base, measures, lambda x: say("redrawing sources", x))
    by_input = effects(lab, found, amounts, base, measures, lambda x: say("redrawing inputs", x))
    held = [*sorting.causes(sources), *amounts]
    bars = tornado(lab, found, held, lambda x: say("holding inputs", x))
    return {
        "scale": scale,
        "sources": [
            _named(group) | {"first": row[0][0]._asdict(), "total": row[0][1]._asdict()}
            | ({"first_of_holding": row[1][0]._asdict(), "total_of_holding": row[1][1]._asdict()}
               if holds else {})
            for group, row in zip(sources, by_source, strict=True)
        ],
        "inputs": [
            _named(group) | {"share": row[0]._asdict()} | ({"of_holding": row[1]._asdict()} if holds else {})
            for group, row in zip(amounts, by_input, strict=True)
        ],
        "tornado": [_bar(bar, lab.target) for bar in bars],
    }  # fmt: skip


def _measure(target: Target, base: Read) -> tuple[Measure, str]:
    """The scale on which spread is told apart: never counts as the end, wide positive ranges by logarithm."""
    finite = base.values[np.isfinite(base.values)]
    most = float(finite.max(initial=0.0)) if len(finite) else 0.0
    least = float(finite.min(initial=0.0)) if len(finite) else 0.0
    low, _, high = engine.quantiles(finite) if len(finite) else (np.zeros(()),) * 3
    wide = (
        target.unit != "date" and bool(len(finite)) and finite.min() > 0 and float(high) > _WIDE * float(low)
    )

    def measure(read: Read) -> Array:
        bounded = np.nan_to_num(read.values, nan=0.0, posinf=most, neginf=least)
        return np.log(np.maximum(bounded, finite.min())) if wide else bounded

    return measure, "logarithmic" if wide else "linear"


def _named(group: Group) -> dict[str, Any]:
    return {"name": group.name, "kind": group.kind, "key": group.keys[0] if group.kind != "rest" else ""}


def _bar(bar: Bar, target: Target) -> dict[str, Any]:
    def shown(value: float) -> float | str | None:
        return to_iso(value) if target.unit == "date" else value if np.isfinite(value) else None

    held = {} if target.holds is None else {"holds": list(bar.holds)}
    return _named(bar.group) | {
        "unit": bar.unit, "ends": list(bar.ends), "medians": [shown(value) for value in bar.medians], **held,
    }  # fmt: skip


def _keys(setup: Setup) -> Callable[[str], list[str]]:
    """The inputs that a read rests on: keys of amounts that the programme states, events, facts looked up."""

    def keys(read: str) -> list[str]:
        value = setup.values.amounts.get(read)
        if value is not None:
            return [value.key]
        known = read.startswith("chance:") or read.removeprefix("fact:") in setup.values.used
        return [read] if known else []

    return keys


def _behind(setup: Setup, root: Step) -> list[dict[str, Any]]:
    """Facts with their sources, assumptions with their reasons, and choices behind a number."""
    keys, rows = _keys(setup), dict[str, dict[str, Any]]()
    for read in sorted(reads(root)):
        for key in keys(read):
            row = rows.setdefault(key, _origin(setup, key))
            if read != key:
                row["paths"].append(read)
    return list(rows.values())


def _origin(setup: Setup, key: str) -> dict[str, Any]:
    value = setup.values.amounts.get(key)
    row: dict[str, Any] = {"key": key, "name": sorting.shown(key), "paths": [], "cause": None, "why": ""}
    if value is not None:
        row |= {"unit": value.unit, "low": value.low, "value": value.value, "high": value.high,
                "cause": value.cause}  # fmt: skip
    if key.startswith("fact:"):
        fact = setup.values.fact(key.removeprefix("fact:"), "")
        known = setup.catalogue.sources
        named = [known[name]._asdict() for name in fact.source_ids if name in known]
        return row | {"origin": "fact", "fact": fact.written(), "sources": named}
    if key.startswith("chance:"):
        return row | {"origin": "event"}
    stated = setup.values.stated.get(key)
    if stated is None:
        return row | {"origin": "model", "why": "how far measurements leave the model open"}
    return row | {"origin": stated.origin, "why": stated.why}
