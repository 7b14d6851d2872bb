from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchard.lab import Directive, Run, order

NAMES = st.sampled_from("abcdefgh")
RUNS = st.lists(st.builds(Run, NAMES, st.integers(0, 3), st.integers(0, 5)), unique_by=lambda run: run.name)
DIRECTIVES = st.lists(st.builds(Directive, st.integers(0, 9), NAMES, st.integers(0, 9)), max_size=6)


@given(RUNS, DIRECTIVES, st.integers(0, 9), st.randoms(use_true_random=False))
def test_order_does_not_depend_on_the_order_of_the_input(
    runs: list[Run], directives: list[Directive], at: int, random: object
) -> None:
    expected = order(runs, directives, at)
    assert sorted(expected) == sorted(run.name for run in runs)
    random.shuffle(runs)  # type: ignore[attr-defined]
    random.shuffle(directives)  # type: ignore[attr-defined]
    assert order(runs, directives, at) == expected


def test_a_directive_moves_its_run_from_its_date_on() -> None:
    runs = [Run("avocado", 1, 3), Run("mango", 2, 1)]
    directive = [Directive(10, "avocado", 5)]
    assert order(runs, directive, at=9) == ["mango", "avocado"]
    assert order(runs, directive, at=10) == ["avocado", "mango"]


def test_last_directive_wins() -> None:
    runs = [Run("avocado", 1, 0), Run("mango", 2, 0)]
    directives = [Directive(20, "avocado", 0), Directive(10, "avocado", 5)]
    assert order(runs, directives, at=15) == ["avocado", "mango"]
    assert order(runs, directives) == ["mango", "avocado"]


def test_a_directive_on_an_unknown_run_is_left_aside() -> None:
    assert order([Run("mango", 1, 0)], [Directive(0, "avocado", 9)]) == ["mango"]
