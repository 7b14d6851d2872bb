"""Every quantity of a programme: what ``ask`` and claims know, by name."""

from __future__ import annotations

from collections import Counter

from orchard.errors import Finding, QuantityError
from orchard.plan.definitions import fleet, lab, models, money, products, sites, unit
from orchard.plan.quantities import Definition
from orchard.plan.scene import Setup


def definitions(setup: Setup) -> dict[str, Definition]:
    """Every quantity of a programme, by name.

    Raises
    ------
    QuantityError
        two that have one name: a milestone called ``released``, a site called ``fleet``
    """
    found = [*fleet.quantities(), *money.quantities(setup), *lab.quantities(setup), *lab.rivals()]
    for name in setup.programme.sites:
        found += [*sites.quantities(name, setup), *unit.of_site(name, setup)]
    for name in setup.programme.models:
        found += [*models.quantities(name, setup), *unit.of_model(name, setup)]
    for name, product in setup.programme.products.items():
        found += products.quantities(name, product)
    known = {definition.id: definition for definition in found}
    twice = sorted(name for name, count in Counter(each.id for each in found).items() if count > 1)
    if twice:
        hint = "another id for the site, model, product or milestone"
        raise QuantityError(
            Finding("O506", "", "", f"two quantities called {name}", "one", hint) for name in twice
        )
    return known
