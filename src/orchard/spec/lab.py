"""Who gets the compute, and what models learn from: teams, quotas, directives, labels."""

from __future__ import annotations

from pydantic import Field

from orchard.spec.amounts import (
    Cost,
    CostPerLabel,
    Day,
    Labels,
    Number,
    Ratio,
    Share,
    Strict,
)


class Team(Strict):
    """A team: its part of the lab's chips, and how bursty its demand is."""

    title: str = Field("", description="name of the team as people say it")
    quota: Share = Field(description="part of the lab's chips this team is entitled to")
    demand: Share = Field(description="mean demand, as a part of the lab's chips")
    variation: Ratio = Field(description="coefficient of variation of that demand from week to week")


class Directive(Strict):
    """An order from the top: from a date on, runs are queued by these priorities."""

    date: Day = Field(description="day from which the priorities hold")
    text: str = Field("", description="the order, in a sentence")
    priorities: dict[str, int] = Field(description="model id to priority; 1 goes first")


class Lab(Strict):
    """The lab that pools the teams and shares the compute among them."""

    title: str = Field("", description="name of the lab")
    founded: Day = Field(description="date from which the teams' chips are pooled")
    share: Share = Field(description="part of the chips at a site that the lab may train on")
    correlation: Share = Field(description="correlation between the teams' demands")
    teams: dict[str, Team] = Field(min_length=1, description="teams by id, with quota and demand")
    directives: dict[str, Directive] = Field(
        default_factory=dict, description="orders that change the priorities of runs, by id"
    )


class DataEngine(Strict):
    """Labels bought, their price and quality, and the stake in the firm that makes them."""

    title: str = Field("", description="name of the firm or the programme of labelling")
    stake_price: Cost = Field(description="paid for the stake")
    stake_share: Share = Field(description="part of the firm that was bought")
    labels: Labels = Field(description="labels bought over the horizon")
    price: CostPerLabel = Field(description="price of one label")
    quality: Share = Field(description="share of labels that are right")
    gain: Number | None = Field(None, description="orders of magnitude of effective compute that labels add")
