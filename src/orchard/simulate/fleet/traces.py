"""What happened, as Parquet files: failures, stretches of jobs, hours. Each appears whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from orchard.errors import Finding, OutputError
from orchard.simulate.fleet import tables as at
from orchard.simulate.fleet.answer import ACTIVITIES, STATES, pool_of
from orchard.simulate.fleet.outcome import Outcome
from orchard.simulate.fleet.power import hours
from orchard.simulate.fleet.scenario import Scenario

if TYPE_CHECKING:
    import pyarrow as pa

FILES = ("failures.parquet", "jobs.parquet", "power.parquet")
_CAUSES = {at.BY_ITSELF: "", at.PREEMPTED: "preempted", at.RESIZED: "nodes came"}


def prepared(folder: Path) -> None:
    """Make a folder for traces, before the work begins.

    Raises
    ------
    OutputError
        O701: the folder cannot be made or written
    """
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        wanted = "a folder that can be written to"
        raise OutputError(Finding("O701", str(folder), "", reason, wanted)) from None


def write_traces(scenario: Scenario, outcome: Outcome, folder: Path) -> list[Path]:
    """Write the three tables into a folder, which is made where it is missing; returns their paths.

    Raises
    ------
    OutputError
        O701: the folder cannot be made or written
    """
    tables = (_failures(scenario, outcome), _jobs(scenario, outcome), _power(scenario, outcome))
    with _told(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in zip(FILES, tables, strict=True):
            _write(table, folder / name)
    return [folder / name for name in FILES]


def _write(table: pa.Table, path: Path) -> None:
    """Write under a name of its own, then take the place of `path`."""
    from pyarrow import parquet

    part = path.with_name(f".orchard-{os.urandom(8).hex()}.part")
    try:
        parquet.write_table(table, part, compression="zstd")
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _failures(scenario: Scenario, outcome: Outcome) -> pa.Table:
    import pyarrow as pa

    rows, costs = outcome.failures, outcome.costs
    pools = pool_of(outcome)
    each = np.array([pool.chips_per_node for pool in outcome.pools])[pools]
    hit, of_job = rows[:, at.HIT], rows[:, at.OF_CHAIN] >= 0
    count = np.where(of_job | (rows[:, at.FLAGS] & at.CURED != 0), 0, rows[:, at.COUNT])
    return pa.table(
        {
            "time_s": costs[:, at.AT],
            "class": _named(rows[:, at.KIND], scenario.classes.names),
            "pool": _named(pools, [pool.name for pool in outcome.pools]),
            "node": pa.array(rows[:, at.NODE], mask=of_job),
            "chips_down": count * each,
            "repair_s": np.where(count > 0, costs[:, at.REPAIR], 0.0),
            "detect_s": costs[:, at.DETECT],
            "stopped": _named(
                hit - at.NOBODY, ["free node", "serving node", *(job.name for job in outcome.jobs)]
            ),
            "lost_chip_s": costs[:, at.LOST_S] * each,
        }
    )


def _jobs(scenario: Scenario, outcome: Outcome) -> pa.Table:
    import pyarrow as pa

    rows = outcome.stretches
    job, cause = rows[:, at.OF_JOB].astype(int), rows[:, at.CAUSE].astype(int)
    pools = np.array([one.pool for one in outcome.jobs] or [0])[job]
    each = np.array([pool.chips_per_node for pool in outcome.pools])[pools]
    kinds = np.append(outcome.all_kinds, 0)
    first, words = len(_CAUSES), [*_CAUSES.values(), *scenario.classes.names]
    why = np.where(cause >= 0, first + kinds[np.maximum(cause, 0)], at.BY_ITSELF - cause)
    return pa.table(
        {
            "job": _named(job, [one.name for one in outcome.jobs]),
            "team": _named(job, [one.team for one in outcome.jobs]),
            "pool": _named(pools, [pool.name for pool in outcome.pools]),
            "state": _named(rows[:, at.WAS].astype(int), STATES),
            "from_s": rows[:, at.FROM],
            "to_s": rows[:, at.TO],
            "chips": rows[:, at.USED].astype(int) * each,
            "ended_by": _named(why, words),
        }
    )


def _power(scenario: Scenario, outcome: Outcome) -> pa.Table:
    import pyarrow as pa

    each = hours(outcome, scenario.fleet.known)
    count, pools = each.it_w.shape
    return pa.table(
        {
            "hour": np.repeat(np.arange(count), pools),
            "pool": _named(np.tile(np.arange(pools), count), [pool.name for pool in outcome.pools]),
            "site": _named(np.tile(np.arange(pools), count), [pool.site for pool in outcome.pools]),
            "power_w": each.facility_w.ravel(),
            "it_power_w": each.it_w.ravel(),
            **{f"{name}_chips": each.chips[:, :, place].ravel() for place, name in enumerate(ACTIVITIES)},
        }
    )


def _named(places: at.Whole, names: list[str] | tuple[str, ...]) -> pa.DictionaryArray:
    import pyarrow as pa

    return pa.DictionaryArray.from_arrays(
        pa.array(places.astype(np.int32)), pa.array(list(names), pa.string())
    )
