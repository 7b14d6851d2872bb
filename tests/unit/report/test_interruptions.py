"""The section on failures says how often runs are interrupted, what it costs, and by what."""

from __future__ import annotations

from typing import Any

from orchard.estimate.goodput.classes import CAUSES
from orchard.report import interruptions
from orchard.report.failures import CLASSES
from orchard.report.page import render_report

RUN: dict[str, Any] = {
    "model": "apple", "title": "<Apple>", "chips": [4e4, 6e4, 8e4], "between_s": [3600.0, 7200.0, 10800.0],
    "interruptions": [350.0, 419.0, 1500.0], "goodput": [0.61, 0.85, 0.93],
    "causes": {"nic": 0.0, "gpu": 0.4, "host": 0.4, "hbm": 0.2},
}  # fmt: skip


def found(**more: Any) -> interruptions.Section:
    made = interruptions.section({"failures": [RUN | more]})
    assert made is not None
    return made


def test_a_run_is_a_row_with_medians_and_intervals() -> None:
    ((name, cells),) = found().rows
    assert name == "<Apple>"
    assert len(cells) + 1 == len(found().heads)
    assert cells == [
        ("60 k chips", "40 – 80 k chips"),
        ("2", "1 – 3"),
        ("420", "350 – 1\u202f500"),
        ("85 %", "61 % – 93 %"),
    ]


def test_what_has_no_width_has_no_interval_and_what_never_fails_no_end() -> None:
    cells = found(chips=[5.0] * 3, between_s=[None] * 3, interruptions=[0.0] * 3, goodput=[1.0] * 3).rows[0][
        1
    ]
    assert cells == [("5 chips", ""), ("∞", ""), ("0", ""), ("100 %", "")]


def test_causes_come_by_their_share_and_those_that_never_came_not_at_all() -> None:
    causes = found().causes
    assert [cause.name for cause in causes] == ["chip", "host", "memory of a chip"]
    assert [cause.share for cause in causes] == ["40 %", "40 %", "20 %"]
    assert [cause.width for cause in causes] == ["100.0", "100.0", "50.0"]


def test_every_cause_has_a_name() -> None:
    assert set(CAUSES) <= set(CLASSES)


def test_no_runs_no_section_no_causes_no_bars() -> None:
    assert interruptions.section({}) is None
    assert interruptions.section({"failures": []}) is None
    assert found(causes={}).causes == []


def test_the_page_has_the_section_and_a_link_to_it_only_where_runs_fail() -> None:
    page = render_report({"failures": [RUN]})
    assert page.count('href="#failures"') == 2  # in the list of parts, and on the heading
    assert "&lt;Apple&gt;" in page
    assert "<Apple>" not in page
    assert 'id="failures"' not in render_report({})
