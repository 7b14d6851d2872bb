"""How each quantity is read off an outlook: one file for each part of a programme.

fleet, money, unit, lab, sites, models, products
             the quantities of each part
kinds, reads what they have in common
every        all of them, by name
"""

from orchard.plan.definitions.every import definitions

__all__ = ["definitions"]
