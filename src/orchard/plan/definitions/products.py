"""Quantities of a product."""

from __future__ import annotations

from collections.abc import Iterator

from orchard.plan import serving
from orchard.plan.definitions.kinds import constant, flow, state, unknown
from orchard.plan.definitions.reads import of
from orchard.plan.quantities import Definition
from orchard.spec.products import Product


def quantities(name: str, product: Product) -> Iterator[Definition]:
    """Users, chips and revenue of a product."""
    title = product.title or name
    if serving.served(product):
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
    if serving.served(product) and product.advertising is not None:
        yield flow(
            f"{name}.revenue",
            f"{title}: advertising revenue",
            "USD",
            lambda o, q: of(o, q, o.product_revenue_usd(name)),
        )
    yield unknown(
        f"{name}.ttft",
        f"time to first token of {title}",
        "s",
        "latency needs a model of serving: capacity is planned from measured throughput alone",
    )
