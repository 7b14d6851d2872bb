"""``explain``, ``compare`` and ``improve``: what they print, write and refuse."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from .command import Run, write

WORDS = {
    "explain": ["explain", "FILE", "chips", "--samples", "60"],
    "compare": ["compare", "FILE", "--set", "sites.ohio.pue=1.3", "--set", "deliveries.slow-2025.count=50 k chips", "--samples", "60"],
    "improve": ["improve", "FILE", "--claim", "chips", "--samples", "60"],
}  # fmt: skip
SAID = {
    "explain": [
        "Thirty thousand chips run",
        "what moves it",
        "sites.ohio.ramp.first.adds",
        "made up for tests",
    ],
    "compare": ["2 places differ", "deliveries.slow-2025.count", "40 k chips → 50 k chips"],
    "improve": ["Thirty thousand chips run", "what money buys", "more power in every phase"],
}
KEYS = {
    "explain": {"chain", "behind", "sources", "inputs", "tornado", "probability"},
    "compare": {"differences", "claims", "quantities", "attribution"},
    "improve": {"frontier", "chosen", "levers", "tried"},
}


EDITS = {
    "improve": {"as_of": "2025-01-31", "finances.cash_date": "2024-12-31"}
}  # levers move what is to come


def words(verb: str, folder: Path) -> list[str]:
    file = str(write(folder, EDITS.get(verb)))
    return [file if word == "FILE" else word for word in WORDS[verb]]


@pytest.mark.parametrize("verb", WORDS)
def test_answers_in_words(run: Run, tmp_path: Path, verb: str) -> None:
    found = run(*words(verb, tmp_path))
    assert found.status == 0
    for text in SAID[verb]:
        assert text in found.out


@pytest.mark.parametrize("verb", WORDS)
def test_answers_as_json(run: Run, tmp_path: Path, verb: str) -> None:
    found = run(*words(verb, tmp_path), "--json")
    assert found.status == 0
    answer = json.loads(found.out, parse_constant=lambda word: pytest.fail(word))
    assert KEYS[verb] <= set(answer)


@pytest.mark.parametrize("verb", WORDS)
def test_pages_stand_by_themselves(run: Run, tmp_path: Path, verb: str) -> None:
    page = tmp_path / "page.html"
    found = run(*words(verb, tmp_path), "--html", str(page))
    assert f"wrote {page}" in found.out.replace("\n", " ")
    text = page.read_text()
    head = text[: text.index('<script type="application/json"')]
    assert "default-src 'none'" in head
    assert not re.findall(r'(?:src|href)="(?!#|https?://)', head)
    assert not re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=", text)
    assert "orchard " + verb in head
    assert not re.findall(r"(?<!&)nbsp;", head)


@pytest.mark.parametrize("verb", WORDS)
def test_the_same_words_give_the_same_page(run: Run, tmp_path: Path, verb: str) -> None:
    first, second = tmp_path / "1.html", tmp_path / "2.html"
    for page in (first, second):
        assert run(*words(verb, tmp_path), "--html", str(page)).status == 0
    assert first.read_text() == second.read_text()


REFUSED: list[tuple[list[str], str, str]] = [
    (["explain", "FILE", "fleet.gpu@2026"], "O920", "did you mean 'fleet.gpus'?"),
    (["explain", "FILE", "chips", "--samples", "0"], "O510", "--samples"),
    (["explain", "FILE", "rivals"], "O921", "rivals"),
    (["improve", "FILE", "--claim", "chip"], "O924", "did you mean 'chips'?"),
    (["improve", "FILE", "--claim", "chips", "--budget", "2 GW"], "O926", "--budget"),
    (["improve", "FILE", "--claim", "chips", "--probability", "120 %"], "O926", "0 to 100 %"),
    (["compare", "FILE", "--set", "sites.ohio"], "O121", "PATH=VALUE"),
    (["compare", "FILE", "--set", "sites.ohio.peu=1"], "O120", "did you mean 'sites.ohio.pue'?"),
    (["compare", "FILE", "missing.yaml"], "O100", "missing.yaml"),
]


@pytest.mark.parametrize(("asked", "code", "hint"), REFUSED)
def test_mistakes_are_findings(run: Run, tmp_path: Path, asked: list[str], code: str, hint: str) -> None:
    page = tmp_path / "page.html"
    file = str(write(tmp_path))
    found = run(*(file if word == "FILE" else word for word in asked), "--html", str(page))
    assert found.status == 2
    assert code in found.err
    assert hint in found.err
    assert not page.exists()


@pytest.mark.parametrize("verb", WORDS)
def test_an_old_terminal_gets_plain_signs(run: Run, tmp_path: Path, verb: str, monkeypatch: Any) -> None:
    from orchard.report.signs import PLAIN

    for module in ("explain_lines", "compare_lines", "improve_lines"):
        monkeypatch.setattr(f"orchard.report.{module}.signs_of", lambda _: PLAIN)
    monkeypatch.setattr("orchard.report.lines.signs_of", lambda _: PLAIN)
    assert run(*words(verb, tmp_path)).out.isascii()
