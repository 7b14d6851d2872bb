"""What can go wrong, and how it is said.

::

    OrchardError
      x SpecError            the programme is wrong: carries every finding at once
      x FactError            the catalogue cannot answer: no such fact, or no source for it
      x QuantityError        a quantity, a period or a claim that cannot be read
      x LimitError           a request beyond what this machine can do
      x OutputError          a result that cannot be written where it was asked for
      x TrainError           a run that cannot begin, go on or be resumed
      x DataError            text, a corpus or a tokenizer that cannot be used, or is damaged
      x EvaluationError      a model that cannot be judged, or results of judging that cannot be used

A user's mistake is always one of these and never a traceback. Each carries one or more findings,
and every finding has the same shape: a code, a place, what was found, what was wanted, what to try.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import NamedTuple


class Finding(NamedTuple):
    """One thing to mend.

    `code` is ``O`` and three digits; `place` is ``file:line``; `path` the dotted place inside the
    programme; `severity` is ``error`` or ``warning``.
    """

    code: str
    place: str
    path: str
    found: str
    wanted: str = ""
    hint: str = ""
    severity: str = "error"

    def __str__(self) -> str:
        head = "  ".join(part for part in (self.place, self.code, self.path) if part)
        if self.severity != "error":
            head = f"{head}  ({self.severity})"
        rows = [("found", self.found), ("wanted", self.wanted), ("try", self.hint)]
        return "\n".join([head, *(f"  {label:<8} {text}" for label, text in rows if text)])


class OrchardError(Exception):
    """Base of every error a user can mend. `findings` holds all of them."""

    def __init__(self, findings: Finding | Iterable[Finding]) -> None:
        self.findings: list[Finding] = [findings] if isinstance(findings, Finding) else list(findings)
        super().__init__("\n\n".join(str(finding) for finding in self.findings))


class SpecError(OrchardError):
    """The programme file is wrong."""


class FactError(OrchardError):
    """The catalogue cannot answer."""


class QuantityError(OrchardError):
    """A quantity, a period or a claim cannot be read."""


class LimitError(OrchardError):
    """The request is beyond what this machine can do."""


class OutputError(OrchardError):
    """The result cannot be written."""


class DataError(OrchardError):
    """Text, a corpus or a tokenizer cannot be used, or is damaged."""


class TrainError(OrchardError):
    """A run cannot begin, go on, or be resumed."""


class EvaluationError(OrchardError):
    """A model cannot be judged, or results of judging cannot be used."""


def did_you_mean(word: str, known: Iterable[str], label: str = "did you mean") -> str:
    """``"did you mean 'power'?"``, or an empty string when nothing is near.

    >>> did_you_mean("powr", ["power", "place"])
    "did you mean 'power'?"
    """
    near = get_close_matches(str(word)[:80], list(known), n=1, cutoff=0.6)
    return f"{label} {near[0]!r}?" if near else ""
