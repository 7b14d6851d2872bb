"""Languages, quality, duplicates and overlaps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchard.data.duplicates import NearDuplicates, estimate, rows_of_a_band, signature, text_runs
from orchard.data.language import LANGUAGES, check_languages, foreign, language
from orchard.data.overlap import Overlap
from orchard.data.quality import reason
from orchard.data.shingles import jaccard
from orchard.errors import DataError

from .small import prose

# Article 1 of the Universal Declaration of Human Rights; in Polish a sentence of its own.
SAMPLES = {
    "en": "All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and should act towards one another in a spirit of brotherhood.",
    "de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im Geiste der Brüderlichkeit begegnen.",
    "fr": "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et de conscience et doivent agir les uns envers les autres dans un esprit de fraternité.",
    "es": "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón y conciencia, deben comportarse fraternalmente los unos con los otros.",
    "it": "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti. Essi sono dotati di ragione e di coscienza e devono agire gli uni verso gli altri in spirito di fratellanza.",
    "nl": "Alle mensen worden vrij en gelijk in waardigheid en rechten geboren. Zij zijn begiftigd met verstand en geweten, en behoren zich jegens elkander in een geest van broederschap te gedragen.",
    "pl": "Nie jest to las, który był tu przed laty, ale ogród, do którego można wejść, jak się chce, lub przez który nie można przejść.",
    "ru": "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства.",
    "zh": "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。",
    "ja": "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
    "ko": "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
}  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
def test_languages_are_told_apart(name: str) -> None:
    assert language(SAMPLES[name]) == name
    assert foreign(SAMPLES[name], ["en"]) == ("" if name == "en" else name)
    assert foreign(SAMPLES[name], [name]) == ""
    assert name in LANGUAGES


def test_code_and_tables_are_in_no_foreign_language() -> None:
    code = "for (i = 0; i < n; i++) { x[i] = y[i] * 2; }\n" * 20
    assert foreign(code, ["en"]) == ""
    assert foreign("de la 12 34 56\n" + "0x1f 0x2a\n" * 50, ["en"]) == ""


def test_a_quotation_does_not_make_a_text_foreign() -> None:
    assert foreign(SAMPLES["en"] * 3 + SAMPLES["fr"], ["en"]) == ""


def test_languages_that_are_not_known_are_named_all_at_once() -> None:
    with pytest.raises(DataError) as caught:
        check_languages(["en", "eng", "tlh"])
    assert [one.path for one in caught.value.findings] == ["eng", "tlh"]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Just a few words.", "fewer than 20 words"),
        ("a b c d " * 20, "mean word too short"),
        ("incomprehensibilities " * 30, "mean word too long"),
        ("12:45 -- 99,5% //// (1) [2] {3} ++ " * 30, "few letters"),
        ("This line is said again and again, word for word.\n" * 200, "repeated lines"),
        ("word and " * 3000, "repetitive"),
        ("The \ufffd of the \ufffd is in the house of the man who is not there. " * 40, "signs lost"),
    ],
)
def test_poor_text_is_dropped_by_a_rule(text: str, rule: str) -> None:
    assert reason(text).partition(":")[0] == rule


def test_good_text_is_kept() -> None:
    assert reason(prose(1)) == ""
    assert reason(SAMPLES["de"] * 2) == ""
    assert reason(SAMPLES["ja"]) == "fewer than 20 words: 1"


def test_minhash_estimates_jaccard() -> None:
    words = prose(3, 200).split()
    errors = []
    for share in np.linspace(0.05, 0.95, 19):
        changed = " ".join(words[: int(share * len(words))]) + " " + prose(int(1000 * share), 200)
        one, other = text_runs(" ".join(words)), text_runs(changed)
        errors.append(estimate(signature(one), signature(other)) - jaccard(one, other))
    assert np.sqrt(np.mean(np.square(errors))) < 0.06  # 0.044 at worst for 128 independent numbers
    assert abs(np.mean(errors)) < 0.03


def test_near_duplicates_are_found_and_others_are_not() -> None:
    texts = [prose(number, 40) for number in range(60)]
    copies = [text.replace("river", "stream", 1).replace("evening", "night", 2) for text in texts[:30]]
    every = texts + copies
    found = NearDuplicates(0.8, every.__getitem__)
    results = [found.find(number, signature(text_runs(text))) for number, text in enumerate(every)]
    assert results[:60] == [None] * 60
    for number, result in enumerate(results[60:]):
        alike = jaccard(text_runs(texts[number]), text_runs(copies[number]))
        assert result == ((number, alike) if alike >= 0.8 else None)
    assert sum(result is not None for result in results) > 20


def test_a_threshold_of_0_finds_none_and_of_1_only_the_same() -> None:
    texts = ["one two three four five six", "one two three four five six", "one two three four five seven"]
    for threshold, wanted in ((0.0, [None, None, None]), (1.0, [None, (0, 1.0), None])):
        found = NearDuplicates(threshold, texts.__getitem__)
        assert [found.find(at, signature(text_runs(text))) for at, text in enumerate(texts)] == wanted


@given(st.floats(0.05, 1.0))
@settings(max_examples=30)
def test_bands_miss_few_pairs(threshold: float) -> None:
    rows = rows_of_a_band(threshold)
    assert (1 - threshold**rows) ** (128 // rows) < 0.01 or rows == 1


def test_paragraphs_that_are_judged_by_are_cut_out() -> None:
    question = (
        "If the miller sells nine baskets of pears and keeps two of them, how many are there in the evening?"
    )
    before, after = prose(7, 30), prose(8, 30)
    overlap = Overlap([question, "Too short?"])
    assert (overlap.judged, overlap.short) == (1, 1)
    cut = overlap.cut(before + "\nIntro: " + question.upper() + " Nobody knows.\n\n" + after)
    assert cut.paragraphs == 1
    assert cut.text is not None
    assert cut.text.split() == (before + after).split()
    assert overlap.cut(before) == (before, 0)
    assert overlap.cut(question + " More.").text is None
    twelve = " ".join(question.split()[:12])
    assert overlap.cut(before + "\n" + twelve + "\n\n" + after).paragraphs == 0
