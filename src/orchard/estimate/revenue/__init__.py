"""Money earned: the advertising core, companions with advertising, subscriptions.

core           impressions times price, what better ranking adds, revenue per person
companion      advertising in conversations: eligible turns, load, auctions that clear, price, what it costs
subscription   people who pay by the month

All in USD, on arrays that broadcast; growth and shares are 0 to 1, never percent.
"""

from orchard.estimate.revenue.companion import (
    Auctions,
    Earned,
    auctions,
    break_even_load,
    decayed_usd,
    earned,
    per_thousand_usd,
    retained_share,
)
from orchard.estimate.revenue.impressions import (
    growth_of,
    lifted_growth,
    per_person_usd,
)
from orchard.estimate.revenue.subscription import subscription_usd

__all__ = [
    "Auctions",
    "Earned",
    "auctions",
    "break_even_load",
    "decayed_usd",
    "earned",
    "growth_of",
    "lifted_growth",
    "per_person_usd",
    "per_thousand_usd",
    "retained_share",
    "subscription_usd",
]
