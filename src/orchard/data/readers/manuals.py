"""Manuals: Perl's POD (perlpod(1)) and manual pages (man(7) and the common part of mdoc(7))."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from orchard.data.document import Extract
from orchard.data.readers.markup import tidy
from orchard.data.readers.plain import decoded

_NAMED = {
    "lt": "<",
    "gt": ">",
    "verbar": "|",
    "sol": "/",
    "quot": '"',
    "amp": "&",
    "eacute": "é",
    "szlig": "ß",
}
_WIDE = re.compile(r"([A-Z])<<+\s+((?:(?!<<|>>).)*?)\s+>>+", re.DOTALL)
_NARROW = re.compile(r"([A-Z])<([^<>]*)>")


def read_pod(path: Path, name: str) -> Iterator[Extract]:
    """A file of POD; code between the documentation is left out."""
    found = decoded(path)
    yield Extract(name, plain_pod(found.text), found.done)


def plain_pod(text: str) -> str:
    r"""POD as text.

    >>> plain_pod("=head1 NAME\n\nperl - I<the> C<< $a->b >> E<lt>language\n\n=cut\n\nmy $x;")
    'NAME\n\nperl - the $a->b <language\n'
    """
    shown: list[str] = []
    inside, format_ = text.lstrip().startswith("=") or "\n=" not in text, ""
    for paragraph in re.split(r"\n[ \t]*\n", text):
        stripped = paragraph.strip("\n")
        if not stripped.startswith("="):
            if inside and not format_:
                shown.append(stripped if stripped[:1].isspace() else _codes(stripped))
            continue
        word, _, rest = stripped[1:].partition(" ")
        word, _, more = word.partition("\n")
        rest = f"{more} {rest}".strip()
        inside = word != "cut"
        if word == "begin":
            format_ = rest
        elif word == "end":
            format_ = ""
        elif word.startswith("head"):
            shown.append(_codes(rest))
        elif word == "item":
            shown.append("- " + re.sub(r"^\*\s*", "", _codes(rest)))
    return tidy(re.sub(r"(?m)^- \n+", "- ", "\n\n".join(shown)))


def _codes(text: str) -> str:
    """Text without formatting codes, from the innermost outwards."""
    for pattern in (_WIDE, _NARROW, _WIDE, _NARROW, _NARROW):
        text = pattern.sub(_code, text)
    return text.replace("\x01", "<").replace("\x02", ">")


def _code(found: re.Match[str]) -> str:
    letter, inner = found[1], found[2]
    if letter == "E":
        return _NAMED.get(inner, chr(int(inner)) if inner.isdigit() else inner).translate(
            {60: "\x01", 62: "\x02"}
        )
    if letter in "XZ":
        return ""
    if letter == "L":
        title, bar, _target = inner.partition("|")
        return title if bar else inner.replace("/", " ").replace('"', "").strip()
    return inner.replace("<", "\x01").replace(">", "\x02")


_ESCAPES = {
    r"\-": "-", r"\(bu": "-", r"\(aq": "'", r"\(cq": "'", r"\(oq": "'", r"\(dq": '"', r"\(lq": '"',
    r"\(rq": '"',
    r"\(em": " - ", r"\(en": "-", r"\(ha": "^", r"\(ti": "~", r"\(co": "(c)", r"\(rs": "\\", r"\(mu": "x",
    r"\(->": "->", r"\(<=": "<=", r"\(>=": ">=", r"\(+-": "+-", r"\(sc": "§", r"\(de": "°", r"\(ga": "`",
    r"\(fo": "<", r"\(fc": ">", r"\(:a": "ä", r"\(:o": "ö", r"\(:u": "ü", r"\('e": "é", r"\(*m": "µ",
    r"\&": "", r"\|": "", r"\^": "", r"\/": "", r"\,": "", r"\%": "", r"\)": "", r"\:": "", r"\ ": " ",
    r"\~": " ", r"\0": " ", r"\e": "\\", r"\'": "'", r"\`": "`", r"\.": ".", r"\c": "", r"\d": "", r"\u": "",
    r"\t": "\t", r"\p": "",
}  # fmt: skip
_ESCAPE = re.compile(
    r"\\(?:f(?:\[[^\]]*\]|\(..|.)|s[+-]?\d+|[mM]\[[^\]]*\]|[hvwlLDoNXbkn]'[^']*'|[*n](?:\[[^\]]*\]|\(..|.)"
    r"|\[(?P<named>[^\]]*)\]|\((?P<pair>..)|(?P<one>.))"
)
_ALTERNATING = {"BR", "RB", "IR", "RI", "BI", "IB"}
_BREAKS = {"PP", "P", "LP", "SP", "HP", "sp", "Pp", "Lp", "YS", "SY", "RS", "RE"}


def read_man(path: Path, name: str) -> Iterator[Extract]:
    """A manual page; one that only points to another has no text."""
    found = decoded(path)
    if not found.text.lstrip().startswith(".so "):
        yield Extract(name, plain_man(found.text), found.done)


def plain_man(text: str) -> str:
    r"""A manual page as text: filled paragraphs, headings, tags before what they explain.

    >>> plain_man('.TH x 1\n.SH NAME\npear \\- a \\fIfruit\\fP\n.PP\n.BR eat (1)\nit\n.TP\n.B \\-v\nmore')
    'NAME\n\npear - a fruit\n\neat(1) it\n\n-v\n    more\n'
    """
    page = _Man()
    for line in re.sub(r"\\\n", "", text).split("\n"):
        page.line(line)
    return tidy("".join(page.shown))


class _Man:
    """Turns lines of a manual page into text, one by one."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self._filled = True
        self._tag = ""  # what the next line is: "tag" after .TP, "heading" after a lone .SH
        self._indent = self._fresh = ""
        self._table = self._ignored = False

    def line(self, line: str) -> None:
        if self._ignored:
            self._ignored = not line.startswith("..")
        elif self._table:
            self._row(line)
        elif line.startswith((".", "'")) and not line.startswith("..."):
            self._request(line[1:].strip())
        elif not line.strip() and self._filled:
            self._break()
        else:
            self._text(_unescaped(line))

    def _request(self, line: str) -> None:
        if not line or line.startswith('\\"'):
            return
        name, _, rest = line.partition(" ")
        words = _words(rest)
        if name in ("SH", "SS", "Sh", "Ss"):
            self._break(indent="")
            self._tag = "heading"
            if words:
                self._text(" ".join(words))
        elif name in ("TP", "TQ", "IP", "It"):
            self._break(indent="")
            self._tag = "tag" if name in ("TP", "TQ") else ""
            if name in ("IP", "It"):
                self._tag = "tag" if words else ""
                if words:
                    self._text(words[0] if name == "IP" else " ".join(words))
                else:
                    self._indent = "    "
        elif name in _BREAKS:
            self._break(indent="" if name in ("PP", "P", "LP", "Pp") else self._indent)
        elif name in ("br", "Bl", "El", "Bd", "Ed"):
            self._put("\n")
        elif name in ("nf", "EX", "fi", "EE"):
            self._filled = name in ("fi", "EE")
            self._put("\n\n" if self._filled else "\n")
        elif name == "TS":
            self._table = True
        elif name in ("de", "ig", "am"):
            self._ignored = True
        elif name in _ALTERNATING:
            self._text("".join(words))
        elif name in ("B", "I", "SM", "SB", "UR", "MT", "R"):
            if words or name in "BI":
                self._text(" ".join(words))
        elif name in ("UE", "ME") and words:
            self._text(words[0])
        elif name[:1].isupper() and name[1:].islower() and words:  # mdoc: the words are shown
            self._text(" ".join(word for word in words if word not in ("Ar", "Fl", "Op", "Pa", "Cm", "Ns")))

    def _text(self, text: str) -> None:
        if not text.strip():
            return
        if self._tag == "heading":
            self.shown += [text, "\n\n"]
        elif self._tag == "tag":
            self.shown += [text, "\n"]
            self._indent = "    "
        else:
            last = self.shown[-1] if self.shown else "\n"
            glue = self._indent if last.endswith("\n") else " " if self._filled else "\n" + self._indent
            self.shown.append(glue + (text.strip() if self._filled else text))
        self._tag = ""

    def _row(self, line: str) -> None:
        if line.startswith(".TE"):
            self._table = False
            self._break()
        elif not line.startswith((".", "T{", "T}")) and not re.fullmatch(
            r"[lrcnaA ^|0-9\t.\[\]bBiIxXwW(),;_=]*", line
        ):
            self._text(_unescaped(line.replace("\t", "  ")))
            self._put("\n")

    def _break(self, indent: str | None = None) -> None:
        self._put("\n\n")
        if indent is not None:
            self._indent = indent

    def _put(self, text: str) -> None:
        if self.shown and not self.shown[-1].endswith(text):
            self.shown.append(text)


def _words(rest: str) -> list[str]:
    """Arguments of a request; quotes hold words together."""
    found = re.findall(r'"((?:[^"]|"")*)"?|(\S+)', re.sub(r'\s*\\".*$', "", rest.replace("\\ ", "\x00")))
    return [_unescaped((quoted.replace('""', '"') or plain).replace("\x00", " ")) for quoted, plain in found]


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_escape, re.sub(r'\\["#].*$', "", text)) if "\\" in text else text


def _escape(found: re.Match[str]) -> str:
    if found["one"]:
        return _ESCAPES.get(found[0], "" if found["one"].isalpha() else found["one"])
    name = found["pair"] or found["named"]
    if not name:
        return ""
    if found["named"] and re.fullmatch(r"u[0-9A-F]{4,6}", name):
        return chr(int(name[1:], 16))
    return _ESCAPES.get(f"\\({name}", "")
