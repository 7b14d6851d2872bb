"""Two programmes side by side, as plain data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from orchard import __version__
from orchard.catalogue import Catalogue
from orchard.errors import Finding, QuantityError
from orchard.plan.compare.attribution import MOST, SAMPLES, Worth, attribution
from orchard.plan.compare.differences import Change, Difference, changes, differences, shown
from orchard.plan.compare.effects import Asked, Outcomes, asked, claim_row, outcomes, quantity_row
from orchard.plan.scene import Setup
from orchard.spec.amounts import Amount
from orchard.spec.programme import Programme

Progress = Callable[[str, float], None]


class Side(NamedTuple):
    """A programme, what it is called, and the reasons of its overrides by path."""

    programme: Programme
    name: str
    reasons: Mapping[str, str]


def compare(
    first: Side,
    second: Side,
    catalogue: Catalogue,
    *,
    samples: int = 10_000,
    seed: int = 0,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """What differs, and what it does to every claim and to what a plan draws, on the same random numbers.

    Raises
    ------
    OrchardError
        anything the user can mend; O923: nothing in common that could be compared
    """
    say = progress or (lambda *_: None)
    setups = [Setup.of(side.programme, catalogue) for side in (first, second)]
    questions = [asked(setup) for setup in setups]
    found = differences(first.programme, second.programme)
    one = outcomes(setups[0], questions[0], samples, seed, lambda x: say("the first", x))
    other = one if not found else outcomes(
        setups[1], questions[1], samples, seed, lambda x: say("the second", x)
    )  # fmt: skip
    _check_common(one, other)
    claims = _claims(setups, one, other)
    quantities = _quantities(questions, one, other)
    made = changes(found)
    parts = _parts(first, made, catalogue, questions[0], claims, quantities, min(samples, SAMPLES), seed, say)
    say("done", 1.0)
    return {
        "orchard": __version__,
        "from": _named(first), "to": _named(second),
        "samples": samples, "seed": seed,
        "differences": [_difference(each, second) for each in found],
        "claims": claims,
        "quantities": quantities,
        "attribution": parts,
        "attribution_samples": min(samples, SAMPLES),
        "together": len(made) > MOST,
    }  # fmt: skip


def _check_common(one: Outcomes, other: Outcomes) -> None:
    if not (set(one.holds) & set(other.holds) or set(one.values) & set(other.values)):
        wanted = "two programmes with a claim or a timeline in common"
        raise QuantityError(Finding("O923", "", "A B", "nothing that both of them answer", wanted))


def _named(side: Side) -> dict[str, str]:
    programme = side.programme
    return {"name": side.name, "title": programme.title, "as_of": programme.as_of.isoformat()}


def _difference(one: Difference, second: Side) -> dict[str, Any]:
    own = one.after.why if isinstance(one.after, Amount) else ""
    reasons = [why for path, why in second.reasons.items() if one.path.startswith(path)]
    return {"path": one.path, "from": shown(one.before), "to": shown(one.after),
            "why": reasons[-1] if reasons else own}  # fmt: skip


def _claims(setups: Sequence[Setup], one: Outcomes, other: Outcomes) -> list[dict[str, Any]]:
    known = {name: claim for setup in reversed(setups) for name, claim in setup.programme.claims.items()}
    names = [name for name in known if name in one.holds or name in other.holds]
    return [
        {"id": name, "text": known[name].text} | claim_row(one.holds.get(name), other.holds.get(name))
        for name in names
    ]


def _quantities(questions: Sequence[Asked], one: Outcomes, other: Outcomes) -> list[dict[str, Any]]:
    known = {text: quantity for what in reversed(questions) for text, quantity in what.quantities.items()}
    rows = []
    for text, quantity in known.items():
        if text in one.values or text in other.values:
            definition = quantity.definition
            unit = "1" if definition.unit == "%" else definition.unit
            row = quantity_row(one.values.get(text), other.values.get(text), unit)
            rows.append({"quantity": text, "title": definition.title, "shown_in": definition.unit} | row)
    return rows


def _parts(
    first: Side,
    made: list[Change],
    catalogue: Catalogue,
    what: Asked,
    claims: list[dict[str, Any]],
    quantities: list[dict[str, Any]],
    samples: int,
    seed: int,
    say: Progress,
) -> list[dict[str, Any]]:
    """Which change does it; nothing where there is only one, or too many to tell them apart."""
    moved = {row["id"] for row in claims if row["difference"]}
    texts = {row["quantity"] for row in quantities if row["moved"]}
    if not 2 <= len(made) <= MOST or not (moved or texts):
        return []
    names = Asked(
        {name: test for name, test in what.tests.items() if name in moved},
        {text: one for text, one in what.quantities.items() if text in texts},
    )
    worth = Worth(first.programme, made, catalogue, names, samples, seed)
    wanted = [*names.tests, *names.quantities]
    return attribution(worth, made, wanted, lambda x: say("which difference does it", x))
