"""What a search over layouts is asked: cells of a training table that all layouts share -> its inputs.

Chip, stack and options are read as the rows of a table are (:mod:`~orchard.estimate.training.table.rows`), so
that a layout found and the row that describes it are one run with one estimate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from orchard.catalogue import catalogue
from orchard.errors import FactError, Finding, OrchardError
from orchard.estimate.cells import LARGEST, Numbers
from orchard.estimate.training.calibration import Calibration
from orchard.estimate.training.estimates import with_slowdown
from orchard.estimate.training.formulas.configuration import PRECISIONS, Hardware, Software
from orchard.estimate.training.layouts.legal import Cluster
from orchard.estimate.training.table.keywords import KEYWORDS
from orchard.estimate.training.table.machines import machine, precision
from orchard.estimate.training.table.rows import Batch, batch
from orchard.estimate.training.table.subjects import architecture
from orchard.spec.architecture import LanguageArchitecture

# Columns of the table that a question fills, and what the command line calls them.
PLACES = {
    "model": "MODEL", "chip": "--chip", "system": "--system", "n_gpus": "--gpus", "dtype": "--dtype",
    "seq_len": "--seq", "global_batch": "--batch", "stack": "--stack", "options": "--options",
}  # fmt: skip
# Layouts that can be listed: a choice of the program.
MOST_LISTED = 1000
SIZES = ("n_gpus", "seq_len", "global_batch")
# What options may say that a search chooses itself.
_CHOSEN = ("shard", "fsdp", "hybrid", "kept_gathered", "expert_tensor", "recompute")


@dataclass(frozen=True)
class Question:
    """Inputs of a search; `cells` are the columns of PLACES as a row of a table has them.

    `hardware` and `software` hold floats; the slowdown of the stack is in `software`, and `family` is what
    the stack was taken as. `top` is how many of the fastest layouts to list.
    """

    cells: Mapping[str, str]
    architecture: LanguageArchitecture
    cluster: Cluster
    hardware: Hardware
    precision: str
    software: Software
    family: str
    top: int = 1


def question(cells: Mapping[str, str], known: Calibration, top: str = "1") -> Question:
    """Read a question.

    Parameters
    ----------
    cells
        text by column of PLACES; model, chip, n_gpus, seq_len and global_batch are needed
    known
        the calibration: how slow the stack is
    top
        how many layouts to list, as text

    Raises
    ------
    OrchardError
        O830: a size that is none; O607: no such model or chip; O831: a model that cannot be estimated;
        O832: a chip without the facts or the number format; O833: options that the search chooses.
        All findings at once
    """
    asked = {name: " ".join(cells.get(name, "").split()) for name in PLACES}
    findings = [
        *_sizes(asked),
        *wrong_size(top, "top", "--top", MOST_LISTED),
        *_model(asked),
        *_machine(asked),
        *_options(asked),
    ]
    if findings:
        raise OrchardError(findings)
    made = architecture("", asked["model"])
    assert isinstance(made, LanguageArchitecture)  # or `_model` has found something
    asked["model"] = _id(asked["model"])
    asked["chip"] = machine(asked["chip"], asked["dtype"], "").chip
    asked["dtype"] = asked["dtype"] or PRECISIONS[0]
    asked |= {name: f"{Numbers(name).read([asked[name]])[0]:.0f}" for name in SIZES}
    one = batch([asked])
    chips, sequence, sequences = (int(asked[name]) for name in SIZES)
    return Question(
        cells=asked,
        architecture=made,
        cluster=Cluster(chips, sequence, sequences),
        hardware=_hardware(one),
        precision=PRECISIONS[int(np.asarray(one.layout.precision)[0])],
        software=_software(one, known),
        family=one.stacks[0],
        top=int(float(top)),
    )


def _hardware(one: Batch) -> Hardware:
    """Hardware of a batch of one row, as floats."""
    fields = one.hardware._asdict()
    family = int(fields.pop("generation")[0])
    return Hardware(generation=family, **{name: float(value[0]) for name, value in fields.items()})


def _software(one: Batch, known: Calibration) -> Software:
    """Software of a batch of one row, as floats."""
    fields = with_slowdown(one, known)._asdict()
    attention = int(fields.pop("attention")[0])
    return Software(attention=attention, **{name: float(value[0]) for name, value in fields.items()})


def _id(name: str) -> str:
    """The id of a model of the catalogue; a model cut to some layers keeps its name."""
    try:
        return catalogue().model(name).id
    except FactError:
        return name


def _sizes(asked: Mapping[str, str]) -> Iterator[Finding]:
    for name in SIZES:
        yield from wrong_size(asked[name], name, PLACES[name])


def wrong_size(text: str, column: str, place: str, most: float = LARGEST) -> Iterator[Finding]:
    """A finding where text is no whole number from 1 to the most."""
    if not 0 < Numbers(column).read([text])[0] <= most:
        wanted = f"a whole number from 1 to {most:.0f}"
        yield Finding("O830", "", place, repr(text[:40]) if text else "nothing", wanted)


def _model(asked: Mapping[str, str]) -> Iterator[Finding]:
    found = architecture("", asked["model"]) if asked["model"] else "nothing"
    if isinstance(found, LanguageArchitecture):
        return
    try:
        catalogue().model(asked["model"])
    except FactError as error:
        yield error.findings[0]._replace(place="", path=PLACES["model"], found=_absent(asked["model"], error))
    else:
        hint = "list models with: orchard catalogue --models"
        said = found if isinstance(found, str) else f"{asked['model'][:60]}: a video model"
        yield Finding("O831", "", PLACES["model"], said, "a language model whose architecture is known", hint)


def _absent(name: str, error: FactError) -> str:
    return f"{error.findings[0].found} {name[:60]!r}" if name else "nothing"


def _machine(asked: Mapping[str, str]) -> Iterator[Finding]:
    text = f"{asked['system']} {asked['options']}"
    if asked["dtype"] and precision(asked["dtype"]) is None:
        yield Finding(
            "O832", "", PLACES["dtype"], repr(asked["dtype"][:40]), f"one of {', '.join(PRECISIONS)}"
        )
        asked = {**asked, "dtype": ""}
    wrong = machine(asked["chip"], asked["dtype"], text).wrong
    if not wrong:
        return
    if not machine(asked["chip"], "", text).wrong:  # the chip is fine without the format
        found, _, wanted = wrong.partition("; wanted ")
        yield Finding("O832", "", PLACES["dtype"], found.removeprefix("dtype "), wanted)
        return
    try:
        catalogue().chip(asked["chip"])
    except FactError as error:
        yield error.findings[0]._replace(place="", path=PLACES["chip"], found=_absent(asked["chip"], error))
    else:
        hint = "add its facts: docs/how-to/add-a-fact.md"
        yield Finding(
            "O832", "", PLACES["chip"], wrong.removeprefix("chip "), "a chip with these facts", hint
        )


def _options(asked: Mapping[str, str]) -> Iterator[Finding]:
    for column in ("options", "system"):
        words = [one.word for one in KEYWORDS if one.trait in _CHOSEN and one.pattern.search(asked[column])]
        if words:
            found = f"{', '.join(words)} in {asked[column][:60]!r}"
            wanted = "options that say nothing of sharding, recomputation or expert parallelism"
            hint = "leave it out: the search tries them all"
            yield Finding("O833", "", PLACES[column], found, wanted, hint)
