"""``orchard calibrate host``: this machine, measured, as a chip and a step model of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchard.cli.options import Format, Json

if TYPE_CHECKING:
    from orchard.train.host import Calibrated


def host(
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to write into; your own (ORCHARD_HOME) by default.", show_default=False),
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=1, max=3600, help="Seconds it may take; a busy machine takes longer.")
    ] = 60,
    json: Json = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """Measure this machine, for a minute, so that plans on it rest on what it does.

    Times matrix products, copies, and steps of small language models with one thread and with all cores;
    writes a chip `host` into your own catalogue, and the step model of this machine beside it. Programmes
    whose chip says `use: host` then plan with both. Let nothing else run while it measures.
    """
    import os

    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from orchard.catalogue.user import user_folder
    from orchard.cli.progress import Progress
    from orchard.cli.results import Results
    from orchard.cli.shown import require_training

    require_training()
    from orchard.train.host import calibrate
    from orchard.train.host.facts import keep

    results = Results([], [], json=json or format == "json")
    with Progress() as progress:
        measured = calibrate(progress, seconds)
    written = keep(measured, out or user_folder())
    results.answer(_account(measured, written), _described)


def _account(found: Calibrated, written: list[Path]) -> dict[str, Any]:
    """What was measured, as plain data."""
    model = found.model
    return {
        "machine": model.machine,
        "cores": model.cores,
        "precision": model.precision,
        "peaks": {str(count): peaks._asdict() for count, peaks in found.peaks.items()},
        "memory_bytes": found.ram_bytes,
        "power_w": model.power_w or None,
        "widths": {
            "step": {str(count): rates.pass_width for count, rates in model.threads.items()},
            "memory": model.memory_width,
        },
        "errors": found.errors,
        "load": found.load,
        "seconds": found.seconds,
        "digest": model.digest,
        "written": [str(path) for path in written],
    }


def _described(account: Mapping[str, Any]) -> list[str]:
    tera, giga = 1e12, 1e9
    lines = [f"{account['machine']}, {account['cores']} cores, trains in {account['precision']}", ""]
    for count, one in account["peaks"].items():
        half, single = one["bf16_flops_per_s"] / tera, one["fp32_flops_per_s"] / tera
        copied = one["copy_bytes_per_s"] / giga
        lines.append(
            f"{count:>3} threads   TFLOP/s: bf16 {half:.3g}, fp32 {single:.3g}   copies {copied:.3g} GB/s"
        )
    lines.append("")
    for what, errors in account["errors"].items():
        middle = sorted(abs(error) for error in errors)[len(errors) // 2] if errors else 0.0
        most = max((abs(error) for error in errors), default=0.0)
        lines.append(
            f"{what:<22} error on models left out of the fit: {middle:.0%} median, {most:.0%} at most"
        )
    if account["power_w"] is None:
        lines += ["", "no power measured: the processor's counters cannot be read"]
    if account["load"] > 0.5:
        lines += ["", f"load {account['load']:.1f} before it began: measure again on a quiet machine"]
    return [
        *lines,
        "",
        f"{account['seconds']:.0f} s; written:",
        *(f"  {path}" for path in account["written"]),
    ]
