"""``orchard train FILE MODEL``: train a model of a programme for real, align it, export it, judge it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from orchard.cli.options import Html, Runs, Settings
from orchard.cli.shown import Shown, require_training

if TYPE_CHECKING:
    from orchard.cli.results import Results
    from orchard.train.pipeline import Order, Outcome


def train(
    file: Annotated[Path, typer.Argument(help="The programme, a YAML file.", show_default=False)],
    model: Annotated[str, typer.Argument(help="Id of the model that is trained.", show_default=False)],
    out: Runs = Path("runs"),
    until: Annotated[
        Literal["pretraining", "finetuning", "preferences", "rewards", "export", "evaluation"],
        typer.Option(help="Last stage that is done."),
    ] = "evaluation",
    workers: Annotated[int, typer.Option(help="Processes that pretrain together.", min=1)] = 1,
    ray: Annotated[bool, typer.Option("--ray", help="Run workers on the Ray cluster.")] = False,
    start: Annotated[
        int | None,
        typer.Option("--from", help="Go on from the checkpoint of this step.", min=0, show_default=False),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin anew; what was trained before is put aside.")
    ] = False,
    html: Html = None,
    changes: Settings = None,
) -> None:
    """Train a model: corpus, pretraining, alignment, export, and the gate that was written before.

    What was interrupted goes on from its newest checkpoint, and a stage that is done is passed over: the
    same command is right at any time. Ctrl-C finishes the step and saves it.
    """
    from orchard.cli.threads import waiting_threads

    waiting_threads()
    require_training()
    from orchard.catalogue import catalogue
    from orchard.cli.changes import load_changed
    from orchard.cli.results import Results
    from orchard.train.launch import is_worker
    from orchard.train.pipeline import Order, prepare, run

    results = Results([html], [file])
    programme = load_changed(file, None, changes).programme
    order = Order(programme, file.parent, model, out, until)
    if start is not None or fresh:
        prepare(order, start, fresh, _say)
    if (workers > 1 or ray) and not is_worker():
        settings = [word for text in changes or () for word in ("--set", text)]
        words = [str(file), model, "--out", str(out), "--until", "pretraining", *settings]
        status = _together(words, order, workers, ray)
        if status or until == "pretraining":
            _write(order, file, results, None)
            raise typer.Exit(status)
    with Shown(_say) as shown:
        outcome = run(order, catalogue(), shown.watch)
    _write(order, file, results, outcome)
    _tell(order, outcome)


def _together(words: list[str], order: Order, workers: int, ray: bool) -> int:
    """Pretrain in several processes; returns the exit status."""
    import sys

    if ray:
        from orchard.train.ray import pretrain

        return pretrain(order, workers, _say)
    from orchard.train.launch import run_workers

    command = [sys.executable, "-c", "from orchard.cli import main; main()", "train", *words]
    return run_workers(command, workers, say=_say)


def _write(order: Order, file: Path, results: Results, outcome: Outcome | None) -> None:
    """Write the report of the run, where one is asked for; a run that was stopped has one too."""
    import os

    if not results.paths or os.environ.get("RANK", "0") != "0":
        return
    from orchard.report.run import run_result
    from orchard.report.run_page import write_run

    evaluation = outcome.evaluation if outcome else None
    found = run_result(order.programme, order.model, order.out, file, evaluation)
    write_run(found, results.paths[0])
    results.tell()


def _tell(order: Order, outcome: Outcome) -> None:
    """Say what became of it; a run that was stopped ends with the status of its signal."""
    import os

    if outcome.stopped:
        stage, result = list(outcome.stages.items())[-1]
        _say(f"stopped: {stage} is saved at step {result.step} of {result.steps}; the same command goes on")
        raise typer.Exit(128 + outcome.stopped)
    if os.environ.get("RANK", "0") != "0":
        return
    for stage, result in outcome.stages.items():
        figures = "  ".join(f"{name} {value:.4f}" for name, value in result.judged.items())
        typer.echo(f"{stage}: {result.step} steps  loss {result.loss:.4f}  {figures}")
    if outcome.evaluation is not None:
        from orchard.report.evaluation import describe_evaluation

        for line in describe_evaluation(outcome.evaluation):
            typer.echo(line)
    if order.folder.model(order.model).export.is_dir():
        from orchard.report.card import write_card

        typer.echo(f"wrote {write_card(order.programme, order.model, order.out)}")
    typer.echo(f"{order.folder.model(order.model).path}")


def _say(text: str) -> None:
    typer.echo(text, err=True)
