"""Rules about quantities that must add up, and entries that need each other."""

from __future__ import annotations

from collections.abc import Iterator

from orchard import units
from orchard.catalogue import Catalogue
from orchard.errors import FactError
from orchard.spec.models import Model
from orchard.spec.programme import Programme
from orchard.spec.rules import Problem, bounds, rule

_SLACK = 1e-9
_MOST_YEARS = 41
_RUN_KEYS = ("team", "site", "chips", "start", "recipe")


@rule("O330", "quotas of teams add up to at most all chips")
def quotas_add_up(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """The quotas of all teams together are not more than 100 %.

    Why: a quota is a guarantee; more than everything cannot be guaranteed.

    Example::

        teams: {tbd: {quota: 70 %, ...}, fair: {quota: 40 %, ...}}

    What to try: lower one of them.
    """
    shares = [bounds(team.quota, programme, catalogue) for team in programme.lab.teams.values()]
    total = sum(share[1] for share in shares if share is not None)
    if total > 1 + _SLACK:
        yield Problem(("lab", "teams"), f"quotas of {units.show(total, '%')} together", "at most 100 %")


@rule("O338", "the lab and the products share at most all chips", severity="warning")
def shares_add_up(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """The lab's share and what products hold for themselves are together not more than 100 %.

    Why: nothing would be left to serve with, and some chips would work twice.

    Example::

        lab: {share: 70 %, ...}
        products: {ads: {fleet_share: 40 %, ...}}

    What to try: lower one of them.
    """
    products = [product.fleet_share for product in programme.products.values()]
    shares = [bounds(share, programme, catalogue) for share in (programme.lab.share, *products)]
    total = sum(share[1] for share in shares if share is not None)
    if total > 1 + _SLACK:
        found = f"{units.show(total, '%')} with the products' fleet_share"
        yield Problem(("lab", "share"), found, "at most 100 % together")


@rule("O331", "runs ask for chips that are delivered to their site")
def runs_fit_their_site(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """No run asks for more chips than are ever delivered to its site.

    Why: such a run could never start as asked, however long one waits.

    Example::

        deliveries: {first: {site: prometheus, count: 10 k chips, ...}}
        models: {avocado: {site: prometheus, chips: 100 k chips, ...}}

    What to try: ask for fewer chips, add a delivery, or train at another site.
    """
    delivered: dict[str, float] = dict.fromkeys(programme.sites, 0.0)
    if any(delivery.site not in delivered for delivery in programme.deliveries.values()):
        return
    for delivery in programme.deliveries.values():
        count = bounds(delivery.count, programme, catalogue)
        delivered[delivery.site] += count[2] if count else 0.0
    for name, model in programme.models.items():
        wanted = bounds(model.chips, programme, catalogue)
        if model.released is None and wanted and model.site in delivered:
            most = delivered[model.site]
            if wanted[0] > most * (1 + _SLACK):
                found = f"{units.show(wanted[1], 'chip')} at {model.site}"
                limit = f"at most {units.show(most, 'chip')}, all that are delivered there"
                yield Problem(("models", name, "chips"), found, limit)


@rule("O332", "a model is planned in full, or out already")
def models_are_whole(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """A run, once it has a start, a site or chips, has all that a run needs.

    That is a team, a site, chips, a start and a recipe; and its work: `compute`, or an architecture
    with `tokens` and the `sequence` of its recipe (language) or `samples` and the `frames`, `height` and
    `width` of its recipe (video). A model with none of start, site and chips is not
    trained here: a line of research, or one to compare with.

    Why: a run without one of them cannot be dated.

    Example::

        models:
          mango: {kind: video, team: tbd, site: prometheus, chips: 20 k chips}

    What to try: add what is missing, or `released` with its date.
    """
    for name, model in programme.models.items():
        trained = any(getattr(model, key) is not None for key in ("start", "site", "chips"))
        if trained and model.released is None:
            keys = [key for key in _RUN_KEYS if getattr(model, key) is None] + _missing_work(model)
            if keys:
                found = "neither `released` nor " + ", ".join(dict.fromkeys(keys))
                yield Problem(("models", name), found, "a whole run, or the day of its release")


@rule("O333", "architectures are of their model's kind")
def architectures_fit(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """The architecture of a language model is a language architecture, of a video model a video one.

    Why: they are computed by different formulas.

    Example::

        models:
          mango: {kind: video, architecture: {use: llama-3.1-405b}}

    What to try: correct `kind`, or the architecture.
    """
    for name, model in programme.models.items():
        if model.architecture is not None and model.kind not in (model.architecture.kind, "world"):
            found = f"{model.architecture.kind} in a model of kind {model.kind}"
            yield Problem(("models", name, "architecture"), found, f"an architecture of kind {model.kind}")


@rule("O334", "gates compare models whose compute is known")
def gates_can_compare(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """The predecessor that a gate names has `compute`, or an architecture with tokens or samples and recipe.

    Why: the gate asks for a lead in effective compute over it.

    Example::

        models:
          llama-4: {released: 2025-04-05}
          avocado: {gate: {predecessor: llama-4, ...}, ...}

    What to try: state the predecessor's compute, `assumed` with a range if it is not public.
    """
    for name, model in programme.models.items():
        before = programme.models.get(model.gate.predecessor) if model.gate else None
        if model.gate and before and _missing_work(before):
            found = f"{model.gate.predecessor}, without {_missing_work(before)[0]}"
            yield Problem(("models", name, "gate", "predecessor"), found, "a model whose compute is known")


@rule("O335", "budgets cover the horizon")
def budgets_cover(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """`finances.budget` has an entry for every year of the horizon.

    Why: a year without a budget buys nothing, which is rarely meant.

    Example::

        horizon: {start: 2025-01-01, end: 2027-12-31}
        finances: {budget: {"2025": 72 G USD, "2026": 110 G USD}}

    What to try: add the year, `assumed` with a range if it is not decided.
    """
    years = range(programme.horizon.start.year, programme.horizon.end.year + 1)
    if len(years) > _MOST_YEARS:
        return
    missing = [str(year) for year in years if str(year) not in programme.finances.budget]
    if missing:
        shown = ", ".join(missing[:8]) + (", ..." if len(missing) > 8 else "")
        yield Problem(("finances", "budget"), f"no budget for {shown}", "every year of the horizon")


@rule("O336", "ramps stay within what the site can grow to", severity="warning")
def ramps_stay_within(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """The phases of a site together do not exceed its `ultimate` power.

    Why: either the ramp or the announcement is wrong.

    Example::

        sites:
          hyperion: {ultimate: 5 GW, ramp: {all: {adds: 6 GW, ...}}, ...}

    What to try: correct the phases, or `ultimate`.
    """
    for name, site in programme.sites.items():
        most = bounds(site.ultimate, programme, catalogue)
        phases = [bounds(phase.adds, programme, catalogue) for phase in site.ramp.values()]
        total = sum(phase[1] for phase in phases if phase is not None)
        if most is not None and total > most[2] * (1 + _SLACK):
            found = f"phases of {units.show(total, 'W')} together"
            limit = f"at most {units.show(most[2], 'W')}, its `ultimate`"
            yield Problem(("sites", name, "ramp"), found, limit)


@rule("O337", "the power of every chip is known")
def chips_have_power(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """A delivery states `it_power`, or the catalogue knows the IT power of its chip.

    Why: chips run only where there is power for them.

    Example::

        deliveries:
          own: {chip: mtia-v3, count: 100 k chips, ...}

    What to try: ``it_power: {assumed: 700 W/chip, low: ..., high: ..., why: ...}``.
    """
    for name, delivery in programme.deliveries.items():
        if delivery.it_power is None and delivery.chip not in programme.chips:
            try:
                chip = catalogue.chip(delivery.chip, as_of=programme.as_of)
            except FactError:
                continue
            if chip.it_power_w is None:
                found = f"no `it_power`, and nobody knows that of {chip.id}"
                yield Problem(("deliveries", name), found, "it_power: IT power per chip")


def _missing_work(model: Model) -> list[str]:
    if model.compute is not None:
        return []
    if model.architecture is None:
        return ["compute or architecture"]
    video = model.architecture.kind == "video"
    amount, sizes = ("samples", ("frames", "height", "width")) if video else ("tokens", ("sequence",))
    missing = [amount] if getattr(model, amount) is None else []
    if model.recipe is None:
        return [*missing, "recipe"]
    return missing + [f"recipe.{size}" for size in sizes if getattr(model.recipe, size) is None]
