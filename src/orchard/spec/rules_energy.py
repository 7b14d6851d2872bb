"""Rules about what may supply a site: options that say what their technology uses, and limits that fit."""

from __future__ import annotations

from collections.abc import Iterator

from orchard.catalogue import Catalogue
from orchard.spec.programme import Programme
from orchard.spec.rules import Problem, bounds, rule
from orchard.spec.sites import Option

_SIZE = ("capacity", "most")
_GAS = (*_SIZE, "capital", "fuel")
# What an option of each technology may say beside its technology and its first day.
_USES = {
    "grid": (*_SIZE, "price", "prices", "charge", "carbon"),
    "engine": _GAS,
    "turbine": _GAS,
    "ccgt": _GAS,
    "solar": (*_SIZE, "capital"),
    "wind": (*_SIZE, "capital"),
    "battery": (*_SIZE, "capital"),
    "pause": ("share", "hours"),
}
_ALWAYS = ("technology", "since")
# Of the energy: what is less is taken for the part that is lost.
_LEAST_SERVED = 0.5


@rule("O370", "an energy option says what its technology uses, and no more")
def options_say_what_they_use(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """A grid has a price, a charge and carbon; a gas plant capital and fuel; a pause a share and hours.

    Why: an entry that is not used looks as if it were, and the answer would be another one than meant.

    Example::

        options:
          gas: {technology: ccgt, capacity: 200 MW, price: 40 USD/MWh}

    What to try: `fuel` for the price of gas, `price` for that of a grid; of `price` and `prices` only one.
    """
    for site_id, name, option in _options(programme):
        steps = ("sites", site_id, "energy", "options", name)
        uses = _USES[option.technology]
        for key in sorted(option.model_fields_set - {*uses, *_ALWAYS}):
            wanted = f"of a {option.technology}: {', '.join(uses)}"
            yield Problem((*steps, key), f"`{key}` of a {option.technology}", wanted)
        if option.price is not None and option.prices is not None:
            yield Problem((*steps, "prices"), "`price` and `prices`", "one of them", "drop `price`")


@rule("O371", "an energy option is ordered within what there may be of it")
def orders_are_within_their_limit(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """The `capacity` of an option is at most its `most`, by the middles of both.

    Why: what is ordered is there; a limit below it limits nothing.

    Example::

        grid: {technology: grid, capacity: 600 MW, most: 500 MW}

    What to try: a larger `most`, or none where nothing can be added.
    """
    for site_id, name, option in _options(programme):
        ordered, most = (bounds(one, programme, catalogue) for one in (option.capacity, option.most))
        if ordered is not None and most is not None and ordered[1] > most[1]:
            steps = ("sites", site_id, "energy", "options", name, "most")
            yield Problem(steps, f"{option.most}, less than the capacity", f"at least {option.capacity}")


@rule("O372", "most of a site's energy is served")
def most_energy_is_served(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """The `reliability` of a site is at least one half, by its middle.

    Why: it is a part of the energy that is served, as 99.9 %; a small number is a part that is lost.

    Example::

        energy: {reliability: 0.1 %, options: {grid: {technology: grid}}}

    What to try: what is left of all, or no entry where all of it has to be served.
    """
    for site_id, site in programme.sites.items():
        stated = site.energy.reliability if site.energy else None
        known = bounds(stated, programme, catalogue)
        if known is not None and known[1] < _LEAST_SERVED:
            steps = ("sites", site_id, "energy", "reliability")
            yield Problem(steps, f"{stated}", f"at least {_LEAST_SERVED:.0%}", "99.9 %")


def _options(programme: Programme) -> Iterator[tuple[str, str, Option]]:
    for site_id, site in programme.sites.items():
        for name, option in (site.energy.options if site.energy else {}).items():
            yield site_id, name, option
