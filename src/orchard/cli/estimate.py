"""``orchard estimate``: what the rows of a table come to, without running them."""

from __future__ import annotations

import typer

from orchard.cli.estimate_reliability import reliability
from orchard.cli.estimate_site import site
from orchard.cli.estimate_training import training
from orchard.cli.estimate_video import video

estimate = typer.Typer(
    name="estimate",
    help="Estimate what a CSV file lists, a row a run, a clip or a job.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
estimate.command("training")(training)
estimate.command("video")(video)
estimate.command("reliability")(reliability)
estimate.command("site")(site)
