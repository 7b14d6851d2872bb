"""Predicted beside measured: each measurement belongs to the last prediction before it."""

import math

import pytest

from orchard.errors import OrchardError
from orchard.ledger import Ledger, accounts, ledgers, pairs


def span(value: float, half: float = 0.1) -> dict[str, float]:
    return {"low": value * (1 - half), "value": value, "high": value * (1 + half)}


@pytest.fixture
def ledger(tmp_path):
    return Ledger(tmp_path / "runs" / "laptop" / "ledger.jsonl")


def test_amounts_meet_by_run_and_name(ledger):
    ledger.append("prediction", "avocado", {"step_s": span(2.0), "memory_bytes": span(1e9), "basis": "host"})
    ledger.append("prediction", "mango", {"step_s": span(5.0)})
    ledger.append("measurement", "avocado", {"step_s": 2.1, "energy_j": 50.0, "steps": 7})
    found = {(one.run, one.amount): one for one in pairs(ledger.read())}
    assert set(found) == {
        ("avocado", "step_s"),
        ("avocado", "memory_bytes"),
        ("avocado", "energy_j"),
        ("mango", "step_s"),
    }
    step = found["avocado", "step_s"]
    assert (step.ratio, step.inside, step.basis) == (pytest.approx(2 / 2.1), True, "host")
    assert found["avocado", "memory_bytes"].measured is None
    assert found["avocado", "energy_j"].predicted is None
    assert found["mango", "step_s"].ratio is None


def test_the_last_prediction_before_a_measurement_counts(ledger):
    ledger.append("prediction", "avocado", {"step_s": span(1.0)})
    ledger.append("prediction", "avocado", {"step_s": span(2.0)})
    ledger.append("measurement", "avocado", {"step_s": 3.0})
    ledger.append("prediction", "avocado", {"step_s": span(9.0)})
    (pair,) = pairs(ledger.read())
    assert (pair.predicted.value, pair.inside) == (2.0, False)


def test_a_forecast_of_the_loss_is_put_to_the_test_by_an_evaluation(ledger):
    ledger.append("prediction", "avocado-8", {"bits_per_byte": span(1.5, 0.02)})
    ledger.append("evaluation", "avocado-8", {"bits_per_byte": 1.51})
    (pair,) = pairs(ledger.read())
    assert pair.inside


def test_accounts_say_how_good_predictions_were(ledger):
    for run, told, was in (("a", 1.1, 1.0), ("b", 0.8, 1.0), ("c", 1.0, 1.0)):
        ledger.append("prediction", run, {"step_s": span(told)})
        ledger.append("measurement", run, {"step_s": was})
    ledger.append("prediction", "d", {"step_s": span(1.0)})
    account = accounts(pairs(ledger.read()))["step_s"]
    assert (account.pairs, account.judged, account.inside) == (3, 3, 2)
    assert account.error == pytest.approx(0.1)
    assert not math.isnan(account.error)


def test_ledgers_are_found_in_folders_and_missing_ones_are_all_named(ledger, tmp_path):
    ledger.append("run", "avocado", {})
    assert [one.path for one in ledgers([tmp_path])] == [ledger.path]
    assert [one.path for one in ledgers([ledger.path])] == [ledger.path]
    (tmp_path / "empty").mkdir()
    with pytest.raises(OrchardError) as caught:
        ledgers([tmp_path / "empty", tmp_path / "none", ledger.path])
    assert [one.found for one in caught.value.findings] == ["no ledger in it", "no such folder or file"]


def test_amounts_of_zero_have_no_error(tmp_path):
    ledger = Ledger(tmp_path / "ledger.jsonl")
    for run, predicted, measured in (("a", 0.0, 1.0), ("b", 1.0, 0.0), ("c", 2.0, 1.0)):
        ledger.append("prediction", run, {"step_s": {"low": 0, "value": predicted, "high": 3}})
        ledger.append("measurement", run, {"step_s": measured})
    found = accounts(pairs(ledger.read()))["step_s"]
    assert (found.pairs, round(found.error, 6), found.judged) == (1, 1.0, 1)
