"""One site of a programme: its ramp as the plan draws it, its chips, and how its energy is supplied.

::

    reading      power, chips and what they draw, off a plan's samples
    prices       hourly prices of a file
    supplied     the case for the energy supply: load, plants, contracts
    answer       all of it as plain data

The plan itself solves nothing here: `orchard site` does, for one site on one day.
"""

from orchard.plan.sites.answer import site

__all__ = ["site"]
