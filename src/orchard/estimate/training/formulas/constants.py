"""The constants of the step model: what they are called; the calibration says what each means."""

from __future__ import annotations

from typing import NamedTuple


class Constants(NamedTuple):
    """Values of the step model's constants; the calibration file says what each means."""

    matmul_ampere: float
    matmul_hopper: float
    matmul_blackwell: float
    matmul_tpu: float
    matmul_other: float
    heat: float
    fp8: float
    mxfp8: float
    nvfp4: float
    operand_passes: float
    quantise_passes: float
    attention_ampere: float
    attention_hopper: float
    attention_blackwell: float
    attention_blackwell_ultra: float
    attention_tpu: float
    attention_alibi: float
    attention_flash_ampere: float
    attention_flash: float
    elementwise_passes: float
    eager_passes: float
    scan_passes: float
    routing_passes: float
    fused_routing: float
    expert_width: float
    loss_passes: float
    optimiser_passes: float
    host_s: float
    host_mixture_s: float
    host_routing_s: float
    scaleup: float
    scaleout: float
    tensor_exposed: float
    expert_exposed: float
    expert_network_exposed: float
    expert_interleaved: float
    point_to_point_exposed: float
    data_exposed: float
    update_exposed: float
    straggle: float
    yearly_gain: float


# Shares of a peak, of a link, or of an exchange that shows: never above 1. Those of narrow formats are
# beside the share of BF16, and may be.
SHARES = frozenset(
    name
    for name in Constants._fields
    if name.startswith(("matmul_", "attention_"))
    or name.endswith("_exposed")
    or name in ("scaleup", "scaleout", "expert_interleaved", "fused_routing")
)
