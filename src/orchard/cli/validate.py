"""``orchard validate``: how far estimates can be trusted, judged by measured runs."""

from __future__ import annotations

import typer

from orchard.cli.validate_site import site
from orchard.cli.validate_training import training
from orchard.cli.validate_video import video

validate = typer.Typer(
    name="validate",
    help="Judge estimates by measured runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
validate.command("training")(training)
validate.command("video")(video)
validate.command("site")(site)
