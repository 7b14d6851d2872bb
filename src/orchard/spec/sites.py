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
    CostPerMass,
    CostPerPower,
    Day,
    Duration,
    Mass,
    MassPerEnergy,
    Power,
    PowerPerChip,
    Ratio,
    Share,
    Span,
    Speed,
    Strict,
)


class Build(Strict):
    """How a phase is built, one stage after another; the catalogue knows how long each takes."""

    type: Literal["hall", "tent"] = Field("hall", description="`hall` of steel and concrete, or `tent`")
    permit: Span | None = Field(None, description="until the last permit is there; `0 d` where it is")
    ground: Span | None = Field(None, description="land and foundations")
    shell: Span | None = Field(None, description="walls, roof, plant and racks")
    energise: Span | None = Field(None, description="substation and commissioning, to the first power")


class Phase(Strict):
    """One step of a site's ramp: facility power that becomes available from a date on."""

    date: Day = Field(
        description="first day on which any of this power is energised; with `build`, on which work begins"
    )
    build: Build | None = Field(None, description="stages of building, from which the first power follows")
    adds: Power = Field(description="facility power that this phase adds")
    over: Span | None = Field(None, description="commissioning: time from first to full power")
    delay: Duration | None = Field(None, description="delay of this phase alone, beside the site's")


class Option(Strict):
    """Something that may supply a site, or has to: what is ordered, how much there may be, its prices."""

    technology: Literal["grid", "engine", "turbine", "ccgt", "solar", "wind", "battery", "pause"] = Field(
        description="`pause` stops training at a checkpoint while power is short"
    )
    since: Day | None = Field(None, description="first day on which it supplies; always, when left out")
    capacity: Power | None = Field(None, description="contracted or ordered: paid for, used or not")
    most: Power | None = Field(
        None, description="as much as there may be; `capacity` when left out, and without limit without it"
    )
    price: CostPerEnergy | None = Field(
        None, description="of energy of a grid contract; the site's price of electricity when left out"
    )
    prices: str | None = Field(
        None, description="file of 8,760 hourly prices in USD/MWh, one a line, in the place of `price`"
    )
    charge: CostPerPower | None = Field(
        None, description="for a watt of a grid contract, a year; none when left out"
    )
    capital: CostPerPower | None = Field(None, description="to build a watt; the catalogue's when left out")
    fuel: CostPerEnergy | None = Field(None, description="price of its gas; the catalogue's when left out")
    carbon: MassPerEnergy | None = Field(None, description="CO2 of grid power; the catalogue's when left out")
    share: Share | None = Field(None, description="part of the load that may pause")
    hours: Span | None = Field(None, description="pauses of a year, counted at that part of the load")


class Energy(Strict):
    """What may supply a site with energy, and what is asked of it; `orchard site` finds the cheapest mix."""

    options: dict[str, Option] = Field(description="what may supply it, by id", min_length=1)
    reliability: Share | None = Field(None, description="part of the energy that is served; all by default")
    spare: Power | None = Field(
        None, description="firm capacity beyond the peak, such as the largest unit, which may fail (N-1)"
    )
    carbon: Mass | None = Field(None, description="most CO2 a year; without limit by default")
    carbon_price: CostPerMass | None = Field(None, description="price of CO2; none by default")


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
    weather: str | None = Field(
        None, description="year of weather: a place that is shipped, or a TMY3, TMY2 or EPW file"
    )
    cooling: Literal["dry", "evaporative", "chilled-water", "liquid"] | None = Field(
        None, description="what cools it; `pue` is what a year's mean comes to"
    )
    energy: Energy | None = Field(None, description="what may supply it; a grid without limit by default")
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
    use: str | None = Field(
        None,
        description="a chip whose measured figures take the place of these in a plan, where the user's own "
        "catalogue has it, such as `host` of `orchard calibrate host`; runs on it then follow the step "
        "model of that machine in place of `recipe.utilisation`",
    )
