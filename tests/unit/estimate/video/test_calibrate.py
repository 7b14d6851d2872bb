"""The shipped calibration is what the fit gives; a fit finds what made the rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from orchard.catalogue.measured import measured as shipped_rows
from orchard.errors import FactError
from orchard.estimate.video.calibrate import from_priors, from_shipped
from orchard.estimate.video.constants import Constants, calibration
from orchard.estimate.video.fit import fit, predict
from orchard.estimate.video.measurements import measured

from ..calibrations import assert_same


def test_the_shipped_calibration_is_the_fit() -> None:
    assert_same(from_priors().calibration, calibration())


def test_few_constants_each_with_a_meaning_and_a_source() -> None:
    shipped = calibration()
    assert len(shipped.fitted) <= 8
    for row in shipped.rows:
        assert row.meaning
        assert row.source
    for row in shipped.fitted:
        assert row.low < row.value < row.high
        assert abs(np.log(row.value / row.prior)) < 2 * row.sigma


def test_a_fit_finds_the_constants_that_made_the_rows() -> None:
    truth = Constants(0.75, 0.8, 1.7, 1.0, 120.0, 5.0, 0.55, 300.0)
    clips = measured()
    clips = clips._replace(seconds=predict(truth, clips))
    found = fit(clips).constants
    np.testing.assert_allclose(predict(found, clips), clips.seconds, rtol=0.02)
    assert found.legacy == pytest.approx(truth.legacy, rel=0.05)


def test_one_wrong_row_moves_nothing_much() -> None:
    clips = measured()
    seconds = clips.seconds.copy()
    seconds[clips.ids.index("v42")] *= 10
    moved = fit(clips._replace(seconds=seconds)).constants
    whole = fit(clips).constants
    np.testing.assert_allclose(predict(moved, clips), predict(whole, clips), rtol=0.1)


def test_slower_rows_make_slower_predictions() -> None:
    rows = [
        row | {"seconds": str(1.2 * float(row["seconds"]))} for row in shipped_rows("video") if row["seconds"]
    ]
    fitted = from_shipped(measured(rows))
    before, after = (predict(one.constants, fitted.clips) for one in (calibration(), fitted.calibration))
    assert np.median(after / before) == pytest.approx(1.2, abs=0.05)
    assert np.median(np.abs(fitted.after)) < np.median(np.abs(fitted.before)) - 0.05


def test_a_few_clips_of_a_user_move_little_and_are_counted() -> None:
    rows = [row for row in shipped_rows("video") if row["id"] in ("v42", "v46")]
    fitted = from_shipped(measured(rows), today=date(2026, 1, 2)).calibration
    for row, old in zip(fitted.fitted, calibration().fitted, strict=True):
        assert old.low < row.value < old.high
    named = {row.name: row for row in fitted.rows}
    assert named["chip.b200"].value == 2
    assert named["chip.h20"].value == 20
    assert named["chip.b200"].as_of == "2026-01-02" != named["chip.h20"].as_of
    assert fitted.spread.ranges == calibration().spread.ranges


def test_a_calibration_is_read_as_written(tmp_path: Path) -> None:
    path = tmp_path / "video.csv"
    path.write_text(calibration().text())
    assert calibration(path).text() == calibration().text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,value\nmatmul,1\n", "no column"),
        (calibration().text().replace("\nmatmul,0", "\nmatmul,3"), "cannot be above 1"),
        (calibration().text().replace("\nwidth.row,", "\nwidth.other,"), "no row for width.row"),
        (2 * calibration().text(), "a second row"),
    ],
)
def test_a_calibration_that_cannot_be_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "other.csv"
    path.write_text(text)
    with pytest.raises(FactError, match=words) as caught:
        calibration(path)
    assert {one.code for one in caught.value.findings} == {"O820"}


def test_copies_of_a_clip_say_no_more_than_one() -> None:
    row = next(row for row in shipped_rows("video") if row["id"] == "v42")
    slow = {**row, "seconds": str(1.3 * float(row["seconds"]))}
    one, ten = (from_shipped(measured([slow] * count)) for count in (1, 10))
    assert np.abs(ten.after).max() == pytest.approx(np.abs(one.after).max())
    width = ten.calibration.spread.widths["row"]
    assert width >= 0.9 * calibration().spread.widths["row"]
