"""Records: JSON Lines, Parquet, and the formats of single packages.

A record that cannot be used is refused with the reason, and those after it are read.
"""

from __future__ import annotations

import ast
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from orchard.data.decode import NoTextError, decode
from orchard.data.document import Extract
from orchard.data.readers.plain import MOST_BYTES, decoded


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


def read_jsonl(path: Path, name: str, column: str) -> Iterator[Extract]:
    """JSON Lines: one document a line, its text under `column`."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as lines:
        number = 0
        while line := lines.readline(MOST_BYTES + 1):
            number += 1
            place = f"{name}#{number}"
            if len(line) > MOST_BYTES:
                raise NoTextError(f"line {number} has more than {MOST_BYTES >> 20} MiB")
            if line.strip():
                yield _record(line, place, column)


def _record(line: bytes, place: str, column: str) -> Extract:
    try:
        found = decode(line.strip())
        record = json.loads(found.text)
    except NoTextError as error:
        return Extract(place, "", refused=str(error))
    except ValueError:
        return Extract(place, "", refused="no JSON")
    except RecursionError:
        return Extract(place, "", refused="JSON that is nested too deep")
    if not isinstance(record, dict) or column not in record:
        return Extract(place, "", refused=f"no {column!r}")
    if not isinstance(record[column], str):
        return Extract(place, "", refused=f"{column!r} is no text")
    return Extract(place, record[column], found.done)


def read_parquet(path: Path, name: str, column: str) -> Iterator[Extract]:
    """A Parquet file: one document a row, its text under `column`; read batch by batch."""
    import pyarrow
    from pyarrow import parquet

    number = 0
    try:
        with parquet.ParquetFile(path) as file:
            if column not in file.schema_arrow.names:
                raise NoTextError(f"no column {column!r}, but {', '.join(file.schema_arrow.names[:8])}")
            for batch in file.iter_batches(batch_size=256, columns=[column]):
                for value in batch.column(0).to_pylist():
                    number += 1
                    text = value if isinstance(value, str) else ""
                    refused = "" if isinstance(value, str) else f"{column!r} is no text"
                    yield Extract(f"{name}#{number}", text, refused=refused)
    except (pyarrow.ArrowInvalid, UnicodeDecodeError, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise NoTextError(f"no Parquet that can be read after row {number}") from None
