"""Power of sites from the chips in them.

table      a table of chips -> sites: what stands where at which date
constants  IT power of a chip at a site, and the peak ratio of facility to IT power
estimates  IT and facility power of sites, with intervals
pairs      sites whose chips and power are both known (joined: from a table of chips and one of power)
fit        from such sites to constants
validate   how good the constants are on sites that the fit has not seen
"""

from orchard.estimate.power.sites.constants import Constants, shipped
from orchard.estimate.power.sites.estimates import Estimates, estimate
from orchard.estimate.power.sites.table import Sites

__all__ = ["Constants", "Estimates", "Sites", "estimate", "shipped"]
