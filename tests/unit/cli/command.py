"""The command line in this process: what it prints, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import yaml


class Ended(NamedTuple):
    """Exit status, standard output, standard error."""

    status: int
    out: str
    err: str


Run = Callable[..., Ended]

_DELIVERY = {
    "chip": "h100",
    "site": "ohio",
    "count": "40 k chips",
    "start": "2025-02-01",
    "end": "2025-12-31",
    "price": "10 k USD/chip",
}
_RUN = {
    "team": "core", "site": "ohio", "compute": "1.0e+25 FLOP", "recipe": {"utilisation": 0.4}, "chips": "20 k chips",
    "start": "2026-02-01", "milestones": {"tuning": {"takes": "60 d"}},
}  # fmt: skip
PROGRAMME: dict[str, Any] = {
    "programme": "small", "title": "A small programme", "as_of": "2025-12-31",
    "horizon": {"start": "2025-01-01", "end": "2026-12-31"},
    "sites": {"ohio": {"facility_ratio": 1.25, "pue": 1.1, "construction": "10 USD/W", "electricity": "60 USD/MWh",
                       "ramp": {"first": {"date": "2025-03-01", "adds": {"assumed": "60 MW", "low": "40 MW", "high": "80 MW",
                                                                         "why": "made up for tests"}}}}},
    "deliveries": {"slow-2025": _DELIVERY},
    "lab": {"founded": "2025-06-30", "share": "80 %", "correlation": "30 %",
            "teams": {"core": {"quota": "60 %", "demand": "50 %", "variation": 0.4}}},
    "models": {"apple": _RUN},
    "finances": {"budget": {"2025": "1 G USD", "2026": "3 G USD"}, "server_share": "60 %", "cash": "2 G USD",
                 "revenue": {"growth": {"2026": "10 %"}, "family_share": "98 %", "people_growth": "5 %"},
                 "cash_date": "2025-03-31", "cash_margin": "50 %", "life": "5 y"},
    "claims": {"chips": {"text": "Thirty thousand chips run", "test": "fleet.gpus@2026-12-31 >= 30 k chips"},
               "rivals": {"text": "It is ahead of the best rival", "test": "rivals.lead > 0"}},
    "levers": {"power": {"limit": "50 %"}},
}  # fmt: skip


def write(folder: Path, edits: dict[str, Any] | None = None) -> Path:
    """A small programme as a file, with values replaced at dotted paths."""
    made = yaml.safe_load(yaml.safe_dump(PROGRAMME))
    for path, value in (edits or {}).items():
        *above, last = path.split(".")
        place = made
        for name in above:
            place = place[name]
        place[last] = value
    file = folder / "small.yaml"
    file.write_text(yaml.safe_dump(made, sort_keys=False))
    return file
