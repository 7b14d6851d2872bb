"""The claims of a programme as tests, and the rule by which ``check`` reads them."""

from __future__ import annotations

from collections.abc import Iterator

from orchard.catalogue import Catalogue
from orchard.errors import OrchardError, QuantityError
from orchard.plan.definitions import definitions
from orchard.plan.expression import Test, read_test
from orchard.plan.quantities import Definition
from orchard.plan.scene import Setup
from orchard.spec.programme import Programme
from orchard.spec.rules import Problem, Rule


def read_claims(setup: Setup, known: dict[str, Definition]) -> dict[str, Test]:
    """Every claim of the programme as a test.

    Raises
    ------
    QuantityError
        every claim that cannot be read, at once
    """
    tests, findings = {}, []
    for name, claim in setup.programme.claims.items():
        try:
            tests[name] = read_test(claim.test, known, setup)
        except OrchardError as error:
            findings += [finding._replace(path=f"claims.{name}.test") for finding in error.findings]
    if findings:
        raise QuantityError(findings)
    return tests


def claims_can_be_read(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """Every claim compares quantities that this programme has, at periods that are planned.

    Why: a claim about something nobody computes would be a pass that means nothing.

    Example::

        claims: {many-gpus: {text: Many GPUs, test: "fleet.gpu@2025 >= 1 M GPUs"}}

    What to try: the quantity that is nearest; ``orchard ask FILE --list`` shows all of them.
    """
    try:
        setup = Setup.of(programme, catalogue)
    except OrchardError:
        return  # the rules about facts and dates say why
    try:
        known = definitions(setup)
    except OrchardError as error:
        yield from (Problem(("programme",), each.found, each.wanted, each.hint) for each in error.findings)
        return
    for name, claim in programme.claims.items():
        try:
            read_test(claim.test, known, setup)
        except OrchardError as error:
            for finding in error.findings:
                yield Problem(("claims", name, "test"), finding.found, finding.wanted, finding.hint)


CLAIMS = Rule("O340", "claims can be read", claims_can_be_read)
