"""``orchard check FILE``: everything that is wrong with a programme, at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchard.cli.options import Format


def check(
    file: Annotated[
        Path | None, typer.Argument(help="The programme, a YAML file.", show_default=False)
    ] = None,
    schema: Annotated[
        Path | None, typer.Option(help="Write the JSON Schema of programmes, for editors.")
    ] = None,
    rules: Annotated[bool, typer.Option("--rules", help="List the rules that are run.")] = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """Check a programme without planning it. Exit status 2 when something is to be mended."""
    import json

    from orchard.cli.results import Results
    from orchard.data.checks import CHECKS as OF_CORPORA
    from orchard.errors import Finding, SpecError
    from orchard.plan import CHECKS as OF_PLANS
    from orchard.spec.load import codes, load_with_warnings
    from orchard.spec.schema import write_schema

    checks = (*OF_PLANS, *OF_CORPORA)
    results = Results([schema], [file], json=format == "json")
    if schema is not None:
        write_schema(schema)
        results.tell()
    if rules:
        for code, title in sorted((codes() | {rule.code: rule.title for rule in checks}).items()):
            typer.echo(f"{code}  {title}")
    if file is None:
        if schema is None and not rules:
            raise SpecError(
                Finding("O100", "", "FILE", "no file", "a programme", "orchard check programmes/laptop.yaml")
            )
        return
    loaded = load_with_warnings(file, extra_rules=checks)
    if format == "json":
        typer.echo(json.dumps({"findings": [finding._asdict() for finding in loaded.warnings]}, indent=2))
        return
    for warning in loaded.warnings:
        typer.echo(f"{warning}\n")
    doubts = len(loaded.warnings)
    typer.echo(f"{file}: nothing to mend" + (f", {doubts} worth a look" if doubts else ""))
