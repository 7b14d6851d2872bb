"""The page of a run: what metrics and ledger say, of the run that was begun last, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.ledger import Ledger
from orchard.report.run import run_result, sentences, smoothed
from orchard.report.run_page import render_run
from orchard.spec.load import load
from orchard.train.folder import ProgrammeFolder
from orchard.train.metrics import add_judged, read_judged


def _made(runs: Path, steps: int = 60) -> None:
    folder = ProgrammeFolder(runs / "laptop")
    ledger = Ledger(folder.ledger)
    ledger.append("run", "avocado", {"steps": 9, "resumed": 0, "training": {}})
    ledger.append("measurement", "avocado", {"step_s": 99.0})
    programme = load(Path(__file__).parents[3] / "programmes/laptop.yaml")
    assert programme.models["avocado"].training
    recipe = programme.models["avocado"].training.model_dump(mode="json")  # as a run writes it
    ledger.append("run", "avocado", {"steps": steps, "resumed": 0, "training": recipe, "machine": "a <b>"})
    ledger.append("prediction", "avocado", {"step_s": {"low": 2.8, "value": 3.1, "high": 3.5}})
    ledger.append("interruption", "avocado", {"cause": "skipped", "step": 5, "why": "spike"})
    ledger.append("measurement", "avocado", {"step_s": 4.0, "tokens_per_s": 2048.0, "peak_share": 0.25})
    ledger.append("measurement", "avocado.rewards", {"shortfall_before": 0.9, "shortfall_after": 0.5})
    scores = {"held_out.bits_per_byte": {"low": 1.5, "value": 1.75, "high": 2.0}}
    ledger.append(
        "evaluation", "avocado", {"scores": scores, "gate": {"a <= b": "failed"}, "released": False}
    )
    mine = folder.model("avocado").path
    rows = [{"step": at, "loss": 8.0 - at / 20, "time_s": 4.0} for at in range(steps)]
    rows[5] |= {"loss": None, "skipped": "spike"}
    for stage, listed in (("pretraining", rows), ("rewards", [{**row, "reward": 0.5} for row in rows[:3]])):
        (mine / stage).mkdir(parents=True)
        text = "".join(json.dumps(row) + "\n" for row in listed)
        (mine / stage / "metrics.jsonl").write_text(text + '{"step": 9')
    for at in (20, 40, 60):
        add_judged(mine / "pretraining" / "judged.jsonl", {"step": at, "held_out.bits_per_byte": 100 / at})


@pytest.fixture
def result(tmp_path: Path, root: Path) -> dict[str, Any]:
    _made(tmp_path)
    file = root / "programmes/laptop.yaml"
    samples = [{"asked": "<script>", "wanted": "b", "said": "", "task": "facts", "score": 0.0}]
    return run_result(load(file), "avocado", tmp_path, file, {"samples": samples})


def _figures(page: str) -> dict[str, Any]:
    found = re.search(r'id="figures">(.*?)</script>', page, re.DOTALL)
    assert found
    made: dict[str, Any] = json.loads(found[1])
    return made


def test_the_page_says_what_was_written_down(result: dict[str, Any]) -> None:
    page = render_run(result)
    text = page[: page.index("<noscript>")]
    for said in (
        "8,192 tokens each", "25&nbsp;% of the fastest", "step 5 (spike)", "from 5.000 to 1.667 bits per byte",
        "2.8\u00a0s to\u00a03.5\u00a0s".replace(" ", "\u00a0"), "outside", "Gate: failed", "&lt;script&gt;",
        "a &lt;b&gt;", "shortfall", "1.5 to 2",
    ):  # fmt: skip
        assert said in text, said
    assert "99" not in re.sub(r"(?s)<style>.*?</style>", "", text)  # of a run that was begun anew
    assert "<script>" not in text.split("</style>")[1]
    assert page == render_run(result)


def test_charts_hold_the_steps_that_were_taken(result: dict[str, Any]) -> None:
    figures = _figures(render_run(result))
    assert sorted(figures) == [
        f"chart-{one}" for one in
        ("pretraining-judged", "pretraining-loss", "pretraining-rate", "pretraining-speed", "rewards-reward")
    ]  # fmt: skip
    raw = figures["chart-pretraining-loss"]["data"][0]
    assert raw["x"] == [at + 1 for at in range(60) if at != 5]
    assert figures["chart-pretraining-judged"]["data"][0]["y"] == [5.0, 2.5, 100 / 60]
    assert figures["chart-pretraining-speed"]["data"][1]["y"][-1] == pytest.approx(2048)
    assert max(figures["chart-pretraining-rate"]["data"][0]["y"]) == 1.0


def test_a_model_that_was_not_trained_has_a_page_that_says_so(tmp_path: Path, root: Path) -> None:
    file = root / "programmes/laptop.yaml"
    empty = run_result(load(file), "avocado", tmp_path, file)
    assert list(sentences(empty)) == ["avocado was not trained yet."]
    assert "Nothing was predicted or measured yet" in render_run(empty)


def test_judging_anew_takes_the_place_of_what_was_judged(tmp_path: Path) -> None:
    path = tmp_path / "judged.jsonl"
    for step, value in ((10, 1.0), (20, 2.0), (30, 3.0)):
        add_judged(path, {"step": step, "value": value})
    path.write_bytes(path.read_bytes() + b'\n{"step": 4')  # a crash in the midst of a line
    add_judged(path, {"step": 20, "value": 4.0})
    assert [(row["step"], row["value"]) for row in read_judged(path)] == [(10, 1.0), (20, 4.0)]


@given(st.lists(st.floats(-10, 10), min_size=1, max_size=1300))
def test_smoothed_values_stay_within_what_was_measured(values: list[float]) -> None:
    found = smoothed(list(enumerate(values)))
    assert len(found.steps) <= 400
    assert found.steps[-1] == len(values)
    for each in (found.values, found.smooth):
        assert min(values) - 1e-9 <= min(each)
        assert max(each) <= max(values) + 1e-9
