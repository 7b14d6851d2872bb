"""One rule for all verbs: where JSON is asked for, what is wrong comes as JSON on standard output."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .command import Run

LAYOUT = ("layout", "llama3-8b", "--chip", "h100", "--gpus", "37", "--seq", "4096", "--batch", "64")
AS_JSON = (("--json",), ("--format", "json"), ("--format=json",))
FIELDS = {"code", "place", "path", "found", "wanted", "hint", "severity"}


def _findings(run: Run, *words: str) -> list[dict[str, str]]:
    ended = run(*words)
    assert ended.status == 2
    assert ended.err == ""
    (key, findings), *others = json.loads(ended.out).items()
    assert key == "findings"
    assert not others
    assert all(set(finding) == FIELDS for finding in findings)
    return list(findings)


@pytest.mark.parametrize("asked", AS_JSON)
@pytest.mark.parametrize(
    ("words", "code"),
    [(LAYOUT, "O834"), (("validate", "training", "none.csv"), "O800"), (("validate", "video", "none.csv"), "O800"),
     (("calibrate", "training", "none.csv"), "O800"), (("calibrate", "video"), "O842"), (("ask", "none.yaml", "capex@2026"), "O100")],
)  # fmt: skip
def test_mistakes(run: Run, words: tuple[str, ...], code: str, asked: tuple[str, ...]) -> None:
    assert [finding["code"] for finding in _findings(run, *words, *asked)] == [code]


@pytest.mark.parametrize("kind", ["training", "video"])
def test_estimates_answer_and_fail_in_json(run: Run, tmp_path: Path, kind: str) -> None:
    path, out = tmp_path / "in.csv", tmp_path / "out.csv"
    path.write_text("id\n")
    words = ("estimate", kind, str(path), "--out", str(out), "--format", "json")
    assert [finding["code"] for finding in _findings(run, *words)] == ["O801"]
    path.write_text(
        "id,model,chip,n,n_gpus,seq_len,global_batch,resolution,frames,steps\na,b,c,1,1,1,1,1x1,1,1\n"
    )
    ended = run(*words)
    assert json.loads(ended.out) == {"out": str(out), "rows": 1, "blank": 1}


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("layout", "llama3-8b", "--json"), "--chip"), ((*LAYOUT, "--none", "--json"), "--none"),
        (("plan", "--format", "json"), "argument"), (("prune", "--json"), "prune"), (("check", "a", "b", "--format=json"), "b"),
        (("estimate", "video", "--format", "json", "a.csv"), "--out"), (("plan", "a.yaml", "--samples", "many", "--format", "json"), "--samples"),
        (("estimate", "--json"), "--json"),
    ],
)  # fmt: skip
def test_misuse_of_the_command_line(run: Run, words: tuple[str, ...], found: str) -> None:
    (finding,) = _findings(run, *words)
    assert finding["code"] == "O700"
    assert found in finding["found"]
    assert finding["hint"] == f"{finding['place']} --help"


def test_a_file_of_json_changes_nothing_of_what_is_printed(run: Run, tmp_path: Path) -> None:
    ended = run("plan", "none.yaml", "--json", str(tmp_path / "plan.json"))
    assert ended.out == ""
    assert "O100" in ended.err
    assert _findings(run, "plan", "none.yaml", "--json", "-")[0]["code"] == "O100"


def test_words_of_a_value_ask_for_nothing(run: Run) -> None:
    ended = run("check", "--", "--json")
    assert ended.out == ""
    assert "O100" in ended.err


@pytest.mark.parametrize(
    ("words", "code"),
    [(("catalogue",), "O702"), (("catalogue", "--format", "json"), "O702")],
)
def test_what_the_system_refuses_is_said(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: str
) -> None:
    def refuse() -> None:
        raise PermissionError(13, "Permission denied", "/some/where")

    monkeypatch.setattr("orchard.catalogue.catalogue", refuse)
    ended = run(*words)
    assert ended.status == 2
    assert all(word in ended.out + ended.err for word in (code, "/some/where", "permission denied"))
