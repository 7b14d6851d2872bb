"""What other tokenizers make of held-out text."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchard.data import Built
from orchard.data.compressions import compressions


def test_tokenizers_are_compared(built: Built, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    words = Tokenizer(WordLevel({"[UNK]": 0, "the": 1}, unk_token="[UNK]"))
    words.pre_tokenizer = Whitespace()
    words.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "broken.json").write_text("{}")
    installed = [("words", tmp_path / "tokenizer.json"), ("broken", tmp_path / "broken.json")]
    monkeypatch.setattr("orchard.data.compressions.installed_tokenizers", lambda: iter(installed))
    own, other = compressions(built)
    assert (own.exact, other.exact, other.name) == (True, False, "words")
    text = "\n\n".join(one.text for one in built.held_out)
    assert own.bytes_per_token == pytest.approx(len(text.encode()) / len(built.tokenizer.encode(text)))
