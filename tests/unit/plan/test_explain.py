"""Why a number is what it is: the chain is that of the engine, and shares are those that can be known."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from orchard.catalogue import catalogue
from orchard.errors import QuantityError
from orchard.plan import ask, definitions
from orchard.plan.altered import Altered
from orchard.plan.engine import outlook_of, tasks_of
from orchard.plan.explain import explain
from orchard.plan.explain.fork import fork
from orchard.plan.explain.inputs import amounts, inputs_of, sources
from orchard.plan.explain.shares import _redrawn
from orchard.plan.explain.target import target_of
from orchard.plan.explain.trace import Recorder, Watched, reads
from orchard.plan.explain.variants import Lab
from orchard.plan.outlook import Outlook
from orchard.plan.quantities import read_quantity
from orchard.plan.scene import Scene
from orchard.report.explain_lines import print_explanation

from . import small
from .alone import DATE, PROGRAMME
from .small import assumed

Step = Mapping[str, Any]
BOOKS = (
    "depreciation@2027",
    "property.under_way@2026-12-31",
    "property.net@2027-12-31",
    "cash.free@2027",
    "commitments@2026-12-31",
)
ASKED = (
    "fleet.gpus@2026-12-31", "capex@2026", "capex@2026-Q3", "apple.released", "cash@2027-12-31",
    "ohio.it_power@2026-06-30", "companion.revenue@2027", "revenue.growth@2026", "lab.freed_share",
)  # fmt: skip


def explained(text: str, edits: Any = None, samples: int = 400, seed: int = 0) -> dict[str, Any]:
    return explain(small.programme(edits), catalogue(), text, samples=samples, seed=seed)


def steps(found: Step) -> Iterator[Step]:
    for step in found["chain"] if "chain" in found else found["steps"]:
        yield step
        if not step["again"]:
            yield from steps(step)


def middle(found: Step, name: str, of: str) -> Any:
    """The median of the first value of a step."""
    rows = [row for row in steps(found) if not row["again"] and row["name"] == name and row["of"] == of]
    return rows[0]["values"][0]["p50"]


@pytest.mark.parametrize("text", ASKED)
def test_the_number_is_that_of_ask(text: str) -> None:
    found = explained(text, samples=1200)
    told = ask(small.programme(), catalogue(), [text], samples=1200)[0]
    assert [found[key] for key in ("p10", "p50", "p90", "unit")] == [
        told[key] for key in ("p10", "p50", "p90", "unit")
    ]


def test_steps_hold_the_numbers_of_their_own_quantities() -> None:
    """A date rests on the end of training; chips on the power of a site; each as `ask` gives it."""
    wanted = {
        "apple.released": [("runs.released_day", "apple", "apple.released")],
        "fleet.gpus@2026-12-31": [
            ("power.facility_power_w", "ohio", "ohio.power@2026-12-31"),
            ("outlook.it_power_w", "utah", "utah.it_power@2026-12-31"),
        ],
        "cash@2027-12-31": [("outlook.revenue_usd", "2027-Q4", "revenue@2027-Q4")],
    }
    for text, rows in wanted.items():
        found = explained(text, samples=1200)
        for name, of, quantity in rows:
            told = ask(small.programme(), catalogue(), [quantity], samples=1200)[0]
            assert middle(found, name, of) == told["p50"], quantity


def test_watching_changes_no_quantity() -> None:
    made = small.setup()
    task = tasks_of(60, 0)[0]
    plain = outlook_of(made, task)
    for name, definition in definitions(made).items():
        when = {"state": "@2026-12-31", "flow": "@2026-Q4"}.get(definition.kind, "")
        if not definition.unknown:
            quantity = read_quantity(name + when, definitions(made), made)
            recorder = Recorder()
            watched = Watched(outlook_of(made, task).scene, recorder)
            assert np.array_equal(
                recorder.watch(lambda q=quantity, o=watched: q.read(o)), quantity.read(plain), equal_nan=True
            ), name


def test_inputs_are_what_was_read_and_no_more() -> None:
    found = explained("capex@2026")
    behind = {row["key"]: row for row in found["behind"]}
    assert "finances.budget.2026" in behind
    assert not [key for key in behind if key.startswith(("sites.", "models.", "lab."))]
    assert behind["finances.budget.2026"]["why"] == "made up for a test"
    power = {row["key"]: row for row in explained("fleet.energy_cost@2026")["behind"]}
    load = power["fact:power.node.training-fraction"]
    assert load["origin"] == "fact"
    assert load["sources"][0]["title"]
    assert {"locator", "as_of", "kind"} <= set(load["fact"])


def test_formulae_and_places_are_those_of_the_source() -> None:
    found = explained("apple.released")
    rows = {(row["name"], row["of"]): row for row in steps(found) if not row["again"]}
    compute = rows["work.compute_flop", "apple"]
    assert compute["formula"] == ""  # how it is looked up says nothing
    assert rows["gate.lead", "apple"]["formula"] == "np.asarray(gain + labels)"
    assert not [
        row
        for row in rows.values()
        if any(word in row["formula"] for word in ("scene.", "self.", "f'", "draws("))
    ]
    assert compute["place"].startswith("plan/work.py:")
    assert compute["about"].startswith("Training compute of a model")
    assert "[" not in compute["about"]


def test_what_cannot_move_the_number_is_counted_and_not_shown() -> None:
    console = Console(width=100, record=True, file=io.StringIO())
    print_explanation(explained("capex@2026"), console)
    text = console.export_text()
    chain = text.partition("where it comes from")[2]
    assert "finances.budget.2026" in chain
    assert "finances.budget.2025" not in chain
    assert chain.rstrip().endswith("more")


def test_a_step_that_is_used_twice_is_written_once() -> None:
    found = explained("cash@2027-12-31")
    numbers = [row["number"] for row in steps(found) if not row["again"]]
    assert len(numbers) == len(set(numbers))
    assert {row["number"] for row in steps(found) if row["again"]} <= set(numbers)


@pytest.mark.parametrize("text", [*ASKED, *BOOKS, "fleet.energy_cost@2026", "berry.released", "date"])
def test_what_is_taken_over_is_what_would_be_computed(text: str) -> None:
    """Of every source: redrawn with what it does not touch taken over, and redrawn from nothing."""
    made = small.setup()
    target = target_of(made, text)
    recorder = Recorder()
    task = tasks_of(80, 0)[0]
    recorder.watch(lambda: target.read(Watched(outlook_of(made, task).scene, recorder)))
    inputs = inputs_of(made, reads(recorder.root))
    lab = Lab(made, target, recorder, 80, 0)
    lab.base()
    for key in [
        *inputs.values,
        *(f"cause:{cause}" for cause in inputs.causes),
        *(f"chance:{e}" for e in inputs.events),
    ]:
        variant = _redrawn(lab, inputs, [key])
        draws = variant.alter(lab.draws[0], 0)
        quick = target.read(fork(lab.bases[0], recorder, draws, variant.moved))
        assert np.array_equal(quick, target.read(Outlook(Scene(made, draws))), equal_nan=True), key


def test_shares_are_consistent() -> None:
    found = explained("date", samples=2000)
    for row in found["sources"]:
        room = row["total"]["high"] - row["total"]["low"] + row["first"]["high"] - row["first"]["low"]
        assert row["first"]["value"] <= row["total"]["value"] + room
    for key in ("share", "of_holding"):
        assert sum(row[key]["value"] for row in found["inputs"]) == pytest.approx(1.0)
    assert 0 < found["probability"] < 1
    assert any(row["kind"] == "cause" for row in found["sources"])


def test_one_uncertain_input_has_all_of_the_spread() -> None:
    found = explained("apple.released", PROGRAMME | DATE, samples=1000)
    rows = [row for row in found["sources"] if row["kind"] != "rest"]
    assert [row["name"] for row in rows] == ["models.apple.start_delay"]
    assert rows[0]["total"]["value"] == pytest.approx(1.0, abs=0.1)
    bar = found["tornado"][0]
    assert bar["ends"] == [-16 * 86400.0, 64 * 86400.0]
    assert bar["medians"] == ["2026-05-06", "2026-07-25"]  # 2026-05-22, 16 days before and 64 after


def test_shapley_effects_of_inputs_that_follow_one_cause() -> None:
    """Cash is what two years raise; closed form of Owen and Prieur (2017) for normal inputs."""
    edits = {
        "causes.market": {"correlation": "80 %"}, "finances.budget": {"2025": "0 USD", "2026": "0 USD", "2027": "0 USD"},
        "finances.revenue.growth": {"2025": "0 %"}, "finances.reported": {}, "finances.returned": {},
        "finances.raised": {"2026": assumed("0 USD", "-10 G USD", "10 G USD", "market"),
                            "2027": assumed("0 USD", "-20 G USD", "20 G USD", "market")},
    }  # fmt: skip
    found = explained("cash@2027-12-31", PROGRAMME | edits, samples=2000)
    share = {row["name"]: row["share"] for row in found["inputs"]}
    rho, second = 0.8**2, 2.0
    whole = 1 + second**2 + 2 * rho * second
    exact = (1 - rho**2 / 2 + second**2 * rho**2 / 2 + rho * second) / whole
    got = share["finances.raised.2026"]
    assert got["value"] == pytest.approx(exact, abs=0.06)
    assert share["finances.raised.2027"]["value"] == pytest.approx(1 - got["value"])


def test_shapley_effects_of_causes_that_move_together() -> None:
    """Two causes correlated by 0.9 make their inputs correlated by 0.8 x 0.9 x 0.8."""
    edits = {
        "causes.market": {"correlation": "80 %", "moves_with": {"mood": "90 %"}}, "causes.mood": {"correlation": "80 %"},
        "finances.budget": {"2025": "0 USD", "2026": "0 USD", "2027": "0 USD"},
        "finances.revenue.growth": {"2025": "0 %"}, "finances.reported": {}, "finances.returned": {},
        "finances.raised": {"2026": assumed("0 USD", "-10 G USD", "10 G USD", "market"),
                            "2027": assumed("0 USD", "-20 G USD", "20 G USD", "mood")},
    }  # fmt: skip
    found = explained("cash@2027-12-31", PROGRAMME | edits, samples=2000)
    share = {row["name"]: row["share"]["value"] for row in found["inputs"]}
    rho, second = 0.8 * 0.9 * 0.8, 2.0
    whole = 1 + second**2 + 2 * rho * second
    exact = (1 - rho**2 / 2 + second**2 * rho**2 / 2 + rho * second) / whole
    assert share["finances.raised.2026"] == pytest.approx(exact, abs=0.06)
    together = next(row for row in found["sources"] if row["kind"] == "cause")
    assert together["name"] == "causes.market and causes.mood"
    assert together["total"]["value"] == pytest.approx(0.64 * (1 + 4 + 4 * 0.9) / whole, abs=0.06)
    assert {bar["name"] for bar in found["tornado"]} >= {"causes.market", "causes.mood"}


def test_an_event_is_held_at_never_and_always() -> None:
    edits = {
        "people.turn": {
            "date": "2026-02-01",
            "kind": "direction",
            "moves": ["apple"],
            "probability": "50 %",
            "delay": "300 d",
        }
    }
    found = explained("apple.released", edits, samples=600)
    bar = next(row for row in found["tornado"] if row["kind"] == "event")
    assert bar["ends"] == [0.0, 1.0]
    never, always = (np.datetime64(day) for day in bar["medians"])
    assert (always - never).astype(int) == pytest.approx(300, abs=20)


def test_held_inputs_leave_every_other_draw_alone() -> None:
    made = small.setup()
    base = made.draws(0, 0, 50)
    held = Altered(base, scores={"lab.share": np.full(50, 1.2815515655446004)})
    assert held("lab.share") == pytest.approx(np.full(50, 0.9))
    for path in made.values.amounts:
        if path != "lab.share":
            assert np.array_equal(held(path), base(path)), path


def test_groups_hold_every_stream_once() -> None:
    made = small.setup()
    target = target_of(made, "apple.released")
    recorder = Recorder()
    watched = Watched(outlook_of(made, tasks_of(300, 0)[0]).scene, recorder)
    values = recorder.watch(lambda: target.read(watched))
    inputs = inputs_of(made, reads(recorder.root))
    for sort in (sources, amounts):
        keys = [key for group in sort(inputs, [watched.scene.draws], values) for key in group.keys]
        assert len(keys) == len(set(keys))
        assert set(inputs.values) <= set(keys)


def test_the_same_seed_gives_the_same_answer() -> None:
    assert explained("date") == explained("date")
    assert explained("date", seed=1)["sources"] != explained("date")["sources"]


def test_certain_numbers_have_a_chain_and_no_spread() -> None:
    found = explained("ohio.started", PROGRAMME)
    assert found["sources"] == found["tornado"] == []
    assert found["chain"]


@pytest.mark.parametrize(
    ("text", "code", "hint"),
    [
        ("apple.relesed", "O920", "apple.released"), ("dat", "O920", "date"), ("capex", "O503", "capex@2026"),
        ("capex@2099", "O503", ""), ("rivals", "O921", ""), ("rivals.lead", "O921", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_explained_is_refused(text: str, code: str, hint: str) -> None:
    with pytest.raises(QuantityError) as caught:
        explained(text)
    assert [finding.code for finding in caught.value.findings] == [code]
    assert hint in str(caught.value)


@pytest.mark.soak
def test_what_is_taken_over_of_every_quantity() -> None:
    known = definitions(small.setup())
    for name, definition in known.items():
        when = {"state": "@2026-12-31", "flow": "@2026"}.get(definition.kind, "")
        if not definition.unknown:
            test_what_is_taken_over_is_what_would_be_computed(name + when)
