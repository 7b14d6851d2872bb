"""Bytes become text, or are refused with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.data.decode import NoTextError, decode, repair


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs", "Cc"))))
def test_utf8_is_read_as_it_is(text: str) -> None:
    text = text.lstrip("\ufeff")
    assert decode(text.encode()) == (text, ())


@given(st.text(alphabet="abcdefgh ijkl\u00e9\u00fc\u00df", min_size=1))
def test_other_encodings_are_told_by_their_marks(text: str) -> None:
    for encoding in ("utf-16-le", "utf-16-be", "utf-32-le"):
        found = decode(("\ufeff" + text).encode(encoding))
        assert found == (text, (f"read as {encoding}",))


def test_windows_1252_is_read_and_said() -> None:
    assert decode("Les Misérables, “été” à Genève".encode("cp1252")) == (
        "Les Misérables, “été” à Genève",
        ("read as windows-1252",),
    )


def test_a_stray_byte_does_not_spoil_utf8() -> None:
    raw = ("Genève est une ville. " * 90).encode() + b"caf\xe9."
    found = decode(raw)
    assert found.text.endswith("café.")
    assert found.text.startswith("Genève")
    assert found.done == ("1 stray byte read as windows-1252",)


@pytest.mark.parametrize(
    "raw", [bytes(range(256)) * 8, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" * 9, b"text \0 text", b"\xff\xfe\x00"]
)
def test_what_is_no_text_is_refused(raw: bytes) -> None:
    with pytest.raises(NoTextError):
        decode(raw)


def test_text_is_repaired_and_it_is_said() -> None:
    broken = "Ren\u00c3\u00a9 \u00e2\u20ac\u0153said\u00e2\u20ac\u009d co\u00adoperate\x07 caf\u0065\u0301\u00a0\r\n"
    found = repair(broken)
    assert found.text == "René “said” cooperate café \n"
    assert set(found.done) == {"UTF-8 read as windows-1252 read again", "1 control characters removed"}


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",))))
def test_repair_is_done_after_one_time(text: str) -> None:
    once = repair(text).text
    assert (
        repair(once).text == once
        or "\u00c2" in text
        or "\u00c3" in text
        or any("\u00c2" <= c <= "\u00ef" for c in once)
    )


def test_good_text_with_accents_is_left_alone() -> None:
    text = "Ãrvore, São Paulo, façade, Â, naïve: 5 °C ± 1"
    assert repair(text).text == text
