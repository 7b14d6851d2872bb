"""Writing results: checked before the work begins, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from orchard.errors import Finding, OutputError


def distinct(read: Path | None, written: Iterable[Path]) -> None:
    """Refuse a result that would take the place of the file that is read, or of another result.

    Raises
    ------
    OutputError
        two paths that lead to one file
    """
    taken = set() if read is None else {read.resolve()}
    for path in written:
        if path.resolve() in taken:
            raise _refused(path, "a file that is read or written already", "a file of its own")
        taken.add(path.resolve())


def writable(path: Path) -> None:
    """Refuse a path that cannot be written, before anything is computed.

    Raises
    ------
    OutputError
        a folder that is missing, a folder in the file's place, or no permission
    """
    folder = path.parent
    if path.is_dir():
        raise _refused(path, "a folder", "a file")
    if not folder.is_dir():
        raise _refused(path, f"no folder {folder}", "a folder that exists", f"mkdir -p {folder}")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise _refused(path, "no permission to write", "a place you may write to")


def write_text(text: str, path: Path) -> None:
    """Write a file whole or not at all; a device or a pipe is written to as it is.

    Raises
    ------
    OutputError
        the folder is missing, the disk is full, or another fault of writing
    """
    writable(path)
    with replacing(path) as file:
        file.write(text)


@contextmanager
def replacing(path: Path) -> Iterator[TextIO]:
    """A file that takes the place of `path` when all is written, and never before.

    A link stays a link; a device or a pipe is written to as it is.

    Raises
    ------
    OutputError
        the disk is full, or another fault of writing
    """
    place = path.resolve()
    special = place.exists() and not place.is_file()
    part = place if special else place.with_name(place.name + ".part")
    try:
        with part.open("w", encoding="utf-8", newline="\n") as text:
            yield text
        if not special:
            part.replace(place)
    except OSError as error:
        raise _refused(path, error.strerror or str(error), "room and permission to write") from None
    finally:
        if not special:
            part.unlink(missing_ok=True)


def _refused(path: Path, found: str, wanted: str, hint: str = "") -> OutputError:
    return OutputError(Finding("O701", str(path), "", found, wanted, hint))
