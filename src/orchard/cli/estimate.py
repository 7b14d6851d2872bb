"""``orchard estimate``: how fast runs of a table go, without running them."""

from __future__ import annotations

import typer

from orchard.cli.estimate_training import training

estimate = typer.Typer(
    name="estimate",
    help="Estimate runs that a CSV file lists, a row a run.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
estimate.command("training")(training)
