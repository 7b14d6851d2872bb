"""The smallest truth: one small programme, read, planned and asked, in under two seconds."""

from __future__ import annotations

import pytest

from orchard.catalogue import catalogue
from orchard.plan import CLAIMS, ask, plan
from orchard.spec.load import digest, loads

PROGRAMME = """\
programme: tiny
title: One hall, a thousand chips
as_of: 2025-12-31
horizon: {start: 2026-01-01, end: 2026-12-31}
sites:
  hall:
    facility_ratio: 1.25
    pue: 1.2
    construction: 10 USD/W
    electricity: 60 USD/MWh
    ramp:
      all:
        date: 2026-03-01
        adds: 2.5 MW
        delay: {assumed: 30 d, low: 0 d, high: 90 d, why: transformers came late before}
deliveries:
  first:
    {chip: h100, site: hall, count: 1000 chips, start: 2026-02-01, end: 2026-02-01, it_power: 1.4 kW/chip,
     price: 40 k USD/chip}
lab:
  {founded: 2026-01-01, share: 100 %, correlation: 0 %,
   teams: {all: {quota: 100 %, demand: 50 %, variation: 0.5}}}
finances:
  budget: {"2026": 240 M USD}
  server_share: 50 %
  revenue: {growth: {}, family_share: 100 %, people_growth: 0 %}
  cash: 500 M USD
  cash_date: 2026-01-01
  cash_margin: 0 %
  life: 5 y
claims:
  all-on: {text: All chips run at the end of the year, test: "fleet.gpus@2026-12-31 >= 1000 chips"}
  on-time: {text: The hall has power by the end of March, test: "hall.started <= 2026-03-31"}
  fits: {text: The chips fit the power, test: "fleet.power_need@2026-12-31 <= 2 MW"}
"""


def test_a_small_programme_is_planned() -> None:
    loaded = loads(PROGRAMME, extra_rules=[CLAIMS])
    result = plan(loaded.programme, catalogue(), samples=100, digest=digest(loaded.programme))
    claims = {claim["id"]: claim for claim in result["claims"]}
    assert claims["all-on"]["probability"] == 1.0
    assert claims["fits"]["p50"] == pytest.approx(1.4e6)
    # the middle of the delay is 30 days and the deadline 30 days after the plan: a coin's toss
    assert 0.3 < claims["on-time"]["probability"] < 0.7
    assert claims["on-time"]["p10"] < "2026-03-31" < claims["on-time"]["p90"]


def test_money_buys_chips_one_by_one() -> None:
    """A fourth of the server money, 120 M USD, buys 750 chips of 40 k USD in the first quarter."""
    loaded = loads(PROGRAMME)
    (found,) = ask(loaded.programme, catalogue(), ["fleet.paid@2026-Q1"], samples=100)
    assert found["p10"] == found["p90"] == pytest.approx(750)
