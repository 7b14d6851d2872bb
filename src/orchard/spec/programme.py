"""The programme: everything such an effort consists of, as one frozen value."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from orchard.spec.amounts import Day, Share, Strict
from orchard.spec.claims import Claim, Levers, Override
from orchard.spec.lab import DataEngine, Lab
from orchard.spec.models import Event, Model
from orchard.spec.money import Finances
from orchard.spec.products import Product
from orchard.spec.sites import Delivery, OwnChip, Site

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

    start: Day
    end: Day


class Cause(Strict):
    """Something that moves several amounts together."""

    text: str = ""
    correlation: Share = Field(description="how closely the amounts it moves follow it, 0 to 100 %")


class Programme(Strict):
    """A whole programme, as the user wrote it. Amounts that cite facts are not resolved here."""

    programme: Id = Field(description="short name of the programme")
    title: str
    as_of: Day = Field(description="nothing in the file, and no fact it cites, is known later than this")
    horizon: Horizon
    objective: str = Field("", description="what it is all for")
    causes: dict[Id, Cause] = Field(default_factory=dict)
    chips: dict[Id, OwnChip] = Field(default_factory=dict, description="chips the catalogue does not know")
    sites: dict[Id, Site] = Field(min_length=1)
    deliveries: dict[Id, Delivery] = Field(default_factory=dict)
    lab: Lab
    models: dict[Id, Model] = Field(default_factory=dict)
    people: dict[Id, Event] = Field(default_factory=dict)
    products: dict[Id, Product] = Field(default_factory=dict)
    data_engine: DataEngine | None = None
    finances: Finances
    claims: dict[Id, Claim] = Field(default_factory=dict)
    levers: Levers = Levers()
    resolve: dict[str, str] = Field(
        default_factory=dict, description="fact id to source id, where sources differ"
    )
    override: tuple[Override, ...] = ()
