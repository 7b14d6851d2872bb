"""More than ten thousand spoilt programmes, checked and planned: house errors, never a traceback."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from spec.mutations import mutate
from spec.small_programme import PROGRAMME
from spec.small_programme import catalogue as small_catalogue

from orchard.catalogue import catalogue
from orchard.errors import Finding, OrchardError
from orchard.plan import CHECKS, plan
from orchard.spec.load import check, loads

pytestmark = pytest.mark.soak

BLOCKS, SIZE = 42, 250
SAMPLES = 5
FILES = sorted((Path(__file__).parents[2] / "programmes").glob("*.yaml"))


@pytest.mark.parametrize("block", range(BLOCKS))
def test_check_and_plan_refuse_or_accept(block: int) -> None:
    """Each block has seeds of its own, so that blocks may run in any order and side by side."""
    bases = [
        (PROGRAMME, small_catalogue()),
        *((path.read_text(encoding="utf-8"), catalogue()) for path in FILES),
    ]
    findings: list[Finding] = []
    for seed in range(block * SIZE, (block + 1) * SIZE):
        text, known = bases[seed % len(bases)]
        try:
            loaded = loads(mutate(text, random.Random(seed)), "spoilt.yaml", known, extra_rules=CHECKS)
            check(loaded.programme, loaded.document, known)
            result = plan(loaded.programme, known, samples=SAMPLES, seed=seed)
            json.dumps(result, allow_nan=False)
        except OrchardError as error:
            findings += error.findings
    assert all(finding.code and finding.found and finding.place for finding in findings)
