"""What a bigger model of a family will lose, before it is trained.

::

    family    one dial: the shape and the tokens of every rung, from its layers
    curve     loss against compute, as a programme states it: loss and slope at an anchor, and a floor
    fit       the curve from rungs that were trained, with all that stays open about it
    stated    the same as entries of a programme
"""

from orchard.estimate.law.curve import compute_at, loss_at
from orchard.estimate.law.family import Dial, Rung, dial
from orchard.estimate.law.fit import Forecast, Law, fit
from orchard.estimate.law.stated import stated

__all__ = ["Dial", "Forecast", "Law", "Rung", "compute_at", "dial", "fit", "loss_at", "stated"]
