"""``orchard simulate fleet``: what it prints, what it writes, and how it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from .command import Run


@pytest.fixture
def laptop(root: Path) -> str:
    return str(root / "programmes" / "laptop.yaml")


@pytest.fixture
def meta(root: Path) -> str:
    return str(root / "programmes" / "meta-superintelligence.yaml")


def test_the_answer_as_json(run: Run, meta: str) -> None:
    ended = run("simulate", "fleet", meta, "--gpus", "40000", "--days", "5", "--seed", "3", "--json")
    assert ended.status == 0
    found = json.loads(ended.out)
    assert found["gpus"] == 40_000
    assert found["seconds"] == 5 * 86_400.0
    assert isinstance(found["failures"], int)
    assert found["failures"] > 50
    assert found["jobs"] >= 20
    assert len(found["power_w"]) == 120
    assert 0.9 < found["goodput"] < 1.0
    again = json.loads(
        run("simulate", "fleet", meta, "--gpus", "40000", "--days", "5", "--seed", "3", "--json").out
    )
    assert again == found


@pytest.mark.parametrize("seed", ["-1", str(2**63)])
def test_a_seed_that_cannot_be_is_refused(run: Run, laptop: str, seed: str) -> None:
    ended = run("simulate", "fleet", laptop, "--days", "1", "--seed", seed)
    assert ended.status == 2
    assert "O861  --seed" in ended.err


def test_the_answer_in_lines(run: Run, laptop: str) -> None:
    ended = run("simulate", "fleet", laptop, "--days", "10")
    assert ended.status == 0
    assert ended.out.startswith("2 chips from 1 Jan 2026 on, 10 days: ")
    assert "as delivered by the file, without limits of power and money; failures at median" in ended.out
    assert "core: as stated; what was measured of host counts in plans alone" in ended.out
    assert "the time of chips that jobs hold" in ended.out
    assert "avocado" in ended.out


def test_a_day_is_one(run: Run, laptop: str) -> None:
    ended = run("simulate", "fleet", laptop, "--days", "1", "--gpus", "1", "--rates", "drawn")
    assert ended.out.startswith("1 chip from 1 Jan 2026 on, 1 day: ")
    assert "scaled, without limits" in ended.out
    assert "times the median with seed 0" in ended.out


def test_traces_pages_and_seeds(run: Run, meta: str, tmp_path: Path) -> None:
    words = ["simulate", "fleet", meta, "--gpus", "10000", "--days", "3", "--seeds", "3"]
    out, page = tmp_path / "made", tmp_path / "fleet.html"
    ended = run(*words, "--out", str(out), "--html", str(page), "--json")
    assert ended.status == 0
    found = json.loads(ended.out)
    assert found["spread"]["seeds"] == 3
    assert found["rates"] == "drawn"
    assert "each seed has its own" in page.read_text("utf-8")
    assert "--rates drawn" in page.read_text("utf-8")
    assert json.loads(run(*words, "--rates", "median", "--json").out)["rates"] == "median"
    assert {path.name for path in out.iterdir() if path.is_file()} == {
        "failures.parquet", "jobs.parquet", "power.parquet",
    }  # fmt: skip
    assert "<h2" in page.read_text("utf-8")
    assert json.loads(run(*words, "--out", str(out), "--json").out)["spread"] == found["spread"]


def test_everything_wrong_with_the_numbers_at_once(run: Run, laptop: str) -> None:
    ended = run("simulate", "fleet", laptop, "--gpus", "0", "--days", "-1", "--seeds", "0", "--json")
    assert ended.status == 2
    findings = json.loads(ended.out)["findings"]
    assert [(one["code"], one["path"]) for one in findings] == [
        ("O861", "--gpus"), ("O861", "--days"), ("O861", "--seeds"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--date", "2020-01-01"], "O860"),
        (["--date", "2027-01-01"], "O860"),
        (["--jobs", "nowhere.csv"], "O863"),
        (["--failures", "nowhere.csv"], "O863"),
        (["--html", "no/where/page.html"], "O701"),
        (["--gpus", "40000000", "--days", "3000"], "O862"),
    ],
)
def test_what_is_refused(run: Run, laptop: str, words: list[str], code: str) -> None:
    ended = run("simulate", "fleet", laptop, *words)
    assert ended.status == 2
    assert code in ended.err


def test_a_folder_that_is_a_file_is_refused_before_the_work(run: Run, laptop: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    ended = run("simulate", "fleet", laptop, "--out", str(tmp_path / "file"))
    assert ended.status == 2
    assert "O701" in ended.err
    assert (tmp_path / "file").read_text("utf-8") == "mine"


def test_mended_traces_are_told(run: Run, laptop: str, tmp_path: Path) -> None:
    path = tmp_path / "failures.csv"
    path.write_text("time,node,duration\n0,a,60\n7200,a,60\n7200,a,60\n", encoding="utf-8")
    ended = run("simulate", "fleet", laptop, "--failures", str(path))
    assert ended.status == 0
    assert "line 4: rows that stand there twice; taken once" in ended.out
    assert "2 failures" in ended.out


def test_help_and_planning_wait_for_no_compiler() -> None:
    code = """
import sys
sys.argv = ["orchard", "simulate", "fleet", "--help"]
from orchard.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code
assert not {"numpy", "numba", "pyarrow", "yaml"} & set(sys.modules)
import orchard.plan
assert not {"numba", "pyarrow"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
