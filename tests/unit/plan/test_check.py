"""Rules that need the step model: layouts that are illegal or too large, runs that fit nowhere, unknown stacks."""

from __future__ import annotations

from typing import Any

import pytest

from orchard.catalogue import catalogue
from orchard.errors import Finding, SpecError
from orchard.plan import CHECKS
from orchard.plan.given import faults, group, sizes
from orchard.plan.steps import Question
from orchard.spec.architecture import LanguageArchitecture
from orchard.spec.load import loads
from orchard.spec.models import RunLayout

from . import small
from .modelled import LLAMA, MIXTURE, MODELLED, RECIPE

CODES = {rule.code for rule in CHECKS}


def findings(edits: dict[str, Any]) -> list[Finding]:
    text = small.text(MODELLED | edits)
    try:
        found = loads(text, "lab.yaml", catalogue(), extra_rules=CHECKS).warnings
    except SpecError as error:
        found = error.findings
    return [finding for finding in found if finding.code in CODES]


def recipe(layout: dict[str, Any], **other: Any) -> dict[str, Any]:
    return {"models.apple.recipe": RECIPE | {"layout": layout} | other, "models.apple.chips": "1024 chips"}


CASES: list[tuple[dict[str, Any], str, str, str]] = [
    (recipe({"tp": 3}), "O342", "recipe.layout.tp", ""),
    (recipe({"pp": 33}) | {"models.apple.chips": "1056 chips"}, "O342", "recipe.layout.pp", ""),
    (recipe({"vp": 2}), "O342", "recipe.layout.vp", ""),
    (recipe({"ep": 2}), "O342", "recipe.layout.ep", ""),
    (recipe({"etp": 2}), "O342", "recipe.layout.etp", ""),
    (recipe({"pp": 2, "shard": "gradients"}), "O342", "recipe.layout.shard", ""),
    (recipe({"cp": 3}) | {"models.apple.chips": "3 chips"}, "O342", "recipe.layout.cp", ""),
    (recipe({"tp": 8, "pp": 4}) | {"models.apple.chips": "1000 chips"}, "O342", "chips", "512 chips or 1024 chips"),
    (recipe({"tp": 1}), "O342", "recipe.batch", "batch: 8388608 tokens (1,024 sequences)"),
    (recipe({"micro_batch": 3}), "O342", "recipe.batch", "batch: 4177920 tokens (510 sequences)"),
    (recipe({"tp": 8, "pp": 16, "vp": 2, "micro_batch": 64}), "O342", "recipe.batch", "batch: 8388608 tokens (1,024 sequences)"),
    (recipe({"tp": 4, "shard": "nothing"}) | {"models.apple.architecture": LLAMA | {"layers": 320}}, "O343", "recipe.layout", "shard: weights"),
    ({"models.apple.architecture": LLAMA | {"layers": 320}, "models.apple.chips": "2 chips"}, "O344", "chips", "more chips"),
    ({"models.apple.recipe": RECIPE | {"stack": "megatorn"}}, "O345", "recipe.stack", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("edits", "code", "path", "hint"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_a_rule_is_broken(edits: dict[str, Any], code: str, path: str, hint: str) -> None:
    found = findings(edits)
    assert [(one.code, one.path) for one in found] == [(code, f"models.apple.{path}")]
    assert found[0].found
    assert found[0].wanted
    assert hint in found[0].hint
    assert int(found[0].place.rpartition(":")[2]) > 1


def test_every_rule_is_broken_above() -> None:
    assert {case[1] for case in CASES} == CODES - {"O340"}


@pytest.mark.parametrize("edits", [{}, recipe({"tp": 2}), recipe({"tp": 2, "pp": 2, "vp": 4, "shard": "optimiser"}),
                                   {"models.apple.architecture": MIXTURE} | recipe({"tp": 2, "ep": 8}),
                                   {"models.apple.recipe": RECIPE | {"stack": "megatron-bridge 25.09"}}])  # fmt: skip
def test_nothing_is_wrong_with_these(edits: dict[str, Any]) -> None:
    assert findings(edits) == []


def test_all_findings_come_at_once() -> None:
    found = findings(recipe({"tp": 3, "pp": 40, "ep": 5}))
    assert {one.path.rpartition(".")[2] for one in found} == {"tp", "pp", "ep"}


def test_what_is_given_a_utilisation_is_not_asked() -> None:
    assert findings(recipe({"tp": 3}, utilisation=0.4)) == []


def test_gangs_of_a_layout_share_batch_and_experts() -> None:
    asked = Question(LanguageArchitecture(**MIXTURE), 8192, 96, "bf16")
    layout = RunLayout(tp=2, pp=2, ep=8, micro_batch=2)
    assert sizes(asked, layout) == [group(layout) * each for each in (4, 8, 12, 16, 24, 48)]
    assert not list(faults(Question(**(vars(asked) | {"layout": layout})), 4 * 16))
    assert [one.field for one in faults(Question(**(vars(asked) | {"layout": layout})), 4 * 3)] == ["chips"]


@pytest.mark.parametrize("rule", CHECKS, ids=lambda rule: rule.code)
def test_every_rule_documents_itself(rule: Any) -> None:
    assert all(part in rule.documentation for part in ("Why: ", "Example::", "What to try: "))
