"""Numbers of the world live in the catalogue, not in the code that computes with them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

LARGE = 1e3
FOLDERS = ("estimate", "simulate", "plan")

# file and literal -> why it is no fact
ALLOWED: dict[tuple[str, float], str] = {
    ("estimate/law/fit.py", 4000): "samples of a law: a choice of the program",
    ("plan/calendar.py", 86_400.0): "seconds of a day: a definition",
    ("simulate/fleet/scenario.py", 10_000_000): "failures held at once: a limit, said in its error",
    ("simulate/fleet/scenario.py", 50_000_000): "chips held at once: a limit, said in its error",
    ("simulate/replay/rows.py", 2_000_000): "rows of a trace held at once: a limit, said in its error",
    ("simulate/replay/traces.py", 1e8): "seconds since 1970 from which a number is a date: a choice",
    ("plan/engine.py", 200_000): "limit of samples: a choice of the program, said in its error",
    ("plan/remedy.py", 3000): "samples that confirm a remedy: a choice of the program",
    ("plan/answer.py", 10_000): "samples drawn unless told otherwise: a choice of the program",
    ("plan/explain/answer.py", 2000): "samples on which inputs are redrawn: a choice of the program",
    ("plan/explain/answer.py", 10_000): "samples drawn unless told otherwise: a choice of the program",
    (
        "plan/explain/variants.py",
        1009,
    ): "how far seeds of independent draws are apart: a choice of the program",
    ("plan/compare/answer.py", 10_000): "samples drawn unless told otherwise: a choice of the program",
    ("plan/compare/attribution.py", 2000): "samples that tell differences apart: a choice of the program",
}


def large_literals(tree: ast.AST) -> Iterator[tuple[int, float]]:
    """Line and value of every number beyond a thousand, powers such as ``10**6`` included."""
    for node in ast.walk(tree):
        value = _number(node)
        if value is not None and abs(value) > LARGE:
            yield node.lineno, value


def _number(node: ast.AST) -> float | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        base, exponent = _number(node.left), _number(node.right)
        return base**exponent if base is not None and exponent is not None else None
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    return None


def _found(root: Path) -> Iterator[tuple[str, int, float]]:
    source = root / "src" / "orchard"
    for folder in FOLDERS:
        for path in sorted((source / folder).rglob("*.py")):
            for line, value in large_literals(ast.parse(path.read_text("utf-8"))):
                yield path.relative_to(source).as_posix(), line, value


def test_large_numbers_are_facts(root: Path) -> None:
    strangers = [
        f"{file}:{line}  {value:g}" for file, line, value in _found(root) if (file, value) not in ALLOWED
    ]
    assert strangers == [], "put it into the catalogue with its source, or allow it here with the reason"


def test_nothing_is_allowed_in_vain(root: Path) -> None:
    assert set(ALLOWED) <= {(file, value) for file, _, value in _found(root)}


@pytest.mark.parametrize(
    ("code", "count"), [("x = 1e6", 1), ("x = 10**6", 1), ("x = -2000", 1), ("x = 1000", 0)]
)
def test_the_search_finds_them(code: str, count: int) -> None:
    assert len(list(large_literals(ast.parse(code)))) == count
