"""What a ladder found, in a terminal: its runs, the forecast beside the outcome, and the law to copy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from orchard import units
from orchard.arch import parameters
from orchard.estimate.law import Dial
from orchard.report.table import counted, table

Result = Mapping[str, Any]


def describe_ladder(result: Result) -> Iterator[str]:
    """Lines that say what :func:`orchard.train.ladder.climb` found."""
    yield from sentences(result)
    heads = ("", "width", "tokens", "compute", "seed", "bits per byte", "law")
    rows = [
        [counted(run["layers"], "layer"), str(run["hidden"]), f"{run['tokens']:,}", flop(run["compute_flop"]),
         str(run["seed"]), f"{run['loss']:.4f}", f"{run['fitted']:.4f}"]
        for run in result["runs"]
    ]  # fmt: skip
    yield ""
    yield from table("fitted", heads, rows)
    yield ""
    yield "for the programme, under family:"
    yield from law_lines(result)


def sentences(result: Result) -> list[str]:
    """The answer in short."""
    larger, whole = result["next"], result["whole"]
    times = larger["compute_flop"] / max(run["compute_flop"] for run in result["runs"])
    said = [
        f"{counted(larger['layers'], 'layer')}, at {times:.1f} times the compute of the largest rung fitted: "
        f"{span(larger['forecast'])} bits per byte forecast."
    ]
    if larger["outcome"] is not None:
        place = "inside" if larger["inside"] else "OUTSIDE"
        said.append(
            f"Trained afterwards: {larger['outcome']:.4f}; the forecast was {100 * larger['error']:+.2f} % "
            f"off, the outcome {place} the 80 % interval."
        )
    if whole["compute_flop"]:
        said.append(
            f"{result['title']}, at {flop(whole['compute_flop'])}: {span(whole['forecast'])} bits per byte."
        )
    return said


def size_rows(dial: Dial) -> list[dict[str, Any]]:
    """A family to frontier size, in plain numbers."""
    rungs = [(one, parameters(one.architecture)) for one in dial.sizes()]
    return [
        {"layers": one.layers, "hidden": one.architecture.hidden, "parameters": count.total,
         "active_parameters": count.active, "tokens": one.tokens, "compute_flop": one.compute_flop}
        for one, count in rungs
    ]  # fmt: skip


def describe_sizes(result: Result) -> Iterator[str]:
    """Lines that list a family."""
    heads = ("", "width", "parameters", "active", "tokens", "compute")
    rows = [
        [counted(row["layers"], "layer"), f"{row['hidden']:,}", units.show(row["parameters"], "parameter"),
         units.show(row["active_parameters"], "parameter"), units.show(row["tokens"], "token"),
         flop(row["compute_flop"])]
        for row in result["sizes"]
    ]  # fmt: skip
    yield from table(f"the family of {result['model']}", heads, rows)


def law_lines(result: Result) -> list[str]:
    """The law as YAML, an entry a line."""
    text = yaml.safe_dump({"law": result["law"]}, sort_keys=False, default_flow_style=None, width=200)
    return text.splitlines()


def span(forecast: Result) -> str:
    """A forecast with its interval."""
    return f"{forecast['loss']:.3f} ({forecast['low']:.3f} to {forecast['high']:.3f})"


def flop(value: float) -> str:
    """A compute for people."""
    return units.show(value, "FLOP")
