"""What is said of the weights that a verb takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from orchard.spec.programme import Programme


def tell_passed_over(programme: Programme, model: str, runs: Path) -> None:
    """Say so where an export is not taken, because its run went on."""
    if model not in programme.models:
        return
    from orchard.train.export.fresh import passed_over
    from orchard.train.folder import ProgrammeFolder

    said = passed_over(ProgrammeFolder(runs / programme.programme).model(model))
    if said:
        typer.echo(said, err=True)
