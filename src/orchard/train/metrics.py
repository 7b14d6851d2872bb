"""What was measured at each step: a file with one JSON object a line, cut back to where a run goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

NAME = "metrics.jsonl"
JUDGED = "judged.jsonl"


class Metrics:
    """Lines of a run, one a step.

    Parameters
    ----------
    path
        the file; lines of `step` and later steps, and a last line that is cut off, are taken out
    """

    def __init__(self, path: Path, step: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("r+b" if path.exists() else "w+b", buffering=0)
        self._left = b""
        self._file.truncate(_end(self._file.read(), step))
        self._file.seek(0, os.SEEK_END)

    def add(self, values: Mapping[str, Any]) -> None:
        """Add a line; what a full disk does not take is tried again with the next one: no run ends for it."""
        self._left += json.dumps(values).encode() + b"\n"
        with suppress(OSError):
            self._left = self._left[self._file.write(self._left) or 0 :]

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError):
            self._file.write(self._left)
        self._file.close()


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Lines of a file of metrics; one that is cut off ends them."""
    if not path.exists():
        return
    for line in path.read_bytes().splitlines(keepends=True):
        if not line.endswith(b"\n"):
            return
        yield json.loads(line)


def add_judged(path: Path, values: Mapping[str, Any]) -> None:
    """Add what was judged after a step to a file beside the metrics."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(b"\n" + json.dumps(values).encode())  # a line that was cut off before ends here


def read_judged(path: Path) -> list[dict[str, Any]]:
    """What was judged, in order of steps; a run that went back to a step has judged anew from there."""
    rows: list[dict[str, Any]] = []
    for line in path.read_bytes().splitlines() if path.exists() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        rows = [one for one in rows if one["step"] < row["step"]] + [row]
    return rows


def _end(content: bytes, step: int) -> int:
    """Bytes of whole lines before a step."""
    end = 0
    for line in content.splitlines(keepends=True):
        try:
            row = json.loads(line) if line.endswith(b"\n") else None
        except ValueError:
            row = None
        if row is None or row["step"] >= step:
            break
        end += len(line)
    return end
