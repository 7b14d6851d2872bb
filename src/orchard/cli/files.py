"""Writing results: checked before the work begins, whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from orchard.errors import Finding, OutputError


def writable(path: Path) -> None:
    """Refuse a path that can not be written, before anything is computed.

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


def write_json(result: dict[str, Any], path: Path) -> None:
    """Write JSON whole or not at all.

    Raises
    ------
    OutputError
        the disk is full, or another fault of writing
    """
    try:
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=path.parent, delete=False) as file:
            try:
                json.dump(result, file, indent=1, allow_nan=False)
                file.write("\n")
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
        Path(file.name).replace(path)
    except OSError as error:
        raise _refused(path, error.strerror or str(error), "room and permission to write") from None


def _refused(path: Path, found: str, wanted: str, hint: str = "") -> OutputError:
    return OutputError(Finding("O701", str(path), "", found, wanted, hint))
