"""Judging a programme's models: found, judged once, compared with the predecessor, written into the ledger."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from orchard.catalogue import catalogue
from orchard.data import build
from orchard.errors import DataError, EvaluationError
from orchard.ledger import Ledger
from orchard.spec.load import load
from orchard.spec.programme import Programme
from orchard.spec.training import Corpus, FamilyLaw
from orchard.train.evaluation import Question, evaluate_model
from orchard.train.folder import ProgrammeFolder

from .models import Library, Ngram, Uniform

ROOT = Path(__file__).parents[3]
SOURCES = ("countries", "tales", "notes")


@pytest.fixture(scope="module")
def programme() -> Programme:
    said = {
        "sources": {name: {"path": name, "licence": "ours"} for name in SOURCES},
        "unseen": ["notes"], "held_out": "20 %", "vocabulary": 300, "near_duplicate": 1.0,
    }  # fmt: skip
    found = load(ROOT / "programmes" / "laptop.yaml")
    return found.model_copy(update={"corpora": {"prose": Corpus.model_validate(said)}})


@pytest.fixture(scope="module")
def built(programme: Programme, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs with a corpus, and two models that were exported."""
    tmp_path = tmp_path_factory.mktemp("built")
    library = Library(held_out=40, unseen=5)
    for name, documents in zip(SOURCES, (library.train, library.held_out, library.unseen), strict=True):
        (tmp_path / name).mkdir()
        for one in documents:
            (tmp_path / name / f"{one.id.partition('/')[2]}.txt").write_text(one.text * 3)
    folder = ProgrammeFolder(tmp_path / "runs" / programme.programme)
    folder.path.mkdir(parents=True)
    build(programme.corpora["prose"], "prose", folder.corpus("prose"), tmp_path)
    for name in ("avocado", "llama-4"):
        folder.model(name).export.mkdir(parents=True)
        (folder.model(name).export / "config.json").write_text(f'{{"name": "{name}"}}')
    return tmp_path / "runs"


@pytest.fixture
def runs(built: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may spoil."""
    shutil.copytree(built, tmp_path / "runs")
    return tmp_path / "runs"


class Opener:
    """Opens one model as a good one, another as a worse one, and counts."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    def __call__(self, trained, corpus):
        self.opened.append(trained.name)
        text = "\n".join(one.text for one in corpus.documents("train"))
        return Ngram(text, order=8) if trained.name == "avocado" else Uniform()


def judged(programme, out, opener=None, **more):
    asked = Question("avocado", out, items=more.pop("items", 12), **more)
    return evaluate_model(programme, catalogue(), asked, opener=opener or Opener())


def test_a_model_is_judged_beside_its_predecessor_and_the_ledger_keeps_it(programme, runs):
    result = judged(programme, runs)
    json.dumps(result, allow_nan=False)
    assert [row["of"] for row in result["texts"]] == ["held_out", "unseen"]
    assert result["rival"]["model"] == "llama-4"
    row = next(one for one in result["rival"]["rows"] if one["name"] == "held_out")
    assert row["value"] < 0
    assert row["p_adjusted"] >= row["p"]
    verdicts = {one["condition"]: one for one in result["gate"]["verdicts"]}
    ahead = verdicts["held_out.bits_per_byte <= predecessor.bits_per_byte"]
    assert (ahead["word"], ahead["paired"]) == ("passed", True)
    entry = Ledger(ProgrammeFolder(runs / "laptop").ledger).read("evaluation", "avocado")[-1]
    assert entry.values["gate"] == {name: one["word"] for name, one in verdicts.items()}
    assert entry.values["scores"]["held_out.bits_per_byte"]["value"] == result["texts"][0]["value"]
    assert entry.values["released"] == (result["gate"]["word"] == "passed")


def test_what_is_judged_is_not_judged_again_unless_weights_or_items_are_others(programme, runs):
    opener = Opener()
    first = judged(programme, runs, opener)
    assert opener.opened == ["avocado", "llama-4"]
    assert judged(programme, runs, opener) == first
    assert len(opener.opened) == 2
    assert len(Ledger(ProgrammeFolder(runs / "laptop").ledger).read("evaluation")) == 1
    judged(programme, runs, opener, items=6)
    assert len(opener.opened) == 4
    export = ProgrammeFolder(runs / "laptop").model("avocado").export
    (export / "config.json").write_text('{"name": "another"}')
    judged(programme, runs, opener)
    assert opener.opened[4:] == ["avocado"]


def test_without_its_predecessor_the_gate_is_undecided_and_says_why(programme, runs):
    export = ProgrammeFolder(runs / "laptop").model("llama-4").export
    (export / "config.json").unlink()
    result = judged(programme, runs)
    verdict = result["gate"]["verdicts"][1]
    assert verdict["word"] == "undecided"
    assert "llama-4 is not trained" in verdict["why"]
    assert result["rival"] is None
    assert result["lead"]["value"] is None


def with_law(programme, law):
    """The programme with another law of Avocado's family, or none."""
    model = programme.models["avocado"]
    family = model.family.model_copy(update={"law": law})
    models = {**programme.models, "avocado": model.model_copy(update={"family": family})}
    return programme.model_copy(update={"models": models})


def test_the_lead_is_measured_by_the_law_of_the_family(programme, runs):
    lawless = with_law(programme, None)
    result = judged(lawless, runs)
    assert result["lead"]["value"] is None
    assert "orchard ladder" in result["lead"]["why"]
    law = {"anchor": "1e14 FLOP", "loss": 3.0, "slope": 0.05, "floor": {"assumed": 0.1, "low": 0.05, "high": 0.2, "why": "a guess for a test"},
           "scatter": 0.01}  # fmt: skip
    found = judged(with_law(programme, FamilyLaw.model_validate(law)), runs)["lead"]
    assert found["low"] < found["value"] < found["high"]
    assert found["value"] > 1  # far fewer bits are worth much compute


def test_a_model_in_a_folder_is_judged_without_a_gate(programme, runs, tmp_path):
    folder = tmp_path / "elsewhere" / "mine"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    asked = Question(str(folder), runs, against="avocado", items=6)
    result = evaluate_model(programme, catalogue(), asked, opener=Opener())
    assert (result["model"], result["rival"]["model"]) == ("mine", "avocado")
    assert result["gate"] == {"word": "passed", "verdicts": []}
    assert (folder.parent / "evaluation").is_dir()


@pytest.mark.parametrize(
    ("asked", "code", "hint"),
    [
        ({"model": "avocadoo"}, "O880", "did you mean 'avocado'?"),
        ({"model": "mango"}, "O880", "orchard train FILE mango"),
        ({"model": "avocado", "against": "mango"}, "O880", "orchard train FILE mango"),
        ({"model": "avocado", "corpus": "pros"}, "O883", "did you mean 'prose'?"),
        ({"model": "avocado", "corpus": "prose", "out": Path("nowhere")}, "O880", "orchard train"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_told(programme, runs, asked, code, hint):
    with pytest.raises(EvaluationError) as caught:
        evaluate_model(programme, catalogue(), Question(**{"out": runs, **asked}), opener=Opener())
    (finding,) = caught.value.findings
    assert finding.code == code
    assert hint in finding.hint


def test_a_corpus_that_is_not_built_is_told(programme, runs):
    (ProgrammeFolder(runs / "laptop").corpus("prose") / "card.json").unlink()
    with pytest.raises(DataError, match="O810"):
        judged(programme, runs)


@pytest.mark.parametrize("spoilt", ["{", "[]", '{"format": 1}', '{"format": 99}', "\x00"])
def test_kept_scores_that_were_spoilt_are_refused_in_words(programme, runs, spoilt):
    judged(programme, runs)
    folder = ProgrammeFolder(runs / "laptop").model("avocado").path / "evaluation"
    path = sorted(folder.iterdir())[0]
    path.write_text(spoilt)
    with pytest.raises(EvaluationError) as caught:
        judged(programme, runs)
    assert caught.value.findings[0].code == "O882"
    assert str(path) in caught.value.findings[0].hint


def test_scores_of_other_items_do_not_pass_for_these(programme, runs):
    judged(programme, runs)
    folder = ProgrammeFolder(runs / "laptop").model("avocado").path / "evaluation"
    path = sorted(folder.iterdir())[0]
    path.write_text(json.dumps(json.loads(path.read_text()) | {"items": "0"}))
    with pytest.raises(EvaluationError, match="other items"):
        judged(programme, runs)
