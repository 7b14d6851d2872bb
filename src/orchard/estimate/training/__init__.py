"""How fast a model trains on which chips, cut how, in how much memory: closed forms on arrays.

formulas      shape, hardware, layout, software -> seconds, bytes, watts
table         a table of runs -> arrays that the formulas take
calibration   the constants, where they are kept
interval      how far measurements lie around the model
estimates     all of it for a table of runs
layouts       every legal layout of a model on a cluster
fitting       constants from measured runs, and what they are worth on unseen ones

How rows are held out and scored, what intervals are made of, and how constants are fitted and kept is
the same for clips: holdout, score, interval, regression and calibration of :mod:`orchard.estimate`.
"""

from orchard.estimate.training.calibration import Calibration, calibration
from orchard.estimate.training.estimates import Estimates, estimate
from orchard.estimate.training.table.rows import Batch, Rows, batch

__all__ = ["Batch", "Calibration", "Estimates", "Rows", "batch", "calibration", "estimate"]
