"""The ledger: what is appended is read again, whatever happens in between, and edits are found."""

import errno
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.errors import OrchardError, OutputError
from orchard.ledger import KINDS, VALUES, Ledger, range_of


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "runs" / "ledger.jsonl")


def test_reads_what_was_appended_in_order(ledger):
    assert ledger.read() == []
    assert ledger.verify() == []
    assert ledger.tip == ""
    ledger.append("prediction", "avocado", {"step_s": {"low": 1, "value": 2, "high": 3}})
    ledger.append("measurement", "avocado", {"step_s": np.float64(2.5), "steps": np.int64(7)})
    last = ledger.append("measurement", "mango", {"gate": (1, "ä")})
    assert [one.values for one in ledger.read("measurement")] == [
        {"step_s": 2.5, "steps": 7},
        {"gate": [1, "ä"]},
    ]
    assert [one.kind for one in ledger.read(run="avocado")] == ["prediction", "measurement"]
    assert ledger.tip == last.digest
    assert ledger.verify() == []


def test_every_kind_says_what_its_values_are():
    assert set(VALUES) == set(KINDS)
    assert all(text for names in VALUES.values() for text in names.values())


def test_an_unknown_kind_is_refused(ledger):
    with pytest.raises(ValueError, match="no kind"):
        ledger.append("rumour", "avocado", {})
    assert not ledger.path.exists()


@pytest.mark.parametrize("value", [math.nan, math.inf, object()])
def test_values_without_words_in_json_are_refused_and_nothing_is_written(ledger, value):
    ledger.append("run", "avocado", {})
    before = ledger.path.read_bytes()
    with pytest.raises(OrchardError) as caught:
        ledger.append("measurement", "avocado", {"loss_nats": value})
    assert caught.value.findings[0].code == "O846"
    assert ledger.path.read_bytes() == before


@given(cut=st.integers(min_value=1))
def test_a_crash_in_the_midst_of_a_line_loses_no_whole_entry(tmp_path_factory, cut):
    ledger = Ledger(tmp_path_factory.mktemp("ledger") / "ledger.jsonl")
    for number in range(3):
        ledger.append("checkpoint", "avocado", {"step": number})
    whole = ledger.path.read_bytes()
    last = len(whole.splitlines()[-1]) + 1
    kept = len(whole) - 1 - cut % last
    os.truncate(ledger.path, kept)
    survivors = 3 if kept == len(whole) - 1 else 2
    assert [one.values["step"] for one in ledger.read()] == list(range(survivors))
    torn = survivors == 2 and kept > len(whole) - last
    assert bool(ledger.torn) == torn
    assert [(one.code, one.severity) for one in ledger.verify()] == [("O847", "warning")] * torn
    ledger.append("checkpoint", "avocado", {"step": 9})
    assert [one.values["step"] for one in ledger.read()] == [*range(survivors), 9]
    assert len(ledger.repairs) == torn
    assert ledger.verify() == []


def _lines(ledger: Ledger) -> list[bytes]:
    return ledger.path.read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize(
    ("change", "codes"),
    [
        (lambda lines: [lines[0], lines[1].replace(b'"step":1', b'"step":5'), lines[2]], ["O848"]),
        (lambda lines: [lines[0], lines[2]], ["O848"]),
        (lambda lines: [lines[1], lines[0], lines[2]], ["O848", "O848", "O848"]),
        (lambda lines: [lines[0], b"{}\n", lines[1], lines[2]], ["O847"]),
        (lambda lines: [lines[0], lines[0], lines[1], lines[2]], ["O848"]),
    ],
)
def test_edits_are_found(ledger, change, codes):
    for number in range(3):
        ledger.append("checkpoint", "avocado", {"step": number})
    ledger.path.write_bytes(b"".join(change(_lines(ledger))))
    assert [one.code for one in ledger.verify()] == codes


def test_lines_that_are_no_entries_are_all_named(ledger):
    ledger.append("run", "avocado", {})
    ledger.path.write_bytes(b"not json\n" + ledger.path.read_bytes() + b"[]\n")
    with pytest.raises(OrchardError) as caught:
        ledger.read()
    assert [one.place.rpartition(":")[2] for one in caught.value.findings] == ["1", "3"]
    with pytest.raises(OrchardError) as caught:
        ledger.append("run", "avocado", {})
    assert caught.value.findings[0].code == "O847"


@pytest.mark.parametrize("written", [0, 40])
def test_a_full_disk_leaves_the_ledger_as_it_was(ledger, monkeypatch, written):
    ledger.append("run", "avocado", {})
    before, write = ledger.path.read_bytes(), os.pwrite
    left = [written]

    def full(file, data, at):
        if not left[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        done, left[0] = write(file, data[: left[0]], at), 0
        return done

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(OutputError) as caught:
        ledger.append("measurement", "avocado", {"step_s": 1})
    assert caught.value.findings[0].code == "O845"
    monkeypatch.undo()
    assert ledger.path.read_bytes() == before
    ledger.append("measurement", "avocado", {"step_s": 1})
    assert ledger.verify() == []


def test_a_long_last_entry_is_found(ledger):
    ledger.append("run", "avocado", {"text": "x" * 300_000})
    ledger.append("run", "avocado", {"text": "y" * 70_000})
    ledger.append("run", "avocado", {})
    assert ledger.verify() == []


APPEND = """
import sys
from pathlib import Path
from orchard.ledger import Ledger
for number in range(20):
    Ledger(Path(sys.argv[1])).append("checkpoint", sys.argv[2], {"step": number})
"""


def test_two_processes_append_to_one_chain(ledger):
    workers = [
        subprocess.Popen([sys.executable, "-c", APPEND, str(ledger.path), name]) for name in ("a", "b")
    ]
    assert [worker.wait() for worker in workers] == [0, 0]
    assert ledger.verify() == []
    assert [one.values["step"] for one in ledger.read(run="a")] == list(range(20))
    assert len(ledger.read()) == 40


def test_a_folder_in_its_place_is_said_in_words(tmp_path):
    with pytest.raises(OutputError) as caught:
        Ledger(tmp_path).read()
    assert caught.value.findings[0].code == "O845"


@pytest.mark.parametrize("said", [{"low": 1, "high": 2}, "soon", None, True, {"value": 1}])
def test_what_is_no_number_is_no_range(said):
    assert range_of(said) is None


def test_lines_are_json_that_people_can_read(ledger):
    made = ledger.append("run", "avocado", {"programme": "laptop"})
    assert json.loads(_lines(ledger)[0])["values"] == {"programme": "laptop"}
    assert made.id == made.digest[:16]


@pytest.mark.parametrize(
    "said", ['{"step_s": NaN}', '{"step_s": 1e999}', r'{"text": "\ud800"}', "[" * 100_000]
)
def test_a_line_says_nothing_that_no_entry_can_say(ledger, said):
    ledger.append("run", "avocado", {"steps": 3})
    line = ledger.path.read_bytes()
    ledger.path.write_bytes(line.replace(b'{"steps":3}', said.encode()))
    assert [one.code for one in ledger.verify()] == ["O847"]
    for reads in (ledger.read, lambda: ledger.append("run", "avocado", {})):
        with pytest.raises(OrchardError) as caught:
            reads()
        assert caught.value.findings[0].code == "O847"


def test_a_number_beyond_all_floats_is_no_range():
    assert range_of(10**400) is None


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a folder that nobody can write into is in Linux")
def test_a_folder_that_cannot_be_made_is_said_in_words():
    with pytest.raises(OutputError) as caught:
        Ledger(Path("/proc/nowhere/ledger.jsonl")).append("run", "avocado", {})
    assert caught.value.findings[0].code == "O845"
    assert Ledger(Path("/proc/nowhere/ledger.jsonl")).read() == []
