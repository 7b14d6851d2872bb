"""The report of a judged model: every figure is on it, nothing is loaded, odd results are pages too."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest

from orchard.report.evaluation import describe_evaluation
from orchard.report.evaluation_charts import figures
from orchard.report.evaluation_page import render_evaluation


def row(
    of: str, title: str, value: float, low: float | None, high: float | None, **more: Any
) -> dict[str, Any]:
    return {
        "name": of, "of": of, "title": title, "value": value, "low": low, "high": high, "low_95": low, "high_95": high,
        "count": 40, "clusters": 12, **more,
    }  # fmt: skip


def result() -> dict[str, Any]:
    ways = [{"way": "token", "title": "likeliest option a token", "value": 0.3, "low": 0.25, "high": 0.35,
             "low_95": 0.24, "high_95": 0.36}]  # fmt: skip
    verdict = {
        "condition": "held_out.bits_per_byte <= xz.bits_per_byte", "word": "passed", "why": "item by item, 12 clusters",
        "margin": 0.4, "low": 0.31, "high": 0.49, "paired": True, "predecessor": False,
        "figures": {"held_out.bits_per_byte": 1.9, "xz.held_out.bits_per_byte": 2.3},
    }  # fmt: skip
    return {
        "orchard": "0", "file": "laptop.yaml", "programme": "laptop", "model": "avocado", "title": "Avocado <small>",
        "digest": "ab" * 32, "path": "runs/laptop/avocado/model", "corpus": {"id": "prose", "digest": "c"}, "level": 0.9,
        "items": {"held_out": "d" * 64, "facts": "e" * 64},
        "texts": [row("held_out", "held-out text", 1.9, 1.8, 2.0, unit="bits per byte", xz=2.3, xz_primed=2.1),
                  row("unseen", "text of an unseen source", 3.1, None, None, unit="bits per byte", xz=2.7, xz_primed=None)],
        "tasks": [row("facts", "facts, of four options", 0.31, 0.27, 0.35, unit="share", chance=0.25, others=ways),
                  row("reasoning", "reasoning, exact answers", 0.0, 0.0, 0.05, unit="share", chance=0.0, others=[])],
        "missing": {"cloze": "no sentence in the held-out documents"},
        "rival": {"model": "llama-4", "digest": "f", "apart": ["unseen"], "rows": [
            {"name": "held_out", "title": "held-out text", "unit": "bits per byte", "value": -0.2, "low": -0.3, "high": -0.1,
             "low_95": -0.32, "high_95": -0.08, "p": 0.01, "p_adjusted": 0.02, "clusters": 12, "detectable": 0.15,
             "better": "less"}]},
        "gate": {"word": "passed", "verdicts": [verdict]},
        "lead": {"value": 0.8, "low": 0.4, "high": 1.2, "why": "by the family's law", "wanted": 1.0},
        "samples": [{"task": "facts", "asked": "The capital of France is", "wanted": "Paris", "said": "<b>Rome</b>", "score": 0.0}],
    }  # fmt: skip


@pytest.fixture(scope="module")
def page() -> str:
    return render_evaluation(result())


def test_figures_stand_beside_what_they_are_compared_with(page: str) -> None:
    for text in ("1.900", "2.300", "2.100", "31.0", "25.0", "-0.200", "0.15", "1.80", "passed", "+0.80"):
        assert text in page, text
    assert "no sentence in the held-out documents" in page
    assert "Not on the same items: unseen" in page


def test_nothing_is_loaded_and_nothing_a_model_says_is_run(page: str) -> None:
    own = page[: page.index('<script type="application/json"')]  # before the charting library's own text
    assert not re.findall(r'(?:src|href)="(?!#)[^"]+"', own)
    assert "<b>Rome</b>" not in page
    assert "&lt;b&gt;Rome&lt;/b&gt;" in page
    assert "Avocado &lt;small&gt;" in page


def test_charts_hold_values_intervals_and_references() -> None:
    found = figures(result())
    json.dumps(found, allow_nan=False)
    model, plain, primed = found["chart-texts"]["data"]
    assert model["x"] == [3.1, 1.9]
    assert model["error_x"]["array"] == [0.0, pytest.approx(0.1)]
    assert (plain["x"], plain["y"]) == ([2.7, 2.3], [0, 1])
    assert (primed["x"], primed["y"]) == ([2.1], [1])
    assert found["chart-tasks"]["data"][1]["x"] == [0.0, 0.25]
    assert found["chart-texts"]["layout"]["xaxis"]["range"][1] >= 3.1


def test_the_terminal_says_the_same() -> None:
    said = "\n".join(describe_evaluation(result()))
    for text in ("It passes its gate.", "above chance in 1 of 2 tasks", "1.900  1.800 – 2.000  2.300", "any", "25.0 %",
                 "less llama-4", "-0.200", "0.150", "not on the same items: unseen", "gate: passed", "+0.80 orders",
                 "cloze: not measured", "said   <b>Rome</b>"):  # fmt: skip
        assert text in said, text


@pytest.mark.parametrize("word", ["failed", "undecided"])
def test_odd_results_are_pages_too(word: str) -> None:
    odd = copy.deepcopy(result()) | {"rival": None, "samples": [], "missing": {}, "tasks": [], "lead": None}
    odd["gate"]["word"] = odd["gate"]["verdicts"][0]["word"] = word
    odd["gate"]["verdicts"][0] |= {"margin": None, "low": None, "high": None, "figures": {}}
    said = "\n".join(describe_evaluation(odd))
    assert word in said.lower()
    assert word in render_evaluation(odd).lower()
    odd |= {"texts": [], "gate": {"word": "passed", "verdicts": []}}
    assert "nothing could be measured" in "\n".join(describe_evaluation(odd))
    assert "It has no gate." in render_evaluation(odd)
