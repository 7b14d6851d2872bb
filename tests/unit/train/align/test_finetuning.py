"""Finetuning learns the answers and nothing else, from every row of every pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from orchard.data.instructions import encode, instructions
from orchard.errors import TrainError
from orchard.spec.training import Finetuning
from orchard.train.align import Begun, finetune
from orchard.train.align.answers import batch_of, log_probs
from orchard.train.align.finetuning import FinetuningTask

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from orchard.data.instructions import Material
    from orchard.data.tokenizer import Tokenizer
    from orchard.spec.training import Training
    from orchard.train.language import Language


def task_of(
    model: Language, tokenizer: Tokenizer, material: Material, rows: int = 4, **settings: float
) -> FinetuningTask:
    items = instructions(material, 40)
    held_out = instructions(material, 16, 0, "held_out")
    return FinetuningTask(
        model,
        tokenizer,
        items,
        held_out,
        Finetuning.model_validate({"examples": 40, **settings}),
        row=128,
        rows=rows,
    )


def test_the_loss_is_that_of_the_answers(model: Language, tokenizer: Tokenizer, material: Material) -> None:
    task = task_of(model, tokenizer, material, rows=1)
    total, terms = 0.0, 0
    for step in range(task.steps):
        found = task.loss(step, [0])
        assert found.terms == task.terms(step)
        total, terms = total + found.total.item(), terms + found.terms
    encoded = [encode(one.turns, tokenizer) for one in instructions(material, 40)]
    encoded = [one for one in encoded if len(one.ids) <= 129]
    with torch.no_grad():
        wanted = -log_probs(model, batch_of(encoded, 0)).sum().item()
    assert terms == sum(one.learnt.sum() for one in encoded)
    assert total == pytest.approx(wanted, rel=1e-3)


def test_a_pass_reads_every_row_once(model: Language, tokenizer: Tokenizer, material: Material) -> None:
    task = task_of(model, tokenizer, material, passes=3.0)
    count = len(task._rows.inputs)
    read = [row for step in range(task.steps) for row in task._chosen(step, range(4)).tolist()]
    for first in range(0, 3 * count, count):
        assert sorted(read[first : first + count]) == list(range(count))
    assert read[:count] != read[count : 2 * count]


def test_shares_of_a_step_add_up(model: Language, tokenizer: Tokenizer, material: Material) -> None:
    task = task_of(model, tokenizer, material)
    whole = task.loss(0, range(4))
    parts = [task.loss(0, [sample]) for sample in range(4)]
    assert sum(one.terms for one in parts) == whole.terms == task.terms(0)
    assert sum(one.total.item() for one in parts) == pytest.approx(whole.total.item(), rel=1e-4)


def test_a_checkpoint_of_other_items_or_weights_is_told_apart(
    model: Language, tokenizer: Tokenizer, material: Material
) -> None:
    first = task_of(model, tokenizer, material).digest
    assert task_of(model, tokenizer, material).digest == first
    assert task_of(model, tokenizer, material, rate=0.5).digest != first
    model.model.norm.weight.data[0] += 1
    assert task_of(model, tokenizer, material).digest != first


def test_it_learns_and_goes_on_exactly(
    model: Language, tokenizer: Tokenizer, material: Material, training: Training, tmp_path: Path
) -> None:
    import copy

    settings = Finetuning(examples=300, passes=2, rate=0.05)
    begun = Begun(copy.deepcopy(model), tokenizer, material, training)
    found = finetune(begun, settings, tmp_path / "whole")
    assert found.result.finished
    assert found.after["held_out_loss"] < 0.8 * found.before["held_out_loss"]

    halved = Begun(copy.deepcopy(model), tokenizer, material, training)
    finetune(halved, settings, tmp_path / "parts", until=3)
    again = Begun(copy.deepcopy(model), tokenizer, material, training)
    resumed = finetune(again, settings, tmp_path / "parts")
    assert resumed.result.resumed_from == 3
    for name, weight in begun.model.state_dict().items():
        assert torch.equal(weight, again.model.state_dict()[name]), name


def test_conversations_that_are_all_too_long_are_told(
    model: Language, tokenizer: Tokenizer, material: Material
) -> None:
    with pytest.raises(TrainError, match="O869"):
        FinetuningTask(
            model,
            tokenizer,
            instructions(material, 20),
            instructions(material, 8, 0, "held_out"),
            Finetuning.model_validate({"examples": 20}),
            row=4,
            rows=1,
        )


def test_plain_text_is_mixed_in_and_learnt_whole(
    model: Language, tokenizer: Tokenizer, material: Material
) -> None:
    def plain(count: int, row: int) -> NDArray[np.int64]:
        return np.arange(count * (row + 1), dtype=np.int64).reshape(count, row + 1) % 400

    alone = task_of(model, tokenizer, material)
    items, held_out = instructions(material, 40), instructions(material, 16, 0, "held_out")
    settings = Finetuning.model_validate({"examples": 40, "replay": 0.75})
    mixed = FinetuningTask(model, tokenizer, items, held_out, settings, row=128, rows=4, plain=plain)
    conversations = len(alone._rows.inputs)
    assert len(mixed._rows.inputs) == 4 * conversations
    assert mixed._rows.learnt[conversations:].all()
    assert mixed.loss(0, range(4)).terms == mixed.terms(0) > alone.terms(0)
