"""Finished blocks in a folder: a plan that was killed goes on from there, with the same answer.

Each plan has a folder of its own inside the one that the user names, called after the digest of everything
that its blocks depend on: the programme, the facts it uses, what is asked, the seed, and the program itself.
So nothing of one plan is ever taken for another's. A file appears whole or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from orchard import __version__
from orchard.errors import Finding, OutputError
from orchard.files import write_text
from orchard.plan.engine import Block, Task
from orchard.plan.scene import Setup

_LETTERS = 24  # of a digest that name a folder


class Kept:
    """The blocks of one plan.

    Parameters
    ----------
    folder
        where the user keeps blocks; made when it is missing
    setup, seed
        what the blocks are computed from
    asked
        what is read off them, in words

    Raises
    ------
    OutputError
        O701: a folder that cannot be made or written
    """

    def __init__(self, folder: Path, setup: Setup, seed: int, asked: str) -> None:
        said = {
            "orchard": __version__,
            "program": _program(),
            "programme": setup.programme.programme,
            "amounts": _digest(repr(sorted(setup.values.amounts.items()))),
            "digest": _digest(setup.programme.model_dump_json()),
            "seed": seed,
            "asked": _digest(asked),
        }
        self._used = setup.values.used
        name = _digest(json.dumps(said, sort_keys=True))[:_LETTERS]
        self.folder = folder / f"{setup.programme.programme}-{name}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _refused(self.folder, error) from None
        write_text(json.dumps(said, indent=1) + "\n", self.folder / "plan.json")

    def read(self, task: Task) -> Block | None:
        """The arrays of a block; None where nothing, or nothing whole, was kept."""
        try:
            with self._path(task).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}
        except (OSError, ValueError, EOFError, zipfile.BadZipFile):
            return None

    def write(self, task: Task, found: Block) -> None:
        """Keep the arrays of a block.

        Raises
        ------
        OutputError
            O701: the disk is full, or another fault of writing
        """
        path = self._path(task)
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            with part.open("wb") as file:
                np.savez(file, allow_pickle=False, **found)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            raise _refused(path, error) from None
        finally:
            part.unlink(missing_ok=True)

    def answer(self, name: str, compute: Callable[[], dict[str, str]]) -> dict[str, str]:
        """Words that take long to find, and the facts behind them: those kept, or computed and kept."""
        path, used = self.folder / f"{name}.json", self._used
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            found, facts = dict[str, str](kept["found"]), dict[str, list[str]](kept["facts"])
        except (OSError, ValueError, KeyError, TypeError):
            found = compute()
            facts = {fact: sorted(users) for fact, users in sorted(used.items())}
            write_text(json.dumps({"found": found, "facts": facts}, indent=1) + "\n", path)
        for fact, users in facts.items():
            used.setdefault(fact, set()).update(users)
        return found

    def _path(self, task: Task) -> Path:
        return self.folder / f"block-{task.block:05d}-{task.size}.npz"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _program() -> str:
    """Digest of this program's own files: another version may answer otherwise."""
    root = Path(__file__).parents[1]
    found = hashlib.sha256()
    for path in sorted([*root.rglob("*.py"), *root.rglob("*.csv")]):
        found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def _refused(path: Path, error: OSError) -> OutputError:
    reason = (error.strerror or str(error)).lower()
    return OutputError(Finding("O701", str(path), "", reason, "a folder that can be written to"))
