"""A question about a fleet: what stands, what fails, what runs, for how long; answered for any seed."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from orchard.errors import Finding, LimitError
from orchard.estimate.goodput import Classes, classes
from orchard.simulate.fleet.case import Job, Pool
from orchard.simulate.fleet.draw import Faults, Weak, draw
from orchard.simulate.fleet.mix import mix, stops_per_s
from orchard.simulate.fleet.outcome import Outcome, simulate
from orchard.simulate.fleet.programme import Fleet
from orchard.simulate.fleet.rates import Rates, drawn

# Failures and nodes that are held at once: some gigabytes.
MOST_FAILURES = 10_000_000
MOST_CHIPS = 50_000_000


class Scenario(NamedTuple):
    """Everything a simulation depends on beside the seed."""

    fleet: Fleet
    classes: Classes
    weak: Weak
    seconds: float
    tolerance: str = "none"  # of jobs that are not given
    copies: bool = False
    jobs: tuple[Job, ...] | None = None  # given; else drawn for each seed
    faults: Faults | None = None  # given; else drawn for each seed
    rates: Rates = "median"  # of failures that are drawn

    @property
    def pools(self) -> tuple[Pool, ...]:
        """Pools of nodes."""
        return self.fleet.pools

    def classes_of(self, seed: int) -> Classes:
        """Classes with the rates of one seed."""
        return drawn(self.classes, seed) if self.rates == "drawn" else self.classes

    def outcome(self, seed: int) -> Outcome:
        """What happens with one seed. The same seed always gives the same outcome, to the bit.

        Raises
        ------
        LimitError
            O862: its rates give more failures than can be held at once
        """
        jobs = self.jobs
        if jobs is None:
            jobs = tuple(mix(self.fleet, self.classes, self.seconds, seed, self.tolerance, self.copies))
        faults = self.faults
        if faults is None:
            kinds = self.classes_of(seed)
            _held(kinds, self.fleet.chips, self.seconds)
            faults = draw(self.pools, jobs, kinds, self.weak, self.seconds, seed)
        return simulate(self.pools, jobs, faults, self.seconds, self.weak.limit)

    def key(self) -> str:
        """Digest of all of it."""
        hashed = hashlib.sha256(repr((self.pools, self.weak, self[3:6], self.jobs, self.rates)).encode())
        hashed.update(repr(self.fleet.programme.model_dump_json()).encode() + str(self.fleet.day).encode())
        for array in (self.classes.rate_per_s, self.classes.repair_s, self.classes.detect_s):
            hashed.update(array.tobytes())
        if self.faults is not None:
            hashed.update(self.faults.whole.tobytes() + self.faults.real.tobytes())
        return hashed.hexdigest()


def scenario(fleet: Fleet, seconds: float, tolerance: str = "none", copies: bool = False) -> Scenario:
    """The scenario of a fleet with classes and weak nodes as known at the programme's date.

    Raises
    ------
    LimitError
        O862: more failures than can be held at once
    """
    kinds = classes(fleet.known)
    fact = fleet.known.fact
    weak = Weak(
        fact("fleet.weak.share").value,
        fact("fleet.weak.failures").value,
        round(fact("fleet.weak.limit").value),
    )
    _held(kinds, fleet.chips, seconds)
    return Scenario(fleet, kinds, weak, seconds, tolerance, copies)


def _held(kinds: Classes, chips: int, seconds: float) -> None:
    """Refuse what cannot be held at once."""
    expected = stops_per_s(kinds, chips) * seconds
    if expected > MOST_FAILURES or chips > MOST_CHIPS:
        found = f"{chips:,} chips with some {expected:,.0f} failures"
        wanted = f"at most {MOST_CHIPS:,} chips and {MOST_FAILURES:,} failures"
        raise LimitError(Finding("O862", "", "--days", found, wanted, "fewer days, or a smaller fleet"))
