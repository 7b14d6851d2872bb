"""Checkpoints on disk: what is in one, which are there, reading one back on any number of processes.

::

    checkpoints/
      step-00000400/
        checkpoint.json                step, identity, values of the loop, size and SHA-256 of every file
        part-00000.safetensors         whole tensors; those of one checkpoint are shared out over its parts
        part-00001.safetensors
      aside-00000600/                  set aside when a run went on from an earlier step; yours to delete
      .step-00000800.part/             being written; never read

A tensor lies whole in one part, so a checkpoint knows nothing of how many processes wrote it or will
read it. Nothing is pickled: torch's own distributed checkpoints are not used, their metadata is. Before
anything is used, all files are compared with their digests. :mod:`orchard.train.writer` writes them.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from orchard.errors import Finding, TrainError
from orchard.train.tensors import local, part_like

FORMAT = 1
CARD = "checkpoint.json"
_NAME = re.compile(r"step-(\d{8,})")
_BLOCK = 1 << 20


class Checkpoint(NamedTuple):
    """A checkpoint whose files were compared with their digests.

    `identity` is the digest of the task (model and data), `values` what the loop keeps beside tensors.
    """

    path: Path
    step: int
    identity: str
    values: dict[str, Any]
    files: dict[str, dict[str, Any]]

    def tensors(self, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
        """Names, without the prefix, and whole tensors, one at a time, of those that begin with it."""
        from safetensors import safe_open

        for name in self.files:
            with safe_open(self.path / name, framework="pt") as part:
                for key in part.keys():  # noqa: SIM118 (no mapping)
                    if key.startswith(prefix):
                        yield key.removeprefix(prefix), part.get_tensor(key)

    def names(self) -> set[str]:
        """Names of all tensors."""
        from safetensors import safe_open

        found: set[str] = set()
        for name in self.files:
            with safe_open(self.path / name, framework="pt") as part:
                found.update(part.keys())
        return found

    def weights(self) -> dict[str, Tensor]:
        """Weights that are judged and exported: averaged ones where the run averages them."""
        prefix = "ema." if any(name.startswith("ema.") for name in self.names()) else "model."
        buffers = dict(self.tensors("buffer."))
        return dict(self.tensors(prefix)) | buffers


def path_of(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step lies."""
    return folder / f"step-{step:08d}"


def steps(folder: Path) -> list[int]:
    """Steps of the complete checkpoints of a folder, oldest first."""
    if not folder.is_dir():
        return []
    found = [_NAME.fullmatch(path.name) for path in folder.iterdir() if (path / CARD).is_file()]
    return sorted(int(match[1]) for match in found if match)


def load(folder: Path, step: int | None = None, identity: str | None = None) -> Checkpoint | None:
    """Open the newest checkpoint, or that of a step; None when there is none at all.

    Parameters
    ----------
    identity
        digest of the task that it must be of; not compared when left out

    Raises
    ------
    TrainError
        O821 damaged; O822 of another model, corpus or recipe; O823 no checkpoint of that step
    """
    there = steps(folder)
    if step is None and not there:
        return None
    if step is not None and step not in there:
        has = ", ".join(map(str, there)) or "none"
        raise TrainError(Finding("O823", str(folder), "", f"no checkpoint of step {step}", f"one of: {has}"))
    found = _read(folder, there[-1] if step is None else step, there)
    if identity is not None and found.identity != identity:
        hint = "undo the change of model, corpus or recipe, or begin anew with --fresh"
        raise TrainError(
            Finding("O822", str(found.path), "", f"of run {found.identity}", f"run {identity}", hint)
        )
    return found


def remembered(folder: Path) -> dict[str, Any]:
    """What the loop kept beside tensors in the newest checkpoint, not compared with its digest."""
    for step in steps(folder)[-1:]:
        with suppress(OSError, ValueError, KeyError, TypeError):
            return dict(json.loads((path_of(folder, step) / CARD).read_text("utf-8"))["values"])
    return {}


def restore(checkpoint: Checkpoint, into: Mapping[str, Tensor]) -> None:
    """Copy the tensors of a checkpoint into those of these names, whichever way these are cut.

    Raises
    ------
    TrainError
        O821: names or shapes that differ
    """
    missing = set(into)
    for name, full in checkpoint.tensors():
        target = into.get(name)
        if target is None:
            continue
        if target.shape != full.shape:
            found = f"{name} of {tuple(full.shape)}"
            raise TrainError(Finding("O821", str(checkpoint.path), "", found, f"{tuple(target.shape)}"))
        with torch.no_grad():
            here = local(target)
            here.copy_(part_like(full.to(here.device), target))
        missing.discard(name)
    if missing:
        found = f"no tensor {', '.join(sorted(missing)[:3])}" + (" and others" if len(missing) > 3 else "")
        raise TrainError(Finding("O821", str(checkpoint.path), "", found, "all tensors of the run"))


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            found.update(block)
    return found.hexdigest()


def seal(card: Mapping[str, Any]) -> str:
    """Digest of a card, without the digest itself."""
    bare = {key: value for key, value in card.items() if key != "digest"}
    return hashlib.sha256(json.dumps(bare, sort_keys=True).encode()).hexdigest()


def _read(folder: Path, step: int, there: list[int]) -> Checkpoint:
    path = path_of(folder, step)
    try:
        card = json.loads((path / CARD).read_text("utf-8"))
        faults = [] if seal(card) == card["digest"] else [(CARD, "changed since it was written")]
        if card["format"] != FORMAT:
            faults = [(CARD, f"format {card['format']}")]
        files = card["files"] if not faults else {}
    except (OSError, ValueError, KeyError, TypeError):
        faults, files = [(CARD, "unreadable")], {}
    for name, wanted in files.items():
        fault = _fault(path / name, wanted)
        faults += [(name, fault)] if fault else []
    if faults:
        raise TrainError(_damaged(path, name, fault, step, there) for name, fault in faults)
    return Checkpoint(path, card["step"], card["identity"], card["values"], card["files"])


def _fault(path: Path, wanted: Mapping[str, Any]) -> str:
    if not path.is_file():
        return "missing"
    if path.stat().st_size != wanted["bytes"]:
        return f"{path.stat().st_size} bytes of {wanted['bytes']}"
    return "" if digest_of(path) == wanted["sha256"] else "changed since it was written"


def _damaged(path: Path, name: str, fault: str, step: int, there: list[int]) -> Finding:
    others = [one for one in there if one != step]
    hint = f"--from {others[-1]} goes on from the one before" if others else "--fresh begins anew"
    return Finding("O821", str(path / name), "", fault, "the file as it was written", hint)
