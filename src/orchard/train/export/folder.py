"""Files and folders of an export: they appear whole under their names, or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from orchard.errors import Finding, OutputError

_BLOCK = 1 << 20


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """A name beside `path` to write a file or a folder under; it takes the place of `path` in the end.

    Whatever stands there, when something fails, is removed; what was at `path` before then stays.

    Raises
    ------
    OutputError
        O701: the disk is full, or another fault of writing
    """
    part = path.with_name(f".orchard-{os.urandom(8).hex()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        for one in [part, *part.rglob("*")] if part.is_dir() else [part]:
            _sync(one)
        _replace(part, path)
        _sync(path.parent)
    except OSError as error:
        wanted = "room and permission to write"
        raise OutputError(Finding("O701", str(path), "", error.strerror or str(error), wanted)) from None
    finally:
        _remove(part)


def digest(path: Path) -> str:
    """SHA-256 of a file, or of the names and files of a folder."""
    made = sha256()
    if path.is_dir():
        for one in sorted(path.rglob("*")):
            if one.is_file():
                made.update(f"{one.relative_to(path).as_posix()}\0{digest(one)}\n".encode())
        return made.hexdigest()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            made.update(block)
    return made.hexdigest()


def _replace(part: Path, path: Path) -> None:
    """Let a file or folder take its place; an old folder is moved away first and put back on failure."""
    if not path.is_dir():
        part.replace(path)
        return
    old = path.with_name(f".orchard-{os.urandom(8).hex()}.old")
    path.rename(old)
    try:
        part.rename(path)
    except OSError:
        old.rename(path)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _remove(part: Path) -> None:
    if part.is_dir():
        shutil.rmtree(part, ignore_errors=True)
    else:
        part.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
