"""Measured rows that the project ships: what others published of real runs, one CSV file a kind.

Rows hold text, as published; what cells mean is for those who read them.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files

from orchard.errors import FactError, Finding, did_you_mean


@cache
def kinds() -> tuple[str, ...]:
    """Kinds of measurement there are."""
    folder = files("orchard.catalogue") / "data" / "measured"
    return tuple(sorted(file.name[:-4] for file in folder.iterdir() if file.name.endswith(".csv")))


def measured(kind: str) -> list[dict[str, str]]:
    """Every row measured of one kind, under the names of its columns.

    Raises
    ------
    FactError
        no such kind

    Examples
    --------
    >>> row = measured("training")[0]
    >>> row["model"], row["chip"], row["tokens_per_s_per_gpu"]
    ('DeepSeekV3', 'GB300', '6288')
    """
    return [dict(row) for row in _rows(kind)]


@cache
def _rows(kind: str) -> tuple[dict[str, str], ...]:
    if kind not in kinds():
        hint = did_you_mean(kind, kinds())
        raise FactError(Finding("O607", "catalogue", kind, "no such measurement", ", ".join(kinds()), hint))
    path = files("orchard.catalogue") / "data" / "measured" / f"{kind}.csv"
    return tuple(csv.DictReader(path.read_text("utf-8").splitlines()))
