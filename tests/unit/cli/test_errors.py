"""Whatever is typed: a sentence and exit status 2, never a traceback, nothing half-written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from .command import Run, write


@pytest.mark.parametrize("verb", ["plan", "check", "ask"])
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such file"), (b"\xff\xfe\x00a: 1", "UTF-8"), (b"\x80 lab: 1", "UTF-8"), (b"a: [1, 2", "O105"), (b"a: b: c", "O105"),
        (b"\ta: 1", "O105"), (b"", "O1"), (b"- 1\n- 2\n", "O1"), (b"just words", "O1"), (b"a: 1\na: 2\n", "O1"), (b"a: *b", "O110"),
        (b"--- \na: 1\n---\nb: 2\n", "O110"), (b"a: !!python/object:os.system x", "O1"),
    ],
    ids=repr,
)  # fmt: skip
def test_files_that_are_no_programme(
    run: Run, tmp_path: Path, verb: str, content: bytes | None, words: str
) -> None:
    path = tmp_path / "lab.yaml"
    if content is not None:
        path.write_bytes(content)
    found = run(verb, str(path), *(["capex@2026"] if verb == "ask" else []))
    assert found.status == 2
    assert words.lower() in found.err.lower()
    assert "lab.yaml" in found.err


@pytest.mark.parametrize("verb", ["plan", "check", "ask"])
def test_a_folder_is_no_programme(run: Run, tmp_path: Path, verb: str) -> None:
    found = run(verb, str(tmp_path), *(["capex@2026"] if verb == "ask" else []))
    assert found.status == 2
    assert "folder" in found.err or "directory" in found.err


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("sites.ohio.deley", "1 d", "did you mean 'delay'"), ("sitse", {}, "did you mean 'sites'"), ("sites.ohio.ramp.first.adds", 60, "bare number"),
        ("sites.ohio.ramp.first.adds", "60 USD", "wanted   a quantity in W"), ("sites.ohio.ramp.first.adds", "-60 MW", "-60 MW"),
        ("sites.ohio.ramp.first.date", "2025-02-30", "a date that exists"), ("deliveries.slow-2025.site", "nowhere", "nowhere"),
        ("deliveries.slow-2025.site", None, "site"), ("deliveries.slow-2025.chip", "h1000", "h1000"), ("models.apple.team", "cores", "core"),
        ("claims.chips.test", "fleet.gpu@2026-12-31 >= 60 k chips", "did you mean 'fleet.gpus'"),
        ("claims.chips.test", "capex@2026 >= 1 GW", "USD compared with W"), ("claims.chips.test", "capex@1999 >= 1 USD", "capex@1999"),
        ("claims.chips.test", "(" * 500, "O340"), ("models.apple.milestones.released", {"takes": "1 d"}, "apple.released"),
        ("sites.ohio.pue", {"fact": "no.such.fact"}, "no.such.fact"), ("sites.ohio.pue", float("nan"), "finite"),
        ("horizon.end", "2024-01-01", "horizon"), ("override", [{"path": "sites.ohio.pu", "value": 1.2, "why": "as a test"}], "pue"),
    ],
)  # fmt: skip
def test_programmes_with_a_mistake(run: Run, tmp_path: Path, path: str, value: Any, words: str) -> None:
    file = write(tmp_path, {path: value})
    for verb in ("check", "plan"):
        found = run(verb, str(file))
        assert found.status == 2
        assert words in found.err
        assert f"{file}:" in found.err
        assert "found" in found.err


def test_a_delivery_without_a_site_is_named(run: Run, tmp_path: Path) -> None:
    data = yaml.safe_load(write(tmp_path).read_text())
    del data["deliveries"]["slow-2025"]["site"]
    (tmp_path / "siteless.yaml").write_text(yaml.safe_dump(data))
    found = run("check", str(tmp_path / "siteless.yaml"))
    assert found.status == 2
    assert "deliveries.slow-2025" in found.err


def test_all_mistakes_are_told_at_once(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, {"sites.ohio.pue": "1 W", "lab.share": "80 W", "finances.life": "5 USD"})
    found = run("check", str(file))
    assert all(path in found.err for path in ("sites.ohio.pue", "lab.share", "finances.life"))
    assert "3 to mend" in found.err


@pytest.mark.parametrize("samples", ["0", "-5", "1000000000"])
@pytest.mark.parametrize("verb", ["plan", "ask"])
def test_absurd_numbers_of_samples(run: Run, tmp_path: Path, verb: str, samples: str) -> None:
    found = run(verb, str(write(tmp_path)), *(["capex@2026"] if verb == "ask" else []), "--samples", samples)
    assert found.status == 2
    assert "1 to 200,000 samples" in found.err


@pytest.mark.parametrize("option", ["--html", "--json"])
@pytest.mark.parametrize("place", ["missing/out", "", "small.yaml/out"])
def test_places_that_can_not_be_written(run: Run, tmp_path: Path, option: str, place: str) -> None:
    file = write(tmp_path)
    found = run("plan", str(file), "--samples", "10", option, f"{tmp_path}/{place}")
    assert found.status == 2
    assert "O701" in found.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["small.yaml"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fleet.gpu@2026"], "did you mean 'fleet.gpus'"), (["capex"], "capex@2026"), (["apple.released@2026"], "apple.released"),
        (["capex@2026-Q9"], "a quarter (2025-Q4)"), ([], "one or more"), ([""], "a quantity of this programme"), (["capex@2040"], "horizon"),
    ],
)  # fmt: skip
def test_questions_that_can_not_be_read(run: Run, tmp_path: Path, words: list[str], said: str) -> None:
    found = run("ask", str(write(tmp_path)), *words)
    assert found.status == 2
    assert said in found.err


def test_findings_as_json(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path, {"sites.ohio.pue": "1 W"})
    for words in (["check", "--format", "json"], ["plan", "--format=json"], ["check", "--format=json"]):
        found = run(*words, str(file))
        assert found.status == 2
        (finding,) = json.loads(found.out)["findings"]
        assert finding["path"] == "sites.ohio.pue"
        assert set(finding) == {"code", "place", "path", "found", "wanted", "hint", "severity"}
        assert finding["place"].startswith(f"{file}:")


@pytest.mark.parametrize(
    "words",
    [["plan"], ["ask"], ["catalogue", "--kind", "rumoured"], ["prune"], ["plan", "--seeds", "1"], ["plan", "x.yaml", "--samples", "many"],
     ["plan", "x.yaml", "--format", "xml"], ["check", "a", "b"]],
)  # fmt: skip
def test_misuse_of_the_command_line(run: Run, words: list[str]) -> None:
    found = run(*words)
    assert found.status == 2
    assert found.err.strip()


def test_check_of_nothing(run: Run) -> None:
    found = run("check")
    assert found.status == 2
    assert "O100" in found.err


@pytest.mark.parametrize("words", [["zzzzz"], ["chip.gb200.bf61"]])
def test_facts_nobody_has(run: Run, words: list[str]) -> None:
    found = run("catalogue", *words)
    assert found.status == 2
    assert "no such fact" in found.err


@pytest.mark.parametrize(
    "words", [["plan", "missing.yaml"], ["ask", ".", "capex@2026"], ["check", "\udcff.yaml"]]
)
def test_no_traceback_from_the_shell(tmp_path: Path, words: list[str]) -> None:
    command = [sys.executable, "-c", "from orchard.cli import main; main()", *words]
    found = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert found.returncode == 2
    assert b"Traceback" not in found.stderr
    assert b"found" in found.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("words", [["catalogue", "--models"], ["check", "--rules"]])
def test_output_that_can_not_be_printed_is_said_in_words(words: list[str]) -> None:
    command = [sys.executable, "-c", "from orchard.cli import main; main()", *words]
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        found = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
    assert found.returncode == 2
    assert b"Traceback" not in found.stderr
    assert b"standard output  O701" in found.stderr


def test_an_interrupted_plan_says_so(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("orchard.spec.reader.read", interrupted)
    found = run("plan", "any.yaml", "--json", str(tmp_path / "plan.json"))
    assert (found.status, found.err) == (130, "interrupted: no file is half-written\n")
    assert not list(tmp_path.iterdir())
