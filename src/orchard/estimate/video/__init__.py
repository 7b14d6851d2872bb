"""How long a clip takes to make on which chips: a closed form on arrays.

rows          a table of clips -> arrays           (work, pipelines, machines, kernels)
clip          the clip, in parts that sum to it
interval      how far measured clips lie around it
estimates     all of it for a table of clips
constants     the constants, and the file they lie in
measurements  measured clips, and which rows are none
calibrate     from measured clips to a calibration (fit)
validate      how good it is on what it has not seen (holdout)
"""

from orchard.estimate.video.constants import Calibration, calibration
from orchard.estimate.video.estimates import Estimates, estimate
from orchard.estimate.video.rows import Batch, Rows, batch

__all__ = ["Batch", "Calibration", "Estimates", "Rows", "batch", "calibration", "estimate"]
