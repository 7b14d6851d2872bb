"""Rules about facts and assumptions: known in time, of the right kind, with a reason."""

from __future__ import annotations

from collections.abc import Iterator

from orchard import units
from orchard.catalogue import Catalogue, Fact
from orchard.errors import FactError, did_you_mean
from orchard.spec.places import Steps
from orchard.spec.programme import Programme
from orchard.spec.rules import Problem, amounts, rule

_LEAST_WORDS = 3


@rule("O320", "cited facts exist and were known")
def facts_are_known(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """Every cited fact is in the catalogue and was known on the programme's `as_of`.

    Why: a plan that cites what was published later is hindsight, and its probabilities mean nothing.

    Example::

        as_of: 2025-12-31
        power: {fact: meta.prometheus.powr}

    What to try: correct the id; or state an `assumed` amount with a range and a reason.
    """
    for steps, fact_id in _cited(programme):
        try:
            catalogue.fact(fact_id, as_of=programme.as_of)
        except FactError as error:
            first = error.findings[0]
            found = f"the fact {fact_id[:60]!r}: {first.found}"
            yield Problem(steps, found, f"a fact known by {programme.as_of}", first.hint)


@rule("O321", "cited facts measure what the entry wants")
def facts_fit(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """A cited fact has the dimension of the entry, and lies within its bounds.

    Why: a price cannot stand where a power is wanted.

    Example::

        ultimate: {fact: meta.capex.2025}

    What to try: ``orchard catalogue`` finds facts by words and shows their units.
    """
    for steps, amount in amounts(programme):
        fact = _fact(amount.fact, programme, catalogue)
        if fact is None:
            continue
        if fact.is_date or fact.dimension != units.dimension(amount.unit):
            found = f"{fact.id}, which is {'a date' if fact.is_date else 'in ' + fact.unit}"
            yield Problem((*steps, "fact"), found, f"a fact in {amount.unit}")
        elif not _within(fact, amount.least, amount.most):
            found = f"{fact.id}, which is {units.show(fact.value, amount.unit)}"
            yield Problem((*steps, "fact"), found, "a fact within the bounds of this entry")


@rule("O322", "conflicts among sources are resolved", severity="warning")
def conflicts_are_resolved(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """Where sources differ about a cited fact, `resolve` says which one is believed.

    Why: otherwise the plan takes the mean of their values and the widest range.

    Example::

        power: {fact: chip.b300.bf16}      # two sources, two values

    What to try: ``resolve: {chip.b300.bf16: <source id>}``; or leave it averaged, in the open.
    """
    told: set[str] = set()
    for steps, fact_id in _cited(programme):
        fact = _fact(fact_id, programme, catalogue)
        if fact is not None and fact.conflict and fact_id not in {*programme.resolve, *told}:
            told.add(fact_id)
            sources = " or ".join(fact.source_ids)
            hint = f"resolve: {{{fact_id}: {sources}}}"
            found = f"{fact_id}, on which {len(fact.conflict)} sources differ"
            yield Problem(steps, found, "one source, or the mean of all with the widest range", hint)


@rule("O323", "resolved conflicts name a fact and one of its sources")
def resolutions_exist(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """Every entry of `resolve` names a fact that is known and a source that has a row of it.

    Why: a resolution that matches nothing resolves nothing.

    Example::

        resolve: {chip.b300.bf16: nvdia-datasheet}

    What to try: ``orchard catalogue <fact id>`` shows the sources of a fact.
    """
    for fact_id, source in programme.resolve.items():
        steps = ("resolve", fact_id)
        try:
            rows = catalogue.rows(fact_id, as_of=programme.as_of)
        except FactError as error:
            first = error.findings[0]
            found = f"the fact {fact_id[:60]!r}: {first.found}"
            yield Problem(steps, found, f"a fact known by {programme.as_of}", first.hint)
            continue
        known = [row.source for row in rows]
        if source not in known:
            hint = did_you_mean(source, known)
            yield Problem(steps, f"the source {source[:60]!r}", "one of " + ", ".join(known), hint)


@rule("O324", "assumptions have a reason")
def assumptions_have_reasons(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """The `why` of an assumed amount has at least three words.

    Why: a reader can only judge an assumption by its reason.

    Example::

        delay: {assumed: 60 d, low: 0 d, high: 200 d, why: guess}

    What to try: say what the range rests on, as "transformers were 4 to 8 months late in 2024".
    """
    for steps, amount in amounts(programme):
        if amount.origin == "assumed" and len(amount.why.split()) < _LEAST_WORDS:
            yield Problem((*steps, "why"), repr(amount.why[:60]), f"a reason of {_LEAST_WORDS} words or more")


def _cited(programme: Programme) -> Iterator[tuple[Steps, str]]:
    for steps, amount in amounts(programme):
        if amount.fact is not None:
            yield (*steps, "fact"), amount.fact
    for name, event in programme.people.items():
        if event.fact is not None:
            yield ("people", name, "fact"), event.fact


def _fact(fact_id: str | None, programme: Programme, catalogue: Catalogue) -> Fact | None:
    if fact_id is None:
        return None
    try:
        source = programme.resolve.get(fact_id)
        return catalogue.fact(fact_id, source=source, as_of=programme.as_of)
    except FactError:
        return None


def _within(fact: Fact, least: float | None, most: float | None) -> bool:
    return (least is None or fact.value >= least) and (most is None or fact.value <= most)
