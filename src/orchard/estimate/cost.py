"""Money by class: capital, depreciation, energy, leases.

Capital is servers (chips with their share of server, by price per chip), network (a share of the
cluster's cost) and construction (per W of IT power). It is written off in a straight line over the
life of its class. Money is conserved: what is bought is written off, to rounding.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class Capital(NamedTuple):
    """Capital expenditure by class, in USD; its sum is `total_usd`."""

    servers_usd: Array
    network_usd: Array
    construction_usd: Array

    @property
    def total_usd(self) -> Array:
        """All capital."""
        return self.servers_usd + self.network_usd + self.construction_usd


def capital_usd(
    chips: ArrayLike,
    server_usd_per_chip: ArrayLike,
    network_share: ArrayLike,
    it_power_w: ArrayLike,
    construction_usd_per_w: ArrayLike,
) -> Capital:
    """Capital for chips and for the power that houses them.

    Parameters
    ----------
    server_usd_per_chip : price of a server or rack over its chips
    network_share : network between servers as a share of servers and network together, below 1
    it_power_w : IT power built, which need not be that of these chips
    construction_usd_per_w : building, cooling and power distribution per W of IT power

    >>> cost = capital_usd(72.0, 50e3, 0.2, 132e3, 11.0)
    >>> [float(part) for part in cost]
    [3600000.0, 900000.0, 1452000.0]
    """
    servers = np.asarray(chips, dtype=np.float64) * np.asarray(server_usd_per_chip)
    share = np.asarray(network_share, dtype=np.float64)
    construction = np.asarray(it_power_w, dtype=np.float64) * np.asarray(construction_usd_per_w)
    return Capital(servers, servers * share / (1.0 - share), construction)


def depreciation_usd(capex_usd: ArrayLike, life_steps: ArrayLike) -> Array:
    """Straight-line depreciation of a schedule of purchases, by step.

    A purchase of step t is written off in equal parts over `life_steps` steps, t included; when the
    life is no whole number the last step takes the remainder. Cumulative sums make this linear in T.

    Parameters
    ----------
    capex_usd : put into service at each step; shape (T,) or (T, S) for S samples
    life_steps : one life, or one per sample (S,); at least 1

    Raises
    ------
    ValueError      a life below one step

    >>> [float(v) for v in depreciation_usd([100.0, 0.0, 0.0, 0.0], 2.5)]
    [40.0, 40.0, 20.0, 0.0]
    """
    bought = np.asarray(capex_usd, dtype=np.float64)
    life = np.asarray(life_steps, dtype=np.float64)
    if np.any(life < 1.0):
        raise ValueError(f"found a life of {float(np.min(life)):g} steps; wanted at least 1")
    whole = np.floor(life)
    part = life - whole
    total = np.cumsum(bought, axis=0)
    gone = (1.0 - part) * _earlier(total, whole) + part * _earlier(total, whole + 1.0)
    result: Array = np.maximum(total - gone, 0.0) / life
    return result


def net_book_usd(capex_usd: ArrayLike, depreciation_usd: ArrayLike) -> Array:
    """Book value at the end of each step: bought so far less written off so far.

    >>> [float(v) for v in net_book_usd([100.0, 0.0, 0.0], [50.0, 50.0, 0.0])]
    [50.0, 0.0, 0.0]
    """
    bought = np.cumsum(np.asarray(capex_usd, dtype=np.float64), axis=0)
    result: Array = bought - np.cumsum(np.asarray(depreciation_usd, dtype=np.float64), axis=0)
    return result


def energy_cost_usd(energy_j: ArrayLike, price_usd_per_j: ArrayLike) -> Array:
    """Cost of energy bought.

    >>> round(float(energy_cost_usd(3.6e9, 82.6 / 3.6e9)), 9)    # one MWh
    82.6
    """
    result: Array = np.asarray(energy_j, dtype=np.float64) * np.asarray(price_usd_per_j)
    return result


def lease_cost_usd(capacity: ArrayLike, price_usd_per_capacity_s: ArrayLike, time_s: ArrayLike) -> Array:
    """Rent of a capacity (chips, or W) over a time, expensed as it runs.

    >>> float(lease_cost_usd(1000.0, 2.5 / 3600, 7200.0))
    5000.0
    """
    result: Array = (
        np.asarray(capacity, dtype=np.float64) * np.asarray(price_usd_per_capacity_s) * np.asarray(time_s)
    )
    return result


def finance_lease_usd(payment_usd: ArrayLike, payments: ArrayLike, discount_per_payment: ArrayLike) -> Array:
    """Present value of equal payments in arrears: what a finance lease adds to capital.

    ``payment (1 - (1 + d)^-n) / d``; the plain sum at d = 0.

    >>> round(float(finance_lease_usd(100.0, 2, 0.1)), 4), float(finance_lease_usd(100.0, 2, 0.0))
    (173.5537, 200.0)
    """
    d = np.asarray(discount_per_payment, dtype=np.float64)
    n = np.asarray(payments, dtype=np.float64)
    shape = np.broadcast_shapes(d.shape, n.shape)
    annuity = np.divide(-np.expm1(-n * np.log1p(d)), d, out=np.broadcast_to(n, shape).copy(), where=d != 0)
    result: Array = np.asarray(payment_usd, dtype=np.float64) * annuity
    return result


def _earlier(total: Array, steps: Array) -> Array:
    """Values of `steps` steps before, zero before the start; `steps` is one number or one per sample."""
    length = total.shape[0]
    if steps.ndim == 0:
        shift = int(min(float(steps), length))
        moved = np.zeros_like(total)
        moved[shift:] = total[: length - shift]
        return moved
    source = np.arange(length)[:, None] - np.minimum(steps, length).astype(np.intp)
    moved = np.take_along_axis(total, np.maximum(source, 0), axis=0)
    return np.where(source >= 0, moved, 0.0)
