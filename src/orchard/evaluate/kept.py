"""What judging found, kept beside the models, so that nothing is judged twice by the same items.

::

    runs/laptop/
      evaluation/9c41d2e8f7a60b35.json             what xz makes of the texts; the name is their digest
      avocado/
        model/                                     what was judged
        evaluation/3f2a90c1d4e5f607.json           scores of a set by item; digest of weights and set
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from orchard.errors import EvaluationError, Finding
from orchard.evaluate.items import Items
from orchard.evaluate.scores import ItemScore, TextScore, read_row, written_row
from orchard.evaluate.texts import Reference
from orchard.files import write_text

T = TypeVar("T")
FORMAT = 2  # one more when scoring changes: items are known by their digest, what scores them is not


class KeptScores:
    """Scores of a model, kept set by set: what was interrupted goes on with the set it was at.

    Parameters
    ----------
    folder, weights
        where scores are kept; identity of the weights
    """

    def __init__(self, folder: Path, weights: str) -> None:
        self._folder, self._weights = folder, weights

    def __call__(self, name: str, digest: str, make: Callable[[], Sequence[Any]]) -> Sequence[Any]:
        """Rows of a set: those that are kept, or new ones that are kept from now on.

        Raises
        ------
        EvaluationError
            O882: a file that is no scores, or scores of something else
        OutputError
            they cannot be written
        """
        path = self._folder / f"{_name(FORMAT, self._weights, name, digest)}.json"
        found = _read(path, _set)
        if found is None:
            found = _Set(self._weights, name, digest, tuple(make()))
            _write(path, {**found._asdict(), "rows": [written_row(row) for row in found.rows]})
        if found[:3] != (self._weights, name, digest):
            raise _refused(path, "scores of another model or of other items")
        return found.rows


class _Set(NamedTuple):
    """Scores of one set with what they are of."""

    weights: str
    name: str
    items: str
    rows: tuple[TextScore | ItemScore, ...]


def _set(said: Any) -> _Set:
    rows = tuple(read_row(row) for row in said["rows"])
    return _Set(str(said["weights"]), str(said["name"]), str(said["items"]), rows)


def kept_references(
    folder: Path, corpus: str, items: Items, make: Callable[[], Mapping[str, Reference]]
) -> Mapping[str, Reference]:
    """What xz makes of the texts of a corpus: kept, or worked out now and kept; raises as `KeptScores` does.

    Parameters
    ----------
    corpus
        digest of the corpus, whose training text primes the reference
    """
    texts = {name: items.digests[name] for name in items.texts}
    path = folder / f"{_name(FORMAT, corpus, *sorted(texts.values()))}.json"
    found = _read(path, _references)
    if found is None:
        found = dict(make())
        said = {name: {"bits": one.bits, "primed": _or_none(one.primed)} for name, one in found.items()}
        _write(path, said)
    if {name: len(one.bits) for name, one in found.items()} != {
        name: len(each) for name, each in items.texts.items()
    }:
        raise _refused(path, "references of other texts")
    return found


def _references(said: Any) -> dict[str, Reference]:
    return {
        name: Reference(tuple(map(float, one["bits"])), _or_nan(one["primed"])) for name, one in said.items()
    }


def _name(*parts: object) -> str:
    return sha256("\n".join(map(str, parts)).encode()).hexdigest()[:16]


def _write(path: Path, said: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(json.dumps(said, allow_nan=False, ensure_ascii=False, separators=(",", ":")) + "\n", path)


def _read(path: Path, read: Callable[[Any], T]) -> T | None:
    """What is kept in a file; None where there is none."""
    try:
        return read(json.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _refused(path, f"what cannot be read: {type(error).__name__}") from None


def _refused(path: Path, found: str) -> EvaluationError:
    hint = f"rm {path}, and it is worked out anew"
    return EvaluationError(Finding("O882", str(path), "", found, "what `orchard evaluate` wrote", hint))


def _or_none(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else float(value)
