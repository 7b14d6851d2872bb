"""What a plan is computed from: the programme, its calendar, its draws, and what is changed.

A :class:`Setup` is made once. A :class:`Scene` is one block of samples of it under some
:class:`Changes`; remedies and sensitivities are scenes that differ by their changes alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, NamedTuple

from orchard.catalogue import Catalogue, Chip
from orchard.plan.calendar import Calendar
from orchard.plan.draws import Draws
from orchard.plan.values import Values, resolve
from orchard.spec.programme import Programme


class Changes(NamedTuple):
    """What differs from the file. Factors multiply, days move a date forward.

    `site_order` names two sites that change places in time; `run_sites` a run and where it trains.

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
    ignore: frozenset[str] = frozenset()


UNCHANGED = Changes()


@dataclass(frozen=True)
class Setup:
    """A programme made ready to be planned."""

    programme: Programme
    catalogue: Catalogue
    values: Values
    calendar: Calendar
    correlations: dict[str, float]
    _kept: dict[object, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    _lock: Any = field(default_factory=RLock, init=False, compare=False, repr=False)

    @classmethod
    def of(cls, programme: Programme, catalogue: Catalogue) -> Setup:
        """Resolve every amount.

        Raises
        ------
        SpecError
            citations that cannot be resolved
        """
        values = resolve(programme, catalogue)
        correlations = {name: values.amounts[f"causes.{name}.correlation"].value for name in programme.causes}
        calendar = Calendar(programme.horizon.start, programme.horizon.end)
        return cls(programme, catalogue, values, calendar, correlations)

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

    def ignores(self, what: str) -> bool:
        """Whether the changes take this away altogether."""
        return what in self.changes.ignore
