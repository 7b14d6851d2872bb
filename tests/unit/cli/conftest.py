"""Run the command line as a person does, without a process of its own."""

from __future__ import annotations

import sys

import pytest

from orchard.cli import main

from .command import Ended, Run


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Call ``orchard`` with these words."""
    monkeypatch.setenv("COLUMNS", "120")

    def call(*words: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["orchard", *words])
        capsys.readouterr()
        try:
            main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Ended(status, out, err)

    return call
