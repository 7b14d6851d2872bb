"""Running a plan: blocks of samples, side by side, reduced to what was asked.

A block depends on the programme, the seed and its number alone, so it does not matter where it is worked
out: in a thread of this process, on a machine of a cluster (:mod:`orchard.plan.cluster`), or in an earlier
run that was killed (:mod:`orchard.plan.kept`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from orchard import units
from orchard.errors import Finding, LimitError
from orchard.plan.calendar import Array
from orchard.plan.draws import BLOCK
from orchard.plan.expression import Test
from orchard.plan.outlook import Outlook
from orchard.plan.scene import UNCHANGED, Changes, Scene, Setup

MOST_SAMPLES = 200_000
WORKERS = min(2, os.cpu_count() or 1)

_PER_DELIVERY, _PER_ENTRY = 4, 3  # arrays of all edges and samples that an outlook keeps for each
_IN_WORK = 2  # times as much as long as it is worked out

T = TypeVar("T")

Block = Mapping[str, NDArray[Any]]
"""What one block of samples gives, by name; samples run along the last axis."""


class Outcome(NamedTuple):
    """A tested claim in every sample [S]: its left side, its right side, and whether it holds."""

    values: Array
    against: Array
    holds: NDArray[np.bool_]

    @property
    def known(self) -> bool:
        """Whether both sides are numbers; not in every sample, as never less never is none."""
        return not (np.isnan(self.values).all() or np.isnan(self.against).all())

    @property
    def probability(self) -> float:
        """Share of samples in which the claim holds."""
        return float(np.mean(self.holds))


class Task(NamedTuple):
    """One block of samples to be worked out."""

    seed: int
    block: int
    size: int
    changes: Changes = UNCHANGED


class Engine(Protocol):
    """Where blocks are worked out, and how many plans `at_once` keep it busy."""

    @property
    def at_once(self) -> int:
        """Plans to be worked on side by side, where there are several."""

    def map(self, setup: Setup, work: Callable[[Outlook], T], tasks: Sequence[Task]) -> Iterator[T]:
        """Do `work` on the outlook of every task; results in the order of tasks."""


class Store(Protocol[T]):
    """Blocks that an earlier run has finished."""

    def read(self, task: Task) -> T | None:
        """What was found; None where nothing, or nothing whole, was kept."""

    def write(self, task: Task, found: T) -> None:
        """Keep what was found, whole or not at all."""


class Threads:
    """Two blocks at a time in this process. The first are done on outlooks that the caller has `kept`."""

    at_once = 1

    def __init__(self, kept: Sequence[Outlook] = ()) -> None:
        self.kept = kept

    def map(self, setup: Setup, work: Callable[[Outlook], T], tasks: Sequence[Task]) -> Iterator[T]:
        """Do `work` on the outlook of every task; results in the order of tasks."""

        def one(task: Task) -> T:
            return work(self.kept[task.block]) if task.block < len(self.kept) else work_on(setup, work, task)

        with ThreadPoolExecutor(WORKERS) as pool:
            yield from pool.map(one, tasks)


def run(
    setup: Setup,
    samples: int,
    seed: int,
    work: Callable[[Outlook], T],
    changes: Changes = UNCHANGED,
    progress: Callable[[float], None] | None = None,
    engine: Engine | None = None,
    store: Store[T] | None = None,
) -> list[T]:
    """Do `work` on every block of samples; results in the order of blocks.

    Blocks that `store` has are taken from there, and the others are put there as soon as they are done.

    Raises
    ------
    LimitError
        fewer than one or more than 200,000 samples
    """
    tasks = tasks_of(samples, seed, changes)
    found: dict[Task, T] = {}
    if store is not None:
        found = {task: block for task in tasks if (block := store.read(task)) is not None}
    missing = [task for task in tasks if task not in found]
    for task, block in zip(missing, (engine or Threads()).map(setup, work, missing), strict=True):
        if store is not None:
            store.write(task, block)
        found[task] = block
        if progress is not None:
            progress(len(found) / len(tasks))
    return [found[task] for task in tasks]


def tasks_of(samples: int, seed: int, changes: Changes = UNCHANGED) -> list[Task]:
    """The blocks of so many samples.

    Raises
    ------
    LimitError
        fewer than one or more than 200,000 samples
    """
    if not 1 <= samples <= MOST_SAMPLES:
        wanted = f"1 to {MOST_SAMPLES:,} samples"
        raise LimitError(Finding("O510", "", "--samples", f"{samples:,}", wanted, "--samples 10000"))
    return [Task(seed, block, size, changes) for block, size in enumerate(_blocks(samples))]


def outlook_of(setup: Setup, task: Task) -> Outlook:
    """The outlook of a block, nothing of it computed yet."""
    return Outlook(Scene(setup, setup.draws(task.seed, task.block, task.size), task.changes))


def _blocks(samples: int) -> list[int]:
    return [min(BLOCK, samples - first) for first in range(0, samples, BLOCK)]


def work_on(setup: Setup, work: Callable[[Outlook], T], task: Task) -> T:
    """Do `work` on the outlook of a block, and let go of all that was computed for it."""
    outlook = outlook_of(setup, task)
    try:
        return work(outlook)
    finally:
        vars(outlook).clear()  # parts of it know it: it would wait for the collector of garbage


def check_memory(setup: Setup, samples: int, kept: int = 0) -> None:
    """Refuse a programme whose outlooks, `kept` ones and those in work, are more than this machine holds.

    Raises
    ------
    LimitError
        too many entries over too long a horizon
    """
    programme = setup.programme
    others = len(programme.sites) + len(programme.models) + len(programme.products)
    parts = _PER_DELIVERY * len(programme.deliveries) + _PER_ENTRY * others
    block = min(samples, BLOCK) * len(setup.calendar.edges) * np.dtype(float).itemsize
    need, there = parts * block * (kept + _IN_WORK * WORKERS), _memory_bytes()
    if need > there:
        entries = len(programme.deliveries) + others
        found = (
            f"{entries:,} entries over {len(setup.calendar.edges) - 1:,} weeks need {units.show(need, 'B')}"
        )
        wanted = f"at most {units.show(there, 'B', 2)}, the memory of this machine"
        raise LimitError(
            Finding("O511", "", "programme", found, wanted, "fewer deliveries, or a shorter horizon")
        )


def _memory_bytes() -> float:
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):
        return np.inf  # not told here


class Bench:
    """The first samples of a plan, kept so that claims can be tested again under changes.

    What a change does not touch is not computed again. Tests run in the thread that asks.
    """

    def __init__(self, setup: Setup, samples: int, seed: int) -> None:
        self.setup = setup
        self.bases = [outlook_of(setup, task) for task in tasks_of(samples, seed)]

    def test(self, tests: dict[str, Test], changes: Changes, samples: int) -> dict[str, Outcome]:
        """Test claims under changes on so many samples, in whole blocks of those kept."""
        blocks = []
        for base in self.bases[: max(1, -(-samples // BLOCK))]:
            scene = Scene(self.setup, base.scene.draws, changes)
            blocks.append(judge(Outlook(scene, base), tests))
        return gather(blocks)

    def probability(self, test: Test, changes: Changes, samples: int) -> float:
        """Probability of one claim under changes."""
        return self.test({"": test}, changes, samples)[""].probability

    def warm(self, tests: dict[str, Test]) -> dict[str, Outcome]:
        """Test claims unchanged, side by side, and keep what they need."""
        with ThreadPoolExecutor(WORKERS) as pool:
            return gather(list(pool.map(lambda base: judge(base, tests), self.bases)))


def judge(outlook: Outlook, tests: dict[str, Test]) -> dict[str, Outcome]:
    """Test claims in one outlook."""
    size = outlook.scene.draws.size
    found = {}
    for name, claim in tests.items():
        values, against = (np.broadcast_to(side.read(outlook), size) for side in (claim.left, claim.right))
        found[name] = Outcome(values, against, claim.holds(values, against))
    return found


def gather(blocks: Sequence[dict[str, Outcome]]) -> dict[str, Outcome]:
    """Join the outcomes of all blocks."""
    names = blocks[0] if blocks else {}
    return {
        name: Outcome(*map(np.concatenate, zip(*(block[name] for block in blocks), strict=True)))
        for name in names
    }


def columns(outcomes: Mapping[str, Outcome]) -> dict[str, NDArray[Any]]:
    """Outcomes of claims as arrays by name, as a block holds them."""
    return {
        f"{field}:{name}": values
        for name, outcome in outcomes.items()
        for field, values in zip(Outcome._fields, outcome, strict=True)
    }


def named(blocks: Sequence[Block], kind: str) -> list[str]:
    """Names of the arrays of one kind that blocks hold."""
    return [key.removeprefix(f"{kind}:") for key in blocks[0] if key.startswith(f"{kind}:")]


def joined(blocks: Sequence[Block], kind: str, name: str) -> NDArray[Any]:
    """One array of all blocks, side by side."""
    return np.concatenate([block[f"{kind}:{name}"] for block in blocks], axis=-1)


def joined_outcomes(blocks: Sequence[Block]) -> dict[str, Outcome]:
    """Outcomes of claims in all blocks."""
    names = named(blocks, Outcome._fields[0])
    return {name: Outcome(*(joined(blocks, field, name) for field in Outcome._fields)) for name in names}


def quantiles(values: Array, axis: int = -1) -> tuple[Array, Array, Array]:
    """p10, p50 and p90 as values that occurred, so that *never* (infinite) stays itself."""
    ordered = np.sort(values, axis=axis)
    count = values.shape[axis]
    places = [min(int(share * count), count - 1) for share in (0.1, 0.5, 0.9)]
    low, middle, high = (np.take(ordered, place, axis=axis) for place in places)
    return low, middle, high


def drivers(scores: dict[str, Array], values: Array) -> Iterator[tuple[str, float]]:
    """What moves `values` [S] most: shares of squared rank correlation with the scores, falling."""
    finite = np.where(
        np.isfinite(values), values, np.nanmax(np.where(np.isfinite(values), values, np.nan), initial=0.0)
    )
    if (finite == finite[0]).all():
        return
    ranks = _standard(np.argsort(np.argsort(finite)).astype(float))
    squares = {key: float(np.mean(ranks * _standard(score)) ** 2) for key, score in scores.items()}
    noise = max(25.0 / max(len(values), 1), 0.02 * max(squares.values(), default=0.0))
    kept = {key: square for key, square in squares.items() if square > noise}
    total = sum(kept.values())
    for key in sorted(kept, key=lambda name: (-kept[name], name)):
        yield key, kept[key] / total


def _standard(values: Array) -> Array:
    spread = float(np.std(values))
    return (values - np.mean(values)) / spread if spread > 0 else np.zeros_like(values)
