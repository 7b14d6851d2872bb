"""Why a number is what it is: the chain behind it, and what moves it.

In the order in which data flows::

    target       a quantity, or a claim
    trace        how it is computed: every step, every amount that is read
    formula      the expression that a step returned
    chain        the steps with their values
    inputs       the amounts, and the groups by which spread is told apart
    fork         an outlook on other draws, as far as it rests on them
    variants     the target again under replaced draws
    tornado      one input at its ends
    shares       Sobol indices of sources, Shapley effects of inputs
    answer       all of it as plain data
"""

from orchard.plan.explain.answer import explain

__all__ = ["explain"]
