"""Tables of chips: sites, states, units of several chips, and what is refused."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchard.errors import LimitError
from orchard.estimate.power.sites import Sites, estimate, shipped, table
from orchard.estimate.power.sites.table import REQUIRED, Site, unit


def gathered(*rows: tuple[str, ...], columns: tuple[str, ...] = REQUIRED) -> dict[str, Site]:
    sites = Sites(columns, shipped())
    sites.add([list(row) for row in rows], {})
    return {site.name: site for site in sites}


def counts(site: Site) -> dict[str, float]:
    return {chip: number for chip, (_, number) in site.counts.items()}


def test_the_last_row_of_a_chip_counts_wherever_it_stands() -> None:
    rows = [
        ("a", "2025-01-01", "H100", "8"),
        ("a", "2025-06-01", "H100", "16"),
        ("a", "2025-03-01", "GB200", "72"),
    ]
    for order in permutations(rows):
        (site,) = gathered(*order).values()
        assert counts(site) == {"h100": 16.0, "gb200": 72.0}
        assert site.dated


def test_rows_of_one_chip_and_date_add_up_whatever_the_name() -> None:
    (site,) = gathered(("a", "2025-01-01", "H100", "8"), ("a", "2025-01-01", "NVIDIA H100", "8")).values()
    assert counts(site) == {"h100": 16.0}
    assert not site.dated


@pytest.mark.parametrize(
    ("name", "chips"),
    [
        ("B200", 1), ("R200", 1), ("TPU v7", 1), ("GB300 NVL72", 1), ("GB300 NVL72 rack", 72), ("GB200 racks", 72),
        ("GB200 superchips", 2), ("H100 node", 8), ("H100 servers", 8), ("HGX H100", 1),
    ],
)  # fmt: skip
def test_units_are_chips_unless_the_name_says_otherwise(name: str, chips: float) -> None:
    made = unit(name, shipped())
    assert made.chips == chips
    assert not made.wrong
    assert bool(made.note) == (chips > 1 or "NVL72" in name)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (("a", "2025-01-01", "B2000", "8"), "did you mean 'b200'"),
        (("a", "2025-01-01", "", "8"), "chip is blank"),
        (("a", "2025-01-01", "H100 rack", "8"), "count chips"),
        (("a", "2025-01-01", "H100", ""), "units is blank"),
        (("a", "2025-01-01", "H100", "-8"), "units '-8'"),
        (("a", "2025-01-01", "H100", "many"), "units 'many'"),
        (("a", "2025-02-30", "H100", "8"), "date '2025-02-30'"),
        (("a", "yesterday", "H100", "8"), "date 'yesterday'"),
        (("a", "2025-01-01", "H100"), "3 cells under 4 columns"),
        (("a", "2025-01-01", "H100", "8", "9"), "5 cells under 4 columns"),
        (("a", "2025-01-01", "CPU core", "8"), "no power of it is known"),
    ],
)
def test_what_cannot_be_read_is_said(row: tuple[str, ...], reason: str) -> None:
    (site,) = gathered(row, ("a", "2025-01-01", "H100", "8")).values()
    assert reason in "; ".join(site.wrong)


@pytest.mark.parametrize("text", ["", "2025", "2025-01", "2025-1-1", "2025-01-01T00:00:00Z"])
def test_dates_may_be_short_or_missing(text: str) -> None:
    (site,) = gathered(("a", text, "H100", "8")).values()
    assert counts(site) == {"h100": 8.0}


@pytest.mark.parametrize(
    ("text", "wrong"), [("1.2", False), ("", False), ("0.9", True), ("5", True), ("x", True)]
)
def test_a_stated_ratio_is_one_a_site_can_have(text: str, wrong: bool) -> None:
    (site,) = gathered(("a", "2025", "H100", "8", text), columns=(*REQUIRED, "peak_ratio")).values()
    assert bool(site.wrong) == wrong
    assert site.ratio == (float(text) if text and not wrong else None)


def test_rows_without_an_id_are_no_site() -> None:
    (site,) = gathered(("", "2025", "H100", "8"), ("", "2025", "B200", "8")).values()
    assert set(site.wrong) == {"id is blank"}


def test_too_many_sites_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table, "MOST_SITES", 2)
    with pytest.raises(LimitError) as error:
        gathered(*((name, "2025", "H100", "8") for name in "abc"))
    assert error.value.findings[0].code == "O853"


CELLS = st.one_of(
    st.sampled_from(["", "a", "b", "2025-01-01", "H100", "GB200 rack", "TPU", "8", "0", "1e5", "-1", "nan"]),
    st.text(max_size=12),
)


@given(st.lists(st.lists(CELLS, min_size=3, max_size=6), max_size=6))
def test_whatever_a_table_holds_every_site_gets_a_line_or_a_reason(rows: list[list[str]]) -> None:
    sites = Sites([*REQUIRED, "peak_ratio"], shipped())
    sites.add(rows, {0: "a NUL byte"} if rows else {})
    found = estimate(sites, shipped())
    assert len(found.ids) == len(sites) == len({row[0] for row in rows})
    for ok, note, it, facility in zip(
        found.ok, found.notes, found.it_power_w, found.facility_power_w, strict=True
    ):
        assert 0 < it <= facility if ok else note


def test_spaces_around_an_id_make_no_other_site() -> None:
    (site,) = gathered(("a", "", "H100", "8"), (" a ", "", "GB200", "8")).values()
    assert counts(site) == {"h100": 8.0, "gb200": 8.0}


def test_a_site_has_one_peak_ratio() -> None:
    columns = (*REQUIRED, "peak_ratio")
    one, two = (
        gathered(("a", "", "H100", "8", "1.2"), ("a", "", "GB200", "8", more), columns=columns)["a"]
        for more in ("1.20", "1.4")
    )
    assert (one.ratio, one.wrong) == (1.2, [])
    assert two.wrong == ["peak_ratio 1.2 and 1.4: wanted one for a site"]


def test_no_chips_are_a_number_of_chips() -> None:
    assert gathered(("a", "", "H100", "-1"))["a"].wrong == [
        "units '-1': wanted a whole number of 0 or more, at most 2147483647"
    ]
