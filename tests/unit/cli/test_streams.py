"""Results that go to streams: written from where they stand, with nothing else in between."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from .command import Run

ORCHARD = f"{shlex.quote(sys.executable)} -c 'from orchard.cli import main; main()'"
HEAD = "id,seconds,low,high,note"
ROW = "a,Mochi-1,H100,1,848x480,84,64\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "in.csv"
    path.write_text("id,model,chip,n,resolution,frames,steps\n" + ROW)
    return path


def _shell(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    line = command.replace("orchard", ORCHARD)
    return subprocess.run(
        ["bash", "-c", line], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("out", ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
def test_what_stands_before_and_after_stays(tmp_path: Path, table: Path, out: str) -> None:
    ended = _shell(
        tmp_path,
        f"echo BEFORE > r.csv; {{ orchard estimate video {table.name} --out {out}; echo AFTER; }} >> r.csv",
    )
    assert ended.returncode == 0
    lines = (tmp_path / "r.csv").read_text().splitlines()
    assert [lines[0], lines[1], lines[2][:2], lines[3:]] == ["BEFORE", HEAD, "a,", ["AFTER"]]
    assert "1 rows" in ended.stderr
    ended = _shell(tmp_path, f"{{ orchard estimate video {table.name} --out {out}; echo AFTER; }} > r.csv")
    assert (tmp_path / "r.csv").read_text().splitlines() == lines[1:]


def test_a_reader_that_goes_away_is_no_fault(tmp_path: Path, table: Path) -> None:
    with table.open("a") as file:
        file.write(ROW * 30_000)
    for out in ("-", "/dev/stdout"):
        ended = _shell(tmp_path, f"orchard estimate video {table.name} --out {out} | head -1")
        assert ended.stdout == f"{HEAD}\n"
        assert ended.stderr == ""


def test_a_stream_never_feeds_on_itself(tmp_path: Path, table: Path) -> None:
    before = table.read_text()
    ended = _shell(tmp_path, f"orchard estimate video {table.name} --out - >> {table.name}")
    assert ended.returncode == 2
    assert "O701" in ended.stderr
    assert table.read_text() == before


def test_standard_output_that_is_closed_is_said(tmp_path: Path, table: Path) -> None:
    ended = _shell(tmp_path, f"orchard estimate video {table.name} --out - >&-")
    assert ended.returncode == 2
    assert "O701" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_sentences_leave_standard_output_to_the_result(run: Run, table: Path) -> None:
    ended = run("estimate", "video", str(table), "--out", "-")
    assert ended.out.splitlines()[0] == HEAD
    assert len(ended.out.splitlines()) == 2
    assert ended.err == "wrote standard output: 1 rows\n"
    ended = run("estimate", "video", str(table), "--out", "-", "--format", "json")
    assert ended.out.splitlines()[0] == HEAD
    assert json.loads(ended.err)["rows"] == 1
    ended = run("check", "--schema", "-")
    assert "properties" in json.loads(ended.out)
    ended = run("calibrate", "video", "--from-priors", "--out", "-")
    assert ended.out.startswith("name,value,")
    assert "measured clips" in ended.err


def test_two_answers_do_not_share_standard_output(run: Run) -> None:
    words = ("calibrate", "video", "--from-priors", "--out", "-", "--json")
    ended = run(*words)
    assert ended.status == 2
    assert json.loads(ended.out)["findings"][0]["code"] == "O701"
    ended = run("plan", "any.yaml", "--json", "-", "--html", "/dev/stdout")
    assert ended.status == 2
    assert "a file of its own" in ended.out
