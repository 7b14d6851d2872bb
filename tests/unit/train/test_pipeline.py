"""A programme's model is pretrained from its file: stopped and resumed exactly, never mixed with another."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from orchard.catalogue import catalogue
from orchard.errors import OrchardError, TrainError
from orchard.ledger import Ledger
from orchard.spec.load import load_with_warnings
from orchard.train import checkpoint
from orchard.train.metrics import read
from orchard.train.order import Order, Outcome, Watch, trainable
from orchard.train.pipeline import prepare, run
from orchard.train.progress import Report

PROGRAMME = Path(__file__).parents[3] / "programmes" / "laptop.yaml"
WORDS = [
    "the",
    "king",
    "said",
    "to",
    "his",
    "people",
    "that",
    "war",
    "and",
    "peace",
    "are",
    "one",
    "house",
    "of",
    "many",
    "rooms",
    "and",
    "long",
    "roads",
]
SETTINGS = [
    "corpora.prose.sources={own: {path: texts, licence: CC0}}",
    "corpora.prose.unseen=[]",
    "corpora.prose.held_out=10 %",
    "corpora.prose.vocabulary=300",
    "models.avocado.architecture.layers=1",
    "models.avocado.architecture.hidden=32",
    "models.avocado.architecture.heads=2",
    "models.avocado.architecture.kv_heads=1",
    "models.avocado.architecture.ffn=48",
    "models.avocado.architecture.vocabulary=300",
    "models.llama-4.architecture.vocabulary=300",
    "models.avocado.recipe.sequence=32 tokens",
    "models.avocado.recipe.batch=128 tokens",
    "models.avocado.tokens=2560 tokens",
]


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with texts of one's own, each another one, none like the others."""
    from random import Random

    folder = tmp_path_factory.mktemp("mine")
    (folder / "texts").mkdir()
    for number in range(40):
        drawn = Random(number)
        lines = [
            " ".join(drawn.choices(WORDS, k=12)).capitalize() + f" {drawn.random():.5f}." for _ in range(30)
        ]
        (folder / "texts" / f"{number}.txt").write_text("\n".join(lines))
    return folder


def order(beside: Path, out: Path, *more: str) -> Order:
    programme = load_with_warnings(PROGRAMME, settings=[*SETTINGS, *more]).programme
    return Order(programme, beside, "avocado", out, "pretraining")


def trained(made: Order, stop_at: int = 0) -> Outcome:
    def watch(report: Report) -> None:
        if report.step == stop_at:
            os.kill(os.getpid(), signal.SIGTERM)

    return run(made, catalogue(), Watch(watch))


def losses(made: Order) -> list[Any]:
    rows = read(made.folder.model("avocado").path / "pretraining" / "metrics.jsonl")
    return [row["loss"] for row in rows]


def test_a_run_that_was_stopped_is_the_run_that_was_not(beside: Path, tmp_path: Path) -> None:
    whole, parts = order(beside, tmp_path / "whole"), order(beside, tmp_path / "parts")
    done = trained(whole).stages["pretraining"]
    assert (done.step, done.finished) == (20, True)
    assert losses(whole)[-1] < losses(whole)[0] - 0.3  # it learns
    assert trained(parts, stop_at=7).stopped == signal.SIGTERM
    assert trained(parts).stages["pretraining"].judged == done.judged
    assert losses(parts) == losses(whole)
    ledger = Ledger(parts.folder.ledger)
    assert [one.values["resumed"] for one in ledger.read("run")] == [0, 8]
    assert [one.values["cause"] for one in ledger.read("interruption")] == ["SIGTERM"]
    measured = ledger.read("measurement")[-1].values
    assert measured["steps"] == 12
    assert measured["step_s"] > 0
    assert not ledger.verify()
    said: list[str] = []
    again = run(parts, catalogue(), Watch(say=said.append)).stages["pretraining"]  # done is done
    assert again.resumed_from == again.step == 20
    assert said == ["pretraining is done: 20 steps; --fresh begins anew"]
    with pytest.raises(TrainError, match=r"O822[\s\S]*rate"):
        trained(order(beside, tmp_path / "parts", "models.avocado.training.adam_rate=0.5"))
    prepare(parts, None, True, said.append)
    assert checkpoint.steps(parts.folder.model("avocado").checkpoints("pretraining")) == []
    assert (parts.folder.path / "avocado.before-1" / "pretraining").is_dir()


@pytest.mark.parametrize(
    ("model", "settings", "found"),
    [
        ("avocados", (), "did you mean 'avocado'"),
        ("mango", (), "no recipe"),
        ("avocado", ("models.avocado.training.tensor_parallel=3",), "tensor_parallel[^O]*2 key heads"),
    ],
)
def test_what_cannot_be_trained_is_refused(model: str, settings: tuple[str, ...], found: str) -> None:
    with pytest.raises(OrchardError, match=rf"O837[\s\S]*{found}"):
        trainable(load_with_warnings(PROGRAMME, settings=settings).programme, model)
