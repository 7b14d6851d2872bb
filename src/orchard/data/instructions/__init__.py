"""Instructions: conversations, how they are written, and generators that make them, labelled as generated.

In the order in which they read::

    turn       a conversation
    template   how it is written: one Jinja text for training, chat and export
    tokens     tokens, and the mask of what is learnt
    packing    several conversations in a row
    gym        tasks of reasoning-gym, and their scores
    checks     exact checks of answers
    item       what generators make, where it comes from, what is held out
    words      plain words and lists of them
    facts      questions about facts of the corpus
    sentences  sentences of the corpus to complete
    formats    exercises of form, with exact checks
    talk       small talk
    puzzles    problems of reasoning-gym
    pairs      a good and a worse answer
    mixture    all of it: instructions, preferences, verifiable
"""

from orchard.data.instructions.checks import Check
from orchard.data.instructions.item import Instruction, Pair, Problem, Provenance, Split, split_of
from orchard.data.instructions.mixture import (
    PERSONA,
    PROBLEM_KINDS,
    Material,
    gather,
    instructions,
    preferences,
    verifiable,
)
from orchard.data.instructions.packing import Rows, pack
from orchard.data.instructions.talk import Persona
from orchard.data.instructions.template import TEMPLATE, render
from orchard.data.instructions.tokens import Encoded, encode, encode_prompt
from orchard.data.instructions.turn import Conversation, Turn

__all__ = [
    "PERSONA",
    "PROBLEM_KINDS",
    "TEMPLATE",
    "Check",
    "Conversation",
    "Encoded",
    "Instruction",
    "Material",
    "Pair",
    "Persona",
    "Problem",
    "Provenance",
    "Rows",
    "Split",
    "Turn",
    "encode",
    "encode_prompt",
    "gather",
    "instructions",
    "pack",
    "preferences",
    "render",
    "split_of",
    "verifiable",
]
