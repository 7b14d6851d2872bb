"""Problems of reasoning-gym, divided into those of training and those held out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from orchard.data.instructions.checks import Check
from orchard.data.instructions.gym import FAMILIES, LICENCE, gym_items
from orchard.data.instructions.item import MOST_MISSED, Problem, Provenance, Split, split_of
from orchard.data.instructions.turn import Turn

# Seeds of the two splits are a trillion apart; items are besides divided by a hash of their question.
_SEEDS: Mapping[Split, int] = {"training": 0, "held_out": 10**12}
# Apart by more than the items that are ever drawn from one seed: the library adds the index to it.
_STRIDE = 1_000_003


def gym_problems(family: str, split: Split, seed: int) -> Iterator[Problem]:
    """Tasks of a family without end; the questions of the two splits are never the same."""
    name = FAMILIES[family].name
    provenance = Provenance(f"gym.{family}", f"reasoning-gym {name}", LICENCE, seed)
    missed = 0
    for question, entry in gym_items(family, _SEEDS[split] + seed * _STRIDE):
        key = f"gym.{family}|{question}"
        missed += 1
        if missed > MOST_MISSED:
            return
        if split_of(key) == split:
            missed = 0
            yield Problem(key, family, (Turn("user", question),), Check("gym", (name, entry)), provenance)
