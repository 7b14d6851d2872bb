"""A programme in which nothing is short, and edits that make one thing short and uncertain.

A million free chips of 1 kW and 1 PFLOP/s stand under 2 GW from the first day on; one run takes 100
days on 10 k of them at 40 %, and 10 days of tuning. Edits scale one amount X around a median: X is
below x with probability Phi(1.2816 ln(x / median) / ln 2) for factors of two on both sides.
"""

from __future__ import annotations

from typing import Any

from .small import DROP, assumed

PROGRAMME: dict[str, Any] = {
    "as_of": "2024-12-31",
    "sites.utah": DROP, "sites.ohio.delay": DROP, "sites.ohio.facility_ratio": 1.0, "claims": {}, "products": {}, "people": {},
    "sites.ohio.ramp": {"all": {"date": "2025-01-01", "adds": "2 GW"}},
    "deliveries": {"slow-2025": {"chip": "slow", "site": "ohio", "count": "1 M chips", "start": "2025-01-01", "end": "2025-01-01"}},
    "lab.share": "100 %", "models.berry": DROP,
    "models.apple": {
        "team": "core", "site": "ohio", "compute": "3.456e25 FLOP", "recipe": {"utilisation": 0.4}, "chips": "10 k chips",
        "start": "2026-02-01", "milestones": {"tuning": {"takes": "10 d"}},
    },
    "finances.reported": {}, "finances.server_share": "100 %", "finances.budget": {"2025": "0 USD", "2026": "2 G USD", "2027": "2 G USD"},
    "levers": {},
}  # fmt: skip
POWER: dict[str, Any] = {"sites.ohio.ramp.all.adds": assumed("100 MW", "50 MW", "200 MW")}
MONEY: dict[str, Any] = {
    "deliveries.slow-2025.price": "20 k USD/chip", "finances.budget.2026": assumed("2 G USD", "1 G USD", "4 G USD"),
}  # fmt: skip
# 2026-02-01 and 110 days is 2026-05-22; late by 24 days in the median
DATE: dict[str, Any] = {"models.apple.start_delay": assumed("24 d", "-16 d", "64 d")}
