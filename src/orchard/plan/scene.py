"""What a plan is computed from: the programme, its calendar, its draws, and what is changed.

A :class:`Setup` is made once. A :class:`Scene` is one block of samples of it under some
:class:`Changes`; remedies and sensitivities are scenes that differ by their changes alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from threading import RLock
from typing import Any, NamedTuple

import numpy as np

from orchard.catalogue import Catalogue, Chip
from orchard.plan.calendar import Array, Calendar, to_day
from orchard.plan.draws import Draws
from orchard.plan.host import OnHost, measured
from orchard.plan.values import Values, resolve
from orchard.spec.programme import Programme


class Changes(NamedTuple):
    """What differs from the file. Factors multiply, days move a date forward.

    `site_order` names two sites that change places in time; `run_sites` a run and where it trains; `quotas`
    a team and what its part of the lab's chips is multiplied by.

    Changes are made on the programme's date and reach only what lies after it. What is dated by then (a
    phase, a delivery, a run, a budget) stays as it is; what comes later begins on the day after at the
    earliest; a run under way may have other chips from then on. With `hindsight` they are made before it all.

    `ignore` names what is taken away altogether: ``delays``, ``people``, ``failures``, ``gate``.
    """

    money: float = 1.0
    chips: float = 1.0
    power: float = 1.0
    site_days: float = 0.0
    delivery_days: float = 0.0
    run_days: float = 0.0
    stage_days: float = 0.0
    run_chips: float = 1.0
    site_order: tuple[str, str] | None = None
    run_sites: tuple[tuple[str, str], ...] = ()
    quotas: tuple[tuple[str, float], ...] = ()
    checkpoint: float = 1.0
    hindsight: bool = False
    ignore: frozenset[str] = frozenset()


UNCHANGED = Changes()


@dataclass(frozen=True)
class Setup:
    """A programme made ready to be planned.

    `on_host` are runs that the step model of the user's machine predicts; `notes` are about measured chips.
    """

    programme: Programme
    catalogue: Catalogue
    values: Values
    calendar: Calendar
    correlations: dict[str, float]
    on_host: dict[str, OnHost] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    _kept: dict[object, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    _lock: Any = field(default_factory=RLock, init=False, compare=False, repr=False)

    @classmethod
    def of(cls, programme: Programme, catalogue: Catalogue) -> Setup:
        """Put measured chips in the place of stated ones, and resolve every amount.

        Raises
        ------
        OrchardError
            citations that cannot be resolved; a calibration of this machine that cannot be read
        """
        found = measured(programme, catalogue)
        programme = found.programme
        values = resolve(programme, catalogue)
        correlations = {name: values.amounts[f"causes.{name}.correlation"].value for name in programme.causes}
        calendar = Calendar(programme.horizon.start, programme.horizon.end)
        return cls(programme, catalogue, values, calendar, correlations, found.runs, found.notes)

    def chip(self, name: str) -> Chip:
        """A chip of the catalogue as known by the programme's date."""
        return self.catalogue.chip(name, as_of=self.programme.as_of)

    def once(self, key: object, compute: Callable[[], Any]) -> Any:
        """What is worked out once for all samples, by whichever thread asks first."""
        with self._lock:
            if key not in self._kept:
                self._kept[key] = compute()
            return self._kept[key]

    def draws(self, seed: int, block: int, size: int) -> Draws:
        """The draws of one block."""
        return Draws(self.values, self.correlations, seed, block, size)


@dataclass(frozen=True)
class Scene:
    """One block of samples under some changes."""

    setup: Setup
    draws: Draws
    changes: Changes = UNCHANGED

    @property
    def programme(self) -> Programme:
        """The programme as written."""
        return self.setup.programme

    @property
    def calendar(self) -> Calendar:
        """The calendar of the plan."""
        return self.setup.calendar

    @property
    def today(self) -> float:
        """The day after which changes reach: that of the programme, or before all days with hindsight."""
        return -np.inf if self.changes.hindsight else to_day(self.programme.as_of)

    def to_come(self, day: date) -> bool:
        """Whether something of this date can still be changed."""
        return to_day(day) > self.today

    def earlier(self, start: Array, days: float) -> Array:
        """Days [S] on which something to come begins when it is moved forward: tomorrow at the earliest."""
        first = self.today + 1
        moved: Array = np.where(start > first, np.maximum(start - days, first), start)
        return moved

    def ignores(self, what: str) -> bool:
        """Whether the changes take this away altogether."""
        return what in self.changes.ignore
