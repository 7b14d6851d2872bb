"""Training runs: who may use which chips, when a run starts, when it is done, when it is released.

A run takes the fastest chips that its team is entitled to, up to what it asks for. The runs of one
team at one site go one after another, by priority. Then come the stages after pretraining, what
people's moves cost, and more work when the gate is failed. Everything here only adds up and takes
maxima, so a delay never makes anything earlier, and chips, power or money never make it later.

Speed is that of the step model (:mod:`~orchard.plan.speed`), or peak times the utilisation that a
recipe gives; times the goodput of as many chips as help (:mod:`~orchard.plan.gains`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import NamedTuple

import numpy as np

from orchard.lab.queue import Directive, Run, order
from orchard.plan import failures, fleet, speed
from orchard.plan.calendar import DAY_S, Array, to_day
from orchard.plan.failures import Interrupted, Recovery
from orchard.plan.gains import Gain, gain
from orchard.plan.gate import passes
from orchard.plan.scene import UNCHANGED, Scene
from orchard.plan.sizes import Shape
from orchard.plan.work import compute_flop

NEVER = np.inf


class Gang(NamedTuple):
    """What a run may train on, whenever it runs."""

    chips: Array  # [E, S] chips
    speed: Array  # [E, S] model FLOP/s of them together, failures taken off


class Training(NamedTuple):
    """One run, in days: when its pretraining starts and ends; infinite when it never does."""

    start_day: Array
    end_day: Array
    chips: Array  # [E, S] chips it may use


def planned(scene: Scene) -> list[str]:
    """Ids of the models this programme trains itself."""
    return [name for name, model in scene.programme.models.items() if model.start is not None]


def site_of(scene: Scene, model_id: str) -> str | None:
    """Site of a run, as changed or as written."""
    return dict(scene.changes.run_sites).get(model_id, scene.programme.models[model_id].site)


def training(scene: Scene, model_id: str, chips: Gang, before: list[Training]) -> Training:
    """When a run trains on the chips it may use, after the runs `before` it."""
    start = _start_day(scene, model_id)
    for earlier in before:
        start = np.maximum(start, earlier.end_day)
    work = compute_flop(scene, model_id)
    end = finish_day(scene.calendar.edges, scene.calendar.step_s, chips.speed, start, work)
    return Training(start, np.minimum(end, _known_release(scene, model_id)), chips.chips)


def interrupted(scene: Scene, model_id: str, run: Training) -> Interrupted:
    """What failures do to a run, on the chips that it uses at the middle of its pretraining.

    Of a run that is not done within the calendar, what is inside counts.
    """
    calendar = scene.calendar
    start, end = (np.minimum(day, calendar.end) for day in (run.start_day, run.end_day))
    chips = _at(run.chips, calendar.edges, (start + end) / 2)
    found = failures.recovery(scene, model_id, site_of(scene, model_id))
    if found is not None:
        modelled = speed.question(scene.setup, model_id) is not None
        shape = speed.table(scene.setup, model_id).shape if modelled else None
        chips = _gain(scene, found, float(chips.max()), shape).used(chips[None])[0]
    return failures.interrupted(scene, model_id, found, chips, np.maximum(end - start, 0.0))


def gang(scene: Scene, model_id: str, installed: dict[str, Array]) -> Gang:
    """The fastest of the chips [E, S] installed at the site of a run, up to what it asks for.

    The fastest in each sample: a slower kind must never take the place of a faster one.
    """
    model, names = scene.programme.models[model_id], sorted(installed)
    if not names:
        nothing = np.zeros((len(scene.calendar.edges), scene.draws.size))
        return Gang(nothing, nothing)
    share = scene.draws("lab.share") * _over_time(scene, model_id, lambda one: _quota(one, model_id))
    asked = _over_time(scene, model_id, lambda one: _asked(one, model_id))
    modelled = speed.question(scene.setup, model_id) is not None
    if modelled:
        each = speed.rates(scene, model_id, names)
    else:
        precision = model.recipe.precision if model.recipe else "bf16"
        each = np.stack([fleet.peak_flops_per_s(scene, name, precision) for name in names])
        each = each * scene.draws(f"models.{model_id}.recipe.utilisation")
    order = np.argsort(-each, axis=0, kind="stable")
    ranked = np.take_along_axis(np.stack([installed[name] for name in names]), order[:, None], axis=0)
    each = np.take_along_axis(each, order, axis=0)
    if modelled and not each.all():
        ranked *= each[:, None] > 0  # chips that cannot do the run are no part of its gang
    reached = np.minimum(share * np.cumsum(ranked, axis=0), asked)
    shape = speed.table(scene.setup, model_id).shape if modelled else None
    steps = each - np.append(each[1:], np.zeros_like(each[:1]), axis=0)  # rates beside those of the next kind
    done = np.einsum("kes,ks->es", _worked(scene, model_id, reached, asked, shape), steps)
    if shape is not None and shape.least > 0:
        done = done * (reached[-1] >= shape.least)
    return Gang(reached[-1], done)


def _worked(scene: Scene, model_id: str, reached: Array, asked: Array, shape: Shape | None) -> Array:
    """What gangs of the chips reached [K, E, S] do, in chips that never fail."""
    most = float(reached.max())

    def once(one: Scene) -> Array:
        found = failures.recovery(one, model_id, site_of(scene, model_id))
        if found is None:
            return reached if shape is None else shape(reached)
        return _gain(scene, found, most, shape)(reached, asked)

    changed = scene.changes.checkpoint != 1 or scene.ignores("failures")
    return _over_time(scene, model_id, once) if changed else once(scene)


def _gain(scene: Scene, found: Recovery, most: float, shape: Shape | None) -> Gain:
    """What gangs of up to `most` chips do."""
    known = None if shape is None else (shape.chips, shape.total)
    return gain(found.share, most, scene.draws.size, known)


def queue(scene: Scene, model_id: str) -> list[str]:
    """Runs that go before this one: same team, same site, ahead in the queue.

    Directives count that are in force by the day on which the last of them is due to start.
    """
    models = scene.programme.models
    mine = (models[model_id].team, site_of(scene, model_id))
    rivals = [name for name in planned(scene) if (models[name].team, site_of(scene, name)) == mine]
    directives = [
        Directive(to_day(entry.date), name, -priority)
        for entry in scene.programme.lab.directives.values()
        for name, priority in entry.priorities.items()
    ]
    waiting = [
        Run(name, -models[name].priority, to_day(start)) for name in rivals if (start := models[name].start)
    ]
    names = order(waiting, directives, at=max(run.start for run in waiting))
    return names[: names.index(model_id)]


def stages(scene: Scene, model_id: str, trained_day: Array) -> dict[str, Array]:
    """End [S] of each stage after pretraining, in days."""
    ends, day = {}, trained_day
    for name in scene.programme.models[model_id].milestones:
        day = day + scene.draws(f"models.{model_id}.milestones.{name}.takes") / DAY_S
        end = np.maximum(scene.earlier(day, scene.changes.stage_days), trained_day)
        ends[name] = np.minimum(end, _known_release(scene, model_id))
    return ends


def after_people(scene: Scene, model_id: str, ready: Array, trained: Array) -> Array:
    """Day [S] on which a model is ready after departures, reorganisations and changes of direction.

    An event moves what is still to come: a model that is ready by its date is not delayed. Nothing is
    made ready before the event that hastens it, nor before it is trained.
    """
    day = ready
    if scene.ignores("people"):
        return day
    for name, event in sorted(scene.programme.people.items(), key=lambda item: (item[1].date, item[0])):
        if model_id in event.moves:
            path, date = f"people.{name}", to_day(event.date)
            happens = scene.draws.chance(f"{path}.probability", path)
            moved = np.maximum(day + happens * scene.draws(f"{path}.delay") / DAY_S, trained)
            day = np.where(day > date, np.maximum(moved, date), day)
    return day


def released_day(scene: Scene, model_id: str, trained_day: Array) -> Array:
    """Day [S] of release: stages, people, and more work where the gate is failed at first.

    A model that is not out by the programme's date is out on the day after at the earliest.
    """
    model = scene.programme.models[model_id]
    if model.released is not None:
        return np.full(scene.draws.size, to_day(model.released))
    ends = stages(scene, model_id, trained_day)
    day = list(ends.values())[-1] if ends else trained_day
    day = after_people(scene, model_id, day, trained_day)
    if model.gate is not None and not scene.ignores("gate"):
        failed = ~passes(scene, model_id)
        day = day + failed * scene.draws(f"models.{model_id}.gate.rework") / DAY_S
    return np.maximum(day, to_day(scene.programme.as_of) + 1)


def finish_day(edges: Array, step_s: Array, speed: Array, start: Array, work: Array) -> Array:
    """Day [S] on which `work` [S] is done at `speed` [E, S] per second from `start` [S] on.

    Speed is linear between edges. Infinite when the work is not done within the calendar.
    """
    done = np.zeros_like(speed)
    np.cumsum((speed[1:] + speed[:-1]) / 2 * step_s[:, None], axis=0, out=done[1:])
    target = _at(done, edges, start) + work
    index = (done < target).sum(axis=0)
    never = (index >= len(edges)) | ~np.isfinite(target) | ~np.isfinite(start)
    high = np.clip(index, 1, len(edges) - 1)
    samples = np.arange(speed.shape[1])
    low_done, high_done = done[high - 1, samples], done[high, samples]
    rise = high_done - low_done
    missing = np.clip(target - low_done, 0.0, rise)
    share = np.divide(missing, rise, out=np.zeros_like(rise), where=rise > 0)
    day = edges[high - 1] + share * (edges[high] - edges[high - 1])
    return np.where(never, NEVER, np.maximum(day, start))


def _at(states: Array, edges: Array, day: Array) -> Array:
    """States [E, S] at a day of each sample [S]."""
    place = np.interp(day, edges, np.arange(len(edges)))
    low = np.minimum(place.astype(int), len(edges) - 2)
    share = place - low
    samples = np.arange(states.shape[1])
    return np.asarray(states[low, samples] * (1 - share) + states[low + 1, samples] * share)


def _known_release(scene: Scene, model_id: str) -> float:
    """Day by which a run was over because its model is out; never where that is still to come."""
    released = scene.programme.models[model_id].released
    return NEVER if released is None else to_day(released)


def _start_day(scene: Scene, model_id: str) -> Array:
    model = scene.programme.models[model_id]
    start = np.full(scene.draws.size, to_day(model.start) if model.start else NEVER)
    if not scene.ignores("delays"):
        start = start + scene.draws(f"models.{model_id}.start_delay") / DAY_S
    return scene.earlier(start, scene.changes.run_days) if _to_come(scene, model_id) else start


def _to_come(scene: Scene, model_id: str) -> bool:
    """Whether a run begins after the day on which changes are made."""
    start = scene.programme.models[model_id].start
    return start is not None and scene.to_come(start)


def _over_time(scene: Scene, model_id: str, amount: Callable[[Scene], Array]) -> Array:
    """An amount of a run [S]; of one under way, as it was and as it is once changed [E, S]."""
    if scene.changes == UNCHANGED or _to_come(scene, model_id):
        return amount(scene)
    after = scene.calendar.edges[:, None] > scene.today
    return np.where(after, amount(scene), amount(replace(scene, changes=UNCHANGED)))


def _quota(scene: Scene, model_id: str) -> Array:
    """Share [S] of the lab's chips that the team of a run is entitled to; all of them without a team."""
    team = scene.programme.models[model_id].team
    if team is None:
        return np.ones(scene.draws.size)
    quota = scene.draws(f"lab.teams.{team}.quota")
    return np.minimum(quota * prod(factor for name, factor in scene.changes.quotas if name == team), 1.0)


def _asked(scene: Scene, model_id: str) -> Array:
    """Chips [S] that a run asks for."""
    return scene.draws(f"models.{model_id}.chips") * scene.changes.run_chips
