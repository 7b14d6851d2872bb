"""From pydantic's errors to findings a person can act on, all at once."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from orchard.errors import Finding
from orchard.spec import places
from orchard.spec.reader import Document
from orchard.spec.wording import Case, join, say


def explain(error: ValidationError, root: type[BaseModel], document: Document) -> list[Finding]:
    """Every finding behind a validation error, one for each place, in the order of the file.

    Of a union only the branch that fits best is told; a missing key is not told when an unknown key
    beside it is most likely meant for it.

    Parameters
    ----------
    error
        what `root.model_validate(document.data)` raised
    root
        the model that was validated
    document
        gives the lines
    """
    raw = error.errors(include_url=False)
    cases = [_case(dict(item), root) for item in raw]
    cases = _without_misspelt(_best_branches(cases))
    found: dict[tuple[str, ...], Finding] = {}
    for case in cases:
        words = say(case)
        steps = case.spot.steps if words.steps is None else words.steps
        path = places.dotted(steps, document.data)
        finding = Finding(words.code, document.place(steps), path, words.found, words.wanted, words.hint)
        found.setdefault((path, words.code, words.found), finding)
    return sorted(found.values(), key=lambda finding: int(finding.place.rpartition(":")[2]))


def _case(item: dict[str, Any], root: type[BaseModel]) -> Case:
    spot = places.locate(root, item["loc"])
    context = dict(item.get("ctx") or {})
    if item["type"] in ("missing", "extra_forbidden"):
        around = places.fields(places.locate(root, item["loc"][:-1]).type)
        context |= {"fields": list(around), "field": around.get(str(item["loc"][-1]))}
    return Case(item["type"], spot, item.get("input"), context, item["msg"])


def _best_branches(cases: list[Case]) -> list[Case]:
    unions = {branch.steps for case in cases for branch in case.spot.branches}
    for steps in sorted(unions, key=len):
        tried: dict[str, list[Case]] = {}
        for case in cases:
            for branch in case.spot.branches:
                if branch.steps == steps:
                    tried.setdefault(branch.label, []).append(case)
        if len(tried) < 2:
            continue
        best = min(tried.values(), key=lambda branch: _misfit(branch, steps))
        shallow = all(case.spot.steps == steps for branch in tried.values() for case in branch)
        dropped = {id(case) for branch in tried.values() if branch is not best for case in branch}
        cases = [case for case in cases if id(case) not in dropped]
        if shallow:
            joined = join([branch[0] for branch in tried.values()])
            cases = [joined if case is best[0] else case for case in cases if case not in best[1:]]
    return cases


def _misfit(branch: list[Case], steps: places.Steps) -> tuple[bool, int]:
    """The lower the better: a branch whose errors lie deeper was the right shape."""
    return any(case.spot.steps == steps for case in branch), len(branch)


def _without_misspelt(cases: list[Case]) -> list[Case]:
    missing = {case.spot.steps for case in cases if case.kind == "missing"}
    meant: set[places.Steps] = set()
    for case in cases:
        if case.kind == "extra_forbidden":
            *around, key = case.spot.steps
            absent = [str(steps[-1]) for steps in missing if list(steps[:-1]) == around]
            meant |= {(*around, near) for near in get_close_matches(str(key)[:80], absent, n=1)}
    return [case for case in cases if not (case.kind == "missing" and case.spot.steps in meant)]
