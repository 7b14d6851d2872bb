"""Peak memory of training runs: 32 measured on a node of eight B200 with Megatron-LM, none fitted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from orchard.catalogue.measured import measured
from orchard.estimate.training import batch, estimate

GIB = 2.0**30


def test_measured_peaks_within_three_percent() -> None:
    rows = [row for row in measured("training") if row["mem_gib"]]
    assert len(rows) == 32
    found = estimate(batch(rows)).memory_bytes / GIB
    error = np.abs(found / np.array([float(row["mem_gib"]) for row in rows]) - 1)
    assert error.mean() < 0.015
    assert error.max() < 0.03


def test_published_layouts_fit() -> None:
    rows = [row for row in measured("training") if row["tier"] == "A" and row["task"] == "pretrain"]
    made = batch(rows)
    assert made.ok.all()
    assert estimate(made).fits.mean() >= 0.95


def test_layouts_that_ran_fit_where_recomputation_is_stated() -> None:
    """Where it is not, the least that fits is taken: that such a layout fits says little."""
    rows = [row for row in measured("training") if row["tier"] == "A" and row["task"] == "pretrain"]
    made = batch(rows)
    stated = ~made.unknown_recompute
    assert stated.sum() > 200
    assert estimate(made).fits[stated].mean() >= 0.95


def test_eight_times_the_microbatch_mostly_does_not_fit() -> None:
    rows = [row for row in measured("training") if row["tier"] == "A" and row["task"] == "pretrain"]
    made = batch(rows)
    layout = made.layout
    swollen = layout._replace(micro_batch=8 * layout.micro_batch, batch=8 * np.asarray(layout.batch))
    fits = estimate(replace(made, layout=swollen)).fits
    assert fits[~made.unknown_recompute].mean() <= 0.3


ROW = {"id": "a", "chip": "H100", "n_gpus": "8", "seq_len": "8192", "global_batch": "8", "micro_batch": "1",
       "tp": "1", "pp": "1", "cp": "1", "ep": "1", "dtype": "bf16", "recompute": "full", "fsdp": "0"}  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "state_gib"),
    [
        # 6 bytes a parameter, and 12 over the replicas (ZeRO-1); experts that all ranks share have no replica.
        ({"model": "llama3-70b"}, 70.6 * (6 + 12 / 8)),
        ({"model": "llama3.1-405b", "n_gpus": "64", "global_batch": "64", "tp": "8"}, 405.9 * (6 + 12 / 8) / 8),
        ({"model": "deepseek-v3", "n_gpus": "32", "global_batch": "32", "ep": "32"}, 654 / 32 * (6 + 12) + 17 * (6 + 12 / 32)),
        ({"model": "llama3-8b", "seq_len": "131072", "recompute": "none"}, 8.0 * (6 + 12 / 8)),
    ],
)  # fmt: skip
def test_what_no_chip_can_hold_does_not_fit(cells: dict[str, str], state_gib: float) -> None:
    """Weights, gradients and optimiser alone, or the activations of a long sequence, exceed 80 GB."""
    assert batch([ROW | cells]).ok[0]
    found = estimate(batch([ROW | cells]))
    assert not found.fits[0]
    assert found.memory_bytes[0] > 75 * GIB
    state = found.memory.weights + found.memory.gradients + found.memory.optimiser
    assert state[0] == pytest.approx(state_gib * 1e9, rel=0.25)


def test_the_same_models_fit_on_enough_chips() -> None:
    rows = [
        ROW | {"model": "llama3-70b", "n_gpus": "64", "global_batch": "64", "tp": "8", "pp": "2"},
        ROW | {"model": "llama3-8b", "tp": "2"},
    ]
    assert estimate(batch(rows)).fits.all()
