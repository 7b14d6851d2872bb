"""``orchard ladder FILE MODEL``: small models of a family, their law, and a forecast put to the test."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchard.cli.options import Format, Html, Json, Runs
from orchard.cli.shown import Shown, require_training

if TYPE_CHECKING:
    from orchard.spec.programme import Programme


def ladder(
    file: Annotated[Path, typer.Argument(help="The programme, a YAML file.", show_default=False)],
    model: Annotated[str, typer.Argument(help="A model with a family.", show_default=False)],
    out: Runs = Path("runs"),
    forecast_only: Annotated[
        bool, typer.Option("--forecast-only", help="Do not train the rung that is forecast.")
    ] = False,
    sizes: Annotated[
        bool, typer.Option("--sizes", help="List the family up to frontier size; nothing is trained.")
    ] = False,
    html: Html = None,
    json: Json = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """Train the small rungs of a model's family, forecast the next one, then train it and compare.

    The forecast is written to the ledger before the run it is about begins. What was learnt is printed as
    `family.law`, with which `orchard plan` forecasts the model itself. Finished runs are not run again.
    """
    from orchard import __version__
    from orchard.cli.results import Results
    from orchard.estimate.law import dial
    from orchard.report.ladder import describe_ladder, describe_sizes, size_rows
    from orchard.spec.load import load

    results = Results([html], [file], json=json or format == "json")
    programme = load(file)
    family = dial(programme, model)
    title = programme.models[model].title or model
    result: dict[str, Any] = {"orchard": __version__, "file": str(file), "model": model, "title": title}
    if sizes:
        results.answer(result | {"sizes": size_rows(family)}, describe_sizes)
        return
    found = _climbed(programme, file, model, out, last=not forecast_only)
    result |= {"programme": programme.programme, **found}
    if html is not None:
        from orchard.report.ladder_page import write_ladder

        write_ladder(result, html)
    results.answer(result, describe_ladder)


def _climbed(programme: Programme, file: Path, model: str, out: Path, *, last: bool) -> dict[str, Any]:
    """Train the ladder; what it found, in plain numbers."""
    from orchard.cli.threads import waiting_threads

    waiting_threads()
    require_training()
    from orchard.estimate.law import dial
    from orchard.ledger import Ledger
    from orchard.train.ladder import account, climb, rung_trainer
    from orchard.train.order import Order

    order = Order(programme, file.parent, model, out, "pretraining")
    ledger = Ledger(order.folder.ledger)
    with Shown(partial(typer.echo, err=True)) as shown:
        trainer = rung_trainer(order, shown.watch)
        folder = order.folder.model(model)
        return account(climb(model, dial(programme, model), folder, ledger, trainer, last=last))
