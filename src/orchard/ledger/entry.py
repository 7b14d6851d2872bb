"""One line of a ledger: what is said, when, and the digest that chains it to the line before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple

# What stands for the digest of the entry before the first one.
FIRST = ""
_FIELDS = {"time": str, "kind": str, "run": str, "values": dict, "previous": str, "digest": str}


class Entry(NamedTuple):
    """One entry: never changed once it is written.

    Attributes
    ----------
    time
        UTC, ISO 8601 with microseconds
    kind, run
        one of :data:`~orchard.ledger.kinds.KINDS`; what it is about, such as ``avocado`` or
        ``avocado/finetuning``
    values
        what it says, by the names of :data:`~orchard.ledger.kinds.VALUES`
    previous, digest
        SHA-256 of the entry before and of this one, all of it but the digest
    """

    time: str
    kind: str
    run: str
    values: dict[str, Any]
    previous: str
    digest: str

    @property
    def id(self) -> str:
        """Short name of the entry: the beginning of its digest."""
        return self.digest[:16]

    @property
    def line(self) -> bytes:
        """The entry as it is written, with the end of the line."""
        return _text(self._asdict()) + b"\n"

    @property
    def unchanged(self) -> bool:
        """Whether the digest is that of what the entry says."""
        return self.digest == _digest(self._asdict())


def entry(time: str, kind: str, run: str, values: Mapping[str, Any], previous: str) -> Entry:
    """An entry after another one.

    Raises
    ------
    ValueError, TypeError
        values that JSON has no words for, such as NaN

    Examples
    --------
    >>> one = entry("2026-01-02T03:04:05.000000Z", "measurement", "avocado", {"step_s": 3.02}, FIRST)
    >>> one.id, one.unchanged, one._replace(values={"step_s": 2.0}).unchanged
    ('16b427a2096201a5', True, False)
    """
    said = json.loads(_text(dict(values)))  # as it will be read: keys are texts, tuples are lists
    fields = {"time": time, "kind": kind, "run": run, "values": said, "previous": previous}
    return Entry(time, kind, run, said, previous, _digest(fields))


def parsed(line: bytes) -> Entry | None:
    """The entry of a line; None where it is none, or says what no entry can: NaN, half a character."""
    try:
        said = json.loads(line)
        _text(said)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or set(said) != set(_FIELDS):
        return None
    if not all(isinstance(said[name], kind) for name, kind in _FIELDS.items()):
        return None
    return Entry(**said)


def _digest(fields: Mapping[str, Any]) -> str:
    said = {name: value for name, value in fields.items() if name != "digest"}
    return sha256(_text(said)).hexdigest()


def _text(said: Mapping[str, Any]) -> bytes:
    """JSON in one way only: what is the same has the same digest."""
    encoder = json.JSONEncoder(
        ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"), default=_plain
    )
    return encoder.encode(said).encode()


def _plain(number: Any) -> Any:
    """A number of NumPy or torch as one of Python."""
    if hasattr(number, "item"):
        return number.item()
    raise TypeError(f"{type(number).__name__} cannot be written into a ledger")
