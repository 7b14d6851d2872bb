"""Rules about money: entries that need each other, and books that add up."""

from __future__ import annotations

from collections.abc import Iterator

from orchard import units
from orchard.catalogue import Catalogue
from orchard.errors import FactError, did_you_mean
from orchard.spec.programme import Programme
from orchard.spec.rules import Problem, bounds, rule

_SLACK = 1e-9


@rule("O360", "impressions and price go together")
def growth_is_whole(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """A period of `finances.revenue` that has growth of impressions has growth of the price, and no `growth`.

    Why: revenue is one times the other; half of it says nothing, and both ways of saying it may differ.

    Example::

        revenue: {growth: {"2025": 20 %}, impressions: {"2026": 10 %}, price: {}}

    What to try: add what is missing, or state `growth` alone.
    """
    revenue = programme.finances.revenue
    for period in sorted(set(revenue.impressions) ^ set(revenue.price)):
        name, other = ("impressions", "price") if period in revenue.impressions else ("price", "impressions")
        yield Problem(("finances", "revenue", name, period), f"{name} alone", f"{other} of {period} too")
    for period in sorted(set(revenue.impressions) & set(revenue.price) & set(revenue.growth)):
        found = "growth, and impressions with price"
        yield Problem(("finances", "revenue", "growth", period), found, "one way of saying it")


@rule("O361", "what was on the books adds up")
def property_adds_up(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """Land and servers are at most all property, and servers wear off no faster than all of it.

    Why: what is left over would be negative, and would be written off backwards.

    Example::

        property: {net: 100 G USD, land: 3 G USD, servers: 110 G USD, ...}

    What to try: servers after depreciation, and depreciation at one pace, a year.
    """
    entry = programme.finances.property
    if entry is None:
        return
    net, land, servers = (
        bounds(each, programme, catalogue) for each in (entry.net, entry.land, entry.servers)
    )
    if net and land and servers and land[1] + servers[1] > net[1] * (1 + _SLACK):
        found = f"{units.show(land[1] + servers[1], 'USD')} of land and servers"
        yield Problem(("finances", "property"), found, f"at most {units.show(net[1], 'USD')}, all property")
    whole, part = (
        bounds(each, programme, catalogue) for each in (entry.depreciation, entry.servers_depreciation)
    )
    if whole and part and part[1] > whole[1] * (1 + _SLACK):
        found = "servers that wear off faster than all property"
        yield Problem(("finances", "property", "servers_depreciation"), found, "at most `depreciation`")


@rule("O362", "a venture's site exists, and it ends after it begins")
def ventures_are_whole(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """Every venture names a site of the programme, and is done building after it begins.

    Why: rent runs as the site is energised; without one it would silently be nothing.

    Example::

        ventures: {campus: {site: hyperon, begun: 2025-10-21, done: 2024-12-31, ...}}

    What to try: correct the name, or the days.
    """
    for name, venture in programme.finances.ventures.items():
        path = ("finances", "ventures", name)
        if venture.site not in programme.sites:
            hint = did_you_mean(venture.site, programme.sites)
            yield Problem((*path, "site"), f"the site {venture.site!r}", "a site of `sites`", hint)
        if venture.done <= venture.begun:
            found = f"done {venture.done.isoformat()}, begun {venture.begun.isoformat()}"
            yield Problem((*path, "done"), found, "a day after `begun`")


@rule("O363", "a rent is for a chip that is known")
def rents_are_for_chips(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """`finances.rental` comes with `rental_chip`, a chip of the catalogue or of this programme's chips.

    `rental_fall` is nothing without `rental`.

    Why: other chips count by their speed beside that one.

    Example::

        finances: {rental: 2.5 USD, ...}

    What to try: ``rental_chip: h100``.
    """
    finances = programme.finances
    if finances.rental is None and finances.rental_fall is not None:
        yield Problem(("finances", "rental_fall"), "`rental_fall` alone", "`rental` too")
    if finances.rental is None or finances.rental_chip in programme.chips:
        return
    try:
        catalogue.chip(finances.rental_chip, as_of=programme.as_of)
    except FactError:
        found = f"the chip {finances.rental_chip!r}" if finances.rental_chip else "no `rental_chip`"
        yield Problem(("finances", "rental_chip"), found, "a chip, as h100")


@rule("O364", "one way of saying what better ranking gains")
def gains_are_said_once(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """A product has `uplift`, or `conversions` with `passed_on`, not both.

    Why: the gain would count twice, or half of it be missing.

    Example::

        products: {ads: {uplift: 1 %, conversions: 4 %, ...}}

    What to try: drop one of them, or add `passed_on`.
    """
    for name, product in programme.products.items():
        if product.uplift is not None and product.conversions is not None:
            yield Problem(("products", name, "uplift"), "`uplift` beside `conversions`", "one of them")
        if (product.conversions is None) != (product.passed_on is None):
            missing = "passed_on" if product.passed_on is None else "conversions"
            yield Problem(("products", name), f"no `{missing}`", "`conversions` with `passed_on`")


@rule("O365", "an advertisement is paid for in one way")
def prices_are_said_once(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """Advertising has `cpm`, or `clicks` with `click`, or `clicks` with `actions` and `action`.

    Why: an impression, a click or an action is sold; two of them would be paid twice, or none at all.

    Example::

        advertising: {cpm: 10 USD, clicks: 0.5 %, click: 4 USD, ...}

    What to try: drop what is not sold.
    """
    ways = ({"cpm"}, {"clicks", "click"}, {"clicks", "actions", "action"})
    for name, product in programme.products.items():
        keys = ("cpm", "clicks", "click", "actions", "action")
        stated = {key for key in keys if getattr(product.advertising, key, None) is not None}
        if product.advertising is not None and stated not in ways:
            found = " with ".join(f"`{key}`" for key in keys if key in stated) or "no price"
            wanted = "`cpm`; `clicks` with `click`; or `clicks` with `actions` and `action`"
            yield Problem(("products", name, "advertising"), found, wanted)
