"""Facts as people read them."""

from __future__ import annotations

from orchard.catalogue import catalogue, describe, find
from orchard.catalogue.show import line, value_text

KNOWN = catalogue()


def test_all_words_must_occur_anywhere() -> None:
    found = {fact.id for fact in find(KNOWN, "gb200 bf16")}
    assert "chip.gb200.bf16" in found
    assert "chip.h100.bf16" not in found
    assert find(KNOWN, "Bernstein"), "publishers are searched"
    assert find(KNOWN, ["zzzz"]) == []
    assert len(find(KNOWN)) == len(KNOWN.facts())


def test_kind_filters() -> None:
    assert {fact.kind for fact in find(KNOWN, "llama3", kind="published")} == {"published"}


def test_a_value_shows_its_range_and_unit() -> None:
    assert value_text(KNOWN.fact("reliability.sdc")) == "0.001"
    assert value_text(KNOWN.fact("power.node.training-fraction")) == "0.76 (0.68 to 0.84)"
    assert line(KNOWN.fact("chip.h100.tdp")) == "chip.h100.tdp  700 W  reported"


def test_a_description_names_the_source() -> None:
    text = describe(KNOWN.fact("power.node.training-fraction"), KNOWN)
    for part in ("basis    nameplate", "measured", "2506.14551", "2025-06-30", "H100 node in training"):
        assert part in text


def test_a_conflict_shows_every_row() -> None:
    fact = KNOWN.fact("chip.gb200.bf16")
    text = describe(fact, KNOWN)
    assert "[2 sources differ]" in line(fact)
    assert "2,500 TFLOP/s" in text
    assert "2,250 TFLOP/s" in text
    assert "2,375 TFLOP/s (2,250 to 2,500)" in text
    assert "klockwood.com" in text
    assert "verda.com" in text


def test_dates_show_as_dates() -> None:
    dates = [fact for fact in KNOWN.facts() if fact.is_date]
    assert all(value_text(fact).startswith("20") for fact in dates)
