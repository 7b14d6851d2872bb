"""What is sold: products, who uses them, what one use costs and earns."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from orchard.spec.amounts import (
    Cost,
    CostPerThousand,
    CostPerTime,
    Day,
    ImagesPerChip,
    People,
    Rate,
    Ratio,
    Share,
    Span,
    Strict,
    TokensPerChip,
)


class Adoption(Strict):
    """Users at a date; between two dates the number is interpolated."""

    date: Day = Field(description="day on which there are so many users")
    users: People = Field(description="daily active users")


class Usage(Strict):
    """What one user does on an average day."""

    sessions: Rate = Field(description="sessions a day")
    turns: Rate = Field(description="turns in one session")
    tokens: Rate = Field(description="tokens answered in one turn")
    images: Rate | None = Field(None, description="images made a day")
    peak_to_mean: Ratio = Field(description="busiest hour divided by the mean over the day")


class Latency(Strict):
    """What an answer may take: stated for later models of serving, a plan does not use it."""

    ttft: Span = Field(description="time to first token")
    tpot: Span = Field(description="time per output token after the first")


class Capacity(Strict):
    """What one chip serves at the latency wanted."""

    chip: str = Field(description="chip the throughput was measured on")
    tokens: TokensPerChip | None = Field(None, description="output tokens per second and chip")
    images: ImagesPerChip | None = Field(None, description="images per second and chip")
    derating: Share = Field(description="part of the measured throughput kept at the latency wanted")


class Advertising(Strict):
    """What one turn earns by advertising."""

    eligible: Share = Field(description="share of turns in which an advertisement may be shown")
    load: Share = Field(description="advertisements per eligible turn")
    fill: Share = Field(description="share of auctions that clear the reserve price")
    cpm: CostPerThousand | None = Field(None, description="revenue per thousand impressions")
    clicks: Share | None = Field(
        None, description="clicks per impression, where not impressions are paid for"
    )
    click: Cost | None = Field(None, description="price of a click, where clicks are paid for")
    actions: Share | None = Field(None, description="actions per click, such as a purchase")
    action: Cost | None = Field(None, description="price of an action, where actions are paid for")
    floor: CostPerThousand | None = Field(None, description="price that `cpm` falls to as it grows old")
    half_life: Span | None = Field(
        None, description="time in which half of what `cpm` is above `floor` goes; it stays when left out"
    )
    wanted: Rate | None = Field(
        None, description="impressions a day that advertisers want at that price; no limit by default"
    )
    elasticity: Rate | None = Field(
        None, description="how fast the price falls when more is offered than wanted; 1 by default"
    )
    users_lost: Rate | None = Field(
        None, description="part of users lost, divided by the load that loses them; none by default"
    )
    displaced: Share | None = Field(
        None, description="part of what a user brings in the core that is lost as time moves over"
    )
    invalid: Share | None = Field(None, description="traffic that is credited back")
    partners: Share | None = Field(None, description="part of valid revenue that partners get")


class Subscription(Strict):
    """What users pay by the month."""

    paying: Share = Field(description="part of the users served who pay")
    price: CostPerTime = Field(description="price over its period, as 96 USD/y")
    fees: Share | None = Field(None, description="part that stores and payment keep; none by default")


class Product(Strict):
    """A product: companions, creative tools, or the advertising core itself."""

    title: str = Field("", description="name of the product as reports print it; the id by default")
    kind: Literal["companion", "creative", "ads"] = Field(
        description="a companion, creative tools, or the advertising core"
    )
    model: str | None = Field(
        None, description="id of the model behind it; it is served once that is released"
    )
    surface: str = Field("", description="where people meet it, such as smart glasses")
    fleet_share: Share | None = Field(None, description="part of the fleet it holds for itself (the core)")
    adoption: dict[str, Adoption] = Field(default_factory=dict, description="users wanted, by date")
    usage: Usage | None = Field(None, description="what one user does on an average day")
    latency: Latency | None = Field(None, description="what an answer may take")
    capacity: Capacity | None = Field(None, description="what one chip serves")
    advertising: Advertising | None = Field(None, description="what one turn earns")
    subscription: Subscription | None = Field(None, description="what users pay by the month")
    uplift: Share | None = Field(None, description="gain of core revenue once the model ranks advertisements")
    conversions: Share | None = Field(
        None, description="more conversions once the model ranks; with `passed_on`, instead of `uplift`"
    )
    passed_on: Share | None = Field(None, description="part of their worth that advertisers bid")
