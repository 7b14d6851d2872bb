"""What can be changed: the levers of the programme, each with what it changes, its limit and its cost.

A lever changes a plan in one of two ways: by :class:`~orchard.plan.scene.Changes`, which reach only what lies
after the programme's date, or by factors on amounts of what is to come, as chips bought as others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from orchard import units
from orchard.plan.calendar import Array
from orchard.plan.draws import Draws
from orchard.plan.remedy import Lever, ahead, levers
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
            if name in ("money", "chips", "power", "run_chips", "checkpoint"):
                whole[name] = whole[name] * value
            elif name.endswith("_days") or name in ("run_sites", "quotas"):
                whole[name] = whole[name] + value
            elif name in ("ignore", "hindsight"):
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


def _of_work(
    name: str,
    of: str,
    limit: float,
    change: Callable[[float], Changes],
    whole_usd: Array,
    say: Callable[[float], str],
) -> Option:
    return Option(name, f"{name} {of}", limit, True, change, lambda _: {}, lambda size: size * whole_usd, say)


def _team_shares(setup: Setup, draws: Draws) -> Iterator[Option]:
    """A part of the lab's chips from the other teams to that of a run, in proportion to what they have."""
    if setup.programme.levers.team_shares is None:
        return
    models = setup.programme.models
    for team in sorted({team for name in ahead(setup.programme) if (team := models[name].team) is not None}):
        option = _team_share(setup, draws, team)
        if option.limit > 0:
            yield option


def _team_share(setup: Setup, draws: Draws, team: str) -> Option:
    known, teams = setup.values.amounts, sorted(setup.programme.lab.teams)
    quota = {each: known[f"lab.teams.{each}.quota"].value for each in teams}
    others, title = sum(quota.values()) - quota[team], setup.programme.lab.teams[team].title or team

    def change(moved: float) -> Changes:
        gains = 1 + moved / quota[team]
        return Changes(quotas=tuple((each, gains if each == team else 1 - moved / others) for each in teams))

    def say(moved: float) -> str:
        return f"{units.show(moved, '%', 2)} of the lab's chips to {title}"

    limit = min(known["levers.team_shares.limit"].value, others) if quota[team] > 0 else 0.0
    price = draws("levers.team_shares.price")
    return _of_work("team_shares", team, limit, change, price, say)


def _checkpoints(setup: Setup, draws: Draws) -> Iterator[Option]:
    """Checkpoints that stop every run to come for a shorter time."""
    models = setup.programme.models
    if setup.programme.levers.checkpoint is None:
        return
    if not any(models[name].reliability is not None for name in ahead(setup.programme)):
        return

    def say(cut: float) -> str:
        return f"checkpoints that stop runs {units.show(cut, '%', 2)} shorter"

    limit = setup.values.amounts["levers.checkpoint.limit"].value
    price = draws("levers.checkpoint.price")
    yield _of_work("checkpoint", "", limit, lambda cut: Changes(checkpoint=1 - cut), price, say)


def _chip_mix(setup: Setup, draws: Draws) -> Iterator[Option]:
    """Chips of a delivery to come bought as those of a newer one that begins before it ends, at its site."""
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
    return Option(
        "chip_mix", f"chip_mix {older}", limit, True, lambda _: UNCHANGED, factors,
        lambda share: share * whole_usd, say,
    )  # fmt: skip


def _newer(setup: Setup) -> Iterator[tuple[str, str]]:
    found = setup.programme.deliveries
    bought = {name: entry for name, entry in sorted(found.items()) if entry.price and entry.kind == "gpu"}
    to_come = {name: entry for name, entry in bought.items() if entry.start > setup.programme.as_of}
    for name, entry in to_come.items():
        later = [
            (other.start, key) for key, other in bought.items()
            if other.site == entry.site and other.chip != entry.chip
            and entry.start < other.start <= entry.end
            and setup.values.amounts[f"deliveries.{key}.count"].value > 0
        ]  # fmt: skip
        if later:
            yield name, max(later)[1]
