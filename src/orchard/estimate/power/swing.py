"""Swings of a synchronous training job: spectrum in the grid's band of concern, ramps, dynamic range.

Power over a step is a wave of two levels with edges of finite length. Its spectrum is known in closed
form: the amplitude of harmonic n of a trapezoid with period T, duty D and edge t is

    2 (high - low) D |sinc(n D)| |sinc(n t / T)|,   sinc(x) = sin(pi x) / (pi x)

Jobs that run beside each other keep no common step: their powers add, their swings by squares.

Source of the band, and of ramps, range and band as what utilities limit: Choukse et al. 2025, "Power
stabilization for AI training datacenters" (arXiv 2508.14318); the trapezoid: any table of Fourier series.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.catalogue import catalogue
from orchard.estimate.power.activity import PHASES, Job, Phases, levels, phases

Array = NDArray[np.float64]


class Wave(NamedTuple):
    """Power that alternates between two levels: `duty` of each period high, changing within `edge_s`."""

    high_w: float
    low_w: float
    period_s: float
    duty: float
    edge_s: float

    @property
    def mean_w(self) -> float:
        """Mean power."""
        return self.low_w + self.duty * self.swing_w

    @property
    def swing_w(self) -> float:
        """The distance of the levels: the dynamic range."""
        return self.high_w - self.low_w


class Swing(NamedTuple):
    """What a grid sees of a job.

    Parameters
    ----------
    range_w
        between the phases of a step, or of a checkpoint where that is lower
    start_w
        between idle and computing: at the start, at the end, and at every failure
    ramp_w_per_s
        at the edges of a phase
    band_w
        root mean square of what lies in the band of concern
    band_share
        of all swings, by energy, what lies in that band
    largest_w, largest_hz
        amplitude and frequency of the largest harmonic in the band; 0 where there is none
    """

    range_w: float
    start_w: float
    ramp_w_per_s: float
    band_w: float
    band_share: float
    largest_w: float
    largest_hz: float


def band_hz() -> tuple[float, float]:
    """The band in which swings may shake generators and networks.

    >>> band_hz()
    (0.1, 20.0)
    """
    known = catalogue()
    return known.fact("power.oscillation.low").value, known.fact("power.oscillation.high").value


def step_wave(job: Job, drawn: Phases | None = None) -> Wave:
    """The wave of a job's steps."""
    shares = phases() if drawn is None else drawn
    made, duty = levels(job, shares), 1.0 - job.communication_share
    edge_s = _edge_s(shares.edge_s, job.step_s, duty)
    return Wave(made.compute_w, made.communication_w, job.step_s, duty, edge_s)


def checkpoint_wave(job: Job, drawn: Phases | None = None) -> Wave | None:
    """The wave of the checkpoints that training waits for, around the mean of a step; None without any."""
    if job.checkpoint_s <= 0 or job.checkpoint_period_s <= 0:
        return None
    shares = phases() if drawn is None else drawn
    period, duty = job.checkpoint_period_s, 1.0 - job.checkpoint_s / job.checkpoint_period_s
    low_w = levels(job, shares).checkpoint_w
    return Wave(step_wave(job, shares).mean_w, low_w, period, duty, _edge_s(shares.edge_s, period, duty))


def harmonics(wave: Wave, below_hz: float) -> tuple[Array, Array]:
    """Frequencies and amplitudes [n] of a wave, from its period up to `below_hz`.

    >>> hz, watts = harmonics(Wave(10.0, 0.0, 2.0, 0.5, 0.0), 2.0)
    >>> hz.tolist(), (watts / 10).round(3).tolist()
    ([0.5, 1.0, 1.5, 2.0], [0.637, 0.0, 0.212, 0.0])
    """
    count = np.arange(1, int(below_hz * wave.period_s + 1e-9) + 1)
    level = 2.0 * wave.swing_w * wave.duty * np.abs(np.sinc(count * wave.duty))
    return count / wave.period_s, level * np.abs(np.sinc(count * wave.edge_s / wave.period_s))


def swing(job: Job, drawn: Phases | None = None) -> Swing:
    """Swings of one job; with the phases of the catalogue unless told otherwise.

    >>> made = swing(Job(16_384, 1275.0, 5.0))
    >>> round(made.range_w / 1e6, 1), round(made.ramp_w_per_s / 1e6), made.largest_hz
    (8.8, 88, 0.2)
    """
    steps, stops = step_wave(job, drawn), checkpoint_wave(job, drawn)
    waves = [steps] if stops is None else [steps, stops]
    low, high = band_hz()
    found = [harmonics(wave, high) for wave in waves]
    hz, watts = (np.concatenate(column) for column in zip(*found, strict=True))
    inside = np.where(hz >= low * (1 - 1e-9), watts, 0.0)
    made = levels(job, drawn)
    all_squares = sum(map(mean_square_w2, waves))
    within = float((inside**2).sum() / 2)
    top = int(inside.argmax()) if len(inside) and inside.max() > 0 else None
    lowest = min(wave.low_w for wave in waves)
    return Swing(
        range_w=steps.high_w - lowest,
        start_w=made.compute_w - made.idle_w,
        ramp_w_per_s=(steps.high_w - lowest) / steps.edge_s,
        band_w=float(np.sqrt(within)),
        band_share=within / all_squares if all_squares > 0 else 0.0,
        largest_w=float(inside[top]) if top is not None else 0.0,
        largest_hz=float(hz[top]) if top is not None else 0.0,
    )


def interval(job: Job) -> tuple[Swing, Swing]:
    """The 80 % interval of a job's swings: what each phase is not known to better adds by squares.

    >>> low, high = interval(Job(16_384, 1275.0, 5.0))
    >>> round(low.range_w / 1e6, 1), round(high.range_w / 1e6, 1)
    (5.5, 11.3)
    """
    centre, drawn = np.array(swing(job)), phases()
    squares = np.zeros((2, len(centre)))
    for name, fact in zip(Phases._fields, map(catalogue().fact, PHASES), strict=True):
        for value in (fact.low, fact.high):
            off = np.array(swing(job, drawn._replace(**{name: value}))) - centre
            squares += np.where([off < 0, off > 0], off**2, 0.0)
    below, above = np.sqrt(squares)
    return Swing(*(centre - below).tolist()), Swing(*(centre + above).tolist())


def together(swings: Sequence[Swing]) -> Swing:
    """Jobs that keep no common step: what they do within steps adds by squares, what they may do adds.

    >>> one = swing(Job(8192, 1275.0, 5.0))
    >>> round(together([one] * 4).band_w / one.band_w, 6), together([one] * 4).start_w / one.start_w
    (2.0, 4.0)
    """

    def squared(name: str) -> float:
        return float(np.sqrt(sum(getattr(one, name) ** 2 for one in swings)))

    band, largest = squared("band_w"), max(swings, key=lambda one: one.largest_w)
    everything = sum(one.band_w**2 / one.band_share for one in swings if one.band_share > 0)
    return Swing(
        range_w=sum(one.range_w for one in swings),
        start_w=sum(one.start_w for one in swings),
        ramp_w_per_s=sum(one.ramp_w_per_s for one in swings),
        band_w=band,
        band_share=band**2 / everything if everything > 0 else 0.0,
        largest_w=largest.largest_w,
        largest_hz=largest.largest_hz,
    )


def mean_square_w2(wave: Wave) -> float:
    """Mean square of a wave about its mean, by its shape: levels, and edges in which it is between them.

    >>> mean_square_w2(Wave(10.0, 0.0, 2.0, 0.5, 0.0))
    25.0
    """
    edges = wave.edge_s / wave.period_s
    flat = wave.duty * (1.0 - wave.duty)
    return wave.swing_w**2 * max(flat - edges / 3.0, 0.0)


def _edge_s(edge_s: float, period_s: float, duty: float) -> float:
    """An edge is no longer than the shorter of the two levels."""
    return min(edge_s, period_s * min(duty, 1.0 - duty)) or edge_s
