"""Rules about dates: what comes first comes first."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from orchard.catalogue import Catalogue
from orchard.errors import FactError
from orchard.spec.places import Steps
from orchard.spec.programme import Programme
from orchard.spec.rules import Problem, rule

_MOST_YEARS = 40
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


@rule("O310", "the horizon is a span of at most forty years")
def horizon_is_a_span(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """The horizon starts before it ends, is not longer than forty years, and ends before 2200.

    Why: the plan steps through it week by week; beyond a few years it is guesswork anyway.

    Example::

        horizon: {start: 2030-12-31, end: 2025-01-01}

    What to try: swap the dates, or shorten the horizon.
    """
    start, end = programme.horizon.start, programme.horizon.end
    if start >= end:
        yield Problem(("horizon", "end"), f"{end}, not after the start {start}", "an end after the start")
    elif end.year - start.year > _MOST_YEARS:
        yield Problem(("horizon", "end"), f"{end.year - start.year} years", f"at most {_MOST_YEARS} years")
    elif start.year < _FIRST_YEAR or end.year > _LAST_YEAR:
        yield Problem(("horizon",), f"{start} to {end}", f"years from {_FIRST_YEAR} to {_LAST_YEAR}")


@rule("O311", "deliveries end after they start")
def deliveries_run_forward(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """The last day of a delivery is not before its first day.

    Why: chips arrive evenly between the two.

    Example::

        deliveries:
          first: {start: 2026-06-30, end: 2026-01-01, ...}

    What to try: swap the dates; write the same day twice for chips that arrive at once.
    """
    for name, delivery in programme.deliveries.items():
        if delivery.end < delivery.start:
            found = f"{delivery.end}, before the start {delivery.start}"
            yield Problem(("deliveries", name, "end"), found, "the same day or a later one")


@rule("O312", "what is planned lies within the horizon", severity="warning")
def plans_lie_within(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """Phases, deliveries and runs start before the horizon ends.

    Why: whatever starts later changes nothing in the plan.

    Example::

        horizon: {start: 2025-01-01, end: 2026-12-31}
        models: {mango: {start: 2027-05-01, ...}}

    What to try: widen the horizon, or correct the year.
    """
    end = programme.horizon.end
    for steps, day in _starts(programme):
        if day > end:
            yield Problem(steps, f"{day}, after the horizon ends on {end}", "a day within the horizon")


@rule("O313", "models are released after they start")
def releases_follow_starts(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """A model with both `start` and `released` is released after it starts.

    Why: a release without training before it is a slip of the year.

    Example::

        models:
          llama-4: {start: 2025-09-01, released: 2025-04-05}

    What to try: correct one of the dates.
    """
    for name, model in programme.models.items():
        if model.start is not None and model.released is not None and model.released <= model.start:
            found = f"{model.released}, not after the start {model.start}"
            yield Problem(("models", name, "released"), found, "a day after the start")


@rule("O317", "runs start within the horizon")
def runs_start_within(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """A run that is still to be released does not start before the horizon does.

    Why: nothing is computed before the horizon, so the work done until then would be lost.

    Example::

        horizon: {start: 2026-01-01, end: 2027-12-31}
        models: {avocado: {start: 2025-09-01, ...}}

    What to try: begin the horizon with the quarter in which the run starts.
    """
    first = programme.horizon.start
    for name, model in programme.models.items():
        if (
            model.start is not None
            and model.released is None
            and quarter_start(model.start) < quarter_start(first)
        ):
            found = f"{model.start}, before the horizon starts on {first}"
            hint = f"horizon: {{start: {quarter_start(model.start)}, ...}}"
            yield Problem(("models", name, "start"), found, "a day within the horizon", hint)


@rule("O318", "deliveries that are paid for lie within the horizon", severity="warning")
def priced_deliveries_lie_within(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """A delivery with a `price` does not start before the horizon does.

    Why: the whole of it is paid from the budgets of the horizon, while what came before was paid before.

    Example::

        horizon: {start: 2026-01-01, end: 2027-12-31}
        deliveries: {first: {start: 2025-03-01, end: 2025-12-31, price: 40 k USD/chip, ...}}

    What to try: leave `price` out for chips that are paid already; or begin the horizon earlier.
    """
    first = quarter_start(programme.horizon.start)
    for name, delivery in programme.deliveries.items():
        if delivery.price is not None and delivery.start < first:
            found = f"{delivery.start}, before the horizon starts on {first}"
            yield Problem(("deliveries", name, "start"), found, "a day within the horizon, or no price")


@rule("O339", "deliveries within the horizon have a price", severity="warning")
def deliveries_within_have_a_price(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """A delivery that starts after the horizon does has a `price`.

    Why: without one its chips cost nothing, and no budget holds them back.

    Example::

        horizon: {start: 2026-01-01, end: 2027-12-31}
        deliveries: {later: {start: 2026-09-01, end: 2026-12-31, ...}}

    What to try: state the price, or ``price: 0 USD/chip`` for chips that somebody else pays.
    """
    first = quarter_start(programme.horizon.start)
    for name, delivery in programme.deliveries.items():
        if delivery.price is None and delivery.start > first:
            yield Problem(("deliveries", name), f"no price from {delivery.start} on", "a price per chip")


@rule("O319", "no run waits for one that starts later", severity="warning")
def runs_wait_for_earlier_ones(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """Of the runs of one team at one site, none goes before another that starts sooner.

    Why: they go one after another, by priority; chips stand idle for a run that starts later.

    Example::

        models:
          avocado: {priority: 1, start: 2026-06-01, ...}
          mango: {priority: 2, start: 2026-01-01, ...}      # begins when avocado is done

    What to try: give the run that starts sooner the smaller `priority`, or another team.
    """
    ranks = {name: model.priority for name, model in programme.models.items()}
    for _, directive in sorted(programme.lab.directives.items(), key=lambda item: (item[1].date, item[0])):
        ranks |= directive.priorities
    runs = {name: model for name, model in programme.models.items() if model.start and not model.released}
    for name, model in runs.items():
        for other, first in runs.items():
            together = (model.team, model.site) == (first.team, first.site)
            if together and ranks[other] < ranks[name] and first.start > model.start:  # type: ignore[operator]
                found = f"{ranks[name]}, so that it waits for {other}, which starts on {first.start}"
                yield Problem(
                    ("models", name, "priority"), found, f"a run that starts by {model.start} goes first"
                )


@rule("O314", "what is released is known to be", severity="warning")
def releases_are_known(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """The day on which a model was `released` is not later than the programme's `as_of`.

    Why: `released` states history; what is still to come is planned with `start` and `milestones`.

    Example::

        as_of: 2025-12-31
        models: {avocado: {released: 2026-04-08}}

    What to try: plan the model, or move `as_of`.
    """
    for name, model in programme.models.items():
        if model.released is not None and model.released > programme.as_of:
            found = f"{model.released}, later than what is known on {programme.as_of}"
            yield Problem(("models", name, "released"), found, "a day in the past, or a planned model")


@rule("O315", "chips are delivered after they exist", severity="warning")
def chips_exist_in_time(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """No delivery starts before the chip was available, where the catalogue has a date for it.

    Why: a chip that arrives before it ships is a slip of the year.

    Example::

        deliveries:
          early: {chip: gb300, start: 2022-01-01, ...}

    What to try: correct the date or the chip.
    """
    for name, delivery in programme.deliveries.items():
        shipped = _available(delivery.chip, programme, catalogue)
        if shipped is not None and delivery.start < shipped:
            found = f"{delivery.start}, but {delivery.chip} is available from {shipped}"
            yield Problem(("deliveries", name, "start"), found, f"{shipped} or later")


@rule("O316", "users are counted once a day", severity="warning")
def adoption_grows_in_time(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """No two entries of a product's `adoption`, and no two phases of a ramp, say different things of a day.

    Why: users are interpolated between dates, and one date has one number.

    Example::

        adoption:
          launch: {date: 2026-01-01, users: 1 M people}
          start: {date: 2026-01-01, users: 5 M people}

    What to try: drop one of them, or correct its date.
    """
    for name, product in programme.products.items():
        first: dict[date, str] = {}
        for entry, adoption in product.adoption.items():
            if first.setdefault(adoption.date, entry) != entry:
                found = f"{adoption.date}, the date of {first[adoption.date]} already"
                yield Problem(("products", name, "adoption", entry, "date"), found, "one entry a date")


def quarter_start(day: date) -> date:
    """First day of the quarter that a day is in."""
    return day.replace(month=day.month - (day.month - 1) % 3, day=1)


def _starts(programme: Programme) -> Iterator[tuple[Steps, date]]:
    for site_id, site in programme.sites.items():
        for phase_id, phase in site.ramp.items():
            yield ("sites", site_id, "ramp", phase_id, "date"), phase.date
    for delivery_id, delivery in programme.deliveries.items():
        yield ("deliveries", delivery_id, "start"), delivery.start
    for model_id, model in programme.models.items():
        if model.start is not None:
            yield ("models", model_id, "start"), model.start
    for event_id, event in programme.people.items():
        yield ("people", event_id, "date"), event.date


def _available(chip: str, programme: Programme, catalogue: Catalogue) -> date | None:
    """First day on which anybody could have the chip, by the catalogue's date facts."""
    if chip in programme.chips:
        return None
    try:
        known = catalogue.chip(chip, as_of=programme.as_of).facts
    except FactError:
        return None
    days = [known[word].date_low for word in ("available", "released", "announced") if word in known]
    return next((day for day in days if day is not None), None)
