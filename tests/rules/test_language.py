"""Files speak of the project alone: no paths of a machine, nothing left open, one spelling."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = {".py", ".md", ".yaml", ".toml", ".csv", ".css", ".js", ".j2", ".cff", ""}
SKIPPED = {"LICENSE"}

MACHINES = re.compile(r"(?<![\w.:/])/(?:home|root|Users|work|mnt)/\w|[A-Z]:\\\\?Users\\", re.MULTILINE)
LEFT_OPEN = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b")
AMERICAN = re.compile(
    r"\b(?:behavi"
    + r"or|col"
    + r"or(?!s?=|s?_|\w*way)|cent"
    + r"er(?!s?=)|organi"
    + r"zation|utili"
    + r"zation|optimi"
    + r"zation)\b",
    re.IGNORECASE,
)


def _files() -> list[Path]:
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    names = done.stdout.splitlines() or [
        str(path.relative_to(ROOT)) for path in ROOT.glob("[!.]*/**/*") if path.is_file()
    ]
    paths = [ROOT / name for name in names]
    return [path for path in paths if path.suffix in TEXT and path.is_file() and path.name not in SKIPPED]


FILES = _files()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_clean_text(path: Path) -> None:
    text = path.read_text("utf-8")
    assert not MACHINES.search(text), MACHINES.search(text)
    assert not LEFT_OPEN.search(text), LEFT_OPEN.search(text)
    assert "\r\n" not in text
    assert not text or text.endswith("\n")


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.suffix == ".md"], ids=lambda path: str(path.relative_to(ROOT))
)
def test_prose_is_british(path: Path) -> None:
    prose = re.sub(r"`[^`]*`|\(https?://[^)]*\)|\[[^\]]*\]\(http[^)]*\)", "", path.read_text("utf-8"))
    found = AMERICAN.findall(prose) if path.parent.name != "reference" else []
    assert found == []
