"""Rules about names: whatever a programme refers to exists, and one name means one thing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from orchard.catalogue import Catalogue
from orchard.errors import FactError, did_you_mean
from orchard.spec.places import Steps
from orchard.spec.programme import Programme
from orchard.spec.rules import Problem, amounts, rule


@rule("O301", "chips and runs stand at a site that exists")
def sites_exist(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """Every delivery, and every model that names a site, names one of `sites`.

    Why: chips without a site have no power, so they would silently never run.

    Example::

        deliveries:
          gb200-ohio: {chip: gb200, site: promteheus, ...}

    What to try: correct the name, or add the site.
    """
    for name, delivery in programme.deliveries.items():
        yield from _unknown("site", delivery.site, programme.sites, ("deliveries", name, "site"))
    for name, model in programme.models.items():
        yield from _unknown("site", model.site, programme.sites, ("models", name, "site"))


@rule("O302", "chips are known")
def chips_exist(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """Every chip is one of the programme's `chips` or one of the catalogue's, by id or other name.

    Why: power, speed and memory come from the chip.

    Example::

        deliveries:
          first: {chip: GB2000, ...}

    What to try: ``orchard catalogue chip`` lists them; or describe the chip under `chips`.
    """
    for name, delivery in programme.deliveries.items():
        yield from _unknown_chip(delivery.chip, programme, catalogue, ("deliveries", name, "chip"))
    for name, product in programme.products.items():
        if product.capacity is not None:
            steps = ("products", name, "capacity", "chip")
            yield from _unknown_chip(product.capacity.chip, programme, catalogue, steps)


@rule("O303", "runs belong to a team that exists")
def teams_exist(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """Every model that names a team names one of `lab.teams`.

    Why: a run gets the chips that its team is entitled to.

    Example::

        models:
          avocado: {team: tdb, ...}

    What to try: correct the name, or add the team.
    """
    for name, model in programme.models.items():
        yield from _unknown("team", model.team, programme.lab.teams, ("models", name, "team"))


@rule("O304", "models that are referred to exist")
def models_exist(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """Gates, products, directives and events of people name models of this programme.

    Why: a product is served once its model is released; a gate compares with a predecessor; a
    departure delays the models it moves.

    Example::

        products:
          companion: {model: advocado, ...}

    What to try: correct the id, or add the model with the day it was `released`.
    """
    known = programme.models
    for name, model in known.items():
        if model.gate is not None:
            steps: Steps = ("models", name, "gate", "predecessor")
            yield from _unknown("model", model.gate.predecessor, known, steps)
            if model.gate.predecessor == name:
                yield Problem(steps, f"{name!r}, the model itself", "another model")
    for name, product in programme.products.items():
        yield from _unknown("model", product.model, known, ("products", name, "model"))
    for name, event in programme.people.items():
        for index, moved in enumerate(event.moves):
            yield from _unknown("model", moved, known, ("people", name, "moves", index))
    for name, directive in programme.lab.directives.items():
        for moved in directive.priorities:
            yield from _unknown("model", moved, known, ("lab", "directives", name, "priorities", moved))


@rule("O305", "causes that move amounts exist")
def causes_exist(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """Every `cause` of an amount is one of `causes`.

    Why: a cause moves several amounts together; one that nobody defines moves nothing.

    Example::

        delay: {assumed: 60 d, low: 0 d, high: 200 d, why: "...", cause: suply}

    What to try: correct the name, or add the cause with its correlation.
    """
    for steps, amount in amounts(programme):
        yield from _unknown("cause", amount.cause, programme.causes, (*steps, "cause"))


@rule("O306", "one name means one thing")
def names_are_unique(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """No two of a site, a model and a product have one id.

    Why: quantities are asked for by id, as ``prometheus.it_power`` or ``avocado.released``.

    Example::

        sites: {mango: ...}
        models: {mango: ...}

    What to try: rename one of the two.
    """
    first: dict[str, str] = {}
    groups: dict[str, Iterable[str]] = {
        "sites": programme.sites, "models": programme.models, "products": programme.products,
    }  # fmt: skip
    for group, names in groups.items():
        for name in names:
            if first.setdefault(name, group) != group:
                found = f"{name!r}, which stands in {first[name]} already"
                yield Problem((group, name), found, "a name of its own")


def _unknown(what: str, name: str | None, known: Iterable[str], steps: Steps) -> Iterator[Problem]:
    names = list(known)
    if name is not None and name not in names:
        listed = "there is " + ", ".join(names[:8]) if names else f"add the {what}"
        hint = did_you_mean(name, names) or listed
        yield Problem(steps, f"no {what} {name[:60]!r}", f"a {what} of this programme", hint)


def _unknown_chip(name: str, programme: Programme, catalogue: Catalogue, steps: Steps) -> Iterator[Problem]:
    if name in programme.chips:
        return
    try:
        catalogue.chip(name, as_of=programme.as_of)
    except FactError as error:
        first = error.findings[0]
        found = f"no chip {name[:60]!r}" if "no such" in first.found else f"{name[:60]!r}: {first.found}"
        hint = did_you_mean(name, programme.chips) or first.hint
        yield Problem(steps, found, "a chip of the catalogue or of this programme", hint)
