"""The jobs of a fleet: the programme's own runs, and what else its teams would train beside them.

A run of the programme asks for its chips, up to its team's quota, goes where the file says, on the kind of
chip there that can do most, and has the work that its compute takes at the utilisation that is given or
measured; what is not known never ends. Its recovery and fault tolerance are those of the file, and how often
nodes fail is not: all jobs share the nodes. Work done before the simulation begins is taken off as if nothing
had failed.

Beside them each team keeps its demand busy in every pool: jobs of a half, a quarter ... of what it has
there, one after another in each of these places and in those that runs leave, with work drawn around
`fleet.job.work`. They go behind the named runs. No list of the jobs of such a lab is public; a few sizes
that halve are an assumption.

All are run as good operators do today (:mod:`~orchard.estimate.goodput.practice`), at the best interval
between checkpoints for their size. Left out: demand that comes and goes, jobs across pools, interactive
work.
"""

from __future__ import annotations

import numpy as np

from orchard import units
from orchard.arch import training_flops, video_training_flops
from orchard.catalogue import Catalogue
from orchard.errors import FactError
from orchard.estimate.goodput import Classes
from orchard.estimate.goodput import job as closed
from orchard.estimate.goodput.practice import Practice, practice
from orchard.estimate.goodput.rates import Range
from orchard.simulate.fleet.case import Job, Pool
from orchard.simulate.fleet.draw import lognormal
from orchard.simulate.fleet.programme import Fleet
from orchard.spec.architecture import VideoArchitecture
from orchard.spec.models import Model, Recipe, Reliability

LEAST_JOBS = 20
_SIZES = 3  # jobs of a team in a pool, at least
_DAY_S = units.factor("d")


def mix(
    fleet: Fleet, classes: Classes, seconds: float, seed: int, tolerance: str = "none", copies: bool = False
) -> list[Job]:
    """The jobs of a fleet, so many that none runs out of work before the simulation ends.

    Parameters
    ----------
    tolerance
        what all jobs do when a node fails: none, replica, elastic
    copies
        whether they copy their state to the memory of other nodes as well
    """
    random = np.random.Generator(np.random.PCG64([seed, 1]))
    makes = Makes(fleet, classes, tolerance, copies)
    taken: dict[tuple[str, int], float] = {}
    jobs: list[Job] = []
    for name, model in fleet.programme.models.items():
        run = makes.run(name, model)
        if run is not None:
            jobs.append(run)
            taken[run.team, run.pool] = taken.get((run.team, run.pool), 0.0) + run.nodes
    work = fleet.known.fact("fleet.job.work")
    spread = np.array([work.low, work.value, work.high])
    places = [(run.team, run.pool, run.nodes, place) for place, run in enumerate(jobs)]
    places += [(*where, -1) for where in _places(fleet, taken)]
    lines: dict[str, int] = {}
    for team, pool, nodes, after in places:
        lines[team] = lines.get(team, 0) + 1
        done, count = jobs[after].work_s if after >= 0 else 0.0, 0
        while done < seconds:
            made = float(lognormal(random, spread, 1)[0])
            count += 1
            jobs.append(makes.job(f"{team}-{lines[team]}-{count}", team, pool, nodes, made, after=after))
            after, done = len(jobs) - 1, done + made
    return jobs


def _places(fleet: Fleet, taken: dict[tuple[str, int], float]) -> list[tuple[str, int, int]]:
    """Team, pool and nodes of every place in which jobs follow each other."""
    teams, share = fleet.programme.lab.teams, fleet.read(fleet.programme.lab.share, 1.0)
    sizes = max(_SIZES, -(-LEAST_JOBS // (len(teams) * len(fleet.pools))))
    found = []
    for place, pool in enumerate(fleet.pools):
        for team, entry in teams.items():
            left = fleet.read(entry.demand, 0.0) * share * pool.nodes - taken.get((team, place), 0.0)
            for step in range(sizes):
                nodes = max(round(max(left, 0.0) / 2 ** min(step + 1, sizes - 1)), 1)
                found.append((team, place, min(nodes, trains(pool))))
    return found


def trains(pool: Pool) -> int:
    """Nodes on which jobs may start."""
    return max(pool.nodes - pool.serving - pool.spares, 1)


class Makes:
    """Makes jobs that are run as good operators do today."""

    def __init__(self, fleet: Fleet, classes: Classes, tolerance: str, copies: bool) -> None:
        self._fleet, self._classes = fleet, classes
        self._practice: Practice = practice(fleet.known)
        self._tolerance, self._copies = tolerance, copies

    def job(
        self, name: str, team: str, place: int, nodes: int, work_s: float, *, after: int = -1,
        priority: int | None = None, own: Reliability | None = None, submit_s: float = 0.0,
    ) -> Job:  # fmt: skip
        """A job at the best interval for its size; `own` is what the programme says of it."""
        chips = nodes * self._fleet.pools[place].chips_per_node
        usual, fact = self._practice, self._fleet.known.fact
        block, save, restart = self._recovery(own)
        tolerance = self._tolerance
        if own is not None and tolerance == "none":
            tolerance = own.fault_tolerance
        run = closed.Job(stops_per_s(self._classes, chips), block, restart, save_s=save)
        named = [model.priority for model in self._fleet.programme.models.values()]
        return Job(
            name=name,
            team=team,
            pool=place,
            nodes=nodes,
            priority=max(named, default=0) + 1 if priority is None else priority,
            work_s=work_s,
            interval_s=float(closed.chosen_interval_s(run)),
            block_s=block,
            save_s=save,
            restart_s=restart,
            fault_tolerance=tolerance,
            replicas=max(round(chips / usual.replica_chips.value), 2) if tolerance == "replica" else 1,
            least=1.0 if tolerance == "none" else 0.5,
            memory_s=fact("fleet.copy.interval").value if self._copies else 0.0,
            memory_block_s=fact("fleet.copy.block").value if self._copies else 0.0,
            memory_restart_s=fact("fleet.copy.restart").value if self._copies else 0.0,
            stall_s=usual.stall_s.value,
            submit_s=submit_s,
            after=after,
        )

    def _recovery(self, own: Reliability | None) -> tuple[float, float, float]:
        """Seconds of a checkpoint's block, until it is saved, and from detection until work goes on.

        What a programme calls restart counts from the failure. Failures bring their own detection, so the
        mean of it is taken off where the programme does not tell it apart.
        """
        usual, read = self._practice, self._fleet.read
        if own is None:
            block = usual.block_s.value
            return block, max(usual.save_s.value, block), usual.restart_s.value + usual.load_s.value
        block, seen = read(own.checkpoint, 0.0), mean_detection_s(self._classes)
        whole = read(own.restart, 0.0) + read(own.load, 0.0) + read(own.detect, 0.0)
        return block, max(read(own.save, usual.save_s.value), block), max(whole - seen, 0.0)

    def run(self, name: str, model: Model) -> Job | None:
        """A run of the programme; None where it is none, or is over, or there are no chips for it."""
        fleet, read = self._fleet, self._fleet.read
        here = [place for place, pool in enumerate(fleet.pools) if pool.site == model.site]
        if model.start is None or model.recipe is None or not here:
            return None
        recipe = model.recipe
        place = max(here, key=lambda one: fleet.pools[one].chips * peak(fleet, fleet.pools[one].chip, recipe))
        pool = fleet.pools[place]
        share = read(fleet.programme.lab.share, 1.0)
        if model.team is not None:
            share *= read(fleet.programme.lab.teams[model.team].quota, 1.0)
        asked = min(read(model.chips, pool.chips), share * pool.chips) / pool.chips_per_node
        nodes = min(max(round(asked), 1), trains(pool))
        early = ((fleet.day - model.start).days) * _DAY_S - read(model.start_delay, 0.0)
        work = work_s(fleet, model, pool, nodes) - max(early, 0.0)
        if work <= 0.0:
            return None
        return self.job(
            name, model.team or "", place, nodes, work, priority=_priority(fleet, name, model),
            own=model.reliability, submit_s=max(-early, 0.0),
        )  # fmt: skip


def stops_per_s(classes: Classes, chips: float) -> float:
    """Unexpected interruptions a second of a job of so many chips, at the median rates."""
    return float(classes.rate(chips)[1][classes.interrupts & ~classes.planned].sum())


def mean_detection_s(classes: Classes) -> float:
    """Mean time [s] until a failure of a node stops its job, of those that are seen at once.

    >>> from orchard.catalogue import catalogue
    >>> from orchard.estimate.goodput import classes
    >>> 60.0 < mean_detection_s(classes(catalogue())) < 300.0
    True
    """
    counted = classes.interrupts & ~classes.planned & ~classes.rolls_back & (np.array(classes.per) == "node")
    means = [Range(*column).mean if column[0] > 0.0 else 0.0 for column in classes.detect_s.T.tolist()]
    return float(np.average(np.array(means)[counted], weights=classes.rate_per_s[1, counted]))


def peak(fleet: Fleet, chip: str, recipe: Recipe) -> float:
    """Dense peak of a chip in the format of a recipe, or the next wider one that it has; 0 unknown."""
    if chip in fleet.programme.chips:
        return fleet.read(fleet.programme.chips[chip].bf16, 0.0)
    known = fleet.known.chip(chip)
    wider = {"nvfp4": known.fp4_flops_per_s, "mxfp8": known.fp8_flops_per_s, "fp8": known.fp8_flops_per_s}
    return wider.get(recipe.precision) or known.fp8_flops_per_s or known.bf16_flops_per_s or 0.0


def work_s(fleet: Fleet, model: Model, pool: Pool, nodes: int) -> float:
    """Seconds of work of a run on so many nodes; infinite where nobody can know."""
    flop, recipe = compute_flop(fleet, model), model.recipe
    if flop is None or recipe is None:
        return np.inf
    used = fleet.read(recipe.utilisation, 0.0) or _measured(fleet.known, pool.chip, model)
    speed = peak(fleet, pool.chip, recipe) * used * nodes * pool.chips_per_node
    return flop / speed if speed > 0.0 else np.inf


def compute_flop(fleet: Fleet, model: Model) -> float | None:
    """Training compute of a model with what follows pretraining; None when nobody can know it."""
    read, shape, recipe = fleet.read, model.architecture, model.recipe
    beyond = read(model.beyond_pretraining, 1.0)
    if model.compute is not None:
        return read(model.compute, 0.0) * beyond
    if shape is None or recipe is None:
        return None
    if isinstance(shape, VideoArchitecture):
        if model.samples is None or not (recipe.frames and recipe.height and recipe.width):
            return None
        each = float(video_training_flops(shape, recipe.frames, recipe.height, recipe.width))
        return each * read(model.samples, 0.0) * beyond
    if model.tokens is None or recipe.sequence is None:
        return None
    return float(training_flops(shape, read(recipe.sequence, 0.0))) * read(model.tokens, 0.0) * beyond


def _measured(known: Catalogue, chip: str, model: Model) -> float:
    """Utilisation that was measured for such a run; 0 where none was."""
    kind = "moe" if getattr(model.architecture, "experts", 0) else "dense"
    precision = model.recipe.precision if model.recipe else "bf16"
    try:
        return known.fact(f"utilisation.{known.chip(chip).id}.{precision}.{kind}").value
    except FactError:
        return 0.0


def _priority(fleet: Fleet, name: str, model: Model) -> int:
    """Priority in force: of the last directive that names the run, or its own."""
    orders = sorted(fleet.programme.lab.directives.values(), key=lambda one: one.date)
    named = [one.priorities[name] for one in orders if one.date <= fleet.day and name in one.priorities]
    return named[-1] if named else model.priority
