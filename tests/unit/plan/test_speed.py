"""Speed from the step model: a table that rises with chips, drawn around, and equal to the model at its sizes."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from orchard.arch import training_flops
from orchard.catalogue import catalogue
from orchard.estimate.training.layouts.search import search
from orchard.plan import ask, plan, speed, steps
from orchard.plan.answer import provenance
from orchard.plan.scene import Changes
from orchard.plan.sizes import sequences, shape, sizes
from orchard.plan.speed import Rate
from orchard.plan.steps import Question, Short, Step
from orchard.spec.architecture import LanguageArchitecture

from . import small
from .modelled import LLAMA, MIXTURE, MODELLED, RECIPE, STEADY, TOKENS, batch
from .small import DROP, assumed, outlook

H100 = catalogue().chip("h100")
ASKED = Question(LanguageArchitecture(**LLAMA), 8192, 512, "bf16")


def day(found: Any, name: str = "apple") -> np.ndarray:
    return np.asarray(found.released_day(name))


def step(question: Question = ASKED, chip: Any = H100, chips: int = 256) -> Step:
    found = steps.fastest(question, chip, chips)
    assert isinstance(found, Step)
    return found


# -- the step model as a plan asks it ----------------------------------------------------------------


@pytest.mark.parametrize(
    "field", ["memory_bytes", "memory_bytes_per_s", "scaleup_bytes_per_s", "scaleout_bytes_per_s"]
)
@pytest.mark.parametrize("chips", [64, 512])
def test_more_memory_or_bandwidth_never_slows_a_step(field: str, chips: int) -> None:
    value = getattr(H100, field)
    found = [
        step(chip=replace(H100, **{field: value * factor}), chips=chips).step_s for factor in (0.5, 1, 1.5, 4)
    ]
    assert all(later <= earlier * (1 + 1e-12) for earlier, later in pairwise(found))


def test_more_peak_is_faster_but_not_by_as_much() -> None:
    found = step()
    assert steps.faster(ASKED, H100, found, 1.0) == pytest.approx(1.0)
    assert 1.0 < steps.faster(ASKED, H100, found, 1.2) < 1.2
    assert 0.8 < steps.faster(ASKED, H100, found, 0.8) < 1.0


def test_a_step_is_whole() -> None:
    found = step()
    tokens = TOKENS / found.step_s / 256
    assert found.tokens_per_s_per_chip == pytest.approx(tokens)
    assert found.utilisation == pytest.approx(
        tokens * training_flops(ASKED.architecture, 8192) / 989.4e12, rel=2e-3
    )
    assert 0 < found.allocated_bytes < found.room_bytes < 86e9
    assert found.width > 0.05
    assert found.tried > 100


def test_the_layout_found_is_as_fast_when_it_is_given() -> None:
    found = step(chips=512)
    names = {name: found.layout[name] for name in ("tp", "pp", "cp", "vp", "ep", "etp", "micro_batch")}
    recompute = ("none", "selective", "full")[found.layout["recompute"]]
    given = {**names, "shard": steps.SHARD[found.layout["shard"]], "recompute": recompute}
    recipe = (
        small.programme(MODELLED | {"models.apple.recipe": RECIPE | {"layout": given}}).models["apple"].recipe
    )
    assert recipe is not None
    again = step(replace(ASKED, layout=recipe.layout), chips=512)
    assert again.step_s == pytest.approx(found.step_s, rel=1e-12)
    assert again.allocated_bytes == pytest.approx(found.allocated_bytes)


@pytest.mark.parametrize(
    ("chip", "wanted", "trained"),
    [
        ("a100", "fp8", "bf16"),
        ("h100", "mxfp8", "fp8"),
        ("h100", "nvfp4", "fp8"),
        ("gb200", "mxfp8", "mxfp8"),
        ("gb200", "nvfp4", "nvfp4"),
    ],
)
def test_a_chip_without_a_format_trains_in_the_next_wider_one(chip: str, wanted: str, trained: str) -> None:
    assert step(replace(ASKED, precision=wanted), catalogue().chip(chip)).precision == trained


def test_a_stack_that_nobody_measured_is_less_certain() -> None:
    known, unknown = (
        step(replace(ASKED, stack=stack)).width for stack in ("megatron-bridge 25.09", "home-grown")
    )
    assert known < unknown


def test_what_does_not_fit_says_how_much_is_missing() -> None:
    large = Question(LanguageArchitecture(**LLAMA | {"layers": 320}), 8192, 512, "bf16")
    found = steps.fastest(large, H100, 2)
    assert isinstance(found, Short)
    assert "fits on 2 h100" in found.reason
    assert "GiB a chip" in found.reason


# -- the table -------------------------------------------------------------------------------------


def test_a_table_rises_and_each_chip_adds_less() -> None:
    made = speed.table(small.setup(MODELLED), "apple").shape
    slopes = np.diff(made.total) / np.diff(made.chips)
    assert len(made.chips) > 3
    assert np.all(slopes >= -1e-9)
    assert np.all(np.diff(slopes) <= 1e-9)
    assert made(np.array([1e9]))[0] == made.total[-1]


def test_a_gang_of_one_kind_is_as_fast_as_the_model_says() -> None:
    """At the sizes of the table; speeds there fall with the size, so that the hull goes through them."""
    made = speed.table(small.setup(STEADY), "apple")
    found = speed.rate(small.setup(STEADY), "apple", "h100")
    assert isinstance(found, Rate)
    speeds = {size: step(chips=size).tokens_per_s_per_chip for size in (512, 1024, 2048)}
    assert list(speeds.values()) == sorted(speeds.values(), reverse=True)
    for size, wanted in speeds.items():
        assert made.shape(np.array([float(size)]))[0] * found.step.tokens_per_s_per_chip == pytest.approx(
            size * wanted
        )


def test_a_run_takes_its_tokens_over_its_speed() -> None:
    """3 T tokens on 1,024 chips at the median of the drawn speed."""
    found = outlook(STEADY, samples=400)
    days = found.training("apple").end_day - found.training("apple").start_day
    wanted = 3e12 / (1024 * step(chips=1024).tokens_per_s_per_chip) / 86400
    assert np.median(days) == pytest.approx(wanted, rel=0.03)
    half = step(chips=1024).width
    inside = np.abs(np.log(days / wanted)) <= half
    assert 0.74 < np.mean(inside) < 0.86


def test_sizes_that_do_not_hold_the_model_do_nothing() -> None:
    """80 G parameters need 32 chips: of the sizes 8, 16, 32 and 64 the first two are too small."""
    made = shape({64: 10.0, 128: 9.0}, 64, 32)
    assert made.least == 64
    edits = STEADY | {"models.apple.architecture": LLAMA | {"layers": 360}, "models.apple.chips": "20 chips",
                      "models.apple.tokens": "1 G tokens"}  # fmt: skip
    assert speed.table(small.setup(edits), "apple").shape.least == 32
    assert np.all(outlook(edits, samples=3).gang("apple").speed == 0)
    assert np.all(np.isinf(day(outlook(edits, samples=3))))
    assert np.all(np.isfinite(day(outlook(edits, samples=3, changes=Changes(run_chips=2)))))


def test_kinds_of_chips_add_up_fastest_first() -> None:
    """300 H200 beside 500 H100; 600 chips of the programme's own cannot do the run and are left out of its gang."""
    one = {"site": "ohio", "start": "2025-01-01", "end": "2025-01-01"}
    edits = STEADY | {"lab.teams.core.quota": "100 %", "lab.teams.vision.quota": "0 %", "models.apple.chips": "1000 chips",
                      "deliveries.slow-2025.count": "500 chips", "deliveries.own": {"chip": "fast", "count": "600 chips", **one}}  # fmt: skip
    more = {"deliveries.more": {"chip": "h200", "count": "300 chips", **one}}
    alone, both = outlook(edits, samples=50).gang("apple"), outlook(edits | more, samples=50).gang("apple")
    assert np.allclose(alone.chips[-1], 500)
    assert np.allclose(both.chips[-1], 800)
    assert np.all(both.speed[-1] > alone.speed[-1] * 1.3)
    assert np.all(both.speed[-1] < alone.speed[-1] * 1.9)


SHORT: dict[str, Any] = MODELLED | {
    "sites.ohio.ramp.first.adds": "1 MW", "sites.ohio.ramp.second.adds": "300 kW", "finances.budget.2026": "20 M USD",
    "finances.budget.2025": "20 M USD", "deliveries.fast-2026.delay": "0 d",
}  # fmt: skip


@pytest.mark.parametrize("changes", [Changes(money=1.3), Changes(money=5), Changes(power=1.3), Changes(power=5), Changes(chips=1.3),
                                     Changes(chips=5), Changes(site_days=50), Changes(run_days=40)])  # fmt: skip
@pytest.mark.parametrize("model", [LLAMA, MIXTURE], ids=["dense", "mixture"])
def test_more_of_anything_never_makes_a_run_later(model: dict[str, Any], changes: Changes) -> None:
    edits = SHORT | {"models.apple.architecture": model, "models.apple.tokens": "300 G tokens"}
    before, after = day(outlook(edits)), day(outlook(edits, changes=changes))
    assert np.all(after <= before + 1e-6)
    assert np.any(np.isfinite(after))


@pytest.mark.parametrize("name", ["slow-2025", "fast-2026"])
def test_more_chips_of_either_kind_never_make_a_run_later(name: str) -> None:
    counts = ("300 chips", "600 chips", "1200 chips", "5 k chips")
    edits = MODELLED | {"deliveries.slow-2025.count": "500 chips", "deliveries.fast-2026.count": "500 chips",
                        "models.apple.chips": "800 chips", "models.apple.tokens": "300 G tokens"}  # fmt: skip
    days = [day(outlook(edits | {f"deliveries.{name}.count": count})) for count in counts]
    assert all(np.all(later <= earlier + 1e-6) for earlier, later in pairwise(days))
    assert np.any(days[0] > days[-1] + 1)


def test_a_batch_too_small_for_the_largest_gangs_is_no_reason_against_a_run() -> None:
    edits = MODELLED | {
        "models.apple.recipe": RECIPE | {"batch": f"{16 * 8192} tokens"},
        "models.apple.chips": assumed("500 chips", "16 chips", "1e6 chips"),
    }
    assert isinstance(steps.fastest(replace(ASKED, batch=16), H100, 1 << 21), Short)
    assert speed.reason(small.setup(edits), "apple") == ""
    assert np.all(outlook(edits, samples=5).gang("apple").speed[-1] > 0)


# Layouts that a plan may try for one run; a core tries about a million a second.
MOST_TRIED = 3_000_000


@pytest.mark.parametrize("edits", [
    {"models.apple.chips": assumed("1 chip", "1 chip", "1e9 chips")},
    {"models.apple.recipe": RECIPE | {"batch": "1e50 tokens"}}, {"models.apple.recipe": RECIPE | {"sequence": "1e40 tokens"}},
    {"models.apple.recipe": RECIPE | {"sequence": "0.1 tokens", "batch": "1 token"}},
    {"models.apple.architecture": MIXTURE | {"experts": 5040}},
    {"models.apple.architecture": LLAMA | {"layers": 10_000, "heads": 5040, "kv_heads": 5040, "hidden": 5040 * 64}},
])  # fmt: skip
def test_extremes_try_few_layouts(edits: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []

    def counted(*question: Any, **how: Any) -> Any:
        found = search(*question, **how)
        tried.append(found.evaluated)
        return found

    monkeypatch.setattr(steps, "search", counted)
    speed.reason(small.setup(MODELLED | edits), "apple")
    outlook(MODELLED | edits, samples=5).training("apple")
    assert sum(tried) < MOST_TRIED


# -- what is drawn, and what it rests on -------------------------------------------------------------


def test_runs_share_what_the_model_gets_wrong() -> None:
    berry = small.BASE["models"]["berry"] | {
        "compute": "1.0e+22 FLOP",
        "recipe": RECIPE,
        "architecture": LLAMA,
        "site": "ohio",
    }
    found = outlook(MODELLED | {"models.berry": berry})
    for name in ("apple", "berry"):
        found.gang(name)
    draws = [found.scene.draws(f"models.{name}.recipe.step") for name in ("apple", "berry")]
    assert np.corrcoef(np.log(draws))[0, 1] == pytest.approx(1.0)
    assert speed.MODEL in found.scene.draws.scores()


def test_natural_routing_slows_mixtures_alone() -> None:
    for model, used in ((LLAMA, False), (MIXTURE, True)):
        made = small.setup(STEADY | {"models.apple.architecture": model})
        outlook_of = outlook(STEADY | {"models.apple.architecture": model}, samples=300)
        table = speed.table(made, "apple")
        drawn = speed.drawn(outlook_of.scene, "apple", "h100") / speed.flops_per_token(table.question)
        found = speed.rate(outlook_of.scene.setup, "apple", "h100")
        assert isinstance(found, Rate)
        assert (speed.ROUTING in outlook_of.scene.setup.values.used) == used
        assert np.median(drawn) / found.step.tokens_per_s_per_chip == pytest.approx(
            0.86 if used else 1.0, rel=0.04
        )


def test_facts_of_the_chip_are_reported() -> None:
    found = outlook(STEADY, samples=2)
    found.training("apple")
    facts = {fact["id"] for fact in provenance(found.scene.setup)["facts"]}
    assert {
        f"chip.h100.{word}" for word in ("bf16", "memory", "memory_bandwidth", "scaleup", "scaleout", "tdp")
    } <= facts


def test_a_larger_batch_is_faster_and_its_range_is_drawn() -> None:
    edits = STEADY | {
        "models.apple.recipe": RECIPE | {"batch": batch(128, 512, 2048)},
        "models.apple.chips": "2048 chips",
    }
    found = outlook(edits, samples=300)
    speeds, tokens = found.gang("apple").speed[-1], found.scene.draws("models.apple.recipe.batch")
    error = found.scene.draws("models.apple.recipe.step")
    rest = speeds / error
    order = np.argsort(tokens)
    assert np.all(np.diff(rest[order]) >= -1e-6 * rest.mean())
    assert rest.max() > 1.1 * rest.min()


def test_batches_become_whole_sequences_that_share_out() -> None:
    assert sequences(512 * 8192, 8192) == 512
    assert sequences(1000 * 8192, 8192) == 1000
    for tokens in (1e6, 16e6, 33.3e6, 1e9):
        count = sequences(tokens, 8192)
        assert abs(count / (tokens / 8192) - 1) <= 1 / 32
    assert sequences(100, 8192) == 1


def test_sizes_surround_what_a_run_may_get() -> None:
    found = sizes(ASKED, 700, 1500)
    assert found == [256, 512, 1024, 2048, 4096]
    assert sizes(ASKED, 0, 0) == [1]


# -- runs that cannot be done, and speeds that are given ----------------------------------------------

HUGE = MODELLED | {"models.apple.architecture": LLAMA | {"layers": 320}, "models.apple.chips": "2 chips"}


def test_a_run_that_fits_nowhere_is_unknown_with_the_reason() -> None:
    edits = HUGE | {
        "claims": {"date": {"text": "Apple is out in 2027", "test": "apple.released <= 2027-12-31"}}
    }
    programme = small.programme(edits)
    found = plan(programme, catalogue(), samples=50)
    (claim,) = found["claims"]
    assert claim["probability"] is None
    assert "no layout fits on" in claim["unknown"]
    assert "more than there is" in claim["unknown"]
    run = next(run for run in found["runs"] if run["model"] == "apple")
    assert run["speed"]["basis"] == "none"
    assert run["speed"]["reason"] == claim["unknown"]
    (answer,) = ask(programme, catalogue(), ["apple.trained"], samples=50)
    assert answer["unknown"] == claim["unknown"]
    assert day(outlook(HUGE, samples=5)).tolist() == [np.inf] * 5


def test_chips_of_the_programmes_own_need_a_utilisation() -> None:
    edits = {"models.apple.recipe": RECIPE, "models.apple.compute": DROP, "models.apple.architecture": LLAMA,
             "models.apple.tokens": "3 T tokens"}  # fmt: skip
    assert speed.OWN in speed.reason(small.setup(edits), "apple")
    assert (
        speed.reason(small.setup(edits | {"models.apple.recipe": RECIPE | {"utilisation": 0.4}}), "apple")
        == ""
    )


def test_a_given_utilisation_is_taken_and_said() -> None:
    edits = STEADY | {"models.apple.recipe": RECIPE | {"utilisation": 0.4}}
    found = outlook(edits, samples=3)
    assert np.allclose(found.gang("apple").speed[-1], 1024 * 0.4 * H100.bf16_flops_per_s)
    run = next(
        run
        for run in plan(small.programme(edits), catalogue(), samples=20)["runs"]
        if run["model"] == "apple"
    )
    assert run["speed"]["basis"] == "given"
    assert run["speed"]["utilisation"] == [0.4, 0.4, 0.4]


def test_plans_with_given_utilisations_are_what_they_were() -> None:
    """Numbers of the release before the step model, to the day; failures are those of the gang there is."""
    wanted = {"apple.released": ["2026-05-20", "2026-07-03", "2026-09-25"], "berry.released": ["2026-06-29", "2026-08-26", "2026-12-05"],
              "apple.trained": ["2026-02-18", "2026-03-04", "2026-03-31"], "berry.trained": ["2026-04-06", "2026-04-17", "2026-05-17"]}  # fmt: skip
    found = ask(small.programme(), catalogue(), list(wanted), samples=1000, seed=3)
    assert {answer["quantity"]: [answer[key] for key in ("p10", "p50", "p90")] for answer in found} == wanted


def test_the_answer_says_layout_and_step() -> None:
    run = next(
        run
        for run in plan(small.programme(MODELLED), catalogue(), samples=20)["runs"]
        if run["model"] == "apple"
    )
    told = run["speed"]
    low, middle, high = told["tokens_per_s_per_chip"]
    assert low < middle < high
    assert told["basis"] == "step model"
    assert told["chips"] == 1024
    assert told["step_s"] == pytest.approx(TOKENS / 1024 / middle)
    assert told["layout"]["micro_batch"] >= 1
    assert {other["chip"] for other in told["others"]} | {told["chip"]} == {"H100 SXM5", "H200 SXM"} or len(
        told["others"]
    ) == 1
