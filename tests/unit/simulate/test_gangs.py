"""What single faults do to a job, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from orchard.simulate.fleet import tables as at
from orchard.simulate.fleet.outcome import Outcome, simulate

from .small import DAY_S, faults, job, no_faults, pool

HOUR_S = 3600.0


def _parts(outcome: Outcome, place: int = 0) -> list[float]:
    """Useful, lost, checkpoints, restarts, waiting, queued."""
    return outcome.times[place, at.USEFUL : at.QUEUED_S + 1].tolist()


def test_a_job_that_nothing_stops_works_and_checkpoints() -> None:
    found = simulate([pool()], [job(work_s=5 * 1800.0)], no_faults(), DAY_S)
    # five intervals, four checkpoints between them, and one start
    assert _parts(found) == pytest.approx([9000.0, 0.0, 40.0, 600.0, 0.0, 0.0])
    assert found.times[0, at.ENDED] == pytest.approx(9640.0)


def test_a_fault_rolls_back_to_the_last_checkpoint_that_is_safe() -> None:
    # up to 600 s it starts; checkpoints end at 2410 and 4220 and are safe 50 s later
    for fault_s, kept_s in ((4219.0, 1800.0), (4269.0, 1800.0), (4271.0, 3600.0), (2459.0, 0.0)):
        found = simulate([pool()], [job()], faults([{"at": fault_s, "detect": 30.0}]), fault_s + 700.0)
        useful, lost, checkpoints, restarts, *_ = _parts(found)
        assert useful == pytest.approx(kept_s + 70.0), fault_s
        assert restarts == pytest.approx(600.0 + 630.0)
        assert useful + lost + checkpoints + restarts == pytest.approx(fault_s + 700.0)


def test_a_copy_in_memory_saves_what_the_disk_has_not() -> None:
    given = {"memory_s": 60.0, "memory_block_s": 1.0, "memory_restart_s": 100.0, "interval_s": 1830.0}
    flags = at.MEMORY_SURVIVES
    found = simulate([pool()], [job(**given)], faults([{"at": 1000.0, "flags": flags}]), 1200.0)
    # 400 s after the start: six copies, of 360 s of work
    assert _parts(found)[:2] == pytest.approx([360.0 + 99.0, 34.0])
    lost = simulate([pool()], [job(**given)], faults([{"at": 1000.0}]), 1200.0)
    assert _parts(lost)[0] == 0.0


def test_a_failure_after_one_from_memory_goes_back_to_the_disk() -> None:
    given = {"memory_s": 60.0, "memory_block_s": 0.0, "memory_restart_s": 100.0}
    both = [{"at": 1000.0, "flags": at.MEMORY_SURVIVES}, {"at": 1200.0, "node": 3}]
    found = simulate([pool()], [job(**given)], faults(both), 1300.0)
    assert _parts(found)[:2] == pytest.approx([0.0, 500.0])


def test_without_spares_a_job_waits_for_the_repair() -> None:
    found = simulate([pool(10)], [job(10)], faults([{"at": 6000.0, "repair": 5000.0}]), DAY_S)
    assert _parts(found)[4] == pytest.approx(5000.0)
    assert found.rows[0, at.STARTS] == 1


def test_a_spare_ends_the_wait_and_comes_back_as_one() -> None:
    found = simulate([pool(11, spares=1)], [job(10)], faults([{"at": 6000.0, "repair": 5000.0}]), DAY_S)
    assert _parts(found)[4] == 0.0
    assert found.hours[1, 0, at.SPARE] == pytest.approx(2400.0)
    assert found.hours[2, 0, at.DOWN] == pytest.approx(3600.0)
    assert found.hours[4, 0, at.SPARE] == pytest.approx(3600.0)


def test_an_elastic_job_goes_on_with_fewer_nodes() -> None:
    given = {"fault_tolerance": "elastic", "least": 0.5}
    found = simulate([pool(10)], [job(10, **given)], faults([{"at": 600.0 + 1810.0 + 60.0}]), DAY_S)
    useful, lost, checkpoints, _, waiting, _ = _parts(found)
    assert waiting == pytest.approx(useful / 9.0, rel=0.05)
    assert lost == pytest.approx(60.0)
    assert checkpoints > 0.0


def test_replicas_lose_only_their_own_time() -> None:
    given = {"fault_tolerance": "replica", "replicas": 5, "least": 0.5, "stall_s": 20.0}
    found = simulate(
        [pool(11, spares=1)], [job(10, **given)], faults([{"at": 5000.0, "detect": 10.0}]), DAY_S
    )
    _, lost, _, restarts, waiting, _ = _parts(found)
    assert lost == 0.0
    assert restarts == pytest.approx(600.0 + 30.0)  # all stand still until it is seen, and 20 s
    assert waiting == pytest.approx((600.0 - 20.0) / 5, rel=0.02)  # one of five loads for the rest


def test_silent_corruption_costs_everything_since_it_happened() -> None:
    rows = [{"at": 600.0 + 3 * 1810.0 + 100.0, "detect": 5 * 1810.0, "flags": at.SILENT}]
    found = simulate([pool()], [job()], faults(rows), 600.0 + 8 * 1810.0 + 100.0 + 600.0)
    assert _parts(found)[0] == pytest.approx(3 * 1800.0)
    assert found.rows[0, at.STOPS] == 1


def test_a_slow_node_slows_all_until_it_is_taken_out() -> None:
    rows = [{"at": 1000.0, "detect": 1000.0, "flags": at.DRAGS, "share": 0.9}]
    found = simulate([pool()], [job(interval_s=1e6)], faults(rows), DAY_S)
    assert _parts(found)[1] == pytest.approx(100.0)  # a tenth of a thousand seconds, and no work


def test_maintenance_costs_a_restart_and_no_work() -> None:
    found = simulate([pool()], [job()], faults([{"at": 5000.0, "flags": at.PLANNED}]), DAY_S)
    assert _parts(found)[1] == 0.0
    assert _parts(found)[3] == pytest.approx(1200.0)


def test_what_was_saved_for_maintenance_is_not_lost_to_the_next_fault() -> None:
    rows = [{"at": 2000.0, "flags": at.PLANNED}, {"at": 2700.0, "node": 3}]
    found = simulate([pool()], [job()], faults(rows), 3000.0)
    assert _parts(found)[:2] == pytest.approx([1400.0, 100.0])


def test_a_reset_keeps_the_node() -> None:
    found = simulate([pool(10)], [job(10)], faults([{"at": 5000.0, "flags": at.CURED}]), DAY_S)
    assert _parts(found)[3:5] == pytest.approx([1200.0, 0.0])
    assert found.hours[:, 0, at.DOWN].sum() == 0.0


def test_a_wide_fault_stops_every_job_it_reaches_once() -> None:
    jobs = [job(10, name="a"), job(10, name="b"), job(10, name="c")]
    found = simulate([pool(100)], jobs, faults([{"at": 5000.0, "node": 5, "count": 12}]), DAY_S)
    assert found.rows[:, at.STOPS].tolist() == [1, 1, 0]
    assert found.hours[10, 0, at.DOWN] == pytest.approx(12 * HOUR_S)


def test_the_urgent_take_the_place_of_others_which_save_and_queue() -> None:
    jobs = [
        job(60, name="low", priority=5),
        job(60, name="high", priority=1, submit_s=5000.0, work_s=20000.0),
    ]
    found = simulate([pool(100)], jobs, no_faults(), DAY_S)
    assert found.rows[0, at.STARTS] == 2
    assert _parts(found, 0)[1] == 0.0  # nothing is lost
    assert _parts(found, 0)[5] == pytest.approx(found.times[1, at.ENDED] - 5000.0)
    assert _parts(found, 1)[5] == 0.0


def test_equals_wait_for_each_other() -> None:
    jobs = [job(60, name="first", work_s=5000.0), job(60, name="second")]
    found = simulate([pool(100)], jobs, no_faults(), DAY_S)
    assert _parts(found, 1)[5] == pytest.approx(found.times[0, at.ENDED])


def test_a_job_that_follows_begins_when_the_one_before_is_done() -> None:
    jobs = [job(work_s=5000.0), job(after=0)]
    found = simulate([pool()], jobs, no_faults(), DAY_S)
    assert found.times[1, at.BEGUN] == found.times[0, at.ENDED] > 5000.0


def test_what_is_down_does_not_fail_again() -> None:
    rows = [{"at": 100.0, "repair": 9000.0}, {"at": 200.0, "repair": 20000.0}]
    found = simulate([pool(10)], [], faults(rows), DAY_S)
    assert len(found.failures) == 1
    assert found.hours[:, 0, at.DOWN].sum() == pytest.approx(9000.0)


def test_a_wide_fault_keeps_what_is_down_for_the_longer_repair() -> None:
    rows = [{"at": 100.0, "repair": 9000.0}, {"at": 200.0, "count": 2, "repair": 20000.0}]
    found = simulate([pool(10)], [], faults(rows), DAY_S)
    assert found.hours[:, 0, at.DOWN].sum() == pytest.approx(20100.0 + 20000.0)


def test_a_checkpoint_is_not_begun_before_the_one_before_is_safe() -> None:
    found = simulate([pool()], [job(interval_s=10.0, save_s=500.0)], no_faults(), DAY_S)
    assert found.times[0, at.INTERVAL] == pytest.approx(490.0)


def test_the_outcome_does_not_depend_on_the_room_there_is() -> None:
    rows = [{"at": 100.0 * place, "repair": 50.0} for place in range(1, 400)]
    found = simulate([pool(10)], [job(5), job(5)], faults(rows), DAY_S)
    assert np.all(np.diff(found.stretches[:, at.TO]) >= 0.0)
