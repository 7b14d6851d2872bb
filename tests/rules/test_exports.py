"""What a package exports is written down, complete and in order."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

import pytest

import orchard

MODULES = sorted(
    {"orchard", *(found.name for found in pkgutil.walk_packages(orchard.__path__, "orchard."))}
    - {"orchard.__main__"}
)
PACKAGES = [name for name in MODULES if hasattr(importlib.import_module(name), "__path__")]


def _order(name: str) -> tuple[int, str]:
    """CONSTANTS first, then Classes, then functions: the order in which ruff keeps `__all__`."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2), name


def _imported(module: ModuleType) -> set[str]:
    """Public names that an ``__init__`` takes from the package's own modules."""
    tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
    nodes = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    own = [node for node in nodes if (node.module or "").startswith("orchard.")]
    return {alias.asname or alias.name for node in own for alias in node.names}


@pytest.mark.parametrize("name", PACKAGES)
def test_packages_export_what_they_gather(name: str) -> None:
    module = importlib.import_module(name)
    exported = getattr(module, "__all__", [])
    assert set(exported) >= _imported(module)
    assert len(exported) == len(set(exported))


@pytest.mark.parametrize("name", MODULES)
def test_exports_exist_and_are_sorted(name: str) -> None:
    module = importlib.import_module(name)
    exported = getattr(module, "__all__", [])
    assert [each for each in exported if not hasattr(module, each)] == []
    assert list(exported) == sorted(exported, key=_order)


@pytest.mark.parametrize("name", MODULES)
def test_modules_say_what_they_are_for(name: str) -> None:
    assert (importlib.import_module(name).__doc__ or "").strip() or name == "orchard"
