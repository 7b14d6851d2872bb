"""``orchard catalogue [WORD...]``: what the world says, and where it says so."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from orchard.cli.plan import Format

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
    if chips:
        for chip in known.chips.values():
            typer.echo(f"{chip.id:<24}  {chip.title}  ({chip.vendor})")
        return
    if models:
        for row in known.models.values():
            typer.echo(
                f"{row.id:<28}  {row.kind:<9}" + ("" if row.supported else f"  not supported: {row.reason}")
            )
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
