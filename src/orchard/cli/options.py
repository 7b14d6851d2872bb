"""Arguments and options that several verbs share, so that they are called and explained alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Format = Annotated[
    Literal["text", "json"], typer.Option("--format", help="How answers and findings are printed.")
]
Json = Annotated[bool, typer.Option("--json", help="Print everything that was found as JSON.")]
Html = Annotated[Path | None, typer.Option(help="Write the report, one HTML file that works offline.")]
Calibration = Annotated[
    Path | None, typer.Option(help="Constants fitted to your own measurements.", show_default=False)
]

# Of verbs that train, and of those that use what was trained: where it lies.
Runs = Annotated[Path, typer.Option(help="Folder of the runs.")]

# Of verbs that draw samples: where that is done, and where finished blocks are kept.
EngineName = Annotated[
    Literal["local", "ray"],
    typer.Option(
        "--engine",
        help="Where samples are drawn: here, or on the Ray cluster of RAY_ADDRESS.",
    ),
]
Keep = Annotated[
    Path | None,
    typer.Option(help="Keep finished blocks in this folder, and go on from those in it.", show_default=False),
]

# Of verbs that plan: what is changed for this once.
ScenarioName = Annotated[
    str | None,
    typer.Option("--scenario", help="Changes of a scenario file: FILE, or FILE:NAME.", show_default=False),
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="PATH=VALUE, as sites.prometheus.pue=1.2.", show_default=False),
]

# Of verbs that estimate: the table of answers.
Answers = Annotated[
    Path, typer.Option(help="Write the estimates, a CSV file; - prints them.", show_default=False)
]

# Of verbs that calibrate: what is fitted to, what is written, and where the fit begins.
Measured = Annotated[
    Path | None,
    typer.Argument(help="Your measurements, a CSV file; with --from-priors, those of the project."),
]
Fitted = Annotated[Path | None, typer.Option(help="Write the calibration, a CSV file.", show_default=False)]
FromPriors = Annotated[
    bool,
    typer.Option("--from-priors", help="Begin with the priors, as the shipped calibration does."),
]
