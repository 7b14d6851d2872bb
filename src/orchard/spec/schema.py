"""The JSON schema of a programme, for editors: keys, units, examples, descriptions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchard.files import write_text
from orchard.spec.programme import Programme

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


def schema() -> dict[str, Any]:
    """JSON Schema of the programme file.

    Entries with a unit carry it as ``unit``, an example, and a description that names both; an
    architecture may stand for itself or ``use`` a model of the catalogue.

    >>> schema()["properties"]["programme"]["description"]
    'short name of the programme'
    """
    result: dict[str, Any] = {"$schema": _DIALECT, **Programme.model_json_schema(mode="validation")}
    result["title"] = "Orchard programme"
    for node in _nodes(result):
        if "unit" in node and "examples" in node:
            node["description"] = _with_unit(node)
        if "oneOf" in node:  # the kinds of architecture: a `use:` alone fits each of them
            node["anyOf"] = node.pop("oneOf")
        for held in node.get("properties", {}).values():
            _lift_optional(held)
    for name, node in result.get("$defs", {}).items():
        if name.endswith("Architecture"):
            _allow_use(node)
    return result


def write_schema(path: Path) -> None:
    """Write the schema to a file, whole or not at all.

    Raises
    ------
    OutputError
        the file cannot be written
    """
    write_text(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n", path)


def _nodes(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
        for below in list(node.values()):
            yield from _nodes(below)
    elif isinstance(node, list):
        for below in node:
            yield from _nodes(below)


def _with_unit(node: dict[str, Any]) -> str:
    said = node.get("description", "")
    unit = "a bare number or a percentage" if node["unit"] in ("1", "%") else f"in {node['unit']}"
    tail = f"{unit}, as `{node['examples'][0]}`; or a fact; or assumed with low, high and why"
    return f"{said} ({tail})" if said else tail


def _lift_optional(node: dict[str, Any]) -> None:
    """Give an optional entry the example and the unit of what it may hold, for editors that hover."""
    options = [option for option in node.get("anyOf", ()) if "unit" in option]
    if len(options) == 1 and "unit" not in node:
        node["examples"] = options[0]["examples"]
        node["unit"] = options[0]["unit"]


def _allow_use(node: dict[str, Any]) -> None:
    required = node.pop("required", [])
    text = "name of a published model of the catalogue, whose fields are taken where none stand here"
    node["properties"] = {"use": {"type": "string", "description": text}, **node["properties"]}
    node["anyOf"] = [{"required": ["use"]}, {"required": required}]
