"""``orchard catalogue [WORD...]``: what the world says, and where it says so."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from orchard.cli.options import Format

KindName = Literal["measured", "published", "reported", "estimated", "assumed"]


def catalogue(
    words: Annotated[
        list[str] | None, typer.Argument(help="The id of a fact, or words to look for.", show_default=False)
    ] = None,
    kind: Annotated[KindName | None, typer.Option(help="Only facts of this kind.")] = None,
    chips: Annotated[bool, typer.Option("--chips", help="List chips.")] = False,
    models: Annotated[bool, typer.Option("--models", help="List published model architectures.")] = False,
    conflicts: Annotated[
        bool, typer.Option("--conflicts", help="List facts on which sources differ.")
    ] = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """List, filter and show facts with unit, basis, source and date."""
    import json

    from orchard.catalogue import catalogue as load_catalogue
    from orchard.catalogue.show import describe, find, line

    known = load_catalogue()
    if chips or models:
        listed = [f"{chip.id:<24}  {chip.title}  ({chip.vendor})" for chip in known.chips.values() if chips]
        listed += [
            f"{row.id:<28}  {row.kind}" + ("" if row.supported else f"  not supported: {row.reason}")
            for row in known.models.values()
            if models
        ]
        _names(listed, words or [])
        return
    found = known.conflicts() if conflicts else find(known, words or [], kind)
    exact = [fact for fact in found if words and fact.id == " ".join(words)]
    found = exact or found
    if not found:
        known.fact(".".join(words or []))  # says that there is none, and what is near
    if format == "json":
        typer.echo(json.dumps([fact.written() for fact in found], indent=2))
    elif len(found) == 1:
        typer.echo(describe(found[0], known))
    else:
        for fact in found:
            typer.echo(line(fact))
        typer.echo(f"{len(found)} facts")


def _names(lines: list[str], words: list[str]) -> None:
    """Print the chips or models in which every word occurs."""
    from orchard.errors import FactError, Finding

    found = [line for line in lines if all(word.lower() in line.lower() for word in words)]
    if not found:
        hint = "leave the words out to list all"
        raise FactError(
            Finding("O609", "", "catalogue", " ".join(words), "the name of a chip or a model", hint)
        )
    for line in found:
        typer.echo(line)
