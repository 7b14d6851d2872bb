"""An export that is older than its run is not taken in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchard.ledger import Ledger
from orchard.train.checkpoint import CARD
from orchard.train.export.fresh import newer_checkpoint, newest_checkpoint, passed_over, source_of
from orchard.train.folder import ProgrammeFolder, Stage


def _checkpoint(programme: ProgrammeFolder, stage: Stage, step: int) -> Path:
    """A checkpoint as far as its card goes."""
    path = programme.model("avocado").checkpoints(stage) / f"step-{step:08d}"
    path.mkdir(parents=True)
    (path / CARD).write_text(f'{{"step": {step}}}')
    return path


@pytest.fixture
def programme(tmp_path: Path) -> ProgrammeFolder:
    made = ProgrammeFolder(tmp_path / "laptop")
    first = _checkpoint(made, "pretraining", 10)
    made.model("avocado").export.mkdir()
    values = {"path": "avocado/model", "format": "safetensors", "digest": "a", "source": source_of(first)}
    Ledger(made.ledger).append("export", "avocado", values)
    Ledger(made.ledger).append(
        "export", "avocado", {**values, "path": "avocado/avocado-f32.gguf", "source": ""}
    )
    return made


def test_the_export_of_the_newest_weights_is_taken(programme: ProgrammeFolder) -> None:
    assert newer_checkpoint(programme.model("avocado")) is None
    assert passed_over(programme.model("avocado")) == ""


@pytest.mark.parametrize(("stage", "step"), [("pretraining", 20), ("finetuning", 1)])
def test_an_export_whose_run_went_on_is_passed_over(
    programme: ProgrammeFolder, stage: Stage, step: int
) -> None:
    newer = _checkpoint(programme, stage, step)
    assert newest_checkpoint(programme.model("avocado")) == newer
    assert newer_checkpoint(programme.model("avocado")) == newer
    assert str(newer) in passed_over(programme.model("avocado"))


def test_what_the_ledger_does_not_know_is_not_judged(programme: ProgrammeFolder) -> None:
    _checkpoint(programme, "rewards", 5)
    programme.ledger.write_text("no ledger\n")
    assert newer_checkpoint(programme.model("avocado")) is None
    programme.ledger.unlink()
    assert newer_checkpoint(programme.model("avocado")) is None
