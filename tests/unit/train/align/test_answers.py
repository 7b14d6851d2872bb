"""Log-probabilities of answers are those of each conversation alone; packing changes none of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from orchard.data.instructions import Turn, encode, pack
from orchard.train.align.answers import averaged, batch_of, log_probs, summed
from orchard.train.align.packed import Packed

if TYPE_CHECKING:
    from orchard.data.tokenizer import Tokenizer
    from orchard.train.language import Language

CONVERSATIONS = [
    [Turn("user", "Say the word river."), Turn("assistant", "river")],
    [
        Turn("user", "Who are you?"),
        Turn("assistant", "I am Quince."),
        Turn("user", "Hi"),
        Turn("assistant", "Hello!"),
    ],
    [Turn("system", "Be brief."), Turn("user", "2 + 3 ="), Turn("assistant", "5")],
]


def alone(model: Language, tokenizer: Tokenizer, turns: list[Turn]) -> torch.Tensor:
    """Log-probabilities of the answer tokens of one conversation, by the definition."""
    one = encode(turns, tokenizer)
    ids = torch.from_numpy(one.ids)
    logits = model.logits(model(ids[None, :-1])[0])
    chosen = logits.log_softmax(-1).gather(1, ids[1:, None])[:, 0]
    return chosen[torch.from_numpy(one.learnt)[1:]]


@torch.no_grad()
def test_padding_changes_nothing(model: Language, tokenizer: Tokenizer) -> None:
    batch = batch_of([encode(turns, tokenizer) for turns in CONVERSATIONS], tokenizer.special("<|pad|>"))
    wanted = [alone(model, tokenizer, turns) for turns in CONVERSATIONS]
    found = log_probs(model, batch)
    torch.testing.assert_close(found, torch.cat(wanted), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(
        summed(found, batch), torch.stack([one.sum() for one in wanted]), rtol=1e-4, atol=1e-4
    )
    torch.testing.assert_close(
        averaged(found, batch), torch.stack([one.mean() for one in wanted]), rtol=1e-4, atol=1e-4
    )


@torch.no_grad()
def test_temperature_divides_logits(model: Language, tokenizer: Tokenizer) -> None:
    one = encode(CONVERSATIONS[0], tokenizer)
    ids = torch.from_numpy(one.ids)
    logits = model.logits(model(ids[None, :-1])[0]) / 0.5
    wanted = logits.log_softmax(-1).gather(1, ids[1:, None])[:, 0][torch.from_numpy(one.learnt)[1:]]
    torch.testing.assert_close(log_probs(model, batch_of([one], 0), 0.5), wanted, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_packed_conversations_do_not_see_each_other(model: Language, tokenizer: Tokenizer) -> None:
    encoded = [encode(turns, tokenizer) for turns in CONVERSATIONS]
    rows = pack(encoded, sum(len(one.ids) for one in encoded), tokenizer.special("<|pad|>"))
    assert rows.inputs.shape[0] == 1
    inputs, owner, place = (torch.from_numpy(one) for one in (rows.inputs, rows.owner, rows.place))
    states = model(inputs, Packed(owner, place))
    for number in range(3):
        mine = torch.from_numpy(rows.owner[0] == number)
        single = model(inputs[0, mine][None])
        torch.testing.assert_close(states[0, mine], single[0], rtol=1e-4, atol=1e-4)


def test_no_gradient_flows_from_one_conversation_to_another(model: Language, tokenizer: Tokenizer) -> None:
    """The embeddings of words that only the other conversation has get none."""
    encoded = [encode(turns, tokenizer) for turns in CONVERSATIONS[:2]]
    rows = pack(encoded, 200, tokenizer.special("<|pad|>"))
    inputs, owner, place = (torch.from_numpy(one) for one in (rows.inputs, rows.owner, rows.place))
    model(inputs, Packed(owner, place))[owner == 0].sum().backward()
    first, other = set(inputs[owner == 0].tolist()), set(inputs[owner == 1].tolist())
    gradient = model.model.embed_tokens.weight.grad
    assert gradient is not None
    assert gradient[sorted(other - first)].abs().max() == 0
    assert gradient[sorted(first)].abs().min(1).values.max() > 0
