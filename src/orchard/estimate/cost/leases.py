"""Leases, and ventures that build what is leased.

An operating lease is expensed as it runs and adds no capital; a finance lease adds the present value of
its payments, and on the balance sheet both are owed at that. A venture builds with partners' money and lends
the place to one of them: its building is on nobody else's balance sheet, the rent recovers what it cost at
the yield its owners want, and who leases may guarantee a part of what the place is still worth when the lease
is not renewed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchard.estimate.cost.worth import annuity, recovery_per_step

Array = NDArray[np.float64]


def lease_cost_usd(capacity: ArrayLike, price_usd_per_capacity_s: ArrayLike, time_s: ArrayLike) -> Array:
    """Rent of a capacity (chips, or W) over a time, expensed as it runs.

    >>> float(lease_cost_usd(1000.0, 2.5 / 3600, 7200.0))
    5000.0
    """
    result: Array = (
        np.asarray(capacity, dtype=np.float64) * np.asarray(price_usd_per_capacity_s) * np.asarray(time_s)
    )
    return result


def lease_usd(payment_usd: ArrayLike, payments: ArrayLike, discount_per_payment: ArrayLike) -> Array:
    """Present value of equal payments in arrears: what a lease owes, and a finance lease adds to capital.

    ``payment (1 - (1 + d)^-n) / d``; the plain sum at d = 0.

    >>> round(float(lease_usd(100.0, 2, 0.1)), 4), float(lease_usd(100.0, 2, 0.0))
    (173.5537, 200.0)
    """
    result: Array = np.asarray(payment_usd, dtype=np.float64) * annuity(payments, discount_per_payment)
    return result


def rent_usd(cost_usd: ArrayLike, payments: ArrayLike, yield_per_payment: ArrayLike) -> Array:
    """Equal payments in arrears that recover a cost at the yield its owners want.

    >>> round(float(rent_usd(173.5537, 2, 0.1)), 3)
    100.0
    """
    result: Array = np.asarray(cost_usd, dtype=np.float64) * recovery_per_step(yield_per_payment, payments)
    return result


def still_owed_usd(
    cost_usd: ArrayLike, payments: ArrayLike, yield_per_payment: ArrayLike, paid: ArrayLike
) -> Array:
    """What rents have not yet recovered after `paid` of them: the present value of the others.

    >>> round(float(still_owed_usd(173.5537, 2, 0.1, 1)), 3)
    90.909
    """
    left = np.maximum(np.asarray(payments, dtype=np.float64) - np.asarray(paid), 0.0)
    rent = rent_usd(cost_usd, payments, yield_per_payment)
    return lease_usd(rent, left, yield_per_payment)


def guarantee_usd(guaranteed_usd: ArrayLike, worth_usd: ArrayLike, most_usd: ArrayLike = np.inf) -> Array:
    """What a guarantee of a residual value costs: the shortfall of what the thing is worth, up to a cap.

    >>> [float(guarantee_usd(20.0, worth, 5.0)) for worth in (18.0, 14.0, 25.0)]
    [2.0, 5.0, 0.0]
    """
    short = np.maximum(np.asarray(guaranteed_usd, dtype=np.float64) - np.asarray(worth_usd), 0.0)
    result: Array = np.minimum(short, most_usd)
    return result
