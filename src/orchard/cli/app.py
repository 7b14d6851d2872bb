"""The verbs, and what is said when one of them fails."""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated, Any

import typer

from orchard import __version__
from orchard.cli import (
    ask,
    backtest,
    calibrate,
    catalogue,
    chat,
    check,
    compare,
    corpus,
    estimate,
    evaluate,
    explain,
    export,
    improve,
    ladder,
    layout,
    plan,
    reconcile,
    simulate,
    site,
    sweep,
    train,
    validate,
)
from orchard.cli.findings import report, wants_json
from orchard.errors import Finding, OrchardError

USER_ERROR = 2

app = typer.Typer(
    name="orchard",
    help="Plan a frontier-AI programme from one file, and train its models for real.",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("plan")(plan.plan)
app.command("ask")(ask.ask)
app.command("backtest")(backtest.backtest)
app.command("compare")(compare.compare)
app.command("sweep")(sweep.sweep)
app.command("explain")(explain.explain)
app.command("improve")(improve.improve)
app.command("check")(check.check)
app.command("catalogue")(catalogue.catalogue)
app.command("corpus")(corpus.corpus)
app.command("evaluate")(evaluate.evaluate)
app.command("layout")(layout.layout)
app.command("site")(site.site)
app.command("train")(train.train)
app.command("ladder")(ladder.ladder)
app.command("reconcile")(reconcile.reconcile)
app.command("export")(export.export)
app.command("chat")(chat.chat)
app.add_typer(estimate.estimate)
app.add_typer(validate.validate)
app.add_typer(calibrate.calibrate)
app.add_typer(simulate.simulate)

# What typer raises for a command line that it cannot read; only this child of it has a public name.
_Misuse: Any = typer.BadParameter.__bases__[0]


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
    """Plan a frontier-AI programme from one file, and train its models for real."""


def run() -> int:
    """Run the verb that the command line names; returns the exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a terminal that lacks a sign gets a question mark
    as_json = wants_json(sys.argv[1:])
    try:
        return int(app(prog_name="orchard", standalone_mode=False) or 0)
    except OrchardError as error:
        return _failed(error.findings, as_json)
    except _Misuse as error:
        if not as_json:
            error.show()
            return USER_ERROR
        return _failed([_misuse(error)], as_json)
    except OSError as error:
        return _refused(error, as_json)


def _failed(findings: list[Finding], as_json: bool) -> int:
    try:
        report(findings, as_json)
    except OSError as error:
        return _refused(error, as_json)
    return USER_ERROR


def _misuse(error: Any) -> Finding:
    """The words of typer as a finding."""
    command = error.ctx.command_path if error.ctx is not None else "orchard"
    found = " ".join(error.format_message().split())
    return Finding("O700", command, "", found, "a command line as its help says", f"{command} --help")


def _refused(error: OSError, as_json: bool) -> int:
    """Say what the system refused; where that is to print, on standard error."""
    reason = (error.strerror or str(error)).lower()
    if error.filename is not None:
        wanted = "a file or folder that can be used"
        report([Finding("O702", str(error.filename), "", reason, wanted)], as_json)
        return USER_ERROR
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what is left cannot be printed either
    wanted = "room and permission to print"
    report([Finding("O701", "standard output", "", reason, wanted)], as_json=False)
    return USER_ERROR
