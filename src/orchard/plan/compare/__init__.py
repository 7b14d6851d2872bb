"""Two programmes side by side: what differs, what it does, and which difference does it.

In the order in which data flows::

    differences  what differs, place by place, and programmes between the two
    effects      claims and quantities of both on the same random numbers
    attribution  which difference does it
    answer       all of it as plain data
"""

from orchard.plan.compare.answer import Side, compare

__all__ = ["Side", "compare"]
