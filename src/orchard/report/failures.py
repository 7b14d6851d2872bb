"""A simulated fleet in the terminal, and the sentences and tables that its page shares."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchard import units
from orchard.report.values import read_date, show_date, show_value

Entry = Mapping[str, Any]

_SHOWN_JOBS = 12
CLASSES = {
    "gpu": "chip", "hbm": "memory of a chip", "link": "link or switch", "nic": "network card",
    "host": "host", "power": "power supply", "software": "software", "sdc": "silent corruption",
    "hang": "hang", "user": "users", "rack": "rack", "cooling": "cooling of a row",
    "outage": "power domain", "straggler": "slow node", "maintenance": "planned maintenance",
}  # fmt: skip
PARTS = {
    "useful": "work that lasts", "lost": "lost work", "checkpoint": "checkpoints",
    "restart": "detection and restart", "waiting": "waiting for nodes",
}  # fmt: skip
ACTIVITIES = {
    "training": "training", "restart": "stopped for a restart", "spare": "spare", "serving": "serving",
    "repair": "in repair", "idle": "idle",
}  # fmt: skip


def describe_simulation(answer: Entry) -> Iterator[str]:
    """Lines that say what came of a simulated fleet."""
    yield verdict(answer)
    yield "  " + basis(answer)
    for finding in answer["findings"]:
        yield f"  {finding['place']}: {finding['found']}; {finding['wanted']}"
    for name, used in answer.get("as_stated", {}).items():
        yield f"  {name}: as stated; what was measured of {used} counts in plans alone"
    yield from _block("failures by class", list(class_rows(answer)), left=(0, 1))
    yield from _block("the time of chips that jobs hold", list(part_rows(answer)))
    yield from _block("chips on average", list(chip_rows(answer)))
    yield from _block("power", list(site_rows(answer)))
    yield from _block(
        f"largest jobs, of {answer['jobs']:,}", list(job_rows(answer, _SHOWN_JOBS)), left=(0, 1)
    )
    if "spread" in answer:
        title = f"{answer['spread']['seeds']:,} seeds"
        yield from _block(title, list(spread_rows(answer)))


def verdict(answer: Entry) -> str:
    """What it comes to, in one sentence."""
    share = answer["goodput"]
    kept = (
        "no job held a chip" if share is None else f"{percent(share)} of the time of training chips was work"
    )
    return (
        f"{_count(answer['gpus'], 'chip')} from {show_date(read_date(answer['date']))} on, {length(answer)}: "
        f"{_count(answer['failures'], 'failure')}, {_count(answer['jobs'], 'job')}, {kept}"
    )


def basis(answer: Entry) -> str:
    """What the fleet and its rates are taken from."""
    scaled = ", scaled" if answer["scaled"] else ""
    fleet = f"fleet as delivered by the file{scaled}, without limits of power and money"
    if answer["rates"] is None:
        return f"{fleet}; failures of the trace"
    if answer["rates"] == "median":
        return f"{fleet}; failures at median rates"
    factor = next(one["rate_over_median"] for one in answer["by_class"] if one["class"] == "gpu")
    drawn = f"those of nodes {factor:.2f} times the median with seed {answer['seed']:,}"
    return f"{fleet}; rates of failures drawn: {drawn}"


def length(answer: Entry) -> str:
    """How long the simulation is, in days.

    >>> length({"seconds": 86400.0}), length({"seconds": 5400.0})
    ('1 day', '0.0625 days')
    """
    days = f"{answer['seconds'] / units.factor('d'):,.4g}"
    return f"{days} day{'' if days == '1' else 's'}"


def _count(number: int, name: str) -> str:
    return f"{number:,} {name}{'' if number == 1 else 's'}"


def percent(share: float | None) -> str:
    """A share with one digit after the point.

    >>> percent(0.8854), percent(None)
    ('88.5 %', '–')
    """
    return "–" if share is None else f"{share * 100:.1f} %"


def class_rows(answer: Entry) -> Iterator[list[str]]:
    """Failures by class, the most frequent first."""
    yield [
        "class",
        "what it stops",
        "failures",
        "a day",
        "jobs stopped",
        "chip-days lost",
        "repair",
        "detection",
    ]
    days = answer["seconds"] / units.factor("d")
    for one in sorted(answer["by_class"], key=lambda one: -one["failures"]):
        if one["failures"]:
            yield [
                CLASSES.get(one["class"], one["class"]),
                {"gpu": "node", "domain": "power domain"}.get(one["reach"], one["reach"]),
                f"{one['failures']:,}",
                f"{one['failures'] / days:,.3g}",
                f"{one['stopped_jobs']:,}",
                f"{one['lost_chip_s'] / units.factor('d'):,.0f}",
                duration(one["repair_s"] if one["reach"] != "job" else None),
                duration(one["detect_s"]),
            ]


def duration(seconds: float | None) -> str:
    """A mean time; a dash where there is none.

    >>> duration(90.0), duration(0.0), duration(None)
    ('90 s', '–', '–')
    """
    return show_value(seconds, "s") if seconds else "–"


def part_rows(answer: Entry) -> Iterator[list[str]]:
    """What became of the time of the chips that jobs held."""
    yield ["", "share"]
    for name, words in PARTS.items():
        yield [words, f"{answer['shares'][name] * 100:.2f} %"]


def chip_rows(answer: Entry) -> Iterator[list[str]]:
    """Chips by what they do, on average."""
    yield ["", "chips", "share"]
    total = sum(answer["chips"].values())
    for name, words in ACTIVITIES.items():
        count = answer["chips"][name]
        yield [words, f"{count:,.0f}", percent(count / total)]


def site_rows(answer: Entry) -> Iterator[list[str]]:
    """Facility power by site: mean, lowest and highest hour, energy."""
    yield ["site", "chips", "mean", "lowest hour", "highest hour", "energy"]
    everything = {
        "site": "all", "chips": answer["gpus"], "energy_j": answer["energy_j"], "power_w": answer["power_w"],
    }  # fmt: skip
    for one in [*answer["by_site"], everything]:
        power = one["power_w"]
        yield [
            one["site"],
            f"{one['chips']:,}",
            show_value(one["energy_j"] / answer["seconds"], "W"),
            show_value(min(power), "W"),
            show_value(max(power), "W"),
            _energy(one["energy_j"]),
        ]


def job_rows(answer: Entry, most: int) -> Iterator[list[str]]:
    """The largest jobs."""
    yield ["job", "where", "chips", "stops", "goodput", "interval", "ran from", "state"]
    day = units.factor("d")
    for one in sorted(answer["by_job"], key=lambda one: (-one["chips"], one["name"]))[:most]:
        yield [
            one["name"],
            one["pool"],
            f"{one['chips']:,}",
            f"{one['stops']:,}",
            percent(one["goodput"]),
            show_value(one["interval_s"], "s"),
            "–" if one["begun_s"] is None else f"day {one['begun_s'] / day:,.1f}",
            one["state"],
        ]


def spread_rows(answer: Entry) -> Iterator[list[str]]:
    """What many seeds gave."""
    found = answer["spread"]
    yield ["", "p10", "p50", "p90"]
    for name, words in (
        ("failures", "failures"),
        ("jobs", "jobs"),
        ("goodput", "goodput"),
        ("energy_j", "energy"),
    ):
        if found[name] is None:
            continue
        shown = {
            "goodput": [f"{value * 100:.2f} %" for value in found[name]],
            "energy_j": [_energy(value) for value in found[name]],
        }
        yield [words, *shown.get(name, [f"{value:,.0f}" for value in found[name]])]
    for name, values in found["stops"].items():
        yield [f"stops of {name}", *(f"{value:,.0f}" for value in values)]


def _block(title: str, rows: Sequence[Sequence[str]], left: Sequence[int] = (0,)) -> Iterator[str]:
    """A table under its title."""
    yield ""
    yield title
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [
            cell.ljust(width) if column in left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield ("  " + "  ".join(cells)).rstrip()


def _energy(joules: float) -> str:
    return show_value(joules / units.factor("Wh"), "Wh")
