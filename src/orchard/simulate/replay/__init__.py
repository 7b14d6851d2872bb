"""A user's own traces in the place of what is drawn: failures, jobs.

rows       the file as rows with their lines; what is truncated or twice
clock      times as people and schedulers write them; jumps and gaps
failures   rows of failures, laid on the nodes of the fleet
jobs       rows of jobs, of sacct or plain, laid on its pools
traces     both together, in the place of what a scenario would draw
"""

from __future__ import annotations

from orchard.simulate.replay.traces import replay

__all__ = ["replay"]
