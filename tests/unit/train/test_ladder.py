"""A ladder: the forecast is written down before its run, finished runs are not run again, all is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchard.errors import LimitError
from orchard.estimate.law import Dial, Rung, dial, loss_at
from orchard.ledger import Ledger
from orchard.report.ladder import describe_ladder, describe_sizes, size_rows
from orchard.report.ladder_page import render_ladder
from orchard.spec.load import load
from orchard.spec.programme import Programme
from orchard.train.folder import ModelFolder
from orchard.train.ladder import Ladder, account, climb


@pytest.fixture(scope="module")
def programme() -> Programme:
    return load(Path(__file__).parents[3] / "programmes" / "laptop.yaml")


@pytest.fixture
def avocado(programme: Programme) -> Dial:
    return dial(programme, "avocado")


class Trainer:
    """Stands in for training: losses of a power law, runs remembered in order."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.trained = ledger, list[tuple[int, int]]()
        self.forecast_known: list[bool] = []

    def __call__(self, one: Rung, seed: int, folder: Path) -> float:
        self.trained.append((one.layers, seed))
        self.forecast_known.append(bool(self.ledger.read("prediction")))
        return float(loss_at(one.compute_flop, 1e14, 2.0, 0.08, 0.7)) * (1 + 0.001 * seed)


def climbed(avocado: Dial, folder: Path, last: bool = True) -> tuple[Ladder, Trainer, Ledger]:
    ledger = Ledger(folder / "ledger.jsonl")
    trainer = Trainer(ledger)
    found = climb("avocado", avocado, ModelFolder(folder / "avocado"), ledger, trainer, last=last)
    return found, trainer, ledger


def test_the_forecast_comes_before_the_run(avocado: Dial, tmp_path: Path) -> None:
    found, trainer, ledger = climbed(avocado, tmp_path)
    family = avocado.family
    small = [(min(family.rungs), seed) for seed in range(family.repeats)]
    rest = [(layers, 0) for layers in sorted(family.rungs)[1:]]
    assert trainer.trained == [*small, *rest, (family.forecast, 0)]
    assert trainer.forecast_known == [False] * (len(trainer.trained) - 1) + [True]
    assert found.outcome is not None
    assert found.forecast.holds(found.outcome)
    assert [entry.kind for entry in ledger.read()] == ["prediction", "measurement"]
    said = ledger.read("prediction")[0].values["bits_per_byte"]
    assert said == {"low": found.forecast.low, "value": found.forecast.loss, "high": found.forecast.high}


def test_a_second_climb_adds_nothing_to_the_ledger(avocado: Dial, tmp_path: Path) -> None:
    climbed(avocado, tmp_path)
    _, _, ledger = climbed(avocado, tmp_path)
    assert len(ledger.read()) == 2
    assert not ledger.verify()


def test_the_forecast_alone_is_told_as_such(avocado: Dial, tmp_path: Path) -> None:
    found, trainer, _ = climbed(avocado, tmp_path, last=False)
    assert found.outcome is None
    assert avocado.family.forecast not in [layers for layers, _ in trainer.trained]
    assert "Trained afterwards" not in "\n".join(describe_ladder(result(found)))


def test_what_is_said_and_shown_holds_the_law(avocado: Dial, programme: Programme, tmp_path: Path) -> None:
    found, _, _ = climbed(avocado, tmp_path)
    text, page = "\n".join(describe_ladder(result(found))), render_ladder(result(found))
    for entry in ("anchor:", "loss:", "slope:", "floor:", "scatter:"):
        assert entry in text
        assert entry in page
    assert f"{found.outcome:.4f}" in text
    stated = account(found)["law"]
    family = avocado.family
    again = type(family).model_validate(family.model_dump(exclude={"law", "batch"}) | {"law": stated})
    assert again.law is not None
    assert again.law.loss.value == pytest.approx(
        float(loss_at(found.runs[-1].rung.compute_flop, 1e14, 2.0, 0.08, 0.7)), rel=0.02
    )


def test_rungs_are_whole_steps_of_the_recipe(avocado: Dial, tmp_path: Path) -> None:
    found, _, _ = climbed(avocado, tmp_path, last=False)
    for run in found.runs:
        assert run.rung.tokens == run.rung.steps * avocado.batch


@pytest.mark.parametrize("name", ["avocadoo", "llama-4"])
def test_a_model_without_a_family_is_refused(programme: Programme, name: str) -> None:
    with pytest.raises(LimitError, match="O896"):
        dial(programme, name)


def test_a_family_reaches_frontier_size(avocado: Dial) -> None:
    rows = size_rows(avocado)
    assert [row["layers"] for row in rows] == sorted({row["layers"] for row in rows})
    assert rows[0]["parameters"] < 3e6
    assert rows[-1]["layers"] == 128
    lines = list(describe_sizes({"model": "avocado", "sizes": rows}))
    assert len(lines) == len(rows) + 1
    mixture = avocado._replace(family=avocado.family.model_copy(update={"experts": 8}))
    assert all(row["active_parameters"] < row["parameters"] for row in size_rows(mixture))


def result(found: Ladder) -> dict[str, object]:
    told = {"orchard": "0", "file": "x.yaml", "model": "avocado", "title": "Avocado", "programme": "laptop"}
    return told | account(found)
