"""Measured runs for tests: few of those that the project ships, or what the model itself predicts."""

from __future__ import annotations

from collections.abc import Callable

from orchard.catalogue.measured import measured
from orchard.estimate.training import batch, estimate
from orchard.estimate.training.fitting.measurements import Row

SOURCES = ("llm-foundry", "nemo-24.07", "simumax-b200")


def few(step: int = 4) -> list[Row]:
    """Complete rows of three sources, every so many of them."""
    rows = [row for row in measured("training") if row["source"] in SOURCES and row["tier"] == "A"]
    return list(rows[::step])


def predicted(rows: list[Row], factor: Callable[[Row], float] = lambda _: 1.0) -> list[Row]:
    """The same rows with the speed that the shipped calibration predicts, slowed by a factor."""
    speed = estimate(batch(rows)).tokens_per_s_per_chip
    return [
        {**row, "tokens_per_s_per_gpu": repr(float(one) / factor(row)), "step_time_s": ""}
        for row, one in zip(rows, speed, strict=True)
    ]
