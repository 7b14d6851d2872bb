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
from orchard.spec.training import Alignment, Evaluation, Family, Training


def _kind(raw: Any) -> str:
    kind = raw.get("kind") if isinstance(raw, dict) else getattr(raw, "kind", None)
    return "video" if kind == "video" else "language"


Architecture = Annotated[
    Annotated[LanguageArchitecture, Tag("language")] | Annotated[VideoArchitecture, Tag("video")],
    Discriminator(_kind),
]


Ways = Annotated[int, Field(ge=1, le=1_000_000)]


class RunLayout(Strict):
    """How a run is cut over its chips, where it is given and not searched; replicas take what is left."""

    tp: Ways = Field(1, description="tensor parallelism: ways each matrix is cut")
    pp: Ways = Field(1, description="pipeline parallelism: stages")
    cp: Ways = Field(1, description="context parallelism: ways each sequence is cut")
    vp: Ways = Field(1, description="chunks of layers that each stage holds, interleaved")
    ep: Ways = Field(1, description="expert parallelism: ways the experts are shared out")
    etp: Ways = Field(1, description="ways each expert is cut")
    micro_batch: Ways = Field(1, description="sequences of a microbatch")
    shard: Literal["nothing", "optimiser", "gradients", "weights"] = Field(
        "optimiser", description="what replicas share out among them, with all before it"
    )
    recompute: Literal["none", "selective", "full"] | None = Field(
        None, description="activations computed again; the least that fits by default"
    )


class Recipe(Strict):
    """How the model is trained."""

    precision: Literal["bf16", "fp8", "mxfp8", "nvfp4"] = Field(
        "bf16", description="number format of matmuls"
    )
    sequence: Tokens | None = Field(None, description="tokens in one sequence (language)")
    batch: Tokens | None = Field(None, description="tokens of one step (language); whole sequences are taken")
    stack: str = Field(
        "", max_length=60, description="software and version, as `megatron-bridge 25.09`; unknown by default"
    )
    layout: RunLayout | None = Field(
        None, description="how it is cut over chips; the fastest that fits is searched by default"
    )
    utilisation: Ratio | None = Field(
        None,
        description="achieved share of the dense peak, in place of the step model; needed where that does "
        "not reach: video, world models, a model known by `compute` alone, chips of the programme's own",
    )
    frames: int | None = Field(None, ge=1, le=100_000, description="frames of one training clip (video)")
    height: int | None = Field(None, ge=8, le=100_000, description="pixels (video)")
    width: int | None = Field(None, ge=8, le=100_000, description="pixels (video)")


class Reliability(Strict):
    """Failures while training, and what one costs."""

    node_failures: FailureRate = Field(
        description="failures of one node over time; a rack counts as nodes of eight chips"
    )
    checkpoint: Span = Field(description="time training stands still for one checkpoint")
    restart: Span = Field(description="time from a failure until training goes on; all wait for it")
    save: Span | None = Field(
        None,
        description="time until a checkpoint is saved, what `checkpoint` does not stop for beside the work; "
        "reliability.save of the catalogue when left out, and no less than `checkpoint`",
    )
    load: Span | None = Field(None, description="time to load a checkpoint; part of `restart` when left out")
    detect: Span | None = Field(
        None, description="time from a failure until it is seen; part of `restart` when left out"
    )
    spares: Share | None = Field(
        None, description="spare nodes beside those of the run, as a share of them; enough when left out"
    )
    fault_tolerance: Literal["none", "replica", "elastic"] = Field(
        "none",
        description="what a failure stops: all of the run until a spare has taken over (none), one replica "
        "while the others go on (replica), all of it until it goes on with fewer nodes (elastic)",
    )


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
    loss: Ratio | None = Field(
        None, description="most bits per byte that the family's law may forecast; not asked for when left out"
    )
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
    training: Training | None = Field(
        None, description="how it is really trained; planned only when left out"
    )
    alignment: Alignment | None = Field(
        None, description="what follows pretraining, when it is really trained"
    )
    evaluation: Evaluation | None = Field(None, description="how it is judged, when it is really trained")
    family: Family | None = Field(None, description="smaller models by which it is forecast")
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
