"""From a file to plain values, each with the line it stands on.

YAML is read by PyYAML's event parser; what a scalar means is decided here, as in the core schema of
YAML 1.2: ``no`` and ``on`` stay texts, dates stay texts, ``1:30`` is a text, ``010`` is ten. Whatever
could hang or blow up a program (alias bombs, endless nesting, enormous files) is refused.
"""

from __future__ import annotations

import hashlib
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchard.errors import Finding, SpecError, did_you_mean
from orchard.spec.compose import Node, compose, refuse

Steps = tuple[str | int, ...]

_MOST_BYTES = 8_000_000
_MOST_VALUES = 200_000
_MOST_DEPTH = 40

CODES = {
    "O100": "the file does not exist",
    "O101": "not a file that can be read",
    "O102": "the file is too large",
    "O103": "the file is empty",
    "O104": "the file is not UTF-8 text",
    "O105": "a syntax error of YAML",
    "O106": "a key that stands twice in one mapping",
    "O107": "a key that is not a text",
    "O108": "a number that is not finite",
    "O109": "a tag",
    "O110": "aliases, nesting or documents beyond what a programme needs",
}

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_ENDLESS = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_UNPRINTABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_TEXT_TAGS = ("!", "tag:yaml.org,2002:str")


@dataclass(frozen=True)
class Document:
    """A programme file as plain values.

    `path` is the file as the user named it; `lines` maps the steps to a value, such as
    ``("sites", "prometheus", "pue")``, to the line it stands on (of a list or a mapping: the line of
    its key); `digest` is the SHA-256 of the text.
    """

    path: str
    data: dict[str, Any]
    lines: dict[Steps, int]
    digest: str

    def line(self, steps: Steps) -> int:
        """Line of a value, or of the nearest thing around it."""
        while steps and steps not in self.lines:
            steps = steps[:-1]
        return self.lines.get(steps, 1)

    def place(self, steps: Steps) -> str:
        """``file:line`` of a value."""
        return f"{self.path}:{self.line(steps)}"


def read(path: Path) -> Document:
    """Read a programme file.

    Raises
    ------
    SpecError
        with one of `CODES`; all duplicate keys, odd keys, tags and numbers at once
    """
    name = str(path)
    raw = _fetch(path, name)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise refuse(
            "O104", f"{name}:{line}", f"byte 0x{raw[error.start]:02x} at byte {error.start}, line {line}",
            "UTF-8 text", "save the file as UTF-8",
        ) from None  # fmt: skip
    return read_text(text, name)


def read_text(text: str, name: str = "<text>") -> Document:
    r"""Read a programme from a text; `name` stands for the file in findings.

    >>> document = read_text("power: 1.02 GW\nday: 2026-03-31\non: no")
    >>> document.data, document.lines[("day",)]
    ({'power': '1.02 GW', 'day': '2026-03-31', 'on': 'no'}, 2)
    """
    _refuse_unprintable(text, name)
    root = compose(text, name, _MOST_DEPTH, _MOST_VALUES)
    if root is None:
        raise refuse("O103", name, "an empty file", "a programme", "start from programmes/laptop.yaml")
    if root.kind != "mapping":
        wanted = "keys and values, as `programme: my-lab`"
        raise refuse("O105", f"{name}:{root.line}", f"a {root.kind} at the top of the file", wanted)
    builder = _Builder(name)
    data = builder.build(root, ())
    if builder.findings:
        raise SpecError(sorted(builder.findings, key=lambda finding: int(finding.place.rpartition(":")[2])))
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return Document(name, data, builder.lines, digest)


def _fetch(path: Path, name: str) -> bytes:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise refuse("O101", name, "a folder", "a programme file", _neighbour(path, path))
        if not stat.S_ISREG(mode):
            raise refuse("O101", name, "a device or a pipe", "a programme file")
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        hint = _neighbour(path.parent, path)
        raise refuse("O100", name, "no such file", "a programme file (YAML)", hint) from None
    except PermissionError:
        raise refuse("O101", name, "permission denied", "a file you may read") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise refuse("O101", name[:200], str(reason).lower(), "a programme file") from None
    if len(raw) > _MOST_BYTES:
        raise refuse("O102", name, f"more than {_MOST_BYTES // 1_000_000} MB", "a smaller file")
    if not raw.strip():
        raise refuse("O103", name, "an empty file", "a programme", "start from programmes/laptop.yaml")
    return raw


def _neighbour(folder: Path, wanted: Path) -> str:
    try:
        known = sorted(entry.name for entry in folder.iterdir() if entry.suffix in (".yaml", ".yml"))
    except OSError:
        return ""
    near = did_you_mean(wanted.name, known) or did_you_mean(wanted.stem + ".yaml", known)
    if near:
        return near
    return "there is " + ", ".join(known[:5]) if known else ""


def _refuse_unprintable(text: str, name: str) -> None:
    match = _UNPRINTABLE.search(text)
    if match is None:
        return
    before = text[: match.start()]
    line = before.count("\n") + 1
    where = f"at byte {len(before.encode('utf-8', 'surrogatepass'))}, line {line}"
    mark = match.group()
    found = "a byte order mark" if mark == "\ufeff" else f"the control character U+{ord(mark):04X}"
    hint = "save the file as UTF-8 without byte order mark" if mark == "\ufeff" else "delete it"
    raise refuse("O104", f"{name}:{line}", f"{found} {where}", "plain UTF-8 text", hint)


class _Builder:
    """Turns nodes into plain values and keeps the lines; gathers what is wrong on the way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Steps, int] = {}
        self.findings: list[Finding] = []
        self.values = 0

    def build(self, node: Node, steps: Steps) -> Any:
        self.values += 1
        if self.values > _MOST_VALUES or len(steps) > _MOST_DEPTH:
            found = f"aliases that grow to more than {_MOST_VALUES} values or {_MOST_DEPTH} levels"
            raise refuse("O110", f"{self.name}:{node.line}", found, "a programme without alias bombs")
        self.lines.setdefault(steps, node.line)
        if node.tag not in (None, *_TEXT_TAGS, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"):
            self._note("O109", node, steps, f"the tag {node.tag[:60]!r}", "a plain value", "drop the tag")
        if node.kind == "mapping":
            return self._mapping(node, steps)
        if node.kind == "list":
            return [self.build(child, (*steps, index)) for index, child in enumerate(node.children)]
        return self._scalar(node, steps)

    def _mapping(self, node: Node, steps: Steps) -> dict[str, Any]:
        result: dict[str, Any] = {}
        pairs = [(self._key(key, steps), key, value) for key, value in node.pairs()]
        for merged in [value for key, _, value in pairs if key is None]:
            for source in reversed(list(self._sources(merged, steps))):
                result |= self.build(source, steps)
        first: dict[str, int] = {}
        for key, key_node, value in pairs:
            if key is None:
                continue
            inner = (*steps, key)
            if key in first:
                found = f"{key[:60]!r} again; it stands at line {first[key]} already"
                self._note("O106", key_node, inner, found, "each key once", "drop one of the two")
                continue
            first[key] = key_node.line
            self.lines[inner] = value.line if value.kind == "scalar" else key_node.line
            result[key] = self.build(value, inner)
        return result

    def _sources(self, merged: Node, steps: Steps) -> Iterator[Node]:
        for source in merged.children if merged.kind == "list" else [merged]:
            if source.kind == "mapping":
                yield source
            else:
                self._note("O110", source, steps, f"`<<` of a {source.kind}", "`<<: *name` of a mapping")

    def _key(self, node: Node, steps: Steps) -> str | None:
        """Text of a key; None stands for the merge key ``<<``."""
        if node.kind != "scalar":
            self._note("O107", node, steps, f"a {node.kind} as key", "a text as key")
            return f"<{node.kind} at line {node.line}>"
        if node.plain and node.text == "<<" and node.tag is None:
            return None
        if node.plain and node.tag is None and not isinstance(_resolve(node.text), str):
            found = f"the key {node.text[:60]}, which is not a text" if node.text else "an empty key"
            hint = f'"{node.text[:60]}":' if node.text else ""
            self._note("O107", node, steps, found, "a text as key", hint)
        return node.text

    def _scalar(self, node: Node, steps: Steps) -> Any:
        if not node.plain or node.tag in _TEXT_TAGS:
            return node.text
        value = _resolve(node.text)
        if isinstance(value, float | int) and not abs(value) < 1e300:
            self._note("O108", node, steps, node.text[:40], "a finite number")
            return 0
        return value

    def _note(self, code: str, node: Node, steps: Steps, found: str, wanted: str, hint: str = "") -> None:
        path = ".".join(str(step)[:60] for step in steps)
        finding = Finding(code, f"{self.name}:{node.line}", path, found, wanted, hint)
        if all((old.place, old.found) != (finding.place, found) for old in self.findings[-50:]):
            self.findings.append(finding)


def _resolve(text: str) -> str | int | float | bool | None:
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        if len(text) > 310:
            return float("inf")
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _ENDLESS.fullmatch(text):
        return float("nan")
    return text
