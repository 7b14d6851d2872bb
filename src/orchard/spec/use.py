"""``use:`` inside ``architecture:``: a published model of the catalogue, with fields of one's own.

::

    architecture: {use: llama-3.1-405b, layers: 130}
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any, NamedTuple

from orchard.catalogue import Catalogue
from orchard.catalogue.models import ModelRow
from orchard.errors import FactError, Finding
from orchard.spec import places
from orchard.spec.places import Steps
from orchard.spec.reader import Document
from orchard.spec.wording import describe

CODES = {
    "O130": "a model that the catalogue does not know",
    "O131": "a model whose architecture is not supported",
}


class Used(NamedTuple):
    """One resolved `use:`: the dotted place of the architecture, and the id of the model."""

    path: str
    model: str


def resolve(document: Document, catalogue: Catalogue) -> tuple[Document, list[Used], list[Finding]]:
    """The document with every ``use:`` replaced by the fields it stands for, overlaid by the user's."""
    data = copy.deepcopy(document.data)
    used: list[Used] = []
    findings: list[Finding] = []
    for steps, block in list(_blocks(data, ())):
        name = block.pop("use")
        path = places.dotted(steps, data)
        row = _row(name, catalogue)
        if isinstance(row, Finding):
            findings.append(row._replace(place=document.place((*steps, "use")), path=f"{path}.use"))
            continue
        own = dict(block)
        block.clear()
        block.update({"kind": row.kind, **row.fields, **own})
        used.append(Used(path, row.id))
    return Document(document.path, data, document.lines, document.digest), used, findings


def _row(name: Any, catalogue: Catalogue) -> ModelRow | Finding:
    wanted = "the name of a published model"
    if not isinstance(name, str):
        return Finding("O130", "", "", describe(name), wanted)
    try:
        row = catalogue.model(name)
    except FactError as error:
        return Finding("O130", "", "", f"no model {name[:60]!r}", wanted, error.findings[0].hint)
    if not row.supported:
        found = f"{row.id}: {row.reason}"
        return Finding("O131", "", "", found, "a model Orchard can compute", "write its architecture out")
    return row


def _blocks(data: Any, steps: Steps) -> Iterator[tuple[Steps, dict[str, Any]]]:
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for step, value in pairs:
        if step == "architecture" and isinstance(value, dict) and "use" in value:
            yield (*steps, step), value
        elif not (steps == () and step == "override"):
            yield from _blocks(value, (*steps, step))
