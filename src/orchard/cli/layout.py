"""``orchard layout MODEL --chip C --gpus N --seq S --batch B``: which layout for this cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from orchard.cli.options import Calibration, Format, Json

# Keys of a layout in the answer that are no cells of a table of runs.
_NESTED = ("breakdown_s", "compute_s", "parts_gib")


def layout(
    model: Annotated[str, typer.Argument(help="A published model, such as gpt3-175b.", show_default=False)],
    chip: Annotated[str, typer.Option(help="A chip, such as a100.", show_default=False)],
    gpus: Annotated[str, typer.Option(help="Chips.", metavar="N", show_default=False)],
    seq: Annotated[str, typer.Option(help="Tokens of a sequence.", metavar="N", show_default=False)],
    batch: Annotated[str, typer.Option(help="Sequences of a step.", metavar="N", show_default=False)],
    dtype: Annotated[str, typer.Option(help="Number format: bf16, fp8, mxfp8 or nvfp4.")] = "bf16",
    stack: Annotated[str, typer.Option(help='Software, such as "megatron-bridge 26.04".')] = "",
    system: Annotated[str, typer.Option(help='What else is known of it, such as "1600 Gb/s".')] = "",
    options: Annotated[str, typer.Option(help='Flags of the stack, such as "MTP; bf16 gradients".')] = "",
    top: Annotated[str, typer.Option(help="How many of the best to list.", metavar="N")] = "3",
    json: Json = False,
    runs: Annotated[
        Path | None,
        typer.Option(help="Write the best as a CSV file that estimate training reads.", show_default=False),
    ] = None,
    calibration: Calibration = None,
    format: Format = "text",  # noqa: A002
) -> None:
    """Search every legal layout of a model on a cluster: the best, why others lose, speed and memory.

    Tensor, pipeline, context, data and expert parallelism, interleaving, microbatch, sharding and
    recomputation are tried in every legal combination. Exit status 2 when none is legal, or none fits:
    then it says what is short, and by how much.
    """
    from orchard.cli.progress import Progress
    from orchard.cli.results import Results
    from orchard.estimate.training.calibration import calibration as read_calibration
    from orchard.estimate.training.layouts.answer import layouts
    from orchard.estimate.training.layouts.legal import count
    from orchard.estimate.training.layouts.question import question
    from orchard.report.layouts import describe_layouts

    results = Results([runs], [calibration], json=json or format == "json")
    known = read_calibration(calibration)
    asked = question(
        {"model": model, "chip": chip, "n_gpus": gpus, "seq_len": seq, "global_batch": batch, "dtype": dtype,
         "stack": stack, "system": system, "options": options}, known, top
    )  # fmt: skip
    total = max(count(asked.architecture, asked.cluster), 1)
    with Progress() as progress:
        answer = layouts(asked, known, lambda done: progress(f"{done:,} layouts", min(done / total, 1.0)))
    if runs is not None:
        _write_runs(answer["best"], runs)
    results.answer(answer, describe_layouts)


def _write_runs(best: Sequence[Mapping[str, Any]], path: Path) -> None:
    """A table of runs with their estimates; whole or not at all."""
    import csv
    import io

    from orchard.files import write_text

    text = io.StringIO()
    columns = [name for name in best[0] if name not in _NESTED]
    writer = csv.DictWriter(text, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({**one, "fits": str(one["fits"]).lower()} for one in best)
    write_text(text.getvalue(), path)
