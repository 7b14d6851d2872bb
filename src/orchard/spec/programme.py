"""The programme: everything such an effort consists of, as one frozen value."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from orchard.spec.amounts import Correlation, Day, Share, Strict
from orchard.spec.claims import Claim, Levers, Override
from orchard.spec.lab import DataEngine, Lab
from orchard.spec.models import Event, Model
from orchard.spec.money import Finances
from orchard.spec.products import Product
from orchard.spec.sites import Delivery, OwnChip, Site
from orchard.spec.training import Corpus

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def _id(text: str) -> str:
    if not _ID.fullmatch(text) or len(text) > 60:
        context = {
            "found": text[:60],
            "wanted": "small letters, digits and hyphens, as `llama-4`",
            "hint": "",
        }
        raise PydanticCustomError("orchard_amount", "{found}", context)
    return text


Id = Annotated[str, AfterValidator(_id)]


class Horizon(Strict):
    """The time that is planned; it is widened to whole quarters."""

    start: Day = Field(description="first day that is planned")
    end: Day = Field(description="last day that is planned")


class Cause(Strict):
    """Something that moves several amounts together."""

    text: str = Field("", description="what the cause is")
    correlation: Share = Field(description="how closely the amounts it moves follow it, 0 to 100 %")
    moves_with: dict[Id, Correlation] = Field(
        default_factory=dict, description="correlation with other causes, -100 to 100 %; each pair once"
    )


class Programme(Strict):
    """A whole programme, as the user wrote it. Amounts that cite facts are not resolved here."""

    programme: Id = Field(description="short name of the programme")
    title: str = Field(description="headline of every report")
    as_of: Day = Field(description="nothing in the file, and no fact it cites, is known later than this")
    horizon: Horizon = Field(description="the time that is planned")
    objective: str = Field("", description="what it is all for")
    causes: dict[Id, Cause] = Field(default_factory=dict, description="what moves several amounts together")
    chips: dict[Id, OwnChip] = Field(default_factory=dict, description="chips the catalogue does not know")
    sites: dict[Id, Site] = Field(min_length=1, description="places with power")
    deliveries: dict[Id, Delivery] = Field(default_factory=dict, description="chips that arrive at the sites")
    lab: Lab = Field(description="the teams that train models, and their part of the fleet")
    corpora: dict[Id, Corpus] = Field(default_factory=dict, description="what language models learn from")
    models: dict[Id, Model] = Field(default_factory=dict, description="models that are trained or are out")
    people: dict[Id, Event] = Field(
        default_factory=dict, description="departures, reorganisations and changes of direction"
    )
    products: dict[Id, Product] = Field(default_factory=dict, description="what is served to users")
    data_engine: DataEngine | None = Field(None, description="labels that are bought")
    finances: Finances = Field(description="budgets, revenue and cash")
    claims: dict[Id, Claim] = Field(default_factory=dict, description="sentences that are tested")
    levers: Levers = Field(Levers(), description="what a remedy may change; nothing is offered when left out")
    resolve: dict[str, str] = Field(
        default_factory=dict, description="fact id to source id, where sources differ"
    )
    override: tuple[Override, ...] = Field((), description="values replaced after the file is read")
