"""The formula of a step: the expression that its function returned, read from the source."""

from __future__ import annotations

import ast
import re
from functools import cache, lru_cache
from pathlib import Path
from types import CodeType

_LONGEST = 160  # letters of an expression that is still read
_INNER = ("_keep(", "draws(", "f'", 'f"', "lambda")  # of expressions that tell how, not what, is computed
_OWNERS = re.compile(r"\b(?:(?:self|scene|outlook|changes)\.)+")


def expression(code: CodeType, line: int) -> str:
    """The expression returned at a line, where it says more than a name or a call of what keeps it."""
    for first, last, text in _returns(code):
        if first <= line <= last:
            text = _OWNERS.sub("", text)
            plain = text.isidentifier() or any(word in text for word in _INNER) or len(text) > _LONGEST
            return "" if plain else text
    return ""


@cache
def _returns(code: CodeType) -> tuple[tuple[int, int, str], ...]:
    """First and last line of every return of a function, and the expression that it returns."""
    try:
        source = Path(code.co_filename).read_text(encoding="utf-8")
    except OSError:
        return ()
    for node in ast.walk(_parsed(source)):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name and _begins(node, code):
            return tuple(
                (found.lineno, found.end_lineno or found.lineno, ast.unparse(found.value))
                for found in ast.walk(node)
                if isinstance(found, ast.Return) and found.value is not None
            )
    return ()


@lru_cache(maxsize=64)
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


def _begins(node: ast.FunctionDef, code: CodeType) -> bool:
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    return first == code.co_firstlineno
