"""How a model is really trained: what it learns from, with which optimiser, what follows, how it is judged.

``corpora:`` of a programme says what is read; ``training:``, ``alignment:``, ``evaluation:`` and ``family:``
of a model say what is done with it. All of it is also what :mod:`orchard.train` is given: nothing about a
run is configured anywhere else.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from orchard.spec.amounts import Number, Rate, Ratio, Share, Span, Strict, Tokens, Work

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Weight = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Part = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=1, le=1_000_000_000)]
OptionalCount = Annotated[int, Field(ge=0, le=1_000_000_000)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]


class Source(Strict):
    """One source of text: a package that ships it, or the user's own files."""

    package: str | None = Field(
        None, description="id of a package that ships text, as `orchard corpus` lists"
    )
    path: str | None = Field(
        None, description="your own text: a folder, a .jsonl or a .parquet file, beside the programme"
    )
    column: str = Field("text", description="name of the text in JSONL and Parquet")
    licence: str = Field("", description="licence of your own text; packages state theirs")
    weight: Positive = Field(1.0, description="how often its documents are read in one pass over the corpus")

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if (self.package is None) == (self.path is None):
            raise ValueError("a source has either `package` or `path`")
        return self


class Corpus(Strict):
    """What language models learn from, with the tokenizer trained on it."""

    title: str = Field("", description="name of the corpus as reports print it; the id by default")
    sources: dict[str, Source] = Field(min_length=1, description="where the text comes from")
    unseen: tuple[str, ...] = Field((), description="ids of sources that no model is trained on: for judging")
    held_out: Share = Field(description="share of documents of the other sources kept for judging")
    vocabulary: Annotated[int, Field(ge=300, le=1_000_000)] = Field(
        description="entries of the tokenizer trained on it; the models' own must be as large"
    )
    languages: tuple[str, ...] = Field(("en",), description="languages kept, as ISO 639-1 codes")
    near_duplicate: Part = Field(
        0.8, description="Jaccard similarity from which documents are duplicates; 0 for none"
    )
    seed: Seed = Field(0, description="seed of what is held out; the order is that of `training.seed`")


class Checkpoints(Strict):
    """When checkpoints are written, and which are kept."""

    every: Span = Field(description="time from one checkpoint to the next")
    keep: Count = Field(2, description="newest checkpoints kept")
    keep_every: OptionalCount = Field(
        0, description="steps; checkpoints of their multiples are kept for good"
    )


# Units (tokens, frames) of one forward pass where a recipe does not say how many samples it takes.
MICRO_UNITS = 8192


class Training(Strict):
    """The recipe as it is run: optimiser, schedule, guards, checkpoints."""

    corpus: str | None = Field(None, description="id of the corpus (language)")
    optimiser: Literal["muon", "adamw"] = Field(
        "muon", description="of matrices; all else is trained by AdamW"
    )
    rate: Positive = Field(0.02, description="highest learning rate of matrices")
    adam_rate: Positive = Field(0.016, description="highest learning rate of what AdamW trains")
    weight_decay: Weight = Field(0.05, description="decoupled weight decay of matrices")
    momentum: Part = Field(0.95, description="momentum of Muon")
    beta1: Part = Field(0.9, description="AdamW: decay of the first moment")
    beta2: Part = Field(0.95, description="AdamW: decay of the second moment")
    schedule: Literal["wsd", "cosine"] = Field("wsd", description="warmup, stable, decay; or a cosine")
    warmup: Part = Field(0.02, description="share of steps in which rates rise from zero")
    decay: Part = Field(0.6, description="share of steps, at the end, in which rates fall (wsd)")
    final: Part = Field(0.02, description="rates at the last step, as a share of the highest")
    clip: Weight = Field(1.0, description="largest norm of the gradient; 0 for no clipping")
    z_loss: Weight = Field(1e-4, description="weight of the squared log of the softmax's sum")
    spike: Weight = Field(
        6.0, description="standard deviations of recent losses from which a step is skipped; 0 never"
    )
    ema: Part = Field(
        0.0, description="decay of averaged weights, which are then judged and exported; 0 for none"
    )
    seed: Seed = Field(0, description="seed of weights and of the order of samples")
    micro_batch: OptionalCount = Field(
        0, description="sequences of one forward pass; 0 for as many as are fast"
    )
    recompute: bool = Field(False, description="whether activations are computed again in the backward pass")
    tensor_parallel: Count = Field(1, description="ways each matrix is cut; data parallelism takes the rest")
    checkpoints: Checkpoints = Field(description="when they are written, which are kept")


class Finetuning(Strict):
    """Supervised finetuning on instructions."""

    examples: Count = Field(description="instructions made from the corpus and from generators")
    passes: Positive = Field(1.0, description="passes over them")
    replay: Annotated[float, Field(ge=0, lt=1)] = Field(
        0.5, description="share of rows that are plain text of the corpus, so that it is not forgotten"
    )
    rate: Positive = Field(0.004, description="highest learning rate of matrices")


class Preferences(Strict):
    """Direct preference optimisation (DPO) on pairs of answers."""

    pairs: Count = Field(description="pairs of a better and a worse answer")
    beta: Positive = Field(0.1, description="weight of staying near the finetuned model")
    rate: Positive = Field(0.0005, description="highest learning rate of matrices")


class Rewards(Strict):
    """Group-relative policy optimisation (GRPO) with answers that a program verifies."""

    steps: Count = Field(description="steps of optimisation")
    prompts: Count = Field(8, description="prompts of one step")
    group: Annotated[int, Field(ge=2, le=1024)] = Field(8, description="answers sampled for each prompt")
    tokens: Count = Field(24, description="longest answer")
    temperature: Positive = Field(1.0, description="temperature answers are sampled at")
    clip: Positive = Field(
        0.2,
        description="clipping of the ratio of probabilities; with one step a sample, as now, it never binds",
    )
    kl: Weight = Field(0.02, description="weight of the divergence from the finetuned model")
    rate: Positive = Field(0.0003, description="highest learning rate of matrices")


class Alignment(Strict):
    """What follows pretraining, in this order; each part may be left out."""

    finetuning: Finetuning | None = Field(None, description="supervised finetuning")
    preferences: Preferences | None = Field(None, description="DPO")
    rewards: Rewards | None = Field(None, description="GRPO with verifiers")


class Evaluation(Strict):
    """How a trained model is judged. Written before it is trained, so that the gate is pre-registered."""

    items: Count = Field(200, description="items of each task with items; intervals say what that is worth")
    tasks: tuple[Literal["facts", "cloze", "reasoning", "instructions"], ...] = Field(
        ("facts", "cloze", "reasoning", "instructions"), description="tasks beside bits per byte"
    )
    gate: tuple[str, ...] = Field(
        (),
        description="what must hold to be released, as `held_out.bits_per_byte <= xz.bits_per_byte` "
        "or `facts.accuracy >= 0.3`; each is judged at the unfavourable end of its 90 % interval",
    )


class FamilyLaw(Strict):
    """Held-out loss of a family against training compute, as `orchard ladder` measures it: a power law."""

    anchor: Work = Field(description="training compute at which the loss is stated")
    loss: Ratio = Field(description="bits per byte of held-out text at the anchor")
    slope: Ratio = Field(description="relative fall of the loss there for a relative growth of compute")
    floor: Rate = Field(description="bits per byte that no compute takes away; less than `loss`")
    scatter: Number = Field(description="what one run adds to the curve, as a share of its loss")


class Family(Strict):
    """A ladder of models with one recipe and one dial: the layers, from which all else follows."""

    rungs: tuple[Count, ...] = Field(min_length=3, description="layers of the rungs that are fitted")
    forecast: Count = Field(description="layers of the rung that is forecast before it is trained")
    aspect: Count = Field(32, description="width of the residual stream over layers; width of a head")
    repeats: Count = Field(3, description="seeds of the smallest rung: how far apart equal runs end")
    tokens_per_parameter: Positive = Field(20.0, description="training tokens for each active parameter")
    batch: Tokens | None = Field(
        None, description="tokens of one step of every rung; the recipe's by default"
    )
    law: FamilyLaw | None = Field(None, description="what was measured of it; `orchard ladder` prints it")
    experts: OptionalCount = Field(
        0, description="routed experts, one a token, in every second layer; 0 for dense"
    )
