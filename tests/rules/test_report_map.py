"""docs/report.md answers for every statement of the report, and for nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from orchard.catalogue import catalogue
from orchard.plan import Setup, definitions, read_claims
from orchard.spec.load import load
from orchard.spec.programme import Programme

STATEMENTS = range(1, 20)
STATES = {"works", "planned", "not checkable"}


@pytest.fixture(scope="module")
def programme(root: Path) -> Programme:
    return load(root / "programmes" / "meta-superintelligence.yaml")


@pytest.fixture(scope="module")
def rows(root: Path) -> dict[int, tuple[set[str], str, str]]:
    """Claims, part and state of each statement."""
    found = {}
    for line in (root / "docs" / "report.md").read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 5 and cells[0].isdigit():
            assert int(cells[0]) not in found, f"statement {cells[0]} stands twice"
            found[int(cells[0])] = (set(re.findall(r"`([a-z0-9-]+)`", cells[2])), cells[3], cells[4])
    return found


@pytest.fixture(scope="module")
def unknown(programme: Programme) -> set[str]:
    """Claims that the plan cannot answer yet."""
    setup = Setup.of(programme, catalogue())
    return {name for name, test in read_claims(setup, definitions(setup)).items() if test.unknown}


def test_every_statement_has_a_row(rows: dict[int, tuple[set[str], str, str]]) -> None:
    assert sorted(rows) == list(STATEMENTS)
    assert {state for _, _, state in rows.values()} <= STATES
    assert all(part for _, part, _ in rows.values())


def test_every_claim_named_exists(rows: dict[int, tuple[set[str], str, str]], programme: Programme) -> None:
    named = set().union(*(claims for claims, _, _ in rows.values()))
    assert named == set(programme.claims)


def test_every_statement_that_a_claim_answers_for_names_it(
    rows: dict[int, tuple[set[str], str, str]], programme: Programme
) -> None:
    from_claims = {(number, name) for name, claim in programme.claims.items() for number in claim.report}
    from_rows = {(number, name) for number, (claims, _, _) in rows.items() for name in claims}
    assert from_claims - from_rows == set()


def test_states_are_true(rows: dict[int, tuple[set[str], str, str]], unknown: set[str]) -> None:
    for number, (claims, _, state) in rows.items():
        answered = claims - unknown
        assert claims or state == "not checkable", number
        if state == "works":
            assert answered, f"statement {number} is said to work, and no claim of it is answered"
        if state == "planned":
            assert claims & unknown, f"statement {number} is said to be planned, and every claim is answered"


def test_unknown_claims_are_marked(root: Path, unknown: set[str]) -> None:
    text = (root / "docs" / "report.md").read_text("utf-8")
    assert set(re.findall(r"`([a-z0-9-]+)` \*\(unknown\)\*", text)) == unknown
