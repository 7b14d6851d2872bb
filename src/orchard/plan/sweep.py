"""Scenarios of one programme side by side, on the same futures: what each does to claims and quantities."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from orchard import __version__
from orchard.catalogue import Catalogue
from orchard.plan import engine
from orchard.plan.answer import Progress, coherent, judge_block, shown
from orchard.plan.claims import read_claims
from orchard.plan.definitions import definitions
from orchard.plan.engine import Block, Engine
from orchard.plan.kept import Kept
from orchard.plan.quantities import Quantity, read_quantities
from orchard.plan.scene import Setup
from orchard.spec.programme import Programme


class Case(NamedTuple):
    """One programme of a sweep, and what makes it differ from the first."""

    name: str
    why: str
    programme: Programme
    changes: Mapping[str, Any]


def sweep(
    cases: Sequence[Case],
    catalogue: Catalogue,
    quantities: Sequence[str] = (),
    *,
    samples: int,
    seed: int = 0,
    progress: Progress | None = None,
    where: Engine | None = None,
    keep: Path | None = None,
) -> dict[str, Any]:
    """Answer claims and quantities for each case: probabilities, and p10, p50 and p90, as plain data.

    An amount that no scenario touches is the same number in the same future of each, so that cases differ by
    their changes alone.

    Raises
    ------
    QuantityError
        every quantity that cannot be read in some case, at once
    """
    setups = [Setup.of(case.programme, catalogue) for case in cases]
    asked = [_read(setup, quantities) for setup in setups]
    done: list[str] = []

    def one(index: int) -> dict[str, Any]:
        case, setup, known = cases[index], setups[index], asked[index]
        texts = tuple(each.text for each in known if not each.definition.unknown)
        engine.check_memory(setup, samples)
        store = None if keep is None else Kept(keep, setup, seed, "sweep\n" + "\n".join(texts))
        work = partial(judge_block, texts)
        blocks = engine.run(setup, samples, seed, work, engine=where, store=store)
        done.append(case.name)
        if progress is not None:
            progress(case.name, len(done) / len(cases))
        return _case(case, known, blocks)

    with ThreadPoolExecutor(1 if where is None else where.at_once) as pool:
        found = list(pool.map(one, range(len(cases))))
    return {
        "orchard": __version__, "programme": cases[0].programme.programme, "title": cases[0].programme.title,
        "samples": samples, "seed": seed,
        "claims": {name: claim.text for name, claim in cases[0].programme.claims.items()},
        "quantities": {
            each.text: {"title": each.definition.title, "unit": coherent(each.definition.unit),
                        "shown_in": each.definition.unit, "unknown": each.definition.unknown}
            for each in asked[0]
        },
        "cases": found,
    }  # fmt: skip


def _read(setup: Setup, quantities: Sequence[str]) -> list[Quantity]:
    known = definitions(setup)
    read_claims(setup, known)
    return read_quantities(quantities, known, setup)


def _case(case: Case, quantities: Sequence[Quantity], blocks: Sequence[Block]) -> dict[str, Any]:
    """The answers of one case."""
    held = engine.named(blocks, "holds")
    points = {}
    for each in quantities:
        if not each.definition.unknown:
            values = engine.quantiles(engine.joined(blocks, "value", each.text))
            points[each.text] = [shown(float(point), each.definition.unit) for point in values]
    return {
        "name": case.name, "why": case.why, "changes": dict(case.changes),
        "claims": {name: round(float(engine.joined(blocks, "holds", name).mean()), 6) for name in held},
        "quantities": points,
    }  # fmt: skip
