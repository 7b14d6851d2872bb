"""``orchard validate video`` and ``orchard calibrate video``: the honest errors, and a fit of one's own."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from orchard.catalogue.measured import measured
from orchard.estimate.video import batch, estimate
from orchard.estimate.video.constants import calibration

from .command import Run


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Measured clips, all a fifth slower."""
    rows = [row for row in measured("video") if row["seconds"]]
    path = tmp_path / "clips.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row | {"seconds": str(1.2 * float(row["seconds"]))} for row in rows)
    return path


def test_the_clips_of_the_project_are_judged_unseen(run: Run) -> None:
    ended = run("validate", "video")
    assert ended.status == 0, ended.err
    assert ended.out.startswith("72 measured clips of models the fit has not seen")
    assert all(word in ended.out for word in ("networks left out", "one constant a chip", "v43: needs 1.28"))


def test_json_has_all_of_it(run: Run) -> None:
    made = json.loads(run("validate", "video", "--json").out)
    assert made["scored"] == 72 == len(made["points"])
    assert len(made["left_out"]) == 9
    assert {way["id"] for way in made["ways"]} == {"pair", "model", "architecture", "chip"}
    for point in made["points"]:
        assert point["low"] < point["predicted"] < point["high"]
    assert run("validate", "video", "--format", "json").out == run("validate", "video", "--json").out


def test_clips_of_a_user_are_judged_as_the_calibration_is(run: Run, table: Path) -> None:
    made = json.loads(run("validate", "video", str(table), "--json").out)
    assert [way["id"] for way in made["ways"]] == ["asis"]
    assert made["ways"][0]["overall"]["bias"] == pytest.approx(1 / 0.85 - 1, abs=0.04)
    assert "your clips" in run("validate", "video", str(table)).out


def test_a_fit_of_ones_own_is_better_and_is_read_again(run: Run, tmp_path: Path, table: Path) -> None:
    out = tmp_path / "own.csv"
    ended = run("calibrate", "video", str(table), "--out", str(out))
    assert ended.status == 0, ended.err
    assert "the median ratio falls from 1.1" in ended.out
    assert f"wrote {out}" in ended.out
    made = json.loads(run("validate", "video", str(table), "--calibration", str(out), "--json").out)
    assert made["ways"][0]["overall"]["bias"] == pytest.approx(0.0, abs=0.05)


def test_the_shipped_calibration_is_made_by_one_command(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "video.csv"
    assert run("calibrate", "video", "--from-priors", "--out", str(out)).status == 0
    values = {row.name: row.value for row in calibration(out).rows}
    assert values == pytest.approx({row.name: row.value for row in calibration().rows}, rel=1e-3)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("calibrate", "video"), "O842"),
        (("validate", "video", "nowhere.csv"), "O800"),
        (("validate", "video", "--calibration", "{own}"), "O842"),
        (("validate", "video", "{empty}"), "O840"),
        (("calibrate", "video", "{empty}"), "O840"),
        (("calibrate", "video", "{empty}", "--out", "{empty}"), "O701"),
    ],
)
def test_mistakes_are_told(run: Run, tmp_path: Path, words: tuple[str, ...], code: str) -> None:
    own, empty = tmp_path / "own.csv", tmp_path / "empty.csv"
    own.write_text(calibration().text())
    empty.write_text("id,model,chip,n,resolution,frames,steps,seconds\n")
    ended = run(*(word.format(own=own, empty=empty) for word in words))
    assert ended.status == 2
    assert code in ended.err


def test_no_gain_is_said_twice(run: Run, tmp_path: Path) -> None:
    rows = [row for row in measured("video") if row["seconds"]][:12]
    said = estimate(batch(rows)).seconds.tolist()
    path, out = tmp_path / "clips.csv", tmp_path / "own.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        for place, (row, seconds) in enumerate(zip(rows, said, strict=True)):
            writer.writerow(row | {"seconds": str(seconds * (1.2 if place % 4 in (0, 3) else 1 / 1.2))})
    ended = run("calibrate", "video", str(path), "--out", str(out), "--json")
    assert ended.status == 0, ended.err
    assert json.loads(ended.out)["improves"] is False
    assert "does not fall" in ended.err
    assert f"wrote {out}" in ended.err
