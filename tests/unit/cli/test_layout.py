"""``orchard layout``: what it prints, and that ``orchard estimate training`` gives the same numbers."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from .command import Run

SMALL = ("llama3-8b", "--chip", "h100", "--gpus", "16", "--seq", "4096", "--batch", "32")
ANSWERS = ("tokens_per_s_per_gpu", "low", "high", "memory_gib")
MIXTURE = ("mixtral-8x7b", "--chip", "b200", "--gpus", "32", "--seq", "4096", "--batch", "64", "--dtype", "mxfp8",
           "--stack", "megatron-bridge 26.08")  # fmt: skip
PREDICTING = ("deepseek-v3", "--chip", "h200", "--gpus", "128", "--seq", "4096", "--batch", "128", "--dtype", "fp8",
              "--options", "MTP")  # fmt: skip
VARIANT = ("llama3-70b", "--chip", "h100", "--gpus", "64", "--seq", "8192", "--batch", "64", "--stack", "torchtitan",
           "--system", "96GB 2.4 TB/s HBM, 500 W", "--options", "compile, bf16 gradients")  # fmt: skip
POD = ("llama3-8b", "--chip", "tpu-v5p", "--gpus", "32", "--seq", "8192", "--batch", "64")


def answer(run: Run, *words: str) -> dict[str, Any]:
    ended = run("layout", *words, "--json")
    assert ended.status == 0, ended.err
    made: dict[str, Any] = json.loads(ended.out)
    return made


@pytest.mark.parametrize("words", [SMALL, MIXTURE, PREDICTING, VARIANT, POD], ids=lambda words: words[0])
def test_the_table_of_estimates_says_the_same(run: Run, tmp_path: Path, words: tuple[str, ...]) -> None:
    found = answer(run, *words, "--top", "30")
    best = found["best"] + found["pareto"]
    table, out = tmp_path / "best.csv", tmp_path / "out.csv"
    with table.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(best[0]))
        writer.writeheader()
        writer.writerows(best)
    assert run("estimate", "training", str(table), "--out", str(out)).status == 0
    with out.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(best) > 30
    for row, one in zip(rows, best, strict=True):
        assert [float(row[name]) for name in ANSWERS] == [one[name] for name in ANSWERS]
        assert row["fits"] == "true"
        assert one["fits"] is True
        assert row["note"] == one["note"]
        assert row["id"] == one["id"]


def test_json_counts_what_was_evaluated(run: Run) -> None:
    found = answer(run, *SMALL, "--top", "7")
    assert found["evaluated"] > found["feasible"] > 1000
    assert found["seconds"] > 0
    assert len(found["best"]) == 7
    times = [one["step_time_s"] for one in found["best"]]
    assert times == sorted(times)
    assert (found["model"], found["chip"], found["n_gpus"], found["global_batch"]) == (
        "llama3-8b",
        "h100",
        16,
        32,
    )


def test_text_says_what_is_asked_for(run: Run) -> None:
    ended = run("layout", *SMALL)
    assert ended.status == 0
    for words in ("best layouts", "where the step goes", "memory of the fullest chip", "why others lose",
                  "the front of speed and memory", "80 % interval", "MFU", "reserved", "power"):  # fmt: skip
        assert words in ended.out
    found = answer(run, *SMALL)
    assert f"{found['evaluated']:,} layouts tried" in ended.out
    assert f"{found['feasible']:,} fit" in ended.out
    lines = ended.out.splitlines()
    first = lines[lines.index("best layouts, by tokens a second and chip") + 2].split()
    assert first[1] == f"{found['best'][0]['tokens_per_s_per_gpu']:,.0f}"
    drawn = lines[lines.index("tokens/s and chip") :]
    assert 3 < sum(line.count("*") for line in drawn) <= len(found["pareto"])


def test_runs_are_written_as_a_table(run: Run, tmp_path: Path) -> None:
    runs, out = tmp_path / "runs.csv", tmp_path / "out.csv"
    ended = run("layout", *SMALL, "--top", "4", "--runs", str(runs))
    assert f"wrote {runs}" in ended.out
    assert run("estimate", "training", str(runs), "--out", str(out)).status == 0
    read = [list(csv.DictReader(path.read_text().splitlines())) for path in (runs, out)]
    assert len(read[0]) == 4
    for written, estimated in zip(*read, strict=True):
        assert [float(written[name]) for name in ANSWERS] == [float(estimated[name]) for name in ANSWERS]
        assert written["fits"] == estimated["fits"] == "true"


def test_a_calibration_of_ones_own_is_used(run: Run, tmp_path: Path) -> None:
    from orchard.estimate.training.calibration import calibration

    known = calibration()
    slower = tmp_path / "mine.csv"
    slower.write_text(known.with_values({"matmul_hopper": known.constants.matmul_hopper / 2}).text())
    before, after = answer(run, *SMALL), answer(run, *SMALL, "--calibration", str(slower))
    assert after["best"][0]["step_time_s"] > 1.3 * before["best"][0]["step_time_s"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("llama3-8c", *SMALL[1:]), ["O607", "MODEL", "did you mean 'llama3-8b'"]),
        ((*SMALL, "--chip", "h1000"), ["O607", "--chip", "did you mean"]),
        ((*SMALL, "--gpus", "-16"), ["O830", "--gpus", "-16"]),
        ((*SMALL, "--seq", "1e99"), ["O830", "--seq"]),
        ((*SMALL, "--batch", "0"), ["O830", "--batch"]),
        ((*SMALL, "--top", "5000"), ["O830", "--top", "1000"]),
        ((*SMALL, "--dtype", "nvfp4"), ["O832", "--dtype", "no FP4 rate of H100", "bf16, fp8"]),
        ((*SMALL, "--gpus", "37"), ["O834", "--batch 37", "--gpus 36"]),
        ((*SMALL, "--gpus", "1"), ["O835", "more a chip", "--gpus 2 is enough"]),
        ((*SMALL, "--calibration", "none.csv"), ["O820"]),
        ((*SMALL, "--runs", "none/runs.csv"), ["O701"]),
    ],
    ids=lambda value: " ".join(value[-2:]) if isinstance(value, tuple) else "",
)
def test_mistakes_end_in_sentences(run: Run, words: tuple[str, ...], told: list[str]) -> None:
    ended = run("layout", *words)
    assert ended.status == 2
    assert all(word in ended.err for word in told), ended.err
    assert ended.out == ""


def test_findings_come_as_json_too(run: Run) -> None:
    ended = run("layout", *SMALL, "--gpus", "37", "--format", "json")
    assert ended.status == 2
    assert json.loads(ended.out)["findings"][0]["code"] == "O834"


def test_nothing_is_written_when_nothing_fits(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "runs.csv"
    assert run("layout", *SMALL, "--gpus", "1", "--runs", str(path)).status == 2
    assert list(tmp_path.iterdir()) == []
