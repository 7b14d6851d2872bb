"""Files and functions stay small, and names say what is inside."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

MOST_LINES = 600
MOST_LINES_OF_A_FUNCTION = 80
VAGUE = {"core", "common", "util", "utils", "helper", "helpers", "manager", "managers", "base", "misc"}
ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    path.relative_to(ROOT)
    for folder in ("src", "tests", "docs", "benchmarks")
    for path in (ROOT / folder).rglob("*.py")
)


def test_there_are_files() -> None:
    assert len(FILES) > 100


@pytest.mark.parametrize("path", FILES, ids=str)
def test_files_are_short(path: Path) -> None:
    assert len((ROOT / path).read_text("utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", FILES, ids=str)
def test_functions_are_short(path: Path) -> None:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    lengths = {
        node.name: (node.end_lineno or 0) - node.lineno + 1
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    }
    long = [f"{name}: {length}" for name, length in lengths.items() if length > MOST_LINES_OF_A_FUNCTION]
    assert long == []


@pytest.mark.parametrize("path", FILES, ids=str)
def test_names_say_what_is_inside(path: Path) -> None:
    words = {word for part in path.with_suffix("").parts for word in part.split("_")}
    assert not words & VAGUE
