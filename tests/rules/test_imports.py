"""Who may import whom, and what stays out of a plan."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from importlinter import cli as linter

HEAVY = {"torch", "ray", "pandas", "matplotlib"}


def _loaded(code: str) -> set[str]:
    """Names of the packages that a fresh Python has imported after running `code`."""
    tail = "\nimport sys\nprint('\\n' + ' '.join({name.partition('.')[0] for name in sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_contracts_hold(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(root)
    status = linter.lint_imports(config_filename=str(root / "pyproject.toml"), cache_dir=None)
    assert status == 0, capsys.readouterr().out


def test_planning_stays_light(root: Path) -> None:
    code = f"""
from pathlib import Path
from orchard.catalogue import catalogue
from orchard.plan import plan
from orchard.report import write_report
from orchard.spec.load import load
plan(load(Path({str(root / "programmes" / "laptop.yaml")!r})), catalogue(), samples=10)
"""
    found = _loaded(code)
    assert "numpy" in found  # the probe sees imports
    assert not found & HEAVY


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["plan", "--help"], ["ask", "--help"]])
def test_help_waits_for_nothing(words: list[str]) -> None:
    code = f"""
import sys
sys.argv = ["orchard", *{words!r}]
from orchard.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code
"""
    found = _loaded(code)
    assert "typer" in found
    assert not found & (HEAVY | {"numpy", "scipy", "yaml", "plotly", "jinja2"})
    if words[0].startswith("-"):
        assert "pydantic" not in found  # typer itself looks at it where a verb has paths
