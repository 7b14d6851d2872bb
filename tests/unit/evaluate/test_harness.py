"""The adapter to lm-eval: by its own evaluator where it is installed, by requests like its own everywhere."""

from __future__ import annotations

import json
import math
import sys
from typing import NamedTuple

import pytest

from orchard.errors import EvaluationError
from orchard.evaluate import harness as adapter
from orchard.evaluate.collect import collect
from orchard.evaluate.figures import variants
from orchard.evaluate.harness import harness, write_tasks
from orchard.evaluate.items import draw
from orchard.evaluate.judge import judge
from orchard.spec.training import Evaluation

from .models import Library, Ngram, Uniform


class Request(NamedTuple):
    args: tuple


class Said(Uniform):
    def continuations(self, prompts, tokens):
        return [f" blue sky, {prompt}"[: 2 * tokens] for prompt in prompts]


class Untied(Ngram):
    """No two options are equally likely: of these lm-eval takes the first, and we a share of each."""

    def _nats(self, before, after):
        return super()._nats(before, after) - draw(after) / 2**64 * 1e-6


def answers(model):
    made = adapter._Answers()
    made.judged = model
    return made


@pytest.fixture(scope="module")
def items():
    return collect(Library(), Evaluation(items=24, tasks=("facts", "cloze")))


def test_likelihoods_are_in_nats_and_say_whether_they_are_greedy():
    asked = [Request(("The", " blue")), Request(("The", " green")), Request(("", "ab"))]
    found = answers(Said()).loglikelihood(asked)
    assert [one for _, one in found] == [True, False, False]
    assert found[0][0] == pytest.approx(-5 * math.log(256))
    assert answers(Said()).loglikelihood_rolling([Request(("abc",))]) == [pytest.approx(-3 * math.log(256))]


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"max_gen_toks": 4}, " blue sk"),
        ({"until": [",", "sky"], "max_gen_toks": 20}, " blue "),
        ({"until": ",", "do_sample": False}, " blue sky"),
        ({"until": [], "max_gen_toks": 1}, " b"),
    ],
)
def test_answers_end_where_a_task_says(how, said):
    assert answers(Said()).generate_until([Request(("One", how))]) == [said]


def test_sampling_and_chat_templates_are_refused_in_words():
    with pytest.raises(EvaluationError, match="O885"):
        answers(Said()).generate_until([Request(("One", {"do_sample": True, "temperature": 0.7}))])
    with pytest.raises(EvaluationError, match="O885"):
        answers(Said()).apply_chat_template([{"role": "user", "content": "Hello"}])


def test_tasks_hold_all_questions_and_their_digest(items, tmp_path):
    assert write_tasks(items, tmp_path) == ["orchard_facts", "orchard_cloze"]
    task = json.loads((tmp_path / "facts.yaml").read_text())
    rows = [json.loads(line) for line in (tmp_path / "facts.jsonl").read_text().splitlines()]
    assert task["metadata"]["digest"] == items.digests["facts"]
    assert task["dataset_kwargs"]["data_files"]["test"] == str(tmp_path / "facts.jsonl")
    for row, one in zip(rows, items.choices["facts"], strict=True):
        assert f"{row['prompt']} {row['options'][row['right']]}" == one.prompt + one.options[one.right]


def test_without_lm_eval_it_is_told_how_to_get_it(monkeypatch):
    monkeypatch.setattr(adapter, "find_spec", lambda name: None)
    with pytest.raises(EvaluationError, match=r"orchard\[lm-eval\]"):
        harness(Uniform())


@pytest.mark.filterwarnings("default")
def test_lm_eval_finds_what_we_find(items, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    pytest.importorskip("lm_eval", exc_type=ImportError)
    assert "lm_eval" in sys.modules
    from lm_eval import simple_evaluate
    from lm_eval.api.model import LM
    from lm_eval.tasks import TaskManager

    model = Untied("\n".join(one.text for one in Library().train), order=5)
    names = write_tasks(items, tmp_path / "tasks")
    made = harness(model)
    assert isinstance(made, LM)
    manager = TaskManager(include_path=str(tmp_path / "tasks"), include_defaults=False)
    found = simple_evaluate(made, tasks=names, task_manager=manager, bootstrap_iters=0, log_samples=False)
    scores = judge(model, items)
    for name in names:
        task = name.removeprefix("orchard_")
        ours = variants(scores.tasks[task], scores.digests[task])["whole"].value
        assert found["results"][name]["acc,none"] == pytest.approx(ours)
