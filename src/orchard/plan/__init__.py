"""The programme over the calendar, by Monte Carlo: what will hold, what binds, what would help.

In the order in which data flows::

    calendar     weeks that add up to quarters and years
    values       every amount of the file, resolved against the catalogue
    draws        deterministic, correlated samples of them
    scene        programme + draws + changes: what one block of samples is computed from
    power, fleet, speed, runs, serving, money
                 the parts: watts, chips, how fast they train, training runs, users, dollars
                 (steps: the step model; sizes, given: what it is asked)
    outlook      the parts put together, each computed when first asked for
    quantities   what can be asked, and for which period
    definitions  how each quantity is read off an outlook
    expression   comparisons of quantities
    claims       the claims of a programme as tests
    check        rules that need all that
    engine       blocks of samples side by side
    sensitivity  what binds a claim
    remedy       what would make it likely
    answer       all of it as plain data
"""

from orchard.plan.answer import ask, plan
from orchard.plan.check import CHECKS
from orchard.plan.claims import CLAIMS, read_claims
from orchard.plan.definitions import definitions
from orchard.plan.scene import Setup

__all__ = ["CHECKS", "CLAIMS", "Setup", "ask", "definitions", "plan", "read_claims"]
