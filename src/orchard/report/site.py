"""The answer about one site in the terminal, and the sentences that its page shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from orchard import units
from orchard.report.table import block
from orchard.report.values import read_date, show_amount, show_date, show_range, show_value

Entry = Mapping[str, Any]

TECHNOLOGIES = {
    "grid": "grid contract", "engine": "gas engines", "turbine": "gas turbines", "ccgt": "combined cycle",
    "solar": "solar", "wind": "wind", "battery": "battery",
}  # fmt: skip
_STANDBY = 0.005  # share of the energy below which a plant stands by, and its cost a MWh says nothing
_EVERY = 2  # quarters from one row of the table of power to the next


def describe_site(answer: Entry) -> Iterator[str]:
    """Lines that say what :func:`orchard.plan.sites.site` found."""
    place = answer["site"]
    where = f", {place['place']}" if place["place"] else ""
    yield f"{place['title']}{where}, on {show_date(read_date(answer['date']))}: {verdict(answer)}"
    yield from block("power at the ends of quarters", list(ramp_rows(answer, _EVERY)), left=(0,))
    yield from block("first power by phase", list(phase_rows(answer)), left=(0,))
    if answer["chips"]:
        yield from block("chips installed", list(chip_rows(answer)), left=(0,))
    yield from block("load", [list(pair) for pair in load_rows(answer)], left=(0, 1))
    supply = answer["supply"]
    if not supply["feasible"]:
        yield "\nwhat would have to give"
        yield from (f"  {sentence}" for sentence in relaxed(answer))
        return
    yield from block("energy of a year at least cost", list(mix_rows(answer)), left=(0, 1))
    yield from block("at other loads", list(load_cost_rows(answer)), left=(0,))
    yield "\nwhat binds"
    yield from (f"  {sentence}" for sentence in bound(answer))


def verdict(answer: Entry) -> str:
    """What it comes to, in one sentence."""
    supply, load = answer["supply"], answer["load"]
    power = show_value(load["facility_mean_w"], "W")
    if not supply["feasible"]:
        return f"nothing that is stated can supply the {power} that it draws on average"
    cost = show_amount(supply["cost_usd_per_j"], "USD/J")
    carbon = per_mwh(supply["carbon_kg_per_j"])
    return (
        f"{power} on average at {cost}, {show_value(supply['cost_usd'], 'USD')} a year, "
        f"with {tonnes(supply['carbon_kg'])} of CO2 ({carbon})"
    )


def ramp_rows(answer: Entry, every: int = 1) -> Iterator[list[str]]:
    """Facility and IT power at the ends of quarters: those that bring something new, and the last."""
    ramp = answer["ramp"]
    yield ["quarter", "facility", "80 %", "IT", "80 %"]
    shown: list[str] = []
    last = len(ramp["quarters"]) - 1
    for place, quarter in enumerate(ramp["quarters"]):
        if not ramp["facility_w"]["p90"][place] or (last - place) % every:
            continue
        row = []
        for name in ("facility_w", "it_w"):
            low, middle, high = (ramp[name][key][place] for key in ("p10", "p50", "p90"))
            row += [show_value(middle, "W"), show_range(low, high, "W")]
        if row != shown or place == last:
            yield [quarter, *row]
        shown = row


def phase_rows(answer: Entry) -> Iterator[list[str]]:
    """First power of every phase."""
    yield ["phase", "adds", "p10", "median", "p90"]
    for one in answer["phases"]:
        days = [show_date(read_date(one[key])) for key in ("p10", "p50", "p90")]
        name = one["phase"] + (f" ({one['build']})" if one["build"] else "")
        yield [name, show_value(one["adds_w"], "W"), *days]


def chip_rows(answer: Entry) -> Iterator[list[str]]:
    """Chips installed on the day, and their power at the end of the horizon."""
    yield ["chip", "installed", "80 %", "IT power at the horizon"]
    for one in answer["chips"]:
        count = one["count"]
        yield [one["title"], show_value(count["p50"], "chip"),
               show_range(count["p10"], count["p90"], "chip"), show_value(one["it_w"][-1], "W")]  # fmt: skip


def load_rows(answer: Entry) -> Iterator[tuple[str, str]]:
    """What the site draws."""
    load = answer["load"]
    drawn, rated = load["it_drawn_w"], load["it_rated_w"]
    yield "IT power drawn on average", _three(drawn, "W")
    yield "chips at their rating", _three(rated, "W")
    yield "facility power energised", _three(load["energised_w"], "W")
    yield (
        "facility power, mean and peak hour",
        (f"{show_value(load['facility_mean_w'], 'W')}, {show_value(load['facility_peak_w'], 'W')}"),
    )
    model = load["pue_modelled"]
    told = f", {model:.3f} by weather and cooling alone" if model else ""
    yield "PUE, mean and peak hour", f"{load['pue_mean']:.3f}, {load['pue_peak']:.3f}{told}"
    yield "weather", load["weather"] or "not stated: the same PUE in every hour"
    if load["weather_repaired"]:
        yield "its gaps", "; ".join(load["weather_repaired"])
    if load["water_kg"] is not None:
        litres = load["water_kg"] / units.factor("t")
        yield "water of a year", f"{litres:,.0f} m³".replace(",", "\u202f")


def mix_rows(answer: Entry) -> Iterator[list[str]]:
    """What supplies it, each with its capacity, energy, cost and carbon of a year."""
    supply = answer["supply"]
    yield ["supply", "what", "capacity", "energy", "share", "cost a year", "a MWh", "CO2"]
    for part in supply["parts"]:
        if not part["capacity_w"]:
            continue
        made, share = part["energy_j"], part["energy_j"] / supply["served_j"]
        each = show_amount(part["cost_usd"] / made, "USD/J") if share > _STANDBY else "–"
        yield [part["name"], TECHNOLOGIES[part["technology"]], show_value(part["capacity_w"], "W"),
               watt_hours(made), _percent(share), show_value(part["cost_usd"], "USD"), each,
               tonnes(part["carbon_kg"])]  # fmt: skip
    for what in ("paused", "unserved"):
        gone, cost = supply[f"{what}_j"], supply[f"{what}_usd"]
        if gone > 1.0:
            yield [what, "compute lost", "", watt_hours(gone), _percent(gone / supply["served_j"]),
                   show_value(cost, "USD"), show_amount(cost / gone, "USD/J"), ""]  # fmt: skip
    yield ["all", "", "", watt_hours(supply["served_j"]), "", show_value(supply["cost_usd"], "USD"),
           show_amount(supply["cost_usd_per_j"], "USD/J"), tonnes(supply["carbon_kg"])]  # fmt: skip


def load_cost_rows(answer: Entry) -> Iterator[list[str]]:
    """Cost at a low, a middle and a high load."""
    yield ["load", "IT power drawn", "a MWh", "CO2 a year"]
    for name, one in answer["loads"].items():
        cost = one["cost_usd_per_j"]
        told = ("nothing can", "") if cost is None else (show_amount(cost, "USD/J"), tonnes(one["carbon_kg"]))
        yield [name, show_value(one["it_drawn_w"], "W"), *told]


def bound(answer: Entry) -> list[str]:
    """What binds, a sentence each."""
    found = [_bound(one) for one in answer["supply"]["bindings"]]
    return found or ["nothing: prices decide, no limit does"]


def _bound(one: Entry) -> str:
    saved = one["saves_usd"]
    if one["kind"] == "capacity":
        return (
            f"{one['name']} is at its most, {show_value(one['limit'], 'W')}: "
            f"one MW more would save {_usd(saved * units.factor('MW'))} a year"
        )
    if one["kind"] == "firm":
        return (
            f"{show_value(one['limit'], 'W')} of firm capacity are asked for: "
            f"one MW less would save {_usd(saved * units.factor('MW'))} a year"
        )
    if one["kind"] == "carbon":
        more = _usd(saved * units.factor("t"))
        return f"CO2 is at its limit, {tonnes(one['limit'])}: one tonne more would save {more}"
    if one["kind"] == "paused":
        hours = one["limit"] / units.factor("h")
        return (
            f"pauses are at their limit, {hours:.0f} h a year: "
            f"one hour more would save {_usd(saved * units.factor('h'))}"
        )
    return (
        f"unserved energy is at its limit, {watt_hours(one['limit'])}: "
        f"one MWh more would save {_usd(saved * units.factor('MWh'))}"
    )


def relaxed(answer: Entry) -> list[str]:
    """What would have to give, a sentence each."""
    found = answer["supply"]["relaxations"]
    together = [one for one in found if not one["alone"]]
    lines = [f"{_relaxed(one)}: that alone would do" for one in found if one["alone"]]
    if together:
        lines.insert(0, " and ".join(map(_relaxed, together)) + ": that together would do")
    return lines or ["no limit that is stated would do, each alone or all together"]


def _relaxed(one: Entry) -> str:
    needed, limit = one["needed"], one["limit"]
    if one["kind"] == "capacity":
        return f"{one['name']} of {show_value(needed, 'W')}, not {show_value(limit, 'W')}"
    if one["kind"] == "firm":
        return f"firm capacity of {show_value(needed, 'W')}, not {show_value(limit, 'W')}"
    if one["kind"] == "carbon":
        return f"{tonnes(needed)} of CO2 a year, not {tonnes(limit)}"
    return f"{watt_hours(needed)} a year unserved, not {watt_hours(limit)}"


def watt_hours(joules: float) -> str:
    """Energy as bills have it.

    >>> watt_hours(3.6e16), watt_hours(0.0)
    ('10 TWh', '0 Wh')
    """
    return units.show(joules / units.factor("Wh"), "Wh")


def tonnes(kilograms: float) -> str:
    """A mass of CO2.

    >>> tonnes(3.32e9), tonnes(2e6), tonnes(67.6), tonnes(0.0)
    ('3.32 Mt', '2 kt', '67.6 kg', '0 t')
    """
    if 0 < kilograms < units.factor("t"):
        return units.show(kilograms, "kg")
    return units.show(kilograms / units.factor("t"), "t")


def per_mwh(kg_per_j: float) -> str:
    """CO2 of a megawatt-hour.

    >>> per_mwh(1e-7)
    '360 kg/MWh'
    """
    return f"{units.show(kg_per_j * units.factor('MWh'), '1')} kg/MWh"


def _usd(amount: float) -> str:
    return show_value(amount, "USD")


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %"


def _three(values: Entry, unit: str) -> str:
    middle, span = show_value(values["p50"], unit), show_range(values["p10"], values["p90"], unit)
    return middle if span == middle else f"{middle} ({span})"
