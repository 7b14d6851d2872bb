"""A calibration finds what is in the rows, changes nothing where nothing is, and says what it gained."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from orchard.errors import FactError, OrchardError
from orchard.estimate.training import calibration, estimate
from orchard.estimate.training.fitting.account import FEWEST, STRAINED, Calibrated, calibrated
from orchard.estimate.training.fitting.calibrate import at_priors
from orchard.estimate.training.fitting.measurements import Row, runs, shipped
from orchard.estimate.training.formulas.constants import Constants
from orchard.estimate.training.interval import pair

from ...calibrations import assert_same
from .runs_of import few, predicted

TODAY = date(2026, 1, 1)


def slowed(rows: list[Row], family: str, factor: float) -> Calibrated:
    made = predicted(rows, lambda row: factor if row["stack"].startswith(family) else 1.0)
    return calibrated(runs(made), calibration(), TODAY)


def test_a_slow_stack_is_found() -> None:
    found = slowed(few(), "nemo", 1.3)
    change = found.calibration.slowdown["nemo"] / calibration().slowdown["nemo"]
    assert change == pytest.approx(1.3, rel=0.04)
    for name in ("llm-foundry", "megatron-lm"):
        assert found.calibration.slowdown[name] == pytest.approx(calibration().slowdown[name], rel=0.03)
    account = found.account
    assert account["improves"]
    assert account["stacks"]["nemo"]["before"]["mape"] == pytest.approx(0.3, abs=0.01)
    assert account["stacks"]["nemo"]["after"]["mape"] < 0.03


def test_a_stack_of_ones_own_is_found() -> None:
    rows = [{**row, "stack": "home-made 3"} for row in few() if row["source"] == "nemo-24.07"]
    found = calibrated(runs(predicted(rows, lambda _: 1.3)), calibration(), TODAY)
    assert found.calibration.slowdown["generic"] == pytest.approx(1.3, rel=0.05)
    assert found.calibration.spread.widths["generic/dense"] > 0
    assert found.account["all"]["after"]["mape"] < 0.05


def test_the_models_own_predictions_change_nothing() -> None:
    found = calibrated(runs(predicted(few())), calibration(), TODAY)
    old = {row.name: row.value for row in calibration().rows if row.fitted}
    for row in found.calibration.rows:
        if row.fitted:
            assert row.value == pytest.approx(old[row.name], rel=1e-3), row.name
    assert found.account["moved"] == 0
    assert found.account["all"]["before"]["mape"] < 1e-6


def test_no_gain_is_said() -> None:
    random = np.random.default_rng(3)
    made = runs(predicted(few(8), lambda _: float(np.exp(random.normal(0, 0.2)))))
    assert not calibrated(made, calibration(), TODAY).account["improves"]


def test_what_was_known_before_stays_known(tmp_path: Path) -> None:
    found = slowed(few(), "nemo", 1.3).calibration
    path = tmp_path / "mine.csv"
    path.write_text(found.text())
    read = calibration(path)
    assert set(calibration().spread.widths) <= set(read.spread.widths)
    assert read.spread.pairs >= calibration().spread.pairs
    for name, (low, high) in calibration().spread.ranges.items():
        assert read.spread.ranges[name][0] <= low
        assert read.spread.ranges[name][1] >= high
    assert estimate(shipped().batch, read).tokens_per_s_per_chip[0] > 0
    assert read.text() == path.read_text()


def test_rows_that_change_get_a_new_date() -> None:
    found = slowed(few(), "nemo", 1.3).calibration
    dates = {row.name: row.as_of for row in found.rows}
    kept = {row.name: row.as_of for row in calibration().rows}
    assert dates["stack.nemo"] == TODAY.isoformat()
    assert dates["scaleup"] == kept["scaleup"]


def test_copies_of_a_row_are_held_out_together() -> None:
    """Ten copies of one run say nothing of others: none can be held out, and no interval narrows."""
    row = predicted(few()[:1], lambda _: 1.3)[0]
    near = {**row, "tokens_per_s_per_gpu": str(1.001 * float(row["tokens_per_s_per_gpu"]))}
    copies = [{**(row if place % 2 else near), "id": str(place)} for place in range(10)]
    with pytest.raises(OrchardError, match="10 rows of one configuration") as caught:
        calibrated(runs(copies), calibration(), TODAY)
    assert caught.value.findings[0].code == "O844"
    other = predicted(few(3)[3:4])
    found = calibrated(runs([*copies, *other]), calibration(), TODAY)
    assert found.account["configurations"] == 2
    assert found.account["all"]["after"]["mape"] > 0.1
    name = f"{runs(copies).batch.stacks[0]}/dense"
    assert found.calibration.spread.widths[name] > 0.8 * calibration().spread.widths[name]


def test_a_fit_that_strains_its_constants_says_so() -> None:
    assert calibrated(runs(predicted(few())), calibration(), TODAY).account["strained"] == []
    found = slowed(few(), "nemo", 2.5).account["strained"]
    assert "stack.nemo" in {one["name"] for one in found}
    assert all(one["sigmas"] > STRAINED for one in found)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("\nmatmul_hopper,0", "\nmatmul_hopper,50"), "cannot be above 1"),
        (lambda text: text + next(one for one in text.splitlines() if "fp8" in one) + "\n", "a second row"),
        (lambda text: _without(text, "width."), "no row for width.unseen stack/dense"),
        (lambda text: _without(text, "seen."), "no row for seen.*"),
        (lambda text: _without(text, "range.tokens"), "no row for range.tokens"),
        (lambda text: text.replace("\nrange.chips,1,8", "\nrange.chips,1,nan"), "low nan must be above 0"),
    ],
)
def test_a_calibration_that_cannot_be_is_refused(
    tmp_path: Path, change: Callable[[str], str], words: str
) -> None:
    path = tmp_path / "odd.csv"
    path.write_text(change(calibration().text()))
    with pytest.raises(FactError, match=re.escape(words)) as caught:
        calibration(path)
    assert {one.code for one in caught.value.findings} == {"O820"}


def _without(text: str, prefix: str) -> str:
    return "".join(line for line in text.splitlines(True) if not line.startswith(prefix))


def test_too_few_rows_are_refused_with_what_was_left_out() -> None:
    rows = few()
    broken = [{**row, "tokens_per_s_per_gpu": "", "step_time_s": ""} for row in rows[FEWEST - 1 :]]
    with pytest.raises(OrchardError, match="no tokens_per_s_per_gpu") as caught:
        calibrated(runs([*rows[: FEWEST - 1], *broken]), calibration(), TODAY)
    assert caught.value.findings[0].code == "O844"


def test_the_fewest_rows_are_enough() -> None:
    found = calibrated(runs(few()[:FEWEST]), calibration(), TODAY)
    assert found.account["all"]["after"]["n"] == FEWEST


def test_from_priors_knows_its_rows_alone() -> None:
    made = runs(few(6))
    found = calibrated(made, calibration(), TODAY, priors=True)
    assert found.account["improves"]
    assert set(found.calibration.spread.pairs) == set(map(pair, made.batch.stacks, made.batch.chips))
    priors = {row.name: row.prior for row in at_priors(calibration(), [], TODAY).rows}
    for row in found.calibration.rows:
        if row.name in Constants._fields:
            assert row.prior == priors[row.name]


def test_at_most_forty_constants_one_for_each_stack() -> None:
    rows = calibration().fitted
    assert len(rows) <= 40
    named = [row.name for row in rows]
    assert len(named) == len(set(named))
    assert all(row.meaning and row.source and row.unit for row in rows)


@pytest.mark.soak
def test_the_shipped_calibration_is_made_by_one_command() -> None:
    assert_same(calibrated(shipped(), calibration(), TODAY, priors=True).calibration, calibration())
