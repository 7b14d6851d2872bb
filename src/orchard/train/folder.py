"""Where a programme's runs lie: one folder a programme, in it one a model, in it one a stage.

::

    runs/laptop/
      ledger.jsonl               what happened, append-only
      corpora/prose/             documents, tokenizer, shards (orchard.data)
      avocado/
        pretraining/checkpoints/step-00000400/
        finetuning/  preferences/  rewards/       each with its checkpoints
        model/                   the export: safetensors, config, tokenizer, chat template
        card.md                  the model card
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

Stage = Literal["pretraining", "finetuning", "preferences", "rewards"]
STAGES: tuple[Stage, ...] = ("pretraining", "finetuning", "preferences", "rewards")


class ProgrammeFolder(NamedTuple):
    """Folder of a programme's runs."""

    path: Path

    @property
    def ledger(self) -> Path:
        """The ledger of the programme."""
        return self.path / "ledger.jsonl"

    def corpus(self, name: str) -> Path:
        """Folder of a corpus."""
        return self.path / "corpora" / name

    def model(self, name: str) -> ModelFolder:
        """Folder of a model."""
        return ModelFolder(self.path / name)


class ModelFolder(NamedTuple):
    """Folder of a model's stages and of what is exported of it."""

    path: Path

    def checkpoints(self, stage: Stage) -> Path:
        """Folder of the checkpoints of a stage."""
        return self.path / stage / "checkpoints"

    @property
    def export(self) -> Path:
        """Folder of the exported model."""
        return self.path / "model"

    @property
    def card(self) -> Path:
        """The model card."""
        return self.path / "card.md"
