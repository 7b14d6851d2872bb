"""Every number of a shipped calibration says where it comes from, in words a user can follow."""

from __future__ import annotations

import pytest

from orchard.catalogue import catalogue
from orchard.estimate import training, video
from orchard.estimate.calibration import Constant

# What a number is when no source says it: a choice, with its reason; counted; worked out from rows.
DERIVED = {"assumed", "counted", "derived"}
ROWS = [*training.calibration().rows, *video.calibration().rows]


def explained(source: str) -> bool:
    """Whether it begins with a source of the catalogue, or with what kind of number this is."""
    head, _, reason = source.partition(": ")
    return bool(reason.strip()) and (head in DERIVED or head in catalogue().sources)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_constant_names_a_source_or_how_it_was_found(row: Constant) -> None:
    assert explained(row.source), row.source
    assert row.meaning
    assert row.unit


@pytest.mark.parametrize("source", ["", "reference notes: 0.8", "assumed", "assumed: ", "not fitted", "1"])
def test_what_explains_nothing_is_refused(source: str) -> None:
    assert not explained(source)


def test_a_source_of_the_catalogue_explains() -> None:
    assert explained("flashattention-2: 50 to 73 % forward and backward")
