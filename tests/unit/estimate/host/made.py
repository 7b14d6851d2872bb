"""A calibrated machine as tests need it: rates that are known, so that predictions can be worked out by hand."""

from __future__ import annotations

from orchard.estimate.host import HostModel, Rates
from orchard.estimate.host.work import MEMORY, OPTIMISER, PASS

RATES = Rates(
    pass_s=dict.fromkeys(PASS, 0.0) | {"products": 1e-11, "stream": 2e-9, "pass": 0.001},
    optimiser_s=dict.fromkeys(OPTIMISER, 0.0) | {"elements": 3e-9, "step": 0.002},
    pass_width=0.1,
    optimiser_width=0.2,
)


def host_model(**changes: object) -> HostModel:
    """A machine of two cores, each of which is a tenth slower while both work."""
    fields: dict[str, object] = {
        "machine": "a processor of tests",
        "date": "2026-02-03",
        "precision": "fp32",
        "cores": 2,
        "threads": {1: RATES, 2: scaled(RATES, 1.1)},
        "memory_bytes": dict.fromkeys(MEMORY, 0.0) | {"floor": 2e8, "weights": 1.5, "stream": 8.0},
        "memory_width": 0.05,
        "seen": dict.fromkeys(PASS, (1.0, 1000000000000000.0)),
    }
    return HostModel(**(fields | changes))  # type: ignore[arg-type]


def scaled(rates: Rates, factor: float) -> Rates:
    return Rates(
        {name: value * factor for name, value in rates.pass_s.items()},
        {name: value * factor for name, value in rates.optimiser_s.items()},
        rates.pass_width,
        rates.optimiser_width,
    )
