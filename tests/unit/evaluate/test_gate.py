"""Gates: decided at the unfavourable end of an interval, undecided where nothing can be said."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.evaluate.collect import collect
from orchard.evaluate.figures import Figure, figures
from orchard.evaluate.gate import decide
from orchard.evaluate.judge import judge
from orchard.evaluate.texts import reference
from orchard.spec.gates import NAMES
from orchard.spec.training import Evaluation

from .models import Library, Ngram, Uniform

RUNS = 300


def bits(rate, items: str = "held_out") -> Figure:
    rate = np.asarray(rate, dtype=float)
    size = np.full(len(rate), 100.0)
    return Figure(items, [f"d{k}" for k in range(len(rate))], rate * size, size, share=False)


def share(right, items: str = "facts") -> Figure:
    right = np.asarray(right, dtype=float)
    return Figure(items, [f"c{k}" for k in range(len(right))], right, np.ones(len(right)), share=True)


def word(condition: str, **known: Figure) -> str:
    names = {name.replace("__", "."): figure for name, figure in known.items()}
    return decide([condition], names).word


def test_a_figure_far_from_its_bar_is_decided_and_one_near_it_is_not():
    right = [1] * 14 + [0] * 26  # 35 %, 90 % interval 24 to 48 %
    assert word("facts.accuracy >= 0.2", facts__accuracy=share(right)) == "passed"
    assert word("facts.accuracy >= 0.3", facts__accuracy=share(right)) == "undecided"
    assert word("facts.accuracy <= 0.3", facts__accuracy=share(right)) == "undecided"
    assert word("facts.accuracy >= 0.5", facts__accuracy=share(right)) == "failed"


def test_pairs_decide_what_two_intervals_that_overlap_do_not():
    documents = np.linspace(1.5, 3.5, 12)
    noise = np.tile([0.01, -0.01], 6)
    own, other = bits(documents), bits(documents + 0.05 + noise)
    named = {"held_out__bits_per_byte": own, "predecessor__held_out__bits_per_byte": other}
    condition = "held_out.bits_per_byte <= predecessor.bits_per_byte"
    assert word(condition, **named) == "passed"
    named["predecessor__held_out__bits_per_byte"] = other._replace(items="other texts")
    assert word(condition, **named) == "undecided"


def test_what_is_missing_is_undecided_with_the_reason():
    decision = decide(
        ["held_out.bits_per_byte <= predecessor.bits_per_byte"],
        {"held_out.bits_per_byte": bits([1, 2, 3])},
        {"predecessor": "llama-4 is not trained"},
    )
    assert decision.word == "undecided"
    assert decision.verdicts[0].why == "predecessor.held_out.bits_per_byte: llama-4 is not trained"
    assert math.isnan(decision.verdicts[0].low)


def test_one_document_decides_nothing():
    assert word("held_out.bits_per_byte <= 9", held_out__bits_per_byte=bits([2.0])) == "undecided"


def test_one_failure_fails_and_one_doubt_is_a_doubt():
    known = {"held_out.bits_per_byte": bits([2.0, 2.1, 1.9])}
    good, bad = "held_out.bits_per_byte <= 4", "held_out.bits_per_byte <= 1"
    unknown = "facts.accuracy >= 0"
    assert decide([good], known).word == "passed"
    assert decide([good, unknown], known).word == "undecided"
    assert decide([good, unknown, bad], known).word == "failed"
    assert decide([], known).word == "passed"


def test_a_division_by_nothing_is_undecided():
    known = {"facts.accuracy": share([1, 0]), "cloze.accuracy": share([0, 0], "cloze")}
    assert decide(["facts.accuracy / cloze.accuracy >= 1"], known).word == "undecided"


def test_answers_that_agree_in_all_items_are_not_known_to_be_better():
    known = {"facts.accuracy": share([1, 1, 0, 1]), "predecessor.facts.accuracy": share([1, 1, 0, 1])}
    found = decide(["facts.accuracy > predecessor.facts.accuracy"], known)
    assert found.word == "undecided"
    assert found.verdicts[0].low < 0 < found.verdicts[0].high


@pytest.mark.parametrize("paired", [True, False])
def test_a_gate_on_the_edge_is_passed_by_chance_once_in_twenty(paired):
    random = np.random.default_rng(11)
    passed = failed = 0
    for _ in range(RUNS):
        documents = 2 + random.standard_normal(14) * 0.4
        own = bits(documents + random.standard_normal(14) * 0.1)
        other = (
            documents + random.standard_normal(14) * 0.1 if paired else 2 + random.standard_normal(14) * 0.4
        )
        rival = bits(other, "held_out" if paired else "elsewhere")
        found = word("held_out.bits_per_byte <= predecessor.bits_per_byte",
                     held_out__bits_per_byte=own, predecessor__held_out__bits_per_byte=rival)  # fmt: skip
        passed += found == "passed"
        failed += found == "failed"
    assert passed / RUNS <= 0.09
    assert failed / RUNS <= 0.09


@given(st.lists(st.floats(0.5, 8), min_size=2, max_size=12), st.floats(0.5, 8), st.floats(0, 2))
def test_an_easier_bar_is_never_harder_to_pass(rates, bar, easier):
    order = ["failed", "undecided", "passed"]
    known = {"held_out__bits_per_byte": bits(rates)}
    hard = word(f"held_out.bits_per_byte <= {bar!r}", **known)
    easy = word(f"held_out.bits_per_byte <= {bar + easier!r}", **known)
    assert order.index(easy) >= order.index(hard)


def test_a_model_that_has_read_such_text_beats_xz_and_one_that_has_not_does_not():
    library = Library(held_out=12)
    items = collect(library, Evaluation(items=8, tasks=()))
    compared = {name: reference(found) for name, found in items.texts.items()}
    read = judge(Ngram("\n".join(one.text for one in library.held_out), order=6), items)
    gate = ["held_out.bits_per_byte <= xz.bits_per_byte"]
    assert decide(gate, figures(read, compared)).word == "passed"
    assert decide(gate, figures(judge(Uniform(), items), compared)).word == "failed"


def test_figures_have_the_names_of_gates_and_predecessors_theirs():
    items = collect(Library(), Evaluation(items=12))
    compared = {name: reference(found, b"some text before") for name, found in items.texts.items()}
    scores = judge(Uniform(), items)
    assert set(figures(scores, compared, scores)) == set(NAMES)
