"""``orchard calibrate training``: a calibration that every verb accepts, and an honest account of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchard.catalogue.measured import measured
from orchard.estimate.training import batch, calibration, estimate
from orchard.estimate.training.fitting import holdout

from .command import Run
from .measured_runs import few, write


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """Runs a third slower than the model says."""
    rows = few(12)
    speed = estimate(batch(rows)).tokens_per_s_per_chip
    slowed = [
        {**row, "tokens_per_s_per_gpu": f"{one / 1.3:.9g}", "step_time_s": ""}
        for row, one in zip(rows, speed, strict=True)
    ]
    return write(tmp_path / "runs.csv", slowed)


def test_the_error_falls_and_other_verbs_take_the_result(run: Run, slow: Path, tmp_path: Path) -> None:
    out = tmp_path / "mine.csv"
    ended = run("calibrate", "training", str(slow), "--out", str(out))
    assert ended.status == 0, ended.err
    assert "the error falls from 30.0 % to " in ended.out
    assert f"wrote {out}" in ended.out
    for row in calibration(out).rows:
        assert row.name.startswith(("chip.", "range.", "seen.")) or row.name in ended.out, row.name
    judged = run("validate", "training", str(slow), "--calibration", str(out), "--json")
    assert json.loads(judged.out)["ways"][0]["overall"]["mape"] < 0.05
    answers = tmp_path / "out.csv"
    assert (
        run("estimate", "training", str(slow), "--out", str(answers), "--calibration", str(out)).status == 0
    )
    words = ["layout", "llama3-8b", "--chip", "h100", "--gpus", "8", "--seq", "4096", "--batch", "64"]
    assert run(*words, "--calibration", str(out)).status == 0


def test_no_gain_is_said_twice(run: Run, tmp_path: Path) -> None:
    rows = few(20)
    speed = estimate(batch(rows)).tokens_per_s_per_chip
    noisy = [
        {**row, "tokens_per_s_per_gpu": f"{one * (1.2 if place % 2 else 0.8):.9g}", "step_time_s": ""}
        for place, (row, one) in enumerate(zip(rows, speed, strict=True))
    ]
    path = write(tmp_path / "runs.csv", noisy)
    ended = run("calibrate", "training", str(path), "--out", str(tmp_path / "mine.csv"))
    assert ended.status == 0
    assert "the error does not fall" in ended.out
    assert "keep it" in ended.err


def test_json_lists_every_constant_with_old_and_new(run: Run, slow: Path) -> None:
    found = json.loads(run("calibrate", "training", str(slow), "--json").out)
    fitted = [row for row in found["constants"] if row["fitted"]]
    assert {"name", "old", "value", "low", "high", "unit", "meaning"} <= set(fitted[0])
    assert {row["name"] for row in fitted} >= {row.name for row in calibration().fitted}
    assert found["improves"]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        (lambda: few()[:2], "O844"),
        (lambda: [{**row, "chip": "abacus"} for row in few()], "O844"),
        (lambda: [{**row, "tokens_per_s_per_gpu": "", "step_time_s": ""} for row in few()], "O840"),
        (list, "O840"),
    ],
)
def test_nonsense_is_refused(run: Run, tmp_path: Path, rows: object, code: str) -> None:
    assert callable(rows)
    out = tmp_path / "mine.csv"
    ended = run("calibrate", "training", str(write(tmp_path / "runs.csv", rows())), "--out", str(out))
    assert ended.status == 2
    assert code in ended.err
    assert not out.exists()


def test_no_runs_are_asked_for(run: Run) -> None:
    ended = run("calibrate", "training")
    assert ended.status == 2
    assert "O842" in ended.err
    assert "--from-priors" in ended.err


def test_a_result_never_takes_the_place_of_the_table(run: Run, slow: Path) -> None:
    before = slow.read_bytes()
    assert run("calibrate", "training", str(slow), "--out", str(slow)).status == 2
    assert slow.read_bytes() == before


def test_interrupted_nothing_is_half_written(
    run: Run, slow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(holdout, "fit", stop)
    ended = run("calibrate", "training", str(slow), "--out", str(tmp_path / "mine.csv"))
    assert ended.status == 130
    assert [path.name for path in tmp_path.iterdir()] == ["runs.csv"]


@pytest.mark.soak
def test_the_shipped_calibration_comes_out_byte_for_byte(run: Run, tmp_path: Path, root: Path) -> None:
    out = tmp_path / "training.csv"
    assert run("calibrate", "training", "--from-priors", "--out", str(out)).status == 0
    shipped = root / "src" / "orchard" / "catalogue" / "data" / "calibration" / "training.csv"

    def undated(path: Path) -> list[str]:
        return [line.rpartition(",")[0] for line in path.read_text().splitlines()]

    assert len(measured("training")) > 500
    assert undated(out) == undated(shipped)
