"""``orchard reconcile``: predicted beside measured, and a changed ledger is told."""

import json

import pytest

from orchard.ledger import Ledger


@pytest.fixture
def ledger(tmp_path):
    made = Ledger(tmp_path / "runs" / "ledger.jsonl")
    made.append("prediction", "avocado", {"step_s": {"low": 1.8, "value": 2.0, "high": 2.2}, "basis": "host"})
    made.append("measurement", "avocado", {"step_s": 2.5, "memory_bytes": 1e9})
    return made


def test_it_shows_both_sides_and_the_verdict(run, ledger):
    ended = run("reconcile", str(ledger.path.parent))
    assert ended.status == 0, ended.err
    step = next(line for line in ended.out.splitlines() if "avocado  step_s" in line)
    assert "2 s (1.8 s to 2.2 s)" in step
    assert "2.5 s" in step
    assert "0.800" in step
    assert step.endswith("outside")
    assert "not predicted" in ended.out
    assert "step_s: error 25.0% in the median of 1, 0 of 1 inside" in ended.out


def test_json_says_the_same(run, ledger):
    ended = run("reconcile", str(ledger.path), "--json", "--run", "avocado")
    (found,) = json.loads(ended.out)["ledgers"]
    step = next(one for one in found["pairs"] if one["amount"] == "step_s")
    assert (step["ratio"], step["inside"]) == (0.8, False)
    assert found["accounts"]["step_s"]["judged"] == 1
    assert found["findings"] == []


def test_a_changed_ledger_is_told_and_fails(run, ledger):
    text = ledger.path.read_text()
    ledger.path.write_text(text.replace('"step_s":2.5', '"step_s":2.0'))
    ended = run("reconcile", str(ledger.path))
    assert ended.status == 1
    assert "O848" in ended.out
    assert "an entry that was changed" in ended.out


def test_a_place_without_a_ledger_is_a_finding(run, tmp_path):
    ended = run("reconcile", str(tmp_path / "nowhere"))
    assert ended.status == 2
    assert "O845" in ended.err
    assert "no such folder or file" in ended.err
