"""The JSON schema says what editors need."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orchard import units
from orchard.errors import OutputError
from orchard.spec.schema import schema, write_schema


def nodes(node: Any) -> Any:
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for below in node:
            yield from nodes(below)


def test_every_amount_has_a_unit_an_example_and_a_description() -> None:
    amounts = [node for node in nodes(schema()) if isinstance(node.get("unit"), str) and "examples" in node]
    assert len(amounts) > 40
    for node in amounts:
        units.parse_as(node["examples"][0], node["unit"])
        assert node["description"].count("or a fact;") == 1


def test_every_key_that_people_write_is_described_or_plain() -> None:
    site = schema()["$defs"]["Site"]["properties"]
    assert "facility power the site can grow to" in site["ultimate"]["description"]
    assert site["ultimate"]["unit"] == "W"


def test_an_architecture_may_use_a_model_instead_of_its_keys() -> None:
    assert "oneOf" not in json.dumps(schema())  # `use:` alone fits both kinds, and `oneOf` would refuse it
    node = schema()["$defs"]["LanguageArchitecture"]
    assert "use" in node["properties"]
    assert {"required": ["use"]} in node["anyOf"]


def test_the_schema_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_schema(tmp_path / "programme.json")
    assert json.loads((tmp_path / "programme.json").read_text())["title"] == "Orchard programme"
    assert [path.name for path in tmp_path.iterdir()] == ["programme.json"]
    with pytest.raises(OutputError):
        write_schema(tmp_path / "no" / "programme.json")
