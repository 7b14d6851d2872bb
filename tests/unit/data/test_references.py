"""What a compressor and other tokenizers make of held-out text."""

from __future__ import annotations

import lzma
import random
from pathlib import Path

import pytest

from orchard.data import Built
from orchard.data.references import compressions, packed_bytes, xz, xz_of


def test_xz_is_what_the_program_makes_of_it() -> None:
    raw = random.Random(0).randbytes(50_000) + b"pears " * 5_000
    whole = len(lzma.compress(raw, preset=9 | lzma.PRESET_EXTREME))
    assert whole - 120 < packed_bytes(raw) <= whole  # a container has less than 120 bytes


def test_priming_helps_as_far_as_text_repeats() -> None:
    draw = random.Random(1)
    noise = [draw.randbytes(3000).hex() for _ in range(2)]
    same, other = xz(noise[:1], noise[:1]), xz(noise[:1], noise[1:])
    assert same.primed < 0.1 * same.alone
    assert abs(other.primed - other.alone) < 0.2  # a packer that has begun is a little better
    assert 4 <= other.alone < 4.6  # four bits of chance a hexadecimal digit
    assert xz(noise[:1]).primed == other.alone


def test_priming_is_limited() -> None:
    assert xz(["abc"], ["x" * 100, "y" * 100], 150).priming_bytes == 150


def test_a_corpus_is_compared(built: Built) -> None:
    found = xz_of(built)
    assert 0 < found.primed < found.alone < 8
    assert found.held_out_bytes == len("\n\n".join(one.text for one in built.held_out).encode())
    assert found.priming_bytes > 50_000


def test_tokenizers_are_compared(built: Built, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    words = Tokenizer(WordLevel({"[UNK]": 0, "the": 1}, unk_token="[UNK]"))
    words.pre_tokenizer = Whitespace()
    words.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "broken.json").write_text("{}")
    installed = [("words", tmp_path / "tokenizer.json"), ("broken", tmp_path / "broken.json")]
    monkeypatch.setattr("orchard.data.references.installed_tokenizers", lambda: iter(installed))
    own, other = compressions(built)
    assert (own.exact, other.exact, other.name) == (True, False, "words")
    text = "\n\n".join(one.text for one in built.held_out)
    assert own.bytes_per_token == pytest.approx(len(text.encode()) / len(built.tokenizer.encode(text)))
