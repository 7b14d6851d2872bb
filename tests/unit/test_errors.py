"""Errors: one shape of message, all findings at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard import errors
from orchard.errors import Finding, OrchardError, did_you_mean

WHOLE = Finding("O112", "lab.yaml:41", "sites.ohio.power", "1.02, a bare number", "a power", "power: 1.02 GW")


def test_a_finding_reads_code_place_found_wanted_try() -> None:
    assert str(WHOLE).splitlines() == [
        "lab.yaml:41  O112  sites.ohio.power", "  found    1.02, a bare number", "  wanted   a power",
        "  try      power: 1.02 GW",
    ]  # fmt: skip


def test_what_is_empty_is_left_out() -> None:
    assert str(Finding("O112", "", "", "nothing")) == "O112\n  found    nothing"


def test_warnings_say_that_they_are() -> None:
    assert str(WHOLE._replace(severity="warning")).startswith(
        "lab.yaml:41  O112  sites.ohio.power  (warning)\n"
    )


@pytest.mark.parametrize("name", ["SpecError", "FactError", "QuantityError", "LimitError", "OutputError"])
def test_the_tree_is_as_drawn(name: str) -> None:
    kind = getattr(errors, name)
    assert issubclass(kind, OrchardError)
    assert kind.__name__ in (errors.__doc__ or "")


def test_an_error_carries_every_finding() -> None:
    other = WHOLE._replace(code="O113")
    both = OrchardError(iter([WHOLE, other]))
    assert both.findings == [WHOLE, other]
    assert str(both) == f"{WHOLE}\n\n{other}"
    assert OrchardError(WHOLE).findings == [WHOLE]


@given(st.text(), st.lists(st.text(min_size=1)))
def test_guesses_are_known_words(word: str, known: list[str]) -> None:
    hint = did_you_mean(word, known)
    assert hint == "" or any(repr(name) in hint for name in known)


def test_the_nearest_word_is_guessed() -> None:
    assert did_you_mean("fleet.gpu", ["fleet.gpus", "fleet.power"]) == "did you mean 'fleet.gpus'?"
    assert did_you_mean("zzz", ["fleet.gpus"]) == ""
