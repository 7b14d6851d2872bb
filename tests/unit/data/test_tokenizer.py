"""The tokenizer loses nothing, is the same for the same texts, and keeps special tokens to itself."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as Read

from orchard.data import Built, Tokenizer
from orchard.data.tokenizer import BEGIN, END, SPECIAL, parts, train
from orchard.errors import DataError

from .small import prose


@settings(max_examples=50)
@given(st.text())
def test_every_text_comes_back(built: Built, text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    assert built.tokenizer.decode(built.tokenizer.encode(text)) == text


@settings(max_examples=50)
@given(st.text(alphabet="ab \n\r\t.'1éΩ", max_size=200), st.integers(4, 40))
def test_parts_are_encoded_as_the_whole(built: Built, text: str, most: int) -> None:
    text = " word\n".join([text] * 3)
    cut = list(parts(text, most))
    assert "".join(cut) == text
    assert all(len(part) <= most for part in cut)
    clean = all(
        (not after[:1].isspace() and before.endswith("\n"))
        or (after[:1] == " " and after[1:2].isalpha() and before[-1:].isalpha())
        for before, after in pairwise(cut)
    )
    if clean:
        assert [one for part in cut for one in built.tokenizer.encode(part)] == built.tokenizer.encode(text)


def test_special_tokens_in_a_text_are_text(built: Built) -> None:
    ids = built.tokenizer.encode(f"{BEGIN} said {END}")
    specials = {built.tokenizer.special(name) for name in SPECIAL}
    assert not specials & set(ids)
    assert built.tokenizer.decode(ids) == f"{BEGIN} said {END}"
    assert len(specials) == len(SPECIAL)
    assert built.tokenizer.decode([built.tokenizer.special(END)]) == END
    with pytest.raises(KeyError):
        built.tokenizer.special("the")


def test_vocabulary_is_as_large_as_asked(built: Built, tmp_path: Path) -> None:
    assert built.tokenizer.vocabulary == 600
    assert built.tokenizer.spare == 0
    small = train(["few merges in here"], 500, tmp_path / "tokenizer.json")
    assert small.vocabulary == 500
    assert small.spare > 100
    assert max(small.encode("few merges")) < 500


def test_split_is_that_of_llama_3(built: Built) -> None:
    read = Read.from_file(str(built.folder / "tokenizer.json"))
    found = [piece for piece, _ in read.pre_tokenizer.pre_tokenize_str("I'll pay 12345 now!!\n\n  x")]
    assert found == ["I", "'ll", "Ġpay", "Ġ", "123", "45", "Ġnow", "!!ĊĊ", "Ġ", "Ġx"]


def test_the_same_texts_give_the_same_tokenizer(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from orchard.data.tokenizer import train;"
        "train(Path(sys.argv[1]).read_text().split('\\n\\n'), 700, Path(sys.argv[2]))"
    )
    (tmp_path / "text").write_text("".join(prose(seed) for seed in range(12)))
    for number, threads in enumerate(("1", "3")):
        environment = {**os.environ, "RAYON_NUM_THREADS": threads, "PYTHONHASHSEED": threads}
        words = [sys.executable, "-c", code, str(tmp_path / "text"), str(tmp_path / f"{number}.json")]
        subprocess.run(words, check=True, env=environment)
    assert (tmp_path / "0.json").read_bytes() == (tmp_path / "1.json").read_bytes()


@pytest.mark.parametrize("text", ["", "{}", '{"model": 3}', None])
def test_what_is_no_tokenizer_is_refused(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "tokenizer.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(DataError, match="O811"):
        Tokenizer(path)


def test_a_tokenizer_of_another_kind_is_refused(tmp_path: Path) -> None:
    from tokenizers.models import BPE

    Read(BPE()).save(str(tmp_path / "tokenizer.json"))
    with pytest.raises(DataError, match="special tokens are missing"):
        Tokenizer(tmp_path / "tokenizer.json")
