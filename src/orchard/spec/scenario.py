"""Scenario files: named sets of changes to a programme, each with its reason.

::

    scenarios:
      late-turbines:
        why: gas turbines come half a year later
        set:
          sites.prometheus.delay: 200 d
          sites.hyperion.delay: {assumed: 270 d, low: 60 d, high: 700 d, why: as turbines}
      money:
        why: what the budget of 2026 decides
        vary:
          finances.budget.2026: [100 G USD, 115 G USD, 130 G USD]

Paths are those of an ``override:`` block. `vary` makes a scenario of each combination of its values.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping
from itertools import product
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

from orchard.errors import Finding, SpecError, did_you_mean
from orchard.spec import override, reader
from orchard.spec.programme import Programme
from orchard.spec.reader import Document

CODES = {
    "O122": "a scenario that cannot be read",
    "O123": "a scenario that changes a place that does not exist",
    "O124": "a scenario that is not in its file",
}
MOST = 1000
"""Scenarios that one file may make."""

_KEYS = ("why", "set", "vary")
_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,59}")


class Scenario(NamedTuple):
    """Changes that belong together, by path, and why they are made; `place` is their line."""

    name: str
    why: str
    changes: dict[str, Any]
    place: str

    def apply(self, document: Document) -> Document:
        """The programme with these changes behind its own overrides.

        Raises
        ------
        SpecError
            O123: every change of a place that does not exist
        """
        wrong = []
        for path in self.changes:
            steps = override.find(document.data, Programme, path)
            if isinstance(steps, str):
                found = f"no place {path[:80]!r}"
                wrong.append(Finding("O123", self.place, self.name, found, "a place of the programme", steps))
        if wrong:
            raise SpecError(wrong)
        block = document.data.get("override")
        mine = [{"path": path, "value": value, "why": self.why} for path, value in self.changes.items()]
        data = copy.deepcopy(document.data)
        data["override"] = [*(block if isinstance(block, list) else []), *copy.deepcopy(mine)]
        return Document(document.path, data, document.lines, document.digest)


def read_scenarios(path: Path) -> list[Scenario]:
    """Every scenario of a file, those that `vary` makes included.

    Raises
    ------
    SpecError
        a file that cannot be read, and O122: all that is wrong with its scenarios, at once
    """
    document = reader.read(path)
    block = document.data.get("scenarios")
    if not isinstance(block, dict) or not block:
        found = "keys " + ", ".join(document.data)[:80]
        wanted = "scenarios: {name: {why: ..., set: {path: value}}}"
        hint = did_you_mean("scenarios", document.data)
        raise SpecError(Finding("O122", str(path), "scenarios", found, wanted, hint))
    wrong = [finding for name, entry in block.items() for finding in _wrong(document, name, entry)]
    if not wrong:
        count = sum(
            prod(len(values) for values in entry.get("vary", {}).values()) for entry in block.values()
        )
        if count > MOST:
            wanted = f"at most {MOST:,}: fewer values in vary"
            wrong.append(Finding("O122", str(path), "scenarios", f"{count:,} scenarios", wanted))
    if wrong:
        raise SpecError(wrong)
    return [one for name, entry in block.items() for one in _made(document, name, entry)]


def read_scenario(named: str) -> Scenario:
    """The scenario that ``FILE`` holds alone, or the one that ``FILE:NAME`` names.

    Raises
    ------
    SpecError
        O124: not in its file, or none is named where there are several
    """
    file, _, name = named.rpartition(":")
    if not file or Path(named).exists():
        file, name = named, ""
    found = read_scenarios(Path(file))
    names = [one.name for one in found]
    if name in names or (not name and len(found) == 1):
        return found[names.index(name) if name else 0]
    said = f"the scenario {name[:60]!r}" if name else f"{len(found)} scenarios"
    hint = did_you_mean(name, names) if name else f"--scenario {file}:{names[0]}"
    raise SpecError(Finding("O124", file, "", said, "one of " + ", ".join(names[:8]), hint))


def _wrong(document: Document, name: str, entry: Any) -> Iterator[Finding]:
    """What is wrong with one entry of a file."""
    here = document.place(("scenarios", name))
    path = f"scenarios.{name}"
    if not _ID.fullmatch(name):
        yield Finding(
            "O122", here, path, f"the name {name[:60]!r}", "small letters, digits, dots and hyphens"
        )
    if not isinstance(entry, dict):
        yield Finding("O122", here, path, "no mapping", "why, and set or vary")
        return
    for key in entry:
        if key not in _KEYS:
            hint = did_you_mean(key, _KEYS)
            yield Finding("O122", here, path, f"the key {key[:40]!r}", "why, set and vary", hint)
    if not isinstance(entry.get("why"), str) or not entry["why"].strip():
        yield Finding("O122", here, path, "no why", "the reason for the changes, a text")
    if not any(entry.get(key) for key in ("set", "vary")):
        yield Finding("O122", here, path, "no changes", "set: {path: value}, or vary: {path: [values]}")
    for key in ("set", "vary"):
        if not isinstance(entry.get(key, {}), dict):
            yield Finding("O122", here, f"{path}.{key}", "no mapping", f"{key}: a value for each path")
            return
    for changed, values in entry.get("vary", {}).items():
        if not isinstance(values, list) or not values:
            line = document.place(("scenarios", name, "vary", changed))
            found, hint = repr(values)[:60], f"[{values}]"[:80]
            yield Finding("O122", line, f"{path}.vary.{changed}", found, "a list of values", hint)


def _made(document: Document, name: str, entry: Mapping[str, Any]) -> Iterator[Scenario]:
    """The scenarios of an entry: one, or one for each combination."""
    fixed, varied = entry.get("set", {}), entry.get("vary", {})
    place = document.place(("scenarios", name))
    if not varied:
        yield Scenario(name, entry["why"], dict(fixed), place)
        return
    for number, values in enumerate(product(*varied.values()), 1):
        changes = dict(zip(varied, values, strict=True))
        said = ", ".join(f"{path} = {_shown(value)}" for path, value in changes.items())
        yield Scenario(f"{name}.{number}", f"{entry['why']}: {said}", {**fixed, **changes}, place)


def _shown(value: Any) -> str:
    return str(value.get("assumed", value.get("fact", value))) if isinstance(value, dict) else str(value)
