"""Serving: the demand of users at its peak, the chips that meet it, the users that chips can serve.

Speed per chip is an argument, of output tokens (or images) per second at full load; `utilisation`
is the share of it that keeps latency within target, `spare_share` the part of the fleet held back
for failures. Chips are real numbers here, so that the inverse is exact; whole replicas, prefill,
queueing and latency percentiles come with a later model.

Source: the chain users, turns, tokens, peak over mean; a published peak over mean of provisioned
nodes is 278 / 226.75 (DeepSeek inference report, March 2025).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchard import units

Array = NDArray[np.float64]

_DAY_S = units.factor("d")


def peak_tokens_per_s(
    users: ArrayLike,
    sessions_per_day: ArrayLike,
    turns_per_session: ArrayLike,
    tokens_per_turn: ArrayLike,
    peak_to_mean: ArrayLike,
) -> Array:
    """Output tokens per second asked for at the peak.

    Parameters
    ----------
    users : people who use it on a day
    sessions_per_day, turns_per_session, tokens_per_turn : means per user, per session, per turn
    peak_to_mean : peak demand over the mean of the day, at least 1

    >>> float(peak_tokens_per_s(500e6, 2, 5, 300, 1.5)) / 1e6
    26.041666...
    """
    per_day = np.asarray(sessions_per_day) * np.asarray(turns_per_session) * np.asarray(tokens_per_turn)
    return peak_demand_per_s(users, per_day, peak_to_mean)


def peak_images_per_s(users: ArrayLike, images_per_day: ArrayLike, peak_to_mean: ArrayLike) -> Array:
    """Images (or clips) per second asked for at the peak; `images_per_day` is per user.

    >>> float(peak_images_per_s(86400.0, 2.0, 1.5))
    3.0
    """
    return peak_demand_per_s(users, images_per_day, peak_to_mean)


def peak_demand_per_s(users: ArrayLike, wanted_per_day: ArrayLike, peak_to_mean: ArrayLike) -> Array:
    """Whatever a user wants per day, per second at the peak, of all users.

    >>> float(peak_demand_per_s(86400.0, 10.0, 2.0))
    20.0
    """
    mean = np.asarray(users, dtype=np.float64) * np.asarray(wanted_per_day) / _DAY_S
    result: Array = mean * np.asarray(peak_to_mean)
    return result


def chips_needed(
    demand_per_s: ArrayLike,
    speed_per_s_per_chip: ArrayLike,
    utilisation: ArrayLike,
    spare_share: ArrayLike = 0.0,
) -> Array:
    """Chips that meet a demand: ``demand / (speed x utilisation x (1 - spare))``.

    >>> float(chips_needed(26e6, 2000.0, 0.65, 0.2))
    25000.0
    """
    result: Array = np.asarray(demand_per_s, dtype=np.float64) / _speed(
        speed_per_s_per_chip, utilisation, spare_share
    )
    return result


def demand_served_per_s(
    chips: ArrayLike,
    speed_per_s_per_chip: ArrayLike,
    utilisation: ArrayLike,
    spare_share: ArrayLike = 0.0,
) -> Array:
    """Peak demand that chips can meet: the inverse of `chips_needed`.

    >>> float(demand_served_per_s(25000.0, 2000.0, 0.65, 0.2)) / 1e6
    26.0
    """
    result: Array = np.asarray(chips, dtype=np.float64) * _speed(
        speed_per_s_per_chip, utilisation, spare_share
    )
    return result


def users_served(
    chips: ArrayLike,
    wanted_per_day: ArrayLike,
    peak_to_mean: ArrayLike,
    speed_per_s_per_chip: ArrayLike,
    utilisation: ArrayLike,
    spare_share: ArrayLike = 0.0,
) -> Array:
    """Daily users that chips can serve, each wanting `wanted_per_day` tokens or images.

    >>> need = chips_needed(peak_demand_per_s(1e9, 3000.0, 1.5), 2000.0, 0.65, 0.2)
    >>> round(float(users_served(need, 3000.0, 1.5, 2000.0, 0.65, 0.2)) / 1e9, 9)
    1.0
    """
    served = demand_served_per_s(chips, speed_per_s_per_chip, utilisation, spare_share)
    result: Array = served / peak_demand_per_s(1.0, wanted_per_day, peak_to_mean)
    return result


def _speed(speed_per_s_per_chip: ArrayLike, utilisation: ArrayLike, spare_share: ArrayLike) -> Array:
    full = np.asarray(speed_per_s_per_chip, dtype=np.float64) * np.asarray(utilisation)
    result: Array = full * (1.0 - np.asarray(spare_share))
    return result
