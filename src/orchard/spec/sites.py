"""Where the chips stand: sites with power that ramps, and deliveries of chips to them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from orchard.spec.amounts import (
    Bandwidth,
    Bytes,
    Chips,
    CostPerChip,
    CostPerEnergy,
    CostPerPower,
    Day,
    Duration,
    Power,
    PowerPerChip,
    Ratio,
    Share,
    Span,
    Speed,
    Strict,
)


class Phase(Strict):
    """One step of a site's ramp: facility power that becomes available from a date on."""

    date: Day = Field(description="first day on which any of this power is energised")
    adds: Power = Field(description="facility power that this phase adds")
    over: Span | None = Field(None, description="commissioning: time from first to full power")
    delay: Duration | None = Field(None, description="delay of this phase alone, beside the site's")


class Site(Strict):
    """A place with power. Facility power is at the meter; IT power is what the servers may draw."""

    title: str = Field("", description="name of the site as reports print it; the id by default")
    place: str = Field("", description="where it is: town and state, or `several`")
    ultimate: Power | None = Field(None, description="facility power the site can grow to, as announced")
    facility_ratio: Ratio = Field(description="facility power divided by IT power, at peak")
    pue: Ratio = Field(description="annual facility energy divided by IT energy")
    load: Share | None = Field(
        None, description="mean power drawn by chips, as a part of their rating; the catalogue's by default"
    )
    construction: CostPerPower = Field(description="cost of buildings and plant per watt of IT power")
    partner_share: Share | None = Field(
        None, description="share of construction that partners pay, when a remedy builds more"
    )
    electricity: CostPerEnergy = Field(description="price of electricity at the meter")
    ramp: dict[str, Phase] = Field(description="phases by id", min_length=1)
    delay: Duration | None = Field(None, description="delay of every phase that is not yet history")


class Delivery(Strict):
    """Chips of one type arriving at one site, evenly between two dates."""

    chip: str = Field(description="a chip of the catalogue, or of this programme's chips")
    site: str = Field(description="id of the site")
    count: Chips = Field(description="how many chips arrive in total")
    usable: Share | None = Field(
        None, description="share that works and is not kept as a spare; all by default"
    )
    start: Day = Field(description="first day on which chips arrive")
    end: Day = Field(description="last day on which chips arrive; the same day for all at once")
    delay: Duration | None = Field(None, description="delay of the whole delivery")
    price: CostPerChip | None = Field(
        None, description="paid per chip with its server and network; left out for chips already paid"
    )
    it_power: PowerPerChip | None = Field(None, description="IT power per chip; the catalogue's by default")
    kind: Literal["gpu", "asic"] = Field(
        "gpu", description="`gpu` counts in `fleet.gpus`; `asic` in `fleet.chips` only"
    )


class OwnChip(Strict):
    """A chip that the catalogue does not know; its figures are the programme's own."""

    title: str = Field("", description="name of the chip as reports print it")
    bf16: Speed = Field(description="dense peak in bfloat16")
    fp8: Speed | None = Field(None, description="dense peak in 8-bit floating point")
    fp4: Speed | None = Field(None, description="dense peak in 4-bit floating point")
    memory: Bytes = Field(description="memory per chip; a plan does not use it yet")
    bandwidth: Bandwidth = Field(description="memory bandwidth")
    it_power: PowerPerChip = Field(description="IT power per chip with its share of the server")
    chips_per_node: int = Field(8, ge=1, le=100_000, description="chips that fail together")
