"""``orchard calibrate``: constants fitted to measured runs, or to this machine."""

from __future__ import annotations

import typer

from orchard.cli.calibrate_host import host
from orchard.cli.calibrate_training import training
from orchard.cli.calibrate_video import video

calibrate = typer.Typer(
    name="calibrate",
    help="Fit the constants of estimates to measured runs, or to this machine.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
calibrate.command("training")(training)
calibrate.command("video")(video)
calibrate.command("host")(host)
