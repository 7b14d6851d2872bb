"""Ctrl-C and SIGTERM, whenever they come: a sentence, a status of its own, and nothing left behind."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from orchard.cli.signals import Signals

STATUS = {signal.SIGINT: 130, signal.SIGTERM: 143}
# A command in whose middle a signal comes, once its part is there.
_BEGUN = """
import sys
sys.argv = ["orchard", "estimate", "video", "in.csv", "--out", "out.csv"]
from orchard.cli import main
main()
"""
# A command whose first import sends the signal to itself.
_AT_ONCE = """
import os, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            os.kill(os.getpid(), {number})
sys.meta_path.insert(0, Finder())
sys.argv = ["orchard", "catalogue"]
from orchard.cli import main
main()
"""


@pytest.mark.parametrize("number", STATUS)
@pytest.mark.parametrize("module", ["typer", "orchard.cli.app", "orchard.cli.plan", "orchard.catalogue"])
def test_from_the_first_import_on(module: str, number: signal.Signals) -> None:
    code = _AT_ONCE.format(module=module, number=int(number))
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == STATUS[number]
    assert ended.stderr == "interrupted: no file is half-written\n"
    assert ended.stdout == ""


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("number", STATUS)
def test_the_part_goes_and_the_old_result_stays(tmp_path: Path, number: signal.Signals, times: int) -> None:
    with (tmp_path / "in.csv").open("w") as file:
        file.write("id,model,chip,n,resolution,frames,steps\n")
        file.writelines(f"{name},Mochi-1,H100,1,848x480,84,64\n" for name in range(1_000_000))
    (tmp_path / "out.csv").write_text("of yesterday")
    process = subprocess.Popen(
        [sys.executable, "-c", _BEGUN], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 60
    while not list(tmp_path.glob(".orchard-*.part")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    for _ in range(times):
        process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == STATUS[number]
    assert said == "interrupted: no file is half-written\n"
    assert (tmp_path / "out.csv").read_text() == "of yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_an_import_that_swallows_everything_swallows_no_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "swallows.py").write_text(
        "import os, signal\ntry:\n    os.kill(os.getpid(), signal.SIGTERM)\nexcept BaseException:\n    pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    kept = [signal.getsignal(number) for number in (*STATUS, signal.SIGALRM)]
    heard: list[int] = []

    def work() -> None:
        with Signals(heard):
            importlib.import_module("swallows")
            time.sleep(10)

    try:
        with pytest.raises(KeyboardInterrupt):
            work()
        assert heard == [signal.SIGTERM]
        os.kill(os.getpid(), signal.SIGTERM)  # at once again: the same wish
        assert heard == [signal.SIGTERM] * 2
    finally:
        for number, handler in zip((*STATUS, signal.SIGALRM), kept, strict=True):
            signal.signal(number, handler)


def test_without_signals_handlers_are_as_before() -> None:
    before = [signal.getsignal(number) for number in STATUS]
    with Signals([]):
        assert signal.getsignal(signal.SIGTERM) != before[1]
    assert [signal.getsignal(number) for number in STATUS] == before


def test_what_the_caller_ignores_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with Signals([]):
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
