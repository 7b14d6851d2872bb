"""Sentences from a press release turned into tests, and what may be changed to make them true."""

from __future__ import annotations

from pydantic import Field

from orchard.spec.amounts import Cost, CostPerTime, Share, Span, Strict


class Claim(Strict):
    """A sentence and the comparison of quantities that tests it."""

    text: str = Field(description="the sentence, as it was said")
    test: str = Field(description="the comparison, as `fleet.gpus@2025-12-31 >= 1.3 M GPUs`")
    report: tuple[int, ...] = Field((), description="numbers of the facts of the report it answers for")


class Lever(Strict):
    """One thing that may be changed: how far at most, and what a unit of change costs."""

    limit: Share = Field(description="largest change, as a part of what is planned")


class DateLever(Strict):
    """A date that may be moved forward: how far at most, and what a day costs."""

    limit: Span = Field(description="largest change")
    price: CostPerTime = Field(description="cost of moving it forward")


class MoveLever(Strict):
    """Something done elsewhere, or in another order, for a price."""

    price: Cost = Field(description="cost of the move")


class WorkLever(Strict):
    """Something that takes work in proportion: how far it may go, and what all of it would cost."""

    limit: Share = Field(description="largest change, as a part of the whole")
    price: Cost = Field(description="cost of the whole")


class Levers(Strict):
    """What a remedy may change. A lever left out is not offered.

    The last three are those of ``orchard improve`` alone.
    """

    money: Lever | None = Field(None, description="a larger budget, every year")
    chips: Lever | None = Field(None, description="more chips in every delivery")
    power: Lever | None = Field(None, description="more power in every phase of every site")
    site_dates: DateLever | None = Field(None, description="phases of all sites earlier")
    delivery_dates: DateLever | None = Field(None, description="deliveries earlier")
    run_dates: DateLever | None = Field(None, description="runs start earlier")
    stage_dates: DateLever | None = Field(None, description="stages after pretraining shorter")
    run_chips: Lever | None = Field(None, description="more chips for each run")
    site_order: MoveLever | None = Field(None, description="two sites to come change places in time")
    run_site: MoveLever | None = Field(None, description="a run trains at another site")
    team_shares: WorkLever | None = Field(
        None, description="a part of the lab's chips goes from the other teams to the team of a run"
    )
    checkpoint: WorkLever | None = Field(
        None, description="a tier of checkpoints that stops runs for a shorter time"
    )
    chip_mix: Lever | None = Field(
        None, description="chips of a delivery bought as those of the newest delivery to its site"
    )


class Override(Strict):
    """A value replaced after the rest of the file is read; every report prints it."""

    path: str = Field(description="dotted place, as sites.prometheus.pue")
    value: object = Field(description="what stands there instead")
    why: str = Field(min_length=3, description="why it is replaced")
