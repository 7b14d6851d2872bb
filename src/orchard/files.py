"""Writing results: checked before the work begins, whole or not at all.

A file is written under a name of its own in the same folder and then takes its place. A stream (``-``,
/dev/stdout, a pipe, a device) is written as it is: nothing is cut off or put in its place.
"""

from __future__ import annotations

import errno
import io
import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from orchard.errors import Finding, OutputError

# How standard output is written as a path.
STANDARD_OUTPUT = Path("-")
# Links that are followed before they count as a loop, as Linux does (path_resolution(7)).
_MOST_LINKS = 40
_DESCRIPTOR = re.compile(r"/(?:dev|proc/(?P<process>\d+)(?:/task/\d+)?)/fd/(?P<number>\d+)")


class _Place(NamedTuple):
    """Where a path leads in the end: a file, or a stream, perhaps one that is open in this process."""

    path: Path
    stream: bool = False
    descriptor: int | None = None


def is_stream(path: Path) -> bool:
    """Whether a result is written as it comes: standard output, a pipe or a device."""
    try:
        return _place(path).stream
    except OSError:
        return False


def is_standard_output(path: Path) -> bool:
    """Whether a path leads to the standard output of this process.

    >>> is_standard_output(Path("-")), is_standard_output(Path("answers.csv"))
    (True, False)
    """
    try:
        return _place(path).descriptor == 1
    except OSError:
        return False


def distinct(read: Path | None, written: Iterable[Path]) -> None:
    """Refuse a result that would take the place of the file that is read, or of another result.

    Raises
    ------
    OutputError
        two paths that lead to one file, or a path that leads nowhere
    """
    taken = set() if read is None else {_identity(Path(os.path.realpath(read)))}
    for path in written:
        with _told(path):
            place = _place(path)
        one = _identity(place.path if place.descriptor is None else place.descriptor)
        if one in taken:
            raise _refused(path, "a file that is read or written already", "a file of its own")
        taken.add(one)


def writable(path: Path) -> None:
    """Refuse a path that cannot be written, before anything is computed.

    Raises
    ------
    OutputError
        a folder that is missing, a folder in the file's place, a name that cannot be, or no permission
    """
    with _told(path):
        place = _place(path)
        if place.descriptor is not None:
            os.fstat(place.descriptor)
            return
        mode = _mode(place.path)
    folder = place.path.parent
    if mode is not None and stat.S_ISDIR(mode):
        raise _refused(path, "a folder", "a file")
    if not folder.is_dir():
        raise _refused(path, f"no folder {folder}", "a folder that exists", f"mkdir -p {folder}")
    needed = [place.path] * (mode is not None) + [folder] * (not place.stream)
    if not all(os.access(one, os.W_OK) for one in needed):
        raise _refused(path, "no permission to write", "a place you may write to")


def write_text(text: str, path: Path) -> None:
    """Write a file whole or not at all; a stream is written as it is.

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

    A link stays a link, and a file keeps its mode; a stream is written as it is.

    Raises
    ------
    OutputError
        the disk is full, or another fault of writing
    BrokenPipeError
        nobody reads the pipe any more
    """
    with _told(path):
        place = _place(path)
        opened = _streamed(place) if place.stream else _replaced(place.path)
        with opened as text:
            yield text


@contextmanager
def _replaced(path: Path) -> Iterator[TextIO]:
    """A new file beside `path`, of a name that nobody has, that takes its place in the end."""
    part = path.with_name(f".orchard-{os.urandom(8).hex()}.part")
    mode = _mode(path)
    try:
        with part.open("x", encoding="utf-8", newline="\n") as text:
            yield text
            text.flush()
            os.fsync(text.fileno())
        if mode is not None:
            part.chmod(stat.S_IMODE(mode) & 0o777)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _streamed(place: _Place) -> Iterator[TextIO]:
    """A stream, written from where it stands; one that is open here already is not opened anew."""
    if sys.stdout is not None:
        sys.stdout.flush()
    if place.path == STANDARD_OUTPUT:
        text = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="\n")
        try:
            yield text
            text.flush()
        finally:
            text.detach()
        return
    mine = place.descriptor is not None
    source = os.dup(place.descriptor) if place.descriptor is not None else place.path
    with open(source, "w" if mine else "a", encoding="utf-8", newline="\n") as text:  # noqa: PTH123
        yield text


def _place(path: Path) -> _Place:
    """Follow the links of a path, but not those by which the system names an open stream.

    Raises
    ------
    OSError
        links in a circle, or a name that cannot be
    """
    if path == STANDARD_OUTPUT:
        if sys.stdout is None:
            raise OSError(errno.EBADF, "closed")
        return _Place(path, stream=True, descriptor=1)
    for _ in range(_MOST_LINKS):
        path = Path(os.path.realpath(path.parent), path.name)
        found = _DESCRIPTOR.fullmatch(str(path))
        if found:
            mine = found["process"] in (None, str(os.getpid()))
            return _Place(path, stream=True, descriptor=int(found["number"]) if mine else None)
        if not path.is_symlink():
            mode = _mode(path)
            named = mode is None or stat.S_ISREG(mode) or stat.S_ISDIR(mode)
            return _Place(path, stream=not named)
        path = path.parent / path.readlink()
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))


def _mode(path: Path) -> int | None:
    """Type and permissions of what a path leads to; None where nothing is."""
    try:
        return path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None


def _identity(at: Path | int) -> object:
    """What is the same for two paths to one file, and for two names of one open stream."""
    try:
        found = os.stat(at)  # noqa: PTH116
    except OSError:
        return at
    return (found.st_dev, found.st_ino) if stat.S_ISREG(found.st_mode) else at


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say faults of the system in words; a reader who has gone away is no fault."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _refused(path, _reason(error), "room and permission to write") from None


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _refused(path: Path, found: str, wanted: str, hint: str = "") -> OutputError:
    shown = "standard output" if path == STANDARD_OUTPUT else str(path)
    return OutputError(Finding("O701", shown, "", found, wanted, hint))
