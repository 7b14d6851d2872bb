"""Three hundred spoilt programmes: nothing but house errors. `tests/soak` throws ten thousand."""

from __future__ import annotations

import random

from orchard.errors import Finding, OrchardError
from orchard.spec.load import loads

from .mutations import mutate
from .small_programme import PROGRAMME, catalogue


def test_spoilt_programmes_end_in_house_errors_only() -> None:
    known = catalogue()
    findings: list[Finding] = []
    refused = 0
    for seed in range(300):
        try:
            loads(mutate(PROGRAMME, random.Random(seed)), "spoilt.yaml", known)
        except OrchardError as error:
            refused += 1
            findings += error.findings
    assert all(finding.code and finding.found for finding in findings)
    assert all(finding.place.startswith("spoilt.yaml") for finding in findings)
    assert 150 < refused < 300
