"""Measured rows: how speeds are read, and why rows are left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from orchard.errors import LimitError, OrchardError
from orchard.estimate.training.fitting import measurements
from orchard.estimate.training.fitting.measurements import (
    LEAST_SHARE,
    PART_KNOWN,
    beside,
    read,
    runs,
    shipped,
)

ROW = {"id": "a", "model": "llama3-8b", "chip": "H100", "n_gpus": "64", "seq_len": "8192", "global_batch": "128",
       "stack": "nemo 24.07", "dtype": "bf16", "tokens_per_s_per_gpu": "8192", "step_time_s": ""}  # fmt: skip


def why(**cells: str) -> str:
    found = runs([{**ROW, **cells}])
    return found.left_out[0].why if found.left_out else ""


def test_speed_and_step_time_say_the_same() -> None:
    by_speed, by_time = runs([ROW]), runs([{**ROW, "tokens_per_s_per_gpu": "", "step_time_s": "2"}])
    np.testing.assert_allclose(by_speed.measured.time_s, [2.0])
    np.testing.assert_allclose(by_time.measured.time_s, [2.0])
    np.testing.assert_allclose(by_time.speed, [8192.0])


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"tokens_per_s_per_gpu": ""}, "no tokens_per_s_per_gpu and no step_time_s"),
        ({"tokens_per_s_per_gpu": "fast"}, "'fast': wanted a number"),
        ({"tokens_per_s_per_gpu": "-5"}, "'-5': wanted a number"),
        ({"tokens_per_s_per_gpu": "nan"}, "'nan': wanted a number"),
        ({"step_time_s": "3"}, "tokens_per_s_per_gpu 8192 is a step of 2 s, but step_time_s is 3"),
        ({"tokens_per_s_per_gpu": "524288"}, "times its peak"),
        ({"tokens_per_s_per_gpu": "60"}, "of the chip's peak: below 1% something else was measured"),
        ({"tier": "x"}, "tier X"),
        ({"tier": "Q"}, "tier 'Q': wanted A, B or X, or blank"),
        ({"mem_gib": "nonsense"}, "'nonsense': wanted a number"),
        ({"mem_gib": "-3", "tier": "Q"}, "tier 'Q'"),
    ],
)
def test_rows_that_cannot_be_are_left_out(cells: dict[str, str], words: str) -> None:
    assert words in why(**cells)


def test_a_row_that_cannot_be_predicted_is_kept() -> None:
    found = runs([ROW, {**ROW, "id": "b", "chip": "abacus"}])
    assert found.batch.ok.tolist() == [True, False]
    assert not found.left_out


def test_tiers_weigh() -> None:
    found = runs([{**ROW, "tier": tier} for tier in ("", "A", "b")])
    assert found.measured.weight.tolist() == [1.0, 1.0, PART_KNOWN]
    assert found.trusted.tolist() == [True, True, False]


def test_the_shipped_rows() -> None:
    found = shipped()
    assert int(found.trusted.sum()) == 451
    assert found.batch.ok[found.trusted].all()
    assert {one.why for one in found.left_out} >= {"tier X: never to be used"}
    assert int(np.isfinite(found.memory_bytes).sum()) == 32


def test_no_published_run_is_near_the_least_share() -> None:
    found = shipped()
    share = (found.rate / np.asarray(found.batch.hardware.linear_flops_per_s))[found.batch.ok]
    assert share.min() > 4 * LEAST_SHARE
    assert not [one for one in found.left_out if "peak" in one.why]


def test_runs_of_other_tasks_are_in_no_fit() -> None:
    others = beside()
    assert {row["task"] for row in others.rows} == {"sft", "lora", "video-dit"}
    assert not others.left_out
    assert others.batch.ok.all()
    assert not {row["id"] for row in others.rows} & {row["id"] for row in shipped().rows}


def test_operations_alone_say_how_fast_a_clip_trains() -> None:
    """A published rate of model operations is a speed by Orchard's count of them."""
    others = beside()
    rates = [float(row["model_tflops_per_gpu"]) for row in others.rows if row["task"] == "video-dit"]
    of_clips = np.array([row["task"] == "video-dit" for row in others.rows])
    np.testing.assert_allclose(others.rate[of_clips] / 1e12, rates, rtol=1e-9)


def test_a_file_is_read_with_what_is_wrong_in_it(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    lines = [",".join(ROW), ",".join(ROW.values()), ",".join([*ROW.values(), "more"])]
    path.write_text("\n".join(lines) + "\n")
    found = read(path)
    assert len(found) == 1
    assert "11 cells under 10 columns" in found.left_out[0].why


def test_a_file_without_any_speed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    path.write_text(",".join(ROW) + "\n" + ",".join({**ROW, "tokens_per_s_per_gpu": ""}.values()) + "\n")
    with pytest.raises(OrchardError, match="a: no tokens_per_s_per_gpu") as caught:
        read(path)
    assert caught.value.findings[0].code == "O840"


def test_too_large_a_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measurements, "MOST_RUNS", 2)
    path = tmp_path / "runs.csv"
    path.write_text(",".join(ROW) + "\n" + 3 * (",".join(ROW.values()) + "\n"))
    with pytest.raises(LimitError, match="O841"):
        read(path)
