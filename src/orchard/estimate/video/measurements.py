"""Measured clips of a table, and which of its rows are none.

Left out are rows that were not measured (no seconds), are no clips (training runs), name a model
whose architecture is not published, or would need more than their chips' peak: such a row is not what
it says it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.catalogue.measured import measured as shipped_rows
from orchard.errors import Finding, OrchardError
from orchard.estimate.cells import MOST_KEPT, WRONG, Numbers
from orchard.estimate.sheet import whole
from orchard.estimate.video.clip import Run
from orchard.estimate.video.machines import Machine
from orchard.estimate.video.rows import REQUIRED, Batch, batch
from orchard.estimate.video.work import Work

Array = NDArray[np.float64]

SECONDS = "seconds"
# Measured clips held at once.
MOST_CLIPS = 100 * MOST_KEPT
# Rows that are named where none is a clip.
_SHOWN = 3
_TIME = Numbers(SECONDS, whole=False)


class Measured(NamedTuple):
    """Measured clips: what was run, and how long it took; arrays [n]. `left_out` gives reasons by id."""

    ids: list[str]
    models: list[str]
    architectures: list[str]
    chips: list[str]
    work: Work
    machine: Machine
    run: Run
    seconds: Array
    left_out: dict[str, str]

    def rows(self, mask: NDArray[np.bool_]) -> Measured:
        """The rows where `mask` is true."""
        index = np.flatnonzero(mask)

        def cut(values: Any) -> Any:
            return np.asarray(values)[index]

        def named(names: list[str]) -> list[str]:
            return [names[i] for i in index.tolist()]

        return Measured(
            named(self.ids),
            named(self.models),
            named(self.architectures),
            named(self.chips),
            Work(*map(cut, self.work)),
            Machine(*map(cut, self.machine)),
            Run(*map(cut, self.run)),
            self.seconds[index],
            self.left_out,
        )

    @property
    def pairs(self) -> list[str]:
        """Model and chip of each row."""
        return [f"{model} on {chip}" for model, chip in zip(self.models, self.chips, strict=True)]

    @property
    def peak_share(self) -> Array:
        """Share [n] of the chips' dense peak that the network alone needed."""
        return _peak_share(self.work, self.machine, self.run, self.seconds)


def measured(rows: Sequence[Mapping[str, str]] | None = None) -> Measured:
    """Clips of measured rows; by default of those the project ships.

    >>> clips = measured()
    >>> len(clips.ids), sorted(set(clips.chips)), len(clips.left_out)
    (72, ['a100-80gb', 'b200', 'h100', 'h20', 'rtx-4090'], 9)
    >>> clips.left_out["v43"]
    'needs 1.28 times the peak of its chips: not made as the row says'
    """
    listed = shipped_rows("video") if rows is None else list(rows)
    made = batch(listed)
    seconds = _TIME.read([row.get(SECONDS) or "" for row in listed])
    share = _peak_share(made.work, made.machine, made.run, np.where(seconds > 0, seconds, np.nan))
    reasons = _reasons(made, [row.get(SECONDS) or "" for row in listed], seconds, share)
    every = Measured(
        made.ids, made.models, made.architectures, made.chips, made.work, made.machine, made.run, seconds,
        {id: why for id, why in zip(made.ids, reasons, strict=True) if why},  # noqa: A001
    )  # fmt: skip
    return every.rows(np.array([not why for why in reasons], dtype=np.bool_))


def read(path: Path) -> Measured:
    """Measured clips of a CSV file.

    Raises
    ------
    OrchardError
        the file is no such table (O800 to O802), or no row of it is a measured clip (O840)
    LimitError
        more rows than are held at once (O841)
    """
    rows, odd = whole(path, (*REQUIRED, SECONDS), MOST_CLIPS)
    clips = measured(rows)
    clips = clips._replace(left_out={**dict(odd), **clips.left_out})
    if not clips.ids:
        raise _nothing(path, clips.left_out)
    return clips


def _nothing(path: Path, left_out: Mapping[str, str]) -> OrchardError:
    why = "; ".join(f"{id}: {reason}" for id, reason in list(left_out.items())[:_SHOWN])  # noqa: A001
    found = f"{len(left_out):,} rows, none of them a measured clip" + (f" ({why})" if why else "")
    return OrchardError(Finding("O840", str(path), SECONDS, found, "rows that can be timed, with seconds"))


def _reasons(made: Batch, cells: Sequence[str], seconds: Array, share: Array) -> list[str]:
    reasons = []
    for place, ok in enumerate(made.ok.tolist()):
        why = "" if ok else made.notes[place]
        if not ok:
            pass
        elif np.isnan(seconds[place]):
            why = f"no {SECONDS}"
        elif seconds[place] == WRONG:
            why = _TIME.wanted(cells[place])
        elif share[place] >= 1.0:
            why = f"needs {share[place]:.2f} times the peak of its chips: not made as the row says"
        reasons.append(why)
    return reasons


def _peak_share(work: Work, machine: Machine, run: Run, seconds: Array) -> Array:
    flops = np.asarray(work.matmul_flops) + np.asarray(work.attention_flops)
    made = flops * np.asarray(run.steps) * np.asarray(run.passes)
    return np.asarray(made / (np.asarray(machine.flops_per_s) * np.asarray(run.chips) * seconds))
