"""Published model architectures: one row a model, with source, aliases and published counts.

The catalogue lies below :mod:`orchard.spec`, so a row holds plain values under the field names of the
architecture classes; whoever plans builds the class from them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from orchard.errors import FactError, Finding

Value = int | float | bool | str

FILES = ("models.csv", "video_models.csv")

_ABOUT = frozenset(
    {"id", "kind", "aliases", "parameters_published", "active_published", "published_source", "as_of"}
    | {"supported", "reason", "source", "locator", "note"}
)


@dataclass(frozen=True)
class ModelRow:
    """A published model.

    `fields` are constructor arguments of ``LanguageArchitecture`` or ``VideoArchitecture``, by `kind`.
    A row with `supported` false names a model whose architecture is not public or not modelled;
    `reason` says which, and `fields` then hold what is known. `parameters_published` and
    `active_published` are what `published_source` states, rounded as it rounds them.
    """

    id: str
    kind: Literal["language", "video"]
    fields: dict[str, Value]
    source: str
    locator: str = ""
    aliases: tuple[str, ...] = ()
    note: str = ""
    supported: bool = True
    reason: str = ""
    as_of: date | None = None
    parameters_published: float | None = None
    active_published: float | None = None
    published_source: str = ""
    place: str = field(default="", compare=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The id and every alias."""
        return (self.id, *self.aliases)


def read_models(directory: Path) -> dict[str, ModelRow]:
    """Read every model of a data directory, by id.

    Raises
    ------
    FactError
        rows without source, of unknown kind, with unreadable values, or that share a name; all at once
    """
    rows: dict[str, ModelRow] = {}
    findings: list[Finding] = []
    for name in FILES:
        path = directory / name
        with path.open(encoding="utf-8", newline="") as file:
            for line, cells in enumerate(csv.DictReader(file), start=2):
                try:
                    row = _row(cells, f"{name}:{line}")
                except ValueError as error:
                    findings.append(_finding(f"{name}:{line}", cells.get("id") or "", str(error)))
                    continue
                if row.id in rows:
                    findings.append(_finding(row.place, row.id, f"the id stands in {rows[row.id].place} too"))
                rows[row.id] = row
    findings += _shared_names(rows.values())
    if findings:
        raise FactError(findings)
    return rows


def find_model(models: Mapping[str, ModelRow], name: str) -> ModelRow | None:
    """Look a model up by id or alias; case, spaces and punctuation do not matter."""
    wanted = normal_name(name)
    for row in models.values():
        if any(normal_name(alias) == wanted for alias in row.names):
            return row
    return None


def normal_name(name: str) -> str:
    """Reduce a name to what tells models apart.

    >>> normal_name("GPT OSS 120B") == normal_name("gpt-oss-120b")
    True
    """
    return re.sub(r"[^a-z0-9]+", "", name.casefold())


def _row(cells: dict[str, str], place: str) -> ModelRow:
    kind = cells["kind"]
    if kind not in ("language", "video"):
        raise ValueError(f"kind {kind!r} is neither language nor video")
    if not cells["source"]:
        raise ValueError("the row has no source")
    supported = _value(cells["supported"])
    if not isinstance(supported, bool) or supported == bool(cells["reason"]):
        raise ValueError("supported must be true, or false with a reason")
    return ModelRow(
        id=cells["id"],
        kind="language" if kind == "language" else "video",
        fields={name: _value(cell) for name, cell in cells.items() if cell and name not in _ABOUT},
        source=cells["source"],
        locator=cells["locator"],
        aliases=tuple(alias for alias in cells["aliases"].split(";") if alias),
        note=cells["note"],
        supported=supported,
        reason=cells["reason"],
        as_of=date.fromisoformat(cells["as_of"]) if cells["as_of"] else None,
        parameters_published=_number(cells["parameters_published"]),
        active_published=_number(cells["active_published"]),
        published_source=cells["published_source"],
        place=place,
    )


def _value(cell: str) -> Value:
    if cell in ("true", "false"):
        return cell == "true"
    return int(cell) if re.fullmatch(r"[0-9]+", cell) else cell


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def _shared_names(rows: Iterable[ModelRow]) -> list[Finding]:
    owners: dict[str, ModelRow] = {}
    findings: list[Finding] = []
    for row in rows:
        for name in row.names:
            owner = owners.setdefault(normal_name(name), row)
            if owner is not row:
                findings.append(_finding(row.place, row.id, f"{name!r} also names {owner.id}"))
    return findings


def _finding(place: str, model: str, found: str) -> Finding:
    return Finding("O608", place, model, found, "a row as orchard.catalogue.models reads it", "mend the row")
