"""What can be changed: the levers of the programme, each with what it changes, its limit and its cost.

A lever changes a plan in one of two ways: by :class:`~orchard.plan.scene.Changes`, as dates and budgets do,
or by factors on amounts, as a part of a team's quota, a checkpoint's time, or chips bought as others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from orchard import units
from orchard.plan.calendar import Array
from orchard.plan.draws import Draws
from orchard.plan.remedy import Lever, levers
from orchard.plan.scene import UNCHANGED, Changes, Setup

Factors = Mapping[str, float]


class Option(NamedTuple):
    """A lever that can be pulled to any size up to `limit`, or not in between where it is not `gradual`.

    `cost_usd` gives the samples [S] of the cost of a size; of those with one `group` one is pulled at most.
    """

    name: str
    group: str
    limit: float
    gradual: bool
    change: Callable[[float], Changes]
    factors: Callable[[float], Factors]
    cost_usd: Callable[[float], Array]
    say: Callable[[float], str]


def options(setup: Setup, draws: Draws, until: int) -> list[Option]:
    """Every lever that the programme offers; costs are of what is spent by the end of the year `until`."""
    found = [_of_changes(lever, draws, until) for lever in levers(setup, draws)]
    return [*found, *_team_shares(setup, draws), *_checkpoints(setup, draws), *_chip_mix(setup, draws)]


def together(parts: Sequence[Changes]) -> Changes:
    """Several changes at once: factors multiply, days add up, the last order of sites holds.

    >>> together([Changes(power=1.5), Changes(power=2.0, site_days=30.0)])[2:4]
    (3.0, 30.0)
    """
    whole: dict[str, Any] = UNCHANGED._asdict()
    for part in parts:
        for name, value in part._asdict().items():
            if name in ("money", "chips", "power", "run_chips"):
                whole[name] = whole[name] * value
            elif name.endswith("_days") or name == "run_sites":
                whole[name] = whole[name] + value
            elif name == "ignore":
                whole[name] = whole[name] | value
            elif value is not None:
                whole[name] = value
    return Changes(**whole)


def multiplied(parts: Sequence[Factors]) -> dict[str, float]:
    """Several factors at once, those of one path multiplied."""
    whole: dict[str, float] = {}
    for part in parts:
        for path, factor in part.items():
            whole[path] = whole.get(path, 1.0) * factor
    return whole


def _of_changes(lever: Lever, draws: Draws, until: int) -> Option:
    moved = lever.change(lever.limit).run_sites
    group = f"{lever.name} {moved[0][0]}" if moved else lever.name

    def cost_usd(size: float) -> Array:
        return np.broadcast_to(np.asarray(lever.cost_usd(size, until), dtype=float), draws.size)

    return Option(
        lever.name, group, lever.limit, lever.gradual, lever.change, lambda _: {}, cost_usd, lever.say
    )


def _of_factors(
    name: str,
    of: str,
    limit: float,
    factors: Callable[[float], Factors],
    whole_usd: Array,
    say: Callable[[float], str],
) -> Option:
    return Option(
        name, f"{name} {of}", limit, True, lambda _: UNCHANGED, factors, lambda size: size * whole_usd, say
    )


def _team_shares(setup: Setup, draws: Draws) -> Iterator[Option]:
    """A part of the lab's chips from the other teams to that of a run, in proportion to what they have."""
    if setup.programme.levers.team_shares is None:
        return
    models = setup.programme.models
    for team in sorted({team for name in _ahead(setup) if (team := models[name].team) is not None}):
        option = _team_share(setup, draws, team)
        if option.limit > 0:
            yield option


def _team_share(setup: Setup, draws: Draws, team: str) -> Option:
    known, teams = setup.values.amounts, sorted(setup.programme.lab.teams)
    quota = {each: known[f"lab.teams.{each}.quota"].value for each in teams}
    others, title = sum(quota.values()) - quota[team], setup.programme.lab.teams[team].title or team

    def factors(moved: float) -> Factors:
        return {
            f"lab.teams.{each}.quota": 1 + moved / quota[team] if each == team else 1 - moved / others
            for each in teams
        }

    def say(moved: float) -> str:
        return f"{units.show(moved, '%', 2)} of the lab's chips to {title}"

    limit = min(known["levers.team_shares.limit"].value, others) if quota[team] > 0 else 0.0
    return _of_factors("team_shares", team, limit, factors, draws("levers.team_shares.price"), say)


def _checkpoints(setup: Setup, draws: Draws) -> Iterator[Option]:
    """Checkpoints that stop every run to come for a shorter time."""
    paths = [f"models.{name}.reliability.checkpoint" for name in _ahead(setup)]
    paths = [path for path in paths if path in setup.values.amounts]
    if setup.programme.levers.checkpoint is None or not paths:
        return

    def factors(cut: float) -> Factors:
        return dict.fromkeys(paths, 1 - cut)

    def say(cut: float) -> str:
        return f"checkpoints that stop runs {units.show(cut, '%', 2)} shorter"

    limit = setup.values.amounts["levers.checkpoint.limit"].value
    yield _of_factors("checkpoint", "", limit, factors, draws("levers.checkpoint.price"), say)


def _chip_mix(setup: Setup, draws: Draws) -> Iterator[Option]:
    """Chips of a delivery bought as those of a newer one that begins before it ends, at the same site."""
    if setup.programme.levers.chip_mix is not None:
        yield from (_mixed(setup, draws, older, newer) for older, newer in _newer(setup))


def _mixed(setup: Setup, draws: Draws, older: str, newer: str) -> Option:
    paths = [f"deliveries.{name}.count" for name in (older, newer)]
    before, beside = (setup.values.amounts[path].value for path in paths)

    def factors(share: float) -> Factors:
        return {paths[0]: 1 - share, paths[1]: 1 + share * before / beside}

    def say(share: float) -> str:
        return f"{units.show(share, '%', 2)} of {older} bought as {newer}"

    dearer = draws(f"deliveries.{newer}.price") - draws(f"deliveries.{older}.price")
    whole_usd = draws(paths[0]) * np.maximum(dearer, 0.0)
    limit = setup.values.amounts["levers.chip_mix.limit"].value
    return _of_factors("chip_mix", older, limit, factors, whole_usd, say)


def _newer(setup: Setup) -> Iterator[tuple[str, str]]:
    found = setup.programme.deliveries
    bought = {name: entry for name, entry in sorted(found.items()) if entry.price and entry.kind == "gpu"}
    for name, entry in bought.items():
        later = [
            (other.start, key) for key, other in bought.items()
            if other.site == entry.site and other.chip != entry.chip
            and entry.start < other.start <= entry.end
            and setup.values.amounts[f"deliveries.{key}.count"].value > 0
        ]  # fmt: skip
        if later:
            yield name, max(later)[1]


def _ahead(setup: Setup) -> list[str]:
    """Models that this programme trains and that are not out."""
    models = setup.programme.models.items()
    return [name for name, model in models if model.start is not None and model.released is None]
