"""How long a step takes on this machine, and how much memory it needs: the step model of a processor.

Nothing here is a constant of the code: `orchard calibrate host` measures small models, the fit turns that
into seconds and bytes for each kind of work, and other models are predicted from it.

Read in this order: `work` (what a step consists of), `fit` (from measured steps to rates), `model` (what a
calibrated machine knows, kept in the user's folder), `recipes` (the steps of a programme's models),
`predict` (from rates to steps, with intervals), `values` (what a run writes into the ledger).
"""

from __future__ import annotations

from orchard.estimate.host.fit import Measured, fitted
from orchard.estimate.host.model import HostModel, Rates, host_path, read_host
from orchard.estimate.host.predict import Interval, Prediction, predict
from orchard.estimate.host.recipes import step, step_of
from orchard.estimate.host.values import energy_values, foretold
from orchard.estimate.host.work import Step, memory_terms, optimiser_terms, pass_terms, share_of

__all__ = [
    "HostModel",
    "Interval",
    "Measured",
    "Prediction",
    "Rates",
    "Step",
    "energy_values",
    "fitted",
    "foretold",
    "host_path",
    "memory_terms",
    "optimiser_terms",
    "pass_terms",
    "predict",
    "read_host",
    "share_of",
    "step",
    "step_of",
]
