"""The Meta programme stands on facts that were known, and says so where it stands on none."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchard.catalogue import catalogue
from orchard.plan import Setup
from orchard.plan.answer import provenance
from orchard.plan.engine import run
from orchard.plan.outlook import Outlook
from orchard.spec.load import load

PROGRAMMES = sorted((Path(__file__).resolve().parents[2] / "programmes").glob("*.yaml"))


@pytest.fixture(scope="module", params=PROGRAMMES, ids=lambda path: path.stem)
def setup(request: pytest.FixtureRequest) -> Setup:
    return Setup.of(load(request.param), catalogue())


def test_nothing_is_known_before_its_time(setup: Setup) -> None:
    run(setup, 1, 0, _everything)
    facts = provenance(setup)["facts"]
    late = [
        f"{fact['id']} as of {fact['as_of']}"
        for fact in facts
        if fact["as_of"] > setup.programme.as_of.isoformat()
    ]
    assert late == []


def test_every_fact_used_has_a_source_with_an_address(setup: Setup) -> None:
    known = setup.catalogue.sources
    for fact_id in setup.values.used:
        fact = setup.catalogue.fact(fact_id)
        assert fact.source_ids
        assert all(known[source].url and known[source].title for source in fact.source_ids)


def test_assumptions_have_a_range_and_a_reason(setup: Setup) -> None:
    for path, amount in setup.values.stated.items():
        if amount.origin == "assumed":
            assert amount.why, path
            assert amount.low <= amount.value <= amount.high, path
            assert amount.low < amount.high, f"{path}: an assumption without width"


def test_every_row_of_the_catalogue_names_its_place(root: Path) -> None:
    known = catalogue()
    rows = [row for fact in known.facts() for row in (fact.conflict or (fact,))]
    assert all(row.source in known.sources and row.locator and row.unit for row in rows)


def _everything(outlook: Outlook) -> None:
    """Touch what draws on facts of its own accord."""
    _ = outlook.cash_usd, outlook.drawn_w
    for model, entry in outlook.scene.programme.models.items():
        if entry.start is not None:
            outlook.released_day(model)
