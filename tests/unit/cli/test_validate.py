"""``orchard validate training``: what it prints, what it writes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchard.estimate.training.fitting import holdout, measurements

from .command import Run
from .measured_runs import few, write


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write(tmp_path / "runs.csv", few())


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """The project's rows, few of them."""
    monkeypatch.setattr(measurements, "shipped_rows", lambda _: few())


def test_a_table_is_judged_as_it_is(run: Run, table: Path) -> None:
    ended = run("validate", "training", str(table))
    assert ended.status == 0, ended.err
    assert ended.out.startswith(f"{len(few())} measured runs, predicted as the calibration is.\n")
    assert "Tokens a second are off by " in ended.out
    for words in ("your rows", "same source: constant", "by chip", "by precision", "dense or mixture",
                  "by stack", "by source", "memory: "):  # fmt: skip
        assert words in ended.out


@pytest.mark.usefixtures("small")
def test_without_a_table_rows_are_held_out_in_five_ways(run: Run) -> None:
    ended = run("validate", "training")
    assert ended.status == 0, ended.err
    for words in ("configurations left out", "sources left out", "models left out", "chips left out",
                  "stacks left out", "other tasks, in no fit", "noise: ", "twins: "):  # fmt: skip
        assert words in ended.out
    assert "each by a fit that has not seen its source" in ended.out


def test_json_says_everything(run: Run, table: Path) -> None:
    ended = run("validate", "training", str(table), "--json")
    found = json.loads(ended.out)
    assert found["scored"] == len(few()) == len(found["points"])
    assert found["ways"][0]["overall"]["n"] == len(few())
    assert found["file"] == str(table)


def test_rows_left_out_and_blank_are_listed(run: Run, tmp_path: Path) -> None:
    rows = few()
    odd = [
        {**rows[0], "id": "no-chip", "chip": "abacus"},
        {**rows[1], "id": "no-speed", "tokens_per_s_per_gpu": "", "step_time_s": ""},
    ]
    ended = run("validate", "training", str(write(tmp_path / "runs.csv", [*rows, *odd])))
    assert "blank, each counted as an error of 100 %: 1 row\n  no-chip: " in ended.out
    assert "no-speed: no tokens_per_s_per_gpu and no step_time_s" in ended.out


def test_the_report_is_one_page_without_a_network(run: Run, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    ended = run("validate", "training", str(table), "--html", str(out))
    assert ended.status == 0, ended.err
    assert f"wrote {out}" in ended.out
    page = out.read_text()
    assert "chart-parity" in page
    assert few()[0]["id"] in page
    assert "<script src" not in page
    assert "<link" not in page


def test_a_report_beside_json_leaves_the_json_alone(run: Run, table: Path, tmp_path: Path) -> None:
    ended = run("validate", "training", str(table), "--json", "--html", str(tmp_path / "report.html"))
    assert json.loads(ended.out)
    assert "wrote" in ended.err


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("id,model,chip,n_gpus,seq_len,global_batch\n", ["O801", "tokens_per_s_per_gpu or step_time_s"]),
        ("id,model,chip,n_gpus,seq_len,global_batch,step_time_s\n", ["O840", "no rows"]),
        ("id,model,chip,n_gpus,seq_len,global_batch,step_time_s\na,llama3-8b,h100,8,8192,128,soon\n", ["O840", "'soon'"]),
        ("", ["O801"]),
        ('id,"x\n', ["O800"]),
    ],
)  # fmt: skip
def test_tables_that_say_nothing(run: Run, tmp_path: Path, content: str, words: list[str]) -> None:
    path = tmp_path / "runs.csv"
    path.write_text(content)
    ended = run("validate", "training", str(path))
    assert ended.status == 2
    assert all(word in ended.err for word in words), ended.err


def test_a_calibration_is_not_judged_by_the_rows_it_may_know(run: Run, table: Path) -> None:
    ended = run("validate", "training", "--calibration", str(table))
    assert ended.status == 2
    assert "O820" in ended.err or "O842" in ended.err


def test_a_report_never_takes_the_place_of_the_table(run: Run, table: Path) -> None:
    before = table.read_bytes()
    ended = run("validate", "training", str(table), "--html", str(table))
    assert ended.status == 2
    assert "O701" in ended.err
    assert table.read_bytes() == before


@pytest.mark.usefixtures("small")
def test_interrupted_nothing_is_half_written(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(holdout, "fit", stop)
    ended = run("validate", "training", "--html", str(tmp_path / "report.html"))
    assert ended.status == 130
    assert list(tmp_path.iterdir()) == []
