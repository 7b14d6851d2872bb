"""The ``override:`` block: values replaced after the rest of the file is read.

::

    override:
      - {path: sites.prometheus.pue, value: 1.2, why: "what if cooling is worse"}

A path is dotted; entries of lists go by their `id` or number. Every report prints the block. The command
line adds to it with ``--set sites.prometheus.pue=1.2``.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from pydantic import BaseModel

from orchard.errors import Finding, SpecError, did_you_mean
from orchard.spec import places
from orchard.spec.places import Steps
from orchard.spec.reader import Document, read_text

CODES = {
    "O120": "an override of a place that does not exist",
    "O121": "a setting of the command line that is not PATH=VALUE",
}
SET = "--set"


class Applied(NamedTuple):
    """One override: where it stands in the file, the value before (None: not given), the value after."""

    path: str
    before: Any
    after: Any
    why: str
    steps: Steps
    line: int


def apply(document: Document, root: type[BaseModel]) -> tuple[Document, list[Finding]]:
    """The document with its overrides in place, and what is wrong with them.

    An override may set a key that the file leaves out, if `root` knows that key.
    """
    data, lines = copy.deepcopy(document.data), dict(document.lines)
    findings: list[Finding] = []
    for index, entry in _entries(document):
        steps = find(data, root, entry["path"])
        if isinstance(steps, str):
            here: Steps = ("override", index, "path")
            found = f"no place {entry['path'][:80]!r}"
            path = places.dotted(("override", index), document.data)
            findings.append(Finding("O120", document.place(here), path, found, "a place of this file", steps))
            continue
        _put(data, steps, copy.deepcopy(entry["value"]))
        _move_lines(lines, ("override", index, "value"), steps)
    return Document(document.path, data, lines, document.digest), findings


def applied(document: Document, root: type[BaseModel]) -> list[Applied]:
    """Every override of a document as read, with the value it replaces; wrong ones are left out."""
    data = copy.deepcopy(document.data)
    result = []
    for index, entry in _entries(document):
        steps = find(data, root, entry["path"])
        if isinstance(steps, str):
            continue
        before, after = copy.deepcopy(places.value_at(data, steps)), entry["value"]
        line = document.line(("override", index))
        result.append(Applied(entry["path"], before, after, entry["why"], steps, line))
        _put(data, steps, copy.deepcopy(after))
    return result


def settle(document: Document, settings: Iterable[str]) -> Document:
    """The document with settings of the command line, each ``path=value``, behind its own overrides.

    Raises
    ------
    SpecError
        O121: every setting that is not one, at once; what is wrong with its YAML
    """
    texts = list(settings)
    if not texts:
        return document
    wrong = [text for text in texts if not text.partition("=")[0].strip() or "=" not in text]
    if wrong:
        hint = "sites.prometheus.pue=1.2"
        raise SpecError(Finding("O121", SET, "", repr(text[:80]), "PATH=VALUE", hint) for text in wrong)
    data, block = copy.deepcopy(document.data), document.data.get("override")
    added = [_setting(text) for text in texts]
    data["override"] = [*(block if isinstance(block, list) else []), *added]
    return Document(document.path, data, document.lines, document.digest)


def _setting(text: str) -> dict[str, Any]:
    path, _, value = text.partition("=")
    read = read_text(f"value: {value.strip()}", SET).data["value"]
    return {"path": path.strip(), "value": read, "why": f"{SET} on the command line"}


def find(data: Any, root: type[BaseModel], path: str) -> Steps | str:
    """Steps to a dotted path; a text that says what to try when there is none.

    Keys may hold dots (ids of facts): the longest key that fits is taken.

    >>> from orchard.spec.programme import Programme
    >>> find({"sites": {"ohio": {}}}, Programme, "sites.ohio.pue")
    ('sites', 'ohio', 'pue')
    >>> find({"sites": {"ohio": {}}}, Programme, "sites.ohio.peu")
    "did you mean 'sites.ohio.pue'?"
    """
    steps: Steps = ()
    rest = path
    while rest:
        step = _next(data, rest)
        if step is None:
            return _absent(data, root, path, steps, rest)
        name, rest = step
        steps, data = (*steps, name), places.child(data, name)
    return steps if steps and steps[0] != "override" else "the path of a value outside `override`"


def _next(data: Any, rest: str) -> tuple[str | int, str] | None:
    """First step of `rest` that exists in `data`, and what remains."""
    if isinstance(data, dict):
        fitting = [key for key in data if rest == key or rest.startswith(key + ".")]
        best = max(fitting, key=len, default=None)
        return None if not best else (best, rest[len(best) + 1 :])
    if isinstance(data, list):
        name, _, remaining = rest.partition(".")
        for index, entry in enumerate(data):
            known = entry.get("id") if isinstance(entry, dict) else None
            if name in (known, str(index)):
                return index, remaining
    return None


def _absent(data: Any, root: type[BaseModel], path: str, steps: Steps, rest: str) -> Steps | str:
    known = list(places.fields(_type_at(root, steps))) if isinstance(data, dict) else []
    if rest in known:
        return (*steps, rest)
    around = path[: len(path) - len(rest)]
    near = [*known, *_names(data)]
    word, _, tail = rest.partition(".")
    hint = did_you_mean(around + word, [around + name for name in near])
    if hint and tail:
        return hint.replace("'?", f".{tail[:60]}'?")
    return hint or ("there is " + ", ".join(around + name for name in near[:8]) if near else "")


def _names(data: Any) -> list[str]:
    if isinstance(data, dict):
        return [key for key in data if key != "override"]
    if isinstance(data, list):
        known = [entry.get("id") if isinstance(entry, dict) else None for entry in data]
        return [name if isinstance(name, str) else str(index) for index, name in enumerate(known)]
    return []


def _type_at(root: type[BaseModel], steps: Steps) -> Any:
    """Type at some steps of the data; a union on the way is left open."""
    kind: Any = root
    for step in steps:
        options = [places.below(member, step) for member in places.members(kind)]
        known = [option for option in options if option is not None]
        kind = known[0] if known else None
    return kind


def _entries(document: Document) -> Iterator[tuple[int, dict[str, Any]]]:
    """Overrides of the right shape; the others are reported when the programme is validated."""
    block = document.data.get("override")
    for index, entry in enumerate(block if isinstance(block, list) else []):
        whole = isinstance(entry, dict) and set(entry) == {"path", "value", "why"}
        if whole and isinstance(entry["path"], str) and isinstance(entry["why"], str):
            yield index, entry


def _put(data: Any, steps: Steps, value: Any) -> None:
    for step in steps[:-1]:
        data = data[step]
    data[steps[-1]] = value


def _move_lines(lines: dict[Steps, int], source: Steps, target: Steps) -> None:
    for old in [steps for steps in lines if steps[: len(target)] == target]:
        del lines[old]
    size = len(source)
    moved = {(*target, *steps[size:]): line for steps, line in lines.items() if steps[:size] == source}
    lines.update(moved)
