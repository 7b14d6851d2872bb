"""The step model as a plan asks it: the fastest layout of a model on so many chips of one kind.

All that a plan knows of :mod:`orchard.estimate.training` stands here. Of the layouts that are legal a
plan tries those that large runs use (:func:`customary`), one in a hundred: it asks for many sizes of
gang, and what is left out is rarely faster, by 3 % at most in docs/LOG.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial
from typing import NamedTuple

import numpy as np

from orchard.catalogue.chip import Chip
from orchard.estimate.training.calibration import calibration
from orchard.estimate.training.estimates import with_slowdown
from orchard.estimate.training.formulas.configuration import PRECISIONS, RECOMPUTE, Hardware, Layout, Software
from orchard.estimate.training.formulas.memory import fits, memory, room
from orchard.estimate.training.formulas.shape import shape, training_flops
from orchard.estimate.training.formulas.step import step
from orchard.estimate.training.interval import width
from orchard.estimate.training.layouts.legal import Block, Cluster, Column, Row, count
from orchard.estimate.training.layouts.search import Found, search
from orchard.estimate.training.table.machines import machine_of
from orchard.estimate.training.table.rows import batch
from orchard.estimate.training.table.stacks import family
from orchard.spec.architecture import LanguageArchitecture
from orchard.spec.models import RunLayout
from orchard.units import factor

# Formats that a chip without the wanted one trains in, in their order; MXFP8 is of chips that have FP4.
NARROWER = {
    "nvfp4": ("nvfp4", "mxfp8", "fp8", "bf16"),
    "mxfp8": ("mxfp8", "fp8", "bf16"),
    "fp8": ("fp8", "bf16"),
    "bf16": ("bf16",),
}
SHARD = ("nothing", "optimiser", "gradients", "weights")  # by the code of Layout.shard
# What large runs use: choices of the search that a plan makes.
MOST_TENSOR, MOST_MICRO_BATCH, MOST_CONTEXT = 16, 2, 16
# Legal layouts of one size of gang beyond which a plan does not search.
MOST_LAYOUTS = 200 * 1000 * 1000
# Models of the catalogue whose feed-forwards are gated, or are not: a stack does the same for all like them.
_ALIKE = {True: "llama3-8b", False: "gpt3-175b"}


@dataclass(frozen=True)
class Question:
    """What is trained and how. `batch` is in sequences; a `layout` of None is searched."""

    architecture: LanguageArchitecture
    sequence: int
    batch: int
    precision: str
    stack: str = ""
    layout: RunLayout | None = None


class Step(NamedTuple):
    """The fastest step found.

    `layout` names every choice; `width` is the half-width of the 80 % interval on the logarithm of the
    step time; `tried` layouts were compared.
    """

    chips: int
    precision: str
    tokens_per_s_per_chip: float
    step_s: float
    utilisation: float
    allocated_bytes: float
    room_bytes: float
    layout: dict[str, int]
    width: float
    tried: int


class Short(NamedTuple):
    """Why there is none."""

    reason: str


class _Setting(NamedTuple):
    """A chip in a number format, under a stack."""

    chip: str
    hardware: Hardware
    precision: str
    software: Software
    family: str


def fastest(question: Question, chip: Chip, chips: int) -> Step | Short:
    """The fastest step on so many chips of one kind, or why there is none."""
    setting = _setting(question, chip)
    return setting if isinstance(setting, Short) else _fastest(question, setting, chips)


def faster(question: Question, chip: Chip, found: Step, peak: float) -> float:
    """Speed of the same layout beside what it is, if the chip had `peak` times its operations a second."""
    setting = _setting(question, chip)
    if isinstance(setting, Short):
        return 0.0
    hardware = setting.hardware
    other = hardware._replace(
        bf16_flops_per_s=hardware.bf16_flops_per_s * peak,
        linear_flops_per_s=hardware.linear_flops_per_s * peak,
    )
    layout = _layout(question, setting.precision, found.chips, found.layout)
    return found.step_s / _step_s(question, setting._replace(hardware=other), layout)


def known_stack(stack: str) -> bool:
    """Whether a stack is one that measurements know, or none is named."""
    return not stack.strip() or family(stack)[0] in calibration().slowdown


def known_stacks() -> list[str]:
    """Families of stacks that were measured."""
    return sorted(calibration().slowdown)


def customary(question: Question, block: Block) -> Block:
    """Layouts of a block that large runs use: small microbatches, sharding over all replicas or of none."""
    rows, columns = block.rows, block.columns
    odd = question.batch // (question.batch & -question.batch)
    small = (rows.micro_batch <= MOST_MICRO_BATCH) | (rows.micro_batch == odd)
    whole = (rows.etp == 1) | (rows.etp == block.tp)
    row = small & whole & (rows.cp <= MOST_CONTEXT) & (block.tp <= MOST_TENSOR)
    over_all = columns.shard_ranks == columns.shard_ranks.max()
    column = (columns.shard == 1) | (columns.shard == 2)
    column |= (columns.shard == 3) & over_all & (columns.kept_gathered == 0)
    return block._replace(
        rows=Row(*(values[row] for values in rows)), columns=Column(*(values[column] for values in columns))
    )


def _setting(question: Question, chip: Chip) -> _Setting | Short:
    reason = ""
    for precision in NARROWER[question.precision]:
        found = machine_of(chip, precision)
        if found.wrong or (precision == "mxfp8" and not chip.fp4_flops_per_s):
            reason = found.wrong or reason
            continue
        software, name = _software(question.stack, chip.id, precision, question.architecture.gated)
        return _Setting(chip.id, found.hardware, precision, software, name)
    return Short(reason)


@lru_cache(maxsize=256)
def _software(stack: str, chip: str, precision: str, gated: bool) -> tuple[Software, str]:
    """What a stack does on a chip and how much slower it is than the model, and its family."""
    cells = {"id": "", "model_key": _ALIKE[gated], "chip": chip, "dtype": precision, "stack": stack,
             "n_gpus": "8", "seq_len": "4096", "global_batch": "8"}  # fmt: skip
    one = batch([cells])
    fields = with_slowdown(one, calibration())._asdict()
    attention = int(fields.pop("attention")[0])
    software = Software(attention=attention, **{name: float(value[0]) for name, value in fields.items()})
    return software, one.stacks[0]


@lru_cache(maxsize=1000)
def _fastest(question: Question, setting: _Setting, chips: int) -> Step | Short:
    if question.layout is not None:
        return _given(question, setting, chips, question.layout)
    cluster = Cluster(chips, question.sequence, question.batch)
    if (legal := count(question.architecture, cluster)) > MOST_LAYOUTS:
        return Short(f"{legal:,} layouts on {chips:,} chips are too many to search: state recipe.layout")
    found = search(
        question.architecture,
        cluster,
        setting.hardware,
        setting.precision,
        setting.software,
        calibration().constants,
        only=partial(customary, question),
    )
    if not found.evaluated:
        return Short(f"no layout divides {question.batch:,} sequences over {chips:,} chips")
    if not found.feasible:
        return Short(_lacking(found, setting, chips))
    return _made(question, setting, chips, found.best.chosen(0), found.evaluated)


def _lacking(found: Found, setting: _Setting, chips: int) -> str:
    least = float(found.near.reserved_bytes[0])
    return _short_of(f"no layout fits on {chips:,} {setting.chip}", least, setting)


def _short_of(said: str, needed: float, setting: _Setting) -> str:
    gib = factor("GiB")
    there = float(room(setting.hardware))
    return f"{said}: needs {needed / gib:.3g} GiB a chip, {(needed - there) / gib:.3g} more than there is"


def _given(question: Question, setting: _Setting, chips: int, given: RunLayout) -> Step | Short:
    """A layout that the programme gives, with the least recomputation that fits where none is given."""
    ranks = chips // (given.tp * given.pp)
    chosen = {name: getattr(given, name) for name in ("tp", "pp", "cp", "vp", "ep", "etp", "micro_batch")}
    chosen |= {
        "shard": SHARD.index(given.shard),
        "shard_ranks": ranks,
        "kept_gathered": int(given.shard == "weights" and given.pp > 1),
    }
    levels = [given.recompute] if given.recompute else RECOMPUTE[: RECOMPUTE.index("offload")]
    needed = np.inf
    for level in levels:
        tried = chosen | {"recompute": RECOMPUTE.index(level)}
        layout = _layout(question, setting.precision, chips, tried)
        bytes_ = memory(shape(question.architecture), setting.hardware, layout, setting.software)
        if fits(bytes_, setting.hardware):
            return _made(question, setting, chips, tried, 0)
        needed = min(needed, float(bytes_.reserved))
    return Short(_short_of(f"the layout does not fit on {chips:,} {setting.chip}", needed, setting))


def _layout(question: Question, precision: str, chips: int, chosen: dict[str, int]) -> Layout:
    fields = {name: float(value) for name, value in chosen.items() if name != "kept_gathered"}
    return Layout(
        chips=float(chips),
        sequence=float(question.sequence),
        batch=float(question.batch),
        precision=PRECISIONS.index(precision),
        **fields,
    )


def _step_s(question: Question, setting: _Setting, layout: Layout) -> float:
    numbers = shape(question.architecture)
    parts = step(calibration().constants, numbers, setting.hardware, layout, setting.software)
    return float(parts.total)


def _made(question: Question, setting: _Setting, chips: int, chosen: dict[str, int], tried: int) -> Step:
    """Everything said of one layout."""
    numbers = shape(question.architecture)
    software = setting.software._replace(kept_gathered=float(chosen["kept_gathered"]))
    setting = setting._replace(software=software)
    layout = _layout(question, setting.precision, chips, chosen)
    step_s = _step_s(question, setting, layout)
    tokens = question.batch * question.sequence / (chips * step_s)
    flops = float(training_flops(numbers, float(question.sequence)))
    needed = memory(numbers, setting.hardware, layout, software)
    half = width(
        calibration().spread, [setting.family], question.architecture.experts > 0, [setting.chip],
        chips=layout.chips, tokens=layout.tokens, sequence=layout.sequence, hidden=numbers.hidden,
    )  # fmt: skip
    return Step(
        chips=chips,
        precision=setting.precision,
        tokens_per_s_per_chip=tokens,
        step_s=step_s,
        utilisation=tokens * flops / float(setting.hardware.linear_flops_per_s),
        allocated_bytes=float(needed.allocated),
        room_bytes=float(room(setting.hardware)),
        layout=chosen,
        width=float(half[0]),
        tried=tried,
    )
