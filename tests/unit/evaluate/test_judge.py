"""Judging: models whose scores are known get them; models that answer nonsense are refused."""

from __future__ import annotations

import json
import math

import pytest

from orchard.errors import EvaluationError
from orchard.evaluate import scores as kept
from orchard.evaluate.collect import collect
from orchard.evaluate.figures import figures, variants
from orchard.evaluate.judge import judge
from orchard.evaluate.judged import Likelihood
from orchard.spec.training import Evaluation

from .models import Knowing, Library, Ngram, Uniform, learn


@pytest.fixture(scope="module")
def items():
    return collect(Library(), Evaluation(items=24))


def test_a_model_of_equal_bytes_needs_eight_bits_a_byte(items):
    found = figures(judge(Uniform(), items))
    for name in ("held_out.bits_per_byte", "unseen.bits_per_byte"):
        assert found[name].value == pytest.approx(8.0, abs=1e-12)
        assert found[name].estimate.error == pytest.approx(0.0, abs=1e-12)


def test_a_model_of_equal_bytes_guesses(items):
    scores = judge(Uniform(), items)
    found = figures(scores)
    for task in ("facts", "cloze"):
        assert found[f"{task}.accuracy"].value == pytest.approx(found[f"{task}.chance"].value)
        assert found[f"{task}.chance"].value == 0.25
    assert found["reasoning.accuracy"].value == found["instructions.accuracy"].value == 0
    others = variants(scores.tasks["facts"], scores.digests["facts"])
    assert set(others) == {"token", "whole", "against", "greedy"}
    assert others["greedy"].value == 0


def test_bits_per_byte_of_a_model_of_characters_are_those_worked_out_by_hand(items):
    library = Library()
    model = Ngram(library.held_out[0].text)
    found = figures(judge(model, items))["held_out.bits_per_byte"]
    nats = sum(model._nats("", one.text) for one in items.texts["held_out"])
    size = sum(len(one.text.encode()) for one in items.texts["held_out"])
    assert found.value == pytest.approx(-nats / size / math.log(2))
    assert found.value < 4 < figures(judge(model, items))["unseen.bits_per_byte"].value


def test_who_knows_all_is_right_in_all(items):
    for exercises in items.exercises.values():
        learn(exercises)
    scores = judge(Knowing(items), items)
    found = figures(scores)
    for task in ("facts", "cloze", "reasoning", "instructions"):
        assert found[f"{task}.accuracy"].value == 1, task
        assert found[f"{task}.accuracy"].estimate.interval(0.9)[1] == pytest.approx(1)
    assert all(one.said == one.wanted for one in scores.tasks["facts"])
    assert variants(scores.tasks["cloze"], "")["greedy"].value == 1


def test_who_knows_half_is_right_in_half_and_guesses_the_rest(items):
    found = figures(judge(Knowing(items, 0.5), items))["cloze.accuracy"]
    assert found.value == pytest.approx(0.5 + 0.5 * 0.25, abs=0.05)


def test_scores_are_kept_and_read_without_loss(items):
    scores = judge(Ngram("some text"), items)
    again = kept.read(json.loads(json.dumps(kept.written(scores), allow_nan=False)))
    assert again == scores


def test_progress_goes_from_nothing_to_all(items):
    seen: list[float] = []
    judge(Uniform(), items, lambda what, share: seen.append(share))
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(1.0)
    assert len(seen) > len(list(items.sets()))


class Diverged(Uniform):
    def likelihoods(self, pairs):
        return [Likelihood(math.nan, 1) for _ in pairs]


class Silent(Uniform):
    def answers(self, conversations, tokens):
        return []


@pytest.mark.parametrize(
    ("model", "found"), [(Diverged(), "log-likelihood of nan"), (Silent(), "0 results for")]
)
def test_nonsense_is_refused_in_words(items, model, found):
    with pytest.raises(EvaluationError) as caught:
        judge(model, items)
    assert caught.value.findings[0].code == "O879"
    assert found in caught.value.findings[0].found
