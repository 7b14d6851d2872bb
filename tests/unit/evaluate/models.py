"""Models whose likelihoods and answers are known, and a small corpus to judge them on."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence

from orchard.data.document import Document
from orchard.evaluate.judged import Likelihood, Turn

PLACES = {
    "Aland": ("Mara", "Northern Sea"), "Borvia": ("Belgrove", "Southern Sea"), "Cotia": ("Cray", "Eastern Hills"),
    "Dorland": ("Dunmore", "Northern Sea"), "Elbonia": ("Elk Bay", "Western Plain"), "Fenwick": ("Far Port", "Far Islands"),
    "Gondor": ("Gate City", "Southern Sea"), "Hyrule": ("Hill Town", "Eastern Hills"), "Ishtar": ("Iron Hill", "Far Islands"),
    "Jotun": ("Jarl Bay", "Northern Sea"), "Kelmar": ("Kings Port", "Western Plain"), "Lumen": ("Light Town", "Far Islands"),
}  # fmt: skip
PROFILE = """{name}

Geography

Map references: {region}

Government

Capital:
  name: {capital}
"""
LAST = [
    "river",
    "castle",
    "garden",
    "winter",
    "letter",
    "bridge",
    "market",
    "forest",
    "window",
    "silver",
    "friend",
    "doctor",
]
SENTENCE = "The old people of {} told their children again and again about the {}."


def document(name: str, text: str, source: str = "made") -> Document:
    return Document(
        f"{source}/{name}", source, "public domain", text, hashlib.sha256(text.encode()).hexdigest()
    )


class Library:
    """A corpus of countries that are not, and of sentences about them."""

    def __init__(self, held_out: int = 6, unseen: int = 4) -> None:
        names = list(PLACES)
        self.train = [
            document(name, PROFILE.format(name=name, capital=capital, region=region))
            for name, (capital, region) in PLACES.items()
        ]
        self.held_out = [
            document(
                f"tale-{k}",
                "\n".join(
                    SENTENCE.format(names[(k + j) % 12], LAST[(2 * k + j) % 12]) for j in range(3 + k % 3)
                ),
            )
            for k in range(held_out)
        ]
        self.unseen = [
            document(f"note-{k}", f"def thing_{k}(x): return x + {k}\n" * 9, "other") for k in range(unseen)
        ]

    def documents(self, split: str = "train") -> list[Document]:
        return {"train": self.train, "held_out": self.held_out, "unseen": self.unseen}[split]


class Uniform:
    """Every byte is as likely as any other: exactly 8 bits a byte."""

    name = "uniform"
    digest = "uniform"
    calls = 0

    def likelihoods(self, pairs: Sequence[tuple[str, str]]) -> list[Likelihood]:
        self.calls += 1
        return [Likelihood(-math.log(256) * len(after.encode()), len(after.encode())) for _, after in pairs]

    def answers(self, conversations: Sequence[Sequence[Turn]], tokens: int) -> list[str]:
        return ["" for _ in conversations]

    def continuations(self, prompts: Sequence[str], tokens: int) -> list[str]:
        return ["" for _ in prompts]


class Ngram(Uniform):
    """Characters by the two before them, counted in a text; others are less likely, none impossible."""

    def __init__(self, text: str, name: str = "ngram", order: int = 2) -> None:
        self.name, self.order = name, order
        self.digest = hashlib.sha256(f"{order}{text}".encode()).hexdigest()
        self.counts: dict[str, dict[str, int]] = {}
        for place in range(order, len(text)):
            seen = self.counts.setdefault(text[place - order : place], {})
            seen[text[place]] = seen.get(text[place], 0) + 1

    def likelihoods(self, pairs: Sequence[tuple[str, str]]) -> list[Likelihood]:
        self.calls += 1
        return [Likelihood(self._nats(before, after), len(after)) for before, after in pairs]

    def _nats(self, before: str, after: str) -> float:
        nats, text = 0.0, before + after
        for place in range(len(before), len(text)):
            seen = self.counts.get(text[max(place - self.order, 0) : place], {})
            nats += math.log((seen.get(text[place], 0) + 1 / 256) / (sum(seen.values()) + 1))
        return nats


class Knowing(Uniform):
    """Knows every right answer, or a share of them."""

    name = "knowing"

    def __init__(self, items: object, share: float = 1.0) -> None:
        self.digest = f"knowing {share}"
        sets = [*items.choices.values()]
        chosen = [one for each in sets for k, one in enumerate(each) if k < share * len(each)]
        self.right = {(one.prompt, one.options[one.right]) for one in chosen}
        self.after = {one.prompt: one.options[one.right] for one in chosen}

    def likelihoods(self, pairs: Sequence[tuple[str, str]]) -> list[Likelihood]:
        return [
            Likelihood(-0.5 * len(b) if (a, b) in self.right else -2.0 * len(b), len(b)) for a, b in pairs
        ]

    def answers(self, conversations: Sequence[Sequence[Turn]], tokens: int) -> list[str]:
        return [ANSWERS.get(turns[-1].text, "") for turns in conversations]

    def continuations(self, prompts: Sequence[str], tokens: int) -> list[str]:
        return [self.after.get(prompt, " nothing") for prompt in prompts]


ANSWERS: dict[str, str] = {}


def learn(exercises: Sequence[object]) -> None:
    """Note the right answers of exercises."""
    for one in exercises:
        ANSWERS[one.conversation[-1].text] = right_answer(one.check.rule, one.check.values)


def right_answer(rule: str, values: tuple[str, ...]) -> str:
    match rule:
        case "gym":
            return str(json.loads(values[1])["answer"])
        case "repeats":
            return " ".join([values[0]] * int(values[1]))
        case "items":
            return ", ".join(values[1 : 1 + int(values[0])])
        case "words":
            return " ".join(["word"] * int(values[0]))
        case "ends":
            return f"This ends with {values[0]}"
        case "starts":
            return f"{values[0]} is a word"
        case _:
            return values[0]
