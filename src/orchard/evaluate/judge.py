"""Put the items to a model, and write down what comes of each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from orchard.data.instructions.gym import gym_answer
from orchard.errors import EvaluationError, Finding
from orchard.evaluate.items import Choice, Exercise, Item, Items, Text
from orchard.evaluate.judged import Judged, Likelihood
from orchard.evaluate.scores import ItemScore, Scores, TextScore

Progress = Callable[[str, float], None]
T = TypeVar("T")

# Longest answer to an exercise, and to a sentence that is to be gone on with.
ANSWER_TOKENS = 32
WORD_TOKENS = 6
# How many items a model is given at once: it may be interrupted between.
_AT_ONCE = 64
_SHOWN = 400  # characters of what was asked


class Keeper(Protocol):
    """Gives rows of a set that are kept, or has them made and keeps them."""

    def __call__(self, name: str, digest: str, make: Callable[[], Sequence[Any]]) -> Sequence[Any]:
        """Rows of the set of this name and digest."""


def _keep_nothing(name: str, digest: str, make: Callable[[], Sequence[Any]]) -> Sequence[Any]:
    return make()


def judge(
    model: Judged,
    items: Items,
    progress: Progress = lambda what, share: None,
    keep: Keeper = _keep_nothing,
) -> Scores:
    """Scores of a model on all items.

    Parameters
    ----------
    progress
        is told what is being done and to which share
    keep
        takes rows of sets that were judged before from where they are kept

    Raises
    ------
    EvaluationError
        O879: likelihoods that are not numbers, or answers that are missing
    """
    done, total = 0, max(sum(len(found) for _, found in items.sets()), 1)
    digests = items.digests
    rows: dict[str, tuple[Any, ...]] = {}
    for name, found in items.sets():
        made = partial(_rows, model, found, partial(_tell, progress, name, done, total))
        rows[name] = tuple(keep(name, digests[name], made))
        done += len(found)
    texts = {name: rows[name] for name in items.texts}
    tasks = {name: rows[name] for name in (*items.choices, *items.exercises)}
    return Scores(model.name, model.digest, digests, texts, tasks, dict(items.missing))


def _tell(progress: Progress, name: str, before: int, total: int, done: int) -> None:
    progress(name, (before + done) / total)


def _rows(model: Judged, items: Sequence[Item], done: Callable[[int], None]) -> list[Any]:
    """Scores of one set; `done` is told how many of it are."""
    rows: list[Any] = []
    for group in _groups(items):
        first = group[0]
        if isinstance(first, Text):
            rows += _texts(model, [one for one in group if isinstance(one, Text)])
        elif isinstance(first, Choice):
            rows += _choices(model, [one for one in group if isinstance(one, Choice)])
        else:
            rows += _exercises(model, [one for one in group if isinstance(one, Exercise)])
        done(len(rows))
    return rows


def _texts(model: Judged, items: Sequence[Text]) -> Iterator[TextScore]:
    found = _likelihoods(model, [("", item.text) for item in items], [item.id for item in items])
    for item, one in zip(items, found, strict=True):
        yield TextScore(item.id, item.source, len(item.text.encode()), one.nats, one.tokens)


def _choices(model: Judged, items: Sequence[Choice]) -> Iterator[ItemScore]:
    asked = [(item, prompt) for item in items for prompt in (item.prompt, item.plain)]
    pairs = [(prompt, option) for item, prompt in asked for option in item.options]
    found = iter(_likelihoods(model, pairs, [item.id for item, _ in asked for _ in item.options]))
    begun = _exactly(model.continuations([item.prompt for item in items], WORD_TOKENS), items)
    for item, said in zip(items, begun, strict=True):
        after = [next(found) for _ in item.options]
        anyway = [next(found) for _ in item.options]
        yield _chosen(item, after, anyway, said)


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


def _exercises(model: Judged, items: Sequence[Exercise]) -> Iterator[ItemScore]:
    said = _exactly(model.answers([item.conversation for item in items], ANSWER_TOKENS), items)
    for item, answer in zip(items, said, strict=True):
        score = item.check.score(answer)
        asked = " / ".join(turn.text for turn in item.conversation)
        yield ItemScore(
            item.id, item.cluster, float(score >= 1), 0.0, _tail(asked), _rule(item), answer.strip(),
            {"part": score},
        )  # fmt: skip


def _rule(item: Exercise) -> str:
    """What is wanted of an answer, as far as its rule says it in a word."""
    if item.check.rule == "gym":
        return gym_answer(item.check.values[1])[:80]
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


def _groups(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Items that a model is given at once: some short ones, or one text."""
    size = 1 if items and isinstance(items[0], Text) else _AT_ONCE
    for first in range(0, len(items), size):
        yield items[first : first + size]


def _tail(text: str) -> str:
    return text if len(text) <= _SHOWN else f"…{text[-_SHOWN:]}"
