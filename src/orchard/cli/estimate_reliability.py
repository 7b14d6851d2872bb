"""``orchard estimate reliability IN.csv --out OUT.csv``: interruptions and goodput of every row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchard.cli.options import Answers, Format
from orchard.cli.table import Question, answer_table
from orchard.cli.threads import one_thread

if TYPE_CHECKING:
    from orchard.estimate.goodput.practice import Practice
    from orchard.estimate.goodput.rows import Batch

COLUMNS = (
    "id", "interruptions_p10", "interruptions_p50", "interruptions_p90", "mtti_h", "ettr_p10", "ettr_p50",
    "ettr_p90", "note",
)  # fmt: skip


def reliability(
    file: Annotated[Path, typer.Argument(help="The jobs, a CSV file: a row a job.", show_default=False)],
    out: Answers,
    format: Format = "text",  # noqa: A002
) -> None:
    """Estimate jobs: interruptions, hours between them, and the share of time spent on work that lasts.

    Columns needed: id, n_gpus, days. Also read: gpus_per_node, failures_per_1000_node_days (of such a
    node, all that interrupts the job), checkpoint_block_s, checkpoint_save_s, checkpoint_interval_s
    (blank: the best), load_s, detect_s, restart_s (what everybody waits for), spare_share (0 to 1; 0: none
    of its own, it borrows), fault_tolerance (none, replica, elastic). What is blank is taken from good
    practice and widens the interval; what cannot be estimated is left blank, and the note says why.
    """
    one_thread()
    from orchard.catalogue import catalogue
    from orchard.estimate.goodput.practice import practice
    from orchard.estimate.goodput.rows import REQUIRED, Rows

    def constants(_: Path | None) -> Practice:
        return practice(catalogue())

    question = Question(COLUMNS, REQUIRED, Rows, constants, _lines)
    answer_table(question, file, out, None, json=format == "json")


def _lines(batch: Batch, known: Practice) -> Iterator[Sequence[str]]:
    """Cells of each row; numbers with six digits, counts in full."""
    from orchard import units
    from orchard.estimate.goodput.estimates import estimate

    found = estimate(batch, known)
    counts = [[f"{value:.0f}" for value in column.tolist()] for column in found.interruptions]
    hours = [f"{value:.6g}" for value in (found.mtti_s / units.factor("h")).tolist()]
    shares = [[f"{value:.6g}" for value in column.tolist()] for column in found.share]
    columns = list(zip(*counts, hours, *shares, strict=True))
    for place, ok in enumerate(batch.ok.tolist()):
        if ok:
            note = "; ".join(one for one in (batch.notes[place], found.remarks[place]) if one)
            yield [batch.ids[place], *columns[place], note]
        else:
            yield [batch.ids[place], *[""] * (len(COLUMNS) - 2), batch.notes[place]]
