"""A small programme with every part in it, and knobs: edits by dotted path.

Chips are the programme's own, so that their speed and power are round numbers; two sites, four
deliveries that compete for power and money, two runs of one team, people, a gate, products, cash.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from orchard.catalogue import catalogue
from orchard.plan import Setup, definitions
from orchard.plan.draws import BLOCK
from orchard.plan.engine import Outcome, gather, judge, run
from orchard.plan.expression import read_test
from orchard.plan.outlook import Outlook
from orchard.plan.scene import UNCHANGED, Changes, Scene
from orchard.spec.load import loads
from orchard.spec.programme import Programme

DROP = object()
Edits = Mapping[str, Any]


def assumed(value: str | float, low: str | float, high: str | float, cause: str = "") -> dict[str, Any]:
    """An assumed amount."""
    stated = {"assumed": value, "low": low, "high": high, "why": "made up for a test"}
    return stated | ({"cause": cause} if cause else {})


_SITE: dict[str, Any] = {
    "facility_ratio": 1.25, "pue": 1.1, "construction": "10 USD/W", "electricity": "60 USD/MWh",
}  # fmt: skip
_MODEL: dict[str, Any] = {
    "team": "core", "site": "ohio", "compute": "1.0e+25 FLOP",
    "recipe": {"utilisation": assumed(0.4, 0.3, 0.5)},
    "reliability": {"node_failures": "0.003 failure/node/d", "checkpoint": "30 s", "restart": "10 min"},
    "chips": "20 k chips", "start": "2026-02-01",
    "start_delay": assumed("10 d", "0 d", "40 d", "execution"),
    "milestones": {"tuning": {"takes": assumed("60 d", "40 d", "90 d", "execution")}, "testing": {"takes": "30 d"}},
    "gate": {"predecessor": "elder", "lead": 0.5, "execution": assumed(0, -0.5, 0.5), "halving": "9 mo",
             "rework": assumed("60 d", "30 d", "120 d")},
}  # fmt: skip


def _delivery(
    chip: str, site: str, count: dict[str, Any], start: str, end: str, **more: Any
) -> dict[str, Any]:
    return {"chip": chip, "site": site, "count": count, "start": start, "end": end, **more}


def _chip(bf16: str, it_power: str) -> dict[str, Any]:
    return {"bf16": bf16, "memory": "100 GB", "bandwidth": "5 TB/s", "it_power": it_power}


BASE: dict[str, Any] = {
    "programme": "small", "title": "A small programme", "as_of": "2025-12-31",
    "horizon": {"start": "2025-01-01", "end": "2027-12-31"},
    "causes": {"grid": {"correlation": "60 %"}, "execution": {"correlation": "50 %"}},
    "chips": {"fast": _chip("2 PFLOP/s", "2 kW/chip"), "slow": _chip("1 PFLOP/s", "1 kW/chip")},
    "sites": {
        "ohio": _SITE | {
            "delay": assumed("30 d", "-20 d", "120 d", "grid"),
            "ramp": {
                "first": {"date": "2025-03-01", "adds": assumed("60 MW", "40 MW", "80 MW")},
                "second": {"date": "2026-02-01", "over": "100 d", "adds": assumed("80 MW", "50 MW", "110 MW"),
                           "delay": assumed("5 d", "0 d", "30 d")},
            },
        },
        "utah": _SITE | {
            "delay": assumed("20 d", "0 d", "60 d", "grid"),
            "ramp": {"only": {"date": "2026-06-01", "over": "60 d", "adds": assumed("50 MW", "40 MW", "60 MW")}},
        },
    },
    "deliveries": {
        "slow-2025": _delivery("slow", "ohio", assumed("30 k chips", "20 k chips", "40 k chips"), "2025-02-01", "2025-12-31",
                               price="20 k USD/chip"),
        "fast-2026": _delivery("fast", "ohio", assumed("30 k chips", "20 k chips", "45 k chips"), "2025-12-01", "2026-09-30",
                               price=assumed("50 k USD/chip", "40 k USD/chip", "60 k USD/chip"),
                               delay=assumed("20 d", "0 d", "60 d")),
        "slow-utah": _delivery("slow", "utah", assumed("40 k chips", "20 k chips", "60 k chips"), "2026-03-01", "2026-12-31",
                               price="20 k USD/chip", delay=assumed("10 d", "-10 d", "60 d")),
        "asic-utah": _delivery("slow", "utah", "10 k chips", "2025-02-01", "2025-02-01") | {"kind": "asic"},
    },
    "lab": {
        "founded": "2025-06-30", "share": assumed("80 %", "70 %", "90 %"), "correlation": "30 %",
        "teams": {
            "core": {"quota": "60 %", "demand": "50 %", "variation": 0.4},
            "vision": {"quota": "40 %", "demand": "30 %", "variation": 0.5},
        },
    },
    "models": {
        "elder": {"released": "2025-04-05", "compute": "2.0e+24 FLOP"},
        "apple": _MODEL,
        "berry": _MODEL | {"start": "2026-04-01", "priority": 2, "compute": "3.0e+24 FLOP"},
    },
    "people": {
        "leaves": {"date": "2025-11-11", "kind": "departure", "moves": ["apple"], "delay": assumed("10 d", "0 d", "30 d")},
        "turn": {"date": "2026-02-01", "kind": "direction", "moves": ["apple", "berry"], "probability": "40 %",
                 "delay": assumed("30 d", "10 d", "90 d", "execution")},
    },
    "products": {
        "companion": {
            "kind": "companion", "model": "apple",
            "adoption": {"start": {"date": "2026-01-01", "users": "1 M people"},
                         "end": {"date": "2027-12-31", "users": assumed("20 M people", "5 M people", "60 M people")}},
            "usage": {"sessions": 3, "turns": 4, "tokens": 200, "images": 0.2, "peak_to_mean": 2},
            "capacity": {"chip": "slow", "tokens": "1000 token/s/chip", "images": "1 image/s/chip", "derating": "50 %"},
            "advertising": {"eligible": "50 %", "load": "5 %", "fill": "60 %", "cpm": assumed("10 USD", "5 USD", "20 USD")},
        },
        "ads": {"kind": "ads", "model": "apple", "fleet_share": "10 %", "uplift": "1 %"},
    },
    "finances": {
        "reported": {
            "2024-Q1": {"revenue": "1.0 G USD"}, "2024-Q2": {"revenue": "1.1 G USD"}, "2024-Q3": {"revenue": "1.2 G USD"},
            "2024-Q4": {"revenue": "1.3 G USD", "people": "100 M people"},
            "2025-Q1": {"revenue": "1.2 G USD", "family": "1.18 G USD", "capex": "200 M USD", "people": "102 M people"},
        },
        "budget": {"2025": assumed("1.2 G USD", "1.1 G USD", "1.4 G USD"), "2026": assumed("3 G USD", "2 G USD", "4 G USD"),
                   "2027": "2 G USD"},
        "server_share": assumed("60 %", "50 %", "70 %"),
        "revenue": {"growth": {"2025": "20 %", "2026": assumed("15 %", "5 %", "25 %"), "2027": "10 %"},
                    "family_share": "98 %", "people_growth": "5 %"},
        "cash": "2 G USD", "cash_date": "2025-03-31", "cash_margin": "50 %",
        "returned": {"2026": "100 M USD"}, "raised": {"2025-Q4": "500 M USD"}, "life": "1 y",
    },
    "claims": {
        "date": {"text": "Apple is released by the end of September 2026", "test": "apple.released <= 2026-09-30"},
        "chips": {"text": "60 k GPUs run at the end of 2026", "test": "fleet.gpus@2026-12-31 >= 60 k chips"},
        "rivals": {"text": "Apple is ahead of the best rival", "test": "rivals.lead > 0"},
        "spend": {"text": "Half of 4 G USD is spent", "test": "capex@2025 + capex@2026 in 3..5 G USD"},
    },
    "levers": {
        "money": {"limit": "50 %"}, "chips": {"limit": "50 %"}, "power": {"limit": "50 %"},
        "site_dates": {"limit": "200 d", "price": "1 M USD/d"}, "run_dates": {"limit": "180 d", "price": "2 M USD/d"},
        "run_site": {"price": "100 M USD"},
    },
}  # fmt: skip


def data(edits: Edits | None = None) -> dict[str, Any]:
    """The programme as plain data, with values replaced or dropped at dotted paths."""
    made: dict[str, Any] = json.loads(json.dumps(BASE))  # nothing shared between entries
    for path, value in (edits or {}).items():
        *above, last = path.split(".")
        place = made
        for name in above:
            place = place.setdefault(name, {})
        if value is DROP:
            place.pop(last, None)
        else:
            place[last] = copy.deepcopy(value)
    return made


def text(edits: Edits | None = None) -> str:
    """The programme as YAML."""
    return yaml.dump(data(edits), sort_keys=False, Dumper=_Dumper)


def programme(edits: Edits | None = None) -> Programme:
    """The programme, read and checked."""
    return loads(text(edits), known=catalogue()).programme


def setup(edits: Edits | None = None) -> Setup:
    """The programme, made ready to be planned."""
    return _unedited() if not edits else Setup.of(programme(edits), catalogue())


def outlook(
    edits: Edits | None = None,
    samples: int = 200,
    seed: int = 0,
    changes: Changes = UNCHANGED,
    block: int = 0,
) -> Outlook:
    """One block of samples, worked out."""
    made = setup(edits)
    return Outlook(Scene(made, made.draws(seed, block, samples), changes))


def outcome_of(
    claim: str, edits: Edits | None = None, samples: int = 300, seed: int = 0, changes: Changes = UNCHANGED
) -> Outcome:
    """A claim, tested in every sample."""
    made = setup(edits)
    tests = {"": read_test(claim, definitions(made), made)}
    if samples <= BLOCK:
        return judge(Outlook(Scene(made, made.draws(seed, 0, samples), changes)), tests)[""]
    return gather(run(made, samples, seed, lambda o: judge(o, tests), changes))[""]


@cache
def _unedited() -> Setup:
    return Setup.of(programme(), catalogue())


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True
