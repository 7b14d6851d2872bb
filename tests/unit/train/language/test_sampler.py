"""What is sampled with a cache is what the whole sequence would have given."""

from __future__ import annotations

import pytest
import torch

from orchard.spec.architecture import LanguageArchitecture
from orchard.train.language import Language, Sampler, initialise

SHAPE = LanguageArchitecture(layers=2, hidden=32, heads=4, kv_heads=2, ffn=64, vocabulary=97)
PROMPTS = [[1, 2, 3], [5], [7, 8, 9, 10, 11, 12]]


@pytest.fixture(scope="module")
def model() -> Language:
    made = Language(SHAPE)
    initialise(made, 3)
    with torch.no_grad():  # matrices that begin at zero would leave nothing to mix
        for weight in made.parameters():
            weight.add_(0.3 * torch.randn(weight.shape, generator=torch.Generator().manual_seed(1)))
    return made


def whole(model: Language, ids: list[int]) -> torch.Tensor:
    """Log-probabilities after a sequence, without a cache."""
    with torch.no_grad():
        return torch.log_softmax(model.logits(model(torch.tensor([ids]))[0, -1]), -1)


def test_greedy_answers_are_the_likeliest_of_the_whole_sequence(model: Language) -> None:
    for prompt, answer in zip(PROMPTS, Sampler(model).generate(PROMPTS, 6), strict=True):
        ids = list(prompt)
        for token, nats in zip(answer.ids, answer.nats, strict=True):
            log = whole(model, ids)
            assert token == int(log.argmax())
            assert nats == pytest.approx(float(log.max()), abs=1e-4)
            ids.append(token)


def test_an_answer_does_not_depend_on_its_neighbours(model: Language) -> None:
    options = {"temperature": 1.3, "top_p": 0.8, "seed": 4}
    together = Sampler(model).generate(PROMPTS, 8, **options)
    apart = Sampler(model, rows=1).generate(PROMPTS, 8, **options)
    assert [one.ids for one in together] == [one.ids for one in apart]
    assert list(Sampler(model).stream(PROMPTS[0], 8, **options)) == together[0].ids
    assert together != Sampler(model).generate(PROMPTS, 8, **options | {"seed": 5})


def test_a_stop_token_ends_its_answer_alone(model: Language) -> None:
    free = Sampler(model).generate(PROMPTS, 8)
    stop = free[0].ids[2]
    for before, after in zip(free, Sampler(model).generate(PROMPTS, 8, stop=[stop]), strict=True):
        cut = before.ids.index(stop) + 1 if stop in before.ids else None
        assert after.ids == before.ids[:cut]
        assert after.stopped == (stop in before.ids)


def test_draws_follow_their_probabilities(model: Language) -> None:
    count = 4000
    drawn = Sampler(model, rows=count).generate([PROMPTS[0]] * count, 1, temperature=1.0)
    seen = torch.bincount(torch.tensor([one.ids[0] for one in drawn]), minlength=97) / count
    wanted = whole(model, PROMPTS[0]).exp()
    assert (seen - wanted).abs().max() < 4 * (0.25 / count) ** 0.5
    narrow = Sampler(model).generate([PROMPTS[0]] * 50, 1, temperature=1.0, top_p=1e-6)
    assert {one.ids[0] for one in narrow} == {int(wanted.argmax())}


def test_a_prompt_needs_a_token(model: Language) -> None:
    with pytest.raises(ValueError, match="without a token"):
        Sampler(model).generate([[]], 3)
