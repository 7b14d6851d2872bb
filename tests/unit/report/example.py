"""A made-up result of a plan, as large as a real one, for looking at the report and testing it.

Every number is drawn from a fixed seed or written to look at one case of the drawing.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from random import Random
from typing import Any

KINDS = ("measured", "published", "published", "reported", "estimated", "assumed")
DRIVERS = ("delay of power at Cedar", "delay of chip deliveries", "price of a rack",
           "utilisation in training", "failures of nodes", "construction yield at Birch",
           "growth of advertising", "people who leave",
           "time after pretraining", "price of electricity", "demand for companions", "finance leases",
           "changes of direction", "algorithmic progress")  # fmt: skip

# id, text, statement, target, unit, probability, p10, p50, p90
CLAIMS: list[tuple[str, str, str, str, str, float | None, Any, Any, Any]] = [
    ("capex-2025",
     "Capital expenditure in 2025, finance leases included, is between 70 and 72 billion dollars",
     "capex@2025 in 70..72 G USD", "70..72 G USD", "USD", 0.83, 70.1e9, 71.0e9, 72.2e9),
    ("capex-surprise", "It exceeds what analysts had expected",
     "capex@2025 > 51.3 G USD", "51.3 G USD", "USD", 1.0, 70.1e9, 71.0e9, 72.2e9),
    ("gpus-2025", "1.3 million GPUs are online at the end of 2025",
     "fleet.gpus@2025-12-31 >= 1.3e6", "1.3e6", "chip", 0.47, 1.19e6, 1.294e6, 1.38e6),
    ("power-fits", "The chips installed at the end of 2025 fit the power on site",
     "fleet.it_power@2025-12-31 <= fleet.energised@2025-12-31", "fleet.energised@2025-12-31", "W",
     0.97, 1.9e9, 2.1e9, 2.35e9),
    ("money-fits", "The chips of 2025 fit the money committed",
     "fleet.price@2025 <= 72 G USD", "72 G USD", "USD", 0.994, 41e9, 46.5e9, 53e9),
    ("cedar-starts", "Cedar starts in 2026", "cedar.starts <= 2026-12-31", "2026-12-31", "date",
     0.91, "2026-03-02", "2026-06-22", "2026-12-14"),
    ("cedar-1gw", "Cedar reaches one gigawatt by the end of 2026",
     "cedar.it_power@2026-12-31 >= 1 GW", "1 GW", "W", 0.36, 0.62e9, 0.91e9, 1.14e9),
    ("birch-2gw", "Birch reaches two gigawatts by 2030", "birch.it_power@2030-01-01 >= 2 GW", "2 GW", "W",
     0.71, 1.6e9, 2.3e9, 2.9e9),
    ("birch-5gw", "Birch can grow to five gigawatts", "birch.reaches_5gw <= 2030-12-31", "2030-12-31", "date",
     0.07, "2030-11-02", None, None),
    ("birch-10gw", "Birch passes ten gigawatts within the horizon", "birch.reaches_10gw <= 2030-12-31",
     "2030-12-31", "date", 0.0, None, None, None),
    ("avocado-released", "Avocado is released in the first quarter of 2026",
     "avocado.released <= 2026-03-31", "2026-03-31", "date", 0.28, "2026-03-04", "2026-05-11", "2026-10-19"),
    ("mango-released", "Mango is released in the first half of 2026",
     "mango.released <= 2026-06-30", "2026-06-30", "date", 0.55, "2026-04-20", "2026-06-23", "2026-12-02"),
    ("avocado-compute", "Avocado's compute exceeds that of its predecessor tenfold",
     "avocado.compute_flop >= 4e26 FLOP", "4e26 FLOP", "FLOP", 0.62, 8.1e25, 5.2e26, 3.1e27),
    ("avocado-ahead", "Avocado's forecast capability is ahead of its predecessor by the gate's margin",
     "avocado.lead >= 0.5", "0.5", "1", 0.66, 0.18, 0.74, 1.31),
    ("pooling", "Pooling the teams frees computing time",
     "lab.freed_share@2025-12-31 > 0 %", "0 %", "%", 0.9996, 0.041, 0.094, 0.163),
    ("growth-q3", "Revenue grows by 26 percent in the third quarter of 2025",
     "revenue_growth@2025-Q3 in 25.5..26.5 %", "25.5..26.5 %", "%", 1.0, 0.262, 0.262, 0.262),
    ("stake", "49 percent for 14.3 billion dollars values the labelling firm at 29.2 billion",
     "data.stake.implied_value in 29.1..29.3 G USD", "29.1..29.3 G USD", "USD",
     1.0, 29.18e9, 29.18e9, 29.18e9),
    ("companions", "Companions serve a billion people in glasses on the chips that training leaves",
     "companion.served_people@2028-12-31 >= 1e9 people", "1e9 people", "person", 0.13, 1.9e8, 4.4e8, 1.07e9),
    ("creative", "Creative tools answer within the wanted latency at the busiest hour",
     "creative.latency_s@2027 <= 2 s", "2 s", "s", None, None, None, None),
    ("cash", "Advertising covers the programme's cost: cash stays positive",
     "cash@2025..2030 > 0 USD", "0 USD", "USD", 0.78, -9.5e9, 21.4e9, 58e9),
    ("lead-rivals", "The programme leads its rivals by the end of 2027",
     "avocado.lead_rivals@2027-12-31 > 0", "0", "1", None, None, None, None),
    ("satisfaction", "People who talk to the companion come back the next day",
     "companion.return_share@2027 >= 60 %", "60 %", "%", None, None, None, None),
]  # fmt: skip

UNKNOWN = {
    "creative": "the latency of creative tools under load needs the simulation of queues",
    "lead-rivals": "nothing public says what rivals will train in 2027",
    "satisfaction": "",
}


def example() -> dict[str, Any]:
    """Result with 22 claims, 12 series, 5 runs and 150 facts; always the same."""
    random = Random(7)
    return {
        "orchard": "0.1.0",
        "programme": {"id": "example", "title": "Example Superintelligence Programme", "as_of": "2025-12-31",
                      "start": "2025-01-01", "end": "2030-12-31", "file": "programmes/example.yaml"},
        "digest": "3f9a17c2" * 8,
        "seed": 0,
        "samples": 10000,
        "seconds": 6.1,
        "claims": [_claim(row, random) for row in CLAIMS],
        "series": _series(),
        "runs": _runs(),
        "facts": _facts(random),
        "assumptions": _assumptions(random),
        "choices": 131,
        "sources": _sources(),
        "overrides": [
            {"path": "sites.cedar.pue", "from": "1.15", "to": "1.09", "why": "as measured in March"}],
        "unknown": [],
    }  # fmt: skip


def _claim(row: tuple[Any, ...], random: Random) -> dict[str, Any]:
    name, text, statement, target, unit, probability, p10, p50, p90 = row
    doubtful = probability is not None and probability < 0.8
    shares = sorted((random.random() ** 2 for _ in range(4)), reverse=True)
    binding = random.choice((
        "power at Cedar arrives later than the chips", "deliveries of the newest chips in the last quarter",
        "time between pretraining and release", "chips left over by training"))  # fmt: skip
    remedy = random.choice((
        "two more halls at Birch by July 2026, 1.8 G USD", "start 41 days earlier",
        "none within 30 % more money",
        "12 % more chips in every delivery of 2026, 4.1 G USD"))  # fmt: skip
    return {
        "id": name, "text": text, "statement": statement, "probability": probability,
        "p10": p10, "p50": p50, "p90": p90, "unit": unit, "target": target,
        "binding": binding if probability is not None and probability < 0.999 else "",
        "remedy": remedy if doubtful else "",
        "unknown": UNKNOWN.get(name, ""),
        "facts": [f"example.fact-{random.randrange(150):03d}" for _ in range(random.randrange(3, 12))],
        "drivers": [{"name": cause, "share": share / (sum(shares) * 1.15)}
                    for cause, share in zip(random.sample(DRIVERS, 4), shares, strict=True)]
        if probability is not None and p10 != p90 else [],
        "report": [random.randrange(1, 20)],
    }  # fmt: skip


def _weeks() -> list[str]:
    first = date(2025, 1, 6)
    return [(first + timedelta(weeks=index)).isoformat() for index in range(312)]


def _ramp(low: float, high: float, middle: float, width: float) -> list[float]:
    return [low + (high - low) / (1 + math.exp(-(index / 312 - middle) / width)) for index in range(312)]


def _one(name: str, title: str, unit: str, group: str, median: list[float], note: str = "") -> dict[str, Any]:
    spread = [0.02 + 0.26 * (index / 312) ** 1.2 for index in range(312)]
    size = max(abs(value) for value in median)
    pairs = list(zip(median, spread, strict=True))
    below = [value - share * (0.5 * abs(value) + 0.2 * size) for value, share in pairs]
    above = [value + share * (0.6 * abs(value) + 0.2 * size) for value, share in pairs]
    if unit != "USD":
        below = [max(0.0, value) for value in below]
    days = _weeks()
    points = dict(zip(days, zip(below, median, above, strict=True), strict=True))
    years = {day[:4]: list(point) for day, point in points.items()}  # the last day of each year stays
    return {"id": name, "title": title, "unit": unit, "group": group, "dates": days,
            "p10": below, "p50": median, "p90": above, "note": note, "years": years}  # fmt: skip


def _series() -> list[dict[str, Any]]:
    quarter = [1 + 0.12 * math.sin(index / 52 * 2 * math.pi - 1) for index in range(312)]
    revenue = [42e9 * 1.14 ** (index / 52) * q for index, q in enumerate(quarter)]
    late = [0.0] * 70 + _ramp(0.0, 1.1e9, 0.6, 0.1)[70:]
    return [
        _one("fleet.gpus", "Chips online", "chip", "chips", _ramp(4e5, 5.2e6, 0.42, 0.14)),
        _one("training.gpus", "Chips that train", "chip", "chips", _ramp(1.5e5, 2.6e6, 0.45, 0.14)),
        _one("serving.gpus", "Chips that serve", "chip", "chips", _ramp(1e5, 1.9e6, 0.55, 0.15)),
        _one("fleet.energised", "Energised IT power", "W", "power", _ramp(0.6e9, 8.2e9, 0.45, 0.13)),
        _one("fleet.drawn", "Drawn", "W", "power", _ramp(0.5e9, 6.4e9, 0.47, 0.13)),
        _one("cedar.it_power", "IT power at Cedar", "W", "power", _ramp(0.0, 1.02e9, 0.25, 0.05)),
        _one("birch.it_power", "IT power at Birch", "W", "power", _ramp(0.0, 3.4e9, 0.62, 0.1)),
        _one("capex", "Capital expenditure", "USD", "money", _ramp(12e9, 34e9, 0.3, 0.12), "per quarter"),
        _one("revenue", "Revenue", "USD", "money", revenue, "per quarter"),
        _one("cash", "Cash", "USD", "money", [60e9 - 55e9 * math.sin(index / 190) for index in range(312)]),
        _one("companion.people", "People served by companions each day", "person", "serving", late),
        {"id": "avocado.lead", "title": "Lead of Avocado", "unit": "1", "group": "models", "dates": [],
         "p10": [], "p50": [], "p90": [], "years": {}, "note": "orders of magnitude of effective compute"},
    ]  # fmt: skip


def _runs() -> list[dict[str, Any]]:
    def days(text: str) -> list[str | None]:
        return [None if day == "-" else day for day in text.split()]

    def bar(stage: str, start: str, end: str) -> dict[str, Any]:
        return {"stage": stage, "start": days(start), "end": days(end)}

    def mile(name: str, text: str) -> dict[str, Any]:
        return {"name": name, "date": days(text)}

    known = "2025-01-06 2025-01-06 2025-01-06"
    return [
        {"model": "llama-4", "title": "Llama 4", "site": "Existing fleet", "team": "research", "bars": [
            bar("pretraining", known, "2025-02-20 2025-02-27 2025-03-03"),
            bar("post-training", "2025-02-20 2025-02-27 2025-03-03", "2025-04-05 2025-04-05 2025-04-05")],
         "milestones": [mile("release", "2025-04-05 2025-04-05 2025-04-05")]},
        {"model": "avocado", "title": "Avocado", "site": "Cedar", "team": "superintelligence", "bars": [
            bar("pretraining", "2025-09-01 2025-09-15 2025-10-06", "2025-12-20 2026-01-20 2026-03-16"),
            bar("post-training", "2025-12-20 2026-01-20 2026-03-16", "2026-02-16 2026-04-06 2026-07-27"),
            bar("evaluation", "2026-02-16 2026-04-06 2026-07-27", "2026-03-04 2026-05-11 2026-10-19")],
         "milestones": [mile("pretrained", "2025-12-20 2026-01-20 2026-03-16"),
                        mile("release", "2026-03-04 2026-05-11 2026-10-19")]},
        {"model": "mango", "title": "Mango", "site": "Existing fleet", "team": "media", "bars": [
            bar("pretraining", "2025-10-06 2025-10-20 2025-11-17", "2026-02-02 2026-03-09 2026-06-01"),
            bar("post-training", "2026-02-02 2026-03-09 2026-06-01", "2026-04-20 2026-06-23 2026-12-02")],
         "milestones": [mile("release", "2026-04-20 2026-06-23 2026-12-02")]},
        {"model": "guava", "title": "Guava", "site": "Birch", "team": "superintelligence", "bars": [
            bar("pretraining", "2027-02-01 2027-05-03 2028-01-10", "2027-07-12 2027-12-06 2029-03-05"),
            bar("post-training", "2027-07-12 2027-12-06 2029-03-05", "2027-11-15 2028-04-24 2029-11-05")],
         "milestones": [mile("release", "2027-11-15 2028-04-24 2029-11-05")]},
        {"model": "papaya", "title": "Papaya", "site": "Birch", "team": "world models", "bars": [
            bar("pretraining", "2029-03-05 2030-02-04 -", "2029-12-03 - -")],
         "milestones": [mile("release", "2030-06-03 - -")]},
    ]  # fmt: skip


def _sources() -> list[dict[str, Any]]:
    titles = ("Results of the third quarter, press release", "Data sheet of an accelerator", "Utility filing",
              "Report on data centres", "Technical report of a language model",
              "Survey of rack prices")  # fmt: skip
    return [
        {"id": f"source-{index:02d}", "title": f"{titles[index % 6]} {index + 1}",
         "publisher": "Example Press", "url": f"https://example.org/documents/{index}?a=1&b=2",
         "date": f"2025-{index % 12 + 1:02d}-15"}
        for index in range(24)
    ]  # fmt: skip


def _facts(random: Random) -> list[dict[str, Any]]:
    units = (("GW", 1.02), ("G USD", 70.9), ("kW/chip", 1.4), ("TFLOP/s", 2250.0), ("k chips", 350.0),
             ("USD/MWh", 61.0), ("%", 38.0), ("1", 1.09), ("date", 0.0), ("GB", 192.0),
             ("d", 90.0))  # fmt: skip
    facts = []
    for index in range(150):
        unit, size = units[index % len(units)]
        value: Any = round(size * random.uniform(0.5, 1.6), 3)
        low, high = (round(value * 0.85, 3), round(value * 1.2, 3)) if index % 3 else (None, None)
        if unit == "date":
            value, low, high = "2025-10-29", None, None
        facts.append({
            "id": f"example.fact-{index:03d}", "value": value, "low": low, "high": high, "unit": unit,
            "basis": ("", "dense", "nameplate", "incl-finance-leases")[index % 4],
            "kind": random.choice(KINDS), "source": f"source-{random.randrange(24):02d}",
            "locator": f"table {index % 9 + 1}, page {index % 40 + 1}",
            "as_of": f"2025-{index % 12 + 1:02d}-28", "note": "",
            "used_by": [f"sites.cedar.phases.{n}.power" for n in range(index % 5)]})  # fmt: skip
    facts[4] |= {"source": "source-03; source-09",
                 "note": "2 sources differ; mean of their values, widest range"}  # fmt: skip
    return facts


def _assumptions(random: Random) -> list[dict[str, Any]]:
    why = ("not public; the range covers three past projects of this size", "no figure is published; "
           "half to twice the industry's mean",
           "the author's judgement; people close to it disagree")  # fmt: skip
    return [
        {"path": f"uncertainty.causes.{index}.size", "value": round(random.uniform(0.1, 9), 2),
         "low": 0.05,
         "high": 12.0, "unit": ("1", "d", "G USD", "%")[index % 4], "why": why[index % 3]}
        for index in range(48)
    ]  # fmt: skip
