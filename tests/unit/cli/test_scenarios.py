"""``--scenario``, ``--set`` and ``orchard sweep``: changes to a programme for this once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchard.errors import SpecError
from orchard.spec.scenario import read_scenario, read_scenarios

from .command import Run, write

SCENARIOS = """\
scenarios:
  large:
    why: twice the power
    set:
      sites.ohio.ramp.first.adds: 120 MW
      finances.budget.2026: 5 G USD
  chips:
    why: what the delivery decides
    vary:
      deliveries.slow-2025.count: [20 k chips, 60 k chips]
      sites.ohio.pue: [1.1, 1.3]
"""


def scenarios(folder: Path, text: str = SCENARIOS) -> Path:
    path = folder / "scenarios.yaml"
    path.write_text(text)
    return path


def gpus(run: Run, *words: object) -> float:
    ended = run("ask", *map(str, words), "fleet.gpus@2026-12-31", "--samples", "300", "--json")
    assert ended.status == 0, ended.err
    return float(json.loads(ended.out)[0]["p50"])


def test_a_scenario_is_its_changes(run: Run, tmp_path: Path) -> None:
    file, other = write(tmp_path), scenarios(tmp_path)
    plain = gpus(run, file)
    assert gpus(run, file, "--scenario", f"{other}:large") >= plain
    few = gpus(run, file, "--scenario", f"{other}:chips.1")
    assert few == 20_000
    assert gpus(run, file, "--set", "deliveries.slow-2025.count=20 k chips") == few
    assert (
        gpus(run, file, "--scenario", f"{other}:large", "--set", "deliveries.slow-2025.count=25 k chips")
        == 25_000
    )


def test_a_plan_names_what_it_changed(run: Run, tmp_path: Path) -> None:
    file, other, answer = write(tmp_path), scenarios(tmp_path), tmp_path / "plan.json"
    ended = run("plan", str(file), "--samples", "50", "--scenario", f"{other}:large", "--json", str(answer))
    assert ended.status == 0
    found = json.loads(answer.read_text())["overrides"]
    assert [(one["path"], one["from"], one["to"], one["why"]) for one in found][1] == (
        "finances.budget.2026", "3 G USD", "5 G USD", "twice the power",
    )  # fmt: skip


def test_a_sweep_sets_them_side_by_side(run: Run, tmp_path: Path) -> None:
    file, other = write(tmp_path), scenarios(tmp_path)
    words = ("sweep", str(file), str(other), "fleet.gpus@2026-12-31", "rivals.lead", "--samples", "300")
    ended = run(*words, "--json")
    found = json.loads(ended.out)
    assert ended.status == 0
    names = ["as it stands", "large", "chips.1", "chips.2", "chips.3", "chips.4"]
    assert [case["name"] for case in found["cases"]] == names
    points = [case["quantities"]["fleet.gpus@2026-12-31"][1] for case in found["cases"]]
    assert points[0] == gpus(run, file)
    assert points[2] == points[3] == 20_000
    assert all("rivals.lead" not in case["quantities"] for case in found["cases"])
    assert [case["claims"]["chips"] for case in found["cases"]][2] == 0
    text = run(*words).out
    assert "claims that differ" in text
    assert "deliveries.slow-2025.count = 20 k chips, sites.ohio.pue = 1.1" in text
    assert "unknown: rivals' compute" in text


def test_nothing_that_differs_is_said(run: Run, tmp_path: Path) -> None:
    text = "scenarios: {same: {why: as a check, set: {finances.life: 6 y}}}\n"
    ended = run("sweep", str(write(tmp_path)), str(scenarios(tmp_path, text)), "--samples", "50")
    assert "No claim differs" in ended.out


def test_a_sweep_goes_on_from_what_is_kept(run: Run, tmp_path: Path) -> None:
    file, other, kept = write(tmp_path), scenarios(tmp_path), tmp_path / "kept"
    words = ("sweep", str(file), str(other), "fleet.gpus@2026-12-31", "--samples", "300", "--json")
    first, second, plain = run(*words, "--keep", str(kept)), run(*words, "--keep", str(kept)), run(*words)
    assert first.out == second.out == plain.out
    assert len(list(kept.iterdir())) == 6


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("scenario: {}\n", "did you mean 'scenario'"),
        ("scenarios: {}\n", "scenarios"),
        ("scenarios: {a: 3}\n", "no mapping"),
        ("scenarios: {a: {set: {x: 1}}}\n", "no why"),
        ("scenarios: {a: {why: b}}\n", "no changes"),
        ("scenarios: {a: {why: b, sett: {x: 1}}}\n", "did you mean 'set'"),
        ("scenarios: {a: {why: b, vary: {x: 1}}}\n", "a list of values"),
        ("scenarios: {a: {why: b, vary: {x: []}}}\n", "a list of values"),
        ("scenarios: {A_b: {why: b, set: {x: 1}}}\n", "small letters"),
        ("scenarios: {a: {why: b, set: [x]}}\n", "no mapping"),
    ],
)
def test_what_is_wrong_with_a_file_of_scenarios(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_scenarios(scenarios(tmp_path, text))
    assert {finding.code for finding in caught.value.findings} == {"O122"}
    assert found in str(caught.value)


def test_too_many_combinations_are_refused(tmp_path: Path) -> None:
    values = ", ".join(map(str, range(40)))
    text = f"scenarios: {{a: {{why: b, vary: {{x: [{values}], y: [{values}]}}}}}}\n"
    with pytest.raises(SpecError, match="1,600 scenarios"):
        read_scenarios(scenarios(tmp_path, text))


def test_names_of_scenarios(tmp_path: Path) -> None:
    path = scenarios(tmp_path)
    assert read_scenario(f"{path}:chips.4").changes["sites.ohio.pue"] == 1.3
    for named, code in ((f"{path}:larg", "O124"), (str(path), "O124")):
        with pytest.raises(SpecError) as caught:
            read_scenario(named)
        assert caught.value.findings[0].code == code
        assert "large" in caught.value.findings[0].hint
    alone = scenarios(tmp_path, "scenarios: {only: {why: b, set: {finances.life: 6 y}}}\n")
    assert read_scenario(str(alone)).name == "only"


def test_a_place_that_does_not_exist_is_told_where_it_stands(run: Run, tmp_path: Path) -> None:
    text = "scenarios:\n  a: {why: b, set: {sites.ohoi.pue: 1.2}}\n"
    ended = run("sweep", str(write(tmp_path)), str(scenarios(tmp_path, text)))
    assert ended.status == 2
    assert "scenarios.yaml:2" in ended.err
    assert "did you mean 'sites.ohio.pue'" in ended.err
