"""Amounts resolved: every one has a path, and places that cite one fact share it."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from orchard.catalogue import catalogue
from orchard.errors import FactError, SpecError
from orchard.plan.values import Values, resolve
from orchard.spec.amounts import read_amount

from . import small
from .small import assumed

FACT = "power.pue.annual"


def test_every_amount_has_its_dotted_path() -> None:
    known = small.setup().values.amounts
    assert known["sites.ohio.ramp.first.adds"].high == 80e6
    assert known["models.apple.milestones.tuning.takes"].cause == "execution"
    assert known["finances.revenue.growth.2026"].low == 0.05
    assert known["levers.site_dates.price"].value == pytest.approx(1e6 / 86400)
    assert set(known) >= set(small.setup().values.stated)


def test_paths_with_dots_in_their_keys_do_not_collide() -> None:
    made = small.setup({"finances.raised": {"2025-Q4": "1 USD", "2026": "2 USD"}})
    assert made.values.amounts["finances.raised.2025-Q4"].value == 1.0
    assert made.values.amounts["finances.raised.2026"].value == 2.0


def test_places_that_cite_one_fact_share_its_key() -> None:
    edits = {"sites.ohio.pue": {"fact": FACT}, "sites.utah.pue": {"fact": FACT}}
    values = small.setup(edits).values
    one, other = values.amounts["sites.ohio.pue"], values.amounts["sites.utah.pue"]
    assert one == other
    assert one.key == f"fact:{FACT}"
    assert values.used[FACT] == {"sites.ohio.pue", "sites.utah.pue"}


@pytest.mark.parametrize(
    "order", list(permutations(["sites.ohio.pue", "sites.utah.pue", "sites.ohio.facility_ratio"]))
)
def test_a_fact_has_one_cause_whatever_the_order_of_its_places(order: tuple[str, ...]) -> None:
    """Whichever place states the cause, all of them follow it; two causes give the first by name."""
    stated: dict[str, Any] = {
        "sites.ohio.pue": {"fact": FACT, "cause": "grid"}, "sites.utah.pue": {"fact": FACT},
        "sites.ohio.facility_ratio": {"fact": FACT, "cause": "execution"},
    }  # fmt: skip
    values = small.setup({path: stated[path] for path in order}).values
    assert {values.amounts[path].cause for path in order} == {"execution"}
    assert values.amounts[f"fact:{FACT}"].cause == "execution"


def test_bounds_belong_to_the_place_and_not_to_the_fact() -> None:
    values = Values(catalogue(), small.programme().as_of, {})
    values.add("narrow", read_amount({"fact": FACT}, unit="1", least=0, most=1.09))
    values.add("wide", read_amount({"fact": FACT}, unit="1"))
    assert values.amounts["narrow"].most == 1.09
    assert values.amounts["wide"].most is None


@pytest.mark.parametrize(("unit", "fact"), [("W", FACT), ("1", "price.gb200.street.no-such")])
def test_facts_that_do_not_fit_are_refused(unit: str, fact: str) -> None:
    values = Values(catalogue(), small.programme().as_of, {})
    with pytest.raises(FactError):
        values.cite(fact, unit, "somewhere")


def test_all_citations_that_fail_are_found_at_once() -> None:
    made = small.programme()
    wrong = {
        "pue": read_amount({"fact": "no.such"}, unit="1"),
        "facility_ratio": read_amount({"fact": "nor.this"}, unit="1"),
    }
    site = made.sites["ohio"].model_copy(update=wrong)
    with pytest.raises(SpecError) as caught:
        resolve(made.model_copy(update={"sites": {"ohio": site}}), catalogue())
    assert {finding.path for finding in caught.value.findings} == {
        "sites.ohio.pue",
        "sites.ohio.facility_ratio",
    }


def test_signs_follow_the_bounds_of_the_field() -> None:
    known = small.setup({"models.apple.start_delay": assumed("10 d", "5 d", "40 d")}).values.amounts
    assert known["models.apple.start_delay"].signed  # a delay may be negative
    assert known["finances.revenue.growth.2026"].signed
    assert not known["models.apple.milestones.tuning.takes"].signed
    assert not known["sites.ohio.ramp.first.adds"].signed


def test_what_an_event_of_people_cites_is_used_and_must_be_known() -> None:
    event = {"date": "2026-01-01", "kind": "departure", "moves": ["apple"], "delay": "1 d", "fact": FACT}
    assert small.setup({"people": {"leaves": event}}).values.used[FACT] == {"people.leaves"}
