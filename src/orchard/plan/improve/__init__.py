"""The cheapest way to make a claim likely: levers pulled together, and what each dollar buys.

In the order in which data flows::

    options      what can be changed, how far, at what price
    trials       the probability of a claim under a choice of them
    search       choices that no cheaper one beats
    answer       the frontier, confirmed on fresh samples, as plain data
"""

from orchard.plan.improve.answer import improve

__all__ = ["improve"]
