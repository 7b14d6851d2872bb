"""What judging found, kept beside the models, so that nothing is judged twice by the same items.

::

    runs/laptop/
      evaluation/9c41d2e8f7a60b35.json             what xz makes of the texts; the name is their digest
      avocado/
        model/                                     what was judged
        evaluation/3f2a90c1d4e5f607.json           scores by item; the name is a digest of weights and items
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from orchard.errors import EvaluationError, Finding
from orchard.evaluate import scores as scores_of
from orchard.evaluate.items import Items
from orchard.evaluate.scores import Scores
from orchard.evaluate.texts import Reference
from orchard.files import write_text

T = TypeVar("T")
_FORMAT = 1


def kept_scores(folder: Path, digest: str, items: Items, make: Callable[[], Scores]) -> Scores:
    """Scores of a model by items: those that are kept, or new ones that are kept from now on.

    Parameters
    ----------
    folder, digest
        where scores are kept; identity of the weights
    make
        judges the model

    Raises
    ------
    EvaluationError
        O882: a file that is no scores, or scores of something else
    OutputError
        they cannot be written
    """
    path = folder / f"{_name(scores_of.FORMAT, digest, items.digest)}.json"
    found = _read(path, scores_of.read)
    if found is None:
        found = make()
        _write(path, scores_of.written(found))
    if found.digest != digest or dict(found.digests) != items.digests:
        raise _refused(path, "scores of another model or of other items")
    return found


def kept_references(
    folder: Path, corpus: str, items: Items, make: Callable[[], Mapping[str, Reference]]
) -> Mapping[str, Reference]:
    """What xz makes of the texts of a corpus: kept, or worked out now and kept; raises as `kept_scores` does.

    Parameters
    ----------
    corpus
        digest of the corpus, whose training text primes the reference
    """
    texts = {name: items.digests[name] for name in items.texts}
    path = folder / f"{_name(_FORMAT, corpus, *sorted(texts.values()))}.json"
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
