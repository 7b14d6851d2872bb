"""Measured rows ship with the package, as published."""

from __future__ import annotations

from importlib.resources import files

import pytest

from orchard.catalogue.measured import kinds, measured
from orchard.errors import FactError


def test_training_rows_are_whole() -> None:
    rows = measured("training")
    assert len(rows) == 564
    assert len({row["id"] for row in rows}) == len(rows)
    assert all(None not in row.values() and len(row) == len(rows[0]) for row in rows)
    assert sum(row["tier"] == "A" for row in rows) == 451
    assert {row["split"] for row in rows} == {"dev"}
    assert all(row["source_url"].startswith("https://") for row in rows)


def test_every_scored_row_has_a_speed_above_zero() -> None:
    assert all(float(row["tokens_per_s_per_gpu"]) > 0 for row in measured("training") if row["tier"] == "A")


def test_rows_are_a_copy() -> None:
    measured("training")[0]["model"] = "changed"
    assert measured("training")[0]["model"] == "DeepSeekV3"


def test_kinds_are_the_files() -> None:
    folder = files("orchard.catalogue") / "data" / "measured"
    assert {f"{kind}.csv" for kind in kinds()} == {path.name for path in folder.iterdir()}
    assert "training" in kinds()


def test_an_unknown_kind_is_said() -> None:
    with pytest.raises(FactError, match="did you mean 'training'"):
        measured("trainings")
