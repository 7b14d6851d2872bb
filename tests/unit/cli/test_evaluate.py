"""``orchard evaluate`` on models that are really there: a small one, exported, and one of a checkpoint."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from orchard.data import build, open_corpus
from orchard.data.instructions import TEMPLATE
from orchard.spec.architecture import LanguageArchitecture
from orchard.spec.load import load
from orchard.train.export.huggingface import write
from orchard.train.export.model import Exported
from orchard.train.folder import ProgrammeFolder
from orchard.train.language.judged import LanguageJudged
from orchard.train.language.model import Language, initialise
from orchard.train.language.task import LanguageTask
from orchard.train.loop import train

from .command import Run

LAPTOP = Path(__file__).parents[3] / "programmes" / "laptop.yaml"
STORY = "The people of the valley told their children about the {} by the river. In winter they went a long way through snow to the {}.\n"
WORDS = ["castle", "garden", "market", "bridge", "forest", "window", "letter", "doctor"]
PROSE = """corpora:
  prose:
    title: Stories
    sources: {tales: {path: tales, licence: ours}}
    held_out: 30 %
    vocabulary: 320
    near_duplicate: 1.0
    seed: 3

models:
"""


@pytest.fixture(scope="module")
def programme(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The laptop's programme on a corpus of stories, with a model that is exported and untrained."""
    folder = tmp_path_factory.mktemp("programme")
    text = LAPTOP.read_text()
    start, end = text.index("corpora:\n"), text.index("models:\n")
    text = text[:start] + PROSE + text[end + len("models:\n") :]
    text = text.replace("vocabulary: 4096", "vocabulary: 320").replace(
        "hidden: 256, heads: 4", "hidden: 32, heads: 4"
    )
    (folder / "small.yaml").write_text(text)
    (folder / "tales").mkdir()
    for k in range(24):
        lines = [STORY.format(WORDS[(k + j) % 8], WORDS[(3 * k + j) % 8]) for j in range(6)]
        (folder / "tales" / f"{k}.txt").write_text(f"Tale {k} of {k * k}. " + "".join(lines))
    found = load(folder / "small.yaml")
    runs = ProgrammeFolder(folder / "runs" / "laptop")
    runs.path.mkdir(parents=True)
    corpus = build(found.corpora["prose"], "prose", runs.corpus("prose"), folder)
    architecture = found.models["avocado"].architecture
    model = Language(architecture)
    initialise(model, 0)
    exported = Exported("avocado", model.state_dict(), architecture, 128, corpus.tokenizer.path, TEMPLATE)
    write(exported, runs.model("avocado").export)
    return folder / "small.yaml"


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """One thread: others wait for a busy core."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def evaluate(programme: Path, run: Run) -> Run:
    out = str(programme.parent / "runs")
    return lambda *words: run("evaluate", str(programme), *words, "--out", out, "--items", "4")


def test_a_model_is_judged_and_kept_and_shown(programme: Path, evaluate: Run, tmp_path: Path) -> None:
    page = tmp_path / "evaluation.html"
    code, said, wrong = evaluate("avocado", "--html", str(page))
    assert (code, wrong) == (0, "")
    for text in (
        "held-out text",
        "xz",
        "gate: ",
        "llama-4 is not trained",
        "chance",
        "samples",
        f"wrote {page}",
    ):
        assert text in said, text
    assert "chart-texts" in page.read_text()
    code, said, _ = evaluate("avocado", "--json")
    found = json.loads(said)
    (text,) = found["texts"]
    corpus = open_corpus(programme.parent / "runs/laptop/corpora/prose")
    tokens = sum(len(corpus.tokenizer.encode(one.text)) for one in corpus.held_out)
    size = sum(len(one.text.encode()) for one in corpus.held_out)
    # an untrained model takes all tokens for about equally likely
    assert text["value"] == pytest.approx(math.log2(320) * tokens / size, rel=0.03)
    assert text["low"] <= text["value"] <= text["high"]
    assert found["missing"].keys() == {"unseen", "facts"}
    assert {row["of"] for row in found["tasks"]} == {"cloze", "reasoning", "instructions"}


def test_what_is_not_there_is_said_without_a_traceback(evaluate: Run) -> None:
    code, said, wrong = evaluate("mango")
    assert (code, said) == (2, "")
    assert "O880" in wrong
    assert "orchard train FILE mango" in wrong
    code, said, _ = evaluate("avocad", "--json")
    assert code == 2
    assert json.loads(said)["findings"][0]["hint"] == "did you mean 'avocado'?"


def test_damaged_weights_are_refused(programme: Path, evaluate: Run, tmp_path: Path) -> None:
    folder = tmp_path / "spoilt"
    shutil.copytree(programme.parent / "runs/laptop/avocado/model", folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-40])
    code, _, wrong = evaluate(str(folder))
    assert code == 2
    assert "Traceback" not in wrong
    assert "safetensors" in wrong


def test_a_checkpoint_is_judged_as_the_model_it_is_of(programme: Path, run: Run, tmp_path: Path) -> None:
    shutil.copytree(programme.parent, tmp_path / "copy")
    runs = ProgrammeFolder(tmp_path / "copy" / "runs" / "laptop")
    spec = load(programme).models["llama-4"]
    assert isinstance(spec.architecture, LanguageArchitecture)
    assert spec.training is not None
    corpus, model = open_corpus(runs.corpus("prose")), Language(spec.architecture)
    initialise(model, 1)
    task = LanguageTask(model, corpus, sequence=64, batch=128, tokens=256, training=spec.training)
    train(task, spec.training, runs.model("llama-4").checkpoints("pretraining").parent)
    said = run(
        "evaluate", str(programme), "llama-4", "--out", str(runs.path.parent), "--items", "4", "--json"
    )
    assert (said.status, said.err) == (0, "")
    found = json.loads(said.out)
    assert "step-" in found["path"]
    trained = Language(spec.architecture)
    trained.load_state_dict(
        {name: weight.detach().float() for name, weight in task.model.state_dict().items()}
    )
    judged = LanguageJudged(trained.eval(), corpus.tokenizer, 256, "llama-4")
    nats = sum(one.nats for one in judged.likelihoods([("", one.text) for one in corpus.held_out]))
    size = sum(len(one.text.encode()) for one in corpus.held_out)
    assert found["texts"][0]["value"] == pytest.approx(-nats / math.log(2) / size, rel=1e-4)
