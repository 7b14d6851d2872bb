"""Advertising in conversations: what turns earn, and what that costs.

A turn earns when it may carry an advertisement (``eligible``), carries one (``load``), the auction clears
(``fill``), and then the price of an impression. More impressions than advertisers want lower both the
chance that an auction clears, as there are fewer bidders for each, and the price. Advertisements cost
users (``retained``), credits for invalid traffic, shares of partners, chips, and core revenue where time
moves over from the feeds (``cannibalised``).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

_PER_THOUSAND = 1000.0


class Auctions(NamedTuple):
    """How auctions go: the share that clears, and the price of a thousand impressions."""

    fill: Array
    cpm_usd: Array


class Earned(NamedTuple):
    """What advertising in a product brings in a period, in USD."""

    gross_usd: Array
    invalid_usd: Array
    partners_usd: Array
    serving_usd: Array
    cannibalised_usd: Array

    @property
    def net_usd(self) -> Array:
        """Revenue: gross, less credits for invalid traffic and shares of partners."""
        return self.gross_usd - self.invalid_usd - self.partners_usd

    @property
    def margin_usd(self) -> Array:
        """What is left after serving, and after what the core loses."""
        return self.net_usd - self.serving_usd - self.cannibalised_usd


def auctions(
    fill: ArrayLike, cpm_usd: ArrayLike, offered: ArrayLike, wanted: ArrayLike, elasticity: ArrayLike
) -> Auctions:
    """Fill and price when more impressions are offered than advertisers want.

    With fewer bidders for each auction, ``1 - (1 - fill)^depth`` of them clear, where depth is wanted over
    offered; the price falls as ``depth^elasticity``. Up to what is wanted, both are as stated.

    Parameters
    ----------
    fill, cpm_usd : share that clears, and price, while no more is offered than wanted
    offered, wanted : impressions per day; infinite `wanted` never changes anything
    elasticity : how fast the price falls with depth; 0 not at all

    >>> found = auctions(0.6, 10.0, 200.0, 100.0, 1.0)
    >>> round(float(found.fill), 4), float(found.cpm_usd)
    (0.3675, 5.0)
    """
    ask, bid = np.broadcast_arrays(np.asarray(offered, np.float64), np.asarray(wanted, np.float64))
    depth = np.divide(bid, ask, out=np.ones(ask.shape), where=ask > bid)
    misses = np.log1p(-np.minimum(np.asarray(fill, dtype=np.float64), 1.0 - np.finfo(float).eps))
    clears = -np.expm1(depth * misses)
    return Auctions(clears, np.asarray(cpm_usd) * depth ** np.asarray(elasticity))


def per_thousand_usd(clicks: ArrayLike, price_usd: ArrayLike, actions: ArrayLike = 1.0) -> Array:
    """Revenue of a thousand impressions when clicks are paid for, or actions after them.

    Parameters
    ----------
    clicks : per impression
    price_usd : of a click, or of an action
    actions : per click; 1 where clicks themselves are paid for

    >>> float(per_thousand_usd(0.005, 4.0)), float(per_thousand_usd(0.01, 30.0, 0.05))
    (20.0, 15.0)
    """
    result: Array = (
        _PER_THOUSAND * np.asarray(clicks, np.float64) * np.asarray(actions) * np.asarray(price_usd)
    )
    return result


def decayed_usd(
    start_usd: ArrayLike, floor_usd: ArrayLike, half_life_s: ArrayLike, age_s: ArrayLike
) -> Array:
    """Price of something new as it grows old: half of what is above the floor goes in each half-life.

    An infinite half-life keeps the price. Before it began, the price is that of the start.

    >>> float(decayed_usd(60.0, 20.0, 100.0, 100.0)), float(decayed_usd(60.0, 20.0, np.inf, 100.0))
    (40.0, 60.0)
    """
    age = np.maximum(np.asarray(age_s, dtype=np.float64), 0.0)
    above = np.asarray(start_usd, dtype=np.float64) - np.asarray(floor_usd)
    result: Array = np.asarray(floor_usd) + above * 0.5 ** (age / np.asarray(half_life_s))
    return result


def retained_share(users_lost_per_load: ArrayLike, load: ArrayLike) -> Array:
    """Share of users who stay at an advertising load: ``1 - e x load``, never below none.

    >>> float(retained_share(0.5, 0.04))
    0.98
    """
    lost = np.asarray(users_lost_per_load, dtype=np.float64) * np.asarray(load)
    result: Array = np.maximum(1.0 - lost, 0.0)
    return result


def earned(
    impressions: ArrayLike,
    cpm_usd: ArrayLike,
    invalid: ArrayLike,
    partners: ArrayLike,
    serving_usd: ArrayLike,
    core_lost_usd: ArrayLike,
) -> Earned:
    """What impressions that cleared earn, line by line.

    Parameters
    ----------
    impressions : eligible turns x load x fill
    invalid : share of traffic that is credited back
    partners : share of valid revenue that partners get
    serving_usd : chips and energy for all turns, with and without advertisements
    core_lost_usd : revenue of the core whose time has moved over

    >>> found = earned(1e9, 10.0, 0.1, 0.0, 3e6, 1e6)
    >>> float(found.net_usd), float(found.margin_usd)
    (9000000.0, 5000000.0)
    """
    gross = np.asarray(impressions, dtype=np.float64) * np.asarray(cpm_usd) / _PER_THOUSAND
    credit = gross * np.asarray(invalid)
    shared = (gross - credit) * np.asarray(partners)
    return Earned(gross, credit, shared, np.asarray(serving_usd, float), np.asarray(core_lost_usd, float))


def break_even_load(
    cost_per_turn_usd: ArrayLike, eligible: ArrayLike, fill: ArrayLike, cpm_usd: ArrayLike
) -> Array:
    """Advertisements per eligible turn that pay for serving a turn; infinite where none can.

    >>> round(float(break_even_load(1e-4, 0.6, 0.5, 10.0)), 6)
    0.033333
    """
    earns = np.asarray(eligible, dtype=np.float64) * np.asarray(fill) * np.asarray(cpm_usd) / _PER_THOUSAND
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Array = np.where(earns > 0, np.asarray(cost_per_turn_usd) / earns, np.inf)
    return result
