"""Checkpoints: whole or not there, compared with their digests, read by any number of processes."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from orchard.errors import TrainError
from orchard.train import writer as writing
from orchard.train.checkpoint import load, restore, steps
from orchard.train.parallel import Processes
from orchard.train.writer import Writer, set_aside, write_tensors

TENSORS = {
    "model.a": torch.arange(6.0).reshape(2, 3),
    "model.b": torch.tensor(3.5, dtype=torch.bfloat16),
    "muon.a": torch.zeros(0, 4),
    "buffer.c": torch.arange(5),
}


def written(folder: Path, at: list[int], **more: Any) -> None:
    writer = Writer(folder, "one", Processes(), **{"keep": 9} | more)
    for step in at:
        writer.save(step, TENSORS, {"loss": step / 3})
    writer.close()
    assert writer.failure is None


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    written(tmp_path, [3, 40])
    found = load(tmp_path, identity="one")
    assert found is not None
    assert (found.step, found.values) == (40, {"loss": 40 / 3})
    into = {name: torch.full_like(one, 1) for name, one in TENSORS.items()}
    restore(found, into)
    assert all(torch.equal(into[name], one) for name, one in TENSORS.items())
    assert set(found.weights()) == {"a", "b", "c"}


def test_averaged_weights_go_before_the_newest(tmp_path: Path) -> None:
    writer = Writer(tmp_path, "one", Processes(), keep=1)
    writer.save(1, {"model.a": torch.zeros(2), "ema.a": torch.ones(2)}, {})
    writer.close()
    found = load(tmp_path)
    assert found is not None
    assert torch.equal(found.weights()["a"], torch.ones(2))


def test_files_are_safetensors_as_others_read_them(tmp_path: Path) -> None:
    size, _ = write_tensors(TENSORS, tmp_path / "part")
    found = load_file(tmp_path / "part")
    assert size == (tmp_path / "part").stat().st_size
    assert all(
        torch.equal(found[name], one) and found[name].dtype == one.dtype for name, one in TENSORS.items()
    )


def test_what_is_trained_further_is_not_what_was_saved(tmp_path: Path) -> None:
    weights = torch.ones(1000, 1000)
    writer = Writer(tmp_path, "one", Processes(), keep=1)
    writer.save(1, {"model.a": weights}, {})
    weights.zero_()  # at once: the file is being written
    writer.close()
    found = load(tmp_path)
    assert found is not None
    assert found.weights()["a"].min() == 1


def test_the_newest_and_the_multiples_are_kept(tmp_path: Path) -> None:
    written(tmp_path, [10, 20, 30, 40, 50], keep=2, keep_every=20)
    assert steps(tmp_path) == [20, 40, 50]
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith("step")) == [".lock"]


def spoil_bit(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


@pytest.mark.parametrize("spoil", [spoil_bit, cut_short, Path.unlink])
@pytest.mark.parametrize("name", ["part-00000.safetensors", "checkpoint.json"])
def test_a_damaged_checkpoint_is_named_and_nothing_is_taken_in_its_place(
    tmp_path: Path, name: str, spoil: Callable[[Path], None]
) -> None:
    written(tmp_path, [10, 20])
    spoil(tmp_path / "step-00000020" / name)
    if (name, spoil) == ("checkpoint.json", Path.unlink):
        assert steps(tmp_path) == [10]  # never complete, for whoever reads
        return
    with pytest.raises(TrainError, match=rf"O821[\s\S]*|{name}[\s\S]*--from 10"):
        load(tmp_path)
    found = load(tmp_path, step=10)
    assert found is not None
    assert found.step == 10


def test_a_changed_card_is_seen(tmp_path: Path) -> None:
    written(tmp_path, [10])
    path = tmp_path / "step-00000010" / "checkpoint.json"
    card = json.loads(path.read_text())
    card["values"]["loss"] = 0.0
    path.write_text(json.dumps(card))
    with pytest.raises(TrainError, match="changed since it was written"):
        load(tmp_path)


def test_a_checkpoint_of_another_run_is_refused_with_both_names(tmp_path: Path) -> None:
    written(tmp_path, [10])
    with pytest.raises(TrainError, match=r"O822[\s\S]*run one[\s\S]*run two"):
        load(tmp_path, identity="two")


def test_a_step_without_checkpoint_says_which_there_are(tmp_path: Path) -> None:
    written(tmp_path, [10, 20])
    with pytest.raises(TrainError, match=r"O823[\s\S]*10, 20"):
        load(tmp_path, step=15)
    assert load(tmp_path / "nowhere") is None


@pytest.mark.parametrize("into", [{"model.a": torch.zeros(3, 2)}, {"model.z": torch.zeros(1)}])
def test_tensors_that_do_not_fit_are_refused(tmp_path: Path, into: dict[str, torch.Tensor]) -> None:
    written(tmp_path, [10])
    found = load(tmp_path)
    assert found is not None
    with pytest.raises(TrainError, match="O821"):
        restore(found, into)


def test_a_full_disk_keeps_older_checkpoints_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, [10])
    writer = Writer(tmp_path, "one", Processes(), keep=1)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(writing.os, "fsync", full)
        writer.save(20, TENSORS, {})
        writer.wait()
    assert "no space left on device" in str(writer.failure)
    assert "step 10 is kept" in str(writer.failure)
    assert steps(tmp_path) == [10]
    assert not list(tmp_path.glob(".step*"))
    writer.save(30, TENSORS, {})  # there is room again
    writer.close()
    assert (writer.failure, steps(tmp_path)) == (None, [30])


def test_a_disk_that_stays_full_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = Writer(tmp_path, "one", Processes(), keep=1)

    def full(*_: object) -> tuple[int, str]:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(writing, "write_tensors", full)
    for step in (1, 2, 3):
        writer.save(step, TENSORS, {})
    with pytest.raises(TrainError, match="O824"):
        writer.save(4, TENSORS, {})
    writer.close()


def test_one_run_writes_at_a_time(tmp_path: Path) -> None:
    writer = Writer(tmp_path, "one", Processes(), keep=1)
    with pytest.raises(TrainError, match="O828"):
        Writer(tmp_path, "one", Processes(), keep=1)
    writer.close()
    Writer(tmp_path, "one", Processes(), keep=1).close()


def test_what_a_killed_run_left_half_written_is_cleared_away(tmp_path: Path) -> None:
    written(tmp_path, [10])
    (tmp_path / ".step-00000020.part").mkdir()
    (tmp_path / ".step-00000020.part" / "part-00000.safetensors").write_bytes(b"half")
    assert steps(tmp_path) == [10]
    written(tmp_path, [20])
    assert steps(tmp_path) == [10, 20]
    assert not list(tmp_path.glob(".step*"))


def test_going_back_puts_later_checkpoints_aside(tmp_path: Path) -> None:
    written(tmp_path, [10, 20, 30])
    set_aside(tmp_path, 10)
    assert steps(tmp_path) == [10]
    assert sorted(path.name for path in tmp_path.glob("aside-*")) == ["aside-00000020", "aside-00000030"]
