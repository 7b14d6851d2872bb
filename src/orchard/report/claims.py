"""What the page says of each claim, and the paragraph that sums all of them up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from orchard.report.values import percent

Claim = Mapping[str, Any]

LIKELY_SHARE = 0.8
UNLIKELY_SHARE = 0.2
CLASSES = ("likely", "open", "unlikely", "unknown")
_NUMERALS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
             "eleven", "twelve")  # fmt: skip


class Driver(NamedTuple):
    """A cause and its mean share of the spread of all answered claims."""

    name: str
    share: float
    claims: list[tuple[str, str, float]]  # id, text, share; the largest first


def classify(claim: Claim) -> str:
    """``likely`` from 80 %, ``unlikely`` up to 20 %, ``open`` between, ``unknown`` without a number.

    >>> [classify({"probability": p}) for p in (0.8, 0.5, 0.2, None)]
    ['likely', 'open', 'unlikely', 'unknown']
    """
    share = claim.get("probability")
    if share is None:
        return "unknown"
    if share >= LIKELY_SHARE:
        return "likely"
    return "unlikely" if share <= UNLIKELY_SHARE else "open"


def count_classes(claims: Sequence[Claim]) -> dict[str, int]:
    """How many claims are likely, open, unlikely, unknown."""
    counts = dict.fromkeys(CLASSES, 0)
    for claim in claims:
        counts[classify(claim)] += 1
    return counts


def verdict(claims: Sequence[Claim]) -> list[tuple[str, str]]:
    """Sum the claims up: pieces of text, each with the class that colours it ("" for none).

    >>> "".join(text for text, _ in verdict([{"probability": 0.9, "text": "A"}]))
    'The one claim of this programme is likely to hold.'
    """
    counts = count_classes(claims)
    present = [name for name in CLASSES if counts[name]]
    if not present:
        return [("The programme makes no claims.", "")]
    if len(claims) == 1:
        words = {"likely": "likely to hold", "open": "open", "unlikely": "unlikely to hold"}
        only = present[0]
        return [("The one claim of this programme is ", ""),
                (words.get(only, "not answerable yet"), only), (".", "")]  # fmt: skip
    pieces = [(f"Of {len(claims)} claims, ", "")]
    for index, name in enumerate(present):
        if index:
            pieces.append((" and " if index == len(present) - 1 else ", ", ""))
        pieces.append((_phrase(name, counts[name]), name))
    return [*pieces, (".", "")]


def _phrase(name: str, count: int) -> str:
    number = _NUMERALS[count] if count < len(_NUMERALS) else str(count)
    verb = "is" if count == 1 else "are"
    rest = {
        "likely": f"{verb} likely to hold",
        "open": f"{verb} open",
        "unlikely": f"{verb} unlikely",
        "unknown": "cannot be answered yet",
    }
    return f"{number} {rest[name]}"


def extremes(claims: Sequence[Claim]) -> list[tuple[str, Claim, str]]:
    """Pick the safest, the most doubtful and the least likely claim: label, claim, percentage."""
    known = [claim for claim in claims if claim.get("probability") is not None]
    if len(known) < 3:
        return []
    ranked = sorted(known, key=lambda claim: float(claim["probability"]))
    inner = min(ranked[1:-1], key=lambda claim: abs(float(claim["probability"]) - 0.5))
    safest = max(known, key=lambda claim: float(claim["probability"]))
    picks = (("Safest", safest), ("Closest call", inner), ("Furthest off", ranked[0]))
    return [(label, claim, percent(float(claim["probability"]))) for label, claim in picks]


def aggregate_drivers(claims: Sequence[Claim], most: int = 12) -> list[Driver]:
    """Rank the causes over all answered claims by their mean share of the spread.

    >>> a = {"id": "a", "text": "A", "probability": 0.5, "drivers": [{"name": "delay", "share": 0.6}]}
    >>> b = {"id": "b", "text": "B", "probability": 0.5, "drivers": [{"name": "delay", "share": 0.2}]}
    >>> [(d.name, round(d.share, 3)) for d in aggregate_drivers([a, b])]
    [('delay', 0.4)]
    """
    answered = [claim for claim in claims if claim.get("probability") is not None]
    moved: dict[str, list[tuple[str, str, float]]] = {}
    for claim in answered:
        for driver in claim.get("drivers") or ():
            entry = (str(claim["id"]), str(claim["text"]), float(driver["share"]))
            moved.setdefault(str(driver["name"]), []).append(entry)
    drivers = [
        Driver(name, sum(share for *_, share in rows) / len(answered),
               sorted(rows, key=lambda row: (-row[2], row[0])))
        for name, rows in moved.items()
    ]  # fmt: skip
    return sorted(drivers, key=lambda driver: (-driver.share, driver.name))[:most]
