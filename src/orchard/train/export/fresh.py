"""Whether the export of a run is of its newest weights."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from orchard.errors import OrchardError
from orchard.ledger import Ledger
from orchard.train.checkpoint import CARD, digest_of, path_of, steps
from orchard.train.folder import STAGES, ModelFolder, ProgrammeFolder


def newest_checkpoint(folder: ModelFolder) -> Path | None:
    """The newest checkpoint of a model's last stage; None where there is none."""
    for stage in reversed(STAGES):
        there = steps(folder.checkpoints(stage))
        if there:
            return path_of(folder.checkpoints(stage), there[-1])
    return None


def source_of(checkpoint: Path | None) -> str:
    """What the ledger calls a checkpoint that was exported: the digest of its card."""
    return "" if checkpoint is None else digest_of(checkpoint / CARD)


def newer_checkpoint(folder: ModelFolder) -> Path | None:
    """The newest checkpoint, where the ledger says that the export was made of another one.

    None where the export is of it, where there is no checkpoint, and where the ledger does not know.
    """
    found = newest_checkpoint(folder)
    if found is None or not folder.export.is_dir():
        return None
    programme = ProgrammeFolder(folder.path.parent)
    place = str(folder.export.relative_to(programme.path))
    made: list[str] = []
    with suppress(OrchardError):  # a ledger that is damaged does not know
        made = [
            str(one.values.get("source", ""))
            for one in Ledger(programme.ledger).read("export", folder.path.name)
            if one.values.get("path") == place
        ]
    return found if made and made[-1] and made[-1] != source_of(found) else None


def passed_over(folder: ModelFolder) -> str:
    """A sentence about an export that is not taken, because its run went on; empty where it is taken."""
    found = newer_checkpoint(folder)
    if found is None:
        return ""
    return f"{folder.export} is older than {found}, which is taken instead; `orchard train` exports it"
