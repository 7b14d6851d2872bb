"""One dial for a family of models: layers. Width, heads, feed-forward and tokens follow from it."""

from __future__ import annotations

from typing import NamedTuple

from orchard.arch import parameters
from orchard.arch.flops import training_flops
from orchard.errors import Finding, LimitError, did_you_mean
from orchard.spec.architecture import LanguageArchitecture
from orchard.spec.programme import Programme
from orchard.spec.training import Family

# Rows and columns of matrices are multiples of it, so that they fill the tiles of matrix units.
_TILE = 32
# SwiGLU has three matrices where a plain feed-forward of four times the width has two.
_FFN_RATIO = 8 / 3


# Layers up to which a family is listed: beyond, nobody has trained a decoder.
_DEEPEST = 128


class Rung(NamedTuple):
    """One model of a family: its shape, how many tokens it is trained on, and what that costs."""

    layers: int
    architecture: LanguageArchitecture
    steps: int
    tokens: int
    compute_flop: float


class Dial(NamedTuple):
    """What a family's rungs have in common.

    `like` is the model the family belongs to, trained on `tokens`: vocabulary and tied embeddings are
    taken from it; `sequence` and `batch` are tokens of one sequence and of one step.
    """

    family: Family
    like: LanguageArchitecture
    sequence: int
    batch: int
    tokens: float

    @property
    def whole_flop(self) -> float:
        """Pretraining compute of the model itself."""
        return float(training_flops(self.like, self.sequence)) * self.tokens

    def rung(self, layers: int) -> Rung:
        """The model of the family with so many layers.

        >>> family = Family(rungs=(3, 4, 6), forecast=8, aspect=32, tokens_per_parameter=1.0)
        >>> avocado = LanguageArchitecture(layers=6, hidden=256, heads=4, ffn=704, vocabulary=4096)
        >>> small = Dial(family, avocado, 512, 4096, 7e6).rung(4)
        >>> small.architecture.hidden, small.architecture.heads, small.architecture.ffn, small.tokens
        (128, 4, 352, 1851392)
        """
        family, like = self.family, self.like
        hidden = family.aspect * layers
        ffn = round(hidden * _FFN_RATIO / _TILE) * _TILE or _TILE
        mixture: dict[str, int] = {}
        if family.experts:
            mixture = {"experts": family.experts, "experts_per_token": 1, "expert_ffn": ffn,
                       "shared_ffn": ffn, "dense_layers": (layers + 1) // 2}  # fmt: skip
        architecture = LanguageArchitecture(
            layers=layers, hidden=hidden, heads=layers, ffn=ffn, vocabulary=like.vocabulary,
            tied_embeddings=like.tied_embeddings, **mixture,
        )  # fmt: skip
        steps = max(round(family.tokens_per_parameter * parameters(architecture).active / self.batch), 1)
        tokens = steps * self.batch
        compute_flop = float(training_flops(architecture, self.sequence)) * tokens
        return Rung(layers, architecture, steps, tokens, compute_flop)

    def sizes(self) -> list[Rung]:
        """The family to frontier size: its own rungs, then twice the layers each time."""
        layers = sorted({*self.family.rungs, self.family.forecast})
        while layers[-1] * 2 <= _DEEPEST:
            layers.append(layers[-1] * 2)
        return [self.rung(count) for count in layers]


def dial(programme: Programme, name: str) -> Dial:
    """The family of a model of a programme.

    Raises
    ------
    LimitError
        O896: no such model, or one without a family or without what a step of it is
    """
    model = programme.models.get(name)
    if model is None or model.family is None:
        families = [key for key, one in programme.models.items() if one.family is not None]
        found = "no such model" if model is None else "a model without a family"
        hint = did_you_mean(name, families) or "family: {rungs: [3, 4, 5, 6], forecast: 8}"
        raise LimitError(Finding("O896", "", f"models.{name}", found, "a model with a family", hint))
    recipe, shape = model.recipe, model.architecture
    amounts = [recipe.sequence, model.family.batch or recipe.batch, model.tokens] if recipe else []
    values = [int(amount.value) for amount in amounts if amount is not None and amount.value is not None]
    if not isinstance(shape, LanguageArchitecture) or len(values) < 3:
        wanted = "a language model with tokens, recipe.sequence and recipe.batch"
        raise LimitError(Finding("O896", "", f"models.{name}", "no step of a rung", wanted))
    return Dial(model.family, shape, *values)
