"""Writing checkpoints while training goes on: copied in memory, then written by a thread.

A checkpoint becomes visible by one rename, when all of its parts lie on the disk with their digests.
Several processes share its tensors out; each writes one part and a note beside it, and the first one
waits for all notes. The folder must be one that all of them see.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from orchard.errors import Finding, TrainError
from orchard.train.checkpoint import CARD, FORMAT, path_of, seal, steps
from orchard.train.parallel import Processes
from orchard.train.tensors import whole

_TYPES = {
    torch.float32: "F32",
    torch.bfloat16: "BF16",
    torch.float16: "F16",
    torch.float64: "F64",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}
# How long the first process waits for the parts of the others, and how often it looks.
_PATIENCE_S = 1800.0
_LOOK_S = 0.02
# Failed attempts in a row after which a run ends: its state would be lost unseen.
_ATTEMPTS = 3


class Writer:
    """Writes the checkpoints of one run; one at a time, beside the training.

    Parameters
    ----------
    folder
        where they lie; locked against other runs while this one lasts
    identity
        digest of the task
    keep, keep_every
        newest ones kept, and the multiple of steps kept for good (0 for none)

    Raises
    ------
    TrainError
        O824 a folder that cannot be written; O828 another run writes there
    """

    def __init__(
        self, folder: Path, identity: str, processes: Processes, keep: int, keep_every: int = 0
    ) -> None:
        self._folder, self._identity, self._processes = folder, identity, processes
        self._keep, self._keep_every = keep, keep_every
        self._thread: threading.Thread | None = None
        self._failures: list[TrainError] = []
        self._lock = self._locked() if processes.rank == 0 else None
        processes.barrier()

    def save(self, step: int, tensors: Mapping[str, Tensor], values: Mapping[str, Any]) -> None:
        """Begin to write a checkpoint; returns when the tensors are copied.

        Raises
        ------
        TrainError
            O824: the third attempt in a row that failed
        """
        self.wait()
        if len(self._failures) >= _ATTEMPTS:
            raise self._failures[-1]
        mine = self._mine(tensors)
        part = self._folder / f".step-{step:08d}.part"
        if self._processes.rank == 0:
            shutil.rmtree(part, ignore_errors=True)
            with contextlib.suppress(OSError):
                part.mkdir(parents=True)
        self._processes.barrier()
        self._thread = threading.Thread(
            target=self._write, args=(step, part, mine, dict(values)), daemon=True
        )
        self._thread.start()

    def wait(self) -> None:
        """Wait until the checkpoint that is being written is complete, or has failed."""
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    @property
    def failure(self) -> TrainError | None:
        """Why the newest checkpoint could not be written; None when it could."""
        return self._failures[-1] if self._failures else None

    def close(self) -> None:
        """Let other runs write here; alone, wait first: of several processes another may be lost."""
        if self._processes.world == 1:
            self.wait()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _mine(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Copies of the tensors that this process writes: the next one always goes to the smallest part."""
        sizes = [0] * self._processes.world
        mine = {}
        for name, tensor in tensors.items():
            to = sizes.index(min(sizes))
            sizes[to] += tensor.numel() * tensor.element_size()
            full = whole(tensor.detach())
            if to == self._processes.rank:
                mine[name] = full.to("cpu", copy=True).contiguous()
        return mine

    def _write(self, step: int, part: Path, mine: Mapping[str, Tensor], values: dict[str, Any]) -> None:
        rank = self._processes.rank
        note = part / f"part-{rank:05d}.json"
        try:
            name = f"part-{rank:05d}.safetensors"
            size, digest = write_tensors(mine, part / name)
            _write_json({"file": name, "bytes": size, "sha256": digest}, note)
            if rank == 0:
                self._complete(step, part, values)
                self._retire()
            self._failures.clear()
        except OSError as error:
            self._failures.append(_unwritten(self._folder, step, error, steps(self._folder)))
            with contextlib.suppress(OSError):
                (part / f"part-{rank:05d}.safetensors").unlink(
                    missing_ok=True
                )  # a full disk has no room for words
                _write_json({"failed": error.strerror or str(error)}, note)
            if rank == 0:
                shutil.rmtree(part, ignore_errors=True)

    def _complete(self, step: int, part: Path, values: dict[str, Any]) -> None:
        files = {}
        for rank in range(self._processes.world):
            note = _note(part / f"part-{rank:05d}.json")
            files[note.pop("file")] = note
            (part / f"part-{rank:05d}.json").unlink()
        card = {"format": FORMAT, "step": step, "identity": self._identity, "values": values, "files": files}
        _write_json(card | {"digest": seal(card)}, part / CARD)
        _sync(part)
        final = path_of(self._folder, step)
        if final.exists():
            shutil.rmtree(_hide(final))
        part.rename(final)
        _sync(self._folder)

    def _retire(self) -> None:
        """Delete the checkpoints that the policy does not keep; each vanishes by one rename first."""
        there = steps(self._folder)
        for step in there[: -self._keep]:
            if not (self._keep_every and step % self._keep_every == 0):
                shutil.rmtree(_hide(path_of(self._folder, step)), ignore_errors=True)

    def _locked(self) -> BinaryIO:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            file = (self._folder / ".lock").open("ab")
        except OSError as error:
            raise _unwritten(self._folder, None, error, []) from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            hint = "wait for it, or give this run a folder of its own with --out"
            found = "another process trains here"
            raise TrainError(Finding("O828", str(self._folder), "", found, "one at a time", hint)) from None
        for left in (*self._folder.glob(".step-*.part"), *self._folder.glob(".old-*")):
            shutil.rmtree(left, ignore_errors=True)
        return file


def set_aside(folder: Path, after: int) -> list[Path]:
    """Put aside the checkpoints after a step from which a run goes on anew; returns where they are now."""
    moved = []
    for step in steps(folder):
        if step > after:
            to = folder / f"aside-{step:08d}"
            shutil.rmtree(to, ignore_errors=True)
            moved.append(path_of(folder, step).rename(to))
    return moved


def write_tensors(tensors: Mapping[str, Tensor], path: Path) -> tuple[int, str]:
    """Write tensors that lie on the processor as safetensors; returns size in bytes and SHA-256.

    As the package's own writer, but digested on the way, synced, and without a second copy in memory.
    """
    entries: dict[str, Any] = {}
    at = 0
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        shape = list(tensor.shape)
        entries[name] = {"dtype": _TYPES[tensor.dtype], "shape": shape, "data_offsets": [at, at + size]}
        at += size
    head = json.dumps(entries, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)
    digest = hashlib.sha256()
    with path.open("xb") as file:
        for block in (len(head).to_bytes(8, "little"), head):
            file.write(block)
            digest.update(block)
        for tensor in tensors.values():
            raw = tensor.reshape(-1).view(torch.uint8).numpy().data
            file.write(raw)
            digest.update(raw)
        file.flush()
        os.fsync(file.fileno())
    return 8 + len(head) + at, digest.hexdigest()


def _note(path: Path) -> dict[str, Any]:
    """What another process says of its part, when it is done."""
    until_s = time.monotonic() + _PATIENCE_S
    while not path.is_file():
        if time.monotonic() > until_s:
            raise OSError(f"no {path.name} after {_PATIENCE_S:.0f} s")
        time.sleep(_LOOK_S)
    note: dict[str, Any] = json.loads(path.read_text("utf-8"))
    if "failed" in note:
        raise OSError(note["failed"])
    return note


def _write_json(value: Mapping[str, Any], path: Path) -> None:
    """Write a small file whole, so that no reader sees half of it."""
    part = path.with_suffix(".new")
    with part.open("w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)


def _sync(folder: Path) -> None:
    at = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(at)
    finally:
        os.close(at)


def _hide(path: Path) -> Path:
    return path.rename(path.with_name(f".old-{path.name}-{os.urandom(4).hex()}"))


def _unwritten(folder: Path, step: int | None, error: OSError, kept: list[int]) -> TrainError:
    what = "no checkpoint can be written" if step is None else f"the checkpoint of step {step} is not written"
    hint = "make room"
    if kept:
        hint += f"; the checkpoint of step {kept[-1]} is kept, and the same command goes on from it"
    found = f"{what}: {(error.strerror or str(error)).lower()}"
    return TrainError(Finding("O824", str(folder), "", found, "room and permission to write", hint))
