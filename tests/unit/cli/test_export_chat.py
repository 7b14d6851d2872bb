"""orchard export and orchard chat, on a tiny random model in a folder."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.unit.cli.command import Ended, Run
from tests.unit.train.export.tiny import tiny

from orchard.ledger import Ledger
from orchard.train.export import gguf_file, huggingface
from orchard.train.export.folder import digest
from orchard.train.folder import ProgrammeFolder

CODE = "from orchard.cli import main; main()"
PROGRAMME = "programmes/laptop.yaml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("model")
    model = tiny(made)
    huggingface.write(model, made / "hf")
    gguf_file.write(model, made / "m.gguf")
    long = model._replace(context=9000)
    huggingface.write(long, made / "long")
    gguf_file.write(long, made / "long.gguf")
    return made


@pytest.fixture
def ask(run: Run, monkeypatch: pytest.MonkeyPatch, root: Path) -> Run:
    """Call ``orchard`` at the project's root; `given` is what is typed."""
    monkeypatch.chdir(root)

    def call(*words: object, given: str = "") -> Ended:
        monkeypatch.setattr(sys, "stdin", io.StringIO(given))
        return run(*map(str, words))

    return call


def test_export_compares_and_says_so(ask: Run, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.gguf"
    ended = ask("export", PROGRAMME, folder / "hf", "--out", out, "--json")
    said = json.loads(ended.out)
    assert ended.status == 0
    assert said["difference_nats"] < said["tolerance_nats"] == 1e-3
    assert said["compared_with"] == "llama.cpp"
    assert out.stat().st_size == said["bytes"]
    again = ask("export", PROGRAMME, folder / "hf", "--to", "safetensors", "--out", folder / "hf")
    assert again.status == 2
    assert "O701" in again.err


def test_the_ledger_says_what_was_exported_of_what(ask: Run, folder: Path, tmp_path: Path) -> None:
    mine = ProgrammeFolder(tmp_path / "laptop").model("avocado")
    shutil.copytree(folder / "hf", mine.export)
    for _ in range(2):
        assert ask("export", PROGRAMME, "avocado", "--runs", tmp_path).status == 0
    ledger = Ledger(tmp_path / "laptop" / "ledger.jsonl")
    first, again = (one.values for one in ledger.read("export", "avocado"))
    path = tmp_path / "laptop" / first["path"]
    assert path == mine.path / "avocado-f32.gguf"
    assert first["digest"] == again["digest"] == digest(path)
    assert first["source"] == digest(mine.export)
    assert first["difference_nats"] < 1e-3
    assert ledger.verify() == []
    assert first["digest"] in mine.card.read_text("utf-8")


def test_export_refuses_bits_that_safetensors_have_not(ask: Run, folder: Path) -> None:
    ended = ask("export", PROGRAMME, folder / "hf", "--to", "safetensors", "--quantise", "q8_0")
    assert ended.status == 2
    assert "O903" in ended.err


def test_models_that_are_not_there_are_refused(ask: Run, folder: Path) -> None:
    for words in (
        ["export", PROGRAMME, "avocad"],
        ["chat", PROGRAMME, "avocad", "--once", "a"],
        ["chat", PROGRAMME, "--once", "a"],
        ["chat", folder / "none.gguf", "--once", "a"],
    ):
        ended = ask(*words)
        assert ended.status == 2
        assert "O905" in ended.err
    ended = ask("chat", PROGRAMME, folder / "none.gguf", "--once", "a")
    assert "O905" in ended.err


def test_an_answer_is_the_same_for_a_seed_and_by_both_engines(ask: Run, folder: Path) -> None:
    words = ["--once", "Hello", "--tokens", "12", "--temperature", "0"]
    first, again, llama = (ask("chat", folder / place, *words).out for place in ("hf", "hf", "m.gguf"))
    assert first == again
    assert first.strip()
    # llama.cpp cuts characters that are not whole otherwise; the first ones are the same
    whole = first.split("\ufffd")[0][:8]
    assert llama.startswith(whole)


def test_lines_are_asked_and_kept(ask: Run, folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "said.json"
    given = f"Hello\n\n/save {kept}\n/reset\nOther\n/nonsense\n/save {tmp_path / 'no' / 'x'}\n"
    ended = ask("chat", folder / "hf", "--tokens", "4", "--verbose", given=given)
    assert ended.status == 0
    said = json.loads(kept.read_text())
    assert [one["role"] for one in said] == ["user", "assistant"]
    assert said[0]["content"] == "Hello"
    assert ended.err.count("token/s") == 2
    assert "O701" in ended.err


def test_the_oldest_turns_are_forgotten_and_a_long_question_ends_nothing(ask: Run, folder: Path) -> None:
    question = "the state of the union " * 3
    given = f"{question}\n{question}\n{question}\n{'long ' * 200}\nHello\n"
    ended = ask("chat", folder / "hf", "--tokens", "20", given=given)
    assert ended.status == 0
    assert "forgotten" in ended.err
    assert "O905" in ended.err


@pytest.mark.parametrize("engine", ["long", "long.gguf"])
def test_ctrl_c_stops_the_answer_and_not_the_program(
    engine: str, folder: Path, root: Path, tmp_path: Path
) -> None:
    """The whole process group hears Ctrl-C, llama.cpp's process with it if it were in there."""
    kept = tmp_path / "said.json"
    words = ["chat", str(folder / engine), "--tokens", "8000", "--temperature", "0", "--verbose"]
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, *words], start_new_session=True, cwd=root,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"Hello\n")
    process.stdin.flush()
    assert process.stdout.read(1)  # the answer has begun
    os.killpg(process.pid, signal.SIGINT)
    process.stdin.write(f"/save {kept}\n{'long ' * 9000}\n/quit\n".encode())
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert b"Traceback" not in err
    assert b"token/s" not in err  # which is said of whole answers only
    assert b"O905" in err  # the question after it was read, by an engine that still answers
    assert json.loads(kept.read_text())[1]["content"]


def test_questions_that_are_no_text_are_refused(ask: Run, folder: Path) -> None:
    for text in ("", "  ", "caf\udce9"):  # a byte that is no UTF-8, as Python reads words of a command
        ended = ask("chat", folder / "hf", "--once", text)
        assert ended.status == 2
        assert "O905" in ended.err
    ended = ask("chat", folder / "hf", "--tokens", "3", given="caf\udce9\nHello\n")
    assert ended.status == 0
    assert "O905" in ended.err
    assert ended.out.strip()


def test_export_overwrites_nothing_but_exports(ask: Run, folder: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("mine")
    for words in (["--to", "gguf"], ["--to", "safetensors"]):
        ended = ask("export", PROGRAMME, folder / "hf", *words, "--out", kept)
        assert ended.status == 2
        assert "O701" in ended.err
    assert kept.read_text() == "mine"
    place = tmp_path / "with space" / "ü.gguf"
    for _ in range(2):
        assert ask("export", PROGRAMME, folder / "hf", "--out", place).status == 0
    assert [one.name for one in place.parent.iterdir()] == ["ü.gguf"]


def test_a_reader_who_goes_away_is_no_traceback(folder: Path, root: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, "chat", str(folder / "hf"), "--once", "Hello", "--tokens", "100"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root, env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert process.stdout
    assert process.stderr
    process.stdout.read(1)
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    process.wait(60)
    assert b"Traceback" not in err
