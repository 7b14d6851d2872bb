"""A law as a programme states it: amounts with ranges, to be copied into `family.law`."""

from __future__ import annotations

import numpy as np

from orchard.estimate.interval import Z80
from orchard.estimate.law.fit import Law

_ENDS = (0.1, 0.5, 0.9)


def stated(law: Law, why: str) -> dict[str, object]:
    """Entries of `family.law`; ranges hold 80 %.

    >>> import numpy as np
    >>> one = np.full(3, 1.0)
    >>> found = stated(Law(8.1e13, 1.8 * one, 0.1 * one, 0.7 * one, 0.004 * one), "measured")
    >>> found["anchor"], found["scatter"]
    ('8.1e+13 FLOP', {'assumed': 0.0, 'low': -0.0051, 'high': 0.0051, 'why': 'measured'})
    """

    def amount(samples: np.ndarray) -> dict[str, object]:
        low, middle, high = (float(f"{value:.4g}") for value in np.quantile(samples, _ENDS))
        return {"assumed": middle, "low": low, "high": high, "why": why}

    scatter = float(f"{Z80 * float(np.median(law.scatter)):.2g}")
    return {
        "anchor": f"{law.anchor_flop:.4g} FLOP",
        "loss": amount(law.loss),
        "slope": amount(law.slope),
        "floor": amount(law.floor),
        "scatter": {"assumed": 0.0, "low": -scatter, "high": scatter, "why": why},
    }
