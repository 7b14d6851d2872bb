"""A GGUF file compared with the model it was made of, by asking llama.cpp; one that differs is not kept.

At every position of several prompts the log-probabilities of llama.cpp's likeliest tokens are laid beside
ours. In 32 bits the largest difference counts. With fewer bits the mean Kullback-Leibler divergence counts
(Kullback & Leibler 1951), of our distribution from the file's, over those tokens and all others together,
which is never more than the divergence over all of them. Tokens and chat template have to be equal.

Legend of shapes: S sequence, V vocabulary.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
from jinja2.sandbox import ImmutableSandboxedEnvironment
from torch import Tensor

from orchard.data.instructions import TEMPLATE, Turn, encode_prompt
from orchard.data.tokenizer import BEGIN, Tokenizer
from orchard.errors import Finding, TrainError
from orchard.train.export import gguf_file, huggingface
from orchard.train.export.folder import appearing, digest
from orchard.train.export.huggingface import untied
from orchard.train.export.llama import LlamaCpp
from orchard.train.export.model import Exported
from orchard.train.export.quantise import Quantisation
from orchard.train.export.reading import filled, load_exported
from orchard.train.export.texts import CONVERSATIONS, PROMPTS, TOKENISED
from orchard.train.language import Language

# Largest difference of log-probabilities in 32 bits, in nats; what issue and docs promise.
TOLERANCE_NATS = 1e-3
# Largest mean divergence of files of fewer bits, in nats a token: some four times what two trained models
# had, one of 61 and one of 620 steps (2026-11; 4.5e-7, 2.5e-5, 2.9e-4, 4.3e-4, 5.3e-3, 0.018, 0.024, 0.046).
DIVERGENCE_NATS: dict[Quantisation, float] = {
    "f16": 1e-5, "bf16": 2e-4, "q8_0": 0.0015, "q6_k": 0.003, "q5_k": 0.02, "q5_1": 0.02, "q5_0": 0.02,
    "q4_k": 0.07, "q4_1": 0.07, "q4_0": 0.07, "q3_k": 0.1, "q2_k": 0.2,
}  # fmt: skip
_LIKELIEST = 512
_TOKENS = 32  # tokens of a prompt that are compared, the first one included
Progress = Callable[[str, float], None]


def _silent(what: str, share: float) -> None:
    """Show nothing."""


class Comparison(NamedTuple):
    """What llama.cpp says of a file beside what torch says of the model.

    Attributes
    ----------
    positions, likeliest
        places compared, and tokens at each of them
    difference_nats
        largest difference of log-probabilities
    divergence_nats
        mean Kullback-Leibler divergence of a position
    greedy_share
        share of positions whose likeliest token is the same
    texts, conversations
        texts and conversations that came back as the same tokens
    """

    positions: int
    likeliest: int
    difference_nats: float
    divergence_nats: float
    greedy_share: float
    texts: int
    conversations: int


class Written(NamedTuple):
    """A file or folder under its name, its SHA-256, its size, and how it compares."""

    path: Path
    digest: str
    size_bytes: int
    comparison: Comparison


def verified(
    model: Exported,
    path: Path,
    quantisation: Quantisation = "f32",
    progress: Progress = _silent,
) -> Written:
    """Write a GGUF file, compare it, and only then give it its name.

    Raises
    ------
    TrainError
        O902: it differs from the model; O901, O903, O904: see :func:`orchard.train.export.gguf_file.write`
        and :class:`orchard.train.export.llama.LlamaCpp`
    OutputError
        O701: the disk is full, or another fault of writing
    """
    with appearing(path) as part:
        progress("writing", 0.0)
        gguf_file.write(model, part, quantisation)
        found = compare(model, part, path, progress)
        findings = list(differences(found, quantisation, path))
        if findings:
            raise TrainError(findings)
        made, size = digest(part), part.stat().st_size
    return Written(path, made, size, found)


def compare(model: Exported, file: Path, shown: Path, progress: Progress = _silent) -> Comparison:
    """Compare a file with the model it was made of.

    Parameters
    ----------
    file, shown
        the file, and what errors call it

    Raises
    ------
    TrainError
        O902: tokens or a chat template that differ, all that do; O904: llama.cpp cannot use the file
    """
    tokenizer = Tokenizer(model.tokenizer)
    reference, prompts = _reference(model), _prompts(model)
    most = min(_LIKELIEST, model.architecture.vocabulary)
    with LlamaCpp(file, model.context) as llama:
        findings = [
            *_tokens_differ(llama, tokenizer, shown),
            *_template_differs(llama, model, tokenizer, shown),
        ]
        if findings:
            raise TrainError(findings)
        places = list(_places(llama, reference, prompts, most, progress))
    return _summed(places, most, len(TOKENISED), len(CONVERSATIONS) if model.template else 0)


def differences(found: Comparison, quantisation: Quantisation, path: Path) -> Iterator[Finding]:
    """What is beyond the tolerance of a type."""
    hint = "nothing was left under this name: say so in an issue, with the architecture"
    if quantisation == "f32":
        if not found.difference_nats <= TOLERANCE_NATS:
            text = f"log-probabilities that differ by {found.difference_nats:.3g} nats from the model's"
            yield Finding("O902", str(path), "", text, f"at most {TOLERANCE_NATS:g} nats", hint)
        return
    most = DIVERGENCE_NATS[quantisation]
    if not found.divergence_nats <= most:
        text = f"a divergence of {found.divergence_nats:.3g} nats a token from the model, as {quantisation}"
        hint = "a type of more bits, such as q8_0"
        yield Finding("O902", str(path), "", text, f"at most {most:g} nats", hint)


def verified_folder(model: Exported, folder: Path, dtype: torch.dtype) -> Written:
    """Write a folder of safetensors, read it back, and compare it as a GGUF file is compared.

    Raises
    ------
    TrainError
        O902: it differs from the model, and is then removed
    """
    names: dict[torch.dtype, Quantisation] = {torch.float16: "f16", torch.bfloat16: "bf16"}
    with appearing(folder) as part:
        made = huggingface.write(model, part, dtype=dtype)
        ours, theirs = _reference(model), _reference(load_exported(part, model.name))
        places = [
            _place(mine_V, dict(enumerate(other_V.tolist())))
            for prompt in _prompts(model)
            for mine_V, other_V in zip(ours(prompt), theirs(prompt), strict=True)
        ]
        found = _summed(places, model.architecture.vocabulary, 0, 0)
        findings = list(differences(found, names.get(dtype, "f32"), folder))
        if findings:
            raise TrainError(findings)
        size = sum(one.stat().st_size for one in part.iterdir())
    return Written(folder, made, size, found)


class _Place(NamedTuple):
    difference_nats: float
    divergence_nats: float
    greedy: bool


def _reference(model: Exported) -> Callable[[Sequence[int]], Tensor]:
    """Log-probabilities of a prompt, [S, V], by our own model."""
    language = filled(Language(model.architecture), untied(model), model.tokenizer.parent).eval()

    def log_probabilities(tokens: Sequence[int]) -> Tensor:
        with torch.inference_mode():
            states_BSD = language(torch.tensor([list(tokens)]))
            return torch.log_softmax(language.logits(states_BSD[0]).double(), -1)

    return log_probabilities


def _prompts(model: Exported) -> list[list[int]]:
    tokenizer = Tokenizer(model.tokenizer)
    begin = tokenizer.special(BEGIN)
    return [[begin, *tokenizer.encode(text)][: min(_TOKENS, model.context - 1)] for text in PROMPTS]


def _summed(places: Sequence[_Place], most: int, texts: int, conversations: int) -> Comparison:
    return Comparison(
        len(places), most,
        max(one.difference_nats for one in places),
        sum(one.divergence_nats for one in places) / len(places),
        sum(one.greedy for one in places) / len(places),
        texts, conversations,
    )  # fmt: skip


def _places(
    llama: LlamaCpp,
    reference: Callable[[Sequence[int]], Tensor],
    prompts: Sequence[Sequence[int]],
    most: int,
    progress: Progress,
) -> Iterator[_Place]:
    """Every position of every prompt, compared."""
    total = sum(map(len, prompts))
    done = 0
    for prompt in prompts:
        ours_SV = reference(prompt)
        for end in range(1, len(prompt) + 1):
            yield _place(ours_SV[end - 1], llama.next_tokens(prompt[:end], most))
            done += 1
            progress("comparing with llama.cpp", done / total)


def _place(ours_V: Tensor, theirs: dict[int, float]) -> _Place:
    """One position: our log-probabilities of all tokens beside theirs of the likeliest."""
    ids = torch.tensor(list(theirs))
    mine, other = ours_V[ids], torch.tensor(list(theirs.values()), dtype=torch.float64)
    # a token of ours that is not among theirs is at most as likely there as the last of theirs
    rest_V = ours_V.clone()
    rest_V[ids] = -math.inf
    beyond = max(0.0, float(rest_V.max() - other.min()))
    difference = max(float((mine - other).abs().max()), beyond)
    inside = float((mine.exp() * (mine - other)).sum())
    shares = 1.0 - float(mine.exp().sum()), 1.0 - float(other.exp().sum())
    outside = shares[0] * math.log(shares[0] / shares[1]) if min(shares) > 1e-9 else 0.0
    divergence = inside + outside
    if not math.isfinite(difference):
        difference = divergence = math.inf
    return _Place(
        difference, max(0.0, divergence), int(ours_V.argmax()) == max(theirs, key=theirs.__getitem__)
    )


def _tokens_differ(llama: LlamaCpp, tokenizer: Tokenizer, shown: Path) -> Iterator[Finding]:
    for text in TOKENISED:
        ours, theirs = tokenizer.encode(text), llama.tokens(text)
        if ours != theirs:
            yield _unequal(shown, f"tokens of {text[:40]!r}", theirs, ours)


def _template_differs(
    llama: LlamaCpp, model: Exported, tokenizer: Tokenizer, shown: Path
) -> Iterator[Finding]:
    """Conversations that llama.cpp renders to another text or to other tokens than training did."""
    if not model.template:
        return
    for turns in CONVERSATIONS:
        ours = rendered(model.template, turns)
        theirs = llama.rendered(turns)
        # llama.cpp leaves the first token to its tokenizer
        if theirs not in (ours, ours.removeprefix(BEGIN)):
            yield _unequal(shown, f"a conversation of {len(turns)} turns", theirs, ours)
            continue
        ids = llama.tokens(theirs.removeprefix(BEGIN), special=True, begin=True)
        wanted = encode_prompt([Turn(*one) for one in turns], tokenizer)
        if model.template == TEMPLATE and ids != wanted:
            yield _unequal(shown, f"tokens of a conversation of {len(turns)} turns", ids, wanted)


def rendered(template: str, turns: Sequence[tuple[str, str]]) -> str:
    """A conversation by a chat template, ready for an answer, as transformers renders it."""
    messages = [{"role": role, "content": text} for role, text in turns]
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template).render(
        messages=messages, bos_token=BEGIN, add_generation_prompt=True
    )


def _unequal(shown: Path, what: str, theirs: Any, ours: Any) -> Finding:
    first = next((at for at, pair in enumerate(zip(theirs, ours, strict=False)) if pair[0] != pair[1]), None)
    at = min(len(theirs), len(ours)) if first is None else first
    found = f"{what}: llama.cpp has {theirs[at : at + 6]!r} at {at}"
    return Finding(
        "O902", str(shown), "", found, f"{ours[at : at + 6]!r}", "see docs/how-to/export-a-model.md"
    )
