"""Our models for EleutherAI's lm-eval (extra ``[lm-eval]``), and our questions as tasks of it.

::

    from lm_eval import simple_evaluate
    from lm_eval.tasks import TaskManager

    write_tasks(items, Path("tasks"))
    simple_evaluate(harness(model), tasks=["orchard_facts"], task_manager=TaskManager(include_path="tasks"))

Its tasks from the hub work as well, on a machine that may download them. Everything is greedy: a task that
samples is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from orchard.errors import EvaluationError, Finding
from orchard.evaluate.items import Choice, Items, digest
from orchard.evaluate.judged import Judged, Turn
from orchard.files import write_text

# Longest answer where a task names none, as lm-eval's own models have it.
DEFAULT_TOKENS = 256
PREFIX = "orchard_"


def harness(model: Judged) -> Any:
    """A model as `lm_eval.api.model.LM`.

    Raises
    ------
    EvaluationError
        O884: lm-eval is not installed
    """
    if find_spec("lm_eval") is None:
        found, hint = "the package lm_eval is not installed", "pip install 'orchard[lm-eval]'"
        raise EvaluationError(Finding("O884", "", "", found, "lm-eval 0.4.13 or later", hint))
    base = import_module("lm_eval.api.model").LM
    made = type("OrchardModel", (_Answers, base), {})()
    made.judged = model
    return made


class _Answers:
    """What lm-eval asks of a model; requests are its `Instance`, whose `args` are texts."""

    judged: Judged

    def loglikelihood(self, requests: Sequence[Any]) -> list[tuple[float, bool]]:
        """Log-likelihood, in nats, of each continuation, and whether it is what greedy decoding says."""
        pairs = [(str(one.args[0]), str(one.args[1])) for one in requests]
        found = self.judged.likelihoods(pairs)
        longest: dict[str, int] = {}
        for (context, _), one in zip(pairs, found, strict=True):
            longest[context] = max(longest.get(context, 1), one.tokens)
        said = self._said(list(longest.items()))
        return [
            (one.nats, said[context].startswith(after))
            for (context, after), one in zip(pairs, found, strict=True)
        ]

    def loglikelihood_rolling(self, requests: Sequence[Any]) -> list[float]:
        """Log-likelihood, in nats, of each text as a whole."""
        return [one.nats for one in self.judged.likelihoods([("", str(each.args[0])) for each in requests])]

    def generate_until(self, requests: Sequence[Any]) -> list[str]:
        """Greedy continuations, cut before the first of the texts that end them."""
        asked = [(str(one.args[0]), dict(one.args[1])) for one in requests]
        lengths: dict[str, int] = {}
        for context, how in asked:
            _greedy(how)
            tokens = int(how.get("max_gen_toks") or how.get("max_tokens") or DEFAULT_TOKENS)
            lengths[context] = max(lengths.get(context, 1), tokens)
        said = self._said(list(lengths.items()))
        return [_cut(said[context], how.get("until")) for context, how in asked]

    @property
    def tokenizer_name(self) -> str:
        """Identity of the model's own tokenizer, for lm-eval's cache of requests."""
        return self.judged.digest

    def apply_chat_template(
        self, chat_history: Sequence[Mapping[str, str]], add_generation_prompt: bool = True
    ) -> str:
        """Refused: special tokens in a text are read as text, so that nobody can forge a turn."""
        turns = [Turn(one["role"], one["content"]) for one in chat_history]
        found = f"a chat template for {len(turns)} turns"
        wanted = "no --apply_chat_template: `orchard evaluate` asks by turns"
        raise EvaluationError(Finding("O885", self.judged.name, "", found, wanted))

    def _said(self, asked: Sequence[tuple[str, int]]) -> dict[str, str]:
        """Greedy continuations of contexts, those of one length together."""
        said: dict[str, str] = {}
        for tokens in sorted({length for _, length in asked}):
            prompts = [context for context, length in asked if length == tokens]
            said |= zip(prompts, self.judged.continuations(prompts, tokens), strict=True)
        return said


def write_tasks(items: Items, folder: Path) -> list[str]:
    """Write questions with options as local tasks of lm-eval, a YAML and a JSONL file each; their names.

    Accuracy by `acc` is our way *whole*, by `acc_norm` nearly our way *byte* (it counts characters, and not
    the space).
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for name, choices in items.choices.items():
        rows = [_row(one) for one in choices]
        write_text("".join(json.dumps(row) + "\n" for row in rows), folder / f"{name}.jsonl")
        write_text(_yaml(name, folder.resolve() / f"{name}.jsonl", digest(choices)), folder / f"{name}.yaml")
        names.append(f"{PREFIX}{name}")
    return names


def _row(one: Choice) -> dict[str, Any]:
    options = [option.removeprefix(" ") for option in one.options]
    return {
        "id": one.id,
        "cluster": one.cluster,
        "prompt": one.prompt,
        "options": options,
        "right": one.right,
    }


def _yaml(name: str, data: Path, items: str) -> str:
    """A task of lm-eval that reads a local file; JSON is YAML too."""
    task = {
        "task": f"{PREFIX}{name}",
        "dataset_path": "json",
        "dataset_kwargs": {"data_files": {"test": str(data)}},
        "test_split": "test",
        "output_type": "multiple_choice",
        "doc_to_text": "{{prompt}}",
        "doc_to_choice": "{{options}}",
        "doc_to_target": "{{right}}",
        "target_delimiter": " ",
        "metric_list": [
            {"metric": metric, "aggregation": "mean", "higher_is_better": True}
            for metric in ("acc", "acc_norm")
        ],
        "metadata": {"version": 1.0, "digest": items},
    }
    return json.dumps(task, indent=2) + "\n"


def _greedy(how: Mapping[str, Any]) -> None:
    """Refuse what cannot be answered: a task that samples."""
    if how.get("do_sample") and float(how.get("temperature") or 0.0) > 0:
        found = f"sampling at temperature {how['temperature']}"
        raise EvaluationError(
            Finding("O885", "", "generation_kwargs", found, "greedy decoding", "do_sample: false")
        )


def _cut(text: str, until: str | Sequence[str] | None) -> str:
    """Text before the first of the texts that end it."""
    ends = [until] if isinstance(until, str) else list(until or ())
    places = [text.find(end) for end in ends if end and end in text]
    return text[: min(places)] if places else text
