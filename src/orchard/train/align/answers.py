"""Conversations as tensors, and the log-probabilities of what the assistant says in them.

Legend of shapes: B conversations, S tokens, N answer tokens, D hidden, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from orchard.data.instructions import Encoded
from orchard.train.language import Language


class Batch(NamedTuple):
    """Conversations side by side, padded on the right, where causal attention never looks.

    Attributes
    ----------
    inputs, targets
        [B, S]
    learnt
        whether a target is the assistant's, [B, S]
    """

    inputs: Tensor
    targets: Tensor
    learnt: Tensor

    @property
    def owner(self) -> Tensor:
        """Conversation of each answer token, [N]."""
        rows = torch.arange(len(self.inputs), device=self.inputs.device)
        return rows[:, None].expand_as(self.inputs)[self.learnt]


def batch_of(conversations: Sequence[Encoded], padding: int, device: torch.device | str = "cpu") -> Batch:
    """Pad conversations to the longest and put them side by side."""
    length = max(len(one.ids) for one in conversations)
    ids = np.full((len(conversations), length), padding, np.int64)
    learnt = np.zeros(ids.shape, np.bool_)
    for row, one in enumerate(conversations):
        ids[row, : len(one.ids)] = one.ids
        learnt[row, : len(one.ids)] = one.learnt
    tokens = torch.from_numpy(ids).to(device)
    return Batch(tokens[:, :-1], tokens[:, 1:], torch.from_numpy(learnt).to(device)[:, 1:])


def log_probs(model: Language, batch: Batch, temperature: float = 1.0) -> Tensor:
    """Log-probabilities of the answer tokens, [N], in float32.

    Parameters
    ----------
    temperature
        what logits are divided by, as when the answers were sampled
    """
    states_ND = model(batch.inputs)[batch.learnt]
    logits_NV = functional.linear(states_ND.float(), model.lm_head.weight.float()) / temperature
    targets_N1 = batch.targets[batch.learnt][:, None]
    return logits_NV.gather(1, targets_N1)[:, 0] - logits_NV.logsumexp(-1)


def summed(values_N: Tensor, batch: Batch) -> Tensor:
    """Sums of answer tokens' values over each conversation, [B]."""
    return values_N.new_zeros(len(batch.inputs)).index_add(0, batch.owner, values_N)


def averaged(values_N: Tensor, batch: Batch) -> Tensor:
    """Means of answer tokens' values over each conversation, [B]; 0 for one without answer tokens."""
    return summed(values_N, batch) / batch.learnt.sum(1).clamp_min(1)


def device_of(model: Language) -> torch.device:
    """Where the weights of a model lie."""
    return next(model.parameters()).device
