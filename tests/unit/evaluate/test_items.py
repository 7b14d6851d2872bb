"""Items: the same on every machine, known by their digest, and answerable by who knows."""

from __future__ import annotations

import lzma
import math

import pytest

from orchard.data.instructions.facts import facts_of
from orchard.data.instructions.item import split_of
from orchard.evaluate.collect import collect
from orchard.evaluate.exercises import instructions, judged_texts, reasoning
from orchard.evaluate.facts import STATEMENTS, fact_choices
from orchard.evaluate.items import digest
from orchard.evaluate.texts import MOST_OF_ONE_BYTES, priming, reference, references, texts
from orchard.spec.training import Evaluation

from .models import Library, document


@pytest.fixture(scope="module")
def items():
    return collect(Library(), Evaluation(items=40))


def test_every_task_has_items_and_nothing_is_missing(items):
    assert set(items.digests) == {"held_out", "unseen", "facts", "cloze", "reasoning", "instructions"}
    assert not items.missing
    assert all(len(found) >= 4 for _, found in items.sets())
    assert all(len(found) <= 40 for name, found in items.sets() if name not in ("held_out", "unseen"))
    assert all(len({one.id for one in found}) == len(found) for _, found in items.sets())


def test_the_same_corpus_gives_the_same_items_in_any_order_of_its_documents(items):
    library = Library()
    for documents in (library.train, library.held_out, library.unseen):
        documents.reverse()
    assert collect(library, Evaluation(items=40)).digests == items.digests


def test_fewer_items_are_the_first_of_more(items):
    fewer = collect(Library(), Evaluation(items=5))
    assert list(fewer.choices["facts"]) == list(items.choices["facts"][:5])
    assert fewer.digest != items.digest
    assert fewer.digests["held_out"] == items.digests["held_out"]


def test_facts_are_those_that_finetuning_never_asks_for(items):
    assert all(split_of(one.id) == "held_out" for one in items.choices["facts"])
    one = next(one for one in items.choices["facts"] if "capital" in one.id)
    assert one.prompt == f"The capital of {one.cluster} is"
    assert len(set(one.options)) == 4
    assert one.plain in one.prompt.replace(f" of {one.cluster}", "")


def test_every_relation_of_facts_is_stated():
    from orchard.data.instructions.facts import RELATIONS

    assert set(STATEMENTS) == {*RELATIONS, "president"}


def test_cloze_shows_what_stands_before_the_last_word_and_nothing_of_it(items):
    for one in items.choices["cloze"]:
        text = next(each.text for each in Library().held_out if each.id == one.cluster)
        assert one.prompt + one.options[one.right] + "." in text
        assert len({len(option) for option in one.options}) <= 3
        assert not one.prompt.endswith(" ")


def test_exercises_are_held_out_and_checked(items):
    for one in (*items.exercises["reasoning"], *items.exercises["instructions"]):
        assert split_of(one.id.partition("|")[2]) == "held_out"
        assert one.check.score("nothing of the kind at all, I am afraid") < 1


def test_texts_for_decontamination_are_those_of_the_exercises():
    wanted = {one.judged for one in (*reasoning(12), *instructions((), 12))}
    assert set(judged_texts(12)) == wanted
    assert len(wanted) > 12


def test_a_digest_knows_order_and_every_word(items):
    found = list(items.choices["facts"])
    assert digest(found) != digest(found[::-1])
    assert digest(found) != digest([found[0]._replace(plain="Else"), *found[1:]])


def test_a_corpus_without_facts_says_what_it_lacks():
    library = Library(unseen=0)
    library.train = library.held_out
    found = collect(library, Evaluation(items=10))
    assert set(found.missing) == {"unseen", "facts"}
    assert "no facts" in found.missing["facts"]


def test_only_the_tasks_that_are_wanted_are_made():
    found = collect(Library(), Evaluation(items=10, tasks=("cloze",)))
    assert set(found.digests) == {"held_out", "unseen", "cloze"}


def test_large_sets_of_text_are_drawn_whole_documents_at_a_time():
    documents = [document(f"d{k}", f"{k} " * 500) for k in range(20)]
    found = texts(documents, most_bytes=5000)
    assert 2 <= len(found) <= 5
    assert {one.text for one in found} <= {one.text for one in documents}
    assert len(texts(documents[:1], most_bytes=10)) == 1  # one document is judged whatever its size


def test_of_a_long_document_the_beginning_is_judged_in_whole_characters():
    found = texts([document("long", "x" + "é" * MOST_OF_ONE_BYTES)])[0].text
    assert MOST_OF_ONE_BYTES - 2 < len(found.encode()) <= MOST_OF_ONE_BYTES
    assert set(found[1:]) == {"é"}


def test_several_sets_are_compressed_as_each_by_itself():
    library = Library()
    sets = {"held_out": texts(library.held_out), "unseen": texts(library.unseen)}
    before = priming(library.train)
    assert references(sets, before) == {name: reference(found, before) for name, found in sets.items()}


def test_wrong_options_are_held_out_of_finetuning_as_right_ones_are():
    library = Library()
    facts = {fact.value: split_of(fact.key) for fact in facts_of(library.train) if fact.relation == "capital"}
    made = [one for one in fact_choices(library.train, 40) if one.id.startswith("facts.capital")]
    assert made
    assert {facts[option.strip()] for one in made for option in one.options} == {"held_out"}


def test_the_compressed_parts_sum_up_to_the_compressed_whole():
    documents = [document(f"d{k}", f"The {k} of May. " * (10 + 3 * k)) for k in range(60)]
    found = texts(documents)
    compared = reference(found)
    raw = "".join(one.text for one in found).encode()
    whole = lzma.compress(raw, format=lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 9}])
    assert len(compared.bits) == len(found)
    assert sum(compared.bits) == pytest.approx(8 * len(whole), rel=0.01)
    assert all(bits >= 0 for bits in compared.bits)
    assert math.isnan(compared.primed)


def test_a_compressor_that_has_read_such_text_does_better():
    library = Library()
    found = texts(library.held_out)
    compared = reference(
        found, priming([document("same", one.text.swapcase() + one.text) for one in library.held_out])
    )
    plain = sum(compared.bits) / sum(len(one.text.encode()) for one in found)
    assert 0 < compared.primed < 0.5 * plain


def test_as_much_training_text_primes_as_is_allowed():
    documents = [document(f"d{k}", f"{k} May. " * 300) for k in range(3)]
    assert [len(priming(documents, most)) for most in (100, 2_500, 10**6)] == [100, 2_500, 6_300]


def test_nothing_to_compress_is_no_number():
    assert reference([]).bits == ()


def test_questions_need_enough_different_answers():
    assert fact_choices(Library().train[:2], 10) == []
