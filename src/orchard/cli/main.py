"""``orchard``: the verbs, and what happens when something is wrong."""

from __future__ import annotations

import io
import json
import os
import sys
from typing import Annotated

import typer

from orchard import __version__
from orchard.cli import ask, calibrate, catalogue, check, estimate, layout, plan, validate
from orchard.errors import Finding, OrchardError, OutputError

USER_ERROR = 2
INTERRUPTED = 130

app = typer.Typer(
    name="orchard",
    help="Plan a frontier-AI programme from one file.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("plan")(plan.plan)
app.command("ask")(ask.ask)
app.command("check")(check.check)
app.command("catalogue")(catalogue.catalogue)
app.command("layout")(layout.layout)
app.add_typer(estimate.estimate)
app.add_typer(validate.validate)
app.add_typer(calibrate.calibrate)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"orchard {__version__}")
        raise typer.Exit


@app.callback()
def orchard(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Plan a frontier-AI programme from one file."""


def main() -> None:
    """Run the command line; a user's mistake ends in sentences and exit status 2, never a traceback."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a sign gets a question mark
    try:
        app()
    except OrchardError as error:
        _report(error)
        sys.exit(USER_ERROR)
    except SystemExit as stopped:  # so typer ends an interrupted command
        if stopped.code == INTERRUPTED:
            print("interrupted: no file is half-written", file=sys.stderr)
        raise
    except OSError as error:
        if error.filename is not None:
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left cannot be printed either
        wanted = "room and permission to print"
        _report(
            OutputError(
                Finding("O701", "standard output", "", (error.strerror or str(error)).lower(), wanted)
            )
        )
        sys.exit(USER_ERROR)


def _report(error: OrchardError) -> None:
    if "--format=json" in sys.argv or "json" in _after("--format"):
        print(json.dumps({"findings": [finding._asdict() for finding in error.findings]}, indent=2))
        return
    print(error, file=sys.stderr)
    wrong = sum(finding.severity == "error" for finding in error.findings)
    print(f"\n{wrong} to mend" if wrong > 1 else "", file=sys.stderr, end="\n" if wrong > 1 else "")


def _after(option: str) -> list[str]:
    return [word for before, word in zip(sys.argv, sys.argv[1:], strict=False) if before == option]
