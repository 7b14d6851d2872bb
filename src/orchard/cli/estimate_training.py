"""``orchard estimate training IN.csv --out OUT.csv``: speed, memory and interval of every row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchard.cli.options import Answers, Calibration, Format
from orchard.cli.table import Question, answer_table
from orchard.cli.threads import one_thread

if TYPE_CHECKING:
    from orchard.estimate.training.calibration import Calibration as Constants
    from orchard.estimate.training.estimates import Estimates
    from orchard.estimate.training.table.rows import Batch

COLUMNS = ("id", "tokens_per_s_per_gpu", "low", "high", "memory_gib", "fits", "note")


def training(
    file: Annotated[Path, typer.Argument(help="The runs, a CSV file: a row a run.", show_default=False)],
    out: Answers,
    calibration: Calibration = None,
    format: Format = "text",  # noqa: A002
) -> None:
    """Estimate training runs: tokens a second and chip with an 80 % interval, and memory.

    Columns needed: id, model (or model_key), chip, n_gpus, seq_len, global_batch. Also read: system,
    dtype, micro_batch, tp, pp, cp, vp, ep, fsdp, recompute, task, source, flops_convention, stack,
    options. What is blank gets what the stack usually does; what cannot be predicted is left blank, and
    the note says why.
    """
    one_thread()
    from orchard.estimate.training.calibration import calibration as read_calibration
    from orchard.estimate.training.estimates import estimate
    from orchard.estimate.training.table.rows import REQUIRED, Rows

    def lines(batch: Batch, constants: Constants) -> Iterator[Sequence[str]]:
        return _lines(batch, estimate(batch, constants))

    question = Question(COLUMNS, REQUIRED, Rows, read_calibration, lines)
    answer_table(question, file, out, calibration, json=format == "json")


def _lines(batch: Batch, estimates: Estimates) -> Iterator[Sequence[str]]:
    """Cells of each row; numbers with six digits."""
    import numpy as np

    from orchard import units
    from orchard.estimate.training.formulas.configuration import RECOMPUTE

    gib = units.factor("GiB")
    numbers = (
        estimates.tokens_per_s_per_chip,
        estimates.low,
        estimates.high,
        np.asarray(estimates.memory_bytes) / gib,
    )
    speed, low, high, memory = (
        [f"{value:.6g}" for value in np.asarray(column).tolist()] for column in numbers
    )
    fits = ["true" if one else "false" for one in np.asarray(estimates.fits).tolist()]
    level = np.broadcast_to(estimates.layout.recompute, len(batch)).astype(int).tolist()
    unknown, nothing = batch.unknown_recompute.tolist(), [""] * 5
    for place, ok in enumerate(batch.ok.tolist()):
        note = batch.notes[place]
        if not ok:
            yield [batch.ids[place], *nothing, note]
            continue
        if unknown[place]:
            note = "; ".join(one for one in (note, f"recompute unknown: {RECOMPUTE[level[place]]}") if one)
        yield [batch.ids[place], speed[place], low[place], high[place], memory[place], fits[place], note]
