"""What generators make, mixed: instructions, pairs of answers, problems; each a function of its arguments.

The same arguments give the same items on every machine, and more items begin with the fewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from random import Random
from typing import NamedTuple, TypeVar

from orchard.data.instructions.facts import Fact, Text, fact_instructions, facts_of
from orchard.data.instructions.formats import EXERCISES, format_instructions
from orchard.data.instructions.gym import FAMILIES, gym_answer
from orchard.data.instructions.item import Instruction, Pair, Problem, Split
from orchard.data.instructions.pairs import pair_of
from orchard.data.instructions.puzzles import gym_problems
from orchard.data.instructions.sentences import Sentence, completions, sentences_of
from orchard.data.instructions.talk import Persona, talk_instructions
from orchard.data.instructions.turn import Turn

Item = TypeVar("Item")

PERSONA = Persona("Avocado", "Superintelligence on a laptop")

# Parts of the mixture of instructions; those with nothing to draw on are left out.
WEIGHTS: Mapping[str, float] = {"facts": 0.2, "completions": 0.1, "talk": 0.1, "formats": 0.4, "gym": 0.2}
# Of exercises of form, with the others at 1: to say words again is what all other exercises rest on.
_EMPHASIS = dict.fromkeys(EXERCISES, 1.0) | {"echo": 5.0}
# Of problems: what a program verifies and a small model can come to do.
PROBLEM_KINDS: tuple[str, ...] = (*EXERCISES, *FAMILIES)
# Share of conversations of two exchanges.
_TWO_EXCHANGES = 0.1


class Material(NamedTuple):
    """What instructions draw on: who the model is, and what its corpus says."""

    persona: Persona
    facts: tuple[Fact, ...]
    sentences: tuple[Sentence, ...]


def gather(documents: Iterable[Text], persona: Persona = PERSONA) -> Material:
    """Facts and sentences of documents: give those of training alone."""
    read = list(documents)
    return Material(persona, tuple(facts_of(read)), tuple(sentences_of(read)))


def instructions(
    material: Material, count: int, seed: int = 0, split: Split = "training"
) -> list[Instruction]:
    """Conversations with good answers.

    Parameters
    ----------
    split
        "training", or "held_out" for judging: the two have no key in common
    """
    random = Random(f"mixture/{split}/{seed}")
    mixed = _mixed(_parts(material, split, seed), random, WEIGHTS)
    made: list[Instruction] = []
    for one in mixed:
        if len(made) == count:
            break
        if random.random() < _TWO_EXCHANGES and one.turns[0].role == "user":
            first = next(mixed, None)
            one = one if first is None else one._replace(turns=first.turns + one.turns)
        made.append(one)
    return made


def preferences(material: Material, count: int, seed: int = 0, split: Split = "training") -> list[Pair]:
    """Pairs of a good answer and one with a fault."""
    random = Random(f"preferences/{split}/{seed}")
    seen: dict[str, list[Instruction]] = {}
    made: list[Pair] = []
    for one in instructions(material, count * 2, seed + 1, split):
        pair = pair_of(one, seen.setdefault(one.kind, []), random)
        seen[one.kind].append(one)
        if pair is not None:
            made.append(pair)
    return made[:count]


def verifiable(
    material: Material,
    count: int,
    seed: int = 0,
    split: Split = "training",
    kinds: Sequence[str] = PROBLEM_KINDS,
) -> list[Problem]:
    """Problems whose answers a program scores, of each kind as many as of any other.

    Parameters
    ----------
    kinds
        of :data:`PROBLEM_KINDS`
    """
    sources = {kind: problems_of(kind, material, split, seed) for kind in kinds}
    random = Random(f"problems/{split}/{seed}")
    made: list[Problem] = []
    while sources and len(made) < count:
        for kind in random.sample(list(sources), len(sources)):
            one = next(sources[kind], None)
            if one is None:
                del sources[kind]
            else:
                made.append(one)
    return made[:count]


def problems_of(kind: str, material: Material, split: Split, seed: int) -> Iterator[Problem]:
    """Problems of one kind, without end where there are any."""
    if kind in FAMILIES:
        yield from gym_problems(kind, split, seed)
        return
    for one in format_instructions(kind, split, seed, [each.text for each in material.sentences]):
        if one.check is not None:
            yield Problem(one.key, one.kind, one.prompt, one.check, one.provenance)


def _parts(material: Material, split: Split, seed: int) -> dict[str, Iterator[Instruction]]:
    """Generators of the mixture."""
    texts = [one.text for one in material.sentences]
    formats = {kind: format_instructions(kind, split, seed, texts) for kind in EXERCISES}
    return {
        "facts": fact_instructions(material.facts, split, seed),
        "completions": completions(material.sentences, split, seed),
        "talk": talk_instructions(material.persona, split, seed),
        "formats": _mixed(formats, Random(f"formats/{split}/{seed}"), _EMPHASIS),
        "gym": _gym(split, seed),
    }


def _gym(split: Split, seed: int) -> Iterator[Instruction]:
    """Problems of reasoning-gym with its own answers."""
    each = {family: gym_problems(family, split, seed) for family in FAMILIES}
    for one in _mixed(each, Random(f"gym/{split}/{seed}")):
        turns = (*one.prompt, Turn("assistant", gym_answer(one.check.values[1])))
        yield Instruction(one.key, one.kind, turns, one.check, one.provenance)


def _mixed(
    sources: Mapping[str, Iterator[Item]], random: Random, weights: Mapping[str, float] | None = None
) -> Iterator[Item]:
    """Items of several generators by their weights; those that have no more are left out from then on."""
    left = dict(sources)
    while left:
        names = list(left)
        name = random.choices(names, [weights[one] for one in names] if weights else None)[0]
        item = next(left[name], None)
        if item is None:
            del left[name]
        else:
            yield item
