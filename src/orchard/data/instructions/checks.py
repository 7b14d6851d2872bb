"""Exact checks of answers: rules that a program applies, with no model as a judge.

A check is plain data, so it can be written down, compared and sent to another process. Its score is 1 for
an answer that obeys the rule to the letter and less than 1 for any other; some rules give part of the
score for part of the way, which a policy needs to learn from.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from orchard.data.instructions.gym import gym_score

_WORD = re.compile(r"[A-Za-z0-9'’-]+")
# Of an answer that is on the way but not there.
_PART = 0.5
# Longer answers do not state a fact: they list guesses.
_MOST_WORDS = 40


class Check(NamedTuple):
    """A rule and what it needs: see :data:`RULES`.

    >>> Check("repeats", ("river", "2")).score("river river"), Check("repeats", ("river", "2")).score("river")
    (1.0, 0.25)
    """

    rule: str
    values: tuple[str, ...]

    def score(self, answer: str) -> float:
        """How well an answer obeys, 0 to 1; 1 only for one that fully does."""
        return float(RULES[self.rule](answer.strip(), self.values))


def words_of(text: str) -> list[str]:
    """Words of a text, without punctuation.

    >>> words_of("Peace, and order.")
    ['Peace', 'and', 'order']
    """
    return _WORD.findall(text)


def _plain(text: str) -> str:
    return " ".join(text.strip().rstrip(".!").split()).casefold()


def _equals(answer: str, values: tuple[str, ...]) -> float:
    """The answer is the value, but for case, spaces and a full stop."""
    return _plain(answer) == _plain(values[0])


def _exact(answer: str, values: tuple[str, ...]) -> float:
    """The answer is the value, letter by letter; half the score when only the case is wrong."""
    return 1.0 if answer == values[0] else _PART * (answer.casefold() == values[0].casefold())


def _states(answer: str, values: tuple[str, ...]) -> float:
    """The value occurs in a short answer, as whole words."""
    said, value = words_of(answer.casefold()), words_of(values[0].casefold())
    if len(said) > _MOST_WORDS:
        return 0.0
    return any(said[at : at + len(value)] == value for at in range(len(said) - len(value) + 1))


def _one_of(answer: str, values: tuple[str, ...]) -> float:
    """The answer is one of the values and nothing else."""
    return _plain(answer) in {_plain(value) for value in values}


def _words(answer: str, values: tuple[str, ...]) -> float:
    """The answer has exactly so many words."""
    wanted, found = int(values[0]), len(words_of(answer))
    return 1.0 if found == wanted else _PART * max(0.0, 1 - abs(found - wanted) / wanted)


def _repeats(answer: str, values: tuple[str, ...]) -> float:
    """The answer is the word, so many times, with spaces between."""
    word, times = values[0], int(values[1])
    said = answer.split()
    if said == [word] * times:
        return 1.0
    return _PART * min(said.count(word), times) / max(len(said), times)


def _items(answer: str, values: tuple[str, ...]) -> float:
    """So many different items of a list, with commas between."""
    wanted, allowed = int(values[0]), {value.casefold() for value in values[1:]}
    said = [_plain(part) for part in answer.split(",")]
    good = len(set(said) & allowed)
    if good == len(said) == wanted:
        return 1.0
    return _PART * min(good, wanted) / max(len(said), wanted)


def _ends(answer: str, values: tuple[str, ...]) -> float:
    """A sentence of at least three words whose last word is the value."""
    said = words_of(answer)
    if len(said) >= 3 and said[-1].casefold() == values[0].casefold():
        return 1.0
    return _PART * (values[0].casefold() in (word.casefold() for word in said))


def _starts(answer: str, values: tuple[str, ...]) -> float:
    """A sentence of at least three words whose first word is the value."""
    said = words_of(answer)
    if len(said) >= 3 and said[0].casefold() == values[0].casefold():
        return 1.0
    return _PART * (values[0].casefold() in (word.casefold() for word in said))


def _gym(answer: str, values: tuple[str, ...]) -> float:
    """What reasoning-gym's own function says of the answer to its item."""
    family, entry = values
    return gym_score(family, entry, answer)


RULES: dict[str, Callable[[str, tuple[str, ...]], float]] = {
    "equals": _equals, "exact": _exact, "states": _states, "one_of": _one_of, "words": _words,
    "repeats": _repeats, "items": _items, "ends": _ends, "starts": _starts, "gym": _gym,
}  # fmt: skip
