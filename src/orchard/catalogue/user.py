"""The user's own catalogue: facts that someone measured or noted themselves, read after the shipped ones.

It lies in a folder of the user's, laid out as the shipped one and with the same columns::

    ~/.config/orchard/          or $ORCHARD_HOME
      catalogue/
        sources*.csv            where the numbers come from: your bench, your machine
        facts/*.csv             the numbers; they take the place of shipped ones with the same id
        chips*.csv              titles of chips; may be left out

A plan says how many of its facts are the user's, and its digest covers them.
"""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from orchard.catalogue.chip import Entry
from orchard.catalogue.fact import Fact, Source
from orchard.catalogue.read import FACT_COLUMNS, SOURCE_COLUMNS, read_facts, read_sources, read_tables
from orchard.errors import FactError, Finding, OutputError
from orchard.files import write_text

HOME = "ORCHARD_HOME"


class Own(NamedTuple):
    """What the user's catalogue holds."""

    facts: list[Fact]
    sources: dict[str, Source]
    chips: dict[str, Entry]


def user_folder() -> Path:
    """Where this user's facts and calibrations lie, whether it is there or not."""
    if os.environ.get(HOME):
        return Path(os.environ[HOME]).expanduser().absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "orchard"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA") or Path.home()) / "orchard"
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "orchard"


def read_own(folder: Path, shipped: dict[str, Source]) -> Own | None:
    """The catalogue of a user's folder; None where there is none. Its facts may cite shipped sources.

    Raises
    ------
    FactError
        carries every problem, each with the file it is in
    """
    own = folder / "catalogue"
    if not own.is_dir():
        return None
    try:
        sources = read_sources(sorted(own.glob("sources*.csv")))
        facts = read_facts(sorted((own / "facts").glob("*.csv")), shipped | sources)
        table = read_tables(sorted(own.glob("chips*.csv")), Entry._fields)
        if table.problems:
            raise FactError(table.problems)
    except FactError as error:
        raise FactError(one._replace(place=f"{own}: {one.place}") for one in error.findings) from None
    except UnicodeDecodeError as error:
        raise FactError(Finding("O601", str(own), "", f"no text: {error.reason}", "CSV in UTF-8")) from None
    return Own(facts, sources, {row["id"]: Entry(**row) for _, row in table.rows})


def write_own(
    folder: Path, name: str, facts: Iterable[Mapping[str, str]], source: Source, chip: Entry
) -> None:
    """Write a chip that was measured into a user's catalogue, in files of its own.

    Parameters
    ----------
    folder
        of the user, made when it is missing
    name
        of the files: ``facts/NAME.csv``, ``sources-NAME.csv``, ``chips-NAME.csv``

    Raises
    ------
    OutputError
        a folder or file that cannot be written
    """
    own = folder / "catalogue"
    try:
        (own / "facts").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise OutputError(Finding("O701", str(own), "", reason, "a folder that can be made")) from None
    write_text(_csv(FACT_COLUMNS, facts), own / "facts" / f"{name}.csv")
    write_text(_csv(SOURCE_COLUMNS, [source._asdict()]), own / f"sources-{name}.csv")
    write_text(_csv(Entry._fields, [chip._asdict()]), own / f"chips-{name}.csv")


def _csv(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
