"""How fast a model trains on which chips, cut how, in how much memory: closed forms on arrays.

rows          a table of runs -> arrays           (subjects, machines, settings, keywords, stacks)
shape         what a step needs to know of a model
configuration hardware, layout, software
kernels       time of the work on one chip
links         time of the exchanges that shows
memory        bytes on the fullest chip
step          the step, in parts that sum to it
draw          power of a chip in a step
interval      how far measurements lie around the model
estimates     all of it for a table of runs
search        every legal layout                   (legal, pareto)
calibration   the constants, where they are kept   (constants)
measurements  a table of measured runs -> what was run, how fast it was, what is left out
calibrate     from measured rows to a calibration  (fit, holdout), and what it is worth (calibrated)
validate      the model beside measured runs       (holdout, noise, ranks)

How rows are held out and scored, what intervals are made of, and how constants are fitted and kept is
the same for clips: holdout, score, interval, regression and calibration of :mod:`orchard.estimate`.
"""

from orchard.estimate.training.calibration import Calibration, calibration
from orchard.estimate.training.estimates import Estimates, estimate
from orchard.estimate.training.rows import Batch, Rows, batch

__all__ = ["Batch", "Calibration", "Estimates", "Rows", "batch", "calibration", "estimate"]
