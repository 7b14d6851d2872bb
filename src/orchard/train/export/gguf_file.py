"""A model as one GGUF file, which llama.cpp and what is built on it open.

Dense models are its `llama` architecture, mixtures of experts its `llama4`. Rows of queries and keys are
put in the order of its rotary positions: entry p and p + E / 2 of a head become 2p and 2p + 1. Llama 4's
are so from the start. Legend of shapes: H heads, E head width, P half of it, D hidden, X experts, F width.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
from numpy.typing import NDArray

from orchard.data.tokenizer import BEGIN, END, PAD, TURN_END
from orchard.errors import Finding, TrainError
from orchard.spec.architecture import LanguageArchitecture
from orchard.train.export.model import Exported, Words, words
from orchard.train.export.quantise import Quantisation, placed, quantised
from orchard.train.language.shape import NORM_EPSILON, ROTARY_BASE, mixture_layers

_FILE_TYPES = {
    "f32": "ALL_F32", "q6_k": "MOSTLY_Q6_K", "q5_k": "MOSTLY_Q5_K_M", "q4_k": "MOSTLY_Q4_K_M",
    "q3_k": "MOSTLY_Q3_K_M",
}  # fmt: skip
# llama.cpp ends on a Llama 4 without a layer that sees everything, which the fourth is the first of.
_FEWEST_LAYERS = 4


def write(model: Exported, path: Path, quantisation: Quantisation = "f32") -> None:
    """Write a GGUF file; :func:`orchard.train.export.verify.verified` does so and looks at what came of it.

    Raises
    ------
    TrainError
        O901: a tokenizer whose entries are not the model's; O903: a shape that llama.cpp has no words for
    OSError
        the disk is full, or another fault of writing
    """
    expressible(model.architecture)
    known = words(model.tokenizer, model.architecture.vocabulary)
    arch = gguf.MODEL_ARCH.LLAMA4 if model.architecture.experts else gguf.MODEL_ARCH.LLAMA
    writer = gguf.GGUFWriter(path, gguf.MODEL_ARCH_NAMES[arch])
    try:
        _add_shape(writer, model, quantisation)
        _add_words(writer, known, model.template)
        for name, weight in _tensors(model, arch):
            kind = placed(quantisation, name, weight.shape)
            writer.add_tensor(name, quantised(weight, kind), raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def expressible(architecture: LanguageArchitecture) -> None:
    """Refuse shapes that llama.cpp computes otherwise than they were trained.

    Raises
    ------
    TrainError
        O903: all that stands in the way
    """
    a = architecture
    if not a.experts:
        return
    found = []
    if not a.qk_norm:
        found.append(("qk_norm", "false", "true: llama.cpp normalises queries and keys of every Llama 4"))
    if a.layers < _FEWEST_LAYERS:
        found.append(
            ("layers", f"a mixture of {a.layers} layers", f"at least {_FEWEST_LAYERS} for llama.cpp")
        )
    step = mixture_layers(a)[0] + 1
    if mixture_layers(a) != list(range(step - 1, a.layers, step)):
        found.append(("dense_layers", f"mixtures in layers {mixture_layers(a)}", "every n-th layer"))
    if found:
        hint = "--to safetensors: transformers can compute it"
        raise TrainError(
            [Finding("O903", "", f"architecture.{name}", said, wanted, hint) for name, said, wanted in found]
        )


def _add_shape(writer: gguf.GGUFWriter, model: Exported, quantisation: Quantisation) -> None:
    a = model.architecture
    writer.add_name(model.name)
    writer.add_context_length(model.context)
    writer.add_embedding_length(a.hidden)
    writer.add_block_count(a.layers)
    writer.add_feed_forward_length(a.ffn or a.expert_ffn)
    writer.add_head_count(a.heads)
    writer.add_head_count_kv(a.kv_heads)
    writer.add_key_length(a.head_dim)
    writer.add_value_length(a.head_dim)
    writer.add_layer_norm_rms_eps(NORM_EPSILON)
    writer.add_rope_freq_base(ROTARY_BASE)
    writer.add_rope_dimension_count(a.head_dim)
    writer.add_vocab_size(a.vocabulary)
    writer.add_file_type(gguf.LlamaFileType[_FILE_TYPES.get(quantisation, f"MOSTLY_{quantisation.upper()}")])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    if a.experts:
        writer.add_expert_count(a.experts)
        writer.add_expert_used_count(a.experts_per_token)
        writer.add_expert_feed_forward_length(a.expert_ffn)
        writer.add_interleave_moe_layer_step(mixture_layers(a)[0] + 1)


def _add_words(writer: gguf.GGUFWriter, known: Words, template: str) -> None:
    control = set(known.special)
    kinds = [gguf.TokenType.CONTROL if one in control else gguf.TokenType.NORMAL for one in known.entries]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("llama-bpe")
    writer.add_token_list(known.entries)
    writer.add_token_types(kinds)
    writer.add_token_merges(known.merges)
    writer.add_bos_token_id(known.special[BEGIN])
    writer.add_eos_token_id(known.special[END])
    writer.add_eot_token_id(known.special[TURN_END])
    writer.add_pad_token_id(known.special[PAD])
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(False)
    if template:
        writer.add_chat_template(template)


def _tensors(model: Exported, arch: gguf.MODEL_ARCH) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Weights by the names of llama.cpp, in the order and the layout it reads."""
    a = model.architecture
    names = gguf.get_tensor_name_map(arch, a.layers)
    for name, tensor in model.weights.items():
        if name == "lm_head.weight" and a.tied_embeddings:
            continue
        weight = tensor.detach().float().cpu().numpy()
        if name.endswith("experts.gate_up_proj"):
            block = name.split(".")[2]
            gate_XFD, up_XFD = np.split(weight.swapaxes(-1, -2), 2, axis=-2)
            yield f"blk.{block}.ffn_gate_exps.weight", np.ascontiguousarray(gate_XFD)
            yield f"blk.{block}.ffn_up_exps.weight", np.ascontiguousarray(up_XFD)
            continue
        if name.endswith("experts.down_proj"):
            yield (
                f"blk.{name.split('.')[2]}.ffn_down_exps.weight",
                np.ascontiguousarray(weight.swapaxes(-1, -2)),
            )
            continue
        if not a.experts and name.endswith(("q_proj.weight", "k_proj.weight")):
            weight = turned(weight, a.heads if "q_proj" in name else a.kv_heads)
        found = names.get_name(name, try_suffixes=(".weight",))
        if found is None:
            raise TrainError(
                Finding("O903", "", name, "a weight llama.cpp has no name for", "Llama's weights")
            )
        yield found, weight


def turned(weight_HED: NDArray[np.float32], heads: int) -> NDArray[np.float32]:
    """Rows of queries or keys, [H E, D], in the order of interleaved rotary positions.

    >>> turned(np.arange(8.0, dtype=np.float32).reshape(8, 1), 2).ravel().tolist()
    [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0]
    """
    halves = weight_HED.reshape(heads, 2, -1, weight_HED.shape[-1])
    return np.ascontiguousarray(halves.swapaxes(1, 2).reshape(weight_HED.shape))
