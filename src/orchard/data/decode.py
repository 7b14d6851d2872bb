"""Bytes to text: which encoding, what was repaired, and what is no text at all.

A file is UTF-8 unless its first bytes say otherwise. What is not valid UTF-8 is read as Windows-1252, a
superset of the printable part of ISO 8859-1, where that gives text; single stray bytes in UTF-8 are read
alike. Everything that was done is said with the document; what is no text is refused with the reason.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import NamedTuple

# Share of control characters from which bytes are no text.
_BINARY_SHARE = 0.01
# Share of bytes that may be no UTF-8 before a whole file is taken for another encoding.
_STRAY_SHARE = 0.002

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_INVISIBLE = re.compile("[\u00ad\u200b\u200c\u200d\u2060\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
# UTF-8 that somebody read as Windows-1252: a lead byte's character, then those of continuation bytes.
_TAILS = (
    "".join(bytes([one]).decode("cp1252", "ignore") for one in range(0x80, 0xC0)) + "\x81\x8d\x8f\x90\x9d"
)
_MOJIBAKE = re.compile(f"[\u00c2-\u00df][{re.escape(_TAILS)}]|[\u00e0-\u00ef][{re.escape(_TAILS)}]{{2}}")


class Decoded(NamedTuple):
    """Text, and what was done to get it."""

    text: str
    done: tuple[str, ...] = ()


class NoTextError(ValueError):
    """Bytes that are no text; the message is the reason."""


def decode(raw: bytes) -> Decoded:
    r"""Read bytes as text.

    Raises
    ------
    NoTextError
        bytes that are no text in any encoding known here

    >>> decode("caf\u00e9".encode()), decode(b"caf\xe9 ol\xe9")
    (Decoded(text='café', done=()), Decoded(text='café olé', done=('read as windows-1252',)))
    """
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            try:
                text = raw[len(mark) :].decode(encoding)
            except UnicodeDecodeError:
                raise NoTextError(f"broken {encoding}") from None
            return Decoded(text, () if encoding == "utf-8" else (f"read as {encoding}",))
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return _other(raw)
    if _binary(text):
        raise NoTextError("binary: control characters")
    return Decoded(text)


def _other(raw: bytes) -> Decoded:
    """Text of bytes that are not valid UTF-8."""
    lenient = raw.decode("utf-8", "surrogateescape")
    stray = len(_SURROGATES.findall(lenient))
    if stray <= max(1, _STRAY_SHARE * len(raw)) and any(
        ord(sign) > 127 for sign in _SURROGATES.sub("", lenient)
    ):
        text = _SURROGATES.sub(lambda found: _windows(bytes([ord(found[0]) - 0xDC00])), lenient)
        done = f"{stray} stray byte{'s' if stray > 1 else ''} read as windows-1252"
    else:
        text, done = _windows(raw), "read as windows-1252"
    if _binary(text) or "\ufffd" in text:
        raise NoTextError("binary: neither UTF-8 nor windows-1252")
    return Decoded(text, (done,))


def _windows(raw: bytes) -> str:
    return raw.decode("cp1252", "replace")


def _binary(text: str) -> bool:
    return "\0" in text or len(_CONTROLS.findall(text[:100_000])) > _BINARY_SHARE * min(len(text), 100_000)


def repair(text: str) -> Decoded:
    r"""Text in Unicode's composed form (NFC), with line feeds, without invisible and control characters.

    UTF-8 that was once read as Windows-1252 is read again, character by character.

    >>> repair("na\u00c3\u00afve\r\nco\u00adoperate").text
    'naïve\ncooperate'
    """
    done = []
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _SURROGATES.search(text):
        text, count = _SURROGATES.subn("\ufffd", text)
        done.append(f"{count} lone surrogates replaced")
    mended, count = _MOJIBAKE.subn(_again, text)
    if mended != text:
        text = mended
        done.append("UTF-8 read as windows-1252 read again")
    text = _INVISIBLE.sub("", text).replace("\u00a0", " ")
    text, count = _CONTROLS.subn("", text)
    if count:
        done.append(f"{count} control characters removed")
    return Decoded(unicodedata.normalize("NFC", text), tuple(done))


def _again(found: re.Match[str]) -> str:
    raw = b"".join(_byte(sign) for sign in found[0])
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return found[0]


def _byte(sign: str) -> bytes:
    try:
        return sign.encode("cp1252")
    except UnicodeEncodeError:
        return sign.encode("latin-1")
