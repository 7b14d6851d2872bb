"""The verbs on input that is right."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from orchard import __version__

from .command import Run, write


def test_help_and_version(run: Run) -> None:
    assert run("--version").out.strip() == f"orchard {__version__}"
    for words in ([], ["--help"]):
        found = run(*words)
        assert all(verb in found.out + found.err for verb in ("plan", "ask", "check", "catalogue"))
    assert run("--help").status == 0


@pytest.mark.parametrize("verb", ["plan", "ask", "check", "catalogue"])
def test_every_verb_has_help(run: Run, verb: str) -> None:
    found = run(verb, "--help")
    assert found.status == 0
    assert "Usage" in found.out


def test_plan_prints_every_claim_and_writes_json_and_html(run: Run, tmp_path: Path) -> None:
    html, json_path = tmp_path / "out.html", tmp_path / "out.json"
    found = run(
        "plan", str(write(tmp_path)), "--samples", "50", "--html", str(html), "--json", str(json_path)
    )
    assert found.status == 0
    assert "Thirty thousand chips run" in found.out
    assert f"wrote {html}" in found.out.replace("\n", " ")
    result = json.loads(json_path.read_text(), parse_constant=lambda word: pytest.fail(word))
    assert [claim["id"] for claim in result["claims"]] == ["chips", "rivals"]
    assert result["samples"] == 50
    assert html.read_text().lstrip().lower().startswith("<!doctype html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.html", "out.json", "small.yaml"]


def test_a_seed_repeats(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path)
    answers = []
    for seed in ("0", "0", "1"):
        run("plan", str(file), "--samples", "50", "--seed", seed, "--json", str(tmp_path / "out.json"))
        result = json.loads((tmp_path / "out.json").read_text())
        answers.append(result | {"seconds": 0, "seed": 0})
    assert answers[0] == answers[1]
    assert answers[0] != answers[2]
    assert answers[0]["digest"] == answers[2]["digest"]


def test_overrides_are_told(run: Run, tmp_path: Path) -> None:
    override = [{"path": "sites.ohio.pue", "value": 1.3, "why": "what if cooling is worse"}]
    run(
        "plan",
        str(write(tmp_path, {"override": override})),
        "--samples",
        "10",
        "--json",
        str(tmp_path / "out.json"),
    )
    (told,) = json.loads((tmp_path / "out.json").read_text())["overrides"]
    assert told["path"] == "sites.ohio.pue"
    assert told["why"] == "what if cooling is worse"
    assert (told["from"], told["to"]) == (1.1, 1.3)


def test_overrides_are_in_every_report(run: Run, tmp_path: Path) -> None:
    override = [{"path": "sites.ohio.pue", "value": 1.3, "why": "what if cooling is worse"}]
    file, html = write(tmp_path, {"override": override}), tmp_path / "out.html"
    found = run("plan", str(file), "--samples", "10", "--html", str(html))
    assert found.status == 0
    assert "override  sites.ohio.pue: 1.3  what if cooling is worse" in found.out
    assert "what if cooling is worse" in html.read_text("utf-8")


def test_chips_and_models_are_filtered_by_words(run: Run) -> None:
    assert run("catalogue", "--chips", "gb200").out.split()[0] == "gb200"
    assert len(run("catalogue", "--models", "llama4").out.splitlines()) == 3
    found = run("catalogue", "--chips", "no-such-chip")
    assert found.status == 2
    assert "O609" in found.err


def test_ask_as_json(run: Run, tmp_path: Path) -> None:
    wanted = ["fleet.gpus@2026-12-31", "capex@2026", "apple.released", "ohio.started", "rivals.lead"]
    found = run("ask", str(write(tmp_path)), *wanted, "--json", "--samples", "50")
    assert found.status == 0
    answers = json.loads(found.out)
    assert [answer["quantity"] for answer in answers] == wanted
    assert [answer["unit"] for answer in answers] == ["chip", "USD", "date", "date", "1"]
    assert all({"quantity", "unit", "p10", "p50", "p90"} <= set(answer) for answer in answers)
    assert answers[1]["p50"] == 3e9
    assert answers[3]["p50"] == "2025-03-01"
    assert answers[4]["p50"] is None
    assert answers[4]["unknown"]


def test_ask_as_text(run: Run, tmp_path: Path) -> None:
    found = run("ask", str(write(tmp_path)), "capex@2026", "apple.released", "rivals.lead", "--samples", "50")
    assert found.status == 0
    assert re.search(r"capex@2026 +3 G USD +3 G USD +3 G USD", found.out)
    assert re.search(r"rivals.lead +unknown", found.out)


def test_ask_lists_what_can_be_asked(run: Run, tmp_path: Path) -> None:
    found = run("ask", str(write(tmp_path)), "--list")
    assert found.status == 0
    assert all(
        name in found.out for name in ("fleet.gpus", "apple.released", "ohio.it_power", "unknown: rivals")
    )


def test_check_of_a_right_programme(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path)
    assert run("check", str(file)).status == 0
    assert "nothing to mend" in run("check", str(file)).out
    assert json.loads(run("check", str(file), "--format", "json").out) == {"findings": []}


def test_check_tells_its_rules_and_writes_the_schema(run: Run, tmp_path: Path) -> None:
    found = run("check", "--rules")
    assert found.status == 0
    assert "O340" in found.out
    assert run("check", "--schema", str(tmp_path / "schema.json")).status == 0
    assert "properties" in json.loads((tmp_path / "schema.json").read_text())


def test_catalogue_lists_filters_and_shows(run: Run) -> None:
    every, some, one = run("catalogue"), run("catalogue", "gb200"), run("catalogue", "chip.gb200.bf16")
    assert {found.status for found in (every, some, one)} == {0}
    assert len(every.out.splitlines()) > len(some.out.splitlines()) > 3
    assert "TFLOP/s" in one.out
    assert "http" in one.out


def test_catalogue_as_json(run: Run) -> None:
    found = json.loads(run("catalogue", "chip.h100.bf16", "--format", "json").out)
    assert found[0]["id"] == "chip.h100.bf16"
    assert {"value", "unit", "kind", "source", "as_of"} <= set(found[0])


@pytest.mark.parametrize(
    ("option", "word"), [("--chips", "gb200"), ("--models", "llama"), ("--conflicts", "facts")]
)
def test_catalogue_has_chips_models_and_conflicts(run: Run, option: str, word: str) -> None:
    found = run("catalogue", option)
    assert found.status == 0
    assert word in found.out


def test_catalogue_by_kind(run: Run) -> None:
    found = json.loads(run("catalogue", "meta", "--kind", "estimated", "--format", "json").out)
    assert {fact["kind"] for fact in found} == {"estimated"}
