"""``orchard simulate``: what happens over time, event by event."""

from __future__ import annotations

import typer

from orchard.cli.simulate_fleet import fleet

simulate = typer.Typer(
    name="simulate",
    help="Simulate over time, event by event.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@simulate.callback()
def _simulate() -> None:
    """Simulate over time, event by event."""


simulate.command("fleet")(fleet)
