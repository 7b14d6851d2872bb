"""What binds a claim: the constraint whose relaxation moves its probability most, by recomputation.

What binds is asked with hindsight: as if the constraint had been looser all along, also where it is history.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from orchard.plan.engine import WORKERS, Bench
from orchard.plan.expression import Test
from orchard.plan.scene import Changes, Setup

SAMPLES = 1000
UNBOUND = "nothing in this plan"
_MUCH = 2.0
_FAR_DAYS = 180.0
_DECIDED = 0.995
_NOTICED = 0.01


class Relaxation(NamedTuple):
    """A constraint loosened: what it is called, and the changes that loosen it."""

    name: str
    loosened: str
    changes: Changes


def relaxations(setup: Setup) -> Iterator[Relaxation]:
    """Every constraint of a plan, each loosened by itself."""
    programme = setup.programme
    yield Relaxation("money", "twice the budget", Changes(money=_MUCH))
    yield Relaxation("power on site", "twice the power", Changes(power=_MUCH))
    yield Relaxation("dates of power", f"power {_FAR_DAYS:.0f} days earlier", Changes(site_days=_FAR_DAYS))
    if programme.deliveries:
        yield Relaxation("chips ordered", "twice the chips", Changes(chips=_MUCH))
        yield Relaxation(
            "dates of deliveries", f"chips {_FAR_DAYS:.0f} days earlier", Changes(delivery_days=_FAR_DAYS)
        )
    if any(model.start is not None for model in programme.models.values()):
        yield Relaxation("start of the run", f"{_FAR_DAYS:.0f} days earlier", Changes(run_days=_FAR_DAYS))
        yield Relaxation("size of the run", "twice the chips for it", Changes(run_chips=_MUCH))
        yield Relaxation("stages after pretraining", "none", Changes(stage_days=10 * _FAR_DAYS))
        yield Relaxation("failures", "none", Changes(ignore=frozenset({"failures"})))
        yield Relaxation("the release gate", "passed at once", Changes(ignore=frozenset({"gate"})))
    yield Relaxation("delays", "none", Changes(ignore=frozenset({"delays"})))
    if programme.people:
        yield Relaxation(
            "people", "nobody leaves, nothing is reorganised", Changes(ignore=frozenset({"people"}))
        )


def bindings(bench: Bench, tests: dict[str, Test]) -> dict[str, str]:
    """For each claim that is not decided: the binding constraint, and what loosening it does."""
    before = {name: float(outcome.holds[:SAMPLES].mean()) for name, outcome in bench.warm(tests).items()}
    open_tests = {name: claim for name, claim in tests.items() if before[name] < _DECIDED}
    loosened = list(relaxations(bench.setup))

    def loosen(relaxation: Relaxation) -> dict[str, float]:
        outcomes = bench.test(open_tests, relaxation.changes._replace(hindsight=True), SAMPLES)
        return {name: outcome.probability for name, outcome in outcomes.items()}

    with ThreadPoolExecutor(WORKERS) as pool:
        after = list(pool.map(loosen, loosened)) if open_tests else []
    return {name: _binding(name, before[name], loosened, after) for name in open_tests}


def _percent(share: float) -> str:
    return f"{round(share * 100)} %"


def _binding(name: str, before: float, loosened: list[Relaxation], after: list[dict[str, float]]) -> str:
    gain, best = max(
        ((found[name] - before, index) for index, found in enumerate(after)),
        key=lambda pair: (pair[0], -pair[1]),
    )
    if gain <= _NOTICED:
        return UNBOUND
    relaxation = loosened[best]
    return f"{relaxation.name}: {relaxation.loosened} makes it {_percent(before)} → {_percent(before + gain)}"
