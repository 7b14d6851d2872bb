"""``orchard corpus [FILE [NAME]]``: which text there is to learn from, and what a corpus is made of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from orchard.cli.options import Format, Json, Runs

if TYPE_CHECKING:
    from orchard.data import Built
    from orchard.spec.programme import Programme


def corpus(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="The programme, a YAML file; without it packages are listed.", show_default=False
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="A corpus of it; the only one if left out.", show_default=False),
    ] = None,
    out: Runs = Path("runs"),
    references: Annotated[
        bool, typer.Option(help="Compare with xz and with tokenizers that are installed; takes 20 s.")
    ] = True,
    json: Json = False,
    format: Format = "text",  # noqa: A002
) -> None:
    """List the packages that ship text, or build a corpus of a programme and print its card.

    Nothing is downloaded: what is missing is named with the command that gets it. A corpus that is built is
    built again only when its sources, or what the programme says of it, have changed.
    """
    from orchard.cli.results import Results

    results = Results([], [file], json=json or format == "json")
    if file is None:
        results.answer({"packages": list(_packages())}, _listed)
        return
    results.answer(_build(file, name, out, references=references), _described)


def _packages() -> Iterator[dict[str, Any]]:
    from orchard.data.packages import command, find, packages

    for one in packages().values():
        found = find(one, Path.cwd())
        size = sum(path.stat().st_size for path in found.files.values()) if found else 0
        yield {
            "id": one.id,
            "title": one.title,
            "registry": one.registry,
            "package": one.package,
            "licence": one.licence,
            "tier": one.tier,
            "here": found is not None,
            "version": found.version if found else "",
            "bytes": size,
            "get": "" if found else command(one),
        }


def _listed(found: Any) -> Iterator[str]:
    rows = found["packages"]
    for tier in ("anywhere", "permissive", "everything"):
        yield {
            "anywhere": "may go anywhere",
            "permissive": "\npermissive: their authors are named",
            "everything": "\neverything else: copyleft and mixed licences",
        }[tier]
        for one in rows:
            if one["tier"] == tier:
                size = f"{one['bytes'] / 1e6:7.1f} MB" if one["here"] else "  not here"
                yield f"  {one['id']:<22}{size}  {one['title']} ({one['licence']})"
    missing = [one for one in rows if not one["here"]]
    if missing:
        yield "\nto get what is not here:"
        for one in missing:
            yield f"  {one['id']:<22}{one['get']}"


def _build(file: Path, name: str | None, out: Path, *, references: bool) -> dict[str, Any]:
    from orchard.cli.progress import Progress
    from orchard.data import build
    from orchard.data.compressions import compressions
    from orchard.spec.load import load

    programme = load(file)
    chosen = _chosen(programme, name)
    folder = out / programme.programme / "corpora" / chosen
    with Progress() as progress:
        built = build(programme.corpora[chosen], chosen, folder, file.parent, progress=progress)
        found: dict[str, Any] = {"folder": str(folder), "card": built.card}
        if references:
            progress("comparing with tokenizers", 0.98)
            found["tokenizers"] = [one._asdict() for one in compressions(built)]
            progress("comparing with xz", 0.99)
            found["xz"] = _xz(built)
    return found


def _xz(built: Built) -> dict[str, Any]:
    """Bits per byte that xz makes of held-out text: the reference that models are judged beside."""
    from orchard.evaluate.texts import priming, reference, texts

    judged = texts(built.held_out)
    before = priming(built.documents("train"))
    found = reference(judged, before)
    size = sum(len(one.text.encode()) for one in judged)
    return {
        "primed": found.primed,
        "alone": sum(found.bits) / size,
        "held_out_bytes": size,
        "priming_bytes": len(before),
    }


def _chosen(programme: Programme, name: str | None) -> str:
    from orchard.errors import DataError, Finding, did_you_mean

    known = list(programme.corpora)
    if name is None and len(known) == 1:
        return known[0]
    if name in programme.corpora:
        return str(name)
    said = f"no corpus {name!r}" if name else f"{len(known)} corpora"
    wanted = f"one of {', '.join(known)}" if known else "a programme with `corpora:`"
    raise DataError(Finding("O806", "", "corpora", said, wanted, did_you_mean(name or "", known)))


def _described(found: Any) -> Iterator[str]:
    from orchard.data.card import page

    yield from page(found["card"])
    if "tokenizers" in found:
        yield ""
        yield "## Compression of held-out text"
        yield ""
        for one in found["tokenizers"]:
            lossy = "" if one["exact"] else ", which loses parts of the text"
            yield (
                f"- {one['bytes_per_token']:.2f} bytes a token: {one['name']} tokenizer, "
                f"{one['vocabulary']:,} entries{lossy}"
            )
        if len(found["tokenizers"]) == 1:
            yield "- no other tokenizer is installed here to compare with"
        packed = found["xz"]
        yield (
            f"- {packed['primed']:.3f} bits a byte: xz -9 after {packed['priming_bytes'] / 1e6:.1f} MB "
            f"of training text; {packed['alone']:.3f} alone"
        )
    yield ""
    yield found["folder"]
