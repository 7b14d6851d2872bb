"""Which layout for a cluster: the best, why others lose, and the front of speed and memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchard.errors import OrchardError
from orchard.estimate.training.calibration import Calibration
from orchard.estimate.training.layouts.evaluated import Table
from orchard.estimate.training.layouts.listing import estimated
from orchard.estimate.training.layouts.question import SIZES, Question
from orchard.estimate.training.layouts.rivals import rivals
from orchard.estimate.training.layouts.search import Found, search
from orchard.estimate.training.layouts.shortage import advice, check_size, no_layout, nothing_fits


def layouts(
    question: Question, known: Calibration, progress: Callable[[int], object] | None = None
) -> dict[str, Any]:
    """Search, and say what was found.

    Parameters
    ----------
    question
        model, chips, sequence, batch, stack, and how many of the fastest to list
    known
        the calibration
    progress
        called with the number of layouts evaluated so far

    Returns
    -------
    A dictionary that JSON can hold: the question's columns; `family`, what the stack was taken as;
    `evaluated` (layouts whose step time and memory were both computed), `feasible` (those that fit),
    `seconds`; `best`, fastest first, each as
    :func:`~orchard.estimate.training.layouts.listing.estimated` says; `rivals`, as
    :func:`~orchard.estimate.training.layouts.rivals.rivals` says; `pareto`, the front of speed and allocated
    memory, least memory first; `tempting`, the fastest that does not fit, or None; `advice`, sentences

    Raises
    ------
    OrchardError
        O834: no layout is legal; O835: none fits; O836 (LimitError): too many to try
    """
    check_size(question)
    found = search(
        question.architecture,
        question.cluster,
        question.hardware,
        question.precision,
        question.software,
        known.constants,
        question.top,
        progress,
    )
    if not found.evaluated:
        raise OrchardError(no_layout(question))
    if not found.feasible:
        raise OrchardError(nothing_fits(question, found, known))
    cells = {name: int(cell) if name in SIZES else cell for name, cell in question.cells.items()}
    return {**cells, "family": question.family, **_answer(question, found, known)}


def _answer(question: Question, found: Found, known: Calibration) -> dict[str, Any]:
    tempting = _estimated(question, found.tempting, known)
    return {
        "evaluated": found.evaluated,
        "feasible": found.feasible,
        "seconds": found.seconds,
        "best": _estimated(question, found.best, known),
        "rivals": rivals(question, found, known),
        "pareto": _estimated(question, found.pareto, known),
        "tempting": tempting[0] if tempting else None,
        "advice": list(advice(question)),
    }


def _estimated(question: Question, table: Table, known: Calibration) -> list[dict[str, Any]]:
    rows = [table.chosen(row) for row in range(len(table.time_s))]
    return estimated(question, rows, known) if rows else []
