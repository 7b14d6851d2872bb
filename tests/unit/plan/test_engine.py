"""Blocks of samples: limits, prefixes, quantiles, drivers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.catalogue import catalogue
from orchard.errors import LimitError
from orchard.plan import Setup, definitions, engine
from orchard.plan.draws import BLOCK
from orchard.plan.expression import read_test
from orchard.plan.outlook import Outlook
from orchard.plan.scene import UNCHANGED, Changes, Scene
from orchard.spec.load import load

from . import small

PROGRAMMES = Path(__file__).parents[3] / "programmes"
CLAIM = "fleet.gpus@2026-12-31 >= 60 k chips"


def values(samples: int, seed: int = 0) -> np.ndarray:
    blocks = engine.run(small.setup(), samples, seed, lambda o: o.released_day("apple"))
    return np.concatenate(blocks)


@pytest.mark.parametrize("samples", [0, -1, 200_001, 10**9, -(10**30)])
def test_too_few_and_too_many_samples_are_refused_at_once(samples: int) -> None:
    with pytest.raises(LimitError) as caught:
        engine.run(small.setup(), samples, 0, lambda _: pytest.fail("work was begun"))
    assert "1 to 200,000 samples" in str(caught.value)


def test_more_samples_begin_with_the_same_ones() -> None:
    many = values(2 * BLOCK + 7)
    assert len(many) == 2 * BLOCK + 7
    for few in (1, 50, BLOCK, BLOCK + 1):
        assert np.array_equal(values(few), many[:few])


def test_a_seed_repeats_and_seeds_differ() -> None:
    assert np.array_equal(values(100, seed=3), values(100, seed=3))
    assert not np.array_equal(values(100, seed=3), values(100, seed=4))
    assert len(np.unique(values(100, seed=-1))) > 50


def test_blocks_are_not_repeated() -> None:
    many = values(2 * BLOCK)
    assert not np.array_equal(many[:BLOCK], many[BLOCK:])


def test_progress_is_told_in_order() -> None:
    told: list[float] = []
    engine.run(small.setup(), 3 * BLOCK, 0, lambda _: None, progress=told.append)
    assert told == [1 / 3, 2 / 3, 1.0]


def test_the_bench_tests_the_same_samples_as_a_run() -> None:
    setup = small.setup()
    claim = read_test(CLAIM, definitions(setup), setup)
    bench = engine.Bench(setup, BLOCK + 100, 0)
    warm = bench.warm({"": claim})[""]
    assert np.array_equal(warm.holds, small.outcome_of(CLAIM, samples=BLOCK + 100).holds)
    assert bench.probability(claim, UNCHANGED, BLOCK + 100) == warm.probability
    assert bench.probability(claim, UNCHANGED, 10) == warm.holds[:BLOCK].mean()
    changed = small.outcome_of(CLAIM, samples=BLOCK + 100, changes=Changes(power=1.3)).probability
    assert bench.probability(claim, Changes(power=1.3), BLOCK + 100) == changed


@given(st.lists(st.floats(-1e9, 1e9) | st.just(np.inf), min_size=1, max_size=300))
def test_quantiles_are_values_in_order(found: list[float]) -> None:
    low, middle, high = (float(each) for each in engine.quantiles(np.array(found)))
    assert {low, middle, high} <= set(found)
    assert low <= middle <= high


def test_never_stays_never_in_quantiles() -> None:
    assert [float(each) for each in engine.quantiles(np.array([1.0, 2.0, np.inf, np.inf]))] == [
        1.0,
        np.inf,
        np.inf,
    ]


def test_drivers_are_what_moves_the_values() -> None:
    rng = np.random.default_rng(0)
    scores = {name: rng.standard_normal(5000) for name in ("much", "some", "none")}
    found = dict(engine.drivers(scores, 3 * scores["much"] + scores["some"]))
    assert list(found) == ["much", "some"]
    assert sum(found.values()) == pytest.approx(1)
    assert found["much"] == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize("constant", [5.0, np.inf, np.nan])
def test_what_does_not_move_has_no_drivers(constant: float) -> None:
    scores = {str(seed): np.random.default_rng(seed).standard_normal(200) for seed in range(300)}
    assert not list(engine.drivers(scores, np.full(200, constant)))


def test_dates_that_are_never_count_as_late() -> None:
    score = np.random.default_rng(0).standard_normal(2000)
    found = dict(engine.drivers({"cause": score}, np.where(score > 1, np.inf, score)))
    assert found == {"cause": 1.0}


@pytest.mark.parametrize("name", ["meta-superintelligence", "laptop"])
def test_more_never_hurts_a_whole_programme_and_delays_never_help(name: str) -> None:
    """In every sample: releases and first power no later, GPUs no fewer; all the other way round when late."""
    setup = Setup.of(load(PROGRAMMES / f"{name}.yaml"), catalogue())
    draws, known = setup.draws(0, 0, 60), definitions(setup)
    base = Outlook(Scene(setup, draws))
    dates = [each for each in known.values() if each.kind == "date" and not each.unknown]

    def compare(changes: Changes, sign: float) -> None:
        other = Outlook(Scene(setup, draws, changes))
        gpus = (other.count(other.everywhere) - base.count(base.everywhere)) * sign
        assert np.all(gpus >= -1e-6 * base.count(base.everywhere))
        for date in dates:
            assert date.states is not None
            before, after = date.states(base), date.states(other)
            assert np.all((after - 1e-6 <= before) if sign > 0 else (after + 1e-6 >= before)), date.id

    for changes in (
        Changes(money=1.3),
        Changes(power=1.3),
        Changes(chips=1.3),
        Changes(site_days=60),
        Changes(run_days=30),
    ):
        compare(changes, 1)
    for changes in (Changes(money=0.7), Changes(power=0.7), Changes(site_days=-60), Changes(run_days=-30)):
        compare(changes, -1)


def test_a_programme_beyond_the_memory_of_this_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    made = small.setup()
    engine.check_memory(made, 1000, kept=3)
    monkeypatch.setattr(engine, "_memory_bytes", lambda: 2e6)
    engine.check_memory(made, 10, kept=0)
    with pytest.raises(LimitError, match="the memory of this machine") as error:
        engine.check_memory(made, 1000, kept=3)
    assert error.value.findings[0].code == "O511"
