"""Exchanges: seconds worked out by hand, with everything shown and links that reach their rate."""

from __future__ import annotations

import pytest

from orchard.estimate.training.calibration import calibration
from orchard.estimate.training.formulas.configuration import (
    DDP,
    FSDP,
    FULL,
    NONE,
    ZERO_1,
    ZERO_2,
    Hardware,
    Layout,
    Software,
)
from orchard.estimate.training.formulas.links import bandwidth, data_s, exchange, stage_s
from orchard.estimate.training.formulas.shape import Shape, shape
from orchard.spec.architecture import LanguageArchitecture

C = calibration().constants._replace(scaleup=1.0, scaleout=1.0)
SHOWN = Software(overlap=0.0, gradient_bytes=4.0)
INSIDE, NETWORK = 100e9, 10e9  # bytes a second
CHIP = Hardware(1e15, 1e15, 80e9, 1e12, 8.0, INSIDE, NETWORK, 700.0, 1)
LINK = bandwidth(C, CHIP)
DENSE = shape(
    LanguageArchitecture(layers=2, hidden=1000, heads=10, kv_heads=10, head_dim=100, ffn=4000, vocabulary=5)
)
EXPERTS = shape(
    LanguageArchitecture(
        layers=2, hidden=1000, heads=10, kv_heads=10, head_dim=100, ffn=4000, vocabulary=5,
        experts=16, experts_per_token=2, expert_ffn=500,
    )
)  # fmt: skip
TOKENS = 2000.0


def cut(**sizes: float) -> Layout:
    plain = {"tp": 1.0, "pp": 1.0, "cp": 1.0, "vp": 1.0, "ep": 1.0, "etp": 1.0, "recompute": NONE}
    known = {
        "chips": 8.0,
        "sequence": TOKENS,
        "batch": 8.0,
        "micro_batch": 1.0,
        "shard": ZERO_1,
        "shard_ranks": 8.0,
    }
    return Layout(**{**known, **plain, "precision": 0, **sizes})


def tensor_s(**sizes: float) -> float:
    return float(exchange(C, DENSE, cut(**sizes), SHOWN, LINK, 0.0).tensor)


def data(model: Shape, **sizes: float) -> float:
    return float(data_s(C, model, cut(**sizes), SHOWN, LINK, 0.0))


def test_tensor_parallelism_gathers_and_scatters_around_both_sublayers() -> None:
    stream = TOKENS * 1000 * 2
    # 2 layers of 2 sublayers, gather and scatter forward and backward, 3 of 4 parts move
    assert tensor_s(tp=4.0) == pytest.approx(2 * 2 * 4 * 3 / 4 * stream / INSIDE)
    assert tensor_s(tp=4.0, recompute=FULL) == pytest.approx(1.5 * tensor_s(tp=4.0))


def test_a_group_beyond_the_domain_shares_the_cards_of_its_members() -> None:
    stream = TOKENS * 1000 * 2
    assert tensor_s(tp=16.0, chips=16.0) == pytest.approx(2 * 2 * 4 * 15 / 16 * stream / (8 * NETWORK))


def test_keys_and_values_go_round_the_ring() -> None:
    keys = TOKENS / 2 * 2 * 1000 * 2
    found = float(exchange(C, DENSE, cut(cp=2.0), SHOWN, LINK, 0.0).context)
    assert found == pytest.approx(3 * 2 * keys / INSIDE)
    again = float(exchange(C, DENSE, cut(cp=2.0, recompute=FULL), SHOWN, LINK, 0.0).context)
    assert again == pytest.approx(4 * 2 * keys / INSIDE)


def test_tokens_go_to_two_experts_and_back() -> None:
    sent = TOKENS * 2 * 1000 * 2
    found = float(exchange(C, EXPERTS, cut(ep=8.0), SHOWN, LINK, 0.0).expert)
    assert found == pytest.approx(2 * 4 * 7 / 8 * sent / INSIDE)
    again = float(exchange(C, EXPERTS, cut(ep=8.0, recompute=FULL), SHOWN, LINK, 0.0).expert)
    assert again == pytest.approx(1.5 * found)


def test_stages_send_activations_and_gradients() -> None:
    found = float(stage_s(C, DENSE, cut(pp=2.0), SHOWN, LINK))
    assert found == pytest.approx(2 * TOKENS * 1000 * 2 / INSIDE)


def test_gradients_and_weights_go_round_once_a_step() -> None:
    weights = float(DENSE.dense_weights + DENSE.embedding + DENSE.head)
    assert data(DENSE) == pytest.approx(7 / 8 * weights * (4 + 2) / INSIDE)
    assert data(DENSE, shard=DDP) == pytest.approx(7 / 8 * weights * 8 / INSIDE)
    assert data(DENSE, batch=64.0) == pytest.approx(data(DENSE))


def test_sharded_gradients_go_round_every_microbatch() -> None:
    weights = float(DENSE.dense_weights + DENSE.embedding + DENSE.head)
    assert data(DENSE, shard=ZERO_2, batch=64.0) == pytest.approx(7 / 8 * weights * (8 * 4 + 2) / INSIDE)


@pytest.mark.parametrize("model", [DENSE, EXPERTS], ids=["dense", "mixture"])
def test_sharded_weights_are_gathered_twice_every_microbatch(model: Shape) -> None:
    weights = float(model.dense_weights + model.embedding + model.head + model.expert_weights)
    found = data(model, shard=FSDP, batch=64.0)
    assert found == pytest.approx(7 / 8 * weights * 8 * (2 * 2 + 4) / INSIDE)


def test_hybrid_sharding_adds_an_exchange_across_groups() -> None:
    weights = float(DENSE.dense_weights + DENSE.embedding + DENSE.head)
    found = data(DENSE, shard=FSDP, shard_ranks=4.0)
    near = 3 / 4 * weights * (2 * 2 + 4) / INSIDE
    assert found == pytest.approx(near + 1 / 2 * 2 * weights / 4 * 4 / INSIDE)
