"""Compiled code is what is written: plain Python gives the same, to the bit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
from orchard.catalogue import catalogue
from orchard.simulate.fleet.draw import Weak, draw
from orchard.simulate.fleet.outcome import digest, simulate
from tests.unit.simulate.small import DAY_S, job, kinds, pool

for tolerance in ("none", "replica", "elastic"):
    pools = [pool(300, spares=8, serving=50), pool(100, name="q", racks=True, spares=2)]
    given = {"fault_tolerance": tolerance, "replicas": 4, "least": 1.0 if tolerance == "none" else 0.5}
    given |= {"memory_s": 60.0, "memory_block_s": 0.5, "memory_restart_s": 90.0, "stall_s": 30.0}
    jobs = [job(150, **given), job(90, priority=3, **given), job(97, pool=1, work_s=3e5, **given), job(9, after=2, pool=1)]
    faults = draw(pools, jobs, kinds(40.0), Weak(0.05, 0.3), 8 * DAY_S, 7)
    print(digest(simulate(pools, jobs, faults, 8 * DAY_S)))
"""


def _digests(root: Path, **given: str) -> list[str]:
    env = {**os.environ, "PYTHONPATH": str(root), **given}
    done = subprocess.run(
        [sys.executable, "-c", CODE], cwd=root, env=env, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_plain_python_gives_the_same(root: Path) -> None:
    compiled = _digests(root)
    assert len(set(compiled)) == 3
    assert _digests(root, NUMBA_DISABLE_JIT="1") == compiled


def test_another_source_is_compiled_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder of compiled code is named by all sources that are compiled, and by no others."""
    from orchard.simulate.fleet import compiled

    def folder() -> str:
        compiled._folder.cache_clear()
        return Path(compiled._folder()).name

    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "kept"))
    monkeypatch.setattr(compiled, "__file__", str(tmp_path / "compiled.py"))
    try:
        (tmp_path / "stop.py").write_text("x = 1\n\n\n@compiled\ndef f(): ...\n", encoding="utf-8")
        before = folder()
        (tmp_path / "other.py").write_text("nothing of this is compiled\n", encoding="utf-8")
        assert folder() == before
        (tmp_path / "stop.py").write_text("x = 2\n\n\n@compiled\ndef f(): ...\n", encoding="utf-8")
        assert folder() != before
    finally:
        compiled._folder.cache_clear()
