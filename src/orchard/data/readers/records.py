"""Records: JSON Lines, Parquet, and the formats of single packages."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchard.data.decode import NoTextError
from orchard.data.document import Extract
from orchard.data.readers.plain import decoded


def read_factbook(path: Path, name: str) -> Iterator[Extract]:
    """A country's profile of the World Factbook: headings, and under each its entries in sentences' order.

    Files without a profile (the package's own description) have no text.
    """
    found = decoded(path)
    try:
        profile = json.loads(found.text)
    except ValueError:
        raise NoTextError("no JSON") from None
    if isinstance(profile, dict) and "Introduction" in profile:
        yield Extract(name, "\n".join(_profile(profile)).strip() + "\n", found.done)


def _profile(profile: dict[str, Any]) -> Iterator[str]:
    country = country_name(profile)
    if country:
        yield f"{country}\n"
    for section, entries in profile.items():
        yield f"{section}\n"
        for entry, value in entries.items():
            if isinstance(value, dict) and set(value) == {"text"}:
                yield f"{entry}: {value['text']}"
            elif isinstance(value, dict):
                yield f"{entry}:"
                yield from (f"  {label}: {_flat(each)}" for label, each in value.items())
        yield ""


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        if set(value) == {"text"}:
            return str(value["text"])
        return "; ".join(f"{label}: {_flat(each)}" for label, each in value.items())
    return str(value)


def country_name(profile: dict[str, Any]) -> str:
    """Short name of the country of a profile, or its long one; empty where neither is given."""
    names = profile.get("Government", {}).get("Country name", {})
    for key in ("conventional short form", "conventional long form"):
        name = str(names.get(key, {}).get("text", "")).strip()
        if name and name.lower() != "none":
            return name
    return ""


def read_topics(path: Path, name: str) -> Iterator[Extract]:
    """Python's topics: a module of one dictionary, which is parsed and never run; a document a topic."""
    found = decoded(path)
    for node in ast.parse(found.text).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            topics = ast.literal_eval(node.value)
            for topic, text in topics.items():
                yield Extract(f"{name}#{topic}", text, found.done)
