"""Which architectures are trained here, and what the same ones are called in transformers.

Dense models are Llama's, mixtures of experts Llama 4's; names of weights and entries of config.json are
those of ``LlamaForCausalLM`` and ``Llama4ForCausalLM``, so that what is exported opens elsewhere.
"""

from __future__ import annotations

from typing import Any

from orchard.errors import Finding, SpecError
from orchard.spec.architecture import LanguageArchitecture

# Llama 2's base of rotary positions (Touvron et al. 2023, arXiv 2307.09288): contexts here are short.
ROTARY_BASE = 10_000.0
# Added to the mean square of a norm, as in Llama 2 and later.
NORM_EPSILON = 1e-5
# Llama 4 turns no positions in every fourth layer (transformers, Llama4TextConfig: no_rope_layer_interval).
_UNTURNED = 4

_UNUSED = {
    "learned_positions": "rotary positions",
    "attention_bias": "attention without biases",
    "attention_gate": "attention without a gate",
    "sliding_window": "layers that see everything",
    "sparse_top_k": "layers that see everything",
    "kv_lora_rank": "grouped-query attention",
    "ffn_bias": "feed-forwards without biases",
    "expert_latent": "experts as wide as the residual stream",
    "shared_gate": "a shared expert without a gate",
    "linear_layers": "softmax attention in every layer",
    "mamba_layers": "softmax attention in every layer",
    "mtp_layers": "prediction of the next token alone",
}


def check_trainable(a: LanguageArchitecture, path: str = "architecture") -> None:
    """Refuse an architecture that is planned but not trained here.

    Parameters
    ----------
    path
        dotted place of the architecture in the programme, for messages

    Raises
    ------
    SpecError
        O839, once for each entry that is not supported
    """
    found = [(name, f"{getattr(a, name)}", wanted) for name, wanted in _UNUSED.items() if getattr(a, name)]
    if not a.gated:
        found.append(("gated", "false", "true: SwiGLU"))
    if a.qk_norm and not a.experts:
        found.append(("qk_norm", "true in a dense model", "false; Llama 4's norm comes with experts"))
    if a.head_dim % 2:
        found.append(("head_dim", f"{a.head_dim}", "an even number: rotary positions turn pairs"))
    if a.experts and a.shared_ffn != a.expert_ffn:
        found.append(
            ("shared_ffn", f"{a.shared_ffn}", f"{a.expert_ffn}, as expert_ffn: Llama 4's shared expert")
        )
    found += [
        (name, f"{count} of {a.layers} layers", "every layer")
        for name, count in (("attention_layers", a.softmax_layers), ("feed_forward_layers", a.ffn_layers))
        if count != a.layers and not (a.linear_layers or a.mamba_layers)
    ]
    if found:
        hint = "`orchard plan` answers for it; `orchard train` trains Llama's and Llama 4's shapes"
        raise SpecError(
            Finding("O839", "", f"{path}.{name}", value, wanted, hint) for name, value, wanted in found
        )


def mixture_layers(a: LanguageArchitecture) -> list[int]:
    """Indices of layers with experts, spread evenly and ending with the last: every second of Llama 4's.

    >>> a = LanguageArchitecture(layers=4, hidden=64, heads=2, ffn=256, vocabulary=512, experts=4,
    ...     experts_per_token=1, expert_ffn=128, shared_ffn=128, dense_layers=2)
    >>> mixture_layers(a)
    [1, 3]
    """
    count = a.moe_layers
    return [layer for layer in range(a.layers) if (layer + 1) * count // a.layers > layer * count // a.layers]


def turned_layers(a: LanguageArchitecture) -> list[bool]:
    """Whether each layer has rotary positions: all of Llama's, three of four of Llama 4's."""
    return [not a.experts or (layer + 1) % _UNTURNED != 0 for layer in range(a.layers)]


def transformers_config(a: LanguageArchitecture, context: int) -> dict[str, Any]:
    """Entries of config.json for transformers, without those of the tokenizer.

    Parameters
    ----------
    context
        tokens of the longest sequence the model was trained on
    """
    config: dict[str, Any] = {
        "vocab_size": a.vocabulary,
        "hidden_size": a.hidden,
        "num_hidden_layers": a.layers,
        "num_attention_heads": a.heads,
        "num_key_value_heads": a.kv_heads,
        "head_dim": a.head_dim,
        "hidden_act": "silu",
        "rms_norm_eps": NORM_EPSILON,
        "rope_parameters": {"rope_type": "default", "rope_theta": ROTARY_BASE},
        "max_position_embeddings": context,
        "tie_word_embeddings": a.tied_embeddings,
        "attention_bias": False,
    }
    if not a.experts:
        dense = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "mlp_bias": False}
        return config | dense | {"intermediate_size": a.ffn}
    return config | {
        "model_type": "llama4_text",
        "architectures": ["Llama4ForCausalLM"],
        "intermediate_size": a.expert_ffn,
        "intermediate_size_mlp": a.ffn or a.expert_ffn,
        "num_local_experts": a.experts,
        "num_experts_per_tok": a.experts_per_token,
        "moe_layers": mixture_layers(a),
        "use_qk_norm": a.qk_norm,
        "no_rope_layers": [int(turned) for turned in turned_layers(a)],
        "attn_temperature_tuning": False,
        "attention_chunk_size": None,
    }
