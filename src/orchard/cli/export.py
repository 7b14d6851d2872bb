"""``orchard export FILE MODEL``: a trained model for other programs, compared before it gets its name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from orchard.cli.options import Format, Json, Runs
from orchard.cli.sources import tell_passed_over
from orchard.errors import Finding, TrainError

if TYPE_CHECKING:
    from orchard.train.export.quantise import Quantisation
    from orchard.train.export.verify import Written

Kind = Literal[
    "f32", "f16", "bf16", "q8_0", "q6_k", "q5_k", "q5_1", "q5_0", "q4_k", "q4_1", "q4_0", "q3_k", "q2_k"
]
_FOLDERS = ("f32", "f16", "bf16")  # what safetensors are written in


def export(
    file: Annotated[Path, typer.Argument(help="The programme, a YAML file.", show_default=False)],
    model: Annotated[
        str,
        typer.Argument(
            help="A trained model of the programme, or the folder of an exported one.", show_default=False
        ),
    ],
    to: Annotated[
        Literal["gguf", "safetensors"],
        typer.Option(help="gguf: one file for llama.cpp; safetensors: a folder for transformers."),
    ] = "gguf",
    quantise: Annotated[Kind, typer.Option(help="Number format; safetensors know those above q8_0.")] = "f32",
    out: Annotated[
        Path | None,
        typer.Option(help="File or folder to write; beside the model by default.", show_default=False),
    ] = None,
    runs: Runs = Path("runs"),
    json: Json = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """Export a trained model as GGUF or safetensors, and compare it with what was trained.

    A GGUF file is opened by llama.cpp, which has to compute the same log-probabilities within 0.001 nats
    (fewer bits: within a divergence that is printed), the same tokens and the same conversations. What
    differs gets no name. The figures are written into the ledger.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from orchard.cli.progress import Progress
    from orchard.cli.results import Results
    from orchard.spec.load import load
    from orchard.train.folder import ProgrammeFolder

    if to == "safetensors" and quantise not in _FOLDERS:
        wanted = f"one of {', '.join(_FOLDERS)} for safetensors"
        raise TrainError(Finding("O903", "", "--quantise", quantise, wanted, "--to gguf"))
    programme = load(file)
    results = Results([], [file], json=json or format == "json")
    try:
        from orchard.train.export.source import find_source
    except ModuleNotFoundError as error:
        found, hint = f"no package {error.name}", "pip install 'orchard[train]'"
        raise TrainError(Finding("O904", "", "export", found, "what training needs", hint)) from None
    source = find_source(programme, model, runs)
    tell_passed_over(programme, model, runs)
    folder = ProgrammeFolder(runs / programme.programme)
    mine = model in programme.models
    beside = folder.model(model).path if mine else source.path.resolve().parent
    name = f"{source.model.name}-{quantise}" + ("" if to == "safetensors" else ".gguf")
    path = out or beside / name
    _free(path, to, source.path)
    with Progress() as progress:
        written = _written(source.model, path, to, quantise, progress)
    account = _account(source.model.name, source.path, to, quantise, written)
    if mine:
        from orchard.ledger import Ledger
        from orchard.report.card import write_card

        at = os.path.relpath(path, folder.path)
        values = {**account, "path": at, "source": _identity(source.path)}
        Ledger(folder.ledger).append("export", model, values)
        write_card(programme, model, runs)
    results.answer(account, _described)


def _free(path: Path, to: str, source: Path) -> None:
    """Refuse a place that holds something else than an earlier export."""
    found = None
    if path.resolve() == source.resolve():
        found = "the model that is exported"
    elif to == "gguf" and path.is_dir():
        found = "a folder"
    elif to == "gguf" and path.exists() and not _is_gguf(path):
        found = "something that is no GGUF file"
    elif to == "safetensors" and path.exists() and not (path / "config.json").is_file():
        found = "something that is no exported model"
    if found:
        from orchard.errors import OutputError

        raise OutputError(Finding("O701", str(path), "", found, "a place of its own", "--out PATH"))


def _identity(source: Path) -> str:
    """What the ledger calls weights that were exported: digest of a checkpoint's card, or of a folder."""
    from orchard.train.checkpoint import CARD
    from orchard.train.export.folder import digest
    from orchard.train.export.fresh import source_of

    return source_of(source) if (source / CARD).is_file() else digest(source)


def _is_gguf(path: Path) -> bool:
    """Whether a file begins as GGUF files do; a file that cannot be read is none."""
    try:
        with path.open("rb") as file:
            return file.read(4) == b"GGUF"
    except OSError:
        return False


def _written(model: Any, path: Path, to: str, quantise: Quantisation, progress: Any) -> Written:
    import torch

    from orchard.train.export.verify import verified, verified_folder

    if to == "gguf":
        return verified(model, path, quantise, progress)
    kinds = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}
    return verified_folder(model, path, kinds[quantise])


def _account(name: str, source: Path, to: str, quantise: Quantisation, written: Written) -> dict[str, Any]:
    """What was written, as plain data."""
    from orchard.train.export.verify import DIVERGENCE_NATS, TOLERANCE_NATS

    found = written.comparison
    exact = quantise == "f32"
    return {
        "model": name,
        "source": str(source),
        "path": str(written.path),
        "format": f"{to} {quantise}",
        "digest": written.digest,
        "bytes": written.size_bytes,
        "compared_with": "llama.cpp" if to == "gguf" else "torch",
        "positions": found.positions,
        "likeliest": found.likeliest,
        "difference_nats": found.difference_nats,
        "divergence_nats": found.divergence_nats,
        "greedy_share": found.greedy_share,
        "tolerance_nats": TOLERANCE_NATS if exact else DIVERGENCE_NATS[quantise],
        "texts": found.texts,
        "conversations": found.conversations,
    }


def _described(found: Mapping[str, Any]) -> Iterator[str]:
    what = "difference_nats" if found["format"].endswith("f32") else "divergence_nats"
    named = "largest difference" if what == "difference_nats" else "mean divergence"
    yield f"{found['path']}  {found['format']}, {found['bytes'] / 1e6:.3g} MB, sha256 {found['digest'][:16]}"
    yield (
        f"  log-probabilities  {named} {found[what]:.2g} nats from torch at {found['positions']} positions, "
        f"by {found['compared_with']}; at most {found['tolerance_nats']:g} is let pass"
    )
    yield f"  likeliest token    the same at {100 * found['greedy_share']:.3g} % of them"
    if found["texts"]:
        yield f"  tokens             the same for all {found['texts']} texts"
    if found["conversations"]:
        yield f"  chat template      the same for all {found['conversations']} conversations"
