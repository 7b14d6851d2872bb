"""A model as a folder that transformers opens: safetensors, config, tokenizer, chat template."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from orchard.data.tokenizer import BEGIN, END, PAD, TURN_END
from orchard.train.export.config import to_config, to_generation
from orchard.train.export.folder import appearing, digest
from orchard.train.export.model import Exported, Words, words

# Bytes of one file of weights, as transformers cuts them.
SHARD_BYTES = 5_000_000_000
# Digests of all files, so that a damaged one is found.
MANIFEST = "digests.json"
WEIGHTS = "model.safetensors"
INDEX = "model.safetensors.index.json"
TEMPLATE = "chat_template.jinja"


def write(
    model: Exported, folder: Path, *, dtype: torch.dtype = torch.float32, shard_bytes: int = SHARD_BYTES
) -> str:
    """Write the folder of a model, whole or not at all; returns the digest of all files.

    Parameters
    ----------
    model
        what is exported
    folder
        where; an older export there is replaced
    dtype
        number format of the weights: float32, float16 or bfloat16
    shard_bytes
        largest size of one file of weights

    Raises
    ------
    TrainError
        O901: a tokenizer whose entries are not the model's
    OutputError
        O701: the disk is full, or another fault of writing
    """
    known = words(model.tokenizer, model.architecture.vocabulary)
    with appearing(folder) as part:
        part.mkdir()
        _write_weights(part, untied(model), dtype, shard_bytes)
        name = str(dtype).removeprefix("torch.")
        config = to_config(model.architecture, model.context, known.special, name)
        _write_json(part / "config.json", config)
        _write_json(part / "generation_config.json", to_generation(known.special))
        (part / "tokenizer.json").write_bytes(model.tokenizer.read_bytes())
        _write_json(part / "tokenizer_config.json", _tokenizer_config(model, known))
        _write_json(part / "special_tokens_map.json", _special())
        (part / TEMPLATE).write_text(model.template, "utf-8")
        files = sorted(one for one in part.iterdir() if one.is_file())
        _write_json(part / MANIFEST, {one.name: digest(one) for one in files})
        return digest(part)


def _write_weights(part: Path, weights: Mapping[str, Tensor], dtype: torch.dtype, shard_bytes: int) -> None:
    shards = list(_shards(weights, dtype, shard_bytes))
    if len(shards) == 1:
        _save(shards[0], part / WEIGHTS)
        return
    placed: dict[str, str] = {}
    size = 0
    for number, shard in enumerate(shards, 1):
        name = f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        _save(shard, part / name)
        placed |= dict.fromkeys(shard, name)
        size += sum(one.numel() * dtype.itemsize for one in shard.values())
    _write_json(part / INDEX, {"metadata": {"total_size": size}, "weight_map": placed})


def _save(shard: Mapping[str, Tensor], path: Path) -> None:
    """Write one file of weights; faults of the disk come as those of the system."""
    try:
        save_file(dict(shard), path, metadata={"format": "pt"})
    except SafetensorError as error:
        raise OSError(None, str(error)) from None


def _shards(
    weights: Mapping[str, Tensor], dtype: torch.dtype, shard_bytes: int
) -> Iterator[dict[str, Tensor]]:
    """Weights in files of a largest size; each weight is whole in one."""
    shard: dict[str, Tensor] = {}
    size = 0
    for name, weight in weights.items():
        needed = weight.numel() * dtype.itemsize
        if shard and size + needed > shard_bytes:
            yield shard
            shard, size = {}, 0
        shard[name] = weight.detach().to("cpu", dtype).contiguous()
        size += needed
    yield shard


def untied(model: Exported) -> dict[str, Tensor]:
    """Weights without a head that is the embedding."""
    tied = model.architecture.tied_embeddings
    return {name: one for name, one in model.weights.items() if not (tied and name == "lm_head.weight")}


def _special() -> dict[str, str]:
    return {"bos_token": BEGIN, "eos_token": TURN_END, "pad_token": PAD}


def _tokenizer_config(model: Exported, known: Words) -> dict[str, Any]:
    return {
        **_special(),
        "additional_special_tokens": [*sorted(set(known.special) - {BEGIN, TURN_END, PAD, END}), END],
        "clean_up_tokenization_spaces": False,
        "model_input_names": ["input_ids", "attention_mask"],
        "model_max_length": model.context,
        "tokenizer_class": "PreTrainedTokenizerFast",
    }


def _write_json(path: Path, said: Any) -> None:
    path.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", "utf-8")
