"""Layouts that a programme gives: which gangs they can be cut over, and what is wrong with them.

The rules are those by which :mod:`~orchard.estimate.training.layouts.legal` searches, each said of one field.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from orchard.estimate.training.layouts.legal import divisors, tensor_sizes
from orchard.plan.steps import Question
from orchard.spec.models import RunLayout


class Fault(NamedTuple):
    """What is wrong with a field of the layout, or with the `chips` or the `batch` beside it."""

    field: str
    found: str
    wanted: str
    hint: str = ""


def group(layout: RunLayout) -> int:
    """Chips of one replica."""
    return layout.tp * layout.pp * layout.cp


def sizes(question: Question, layout: RunLayout) -> list[int]:
    """Gangs whose replicas share the batch, and whose chips the experts."""
    share, left = divmod(question.batch, layout.micro_batch)
    replicas = divisors(share) if share and not left else ()
    return [group(layout) * each for each in replicas if _shares(layout, share, each)]


def _shares(layout: RunLayout, share: int, replicas: int) -> bool:
    """Whether experts share out over the ranks, and microbatches over interleaved stages."""
    ranks = layout.tp * layout.cp * replicas
    return ranks % (layout.ep * layout.etp) == 0 and (layout.vp == 1 or share // replicas % layout.pp == 0)


def faults(question: Question, chips: int | None = None) -> Iterator[Fault]:
    """What is wrong with a given layout, whatever the chips; of so many chips where they are certain."""
    layout = question.layout
    if layout is None:
        return
    found = list(_of_model(question, layout)) or list(_of_sequence(question, layout))
    yield from found
    every = sizes(question, layout)
    if found:
        return  # what divides chips and batch is known once these are mended
    if not every:
        yield _unshared(question, layout)
    elif chips is not None and chips not in every:
        yield _misfit(question, layout, chips, every)


def _of_model(question: Question, layout: RunLayout) -> Iterator[Fault]:
    a = question.architecture
    allowed = tensor_sizes(a)
    if layout.tp not in allowed:
        wanted = "one of " + ", ".join(map(str, allowed)) + ", which divide heads and widths of the model"
        yield Fault("tp", str(layout.tp), wanted)
    if layout.pp > a.layers:
        yield Fault("pp", str(layout.pp), f"at most {a.layers}, the layers of the model")
    if layout.vp > 1 and (layout.pp == 1 or layout.vp > -(-a.layers // layout.pp)):
        wanted = f"at most {-(-a.layers // layout.pp)}, the layers of a stage; 1 without stages"
        yield Fault("vp", str(layout.vp), wanted)
    if max(a.experts, 1) % layout.ep:
        wanted = f"a divisor of the {a.experts} experts" if a.experts else "1: the model has no experts"
        yield Fault("ep", str(layout.ep), wanted)
    if layout.tp % layout.etp or (layout.etp > 1 and (not a.experts or a.expert_ffn % layout.etp)):
        yield Fault("etp", str(layout.etp), "a divisor of tp and of the width of an expert")
    if layout.shard == "gradients" and layout.pp > 1:
        yield Fault(
            "shard", "gradients, with stages", "optimiser", "stages add gradients up over microbatches"
        )


def _of_sequence(question: Question, layout: RunLayout) -> Iterator[Fault]:
    tokens = question.sequence
    if layout.cp > 1 and tokens % (2 * layout.cp):
        yield Fault("cp", str(layout.cp), f"a divisor of {tokens // 2:,}, half the tokens of a sequence")
    elif tokens // layout.cp % layout.tp:
        wanted = f"a divisor of {tokens // layout.cp:,}, the tokens of a sequence that a rank sees"
        yield Fault("tp", str(layout.tp), wanted)


def _unshared(question: Question, layout: RunLayout) -> Fault:
    """No number of replicas will do."""
    share, left = divmod(question.batch, layout.micro_batch)
    if left or not share:
        below = max(share, 1) * layout.micro_batch
        wanted = f"a multiple of micro_batch {layout.micro_batch}"
        return Fault("batch", f"{question.batch:,} sequences", wanted, _tokens(question, below))
    if layout.vp > 1 and share % layout.pp:
        wanted = f"microbatches in multiples of pp {layout.pp}, which interleaving (vp) needs"
        step = layout.micro_batch * layout.pp
        batch = max(question.batch // step, 1) * step
        return Fault("batch", f"{question.batch:,} sequences", wanted, _tokens(question, batch))
    found = f"ep {layout.ep} x etp {layout.etp} = {layout.ep * layout.etp}"
    return Fault("ep", found, "a divisor of tp x cp x replicas, for replicas that share the batch")


def _misfit(question: Question, layout: RunLayout, chips: int, every: list[int]) -> Fault:
    """So many chips will not do: they are no multiple, or their replicas do not share the batch."""
    one = group(layout)
    near = [max((n for n in every if n < chips), default=0), min((n for n in every if n > chips), default=0)]
    hint = " or ".join(f"{size} chips" for size in near if size)
    if chips % one:
        wanted = f"a multiple of tp {layout.tp} x pp {layout.pp} x cp {layout.cp} = {one}"
        return Fault("chips", f"{chips:,} chips", wanted, hint)
    step = chips // one * layout.micro_batch
    if question.batch % step:
        batch = max(round(question.batch / step), 1) * step
        wanted = f"a multiple of {chips // one} replicas x micro_batch {layout.micro_batch} = {step}"
        other = f"; or chips: {hint}" if hint else ""
        return Fault("batch", f"{question.batch:,} sequences", wanted, _tokens(question, batch) + other)
    found = f"{chips:,} chips, {chips // one} replicas"
    return Fault("chips", found, "replicas over which experts and interleaved microbatches share out", hint)


def _tokens(question: Question, batch: int) -> str:
    return f"batch: {batch * question.sequence} tokens ({batch:,} sequences)"
