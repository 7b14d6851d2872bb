"""What the cells of a row say: the clip's work, and the chip, kernel and guidance it is made with."""

from __future__ import annotations

import re
from typing import NamedTuple

from orchard.estimate.cells import Numbers
from orchard.estimate.video.kernels import (
    CHIPS,
    FA2,
    KERNELS,
    PORTED,
    Remarks,
    gap,
    kernel,
    remarks,
    runs_on,
    written_for,
)
from orchard.estimate.video.machines import Machine, machine
from orchard.estimate.video.work import Subject, Work, subject, work

FRAMES = Numbers("frames")
_RESOLUTION = re.compile(r"([0-9]{1,6})\s*[xX\u00d7*]\s*([0-9]{1,6})", re.ASCII)
_WANTED_RESOLUTION = "wanted width x height, such as 1280x720"
_GUIDED = {
    "": None,
    **dict.fromkeys(("true", "yes", "1", "guided", "cfg"), True),
    **dict.fromkeys(("false", "no", "0", "unguided", "none"), False),
}
_PORTED = "no clip was measured on chips of this maker: twice the interval, which is assumed"
SHOWN = 40


class Clip(NamedTuple):
    """What model, resolution and frames say of a row; `wrong` says why it cannot be timed."""

    work: Work
    model: str
    architecture: str = ""
    wrong: str = ""


class Setting(NamedTuple):
    """What model, chip, kernel, guidance and notes say of a row.

    `guided` is 1 or 0 where the row says so, -1 where it says nothing; `gap` is how many generations
    the kernel is behind the chip.
    """

    machine: Machine
    chip: str
    gap: float
    guided: float
    note: str = ""
    wrong: str = ""


def clip(model: str, resolution: str, frames: str) -> Clip:
    """Count the work of a row's clip.

    >>> clip("Wan2.1-14B", "832x480", "81").work.tokens, clip("Wan2.1-14B", "big", "81").wrong
    (32760.0, "resolution 'big': wanted width x height, such as 1280x720")
    """
    known = subject(model)
    count = float(FRAMES.read([frames])[0])
    reasons = [known] if isinstance(known, str) else []
    size = _RESOLUTION.fullmatch(resolution.strip())
    width, height = (int(size[1]), int(size[2])) if size else (0, 0)
    if min(width, height) < 1:
        shown = repr(resolution.strip()[:SHOWN]) if resolution.strip() else "is blank"
        reasons.append(f"resolution {shown}: {_WANTED_RESOLUTION}")
    if isinstance(known, str) or reasons or not count > 0:  # rows say what is wrong with frames
        placeholder = Work(*(1.0 for _ in Work._fields))
        return Clip(placeholder, "" if isinstance(known, str) else known.id, wrong="; ".join(reasons))
    return Clip(work(known, int(count), height, width), known.id, known.architecture_name)


def setting(model: str, chip: str, kernel_cell: str, guided_cell: str, text: str) -> Setting:
    """How a row's clip is made.

    >>> setting("Wan2.2-T2V-A14B", "H100", "", "", "").note
    "kernel fa3: the publisher's"
    >>> setting("Wan2.2-T2V-A14B", "B200", "", "", "").note
    "kernel fa2: fa3 (the publisher's) does not run on b200"
    >>> setting("Wan2.1-14B", "H100", "flux", "", "").wrong
    "kernel 'flux': wanted one of fa2, sdpa, xformers, fa3, cudnn, fa4, or blank"
    """
    known, runner, said = subject(model), machine(chip), remarks(text)
    named, note = _kernel(kernel_cell, known, said)
    guided, notes = _guided(guided_cell, known, said)
    reasons = [runner] if isinstance(runner, str) else []
    if named is None:
        shown = kernel_cell.strip()[:SHOWN]
        reasons.append(f"kernel {shown!r}: wanted one of {', '.join(KERNELS)}, or blank")
    if guided is None:
        reasons.append(f"guided {guided_cell.strip()[:SHOWN]!r}: wanted yes or no, or blank")
    if isinstance(runner, str) or named is None or guided is None:
        return Setting(Machine(*(1.0 for _ in Machine._fields)), "", 0.0, -1.0, wrong="; ".join(reasons))
    id, figures = runner  # noqa: A001
    named, note = _on_chip(named, id, note)
    notes = [*note, *notes]
    if said.unmodelled:
        notes.append(f"timed without {', '.join(said.unmodelled)}: not modelled")
    if id in PORTED:
        notes.append(_PORTED)
    return Setting(figures, id, float(gap(named, CHIPS[id])), guided, "; ".join(notes))


def _kernel(cell: str, known: Subject | str, said: Remarks) -> tuple[str | None, list[str]]:
    """The kernel and where it comes from: the cell, the notes, what the model's publisher runs."""
    if cell.strip():
        return kernel(cell), []
    if said.kernel:
        return said.kernel, [f"kernel {said.kernel}: from notes"]
    if isinstance(known, str):
        return FA2, []
    return known.pipeline.kernel, [f"kernel {known.pipeline.kernel}: the publisher's"]


def _on_chip(named: str, chip: str, note: list[str]) -> tuple[str, list[str]]:
    """The kernel that runs on the chip, FlashAttention-2 where the named one does not; and a note."""
    if not runs_on(named, chip):
        origin = f" ({note[0].partition(': ')[2]})" if note else ""
        return FA2, [f"kernel {FA2}: {named}{origin} does not run on {chip}"]
    if not written_for(named, chip):
        return named, [
            *note,
            f"kernel {named} on {chip}: written for later chips, taken for as good as its own",
        ]
    return named, note


def _guided(cell: str, known: Subject | str, said: Remarks) -> tuple[float | None, list[str]]:
    """Whether a clip is guided (-1: as the model usually is), None for an unreadable cell; and a note."""
    stated = _GUIDED.get(cell.strip().casefold(), cell)
    if isinstance(stated, str):
        return None, []
    if stated is not None:
        return float(stated), []
    if said.unguided:
        return 0.0, ["one pass a step: from notes"]
    if isinstance(known, Subject) and known.distilled:
        return 0.0, ["one pass a step: the name says distilled"]
    return -1.0, []
