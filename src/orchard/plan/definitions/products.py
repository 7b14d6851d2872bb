"""Quantities of a product: who uses it, what it takes, what it earns and costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from orchard import units
from orchard.plan import serving
from orchard.plan.calendar import Array
from orchard.plan.definitions.kinds import constant, flow, state, unknown
from orchard.plan.definitions.reads import of
from orchard.plan.money import advertising
from orchard.plan.outlook import Outlook
from orchard.plan.quantities import Definition
from orchard.spec.products import Product

_MILLION = units.factor("M tokens")


def quantities(name: str, product: Product) -> Iterator[Definition]:
    """Users, chips, revenue and costs of a product."""
    title = product.title or name
    if serving.served(product):
        yield from _used(name, title)
        if advertising.earns(product):
            yield from _earned(name, title, product)
        if product.capacity is not None and product.capacity.tokens is not None:
            yield constant(
                f"{name}.million_tokens_cost",
                f"{title}: cost of a million tokens answered",
                "USD",
                lambda o: advertising.token_cost_usd(o.scene, name) * _MILLION,
            )
    yield unknown(
        f"{name}.ttft",
        f"time to first token of {title}",
        "s",
        "latency needs a model of serving: capacity is planned from measured throughput alone",
    )


def _used(name: str, title: str) -> Iterator[Definition]:
    yield state(f"{name}.users", f"{title}: daily users wanted", "person", lambda o: o.users(name))
    yield state(
        f"{name}.capacity_users",
        f"{title}: daily users the chips left could serve",
        "person",
        lambda o: o.capacity_users(name),
    )
    yield state(
        f"{name}.served_users", f"{title}: daily users served", "person", lambda o: o.served_users(name)
    )
    yield constant(
        f"{name}.chips_per_user",
        f"chips that one daily user of {title} needs",
        "chip/person",
        lambda o: serving.chips_per_user(o.scene, name),
    )
    yield _flow(
        f"{name}.serving_cost",
        f"{title}: cost of serving",
        lambda o: advertising.user_days(o, name) * advertising.serving_usd(o.scene, name),
    )


def _earned(name: str, title: str, product: Product) -> Iterator[Definition]:
    yield _flow(
        f"{name}.revenue",
        f"{title}: revenue of advertising and subscriptions",
        lambda o: o.product_revenue_usd(name),
    )
    yield _flow(
        f"{name}.margin",
        f"{title}: revenue less serving, and less what the core loses to it",
        lambda o: advertising.margin_usd(o, name),
    )
    if product.subscription is not None:
        yield _flow(
            f"{name}.subscriptions",
            f"{title}: revenue of subscriptions",
            lambda o: advertising.subscribed_usd(o, name),
        )
    if product.advertising is not None:
        ads = product.advertising
        yield _flow(
            f"{name}.displaced",
            f"{title}: revenue of the core whose time moves over",
            lambda o: o.displaced_usd(name),
        )
        if all(each.high is None or each.high > 0 for each in (ads.eligible, ads.fill, ads.cpm) if each):
            yield constant(
                f"{name}.break_even_load",
                f"{title}: advertisements per eligible turn that would pay for serving",
                "1",
                lambda o: advertising.paying_load(o.scene, name),
            )


def _flow(name: str, title: str, read: Callable[[Outlook], Array]) -> Definition:
    """A flow in USD that is worked out for all quarters at once."""
    return flow(name, title, "USD", lambda o, q: of(o, q, read(o)))
