"""Exercises of form, each with an exact check: repeat, write in capitals, list, begin and end with a word.

What is held out is the word (or the number) together with the exercise: it is never trained on in that
exercise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

from orchard.data.instructions.checks import Check, words_of
from orchard.data.instructions.item import MOST_MISSED, Instruction, Provenance, Split, asked, split_of
from orchard.data.instructions.words import LISTS, WORDS

NUMBERS = {2: "two", 3: "three", 4: "four", 5: "five"}
_Made = tuple[str, str, str, Check]  # key, question, answer, check


def format_instructions(
    exercise: str, split: Split, seed: int, sentences: Sequence[str]
) -> Iterator[Instruction]:
    """Exercises of one kind without end; none where no key is in the split.

    Parameters
    ----------
    exercise
        a key of :data:`EXERCISES`
    sentences
        short sentences of the corpus, for exercises that ask for one
    """
    random = Random(f"formats.{exercise}/{split}/{seed}")
    source = "sentences of the corpus" if exercise in _WITH_SENTENCES else "the generator alone"
    provenance = Provenance(f"formats.{exercise}", source, "as the corpus", seed)
    missed = 0
    while missed < MOST_MISSED and (sentences or exercise not in _WITH_SENTENCES):
        key, question, answer, check = EXERCISES[exercise](random, sentences)
        key, missed = f"formats.{exercise}|{key}", missed + 1
        if split_of(key) == split:
            missed = 0
            yield Instruction(key, exercise, asked(question, answer), check, provenance)


def _copy(random: Random, _: Sequence[str]) -> _Made:
    word = random.choice(WORDS)
    question = random.choice(
        ("Say the word {}.", "Write the word {} and nothing else.", "Repeat after me: {}")
    )
    return word, question.format(word), word, Check("exact", (word,))


def _echo(random: Random, _: Sequence[str]) -> _Made:
    words = " ".join(random.choices(WORDS, k=random.randint(3, 8)))
    question = random.choice(("Repeat after me: {}", "Say these words: {}", "Write this again: {}"))
    return words, question.format(words), words, Check("exact", (words,))


def _repeat(random: Random, _: Sequence[str]) -> _Made:
    word, times = random.choice(WORDS), random.choice(list(NUMBERS))
    question = random.choice(
        ("Write the word {} {} times.", "Say {} {} times.", "Repeat the word {} {} times.")
    )
    asked_times = random.choice((str(times), NUMBERS[times]))
    answer = " ".join([word] * times)
    return word, question.format(word, asked_times), answer, Check("repeats", (word, str(times)))


def _capitals(random: Random, _: Sequence[str]) -> _Made:
    word = random.choice(WORDS)
    question = random.choice(("Write the word {} in capitals.", "Write {} in capital letters.", "Shout: {}"))
    return word, question.format(word), word.upper(), Check("exact", (word.upper(),))


def _first_letter(random: Random, _: Sequence[str]) -> _Made:
    word = random.choice(WORDS)
    question = random.choice(("What is the first letter of {}?", "Which letter does {} begin with?"))
    return word, question.format(word), word[0], Check("equals", (word[0],))


def _list(random: Random, _: Sequence[str]) -> _Made:
    kind, count = random.choice(list(LISTS)), random.choice(list(NUMBERS))
    question = random.choice(("Name {} {}.", "List {} {}, with commas between them.", "Give me {} {}."))
    number = random.choice((str(count), NUMBERS[count]))
    answer = ", ".join(random.sample(LISTS[kind], count))
    return (
        f"{kind} {count}",
        question.format(number, kind),
        answer,
        Check("items", (str(count), *LISTS[kind])),
    )


def _choice(random: Random, _: Sequence[str]) -> _Made:
    kind, other = random.sample(list(LISTS), 2)
    right, wrong = random.choice(LISTS[kind]), random.choice(LISTS[other])
    first, second = random.sample((right, wrong), 2)
    question = f"Which of these is one of the {kind}: {first} or {second}? Answer with that alone."
    return right, question, right, Check("equals", (right,))


def _yes_or_no(random: Random, _: Sequence[str]) -> _Made:
    kind = random.choice(list(LISTS))
    right = random.random() < 0.5
    word = random.choice(LISTS[kind if right else random.choice([one for one in LISTS if one != kind])])
    right = word in LISTS[kind]
    question = f"Is {word} one of the {kind}? Answer yes or no."
    answer = "yes" if right else "no"
    return f"{word} {kind}", question, answer, Check("equals", (answer,))


def _ends(random: Random, sentences: Sequence[str]) -> _Made:
    answer = random.choice(sentences)
    word = words_of(answer)[-1]
    question = random.choice(
        ("Write a sentence that ends with the word {}.", "End a sentence with the word {}.")
    )
    return word.casefold(), question.format(word), answer, Check("ends", (word,))


def _starts(random: Random, sentences: Sequence[str]) -> _Made:
    answer = random.choice(sentences)
    word = words_of(answer)[0]
    question = random.choice(
        ("Write a sentence that begins with the word {}.", "Begin a sentence with the word {}.")
    )
    return word.casefold(), question.format(word), answer, Check("starts", (word,))


def _counted(random: Random, sentences: Sequence[str]) -> _Made:
    answer = random.choice(sentences)
    count = len(words_of(answer))
    question = random.choice(("Write a sentence of {} words.", "Write {} words, no more and no fewer."))
    return str(count), question.format(count), answer, Check("words", (str(count),))


EXERCISES: dict[str, Callable[[Random, Sequence[str]], _Made]] = {
    "copy": _copy, "echo": _echo, "repeat": _repeat, "capitals": _capitals, "first_letter": _first_letter,
    "list": _list, "choice": _choice, "yes_or_no": _yes_or_no, "ends": _ends, "starts": _starts,
    "counted": _counted,
}  # fmt: skip
_WITH_SENTENCES = {"ends", "starts", "counted"}
