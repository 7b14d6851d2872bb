"""What is trained: models, their recipe, their milestones and the gate they must pass."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from orchard.spec.amounts import (
    Chips,
    Day,
    Duration,
    FailureRate,
    Number,
    Ratio,
    Samples,
    Share,
    Span,
    Strict,
    Tokens,
    Work,
)
from orchard.spec.architecture import LanguageArchitecture, VideoArchitecture


def _kind(raw: Any) -> str:
    kind = raw.get("kind") if isinstance(raw, dict) else getattr(raw, "kind", None)
    return "video" if kind == "video" else "language"


Architecture = Annotated[
    Annotated[LanguageArchitecture, Tag("language")] | Annotated[VideoArchitecture, Tag("video")],
    Discriminator(_kind),
]


class Recipe(Strict):
    """How the model is trained."""

    precision: Literal["bf16", "fp8", "mxfp8", "nvfp4"] = Field(
        "bf16", description="number format of matmuls"
    )
    sequence: Tokens | None = Field(None, description="tokens in one sequence (language)")
    utilisation: Ratio = Field(description="model FLOPs utilisation: achieved share of the dense peak")
    frames: int | None = Field(None, ge=1, le=100_000, description="frames of one training clip (video)")
    height: int | None = Field(None, ge=8, le=100_000, description="pixels (video)")
    width: int | None = Field(None, ge=8, le=100_000, description="pixels (video)")


class Reliability(Strict):
    """Failures while training, and what one costs."""

    node_failures: FailureRate = Field(description="failures of one node over time")
    checkpoint: Span = Field(description="time training stands still for one checkpoint")
    restart: Span = Field(description="time from a failure until training goes on")


class Milestone(Strict):
    """A stage after pretraining: it follows the stages before it in the file."""

    takes: Span = Field(description="how long the stage takes")
    text: str = Field("", description="what is done in it")


class Gate(Strict):
    """What the model must show to be released, compared with its predecessor."""

    predecessor: str = Field(description="id of the model it must beat")
    lead: Number = Field(description="wanted lead in orders of magnitude of effective compute")
    execution: Number = Field(
        description="what the recipe is worth beside compute and known progress, in orders of magnitude"
    )
    halving: Span = Field(description="time in which progress halves the compute for the same result")
    rework: Span | None = Field(None, description="delay of the release when the gate is failed at first")


class Model(Strict):
    """One model. Either it is trained by this programme, or `released` says when it came out."""

    title: str = Field("", description="name of the model as reports print it; the id by default")
    kind: Literal["language", "video", "world"] = Field(
        "language", description="what it models: text, images and video, or a world to act in"
    )
    team: str | None = Field(None, description="id of the team that trains it")
    site: str | None = Field(None, description="id of the site it trains on")
    priority: int = Field(1, ge=1, le=1000, description="1 goes first among the runs of one team and site")
    architecture: Architecture | None = Field(None, description="shape; `use:` takes one from the catalogue")
    tokens: Tokens | None = Field(None, description="tokens of pretraining (language)")
    samples: Samples | None = Field(None, description="clips and images of training (video)")
    compute: Work | None = Field(None, description="training compute, where the architecture is not public")
    beyond_pretraining: Ratio | None = Field(
        None, description="total compute of the run divided by pretraining compute"
    )
    recipe: Recipe | None = Field(None, description="number format, sequence or clip, and speed of training")
    reliability: Reliability | None = Field(None, description="failures while it trains, and what one costs")
    chips: Chips | None = Field(None, description="chips the run asks for")
    start: Day | None = Field(None, description="planned first day of pretraining")
    start_delay: Duration | None = Field(None, description="delay of the start")
    milestones: dict[str, Milestone] = Field(default_factory=dict, description="stages until release")
    gate: Gate | None = Field(None, description="what it must show to be released; no gate when left out")
    released: Day | None = Field(None, description="date of release of a model that is out already")


class Event(Strict):
    """People: a departure, a reorganisation, a change of direction, and the delay it may cost."""

    date: Day = Field(description="day on which it happened or is expected")
    kind: Literal["departure", "reorganisation", "direction", "hire"] = Field(
        description="what happened; `direction` is a change of direction"
    )
    text: str = Field("", description="who or what, in a sentence")
    fact: str | None = Field(None, description="id of the fact that reports it")
    probability: Share | None = Field(
        None, description="chance that it happens at all; certain when left out"
    )
    moves: tuple[str, ...] = Field(description="ids of the models whose release it delays")
    delay: Duration = Field(description="delay of their release, where that is still to come on the date")
