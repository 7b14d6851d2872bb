"""The small programme with a run whose speed comes from the step model: two kinds of chips of the catalogue."""

from __future__ import annotations

from typing import Any

from .small import DROP, assumed

LLAMA: dict[str, Any] = {
    "kind": "language", "layers": 32, "hidden": 4096, "heads": 32, "kv_heads": 8, "ffn": 14336, "vocabulary": 128256,
}  # fmt: skip
MIXTURE = LLAMA | {"ffn": 0, "experts": 16, "experts_per_token": 2, "expert_ffn": 4096}
TOKENS = 512 * 8192  # of a batch
RECIPE: dict[str, Any] = {"precision": "bf16", "sequence": "8192 tokens", "batch": f"{TOKENS} tokens"}
MODELLED: dict[str, Any] = {
    "models.apple.compute": DROP, "models.apple.architecture": LLAMA, "models.apple.tokens": "3 T tokens",
    "models.apple.recipe": RECIPE, "models.apple.chips": "1 k chips",
    "deliveries.slow-2025.chip": "h100", "deliveries.fast-2026.chip": "h200", "models.berry": DROP,
    "people.turn.moves": ["apple"], "claims": {},
}  # fmt: skip
# Nothing random but the speed, and all chips there from the first day on.
STEADY: dict[str, Any] = MODELLED | {
    "sites.ohio.ramp": {"all": {"date": "2025-01-01", "adds": "1 GW"}}, "sites.ohio.delay": DROP,
    "deliveries.slow-2025": {"chip": "h100", "site": "ohio", "count": "100 k chips", "start": "2025-01-01", "end": "2025-01-01"},
    "deliveries.fast-2026": DROP, "lab.share": "100 %", "people": {}, "models.apple.gate": DROP,
    "models.apple.start_delay": DROP, "models.apple.reliability": DROP, "models.apple.chips": "1024 chips",
}  # fmt: skip


def batch(low: int, middle: int, high: int) -> dict[str, Any]:
    """A batch of so many sequences, with a range."""
    return assumed(*(f"{count * 8192} tokens" for count in (middle, low, high)))
