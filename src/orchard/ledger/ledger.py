"""The file of a ledger: lines are appended, one process at a time, and never changed.

A line is on the disk before :meth:`Ledger.append` returns. A process that dies in the midst of it leaves
a line without its end; readers pass over that, and the next append puts it right: a whole entry gets its
end, a part of one is cut off and reported.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

from orchard.errors import Finding, OrchardError, OutputError
from orchard.ledger.entry import FIRST, Entry, entry, parsed
from orchard.ledger.kinds import Kind

_BLOCK = 1 << 16


class Ledger:
    """A ledger, made with its first entry.

    Parameters
    ----------
    path
        the file; its folder is made when the first entry is written

    Attributes
    ----------
    repairs
        what was cut off by appends of this object: parts of entries that a crash left
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.repairs: list[Finding] = []

    def append(self, kind: Kind, run: str, values: Mapping[str, Any]) -> Entry:
        """Write an entry; it is on the disk when this returns.

        Raises
        ------
        OutputError
            O845: the disk is full, or another fault of writing; the ledger is then as it was before
        OrchardError
            O846: values that JSON has no words for; O847: the last line is no entry
        ValueError
            a kind that is none
        """
        if kind not in get_args(Kind):
            raise ValueError(f"{kind!r} is no kind of entry: {', '.join(get_args(Kind))}")
        with _told(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with _locked(self.path, os.O_RDWR | os.O_CREAT) as file:
                size = self._mended(file)
                made = self._entry(kind, run, values, self._last(file, size))
                _write(file, made.line, size)
                if size == 0:
                    _sync_folder(self.path.parent)
        return made

    def read(self, kind: Kind | None = None, run: str | None = None) -> list[Entry]:
        """Entries in order, those of a kind and a run; none where there is no file.

        A last line without its end is passed over, unless it is whole.

        Raises
        ------
        OrchardError
            O847: lines that are no entries, all of them; O845: a file that cannot be read
        """
        entries = [(number, line, parsed(line)) for number, line in self._lines()]
        bad = [self._no_entry(number, line) for number, line, found in entries if found is None]
        if bad:
            raise OrchardError(bad)
        every = [found for _, _, found in entries if found is not None]
        return [one for one in every if kind in (None, one.kind) and run in (None, one.run)]

    def verify(self) -> list[Finding]:
        """What is wrong with the ledger: nothing where nobody has changed it.

        Finds lines that are no entries (O847), entries that were changed, taken
        out, put in or moved (O848), and as a warning a part of an entry at the end (O847). Whether whole
        entries were cut off at the end cannot be seen in a file alone: compare :attr:`tip`.
        """
        findings: list[Finding] = []
        previous = FIRST
        for number, line in self._lines():
            found, place = parsed(line), f"{self.path}:{number}"
            if found is None:
                findings.append(self._no_entry(number, line))
                continue
            if not found.unchanged:
                wanted = "what was written: take the line from a copy"
                findings.append(Finding("O848", place, found.run, "an entry that was changed", wanted))
            if found.previous != previous:
                wanted = "the entry that stood before it"
                text = "entries before it were taken out, put in or moved"
                findings.append(Finding("O848", place, found.run, text, wanted))
            previous = found.digest
        torn = self.torn
        if torn:
            findings.append(_torn(self.path, torn))
        return findings

    @property
    def tip(self) -> str:
        """Digest of the last entry, which stands for all of them; empty where there is none."""
        found = [one for one in map(parsed, (line for _, line in self._lines())) if one is not None]
        return found[-1].digest if found else FIRST

    @property
    def torn(self) -> bytes:
        """The part of an entry that a crash left at the end; empty where there is none."""
        tail = self._content().rpartition(b"\n")[2]
        return b"" if parsed(tail) else tail

    def _entry(self, kind: Kind, run: str, values: Mapping[str, Any], previous: str) -> Entry:
        now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        try:
            return entry(now, kind, run, values, previous)
        except (ValueError, TypeError) as error:
            wanted = "finite numbers, texts, lists and maps"
            raise OrchardError(Finding("O846", str(self.path), f"{run}.{kind}", str(error), wanted)) from None

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """Lines with their numbers; the last one, if it has no end, only if it is whole."""
        *lines, tail = self._content().split(b"\n")
        yield from enumerate(lines, 1)
        if parsed(tail):
            yield len(lines) + 1, tail

    def _content(self) -> bytes:
        with _told(self.path):
            try:
                with _locked(self.path, os.O_RDONLY) as file:
                    return b"".join(iter(lambda: os.read(file, _BLOCK), b""))
            except FileNotFoundError:
                return b""

    def _mended(self, file: int) -> int:
        """Put the end of the file right; returns where the next line begins."""
        size = os.fstat(file).st_size
        tail = _tail(file, size)
        if not tail:
            return size
        if parsed(tail):
            _write(file, b"\n", size)
            return size + 1
        os.ftruncate(file, size - len(tail))
        self.repairs.append(_torn(self.path, tail))
        return size - len(tail)

    def _last(self, file: int, size: int) -> str:
        """Digest of the last entry of a file that ends with a line."""
        if size == 0:
            return FIRST
        line = _tail(file, size - 1)
        last = parsed(line)
        if last is None:
            raise OrchardError(self._no_entry(0, line))
        return last.digest

    def _no_entry(self, number: int, line: bytes) -> Finding:
        place = f"{self.path}:{number}" if number else str(self.path)
        shown = repr(line[:40].decode(errors="replace"))
        hint = "take the line from a copy, or move the ledger away: the next run begins a new one"
        return Finding("O847", place, "", f"a line that is no entry: {shown}", "an entry of a ledger", hint)


def _tail(file: int, end: int) -> bytes:
    """What lies between the last end of a line before `end`, and `end`."""
    found = b""
    while end > 0 and b"\n" not in found:
        begin = max(end - _BLOCK, 0)
        found = os.pread(file, end - begin, begin) + found
        end = begin
    return found.rpartition(b"\n")[2]


def _write(file: int, data: bytes, at: int) -> None:
    """Write all of it and bring it to the disk, or leave the file as it was."""
    try:
        done = 0
        while done < len(data):
            done += os.pwrite(file, data[done:], at + done)
        os.fsync(file)
    except BaseException:
        os.ftruncate(file, at)
        raise


def _sync_folder(folder: Path) -> None:
    """Bring the name of a new file to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked(path: Path, flags: int) -> Iterator[int]:
    """The file, open; alone where it is written, beside other readers where it is read."""
    file = os.open(path, flags | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX if flags & os.O_RDWR else fcntl.LOCK_SH)
        yield file
    finally:
        os.close(file)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Say faults of the system in words."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        hint = "the ledger is as it was before; free some room and run again"
        finding = Finding("O845", str(path), "", reason, "a ledger that can be read and written", hint)
        raise OutputError(finding) from None


def _torn(path: Path, tail: bytes) -> Finding:
    found = f"{len(tail)} bytes of an entry that was never finished, cut off by the next one"
    hint = "nothing: a crash left it, and every whole entry is there"
    return Finding("O847", str(path), "", found, "an entry", hint, severity="warning")
