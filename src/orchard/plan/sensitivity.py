"""What binds a claim: the constraint whose relaxation moves its probability most, by recomputation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from orchard.plan.engine import Outcome, test
from orchard.plan.expression import Test
from orchard.plan.scene import Changes, Setup

SAMPLES = 2000
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
        yield Relaxation("dates of deliveries", f"chips {_FAR_DAYS:.0f} days earlier", Changes(delivery_days=_FAR_DAYS))
    if any(model.start is not None for model in programme.models.values()):
        yield Relaxation("start of the run", f"{_FAR_DAYS:.0f} days earlier", Changes(run_days=_FAR_DAYS))
        yield Relaxation("size of the run", "twice the chips for it", Changes(run_chips=_MUCH))
        yield Relaxation("stages after pretraining", "none", Changes(stage_days=10 * _FAR_DAYS))
        yield Relaxation("failures", "none", Changes(ignore=frozenset({"failures"})))
        yield Relaxation("the release gate", "passed at once", Changes(ignore=frozenset({"gate"})))
    yield Relaxation("delays", "none", Changes(ignore=frozenset({"delays"})))
    if programme.people:
        yield Relaxation("people", "nobody leaves, nothing is reorganised", Changes(ignore=frozenset({"people"})))


def bindings(setup: Setup, tests: dict[str, Test], base: dict[str, Outcome], seed: int) -> dict[str, str]:
    """For each claim that is not decided: the binding constraint, and what loosening it does."""
    open_tests = {name: claim for name, claim in tests.items() if base[name].probability < _DECIDED}
    samples = min(SAMPLES, len(next(iter(base.values())).values)) if base else 1
    best: dict[str, tuple[float, str]] = {}
    if not open_tests:
        return {}
    for relaxation in relaxations(setup):
        outcomes = test(setup, open_tests, samples, seed, relaxation.changes)
        for name, outcome in outcomes.items():
            before = float(base[name].holds[:samples].mean())
            gain = outcome.probability - before
            if gain > max(_NOTICED, best.get(name, (0.0, ""))[0]):
                says = f"{relaxation.name}: {relaxation.loosened} makes it {before:.0%} -> {outcome.probability:.0%}"
                best[name] = (gain, says)
    return {name: best[name][1] if name in best else "nothing in this plan" for name in open_tests}
