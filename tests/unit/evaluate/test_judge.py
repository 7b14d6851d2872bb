"""Judging: models whose scores are known get them; models that answer nonsense are refused."""

from __future__ import annotations

import json
import math

import pytest

from orchard.errors import EvaluationError
from orchard.evaluate import scores as kept
from orchard.evaluate.collect import collect
from orchard.evaluate.facts import fact_choices
from orchard.evaluate.figures import figures, variants
from orchard.evaluate.judge import judge
from orchard.evaluate.judged import Likelihood
from orchard.evaluate.kept import KeptScores
from orchard.evaluate.statistics import proportion
from orchard.spec.training import Evaluation

from .models import PROFILE, Knowing, Library, Ngram, Uniform, document, learn


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


def test_who_prefers_some_options_whatever_is_asked_is_right_by_chance():
    """Common, short or early words are no more often right than wrong."""
    names = [f"Land{chr(65 + k // 26)}{chr(97 + k % 26)}" for k in range(400)]
    places = ["Sea", "Sea", "Sea", "Hills", "Hills", "Eastern Plain", "Northern Coast", "Far Western Islands"]
    library = [
        document(
            name, PROFILE.format(name=name, capital=f"{'x' * (k % 7)}ton {name}", region=places[k * k % 7])
        )
        for k, name in enumerate(names)
    ]
    found = fact_choices(library, 1000)
    assert len(found) > 60
    for prefers in (len, lambda text: -len(text), lambda text: -places.count(text.strip()), str):
        right = [max(one.options, key=prefers) == one.options[one.right] for one in found]
        low, high = proportion(right, range(len(right))).interval(0.995)
        assert low < 0.25 < high


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
    for rows in (*scores.texts.values(), *scores.tasks.values()):
        said = json.loads(json.dumps([kept.written_row(row) for row in rows], allow_nan=False))
        assert tuple(kept.read_row(row) for row in said) == rows


def test_what_is_kept_is_not_asked_again(items, tmp_path):
    model = Ngram("some text")
    first = judge(model, items, keep=KeptScores(tmp_path, model.digest))
    calls = model.calls
    assert judge(model, items, keep=KeptScores(tmp_path, model.digest)) == first
    assert model.calls == calls
    fewer = items._replace(choices={"facts": items.choices["facts"][:3]})
    judge(model, fewer, keep=KeptScores(tmp_path, model.digest))
    assert model.calls == calls + 1  # of what changed alone


def test_what_was_interrupted_goes_on_with_the_set_it_was_at(items, tmp_path):
    class Interrupted(Ngram):
        def answers(self, conversations, tokens):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        judge(Interrupted("some text"), items, keep=KeptScores(tmp_path, "weights"))
    model = Ngram("some text")
    judge(model, items, keep=KeptScores(tmp_path, "weights"))
    assert model.calls == 0  # texts and questions were there already


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
