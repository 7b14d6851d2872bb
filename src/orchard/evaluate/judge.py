"""Put the items to a model, and write down what comes of each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from orchard.errors import EvaluationError, Finding
from orchard.evaluate.items import Choice, Exercise, Items, Text
from orchard.evaluate.judged import Judged, Likelihood
from orchard.evaluate.scores import ItemScore, Scores, TextScore

Progress = Callable[[str, float], None]
T = TypeVar("T")

# Longest answer to an exercise, and to a sentence that is to be gone on with.
ANSWER_TOKENS = 32
WORD_TOKENS = 6
# How many items a model is given at once: it may be interrupted between.
_AT_ONCE = 16
_SHOWN = 400  # characters of what was asked


def judge(model: Judged, items: Items, progress: Progress = lambda what, share: None) -> Scores:
    """Scores of a model on all items.

    Parameters
    ----------
    progress
        is told what is being done and to which share

    Raises
    ------
    EvaluationError
        O879: likelihoods that are not numbers, or answers that are missing
    """
    total = sum(len(found) for _, found in items.sets())
    report = _Counter(progress, max(total, 1))
    texts = {name: tuple(_texts(model, found, report.of(name))) for name, found in items.texts.items()}
    tasks = {name: tuple(_choices(model, found, report.of(name))) for name, found in items.choices.items()}
    tasks |= {
        name: tuple(_exercises(model, found, report.of(name))) for name, found in items.exercises.items()
    }
    return Scores(model.name, model.digest, items.digests, texts, tasks, dict(items.missing))


class _Counter:
    """Tells how far everything is."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def of(self, name: str) -> Callable[[int], None]:
        """What is called after some items of a set."""

        def done(count: int) -> None:
            self._done += count
            self._progress(f"{name}", self._done / self._total)

        return done


def _texts(model: Judged, items: Sequence[Text], done: Callable[[int], None]) -> Iterator[TextScore]:
    for item in items:
        (found,) = _likelihoods(model, [("", item.text)], [item.id])
        yield TextScore(item.id, item.source, len(item.text.encode()), found.nats, found.tokens)
        done(1)


def _choices(model: Judged, items: Sequence[Choice], done: Callable[[int], None]) -> Iterator[ItemScore]:
    for group in _groups(items):
        pairs = [
            (prompt, option)
            for item in group
            for prompt in (item.prompt, item.plain)
            for option in item.options
        ]
        ids = [item.id for item in group for _ in (item.prompt, item.plain) for _ in item.options]
        found = iter(_likelihoods(model, pairs, ids))
        begun = _exactly(model.continuations([item.prompt for item in group], WORD_TOKENS), group)
        for item, said in zip(group, begun, strict=True):
            after = [next(found) for _ in item.options]
            anyway = [next(found) for _ in item.options]
            yield _chosen(item, after, anyway, said)
        done(len(group))


def _chosen(item: Choice, after: Sequence[Likelihood], anyway: Sequence[Likelihood], said: str) -> ItemScore:
    """The option that is likeliest a byte; beside it other ways of choosing.

    Longer options are less likely whatever they say, and some are likely whatever is asked: hence by byte,
    by token, in all, and against the likelihood without the question (Holtzman et al. 2021, arXiv
    2104.08315).
    """
    ways = {
        "byte": [one.nats / len(text.encode()) for one, text in zip(after, item.options, strict=True)],
        "token": [one.nats / max(one.tokens, 1) for one in after],
        "whole": [one.nats for one in after],
        "against": [one.nats - other.nats for one, other in zip(after, anyway, strict=True)],
    }
    wins = {name: _wins(values, item.right) for name, values in ways.items()}
    chosen = ways["byte"].index(max(ways["byte"]))
    wanted = item.options[item.right].strip()
    others = {name: share for name, share in wins.items() if name != "byte"}
    others["greedy"] = float(said.strip().casefold().startswith(wanted.casefold()))
    return ItemScore(
        item.id, item.cluster, wins["byte"], 1 / len(item.options),
        _tail(item.prompt), wanted, item.options[chosen].strip(), others,
    )  # fmt: skip


def _wins(values: Sequence[float], right: int) -> float:
    """1 where the right one is highest, its share of a tie where several are.

    >>> _wins([0.1, 0.3, 0.2], 1), _wins([0.3, 0.3, 0.2], 0), _wins([0.3, 0.3, 0.2], 2)
    (1.0, 0.5, 0.0)
    """
    most = max(values)
    return (values[right] == most) / sum(value == most for value in values)


def _exercises(model: Judged, items: Sequence[Exercise], done: Callable[[int], None]) -> Iterator[ItemScore]:
    for group in _groups(items):
        said = _exactly(model.answers([item.conversation for item in group], ANSWER_TOKENS), group)
        for item, answer in zip(group, said, strict=True):
            score = item.check.score(answer)
            asked = " / ".join(turn.text for turn in item.conversation)
            yield ItemScore(
                item.id, item.cluster, float(score >= 1), 0.0, _tail(asked), _rule(item), answer.strip(),
                {"part": score},
            )  # fmt: skip
        done(len(group))


def _rule(item: Exercise) -> str:
    """What is wanted of an answer, as far as its rule says it in a word."""
    if item.check.rule == "gym":
        return "what the task's own verifier accepts"
    return f"{item.check.rule} {', '.join(item.check.values)}"[:80]


def _likelihoods(model: Judged, pairs: Sequence[tuple[str, str]], ids: Sequence[str]) -> list[Likelihood]:
    found = _exactly(model.likelihoods(pairs), pairs)
    for one, name in zip(found, ids, strict=True):
        if not math.isfinite(one.nats):
            text = f"a log-likelihood of {one.nats} for {name[:80]}"
            hint = "the weights are damaged, or training diverged: take an older checkpoint"
            raise EvaluationError(Finding("O879", model.name, "", text, "a finite number", hint))
    return found


def _exactly(found: Sequence[T], wanted: Sequence[object]) -> list[T]:
    if len(found) != len(wanted):
        text = f"{len(found)} results for {len(wanted)} items"
        raise EvaluationError(Finding("O879", "", "", text, "one for each"))
    return list(found)


def _groups(items: Sequence[T]) -> Iterator[list[T]]:
    for _, group in groupby(enumerate(items), key=lambda pair: pair[0] // _AT_ONCE):
        yield [item for _, item in group]


def _tail(text: str) -> str:
    return text if len(text) <= _SHOWN else f"…{text[-_SHOWN:]}"
