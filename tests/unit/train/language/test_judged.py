"""A model under judgement: every token is scored once, in windows as in one piece."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from orchard.data.instructions import Turn
from orchard.spec.architecture import LanguageArchitecture
from orchard.train.language import Language, LanguageJudged, initialise

SHAPE = LanguageArchitecture(layers=2, hidden=32, heads=4, kv_heads=2, ffn=64, vocabulary=300)


class Bytes:
    """A tokenizer of bytes."""

    digest = "bytes"
    names = ("<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")

    def encode(self, text: str) -> list[int]:
        return list(text.encode())

    def decode(self, ids: Sequence[int]) -> str:
        return bytes(one for one in ids if one < 256).decode(errors="replace")

    def special(self, name: str) -> int:
        return 256 + self.names.index(name)


def judged(context: int) -> LanguageJudged:
    model = Language(SHAPE)
    initialise(model, 3)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(0.2 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(1)))
    return LanguageJudged(model, Bytes(), context, "tiny")  # type: ignore[arg-type]


LONG = judged(256)
SHORT = judged(16)


def nats(first: str, second: str) -> float:
    """Log-likelihood in one piece."""
    ids = [256, *first.encode(), *second.encode()]
    if len(ids) == 1:
        return 0.0
    with torch.no_grad():
        log = torch.log_softmax(LONG.model.logits(LONG.model(torch.tensor([ids[:-1]]))[0]), -1)
    scored = range(len(ids) - len(second.encode()), len(ids))
    return sum(float(log[place - 1, ids[place]]) for place in scored)


@given(
    st.lists(st.tuples(st.text("abc ", max_size=30), st.text("abcd", max_size=30)), min_size=1, max_size=5)
)
def test_likelihoods_are_those_of_one_piece(pairs: list[tuple[str, str]]) -> None:
    for (first, second), found in zip(pairs, LONG.likelihoods(pairs), strict=True):
        assert found.tokens == len(second)
        assert found.nats == pytest.approx(nats(first, second), abs=1e-3)


@given(st.integers(0, 60), st.integers(0, 90))
def test_windows_score_every_token_once(first: int, second: int) -> None:
    windows = list(SHORT._windows(0, [1] * first, list(range(second))))
    scored = [token for window in windows for token in window.ids[window.counted :]]
    assert scored == list(range(second))
    assert all(len(window.ids) - 1 <= SHORT.context for window in windows)
    assert all(window.counted >= min(first, SHORT.context // 2) or window is windows[0] for window in windows)


def test_answers_end_before_the_stop_and_fit_the_context() -> None:
    conversations = [[Turn("user", "Hello")], [Turn("user", "a" * 100)]]
    for answer in SHORT.answers(conversations, 4):
        assert len(answer) <= 4
    assert len(SHORT.continuations(["abc"], 5)) == 1


def test_the_digest_is_that_of_the_weights() -> None:
    other = judged(256)
    assert other.digest == LONG.digest
    fresh = judged(256)
    with torch.no_grad():
        fresh.model.lm_head.weight[0, 0] += 1
    assert fresh.digest != LONG.digest


def test_likelihoods_in_half_precision_are_nearly_those_in_full_and_leave_the_model_as_it_was() -> None:
    half = LanguageJudged(LONG.model, LONG.tokenizer, 256, "tiny", torch.bfloat16)
    pairs = [("", "so it goes on and on " * 20)]
    found, wanted = half.likelihoods(pairs)[0].nats, LONG.likelihoods(pairs)[0].nats
    assert found != wanted
    assert found == pytest.approx(wanted, rel=1e-3)
    assert LONG.model.compute == torch.float32
