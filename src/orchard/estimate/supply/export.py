"""A case as a folder of CSV files that PyPSA reads: ``pypsa.Network("folder")``, then ``optimize()``.

PyPSA finds the same optimum, but for the cost of capacity that is ordered at another price than new one,
and for firm capacity, which its components do not know: both are left out, and `left_out` says so.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from orchard import units
from orchard.errors import Finding, OutputError
from orchard.estimate.supply.case import Array, Battery, Case, Source
from orchard.estimate.supply.program import MW, MWH, TONNE
from orchard.files import write_text

Rows = Iterable[Sequence[object]]

_HOUR_S = units.factor("h")
# Files that not every case has.
_SOMETIMES = ("storage_units", "global_constraints")
_BUS = "site"
# A year without a leap day; PyPSA wants dates, and these mean nothing.
_FIRST = datetime.fromisoformat("2001-01-01")


def left_out(case: Case) -> list[str]:
    """What of a case the files do not hold, in words."""
    words = []
    if case.firm_w > 0:
        words.append("firm capacity, which PyPSA does not know")
    if any(one.existing_w and one.kept_usd_per_w != one.new_usd_per_w for one in case.plants):
        words.append("the price of capacity that is there, where it is not that of new one")
    return words


def export(case: Case, folder: Path) -> list[Path]:
    """Write the files of a case into a folder, which is made where it is missing.

    Files of another case that this one has no use for are removed: PyPSA would read them too.

    Raises
    ------
    OutputError
        O701: a file in the folder's place, or one that cannot be written
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        found = str(error.strerror or error).lower()
        raise OutputError(Finding("O701", str(folder), "", found, "a folder that can be made")) from None
    for name in _SOMETIMES:
        (folder / f"{name}.csv").unlink(missing_ok=True)
    written = []
    for name, (heads, rows) in _tables(case).items():
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(heads)
        writer.writerows(rows)
        write_text(text.getvalue(), folder / f"{name}.csv")
        written.append(folder / f"{name}.csv")
    return written


def _tables(case: Case) -> dict[str, tuple[Sequence[str], Rows]]:
    times = [_FIRST + timedelta(seconds=case.step_s * step) for step in range(case.steps)]
    stands, lasts = case.step_year_s / _HOUR_S, case.step_s / _HOUR_S
    generators = [*map(_generator, case.sources), *_wanting(case)]
    able, prices = _varying(case)
    tables: dict[str, tuple[Sequence[str], Rows]] = {
        "snapshots": (("snapshot", "objective", "generators", "stores"),
                      [(time, stands, stands, lasts) for time in times]),
        "buses": (("name", "carrier"), [(_BUS, "AC")]),
        "carriers": (("name", "co2_emissions"), [("AC", 0.0), *_carriers(case)]),
        "loads": (("name", "bus"), [("load", _BUS)]),
        "loads-p_set": _series(times, {"load": case.load_w / MW}),
        "generators": (_GENERATOR, generators),
        "generators-p_max_pu": _series(times, able),
        "generators-marginal_cost": _series(times, prices),
    }  # fmt: skip
    if case.batteries:
        tables["storage_units"] = (_STORAGE, list(map(_storage, case.batteries)))
    if np.isfinite(case.carbon_most_kg):
        heads = ("name", "type", "carrier_attribute", "sense", "constant")
        row = ("carbon", "primary_energy", "co2_emissions", "<=", case.carbon_most_kg / TONNE)
        tables["global_constraints"] = (heads, [row])
    return tables


_GENERATOR = (
    "name", "bus", "carrier", "p_nom_extendable", "p_nom", "p_nom_min", "p_nom_max", "capital_cost",
    "e_sum_max",
)  # fmt: skip
_STORAGE = (
    "name", "bus", "carrier", "p_nom_extendable", "p_nom_min", "p_nom_max", "capital_cost", "max_hours",
    "efficiency_store", "efficiency_dispatch", "cyclic_state_of_charge", "p_max_pu", "p_min_pu",
)  # fmt: skip


def _generator(source: Source) -> tuple[object, ...]:
    most = max(source.most_w, source.existing_w)
    return (source.name, _BUS, source.name, True, 0.0, source.existing_w / MW, most / MW,
            source.new_usd_per_w * MW, "inf")  # fmt: skip


def _storage(battery: Battery) -> tuple[object, ...]:
    most, way = max(battery.most_w, battery.existing_w), battery.efficiency**0.5
    return (battery.name, _BUS, battery.name, True, battery.existing_w / MW, most / MW,
            battery.new_usd_per_w * MW, battery.hours, way, way, True, battery.available,
            -battery.available)  # fmt: skip


def _wanting(case: Case) -> Iterator[tuple[object, ...]]:
    """What is paused and unserved, as generators of a fixed size with an energy of their own."""
    peak = float(case.load_w.max()) / MW
    if case.pausing is not None:
        most = case.pausing.share * float(case.load_w.mean()) * case.pausing.hours * _HOUR_S / MWH
        size = peak * case.pausing.share
        yield ("paused", _BUS, "paused", False, size, 0.0, "inf", 0.0, most)
    if case.unserved_share > 0:
        most = case.unserved_share * case.energy_j / MWH
        yield ("unserved", _BUS, "unserved", False, peak, 0.0, "inf", 0.0, most)


def _varying(case: Case) -> tuple[dict[str, Array], dict[str, Array]]:
    """Shares that are available and prices a MWh, by generator [T]."""
    able, prices = {}, {}
    for source in case.sources:
        price = np.asarray(source.energy_usd_per_j) + source.carbon_kg_per_j * case.carbon_usd_per_kg
        able[source.name] = np.broadcast_to(np.asarray(source.available, dtype=np.float64), case.steps)
        prices[source.name] = np.broadcast_to(price * MWH, case.steps)
    shape = case.load_w / case.load_w.max()
    if case.pausing is not None:
        able["paused"], prices["paused"] = shape, np.full(case.steps, case.pausing.usd_per_j * MWH)
    if case.unserved_share > 0:
        able["unserved"] = shape
        prices["unserved"] = np.full(case.steps, case.unserved_usd_per_j * MWH)
    return able, prices


def _carriers(case: Case) -> Iterator[tuple[str, float]]:
    for source in case.sources:
        yield source.name, source.carbon_kg_per_j * MWH / TONNE
    for battery in case.batteries:
        yield battery.name, 0.0
    for row in _wanting(case):
        yield str(row[0]), 0.0


def _series(times: Sequence[datetime], columns: Mapping[str, Array]) -> tuple[Sequence[str], Rows]:
    values = np.stack(list(columns.values()), axis=1).tolist()
    return ("snapshot", *columns), [(time, *row) for time, row in zip(times, values, strict=True)]
