"""Rules about training runs: how fast they are must be given, or be such that it can be computed."""

from __future__ import annotations

from collections.abc import Iterator

from orchard.catalogue import Catalogue
from orchard.spec.architecture import LanguageArchitecture
from orchard.spec.models import Model
from orchard.spec.programme import Programme
from orchard.spec.rules import Problem, rule


@rule("O341", "the speed of a run is given, or can be computed")
def runs_have_a_speed(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """The recipe of a run has a `utilisation`; or, for a language model with an architecture, what a step is.

    That is the `sequence` and the `batch`, both in tokens. The step model then finds the layout, unless
    `layout` gives it, and the speed.

    Why: without either nobody can say how long the run takes.

    Example::

        models:
          avocado: {recipe: {precision: fp8, sequence: 8192 tokens}, ...}

    What to try: ``batch: 16777216 tokens``; ``utilisation: {assumed: 0.36, low: ..., high: ..., why: ...}``
    for video and world models, and for models known by `compute` alone.
    """
    for name, model in programme.models.items():
        if model.start is None or model.released is not None or model.recipe is None:
            continue
        missing = _missing(model)
        if model.recipe.utilisation is None and missing:
            language = isinstance(model.architecture, LanguageArchitecture)
            hint = "batch: 16777216 tokens" if language else "recipe.utilisation, assumed with its range"
            found = f"neither `utilisation` nor {' and '.join(missing)}"
            yield Problem(("models", name, "recipe"), found, "a speed, or what a step is made of", hint)


def _missing(model: Model) -> list[str]:
    """What the step model lacks of a run."""
    if not isinstance(model.architecture, LanguageArchitecture):
        return ["the architecture of a language model"]
    assert model.recipe is not None
    return [name for name in ("sequence", "batch") if getattr(model.recipe, name) is None]
