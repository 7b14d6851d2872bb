"""Looking things up: conflicts in the open, days, names, layers, messages."""

from __future__ import annotations

from datetime import date

import pytest

from orchard.catalogue import Catalogue, Source, catalogue
from orchard.catalogue.chip import Entry
from orchard.catalogue.read import facts_of
from orchard.errors import FactError


@pytest.fixture
def small(row, sources) -> Catalogue:
    rows = [
        row(id="chip.x.bf16", value="2250", unit="TFLOP/s", basis="dense", as_of="2024-03-18"),
        row(
            id="chip.x.bf16",
            value="2500",
            low="2400",
            high="2600",
            unit="TFLOP/s",
            source="beta",
            kind="estimated",
        ),
        row(id="chip.x.it_power", value="1.8", unit="kW/chip"),
        row(id="system.r.power", value="130", unit="kW"),
    ]
    facts = facts_of([("f.csv:2", text) for text in rows], sources)
    entry = Entry("x", "Chip X", "Vendor", "r", "")
    return Catalogue(facts, sources, {"chip x": "x"}, {"x": entry}, {})


def test_sources_that_differ_are_combined_in_the_open(small) -> None:
    fact = small.fact("chip.x.bf16")
    assert fact.value == pytest.approx(2375e12)
    assert (fact.low, fact.high) == (2250e12, 2600e12)
    assert fact.kind == "estimated"
    assert fact.source_ids == ("alpha", "beta")
    assert [row.value for row in fact.conflict] == [2250e12, 2500e12]
    assert small.conflicts() == [fact]


def test_one_source_can_be_chosen(small) -> None:
    assert small.fact("chip.x.bf16", source="alpha").value == 2250e12
    with pytest.raises(FactError, match="one of alpha, beta"):
        small.fact("chip.x.bf16", source="gamma")


def test_a_day_hides_what_came_later(small) -> None:
    early = date(2024, 12, 31)
    assert small.fact("chip.x.bf16", as_of=early).value == 2250e12
    assert not small.fact("chip.x.bf16", as_of=early).conflict
    assert small.chip("x", as_of=early).it_power_w is None
    assert [fact.id for fact in small.facts("chip.", as_of=early)] == ["chip.x.bf16"]
    with pytest.raises(FactError, match="first known on 2025-03-18"):
        small.fact("chip.x.it_power", as_of=early)
    with pytest.raises(FactError, match="first known on 2024-03-18"):
        small.known_by(date(2020, 1, 1)).fact("chip.x.bf16")
    with pytest.raises(FactError, match="nothing known yet"):
        small.chip("chip x", as_of=date(2020, 1, 1))


def test_views_by_day_nest(small) -> None:
    view = small.known_by(date(2024, 12, 31))
    assert view.known_by(date(2026, 1, 1)).facts() == view.facts()


def test_names_ignore_case_and_spaces(small) -> None:
    assert small.chip("  CHIP   x ").id == "x"
    assert small.chip("X").title == "Chip X"


def test_unknown_names_get_a_hint(small) -> None:
    with pytest.raises(FactError, match=r"did you mean 'chip\.x\.bf16'\?"):
        small.fact("chip.x.bf1")
    with pytest.raises(FactError, match="no such chip"):
        small.chip("y9z")
    with pytest.raises(FactError, match=r"did you mean 'gb200'\?"):
        catalogue().chip("GB20O")


def test_own_rows_lie_over_the_packaged_ones(small, row) -> None:
    mine = Source("mine", "My bench", "me", "file:bench.csv", "2026-01-01")
    rows = [
        row(id="chip.x.bf16", value="1900", unit="TFLOP/s", source="mine", kind="measured"),
        row(id="chip.own.memory", value="24", unit="GB", source="mine", kind="measured"),
    ]
    layered = small.with_facts(rows, [mine])
    assert layered.fact("chip.x.bf16").value == 1900e12
    assert layered.chip("own").memory_bytes == 24e9
    assert small.fact("chip.x.bf16").conflict
    assert "own" not in small.chips


def test_own_rows_need_a_source(small, row) -> None:
    with pytest.raises(FactError, match="row 1"):
        small.with_facts([row(source="nobody")])


def test_a_chip_with_a_wrong_dimension_is_refused(small, row) -> None:
    wrong = small.with_facts([row(id="chip.x.memory", value="80", unit="W")])
    with pytest.raises(FactError, match="a unit like B"):
        wrong.chip("x")


def test_power_may_be_written_with_or_without_per_chip(small, row) -> None:
    assert small.chip("x").it_power_w == pytest.approx(1800)
    assert small.with_facts([row(id="chip.x.it_power", value="1800", unit="W")]).chip("x").it_power_w == 1800


def test_systems_are_assembled(small) -> None:
    assert small.systems["r"].power_w == pytest.approx(130e3)
    assert catalogue().systems["gb200-nvl72"].chips == 72
    assert catalogue().systems["dgx-h100"].power_w == pytest.approx(10.2e3)


def test_a_missing_file_of_models_matters_only_when_asked(small) -> None:
    assert small.facts()
