"""``orchard calibrate``: constants fitted to measured runs."""

from __future__ import annotations

import typer

from orchard.cli.calibrate_training import training
from orchard.cli.calibrate_video import video

calibrate = typer.Typer(
    name="calibrate",
    help="Fit the constants of estimates to measured runs.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
calibrate.command("training")(training)
calibrate.command("video")(video)
