"""A validation: every row is judged, nothing depends on their order, and what is missing is said."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from orchard.catalogue.measured import measured
from orchard.errors import OrchardError
from orchard.estimate.training import calibration
from orchard.estimate.training.fitting.holdout import configurations, models
from orchard.estimate.training.fitting.measurements import runs, shipped
from orchard.estimate.training.fitting.noise import noise
from orchard.estimate.training.fitting.validate import WAYS, judge, validate

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


def test_models_are_left_out_whole_with_their_truncated_copies() -> None:
    made = shipped()
    known = made.where(made.batch.ok)
    names = [row.get("model_key") or row["model"] for row in known.rows]
    groups = dict(zip(names, models(known.measured), strict=True))
    assert groups["llama3-70b-l12"] == groups["llama3-70b"]
    assert groups["deepseek-v3-l4"] == groups["deepseek-v3"]
    assert groups["mpt-1b"] != groups["mpt-3b"]
    assert len(set(groups.values())) > 30


def test_one_configuration_is_one_however_it_is_written() -> None:
    row = {**few(40)[0], "step_time_s": ""}
    other = {
        **row,
        "id": "b",
        "model": row["model"].upper(),
        "global_batch": str(2 * int(row["global_batch"])),
    }
    made = runs([row, other, {**row, "seq_len": "1024"}])
    one, two, three = configurations(made.measured, made.batch.chips)
    assert one == two != three


def test_what_surrounds_the_figures_is_there(result: dict[str, Any]) -> None:
    assert result["twins"]["rows"] == len(runs(few(5)))
    assert result["twins"]["elsewhere"] <= result["twins"]["rows"]
    assert {one["task"] for one in result["unfitted"]} == {"sft", "lora", "video-dit"}
    assert all(one["n"] and one["mape"] > 0 for one in result["unfitted"])


def test_releases_are_compared_on_the_same_run_alone() -> None:
    row = next(row for row in measured("training") if row["source"] == "mbridge-26.04" and row["tier"] == "A")
    speed = float(row["tokens_per_s_per_gpu"])
    then = {**row, "id": "b", "source": "mbridge-26.06", "date": "2026-06-30"}
    later = {**then, "id": "c", "source": "mbridge-26.08", "date": "2026-08-30"}
    rows = [
        row,
        {**then, "tokens_per_s_per_gpu": str(1.1 * speed)},
        {**later, "tokens_per_s_per_gpu": str(speed)},
    ]
    for each in rows:
        each["step_time_s"] = ""
    found = noise(runs(rows))
    assert found.pairs == 2
    assert found.most == pytest.approx(0.1)
    assert found.mean == pytest.approx((0.1 + 1 - 1 / 1.1) / 2)
    assert noise(runs([rows[0], {**rows[1], "micro_batch": "2"}])).pairs == 0


def test_layouts_that_should_not_fit_are_told_from_those_that_ran() -> None:
    """An always-true judge would say that none of the swollen layouts is too large."""
    memory = judge(shipped(), calibration())["memory"]
    stated, chosen = memory["recompute"]
    assert stated["id"] == "stated"
    assert stated["layouts"] + chosen["layouts"] == memory["layouts"]
    assert stated["fit"] >= 0.95
    assert stated["swollen_misfit"] >= 0.7
    assert stated["swollen_misfit"] > chosen["swollen_misfit"]


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
