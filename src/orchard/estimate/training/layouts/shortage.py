"""What is short when no layout will do: a batch that divides, chips that divide, memory, and how much."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from orchard.errors import Finding, LimitError
from orchard.estimate.cells import LARGEST
from orchard.estimate.training.calibration import Calibration
from orchard.estimate.training.formulas.configuration import PRECISIONS
from orchard.estimate.training.formulas.memory import fits, memory
from orchard.estimate.training.formulas.shape import shape
from orchard.estimate.training.layouts.legal import Cluster, blocks, count, replica_counts
from orchard.estimate.training.layouts.listing import MEMORY, estimated
from orchard.estimate.training.layouts.question import PLACES, Question
from orchard.estimate.training.layouts.search import CHUNK, Found

# Layouts beyond which a search takes minutes: a choice of the program.
MOST_LAYOUTS = 500 * 1000 * 1000
# How far from the chips asked for others are looked for that divide the batch.
NEAR_CHIPS = 128
# Between twice the chips and half of them, these shares are tried: coarse, but what people can order.
_EIGHTHS = (5, 6, 7)
_NEVER = "more chips of this kind do not help: a shorter --seq"
# Batches within this share of the one asked for are near.
NEAR_BATCH, MOST_NEAR = 0.1, 1000


def check_size(question: Question) -> None:
    """Refuse a search that would take too long.

    Raises
    ------
    LimitError
        O836
    """
    found = count(question.architecture, question.cluster)
    if found > MOST_LAYOUTS:
        size = question.cluster
        asked = f"{found:,} layouts of {size.chips:,} chips with a batch of {size.batch:,}"
        hint = "numbers with fewer divisors, such as powers of two, have fewer layouts"
        raise LimitError(Finding("O836", "", "--gpus, --batch", asked, f"at most {MOST_LAYOUTS:,}", hint))


def no_layout(question: Question) -> Finding:
    """Say why no layout is legal, and which batches and chips are near."""
    a, asked = question.architecture, question.cluster
    replicas = sorted(replica_counts(a, asked))
    below = max(asked.batch // each * each for each in replicas)
    above = min(asked.batch // each * each + each for each in replicas)
    batches = [f"--batch {size}" for size in (below, above) if 0 < size <= LARGEST]
    chips = [f"--gpus {size}" for size in _near_chips(question)]
    many = ", ".join(map(str, replicas[:4])) + (", ..." if len(replicas) > 4 else "")
    return Finding(
        "O834",
        "",
        PLACES["global_batch"],
        f"{asked.batch} sequences on {asked.chips} chips: no layout divides them",
        f"a multiple of the replicas that {question.cells['model']} can have there: {many}",
        " or ".join([*batches, *chips]),
    )


def advice(question: Question) -> Iterator[str]:
    """Sentences on a batch that leaves few layouts to choose from, where one near leaves many."""
    asked = question.cluster
    replicas = replica_counts(question.architecture, asked)

    def dividing(batch: int) -> int:
        return sum(batch % each == 0 for each in replicas)

    reach = min(int(asked.batch * NEAR_BATCH), max(replicas), MOST_NEAR)
    near = sorted(range(asked.batch - reach, asked.batch + reach + 1), key=lambda n: abs(n - asked.batch))
    best = max(near, key=dividing)
    if dividing(best) >= 2 * dividing(asked.batch):
        few, many = dividing(asked.batch), dividing(best)
        yield (
            f"{asked.batch} sequences divide over {few} of {len(replicas)} possible numbers of replicas; "
            f"--batch {best} over {many}: more layouts to choose from"
        )


def _near_chips(question: Question) -> Iterable[int]:
    """The nearest numbers of chips, below and above, that the batch divides over."""
    asked = question.cluster

    def divides(chips: int) -> bool:
        counts = replica_counts(question.architecture, replace(asked, chips=chips))
        return any(asked.batch % each == 0 for each in counts)

    below = range(asked.chips - 1, max(asked.chips - NEAR_CHIPS, 0), -1)
    above = range(asked.chips + 1, min(asked.chips + NEAR_CHIPS, int(LARGEST)))
    for sizes in (below, above):
        yield from list(filter(divides, sizes))[:1]


def nothing_fits(question: Question, found: Found, known: Calibration) -> Finding:
    """Say how much the nearest layout lacks, what fills it, and how many chips would be enough."""
    (near,) = estimated(question, [found.near.chosen(0)], known)
    parts = ", ".join(f"{name} {near['parts_gib'][name]:.3g}" for name in MEMORY)
    cut = " ".join(f"{name} {near[name]}" for name in ("tp", "pp", "cp", "ep", "micro_batch"))
    states = found.crowded == found.evaluated
    said = "; weights, gradients and optimiser alone are too large in all" if states else ""
    short = near["reserved_gib"] - near["chip_gib"]
    enough = enough_chips(question)
    hint = f"--gpus {enough} is enough for this batch and sequence" if enough else _NEVER
    return Finding(
        "O835",
        "",
        PLACES["n_gpus"],
        f"{question.cells['model']} fits in none of {found.evaluated:,} layouts on {question.cluster.chips} "
        f"{question.cells['chip']}{said}",
        f"{short:.3g} GiB more a chip: it has {near['chip_gib']:.3g} GiB, and the layout that needs least "
        f"({cut}, {near['recompute']} recompute) needs {near['reserved_gib']:.3g} GiB ({parts})",
        f"{hint}, or take a chip with more memory",
    )


def enough_chips(question: Question) -> int | None:
    """Chips that some layout fits on with this batch: a power of two times those asked for, or near half.

    None when doubling does not help: what fills the chips is not divided by more of them.
    """
    asked = question.cluster
    most = asked.batch * question.architecture.layers * max(question.architecture.heads, 1) * asked.sequence
    chips = asked.chips
    while chips * 2 <= min(most, LARGEST):
        chips *= 2
        if _some_fit(question, replace(asked, chips=chips)):
            halves = [chips * share // 8 for share in _EIGHTHS if chips * share % 8 == 0]
            fitting = (each for each in halves if _some_fit(question, replace(asked, chips=each)))
            return next(fitting, chips)
    return None


def _some_fit(question: Question, cluster: Cluster) -> bool:
    """Whether a layout fits: memory alone, until the first does."""
    numbers, code = shape(question.architecture), PRECISIONS.index(question.precision)
    if count(question.architecture, cluster) > MOST_LAYOUTS:
        return False
    for whole in blocks(question.architecture, cluster):
        for block in whole.cut(CHUNK):
            kept = block.columns.kept_gathered[:, None].astype(np.float64)
            software = question.software._replace(kept_gathered=kept)
            layout = cluster.layout(block, code)
            needed = memory(numbers, question.hardware, layout, software)
            if fits(needed, question.hardware).any():
                return True
    return False
