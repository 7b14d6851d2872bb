"""A validation: every row is judged, nothing depends on their order, and what is missing is said."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from orchard.errors import OrchardError
from orchard.estimate.training import calibration
from orchard.estimate.training.measurements import runs
from orchard.estimate.training.validate import WAYS, judge, validate

from .runs_of import few, predicted


@pytest.fixture(scope="module")
def result() -> dict[str, Any]:
    return validate(runs(few(5)), calibration())


def test_every_way_judges_every_row(result: dict[str, Any]) -> None:
    assert [way["id"] for way in result["ways"]] == [name for name, *_ in WAYS]
    for way in result["ways"]:
        assert way["overall"]["n"] == result["scored"] == len(result["points"])
        assert 0 < way["overall"]["coverage"] <= 1
        assert set(way["by"]) == {"chip", "precision", "kind", "stack", "source"}
        for groups in way["by"].values():
            assert sum(one["n"] for one in groups.values()) == result["scored"]


def test_less_known_is_predicted_worse(result: dict[str, Any]) -> None:
    error = {way["id"]: way["overall"]["mape"] for way in result["ways"]}
    assert error["row"] < error["source"]
    assert error["row"] < error["stack"]


def test_points_agree_with_scores(result: dict[str, Any]) -> None:
    points = result["points"]
    mape = sum(abs(point["error"]) for point in points) / len(points)
    inside = sum(point["low"] <= point["measured"] <= point["high"] for point in points) / len(points)
    headline = next(way for way in result["ways"] if way["id"] == result["headline"])["overall"]
    assert mape == pytest.approx(headline["mape"])
    assert inside == pytest.approx(headline["coverage"])


def test_a_result_is_plain_data(result: dict[str, Any]) -> None:
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_the_constants_are_all_there(result: dict[str, Any]) -> None:
    assert [row["name"] for row in result["constants"]] == [row.name for row in calibration().rows]


def test_the_order_of_rows_does_not_matter() -> None:
    rows = few(3)
    shuffled = list(rows)
    random.Random(1).shuffle(shuffled)
    one, other = (judge(runs(each), calibration()) for each in (rows, shuffled))
    assert one["ways"][0]["overall"] == pytest.approx(other["ways"][0]["overall"])
    assert one["naive"][0]["naive"] == pytest.approx(other["naive"][0]["naive"], nan_ok=True)
    assert one["layouts"]["spearman"] == pytest.approx(other["layouts"]["spearman"])


def test_own_predictions_have_no_error() -> None:
    found = judge(runs(predicted(few(3))), calibration())
    overall = found["ways"][0]["overall"]
    assert overall["mape"] < 1e-9
    assert overall["coverage"] == 1
    assert found["layouts"]["spearman"] == pytest.approx(1)


def test_blank_rows_count_and_are_listed_with_their_reason() -> None:
    rows = [*few(20), {**few()[0], "id": "odd", "chip": "abacus"}]
    found = judge(runs(rows), calibration())
    assert [row["id"] for row in found["blank"]] == ["odd"]
    assert "abacus" in found["blank"][0]["why"]
    assert found["ways"][0]["overall"]["blank"] == 1
    assert found["ways"][0]["overall"]["mape"] > 1 / len(rows)


def test_all_rows_blank_is_an_answer() -> None:
    found = judge(runs([{**row, "chip": "abacus"} for row in few(30)]), calibration())
    assert found["ways"][0]["overall"]["mape"] == 1
    assert found["ways"][0]["overall"]["coverage"] is None
    assert found["points"] == []


def test_rows_of_tier_b_are_not_scored() -> None:
    rows = few(20)
    found = judge(runs([{**rows[0], "tier": "B"}, *rows[1:]]), calibration())
    assert found["scored"] == len(rows) - 1
    assert "tier B" in found["left_out"][0]["why"]
    with pytest.raises(OrchardError, match="O843"):
        judge(runs([{**row, "tier": "B"} for row in rows]), calibration())
