"""The architecture as transformers' config.json, and back.

Dense models are transformers' Llama, mixtures of experts its Llama 4 text model; constants are those of
:mod:`orchard.train.language.shape`, and a model with others is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from orchard.data.tokenizer import BEGIN, END, PAD, TURN_END
from orchard.errors import SpecError
from orchard.spec.architecture import LanguageArchitecture
from orchard.train.export.model import unreadable
from orchard.train.language.shape import (
    NORM_EPSILON,
    ROTARY_BASE,
    check_trainable,
    transformers_config,
)

DENSE, MIXTURE = "llama", "llama4_text"


class Read(NamedTuple):
    """What a config.json says: the architecture and the longest sequence, in tokens."""

    architecture: LanguageArchitecture
    context: int


def to_config(
    architecture: LanguageArchitecture, context: int, special: Mapping[str, int], dtype: str
) -> dict[str, Any]:
    """The config.json of a model.

    Parameters
    ----------
    special
        ids of special tokens by their names
    dtype
        of the weights, as torch calls it
    """
    ids = {"bos_token_id": special[BEGIN], "eos_token_id": special[END], "pad_token_id": special[PAD]}
    more = {"dtype": dtype, "use_cache": True, "attention_dropout": 0.0, "initializer_range": 0.02}
    return dict(sorted((transformers_config(architecture, context) | ids | more).items()))


def to_generation(special: Mapping[str, int]) -> dict[str, Any]:
    """The generation_config.json of a model: it stops at the end of a text and at the end of a turn."""
    return {
        "bos_token_id": special[BEGIN],
        "do_sample": True,
        "eos_token_id": [special[END], special[TURN_END]],
        "pad_token_id": special[PAD],
        "temperature": 0.8,
        "top_p": 0.95,
    }


def from_config(config: Mapping[str, Any], place: Path) -> Read:
    """What a config.json describes.

    Raises
    ------
    TrainError
        O900: another family of models, other constants, entries that are missing or make no model
    """
    family = config.get("model_type")
    if family not in (DENSE, MIXTURE):
        raise unreadable(place, f"a model of type {family!r}", f"{DENSE} or {MIXTURE}")
    try:
        architecture = LanguageArchitecture.model_validate(_widths(config, mixture=family == MIXTURE))
        check_trainable(architecture)
        read = Read(architecture, int(config["max_position_embeddings"]))
        written = transformers_config(*read)
    except KeyError as error:
        raise unreadable(place, f"no entry {error}", "the config.json of a Llama model") from None
    except SpecError as error:
        raise unreadable(
            place, error.findings[0].path + ": " + error.findings[0].found, "a shape that is trained here"
        ) from None
    except (ValueError, TypeError) as error:
        raise unreadable(
            place, " ".join(str(error).split())[:200], "the config.json of a Llama model"
        ) from None
    others = _differing(config, written)
    if others:
        wanted = f"rope_theta {ROTARY_BASE:g}, rms_norm_eps {NORM_EPSILON:g} and no scaling"
        raise unreadable(place, f"other values of {', '.join(others)}", wanted)
    return read


def _differing(config: Mapping[str, Any], written: Mapping[str, Any]) -> list[str]:
    """Entries that would be written otherwise; those that are left out are as transformers' defaults."""
    rope = config.get("rope_parameters") or {
        "rope_type": "default" if config.get("rope_scaling") is None else "scaled",
        "rope_theta": config.get("rope_theta"),
    }
    said = {**config, "rope_parameters": rope}
    known = set(written) - {"architectures", "head_dim"}
    return sorted(name for name in known if name in said and said[name] != written[name])


def _widths(config: Mapping[str, Any], *, mixture: bool) -> dict[str, Any]:
    said = {
        "layers": config["num_hidden_layers"],
        "hidden": config["hidden_size"],
        "vocabulary": config["vocab_size"],
        "tied_embeddings": bool(config.get("tie_word_embeddings", False)),
        "heads": config["num_attention_heads"],
        "kv_heads": config["num_key_value_heads"],
    }
    if config.get("head_dim"):
        said["head_dim"] = config["head_dim"]
    if not mixture:
        return {**said, "ffn": config["intermediate_size"]}
    return {
        **said,
        "ffn": config["intermediate_size_mlp"],
        "experts": config["num_local_experts"],
        "experts_per_token": config["num_experts_per_tok"],
        "expert_ffn": config["intermediate_size"],
        "shared_ffn": config["intermediate_size"],
        "dense_layers": config["num_hidden_layers"] - len(config["moe_layers"]),
        "qk_norm": bool(config["use_qk_norm"]),
    }
