"""What was measured at each step: a file with one JSON object a line, cut back to where a run goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

NAME = "metrics.jsonl"


class Metrics:
    """Lines of a run, one a step.

    Parameters
    ----------
    path
        the file; lines of `step` and later steps, and a last line that is cut off, are taken out
    """

    def __init__(self, path: Path, step: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("r+b" if path.exists() else "w+b")
        self._file.truncate(_end(self._file.read(), step))
        self._file.seek(0, os.SEEK_END)

    def add(self, values: Mapping[str, Any]) -> None:
        """Add a line; it is on its way to the disk at once, and there when a checkpoint is."""
        self._file.write(json.dumps(values).encode() + b"\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Lines of a file of metrics; one that is cut off ends them."""
    if not path.exists():
        return
    for line in path.read_bytes().splitlines(keepends=True):
        if not line.endswith(b"\n"):
            return
        yield json.loads(line)


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
