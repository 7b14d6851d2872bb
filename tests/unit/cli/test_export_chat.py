"""orchard export and orchard chat, on a tiny random model in a folder."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.unit.cli.command import Ended, Run
from tests.unit.train.export.tiny import tiny

from orchard.train.export import gguf_file, huggingface

CODE = "from orchard.cli import main; main()"
PROGRAMME = "programmes/laptop.yaml"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("model")
    model = tiny(made)
    huggingface.write(model, made / "hf")
    gguf_file.write(model, made / "m.gguf")
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


def test_ctrl_c_stops_the_answer_and_not_the_program(folder: Path, root: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, "chat", str(folder / "hf"), "--tokens", "110", "--verbose"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=root,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert process.stdin
    assert process.stdout
    process.stdin.write(b"Hello\n")
    process.stdin.flush()
    assert process.stdout.read(1)  # the answer has begun
    process.send_signal(signal.SIGINT)
    time.sleep(0.05)
    process.stdin.write(b"And now?\n")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out
    assert b"Traceback" not in err


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
