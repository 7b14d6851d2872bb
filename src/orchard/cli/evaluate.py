"""``orchard evaluate FILE MODEL``: how good a trained model is, and whether it passes its gate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchard.cli.options import Format, Html, Json, Runs
from orchard.cli.threads import waiting_threads


def evaluate(
    file: Annotated[Path, typer.Argument(help="The programme, a YAML file.", show_default=False)],
    model: Annotated[
        str,
        typer.Argument(
            help="A trained model of the programme, or the folder of an exported one.", show_default=False
        ),
    ],
    out: Runs = Path("runs"),
    against: Annotated[
        str | None,
        typer.Option(
            help="Another model to compare with; the gate's predecessor by default.", show_default=False
        ),
    ] = None,
    corpus: Annotated[
        str | None, typer.Option(help="Corpus to judge by; the model's own by default.", show_default=False)
    ] = None,
    items: Annotated[
        int | None,
        typer.Option(help="Items of each task; the programme's by default.", min=1, show_default=False),
    ] = None,
    samples: Annotated[int, typer.Option(help="Answers of each task that are shown.", min=0)] = 3,
    html: Html = None,
    json: Json = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """Judge a trained model by its programme: text it has not seen, tasks, and the gate written before.

    Figures have 90 % intervals, with errors by clusters (documents, countries, kinds of task), and stand
    beside what they are compared with: xz on the same text, chance, the predecessor item by item. A gate
    is passed where its conditions hold at the unfavourable end. Scores are kept beside the model.
    """
    waiting_threads()
    from orchard import __version__
    from orchard.catalogue import catalogue
    from orchard.cli.progress import Progress
    from orchard.cli.results import Results
    from orchard.cli.sources import tell_passed_over
    from orchard.report.evaluation import describe_evaluation
    from orchard.report.evaluation_page import write_evaluation
    from orchard.spec.load import load
    from orchard.train.evaluation import Question, evaluate_model

    results = Results([html], [file], json=json or format == "json")
    programme = load(file)
    tell_passed_over(programme, model, out)
    asked = Question(model, out, against, items, samples, corpus)
    with Progress() as progress:
        found = evaluate_model(programme, catalogue(), asked, progress)
    result = {"orchard": __version__, "file": str(file), **found}
    if html is not None:
        write_evaluation(result, html)
    results.answer(result, describe_evaluation)
