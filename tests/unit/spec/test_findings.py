"""Validation errors, told so that a person can act on them."""

from __future__ import annotations

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from orchard.errors import Finding, SpecError
from orchard.spec.findings import explain
from orchard.spec.load import loads
from orchard.spec.reader import read_text

from .small_programme import PROGRAMME, catalogue


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Cat(Model):
    kind: Literal["cat"]
    lives: int


class Dog(Model):
    kind: Literal["dog"]
    tricks: list[str]


class Garden(Model):
    trees: int
    flowers: int


class Yard(Model):
    stones: int


class House(Model):
    id: str = "home"
    street: str = Field("", alias="road")
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] | None = None
    outside: Garden | Yard | str | None = None
    rooms: list[Garden] = []
    by_name: dict[str, Yard] = {}
    pair: tuple[int, str] = (1, "")
    size: Literal["small", "large"] | int = 1


def told(text: str) -> list[Finding]:
    document = read_text(text, "h.yaml")
    with pytest.raises(ValidationError) as caught:
        House.model_validate(document.data)
    return explain(caught.value, House, document)


def spoilt(*pairs: tuple[str, str]) -> list[Finding]:
    text = PROGRAMME
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    with pytest.raises(SpecError) as caught:
        loads(text, "lab.yaml", catalogue())
    return caught.value.findings


@pytest.mark.parametrize(
    ("text", "code", "path", "hint"),
    [
        ("raod: x", "O111", "raod", "did you mean 'road'?"),
        ("rooms: [{id: a, trees: 1, flowers: 2}]", "O111", "rooms.a.id", ""),
        ("rooms: [{trees: 1, flowers: 2, tres: 1}]", "O111", "rooms[0].tres", "did you mean 'trees'?"),
        ("by_name: {x: {stone: 1, stones: 1}}", "O111", "by_name.x.stone", "did you mean 'stones'?"),
        ("pet: {kind: cat, lives: 9, live: 1}", "O111", "pet.live", "did you mean 'lives'?"),
        ("pet: {kind: cta, lives: 9}", "O117", "pet.kind", "did you mean 'cat'?"),
        ("pet: {lives: 9}", "O113", "pet.kind", "kind: cat"),
        ("pet: {kind: dog, tricks: sit}", "O116", "pet.tricks", ""),
        ("pet: 5", "O116", "pet", ""),
        ("outside: {trees: 1, flowers: many}", "O116", "outside.flowers", ""),
        ("outside: {trees: 1, flowers: 2, flower: 1}", "O111", "outside.flower", "did you mean 'flowers'?"),
        ("outside: 5", "O116", "outside", 'put it in quotes: "5"'),
        ("pair: [1, 2]", "O116", "pair[1]", 'put it in quotes: "2"'),
        ("pair: [1]", "O113", "pair[1]", ""),
        ("size: smal", "O117", "size", "did you mean 'small'?"),
    ],
)
def test_one_finding_for_one_slip(text: str, code: str, path: str, hint: str) -> None:
    findings = told(text)
    assert [(finding.code, finding.path) for finding in findings] == [(code, path)]
    assert findings[0].hint == hint


def test_a_union_that_fits_nowhere_names_all_it_takes() -> None:
    assert (
        told("outside: 5")[0].wanted
        == "a mapping with the keys trees, flowers or a mapping with the keys stones or a text"
    )


def test_a_misspelt_key_hides_the_missing_one() -> None:
    findings = {(finding.code, finding.path) for finding in told("rooms: [{tree: 1}]")}
    assert findings == {("O111", "rooms[0].tree"), ("O113", "rooms[0].flowers")}


def test_a_bare_number_is_shown_with_a_unit() -> None:
    (finding,) = spoilt(("ultimate: 1 GW", "ultimate: 1.02"))
    assert (finding.code, finding.place, finding.path) == ("O112", "lab.yaml:14", "sites.ohio.ultimate")
    assert finding.found == "1.02, a bare number"
    assert finding.wanted == 'a quantity in W, e.g. "1.02 GW"'
    assert finding.hint == "ultimate: 1.02 GW"


@pytest.mark.parametrize(
    ("old", "new", "code", "path", "hint"),
    [
        ("ultimate: 1 GW", "ultimate: 3 USD", "O112", "sites.ohio.ultimate", "ultimate: 1.02 GW"),
        ("ultimate: 1 GW", "ultimate: lots", "O112", "sites.ohio.ultimate", "ultimate: 1.02 GW"),
        ("low: 0 d", "low: 0 W", "O112", "sites.ohio.ramp.first.delay.low", "low: 90 d"),
        ("low: 0 d", "low: 40 d", "O115", "sites.ohio.ramp.first.delay", ""),
        ("adds: 200 MW", "adds: -200 MW", "O115", "sites.ohio.ramp.first.adds", ""),
        ("share: 80 %", "share: 180 %", "O115", "lab.share", ""),
        ("start: 2025-03-01", "start: 2025-02-30", "O114", "deliveries.gpus.start", ""),
        ("start: 2025-03-01", "start: 20250", "O114", "deliveries.gpus.start", ""),
        ("layers: 32", "layers: -1", "O115", "models.apple.architecture.layers", ""),
        ("layers: 32", "layers: [32]", "O116", "models.apple.architecture.layers", ""),
        ("heads: 32", "heads: 31", "O119", "models.apple.architecture", ""),
        ("kind: departure", "kind: deprature", "O117", "people.departure.kind", "did you mean 'departure'?"),
        ("pue: 1.2", "pue: 0", "O115", "sites.ohio.pue", ""),
        ("title: Ohio", "title: 7", "O116", "sites.ohio.title", 'put it in quotes: "7"'),
        ("  ohio:", "  Ohio!:", "O118", "sites.Ohio!", ""),
        (
            "cash_date: 2025-09-30",
            "cash_dat: 2025-09-30",
            "O111",
            "finances.cash_dat",
            "did you mean 'cash_date'?",
        ),
        ("  cash: 40 G USD\n", "", "O113", "finances.cash", "cash: 72 G USD"),
    ],
)
def test_slips_in_a_programme(old: str, new: str, code: str, path: str, hint: str) -> None:
    findings = spoilt((old, new))
    assert [(finding.code, finding.path, finding.hint) for finding in findings] == [(code, path, hint)]


def test_everything_is_told_at_once_in_the_order_of_the_file() -> None:
    findings = spoilt(
        ("life: 5.5 y", "life: 5.5"), ("title: A small lab", "titel: x"), ("pue: 1.2", "pue: 1.2 W"),
        ("moves: [apple]", "moves: apple"),
    )  # fmt: skip
    lines = [int(finding.place.rpartition(":")[2]) for finding in findings]
    assert [finding.code for finding in findings] == ["O111", "O112", "O116", "O112"]
    assert lines == sorted(lines)
