"""Traces of users: what is read, what is mended and told, what is refused with its lines."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchard.catalogue import catalogue
from orchard.errors import Finding, OrchardError
from orchard.simulate.fleet import tables as at
from orchard.simulate.fleet.programme import fleet
from orchard.simulate.fleet.scenario import Scenario, scenario
from orchard.simulate.replay import replay
from orchard.spec.load import load

from .small import DAY_S


@pytest.fixture(scope="module")
def small(root: Path) -> Scenario:
    made = fleet(load(root / "programmes" / "meta-superintelligence.yaml"), catalogue(), gpus=20_000)
    return scenario(made, 365 * DAY_S)


def _failures(small: Scenario, folder: Path, text: str) -> tuple[Scenario, list[Finding]]:
    path = folder / "failures.csv"
    path.write_text(text, encoding="utf-8")
    return replay(small, None, path, keep_length=False)


def _jobs(small: Scenario, folder: Path, text: str) -> tuple[Scenario, list[Finding]]:
    path = folder / "jobs.csv"
    path.write_text(text, encoding="utf-8")
    return replay(small, path, None, keep_length=False)


def _refused(raised: pytest.ExceptionInfo[OrchardError]) -> list[tuple[str, str]]:
    return [(one.code, one.found) for one in raised.value.findings]


def test_failures_are_replayed_as_they_were(small: Scenario, tmp_path: Path) -> None:
    text = (
        "time,node,class,duration\n2025-03-01T00:00:00,n1,hbm,3600\n"
        "2025-03-01T06:00:00,n2,,1-00:00:00\n2025-03-03T00:00:00,n1,rack,\n"
    )
    found, noticed = _failures(small, tmp_path, text)
    assert noticed == []
    assert found.faults is not None
    assert found.seconds == 2 * DAY_S + found.faults.real[2, at.REPAIR]
    assert found.faults.real[:, at.AT].tolist() == [0.0, 6 * 3600.0, 2 * DAY_S]
    assert found.faults.real[:2, at.REPAIR].tolist() == [3600.0, DAY_S]
    assert found.faults.real[2, at.REPAIR] > 0.0  # drawn from the class
    names = [small.classes.names[kind] for kind in found.faults.whole[:, at.KIND]]
    assert (names[0], names[2]) == ("hbm", "rack")
    assert found.faults.whole[0, at.NODE] == found.faults.whole[2, at.NODE]
    outcome = found._replace(seconds=5 * DAY_S).outcome(0)
    assert len(outcome.failures) == 3


def test_seconds_bars_and_blanks_are_read(small: Scenario, tmp_path: Path) -> None:
    found, _ = _failures(small, tmp_path, "\ufefftime|node|\n10|a|\n20.5|b|\n\n")
    assert found.faults is not None
    assert found.faults.real[:, at.AT].tolist() == [0.0, 10.5]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("time,node\n10,a\n20,b\n10,a\n", "line 4: rows that stand there twice"),
        ("time,node\n10,a\n4000,b\n3000,c\n5000,d\n", "line 4: earlier than the row before"),
        ("time,node\n10,a\n20,b\n3", "line 4: the last line breaks off"),
        ("time,node\n0,a\n10,b\n20,c\n30,d\n4000000,e\n", "line 6: 46 days of silence before it"),
    ],
)
def test_what_can_be_mended_is_mended_and_told(small: Scenario, tmp_path: Path, text: str, told: str) -> None:
    found, noticed = _failures(small, tmp_path, text)
    assert [(one.found, one.severity) for one in noticed] == [(told, "warning")]
    assert found.faults is not None
    assert np.all(np.diff(found.faults.real[:, at.AT]) >= 0.0)


@pytest.mark.parametrize(
    ("text", "code", "found"),
    [
        ("time,node\n10,a\n20\n30,c\n", "O864", "line 3"),
        ("time,node\nsoon,a\n20,b\nlater,c\n", "O864", "lines 2, 4: not as wanted"),
        ("time,node,duration\n10,a,-5\n20,b,7\n", "O864", "line 2: not as wanted"),
        ("time,node,class\n10,a,gqu\n", "O864", "line 2: not as wanted"),
        ("time,node\n90000,a\n100000,b\n50000,c\n", "O866", "line 4: the clock steps back, by up to 13.9 h"),
        ("time,node\n1970-01-01,a\n2025-01-01,b\n", "O866", "lines 2, 3: more than ten years apart"),
        ("when,node\n10,a\n", "O863", "columns when, node"),
        ("", "O863", "columns (none)"),
        ("time,node\n", "O863", "no rows"),
        ("time,node,pool\n10,a,mars\n", "O864", "line 2: not as wanted"),
    ],
)
def test_what_cannot_be_mended_is_refused_with_its_lines(
    small: Scenario, tmp_path: Path, text: str, code: str, found: str
) -> None:
    with pytest.raises(OrchardError) as raised:
        _failures(small, tmp_path, text)
    codes = _refused(raised)
    assert codes[0][0] == code
    assert codes[0][1].startswith(found)


def test_all_faults_of_a_trace_are_told_at_once(small: Scenario, tmp_path: Path) -> None:
    with pytest.raises(OrchardError) as raised:
        _failures(small, tmp_path, "time,node,class,duration\nsoon,a,gpu,1\n10,b,gqu,1\n20,c,gpu,x\n")
    assert [finding.path for finding in raised.value.findings] == ["time", "class", "duration"]
    assert "did you mean 'gpu'" in raised.value.findings[1].hint


def test_more_nodes_than_there_are_are_refused(small: Scenario, tmp_path: Path) -> None:
    rows = "".join(f"{place},n{place}\n" for place in range(3000))
    with pytest.raises(OrchardError) as raised:
        _failures(small, tmp_path, "time,node\n" + rows)
    (finding,) = raised.value.findings
    assert finding.code == "O867"
    assert re.match(r"lines \d+, .* and [\d,]+ more: more than the [\d,]+ nodes", finding.found)


SACCT = """JobID|JobName|User|Account|Submit|Start|End|Elapsed|State|NNodes|AllocTRES
1|pretrain|a|tbd|2025-03-01T00:00:00|2025-03-01T00:10:00|2025-03-03T00:10:00|2-00:00:00|NODE_FAIL|100|gres/gpu=800
1.batch|batch|a|tbd|2025-03-01T00:00:00|2025-03-01T00:10:00|2025-03-03T00:10:00|2-00:00:00|COMPLETED|100|
1|pretrain|a|tbd|2025-03-01T00:00:00|2025-03-03T01:00:00|2025-03-04T01:00:00|1-00:00:00|COMPLETED|100|gres/gpu=800
2|tune|b|media|2025-03-01T05:00:00|Unknown|Unknown|00:00:00|PENDING|4|
3|evaluate|b|media|2025-03-01T06:00:00|2025-03-01T06:00:10|2025-03-01T07:00:10|01:00:00|COMPLETED|2|gres/gpu:h100=9
4|never|b|media|2025-03-01T06:00:00|2025-03-01T06:00:00|2025-03-01T06:00:00|00:00:00|CANCELLED by 7|2|
"""


def test_jobs_of_sacct_are_replayed(small: Scenario, tmp_path: Path) -> None:
    found, noticed = _jobs(small, tmp_path, SACCT)
    assert found.jobs is not None
    told = [(job.name, job.team, job.nodes, job.work_s, job.submit_s) for job in found.jobs]
    assert told == [("pretrain", "tbd", 100, 3 * DAY_S, 0.0), ("evaluate", "media", 2, 3600.0, 6 * 3600.0)]
    assert [one.found for one in noticed] == [
        "line 3: steps of jobs",
        "lines 5, 7: jobs that never started",
        "line 4: further attempts of a job that was requeued",
    ]
    outcome = found._replace(seconds=10 * DAY_S).outcome(0)
    assert (outcome.times[:, at.BEGUN] >= 0.0).all()


def test_jobs_without_gpus_are_left_out_and_told(small: Scenario, tmp_path: Path) -> None:
    text = (
        "JobID|Submit|Start|End|Elapsed|State|NNodes|AllocTRES\n"
        "1|2025-03-01|2025-03-01|2025-03-02|1-00:00:00|COMPLETED|5|billing=80,cpu=80,node=5\n"
        "2|2025-03-01|2025-03-01|2025-03-02|1-00:00:00|COMPLETED|2|cpu=8,gres/gpu:nvidia_h100_80gb.x=16,node=2\n"
        "3|2025-03-01|2025-03-01|2025-03-02|1-00:00:00|COMPLETED|1|cpu=8,gres/gpu=0\n"
        "4|2025-03-01|2025-03-01|2025-03-02|1-00:00:00|COMPLETED|3|\n"
    )
    found, noticed = _jobs(small, tmp_path, text)
    assert found.jobs is not None
    assert [(job.name, job.nodes) for job in found.jobs] == [("2", 2), ("4", 3)]
    assert [(one.code, one.found, one.wanted) for one in noticed] == [
        ("O865", "lines 2, 4: jobs without GPUs", "left out"),
    ]  # fmt: skip
    with pytest.raises(OrchardError) as raised:
        _jobs(small, tmp_path, "\n".join(text.split("\n")[:2]))
    assert _refused(raised) == [("O863", "no job that ran on GPUs")]


def test_jobs_of_plain_csv_are_replayed(small: Scenario, tmp_path: Path) -> None:
    text = "name,gpus,start,duration,priority,site\na,80,100,3600,1,online-2025\nb,8,50,10:00,2,\n"
    found, _ = _jobs(small, tmp_path, text)
    assert found.jobs is not None
    assert [(job.name, job.nodes, job.work_s, job.submit_s, job.priority) for job in found.jobs] == [
        ("b", 1, 600.0, 0.0, 2), ("a", 10, 3600.0, 50.0, 1),
    ]  # fmt: skip
    assert found.pools[found.jobs[1].pool].site == "online-2025"


@pytest.mark.parametrize(
    ("text", "code", "found"),
    [
        ("name,gpus,start,duration\na,8,10,60\nb,0,10,60\nc,x,10,60\n", "O864", "lines 3, 4: not as wanted"),
        ("name,gpus,start,end\na,8,10,5\n", "O864", "line 2: not as wanted"),
        ("name,gpus,start,duration\na,8,soon,60\n", "O864", "line 2: not as wanted"),
        ("name,gpus,start,duration\na,900000,10,60\n", "O867", "line 2: 900,000 chips"),
        ("name,start,duration\na,10,60\n", "O863", "columns name, start, duration"),
    ],
)
def test_jobs_that_cannot_be_are_refused_with_their_lines(
    small: Scenario, tmp_path: Path, text: str, code: str, found: str
) -> None:
    with pytest.raises(OrchardError) as raised:
        _jobs(small, tmp_path, text)
    assert _refused(raised)[0][0] == code
    assert _refused(raised)[0][1].startswith(found)


def test_a_start_before_the_submission_is_mended(small: Scenario, tmp_path: Path) -> None:
    text = "name,gpus,submit,start,duration\na,8,100,50,60\n"
    found, noticed = _jobs(small, tmp_path, text)
    assert found.jobs is not None
    assert found.jobs[0].submit_s == 0.0
    assert noticed[0].found == "line 2: started before it was submitted"


def test_both_traces_share_a_clock(small: Scenario, tmp_path: Path) -> None:
    (tmp_path / "j.csv").write_text("name,gpus,start,duration\na,8,2025-03-02,86400\n", encoding="utf-8")
    failures = "time,node,duration\n2025-03-01,a,60\n2025-03-02T12:00,b,60\n"
    (tmp_path / "f.csv").write_text(failures, encoding="utf-8")
    found, _ = replay(small, tmp_path / "j.csv", tmp_path / "f.csv", keep_length=False)
    assert found.jobs is not None
    assert found.faults is not None
    assert found.jobs[0].submit_s == DAY_S
    assert found.faults.real[:, at.AT].tolist() == [0.0, 1.5 * DAY_S]
    assert found.seconds == 2 * DAY_S
    kept, _ = replay(small, tmp_path / "j.csv", None, keep_length=True)
    assert kept.seconds == small.seconds


HEADS = st.sampled_from(
    ["time,node,class,duration", "name,gpus,start,duration,priority", "JobID|Submit|End|NNodes"]
)
CELLS = st.one_of(
    st.sampled_from(["10", "2025-03-01T00:00:00", "gpu", "a", "", "-1", "1e308", "nan", "9999-12-31T23:59:59-23:00",
                     "1-00:00:00", "99999999999999999999", '"', "1.batch", "Unknown", "0"]),
    st.text(max_size=6),
)  # fmt: skip


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HEADS, st.lists(st.lists(CELLS, max_size=5), max_size=6), st.sampled_from([",", "|"]), st.booleans())
def test_no_trace_ends_in_anything_but_an_answer_or_findings(
    small: Scenario, tmp_path: Path, head: str, rows: list[list[str]], separator: str, failures: bool
) -> None:
    text = "\n".join([head.replace(",", separator), *(separator.join(row) for row in rows)])
    path = tmp_path / "trace.csv"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        found, _ = replay(small, None if failures else path, path if failures else None, keep_length=False)
    except OrchardError:
        return
    assert 0.0 < found.seconds < 3700 * DAY_S
    outcome = found._replace(seconds=min(found.seconds, 3 * DAY_S)).outcome(0)
    assert np.isfinite(outcome.times[:, at.USEFUL : at.QUEUED_S + 1]).all()


def test_a_trace_without_end_needs_a_length(small: Scenario, tmp_path: Path) -> None:
    with pytest.raises(OrchardError) as raised:
        _jobs(small, tmp_path, "name,gpus,start,duration\na,8,10,1e12\n")
    assert _refused(raised) == [("O862", "traces that last 11,574,074 days")]
