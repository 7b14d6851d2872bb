"""What is sold: products, who uses them, what one use costs and earns."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from orchard.spec.amounts import (
    CostPerThousand,
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
    cpm: CostPerThousand = Field(description="revenue per thousand impressions")


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
    uplift: Share | None = Field(None, description="gain of core revenue once the model ranks advertisements")
