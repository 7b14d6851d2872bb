"""Tables of measured runs for tests of the command line."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from orchard.catalogue.measured import measured
from orchard.estimate.training.fitting.measurements import MEMORY, SPEED, STEP, Row
from orchard.estimate.training.table.rows import COLUMNS

SOURCES = ("llm-foundry", "nemo-24.07", "simumax-b200")


def few(step: int = 6) -> list[Row]:
    """Complete rows of three sources, every so many of them."""
    rows = [row for row in measured("training") if row["source"] in SOURCES and row["tier"] == "A"]
    return list(rows[::step])


def write(path: Path, rows: Sequence[Row]) -> Path:
    """The rows as a CSV file."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*COLUMNS, SPEED, STEP, MEMORY, "tier"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path
