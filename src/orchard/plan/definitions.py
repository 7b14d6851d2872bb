"""Every quantity of a programme: what ``ask`` and claims know, and how each is read off an outlook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import numpy as np

from orchard.arch import parameters
from orchard.errors import Finding, QuantityError
from orchard.plan import money, power, runs, serving, speed
from orchard.plan.calendar import Array, before, to_day
from orchard.plan.outlook import Outlook
from orchard.plan.quantities import Definition, Read, ReadQuarter
from orchard.plan.scene import Setup
from orchard.spec.models import Model
from orchard.spec.products import Product


def definitions(setup: Setup) -> dict[str, Definition]:
    """Every quantity of a programme, by name.

    Raises
    ------
    QuantityError
        two that have one name: a milestone called ``released``, a site called ``fleet``
    """
    found = [*_fleet(), *_money(), *_lab(setup), *_rivals()]
    for name in setup.programme.sites:
        found += _site(name, setup)
    for name, model in setup.programme.models.items():
        found += _unrun(_model(name, model), setup, name)
    for name, product in setup.programme.products.items():
        found += _product(name, product)
    known = {definition.id: definition for definition in found}
    twice = sorted(name for name, count in Counter(each.id for each in found).items() if count > 1)
    if twice:
        hint = "another id for the site, model, product or milestone"
        raise QuantityError(
            Finding("O506", "", "", f"two quantities called {name}", "one", hint) for name in twice
        )
    return known


def _fleet() -> Iterator[Definition]:
    yield _state("fleet.gpus", "GPUs installed and powered", "chip", lambda o: o.count(o.everywhere))
    yield _state(
        "fleet.chips", "accelerators installed and powered", "chip", lambda o: o.count(o.everywhere, False)
    )
    yield _state("fleet.delivered", "GPUs delivered", "chip", lambda o: o.count(o.delivered))
    yield _state("fleet.paid", "GPUs delivered and paid", "chip", lambda o: o.count(o.paid))
    yield _state(
        "fleet.waiting",
        "GPUs paid that wait for power",
        "chip",
        lambda o: o.count(o.paid) - o.count(o.everywhere),
    )
    yield _state("fleet.power", "facility power energised", "W", lambda o: _over_sites(o, o.power_w))
    yield _state("fleet.it_power", "IT power energised", "W", lambda o: _over_sites(o, o.it_power_w))
    yield _state(
        "fleet.power_need",
        "IT power that all delivered chips need",
        "W",
        lambda o: o.power_need_w(o.delivered),
    )
    yield _state("fleet.power_drawn", "IT power drawn on average", "W", lambda o: o.drawn_w)
    yield _flow("fleet.energy", "facility energy", "J", lambda o, q: _of(o, q, o.energy_j))
    yield _flow("fleet.energy_cost", "cost of energy", "USD", lambda o, q: _of(o, q, o.energy_cost_usd))
    yield _flow(
        "servers.cost",
        "price of the chips that arrive",
        "USD",
        lambda o, q: _rise(o, q, o.cost_usd(o.delivered)),
    )
    yield _flow(
        "servers.budget",
        "money for chips, servers, network",
        "USD",
        lambda o, q: _rise(o, q, o.server_money_usd),
    )


def _money() -> Iterator[Definition]:
    yield _flow("capex", "capital expenditure incl. finance leases", "USD", lambda o, q: _capex(o, q))
    yield _flow("revenue", "revenue", "USD", lambda o, q: o.revenue_usd(q))
    yield _flow("revenue.family", "revenue of the apps", "USD", lambda o, q: o.family_revenue_usd(q))
    yield Definition(
        "revenue.growth",
        "growth of revenue over the year before",
        "%",
        "flow",
        quarter=lambda o, q: _ratio(o.revenue_usd(q), o.revenue_usd(before(q))) - 1,
        year=lambda o, y: _ratio(_year(o.revenue_usd, y), _year(o.revenue_usd, str(int(y) - 1))) - 1,
    )
    yield _flow("arpp", "average revenue per person", "USD/person", _arpp)
    yield Definition(
        "people",
        "daily active people at the end of a quarter",
        "person",
        "state",
        quarter=lambda o, q: money.people(o.scene, q),
    )
    yield _state("cash", "cash and securities", "USD", lambda o: o.cash_usd)
    yield _state("cash.lowest", "lowest cash from the programme's date on", "USD", _lowest_cash)
    yield _flow(
        "depreciation",
        "depreciation of what is bought within the horizon",
        "USD",
        lambda o, q: _of(o, q, o.depreciation_usd),
    )


def _lab(setup: Setup) -> Iterator[Definition]:
    yield _state("lab.chips", "GPUs the lab may train on", "chip", lambda o: o.lab_chips)
    yield _constant(
        "lab.freed_share", "part of the lab's chips that pooling puts to use", "%", lambda o: o.freed_share
    )
    yield _state(
        "lab.freed_chips", "GPUs that pooling puts to use", "chip", lambda o: o.lab_chips * o.freed_share
    )
    if setup.programme.data_engine is not None:
        yield _constant(
            "data-engine.implied_value",
            "value of the labelling firm implied by the stake",
            "USD",
            lambda o: _ratio(*map(o.scene.draws, ("data_engine.stake_price", "data_engine.stake_share"))),
        )
        yield _constant(
            "data-engine.labels_cost",
            "cost of the labels bought",
            "USD",
            lambda o: o.scene.draws("data_engine.labels") * o.scene.draws("data_engine.price"),
        )
        yield _constant(
            "data-engine.cost_per_right_label",
            "price of one label that is right",
            "USD/label",
            lambda o: _ratio(*map(o.scene.draws, ("data_engine.price", "data_engine.quality"))),
        )


def _rivals() -> Iterator[Definition]:
    yield _unknown(
        "rivals.lead",
        "lead over the best rival",
        "1",
        "rivals' compute and recipes are not in the programme: nothing honest can be said of them",
    )


def _site(name: str, setup: Setup) -> Iterator[Definition]:
    title = setup.programme.sites[name].title or name
    yield _state(f"{name}.power", f"facility power energised at {title}", "W", lambda o: o.power_w(name))
    yield _state(f"{name}.it_power", f"IT power energised at {title}", "W", lambda o: o.it_power_w(name))
    yield _state(f"{name}.gpus", f"GPUs installed at {title}", "chip", lambda o: o.count(o.installed(name)))
    yield _date(f"{name}.started", f"first power at {title}", lambda o: power.site_start_day(o.scene, name))
    if setup.programme.sites[name].ultimate is not None:
        yield _constant(
            f"{name}.ultimate",
            f"facility power {title} can grow to",
            "W",
            lambda o: o.scene.draws(f"sites.{name}.ultimate"),
        )


def _unrun(found: Iterator[Definition], setup: Setup, name: str) -> Iterator[Definition]:
    """Quantities of a model; dates of a run that no chips of its site can do are unknown."""
    model = setup.programme.models[name]
    reason = speed.reason(setup, name) if model.start is not None and model.released is None else ""
    for definition in found:
        dated = definition.kind == "date" and definition.id != f"{name}.started"
        yield definition._replace(unknown=reason) if reason and dated else definition


def _model(name: str, model: Model) -> Iterator[Definition]:
    title = model.title or name
    reason = f"the architecture and data of {title} are not stated, so its compute cannot be counted"
    if model.compute is not None or runs.flops_each(model) is not None:
        yield _constant(
            f"{name}.compute_flop",
            f"training compute of {title}",
            "FLOP",
            lambda o: runs.compute_flop(o.scene, name),
        )
    else:
        yield _unknown(f"{name}.compute_flop", f"training compute of {title}", "FLOP", reason)
    if model.architecture is not None:
        total = parameters(model.architecture)
        yield _constant(
            f"{name}.parameters", f"parameters of {title}", "parameter", lambda o: _fixed(o, total.total)
        )
        yield _constant(
            f"{name}.active_parameters",
            f"active parameters of {title}",
            "parameter",
            lambda o: _fixed(o, total.active),
        )
    if model.start is not None or model.released is not None:
        yield _date(f"{name}.released", f"release of {title}", lambda o: o.released_day(name))
    else:
        yield _unknown(
            f"{name}.released", f"release of {title}", "date", f"no run and no release of {title} is planned"
        )
    if model.start is not None:
        yield _date(f"{name}.started", f"start of training of {title}", lambda o: o.training(name).start_day)
        yield _date(f"{name}.trained", f"end of pretraining of {title}", lambda o: o.training(name).end_day)
        yield _constant(
            f"{name}.goodput",
            f"share of the run of {title} that lasts",
            "%",
            lambda o: o.training(name).goodput,
        )
        yield _state(f"{name}.chips", f"chips {title} may train on", "chip", lambda o: o.training(name).chips)
        for stage in model.milestones:
            yield _date(f"{name}.{stage}", f"end of {stage} of {title}", _stage(name, stage))
    if model.gate is not None:
        yield _constant(
            f"{name}.lead",
            f"lead of {title} in orders of magnitude of effective compute",
            "1",
            lambda o: runs.lead(o.scene, name),
        )
        yield _constant(
            f"{name}.gate",
            f"lead that the gate of {title} wants",
            "1",
            lambda o: o.scene.draws(f"models.{name}.gate.lead"),
        )
    yield _unknown(
        f"{name}.quality",
        f"measured quality of {title}",
        "1",
        "quality is measured, not planned: it needs the model trained and evaluated",
    )


def _product(name: str, product: Product) -> Iterator[Definition]:
    title = product.title or name
    if serving.served(product):
        yield _state(f"{name}.users", f"{title}: daily users wanted", "person", lambda o: o.users(name))
        yield _state(
            f"{name}.capacity_users",
            f"{title}: daily users the chips left could serve",
            "person",
            lambda o: o.capacity_users(name),
        )
        yield _state(
            f"{name}.served_users", f"{title}: daily users served", "person", lambda o: o.served_users(name)
        )
        yield _constant(
            f"{name}.chips_per_user",
            f"chips that one daily user of {title} needs",
            "chip/person",
            lambda o: serving.chips_per_user(o.scene, name),
        )
    if serving.served(product) and product.advertising is not None:
        yield _flow(
            f"{name}.revenue",
            f"{title}: advertising revenue",
            "USD",
            lambda o, q: _of(o, q, o.product_revenue_usd(name)),
        )
    yield _unknown(
        f"{name}.ttft",
        f"time to first token of {title}",
        "s",
        "latency needs a model of serving: capacity is planned from measured throughput alone",
    )


def _state(name: str, title: str, unit: str, read: Read) -> Definition:
    return Definition(name, title, unit, "state", read)


def _flow(name: str, title: str, unit: str, read: ReadQuarter) -> Definition:
    return Definition(name, title, unit, "flow", quarter=read)


def _date(name: str, title: str, read: Read) -> Definition:
    return Definition(name, title, "date", "date", read)


def _constant(name: str, title: str, unit: str, read: Read) -> Definition:
    return Definition(name, title, unit, "constant", read)


def _unknown(name: str, title: str, unit: str, reason: str) -> Definition:
    return Definition(name, title, unit, "constant", unknown=reason)


def _over_sites(outlook: Outlook, read: Callable[[str], Array]) -> Array:
    total: Array = np.sum([read(name) for name in sorted(outlook.scene.programme.sites)], axis=0)
    return total


def _of(outlook: Outlook, quarter: str, flow: Array) -> Array:
    quarters = outlook.scene.calendar.quarters
    if quarter not in quarters:
        return np.full(outlook.scene.draws.size, np.nan)
    row: Array = flow[quarters.index(quarter)]
    return row


def _rise(outlook: Outlook, quarter: str, total: Array) -> Array:
    calendar = outlook.scene.calendar
    index = calendar.quarters.index(quarter)
    return calendar.at(total, calendar.bounds[index + 1]) - calendar.at(total, calendar.bounds[index])


def _capex(outlook: Outlook, quarter: str) -> Array:
    known = money.reported(outlook.scene, quarter, "capex")
    return _of(outlook, quarter, outlook.capex_usd) if known is None else known


def _arpp(outlook: Outlook, quarter: str) -> Array:
    scene = outlook.scene
    mean = (money.people(scene, before(quarter, 1)) + money.people(scene, quarter)) / 2
    return _ratio(outlook.family_revenue_usd(quarter), mean)


def _lowest_cash(outlook: Outlook) -> Array:
    later = outlook.scene.calendar.edges >= to_day(outlook.scene.programme.as_of)
    masked = np.where(later[:, None], outlook.cash_usd, np.inf)
    lowest = np.minimum.accumulate(masked, axis=0)
    return np.where(np.isinf(lowest), outlook.cash_usd, lowest)


def _stage(model: str, stage: str) -> Read:
    return lambda o: runs.stages(o.scene, model, o.training(model).end_day)[stage]


def _fixed(outlook: Outlook, value: float) -> Array:
    return np.full(outlook.scene.draws.size, float(value))


def _ratio(above: Array, below: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(above / below)


def _year(read: Callable[[str], Array], year: str) -> Array:
    total: Array = np.sum([read(f"{year}-Q{number}") for number in range(1, 5)], axis=0)
    return total
