"""The linear programme of a case: columns, rows and the matrix between them, as arrays.

Columns are new capacities, then T each for the output of every source, the charging, discharging and
level of every battery, what is paused and what stays unserved. Rows are the balance of every step, what
limits each output to its capacity, the batteries' levels, and one row each for carbon, pauses, what is
unserved and firm capacity. All is in MW, MWh, tonnes and thousand USD, which keeps the numbers near one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csc_array

from orchard import units
from orchard.estimate.supply.case import Array, Battery, Case, Source

MW = units.factor("MW")
MWH = units.factor("MWh")
KUSD = units.factor("k USD")
TONNE = 1e3

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Layout:
    """Where each block of columns and rows begins; blocks of T but those of one."""

    columns: dict[str, int]
    rows: dict[str, int]
    steps: int

    def column(self, block: str) -> Places:
        """Columns of a block of T."""
        return np.arange(self.columns[block], self.columns[block] + self.steps)

    def row(self, block: str) -> Places:
        """Rows of a block of T."""
        return np.arange(self.rows[block], self.rows[block] + self.steps)


@dataclass(frozen=True)
class Program:
    """Minimise `cost` over columns between their bounds, such that rows lie between theirs."""

    layout: Layout
    cost: Array
    column_low: Array
    column_high: Array
    row_low: Array
    row_high: Array
    matrix: csc_array
    fixed_cost: float


class _Builder:
    """Gathers blocks of columns and rows, and the entries between them."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.columns: dict[str, int] = {}
        self.rows: dict[str, int] = {}
        self._sides: dict[str, list[Array]] = {name: [] for name in ("cost", "cl", "ch", "rl", "rh")}
        self._entries: list[tuple[Places, Places, Array]] = []
        self._count = {"columns": 0, "rows": 0}

    def add_columns(self, block: str, count: int, cost: Array | float, high: Array | float) -> Places:
        return self._add(self.columns, "columns", block, count, cost=cost, cl=0.0, ch=high)

    def add_rows(self, block: str, count: int, low: Array | float, high: Array | float) -> Places:
        return self._add(self.rows, "rows", block, count, rl=low, rh=high)

    def _add(
        self, known: dict[str, int], kind: str, block: str, count: int, **sides: Array | float
    ) -> Places:
        known[block] = first = self._count[kind]
        self._count[kind] += count
        for name, value in sides.items():
            self._sides[name].append(np.broadcast_to(np.asarray(value, dtype=np.float64), count))
        return np.arange(first, first + count)

    def enter(self, rows: Places, columns: Places, values: Array | float) -> None:
        """Entries of the matrix; one row or one column stands for all."""
        size = max(len(rows), len(columns))
        self._entries.append(
            (
                np.broadcast_to(rows, size),
                np.broadcast_to(columns, size),
                np.broadcast_to(np.asarray(values, dtype=np.float64), size),
            )
        )

    def finish(self, fixed_cost: float) -> Program:
        rows, columns, values = (np.concatenate(part) for part in zip(*self._entries, strict=True))
        shape = (self._count["rows"], self._count["columns"])
        side = {name: np.concatenate(parts) for name, parts in self._sides.items()}
        return Program(
            Layout(self.columns, self.rows, self.steps),
            side["cost"], side["cl"], side["ch"], side["rl"], side["rh"],
            coo_array((values, (rows, columns)), shape=shape).tocsc(), fixed_cost,
        )  # fmt: skip


def program(case: Case, *, elastic: bool = False) -> Program:
    """The linear programme of a case; an elastic one has rows for limits that need none, to relax them."""
    made = _Builder(case.steps)
    new = {}
    for one in case.plants:
        room = max(one.most_w - one.existing_w, 0.0) / MW
        new[one.name] = made.add_columns(f"new {one.name}", 1, one.new_usd_per_w * MW / KUSD, room)
    balance = made.add_rows("balance", case.steps, case.load_w / MW, case.load_w / MW)
    outputs = {}
    for source in case.sources:
        fixed = source.most_w <= source.existing_w and not elastic
        outputs[source.name] = _source(made, case, source, new[source.name], balance, fixed)
    for battery in case.batteries:
        fixed = battery.most_w <= battery.existing_w and not elastic
        _battery(made, case, battery, new[battery.name], balance, fixed)
    _shortages(made, case, balance, elastic)
    _carbon(made, case, outputs)
    _firm(made, case, new)
    kept = sum(one.kept_usd_per_w * one.existing_w for one in case.plants)
    return made.finish(kept / KUSD)


def _source(made: _Builder, case: Case, source: Source, new: Places, balance: Places, fixed: bool) -> Places:
    """Output of a source: within what is there and what is built, as far as it is available."""
    available = np.broadcast_to(np.asarray(source.available, dtype=np.float64), case.steps)
    price = np.asarray(source.energy_usd_per_j) + source.carbon_kg_per_j * case.carbon_usd_per_kg
    there = available * source.existing_w / MW
    output = made.add_columns(
        f"output {source.name}", case.steps, price * MW * case.step_year_s / KUSD, there if fixed else np.inf
    )
    made.enter(balance, output, 1.0)
    if not fixed:
        within = made.add_rows(f"capacity {source.name}", case.steps, -np.inf, there)
        made.enter(within, output, 1.0)
        made.enter(within, new, -available)
    return output


def _battery(made: _Builder, case: Case, battery: Battery, new: Places, balance: Places, fixed: bool) -> None:
    """Charging, discharging and level of a battery; the year ends with the level it began with."""
    there, hours = battery.existing_w / MW, case.step_s * MW / MWH
    way = np.sqrt(battery.efficiency)
    power = there * battery.available
    charge = made.add_columns(f"charge {battery.name}", case.steps, 0.0, power if fixed else np.inf)
    discharge = made.add_columns(f"discharge {battery.name}", case.steps, 0.0, power if fixed else np.inf)
    full = there * battery.hours
    level = made.add_columns(f"level {battery.name}", case.steps, 0.0, full if fixed else np.inf)
    made.enter(balance, charge, -1.0)
    made.enter(balance, discharge, 1.0)
    kept = made.add_rows(f"level {battery.name}", case.steps, 0.0, 0.0)
    made.enter(kept, level, 1.0)
    made.enter(np.roll(kept, -1), level, -1.0)
    made.enter(kept, charge, -way * hours)
    made.enter(kept, discharge, hours / way)
    limits = (("charge", charge, battery.available, power), ("full", level, battery.hours, full),
              ("discharge", discharge, battery.available, power))  # fmt: skip
    for block, columns, share, limit in () if fixed else limits:
        rows = made.add_rows(f"{block} {battery.name}", case.steps, -np.inf, limit)
        made.enter(rows, columns, 1.0)
        made.enter(rows, new, -share)


def _shortages(made: _Builder, case: Case, balance: Places, elastic: bool) -> None:
    """What is paused and what stays unserved, each at its cost and within its limit."""
    step_mwh = MW * case.step_year_s / MWH
    for block, share, price, most in _wanting(case, elastic):
        columns = made.add_columns(
            block, case.steps, price * MW * case.step_year_s / KUSD, share * case.load_w / MW
        )
        made.enter(balance, columns, 1.0)
        if np.isfinite(most):
            row = made.add_rows(block, 1, -np.inf, most / MWH)
            made.enter(row, columns, step_mwh)


def _wanting(case: Case, elastic: bool) -> Iterator[tuple[str, float, float, float]]:
    """Name, share of the load, cost of a joule and most joules a year of each way to go without."""
    if case.pausing is not None:
        mean_w = float(case.load_w.mean())
        most = case.pausing.share * mean_w * case.pausing.hours * units.factor("h")
        yield "paused", case.pausing.share, case.pausing.usd_per_j, most
    if case.unserved_share > 0 or elastic:
        yield "unserved", 1.0, case.unserved_usd_per_j, case.unserved_share * case.energy_j


def _carbon(made: _Builder, case: Case, outputs: dict[str, Places]) -> None:
    if np.isfinite(case.carbon_most_kg):
        row = made.add_rows("carbon", 1, -np.inf, case.carbon_most_kg / TONNE)
        for source in case.sources:
            if source.carbon_kg_per_j:
                made.enter(row, outputs[source.name], source.carbon_kg_per_j * MW * case.step_year_s / TONNE)


def _firm(made: _Builder, case: Case, new: dict[str, Places]) -> None:
    if case.firm_w > 0:
        there = sum(one.firm * one.existing_w for one in case.plants)
        row = made.add_rows("firm", 1, (case.firm_w - there) / MW, np.inf)
        for one in case.plants:
            made.enter(row, new[one.name], one.firm)
