"""Pairs of answers: a good one and one with a fault of a known kind.

Faults: another answer of the same kind (a wrong fact, a wrong number), the answer cut short, the answer said
over and over, and silence about what was asked. A worse answer never passes the check of its instruction.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from orchard.data.instructions.item import Instruction, Pair


def pair_of(one: Instruction, others: Sequence[Instruction], random: Random) -> Pair | None:
    """An instruction with a worse answer beside its own; None where no fault makes it worse.

    Parameters
    ----------
    others
        instructions of the same kind, for answers that are wrong but of the right kind
    """
    faults = list(FAULTS)
    random.shuffle(faults)
    if others and random.random() < 0.5:
        faults.insert(0, "wrong")
    for fault in faults:
        worse = FAULTS[fault](one, others, random)
        if worse and worse != one.answer and (one.check is None or one.check.score(worse) < 1):
            return Pair(one.key, one.kind, one.prompt, one.answer, worse, fault, one.provenance)
    return None


def _wrong(one: Instruction, others: Sequence[Instruction], random: Random) -> str:
    """The same answer with another value in it, or another answer of the same kind."""
    if not others:
        return ""
    other = random.choice(others)
    if one.check is not None and other.check is not None and one.check.rule == "states":
        return one.answer.replace(one.check.values[0], other.check.values[0])
    return other.answer


def _cut(one: Instruction, _: Sequence[Instruction], random: Random) -> str:
    words = one.answer.split()
    return " ".join(words[: random.randint(1, len(words) - 1)]) if len(words) > 2 else ""


def _over_and_over(one: Instruction, _: Sequence[Instruction], random: Random) -> str:
    return " ".join([one.answer] * random.randint(3, 4))


def _evasive(_one: Instruction, _: Sequence[Instruction], random: Random) -> str:
    return random.choice(
        ("I do not know what that means and I will not say.", "The the the the.", "Of the people.")
    )


FAULTS: dict[str, Callable[[Instruction, Sequence[Instruction], Random], str]] = {
    "wrong": _wrong, "cut": _cut, "over_and_over": _over_and_over, "evasive": _evasive,
}  # fmt: skip
