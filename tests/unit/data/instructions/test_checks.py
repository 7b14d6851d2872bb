"""A check gives 1 to what obeys to the letter, and less to all else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.data.instructions import Check
from orchard.data.instructions.checks import RULES

RIGHT = [
    (Check("equals", ("Paris",)), "paris."),
    (Check("exact", ("RIVER",)), "RIVER"),
    (Check("states", ("New Delhi",)), "The capital of India is New Delhi."),
    (Check("one_of", ("yes", "no")), "No."),
    (Check("words", ("4",)), "All is well now."),
    (Check("repeats", ("sea", "3")), "sea sea sea"),
    (Check("items", ("2", "gold", "iron", "tin")), "tin, Gold"),
    (Check("ends", ("peace",)), "We meet in peace."),
    (Check("starts", ("Peace",)), "Peace is with us."),
]
WRONG = [
    (Check("equals", ("Paris",)), "Paris or Rome"),
    (Check("exact", ("RIVER",)), "river"),
    (Check("states", ("Rome",)), "The capital is Romeville."),
    (Check("states", ("Rome",)), "Rome " * 41),
    (Check("one_of", ("yes", "no")), "yes and no"),
    (Check("words", ("4",)), "All is well."),
    (Check("repeats", ("sea", "3")), "sea sea sea sea"),
    (Check("items", ("2", "gold", "iron", "tin")), "tin, tin"),
    (Check("items", ("2", "gold", "iron", "tin")), "tin, wood"),
    (Check("ends", ("peace",)), "Peace we have."),
    (Check("ends", ("peace",)), "peace"),
    (Check("starts", ("Peace",)), "We have peace."),
]


@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_right(check: Check, answer: str) -> None:
    assert check.score(answer) == 1


@pytest.mark.parametrize(("check", "answer"), WRONG)
def test_wrong(check: Check, answer: str) -> None:
    assert 0 <= check.score(answer) < 1


@given(st.sampled_from([check for check, _ in RIGHT]), st.text(max_size=80))
def test_scores_are_shares_and_silence_is_worth_nothing(check: Check, answer: str) -> None:
    assert 0 <= check.score(answer) <= 1
    assert check.score("") == 0


def test_every_rule_has_cases() -> None:
    assert {check.rule for check, _ in RIGHT} == set(RULES) - {"gym"}


def test_part_of_the_way_is_worth_a_part() -> None:
    check = Check("repeats", ("sea", "4"))
    scores = [check.score(" ".join(["sea"] * times)) for times in (1, 2, 3, 4)]
    assert scores == sorted(scores)
    assert scores[2] < 1
