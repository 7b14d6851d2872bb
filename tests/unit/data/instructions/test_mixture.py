"""Generators are functions of their arguments, tell where items come from, and keep held-out things apart."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchard.data.instructions import (
    PROBLEM_KINDS,
    Instruction,
    Material,
    Persona,
    gather,
    instructions,
    preferences,
    split_of,
    verifiable,
)  # fmt: skip
from orchard.data.instructions.facts import RELATIONS, facts_of
from orchard.data.instructions.gym import gym_answer
from orchard.data.instructions.item import SPLITS
from orchard.data.instructions.sentences import Sentence


def prompts(made: list[Instruction]) -> set[str]:
    return {turn.text for one in made for turn in one.turns if turn.role == "user"}


def test_facts_are_those_of_the_documents(material: Material) -> None:
    found = {(fact.relation, fact.subject): fact.value for fact in material.facts}
    assert found["capital", "Duria"] == "Duria City"
    assert found["region", "Carpathia"] == "Middle East"
    assert found["highest", "Hav"] == "Mount Hav"
    assert found["language", "Florin"] == "Florinish"
    assert found["currency", "Avaria"] == "crowns"
    assert found["population", "Avaria"] == "3,000,000"
    assert found["area", "Borduria"] == "2,100 sq km"
    assert found["adjective", "Elbonia"] == "Elbonian"
    assert found["government", "Genovia"] == "republic"
    assert (found["president", "1837"], found["president", "1897"]) == ("Van Buren", "McKinley")
    assert {fact.relation for fact in material.facts} == {*RELATIONS, "president"}


def test_no_fact_without_a_document() -> None:
    assert facts_of([]) == []


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**40), split=st.sampled_from(("training", "held_out")))
def test_the_same_arguments_give_the_same_items(seed: int, split, material: Material) -> None:
    first = instructions(material, 60, seed, split)
    assert instructions(material, 90, seed, split)[:60] == first
    assert verifiable(material, 40, seed, split) == verifiable(material, 40, seed, split)
    assert preferences(material, 20, seed, split) == preferences(material, 20, seed, split)


@settings(max_examples=6, deadline=None)
@given(first=st.integers(0, 2**40), second=st.integers(0, 2**40))
def test_no_seed_brings_a_held_out_question_into_training(
    first: int, second: int, material: Material
) -> None:
    learnt = instructions(material, 400, first)
    judged = instructions(material, 200, second, "held_out")
    assert not prompts(learnt) & prompts(judged)
    assert {split_of(one.key) for one in learnt} == {"training"}
    assert {split_of(one.key) for one in judged} == {"held_out"}
    problems = {one.prompt for one in verifiable(material, 150, first)}
    assert not problems & {one.prompt for one in verifiable(material, 100, second, "held_out")}


def test_right_answers_score_one(material: Material) -> None:
    made = instructions(material, 800)
    checked = [one for one in made if one.check is not None]
    assert len(checked) > 500
    assert [one for one in checked if one.check and one.check.score(one.answer) != 1] == []


def test_problems_of_every_kind_reward_their_answer_and_no_other(material: Material) -> None:
    made = verifiable(material, 3 * len(PROBLEM_KINDS))
    assert {one.kind for one in made} == set(PROBLEM_KINDS)
    for one in made:
        assert one.score("") == 0
        assert one.score("nothing of the kind that was asked for, I fear") < 1
        if one.check.rule == "gym":
            assert one.score(gym_answer(one.check.values[1])) == 1


def test_worse_answers_are_worse(material: Material) -> None:
    made = preferences(material, 200)
    assert len(made) == 200
    assert {one.fault for one in made} == {"wrong", "cut", "over_and_over", "evasive"}
    checks = {one.key: one.check for one in instructions(material, 400, 1)}
    for pair in made:
        assert pair.better != pair.worse
        check = checks[pair.key]
        if check is not None and check.rule == "gym":
            assert check.score(pair.better) == 1 > check.score(pair.worse)


def test_every_item_says_that_it_was_generated_and_from_what(material: Material) -> None:
    for one in (*instructions(material, 300), *verifiable(material, 60), *preferences(material, 60)):
        assert one.provenance.generated
        assert one.provenance.source
        assert one.provenance.licence
    sources = {one.provenance.source for one in instructions(material, 300)}
    assert any(source.startswith("factbook/") for source in sources)


def test_the_persona_is_the_programmes() -> None:
    made = instructions(gather([], Persona("Quince", "Small Things")), 300)
    said = " ".join(one.answer for one in made if one.kind == "talk")
    assert "Quince" in said
    assert "Small Things" in said
    assert "Avocado" not in said


def test_without_documents_the_generators_alone_are_left() -> None:
    made = instructions(gather([]), 200)
    assert len(made) == 200
    assert not {one.kind for one in made} & {"capital", "completion", "ends", "starts", "counted"}
    assert "ends" not in {one.kind for one in verifiable(gather([]), 60)}


@pytest.mark.parametrize("kind", PROBLEM_KINDS)
def test_a_single_kind_can_be_asked_for(kind: str, material: Material) -> None:
    assert {one.kind for one in verifiable(material, 4, kinds=[kind])} == {kind}


def test_a_split_without_keys_ends_instead_of_searching_for_ever() -> None:
    one = Sentence("All is well now.", "a", "b")
    made = [
        verifiable(Material(Persona("A", "B"), (), (one,)), 5, split=split, kinds=["counted"])
        for split in SPLITS
    ]
    assert sorted(len(each) for each in made) == [0, 5]
