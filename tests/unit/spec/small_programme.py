"""A small programme that is right, and a small catalogue, for tests that spoil them."""

from __future__ import annotations

from datetime import date

from orchard.catalogue import Catalogue, Fact, Source
from orchard.catalogue.chip import Entry
from orchard.catalogue.models import ModelRow, Value

PROGRAMME = """\
programme: small-lab
title: A small lab
as_of: 2025-12-31
horizon: {start: 2025-01-01, end: 2026-12-31}
causes:
  grid: {text: the grid is late, correlation: 50 %}
sites:
  ohio:
    title: Ohio
    facility_ratio: 1.3
    pue: 1.2
    construction: 10 USD/W
    electricity: 60 USD/MWh
    ultimate: 1 GW
    ramp:
      first:
        date: 2025-06-30
        adds: 200 MW
        delay: {assumed: 30 d, low: 0 d, high: 90 d, why: transformers were late before, cause: grid}
deliveries:
  gpus:
    chip: h100
    site: ohio
    count: 50 k chips
    start: 2025-03-01
    end: 2025-09-30
    price: 30 k USD/chip
lab:
  founded: 2025-06-30
  share: 80 %
  correlation: 30 %
  teams:
    core: {quota: 60 %, demand: 50 %, variation: 0.4}
    vision: {quota: 40 %, demand: 30 %, variation: 0.5}
models:
  elder:
    released: 2025-04-05
    compute: 5e24 FLOP
  apple:
    title: Apple
    team: core
    site: ohio
    chips: 20 k chips
    start: 2025-10-01
    architecture:
      kind: language
      layers: 32
      hidden: 4096
      heads: 32
      kv_heads: 8
      ffn: 14336
      vocabulary: 128256
    tokens: 15 T tokens
    recipe: {precision: bf16, sequence: 8192 tokens, utilisation: {fact: mfu.h100}}
    reliability: {node_failures: 0.01 failure/node/d, checkpoint: 30 s, restart: 10 min}
    milestones:
      tuning: {takes: 60 d}
      testing: {takes: 30 d}
    gate: {predecessor: elder, lead: 0.5, execution: 0.1, halving: 9 mo}
people:
  departure:
    date: 2025-11-11
    kind: departure
    moves: [apple]
    delay: 10 d
products:
  companion:
    kind: companion
    model: apple
    adoption:
      start: {date: 2026-01-01, users: 10 M people}
    capacity: {chip: H100 SXM, tokens: 500 token/s/chip, derating: 50 %}
finances:
  budget: {"2025": 5 G USD, "2026": 6 G USD}
  server_share: 60 %
  revenue:
    growth: {"2026": 15 %}
    family_share: 98 %
    people_growth: 5 %
  cash: 40 G USD
  cash_date: 2025-09-30
  cash_margin: 50 %
  life: 5.5 y
claims:
  chips: {text: Fifty thousand chips are online, test: "fleet.gpus@2025-12-31 >= 50 k chips"}
"""


_SHAPE: dict[str, Value] = {
    "layers": 16, "hidden": 2048, "heads": 16, "kv_heads": 8, "ffn": 8192, "vocabulary": 32000,
}  # fmt: skip
MODELS = (
    ModelRow("pear-1b", "language", _SHAPE, "sheet", aliases=("Pear 1B",)),
    ModelRow("fig-9b", "language", {}, "sheet", supported=False, reason="its shape is not public"),
)


def catalogue() -> Catalogue:
    """H100 with power and date, one utilisation, two conflicts, one fact from the future, two models."""
    sources = {name: Source(name, name, "", "https://example.org", "2025") for name in ("sheet", "press")}
    past, later = date(2025, 6, 30), date(2026, 3, 1)

    def fact(name: str, value: float, unit: str, day: date = past, source: str = "sheet") -> Fact:
        return Fact(name, value, value, value, unit, "", "published", source, "", day)

    shipped = Fact(
        "chip.h100.available", float("nan"), float("nan"), float("nan"), "date", "", "published", "sheet", "",
        past, date=date(2022, 10, 1), date_low=date(2022, 10, 1), date_high=date(2022, 10, 1),
    )  # fmt: skip
    rows = [
        fact("chip.h100.bf16", 989e12, "FLOP/s"), fact("chip.h100.it_power", 1300.0, "W/chip"), shipped,
        fact("chip.b300.bf16", 2.2e15, "FLOP/s"), fact("chip.b300.bf16", 2.5e15, "FLOP/s", source="press"),
        fact("mfu.h100", 0.4, "1"), fact("mfu.future", 0.6, "1", later), fact("mfu.wild", 40.0, "1"),
        fact("power.ohio", 1e9, "W"), fact("power.torn", 1e9, "W"),
        fact("power.torn", 2e9, "W", source="press"),
    ]  # fmt: skip
    names = {"h100": "h100", "h100 sxm": "h100", "b300": "b300"}
    chips = {name: Entry(name, name, "", "", "") for name in ("h100", "b300")}
    known = Catalogue(rows, sources, names, chips, {})
    known.__dict__["models"] = {row.id: row for row in MODELS}  # in place of the packaged ones
    return known
