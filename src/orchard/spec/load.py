"""From a file to a programme: read, override, resolve `use:`, validate, check.

::

    programme = load(Path("programmes/meta-superintelligence.yaml"))
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from orchard.catalogue import Catalogue, catalogue
from orchard.errors import Finding, SpecError
from orchard.spec import (
    findings,
    override,
    reader,
    rules_causes,
    rules_dates,
    rules_energy,
    rules_facts,
    rules_gates,
    rules_money,
    rules_names,
    rules_runs,
    rules_sums,
    rules_training,
    use,
)
from orchard.spec.override import Applied
from orchard.spec.programme import Programme
from orchard.spec.reader import Document
from orchard.spec.rules import RULES, Rule, run
from orchard.spec.scenario import CODES as _SCENARIO_CODES
from orchard.spec.scenario import Scenario
from orchard.spec.use import Used
from orchard.spec.wording import CODES as _WORDING_CODES

__all__ = ["Loaded", "check", "codes", "digest", "load", "load_with_warnings", "loads"]

_TOPICS = (
    rules_names,
    rules_dates,
    rules_facts,
    rules_sums,
    rules_runs,
    rules_money,
    rules_causes,
    rules_energy,
    rules_gates,
    rules_training,
)  # importing them registers their rules
_ORDERED = ("milestones",)  # mappings whose order in the file means something
_DIGITS = 12
_HORIZON = "O310"


class Loaded(NamedTuple):
    """A programme with what was noticed while reading it.

    `document` holds the values after overrides and `use:`, with their lines; `used` the catalogue
    models taken.
    """

    programme: Programme
    document: Document
    warnings: list[Finding]
    overrides: list[Applied]
    used: list[Used]


def load(path: Path, known: Catalogue | None = None) -> Programme:
    """Read and check a programme file.

    Parameters
    ----------
    path
        the file
    known
        the catalogue to use; the packaged one by default

    Raises
    ------
    SpecError
        with everything that is wrong, at once
    """
    return load_with_warnings(path, known).programme


def load_with_warnings(
    path: Path,
    known: Catalogue | None = None,
    extra_rules: Iterable[Rule] = (),
    settings: Iterable[str] = (),
    scenario: Scenario | None = None,
) -> Loaded:
    """Read and check a programme file, and keep what is merely doubtful.

    Changes of a `scenario` come behind the file's own overrides, and `settings` of the command line, each
    ``path=value``, behind those.

    Raises
    ------
    SpecError
        with everything that is wrong, at once; warnings are among the findings then
    """
    document = reader.read(path)
    document = document if scenario is None else scenario.apply(document)
    return _load(override.settle(document, settings), known or catalogue(), extra_rules)


def loads(
    text: str, name: str = "<text>", known: Catalogue | None = None, extra_rules: Iterable[Rule] = ()
) -> Loaded:
    """Read and check a programme given as text; `name` stands for the file in findings.

    Raises
    ------
    SpecError
        with everything that is wrong, at once
    """
    return _load(reader.read_text(text, name), known or catalogue(), extra_rules)


def check(
    programme: Programme, document: Document, known: Catalogue, extra_rules: Iterable[Rule] = ()
) -> list[Finding]:
    """Errors and warnings of every rule, in the order of the file.

    `extra_rules` are the caller's, such as rules about claims. They are left out when the horizon is
    wrong, for then nothing can be computed.
    """
    noticed = run(programme, document, known, RULES.values())
    if any(finding.code == _HORIZON for finding in noticed):
        return noticed
    return _sorted([*noticed, *run(programme, document, known, extra_rules)])


def digest(programme: Programme) -> str:
    """SHA-256 of what the programme says, in hex.

    It does not depend on the order of entries (of milestones it does: they follow each other), nor on
    the units in which amounts are written, be it in their place or in `override`.
    """
    data = programme.model_dump(mode="json")
    for entry in data["override"]:
        del entry["value"]
    text = json.dumps(_canonical(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def codes() -> dict[str, str]:
    """Every code that reading a programme can end with, and what it stands for."""
    every = reader.CODES | _WORDING_CODES | override.CODES | use.CODES | _SCENARIO_CODES
    return dict(sorted((every | {code: rule.title for code, rule in RULES.items()}).items()))


def _load(document: Document, known: Catalogue, extra_rules: Iterable[Rule]) -> Loaded:
    replaced = override.applied(document, Programme)
    overridden, problems = override.apply(document, Programme)
    complete, used, unresolved = use.resolve(overridden, known)
    problems += unresolved
    try:
        programme = Programme.model_validate(complete.data)
    except ValidationError as error:
        hidden = tuple(finding.path.removesuffix("use") for finding in unresolved)
        explained = findings.explain(error, Programme, complete)
        problems += [each for each in explained if not each.path.startswith(hidden)] if hidden else explained
        raise SpecError(_sorted(problems)) from None
    noticed = check(programme, complete, known, extra_rules)
    if problems or any(finding.severity == "error" for finding in noticed):
        raise SpecError(_sorted([*problems, *noticed]))
    return Loaded(programme, complete, noticed, replaced, used)


def _sorted(problems: list[Finding]) -> list[Finding]:
    return sorted(problems, key=lambda finding: int(finding.place.rpartition(":")[2]))


def _canonical(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        pairs = {name: _canonical(below, name) for name, below in value.items()}
        return list(pairs.items()) if key in _ORDERED else pairs
    if isinstance(value, list):
        entries = [_canonical(below) for below in value]
        named = all(isinstance(entry, dict) and isinstance(entry.get("id"), str) for entry in entries)
        return sorted(entries, key=lambda entry: entry["id"]) if named else entries
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}")
    return value
