"""What binds: on programmes where it is known what does."""

from __future__ import annotations

from typing import Any

import pytest

from orchard.plan import definitions
from orchard.plan.engine import Bench
from orchard.plan.expression import read_test
from orchard.plan.sensitivity import UNBOUND, bindings, relaxations

from . import small
from .alone import DATE, MONEY, POWER, PROGRAMME


def bound(claim: str, edits: dict[str, Any], samples: int = 500) -> str:
    setup = small.setup(PROGRAMME | edits)
    test = read_test(claim, definitions(setup), setup)
    return bindings(Bench(setup, samples, 0), {"claim": test}).get("claim", "decided")


@pytest.mark.parametrize(
    ("claim", "edits", "name"),
    [
        ("fleet.gpus@2026-12-31 >= 120 k chips", POWER, "power on site: twice the power"),
        ("fleet.gpus@2026-12-31 >= 120 k chips", MONEY, "money: twice the budget"),
        ("apple.released <= 2026-06-15", DATE, "start of the run: 180 days earlier"),
        ("fleet.delivered@2026-12-31 >= 1.1 M chips", {}, "chips ordered: twice the chips"),
        ("fleet.gpus@2026-12-31 >= 1 M chips", {"deliveries.slow-2025.start": "2027-01-31", "deliveries.slow-2025.end": "2027-01-31"},
         "dates of deliveries: chips 180 days earlier"),
        ("ohio.power@2026-12-31 >= 1 MW", {"sites.ohio.ramp.all.date": "2027-02-01"}, "dates of power: power 180 days earlier"),
        ("apple.released <= 2026-06-15", {"models.apple.start_delay": "60 d", "models.apple.milestones": {}}, "start of the run"),
        ("apple.released <= 2026-02-05", {"models.apple.milestones": {"tuning": {"takes": "3 d"}}, "models.apple.compute": "1.0e24 FLOP"},
         "start of the run"),
        ("apple.lead > apple.gate", {}, UNBOUND),
        ("capex@2026 >= 1 T USD", {}, UNBOUND),
    ],
)  # fmt: skip
def test_what_alone_is_short_binds(claim: str, edits: dict[str, Any], name: str) -> None:
    if "apple.lead" in claim:
        edits = edits | {"models.apple.gate": small.BASE["models"]["apple"]["gate"] | {"lead": 9}}
    assert bound(claim, edits).startswith(name)


@pytest.mark.parametrize(
    ("edits", "name"),
    [
        ({"models.apple.start": "2025-06-01", "models.apple.milestones": {"tuning": {"takes": "300 d"}}}, "stages after pretraining: none"),
        ({"models.apple.start": "2025-06-01", "models.apple.compute": "1.0e24 FLOP", "models.apple.gate": small.BASE["models"]["apple"]["gate"]
          | {"lead": 9, "rework": "400 d"}}, "the release gate: passed at once"),
        ({"models.apple.start": "2025-06-01", "models.apple.compute": "1.0e24 FLOP", "people": {"leaves": {"date": "2025-01-02",
          "kind": "departure", "moves": ["apple"], "delay": "400 d"}}}, "people: nobody leaves"),
        ({"models.apple.start": "2025-06-01", "models.apple.compute": "1.0e24 FLOP", "models.apple.start_delay": "400 d"}, "delays: none"),
        ({"models.apple.start": "2025-06-01", "models.apple.compute": "4.0e25 FLOP", "models.apple.reliability": {"node_failures":
          "0.003 failure/node/d", "checkpoint": "20 min", "restart": "3 h"}}, "failures: none"),
        ({"models.apple.start": "2025-06-01", "models.apple.compute": "5.0e25 FLOP"}, "size of the run: twice the chips for it"),
    ],
    ids=lambda value: value.split(":")[0] if isinstance(value, str) else "",
)  # fmt: skip
def test_each_cause_of_a_late_model_is_found(edits: dict[str, Any], name: str) -> None:
    """The run begins on the first day there is, so that only what is slow in it can bind."""
    early = {"models.apple.start": "2025-01-02", "models.apple.milestones": {}} | {
        path: value for path, value in edits.items() if path != "models.apple.start"
    }
    assert bound("apple.released <= 2025-05-20", early).startswith(name)


def test_what_holds_anyway_is_not_asked() -> None:
    assert bound("capex@2026 >= 1 USD", {}) == "decided"


def test_the_gain_is_told_in_percent() -> None:
    assert bound("fleet.gpus@2026-12-31 >= 1 M chips", {"sites.ohio.ramp.all.adds": "600 MW"}).endswith(
        "makes it 0 % → 100 %"
    )


def test_only_what_the_programme_has_can_bind() -> None:
    bare = {
        "deliveries": {},
        "models": {"elder": {"released": "2025-04-05"}},
        "people": {},
        "products": {},
        "claims": {},
    }
    names = {each.name for each in relaxations(small.setup(bare))}
    assert names == {"money", "power on site", "dates of power", "delays"}
    assert {each.name for each in relaxations(small.setup())} > names | {
        "people",
        "chips ordered",
        "the release gate",
    }
