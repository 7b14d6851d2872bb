"""A plan that is stopped goes on from its last finished block, with the same answer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orchard.catalogue import catalogue
from orchard.errors import OutputError
from orchard.plan import engine, plan
from orchard.plan.draws import BLOCK
from orchard.plan.kept import Kept
from orchard.plan.outlook import Outlook

from . import small


class PowerFailureError(Exception):
    """The power went off."""


def work(outlook: Outlook) -> engine.Block:
    return {
        "value:apple": outlook.released_day("apple"),
        "holds:early": outlook.released_day("apple") < 739_500,
    }


def blocks(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("block-*.npz"))


def test_it_goes_on_where_it_stopped(tmp_path: Path) -> None:
    setup, samples = small.setup(), 4 * BLOCK + 7
    whole = engine.run(setup, samples, 0, work)
    done: list[int] = []

    def failing(outlook: Outlook) -> engine.Block:
        if outlook.scene.draws.block == 2:
            raise PowerFailureError
        done.append(outlook.scene.draws.block)
        return work(outlook)

    with pytest.raises(PowerFailureError):
        engine.run(setup, samples, 0, failing, store=Kept(tmp_path, setup, 0, "apple"))
    assert blocks(tmp_path) == ["block-00000-1000.npz", "block-00001-1000.npz"]
    again: list[int] = []

    def counting(outlook: Outlook) -> engine.Block:
        again.append(outlook.scene.draws.block)
        return work(outlook)

    resumed = engine.run(setup, samples, 0, counting, store=Kept(tmp_path, setup, 0, "apple"))
    assert sorted(again) == [2, 3, 4]
    for one, other in zip(whole, resumed, strict=True):
        assert one.keys() == other.keys()
        for name in one:
            assert np.array_equal(one[name], other[name])
            assert one[name].dtype == other[name].dtype


def test_more_samples_take_the_blocks_that_are_there(tmp_path: Path) -> None:
    setup, told = small.setup(), list[float]()
    engine.run(setup, 2 * BLOCK, 0, work, store=Kept(tmp_path, setup, 0, "apple"))
    found = engine.run(
        setup, 3 * BLOCK, 0, work, progress=told.append, store=Kept(tmp_path, setup, 0, "apple")
    )
    assert told == [1.0]
    assert len(found) == 3


def test_a_damaged_block_is_worked_out_again(tmp_path: Path) -> None:
    setup = small.setup()
    whole = engine.run(setup, 2 * BLOCK, 0, work, store=Kept(tmp_path, setup, 0, "apple"))
    files = sorted(tmp_path.rglob("block-*.npz"))
    files[0].write_bytes(files[0].read_bytes()[:100])
    files[1].write_bytes(b"")
    again = engine.run(setup, 2 * BLOCK, 0, work, store=Kept(tmp_path, setup, 0, "apple"))
    assert all(
        np.array_equal(one["value:apple"], two["value:apple"]) for one, two in zip(whole, again, strict=True)
    )
    assert all(file.stat().st_size > BLOCK * np.dtype(float).itemsize for file in files)


@pytest.mark.parametrize(
    "other",
    [
        lambda folder: Kept(folder, small.setup(), 1, "apple"),
        lambda folder: Kept(folder, small.setup(), 0, "berry"),
        lambda folder: Kept(folder, small.setup({"sites.ohio.pue": 1.2}), 0, "apple"),
        lambda folder: Kept(folder, small.setup({"causes.grid.correlation": "50 %"}), 0, "apple"),
    ],
)
def test_nothing_is_taken_for_the_plan_of_another(tmp_path: Path, other: Any) -> None:
    setup = small.setup()
    mine = Kept(tmp_path, setup, 0, "apple")
    engine.run(setup, BLOCK, 0, work, store=mine)
    theirs = other(tmp_path)
    assert theirs.folder != mine.folder
    assert theirs.read(engine.tasks_of(BLOCK, 0)[0]) is None


def test_another_version_of_the_program_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = Kept(tmp_path, small.setup(), 0, "apple")
    monkeypatch.setattr("orchard.plan.kept._program", lambda: "another")
    assert Kept(tmp_path, small.setup(), 0, "apple").folder != mine.folder


def test_a_whole_plan_is_the_same_kept_or_not(tmp_path: Path) -> None:
    programme, samples = small.programme(), 2 * BLOCK
    plain, first, second = (
        plan(programme, catalogue(), samples=samples, keep=keep) for keep in (None, tmp_path, tmp_path)
    )
    for answer in (plain, first, second):
        del answer["seconds"]
    assert json.dumps(plain) == json.dumps(first) == json.dumps(second)
    assert any(path.name.startswith("remedy") for path in tmp_path.rglob("*.json"))


def test_a_place_that_cannot_be_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError) as caught:
        Kept(tmp_path / "file" / "kept", small.setup(), 0, "apple")
    assert caught.value.findings[0].code == "O701"


@pytest.fixture
def killed(tmp_path: Path) -> list[str]:
    """The words of a command whose process was killed when it had finished some blocks, and not all."""
    file = tmp_path / "small.yaml"
    file.write_text(small.text())
    words = [sys.executable, "-c", "from orchard.cli import main; main()", "ask", str(file), "apple.released",
             "fleet.gpus@2026-12-31", "--samples", "24000", "--json"]  # fmt: skip
    process = subprocess.Popen([*words, "--keep", str(tmp_path / "kept")], stdout=subprocess.PIPE)
    while len(blocks(tmp_path)) < 3 and process.poll() is None:
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    out, _ = process.communicate()
    assert out == b""
    assert process.returncode == -signal.SIGKILL
    return words


def test_a_process_that_is_killed_loses_nothing_and_the_answer_is_the_same(
    killed: list[str], tmp_path: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("block-*.npz")}
    assert 3 <= len(before) < 24
    resumed, plain = (
        subprocess.run([*killed, *more], capture_output=True, check=True).stdout
        for more in (["--keep", str(tmp_path / "kept")], [])
    )
    assert resumed == plain
    assert len(blocks(tmp_path)) == 24
    assert all(path.stat().st_mtime_ns == at for path, at in before.items())  # none was worked out again
