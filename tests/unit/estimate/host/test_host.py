"""The step model of a processor: what is counted, fitted, kept and predicted."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.arch import parameters, training_flops
from orchard.errors import OrchardError
from orchard.estimate.host import (
    Measured,
    Step,
    fitted,
    foretold,
    host_path,
    memory_terms,
    optimiser_terms,
    pass_terms,
    predict,
    read_host,
    step,
    step_of,
)
from orchard.estimate.host.work import MEMORY, OPTIMISER, PASS, matrices, passes_terms
from orchard.spec.architecture import LanguageArchitecture
from orchard.spec.load import load_with_warnings

from .made import RATES, host_model, scaled

SMALL = LanguageArchitecture(
    layers=4, hidden=128, heads=4, kv_heads=2, ffn=352, vocabulary=4096, tied_embeddings=True
)


def passes(one: Step) -> dict[str, float]:
    return dict(zip(PASS, pass_terms(one), strict=True))


def test_products_are_those_of_the_model_without_attention():
    one = Step(SMALL, 256, 8)
    tokens = 256 * 8
    scores = 3 * 4 * SMALL.layers * SMALL.heads * SMALL.head_dim * 256 / 2  # causal, forward and backward
    assert passes(one)["products"] == pytest.approx(tokens * (float(training_flops(SMALL, 256)) - scores))


def test_matrices_that_muon_trains_and_vectors_and_embeddings_are_all_weights():
    counted = sum(rows * columns * count for rows, columns, count in matrices(SMALL))
    vectors = (2 * SMALL.layers + 1) * SMALL.hidden
    assert counted + vectors + SMALL.vocabulary * SMALL.hidden == parameters(SMALL).total


def test_adamw_does_nothing_for_matrices():
    terms = dict(zip(OPTIMISER, optimiser_terms(Step(SMALL, 256, 8, optimiser="adamw")), strict=True))
    assert terms["squares"] == terms["momenta"] == terms["matrices"] == 0


def test_recomputation_takes_time_and_gives_memory_back():
    plain, again = Step(SMALL, 256, 8), Step(SMALL, 256, 8, recompute=True)
    assert passes(again)["products"] > passes(plain)["products"]
    held, less = (dict(zip(MEMORY, memory_terms(one), strict=True)) for one in (plain, again))
    assert less["ffn"] == held["ffn"] / SMALL.layers
    assert less["stream"] < held["stream"]


@given(layers=st.integers(1, 12), batch=st.integers(1, 40), wider=st.integers(1, 4))
def test_more_work_never_takes_less_time_or_memory(layers, batch, wider):
    model = host_model()
    less = step(SMALL.model_copy(update={"layers": layers}), 256, batch)
    more = step(SMALL.model_copy(update={"layers": layers + 1, "ffn": 352 * wider}), 256, batch + 1)
    a, b = predict(model, less), predict(model, more)
    assert a.step_s.value < b.step_s.value
    assert a.memory_bytes.value <= b.memory_bytes.value
    assert a.step_s.low < a.step_s.value < a.step_s.high


@given(
    rates=st.lists(st.floats(1e-3, 1e3), min_size=3, max_size=3),
    seed=st.integers(0, 2**32 - 1),
)
def test_a_fit_finds_the_rates_that_made_the_measurements(rates, seed):
    drawn = np.random.default_rng(seed).uniform(0.1, 10.0, (12, 3))
    rows = [Measured(terms, float(terms @ np.array(rates))) for terms in drawn]
    found = fitted(rows, np.zeros(3))
    assert found.rates == pytest.approx(rates, rel=1e-6)
    assert np.abs(found.errors).max() < 1e-6


def test_rates_are_never_negative_and_errors_are_of_rows_left_out():
    drawn = np.random.default_rng(0)
    terms = drawn.uniform(1, 2, (10, 2))
    amounts = terms @ np.array([1.0, 0.0]) * np.exp(drawn.normal(0, 0.1, 10))
    found = fitted(
        [Measured(row, float(amount)) for row, amount in zip(terms, amounts, strict=True)], np.ones(2)
    )
    assert (found.rates >= 0).all()
    assert 0.02 < np.abs(found.errors).mean() < 0.3


def test_a_step_is_the_sum_of_its_work():
    one = step(SMALL, 256, 64)
    assert (one.micro_batch, one.micro_batches) == (32, 2.0)
    terms = passes(one)
    once = terms["products"] * 1e-11 + terms["stream"] * 2e-9 + 0.001
    expected = 2 * once + parameters(SMALL).total * 3e-9 + 0.002
    found = predict(host_model(), one, 1)
    assert found.step_s.value == pytest.approx(expected)
    assert found.tokens_per_s.value == pytest.approx(64 * 256 / expected)
    assert found.tokens_per_s.low == pytest.approx(64 * 256 / found.step_s.high)
    assert sum(found.parts_s.values()) == pytest.approx(expected)
    half = passes(one._replace(micro_batch=16))
    shared = 2 * (half["products"] * 1e-11 + half["stream"] * 2e-9 + 0.001)
    both = (shared + parameters(SMALL).total * 3e-9 + 0.002) * 1.1
    assert predict(host_model(), one, 2).step_s.value == pytest.approx(both)


def test_the_largest_share_and_the_last_pass_count():
    uneven = step(SMALL, 256, 37)  # 32 and 5 sequences: 16 and 3 in the busier of two threads
    terms = dict(zip(PASS, passes_terms(uneven, 2), strict=True))
    assert terms["pass"] == 2
    assert terms["logits"] == (16 + 3) * 256 * SMALL.vocabulary
    assert dict(zip(PASS, passes_terms(uneven, 1), strict=True))["logits"] == 37 * 256 * SMALL.vocabulary


def test_an_embedding_that_is_the_head_too_gets_two_gradients():
    apart = SMALL.model_copy(update={"tied_embeddings": False})
    assert passes(Step(SMALL, 256, 8))["weights"] == passes(Step(apart, 256, 8))["weights"]


def test_each_thread_holds_gradients_and_logits_of_its_own():
    one, two = (dict(zip(MEMORY, memory_terms(Step(SMALL, 256, 8), count), strict=True)) for count in (1, 2))
    assert two["logits"] == 2 * one["logits"]
    gradients = 4 * (parameters(SMALL).total + SMALL.vocabulary * SMALL.hidden)
    assert two["weights"] - one["weights"] == gradients
    assert memory_terms(Step(SMALL, 256, 1), 8).tolist() == memory_terms(Step(SMALL, 256, 1), 1).tolist()


def test_averaged_weights_take_time_and_memory():
    plain, averaged = Step(SMALL, 256, 8), Step(SMALL, 256, 8, averaged=True)
    assert optimiser_terms(averaged)[0] > optimiser_terms(plain)[0]
    assert memory_terms(averaged)[1] - memory_terms(plain)[1] == 4 * parameters(SMALL).total


def test_threads_between_those_measured_have_rates_between_theirs():
    model = host_model(cores=8, threads={1: RATES, 8: scaled(RATES, 2.0)})
    one = step(SMALL, 256, 32)
    factors = [
        predict(model, one, count).parts_s["products"] / (passes_terms(one, count)[0] * 1e-11)
        for count in (1, 2, 4, 8)
    ]
    assert factors == pytest.approx([1, 4 / 3, 5 / 3, 2])


def test_one_sample_for_several_threads_is_less_certain():
    narrow, wide = (predict(host_model(), Step(SMALL, 256, one)).step_s for one in (2, 1))
    assert wide.high / wide.value > narrow.high / narrow.value


def test_what_was_not_measured_is_less_certain():
    model, one = host_model(), step(SMALL, 256, 64)
    narrow = predict(model, one).step_s
    products = passes(one)["products"]
    beyond = predict(host_model(seen={"products": (1.0, products / 4)}), one).step_s
    assert math.log(beyond.high / narrow.high) == pytest.approx(0.2)
    assert predict(model, one, alike=True).step_s.high > narrow.high
    assert predict(model, one, 3).step_s == narrow  # it has two cores


def test_a_calibration_comes_back_as_it_was_kept(tmp_path):
    model, path = host_model(), tmp_path / "host.json"
    path.write_text(model.text())
    assert read_host(path) == model
    assert read_host(path).digest == model.digest
    assert read_host(tmp_path / "none.json") is None


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"format": 99}', '{"format": 1, "cores": 2}', "\udcff"])
def test_what_is_no_calibration_is_refused(tmp_path, text):
    path = tmp_path / "host.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(OrchardError) as caught:
        read_host(path)
    assert caught.value.findings[0].code == "O849"
    assert "orchard calibrate host" in caught.value.findings[0].hint


@pytest.fixture
def laptop(root):
    return load_with_warnings(root / "programmes" / "laptop.yaml").programme


def test_every_model_of_the_laptop_has_a_step(laptop):
    assert [name for name, model in laptop.models.items() if step_of(model) is None] == []


def test_what_a_run_writes_into_the_ledger(laptop, tmp_path, monkeypatch):
    monkeypatch.setenv("ORCHARD_HOME", str(tmp_path))
    assert foretold(laptop, "avocado") is None
    host_path().write_text(host_model().text())
    values = foretold(laptop, "avocado")
    found = predict(host_model(), step_of(laptop.models["avocado"]))
    assert values["step_s"] == found.step_s._asdict()
    assert values["facts"] == host_model().digest
    assert values["energy_basis"].startswith("assumed: 12 W")
    watts = values["energy_j"]["value"] / values["duration_s"]["value"]
    assert watts == pytest.approx(24)
    host_path().write_text(host_model(power_w=50.0, power_basis="RAPL").text())
    measured = foretold(laptop, "avocado", threads=1)
    assert measured["energy_j"]["value"] / measured["duration_s"]["value"] == pytest.approx(25)
    assert measured["energy_basis"] == "measured: RAPL"
    assert RATES.pass_width < math.log(values["step_s"]["high"] / values["step_s"]["value"]) * 1.01
