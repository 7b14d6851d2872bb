"""The tokenizer: byte-level byte-pair encoding with Llama 3's split and special tokens.

Byte-level, so that every text is encoded and none is lost. Split and special tokens are Llama 3's
(Dubey et al. 2024, arXiv:2407.21783; the pattern as in its tokenizer.json), so that an export is what
other programs call a `llama-bpe` tokenizer. Deviation: special tokens beyond the six that Orchard uses are
only added where the text has too few merges to fill the vocabulary.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from orchard.errors import DataError, Finding

if TYPE_CHECKING:
    import tokenizers

SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
BEGIN, END, PAD = "<|begin_of_text|>", "<|end_of_text|>", "<|pad|>"
HEADER, HEADED, TURN_END = "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"
_SPARE = "<|reserved_special_token_"
SPECIAL = (BEGIN, END, HEADER, HEADED, TURN_END, PAD)
# Characters encoded at once: bounds the memory of a giant document.
PART = 200_000


class Tokenizer:
    """A tokenizer in a file.

    Special tokens in a text are encoded as the plain text they are; :meth:`special` gives their ids.

    Parameters
    ----------
    path
        a ``tokenizer.json`` written by :func:`train`

    Raises
    ------
    DataError
        O811: a file that is missing, cannot be read or is no tokenizer of Orchard's
    """

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer as Read

        self.path = path
        try:
            self._raw = path.read_bytes()
            self._read: tokenizers.Tokenizer = Read.from_buffer(self._raw)
        except Exception as error:  # the library raises Exception itself
            raise _unreadable(path, str(error)) from None
        missing = [name for name in SPECIAL if self._read.token_to_id(name) is None]
        if missing:
            raise _unreadable(path, "special tokens are missing: " + " ".join(missing))
        self._read.encode_special_tokens = True
        self.digest = hashlib.sha256(self._raw).hexdigest()

    @cached_property
    def vocabulary(self) -> int:
        """Number of entries, special ones included."""
        return int(self._read.get_vocab_size(with_added_tokens=True))

    @cached_property
    def spare(self) -> int:
        """Entries that stand for nothing, because the text had too few merges."""
        return sum(name.startswith(_SPARE) for name in self._read.get_vocab(with_added_tokens=True))

    def special(self, name: str) -> int:
        """Id of a special token.

        Raises
        ------
        KeyError
            a name that is no special token
        """
        found = self._read.token_to_id(name) if name.startswith("<|") else None
        if found is None:
            raise KeyError(name)
        return int(found)

    def encode(self, text: str) -> list[int]:
        """Ids of a text, without special tokens."""
        return [
            one
            for part in self._read.encode_batch_fast(list(parts(text)), add_special_tokens=False)
            for one in part.ids
        ]

    def encode_all(self, texts: Sequence[str]) -> list[list[int]]:
        """Ids of each text, without special tokens; on all cores."""
        cut = [list(parts(text)) for text in texts]
        flat = [part for each in cut for part in each]
        ids = iter(self._read.encode_batch_fast(flat, add_special_tokens=False))
        return [[one for _ in each for one in next(ids).ids] for each in cut]

    def decode(self, ids: Iterable[int]) -> str:
        """The text of ids; special tokens are written as they are called."""
        return str(self._read.decode(list(ids), skip_special_tokens=False))


def train(texts: Iterable[str], vocabulary: int, path: Path) -> Tokenizer:
    """Train a tokenizer of exactly `vocabulary` entries and write it; the same texts give the same file."""
    from tokenizers import AddedToken, Regex
    from tokenizers import Tokenizer as Fresh
    from tokenizers.decoders import ByteLevel as Decoder
    from tokenizers.models import BPE
    from tokenizers.pre_tokenizers import ByteLevel, Sequence, Split
    from tokenizers.processors import TemplateProcessing
    from tokenizers.trainers import BpeTrainer

    fresh = Fresh(BPE(ignore_merges=True))
    fresh.pre_tokenizer = Sequence(
        [Split(Regex(SPLIT), "isolated"), ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    fresh.decoder = Decoder()
    trainer = BpeTrainer(
        vocab_size=vocabulary - len(SPECIAL), show_progress=False, initial_alphabet=ByteLevel.alphabet()
    )
    fresh.train_from_iterator((part for text in texts for part in parts(text)), trainer)
    spare = vocabulary - fresh.get_vocab_size() - len(SPECIAL)
    names = [*SPECIAL, *(f"{_SPARE}{number}|>" for number in range(spare))]
    fresh.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in names])
    fresh.post_processor = TemplateProcessing(
        single=f"{BEGIN} $A",
        pair=f"{BEGIN} $A {BEGIN}:1 $B:1",
        special_tokens=[(BEGIN, fresh.token_to_id(BEGIN))],
    )
    path.write_text(fresh.to_str(pretty=True) + "\n", "utf-8")
    return Tokenizer(path)


def parts(text: str, most: int = PART) -> Iterator[str]:
    r"""A text in parts that are encoded to the same ids as the whole.

    It is cut where the split always ends: after a line break before something that is no space, else between
    a letter and a space before a letter. Where neither is found in `most` characters it is cut there.

    >>> list(parts("one two\nthree four", 10))
    ['one two\n', 'three four']
    """
    start = 0
    while len(text) - start > most:
        end = _cut(text, start, start + most)
        yield text[start:end]
        start = end
    yield text[start:]


def _cut(text: str, start: int, end: int) -> int:
    at = text.rfind("\n", start, end)
    while at > start:
        if not text[at + 1].isspace():
            return at + 1
        at = text.rfind("\n", start, at)
    at = text.rfind(" ", start + 1, end)
    while at > start:
        if text[at - 1].isalpha() and text[at + 1].isalpha():
            return at
        at = text.rfind(" ", start + 1, at)
    return end


def _unreadable(path: Path, reason: str) -> DataError:
    wanted = "the tokenizer.json of a corpus"
    return DataError(
        Finding("O811", str(path), "", " ".join(reason.split())[:200], wanted, "build the corpus anew")
    )
