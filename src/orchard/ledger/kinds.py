"""What a ledger holds: kinds of entries, and the names and units of what they say.

Names end in their unit. A prediction gives a number, or an interval as ``{"low": 2.8, "value": 3.1,
"high": 3.5}`` (80 %), under the name that its measurement will have. Values that are listed nowhere may be
written too; nothing is laid beside them unless both sides have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, get_args

Kind = Literal["run", "prediction", "measurement", "evaluation", "checkpoint", "interruption", "export"]

KINDS: tuple[Kind, ...] = get_args(Kind)

# What is predicted and measured of a run, and what it is.
AMOUNTS = {
    "step_s": "time of one step of optimisation, in the mean",
    "tokens_per_s": "tokens learned from in a second of training, in the mean",
    "memory_bytes": "most memory the process held (its peak resident set)",
    "duration_s": "time of all steps, without judging and checkpoints",
    "energy_j": "energy of all steps",
    "loss_nats": "loss on held-out text, per token",
    "bits_per_byte": "loss on held-out text, per byte of it",
}

# What an entry of each kind says: names, and what they mean.
VALUES: dict[Kind, dict[str, str]] = {
    "run": {
        "programme": "id of the programme",
        "model": "id of the model",
        "stage": "pretraining, finetuning, preferences or rewards",
        "architecture": "the architecture, as the programme says it",
        "training": "the recipe, as the programme says it",
        "digest": "identity of model and data",
        "machine": "processor, threads, number format",
        "steps": "steps of optimisation that are to be done",
        "resumed": "step from which it goes on; 0 for a new run",
    },
    "prediction": {
        **AMOUNTS,
        "basis": "what the prediction rests on, such as `host` for the step model of a calibrated machine",
        "energy_basis": "where the power comes from: `measured`, or `assumed` with the figure",
        "facts": "digest of the measured facts of the machine",
    },
    "measurement": {
        **AMOUNTS,
        "steps": "steps that were measured",
        "energy_basis": "`measured` by the machine's own counters; without them there is no energy_j",
    },
    "evaluation": {
        "digest": "identity of the weights and the tokenizer",
        "scores": "figures of each task, with their intervals",
        "gate": "each test of the gate, and whether it holds",
        "released": "whether all of them hold",
    },
    "checkpoint": {
        "step": "steps done",
        "path": "folder, relative to the ledger's",
        "bytes": "size",
        "duration_s": "time that training stood still for it",
    },
    "interruption": {
        "step": "steps done",
        "cause": "signal, error or loss of a process, in a word",
        "text": "in a sentence",
    },
    "export": {
        "path": "file or folder, relative to the ledger's",
        "format": "safetensors or gguf, with its quantisation",
        "digest": "SHA-256 of what was written",
        "source": "SHA-256 of the card of the checkpoint it was made of, or of the folder",
        "difference_nats": "largest difference of log-probabilities to the model that was trained",
    },
}


class Range(NamedTuple):
    """A predicted amount with the ends of its interval."""

    low: float
    value: float
    high: float


def range_of(said: object) -> Range | None:
    """What a prediction says of an amount; None where it says nothing that is a number.

    >>> range_of({"low": 2.8, "value": 3.1, "high": 3.5})
    Range(low=2.8, value=3.1, high=3.5)
    >>> range_of(3), range_of("soon")
    (Range(low=3.0, value=3.0, high=3.0), None)
    """
    if isinstance(said, Mapping):
        ends = [said.get(name) for name in ("low", "value", "high")]
    else:
        ends = [said, said, said]
    try:
        numbers = [float(end) for end in ends if isinstance(end, int | float) and not isinstance(end, bool)]
    except OverflowError:  # an int that no float can hold
        return None
    return Range(*numbers) if len(numbers) == 3 else None
