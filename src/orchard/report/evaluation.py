"""How good a model is, in a terminal: figures beside what they are compared with, the gate, samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from orchard.report.table import counted, table

Result = Mapping[str, Any]

_LINE = 100
WORDS = {"passed": "passed", "failed": "FAILED", "undecided": "undecided"}


def describe_evaluation(result: Result) -> Iterator[str]:
    """Lines that say what :func:`orchard.evaluate.answer.answer` found."""
    yield from sentences(result)
    yield from _texts(result["texts"])
    yield from _tasks(result["tasks"])
    yield from _rival(result["rival"])
    yield from _gate(result["gate"])
    yield from _lead(result.get("lead"))
    yield from _missing(result["missing"])
    yield from _samples(result["samples"])


def sentences(result: Result) -> list[str]:
    """The answer in short."""
    said = [f"{result['model']}: {_best(result)}."]
    gate = result["gate"]
    if not gate["verdicts"]:
        said.append("It has no gate.")
    elif gate["word"] == "passed":
        said.append("It passes its gate.")
    elif gate["word"] == "failed":
        said.append("It fails its gate.")
    else:
        said.append("Its gate is undecided.")
    return said


def _best(result: Result) -> str:
    texts = [f"{number(row['value'], row['unit'])} of {row['title']}" for row in result["texts"]]
    ahead = sum(_ahead(row) for row in result["tasks"])
    tasks = f"above chance in {ahead} of {counted(len(result['tasks']), 'task')}" if result["tasks"] else ""
    return ", ".join([*texts, *([tasks] if tasks else [])]) or "nothing could be measured"


def _ahead(row: Result) -> bool:
    """Beyond the 95 % interval: several tasks are looked at, and one in twenty is often there by luck."""
    return row["low_95"] is not None and row["low_95"] > row["chance"]


def _texts(rows: Sequence[Result]) -> Iterator[str]:
    if not rows:
        return
    heads = ("bits per byte", "", "90 %", "xz", "xz primed", "documents")
    cells = [
        [row["title"], number(row["value"]), span(row), number(row["xz"]), number(row["xz_primed"]),
         f"{row['count']:,}"]
        for row in rows
    ]  # fmt: skip
    yield ""
    yield from table("bits per byte, less is better", heads, cells)


def _tasks(rows: Sequence[Result]) -> Iterator[str]:
    if not rows:
        return
    heads = ("", "right", "90 %", "chance", "items", "clusters")
    cells = [
        [row["title"], share(row["value"]), span(row), share(row["chance"]), f"{row['count']:,}",
         f"{row['clusters']:,}"]
        for row in rows
    ]  # fmt: skip
    yield ""
    yield from table("right answers", heads, cells)
    others = [
        [f"{row['of']}: {one['title']}", share(one["value"]), span(one, "share")]
        for row in rows
        for one in row["others"]
    ]
    yield ""
    yield from table("counted in other ways", ("", "", "90 %"), others)


def _rival(rival: Result | None) -> Iterator[str]:
    if rival is None:
        return
    heads = ("", "difference", "90 %", "p", "p of all", "would be seen")
    cells = [
        [row["title"], signed(row["value"], row["unit"]), signed_span(row), chance_of(row["p"]),
         chance_of(row["p_adjusted"]), signed(row["detectable"], row["unit"]).lstrip("+")]
        for row in rival["rows"]
    ]  # fmt: skip
    yield ""
    yield from table(f"less {rival['model']}, on the same items", heads, cells)
    if rival["apart"]:
        yield f"not on the same items: {', '.join(rival['apart'])}"


def _gate(gate: Result) -> Iterator[str]:
    if not gate["verdicts"]:
        return
    heads = ("", "", "margin", "90 %", "")
    cells = [
        [one["condition"], WORDS[one["word"]], number(one["margin"]), span(one), one["why"]]
        for one in gate["verdicts"]
    ]
    yield ""
    yield from table(f"gate: {WORDS[gate['word']]}", heads, cells, left=(0, 1, 4))


def _lead(lead: Result | None) -> Iterator[str]:
    if lead is None:
        return
    yield ""
    if lead["value"] is None:
        yield f"lead in effective compute: unknown ({lead['why']})"
    else:
        found = f"{lead['value']:+.2f} orders of magnitude ({span(lead)})"
        yield f"lead in effective compute: {found}; {lead['why']}"


def _missing(missing: Mapping[str, str]) -> Iterator[str]:
    if missing:
        yield ""
        for name, why in missing.items():
            yield f"{name}: not measured, {why}"


def _samples(samples: Sequence[Result]) -> Iterator[str]:
    if not samples:
        return
    yield ""
    yield "samples"
    for one in samples:
        mark = "right" if one["score"] >= 1 else "wrong"
        yield f"  {one['task']}, {mark}"
        for label in ("asked", "wanted", "said"):
            yield f"    {label:<7}{_short(one[label])}"


def number(value: float | None, unit: str = "") -> str:
    """A figure with three decimals.

    >>> number(1.23456), number(2.0, "bits per byte"), number(None)
    ('1.235', '2.000 bits per byte', '–')
    """
    return "–" if value is None else f"{value:.3f} {unit}".rstrip()


def share(value: float | None) -> str:
    """A share of right answers.

    >>> share(0.2512), share(None)
    ('25.1 %', '–')
    """
    return "–" if value is None else f"{100 * value:.1f} %"


def signed(value: float | None, unit: str) -> str:
    """A difference, in points where it is one of shares.

    >>> signed(-0.0312, "bits per byte"), signed(0.051, "share")
    ('-0.031', '+5.1 points')
    """
    if value is None:
        return "–"
    return f"{100 * value:+.1f} points" if unit == "share" else f"{value:+.3f}"


def span(row: Result, unit: str = "") -> str:
    """The ends of an interval.

    >>> span({"low": 0.2, "high": 0.31, "unit": "share"}), span({"low": None, "high": 1.0})
    ('20.0 – 31.0 %', 'any')
    """
    low, high = row["low"], row["high"]
    if low is None or high is None:
        return "any"
    if (unit or row.get("unit")) == "share":
        return f"{100 * low:.1f} – {100 * high:.1f} %"
    return f"{low:.3f} – {high:.3f}"


def signed_span(row: Result) -> str:
    """The ends of the interval of a difference.

    >>> signed_span({"low": -0.05, "high": 0.02, "unit": "share"})
    '-5.0 – +2.0 points'
    """
    if row["low"] is None or row["high"] is None:
        return "any"
    low, high = (signed(row[end], row["unit"]) for end in ("low", "high"))
    return f"{low.removesuffix(' points')} – {high}"


def chance_of(p_value: float) -> str:
    """A probability of a difference where there is none.

    >>> chance_of(0.0421), chance_of(1e-9)
    ('0.042', '< 0.001')
    """
    return f"{p_value:.3f}" if p_value >= 0.001 else "< 0.001"


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LINE else f"…{flat[-_LINE:]}"
