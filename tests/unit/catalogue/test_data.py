"""The packaged data: every fact readable and sourced, every published name known."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from orchard import units
from orchard.catalogue import KINDS, catalogue
from orchard.catalogue.catalogue import DATA, read_catalogue

KNOWN = catalogue()
ROWS = [row for fact in KNOWN.facts() for row in (fact.conflict or (fact,))]

# Every chip name that occurs in the published measurements and site lists Orchard is calibrated on.
PUBLISHED_NAMES = [
    "V100", "A100", "H100", "H200", "H800", "B200", "GB200", "B300", "GB300",
    'Rubin (VR NVL72, ex "NVL144")', "MI300X", "MI325X", "MI350X", "MI355X", "TPU v5e", "TPU v5p",
    "TPU v6e", "TPU7x (Ironwood)", "MTIA v2", "MTIA 300 (v3)", "MTIA 400", "MTIA 450", "MTIA 500",
    "Trainium2", "H20", "A100-80GB", "A100-40GB", "RTX 4090", "RTX PRO 6000 Blackwell", "TPU7x",
    "TPU v7", "TPU v4", "R200", "R300", "Ascend 910C", "VR200",
]  # fmt: skip


def test_there_are_facts_of_every_sort() -> None:
    heads = {row.id.split(".")[0] for row in ROWS}
    assert {"chip", "system", "link", "price", "capex", "power"} <= heads
    assert {"reliability", "utilisation", "serving", "scaling"} <= heads
    assert len(ROWS) > 600


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.id}-{row.source}")
def test_every_row_is_whole(row) -> None:
    assert row.kind in KINDS
    assert row.locator
    assert KNOWN.sources[row.source].url
    assert date(2010, 1, 1) < row.as_of <= date(2026, 12, 31)
    if row.is_date:
        assert row.date_low <= row.date <= row.date_high
    else:
        assert units.factor(row.unit) > 0
        assert row.low <= row.value <= row.high
        assert abs(row.value) < 1e30


def test_rows_with_one_id_share_a_dimension_and_differ_in_source() -> None:
    for fact in KNOWN.conflicts():
        assert len({row.dimension for row in fact.conflict}) == 1
        assert len(set(fact.source_ids)) == len(fact.conflict)


@pytest.mark.parametrize("name", PUBLISHED_NAMES)
def test_published_chip_names_are_known(name: str) -> None:
    assert KNOWN.chip(name).facts
    assert KNOWN.chip(name.upper()) is KNOWN.chip(name.lower())


def test_every_named_chip_and_system_has_facts() -> None:
    listed = {
        path: (DATA / path).read_text(encoding="utf-8").splitlines()[1:]
        for path in ("chips.csv", "systems.csv")
    }
    assert {line.split(",")[0] for line in listed["chips.csv"]} == set(KNOWN.chips)
    assert {line.split(",")[0] for line in listed["systems.csv"]} == set(KNOWN.systems)
    assert all(system.chip in KNOWN.chips for system in KNOWN.systems.values())


def test_chips_of_the_programme_carry_what_a_plan_needs() -> None:
    for name in ("h100", "gb200", "gb300", "mi300x", "rubin"):
        chip = KNOWN.chip(name, as_of=date(2025, 12, 31))
        for value in (chip.bf16_flops_per_s, chip.fp8_flops_per_s, chip.memory_bytes, chip.it_power_w):
            assert value is not None
        assert chip.chips_per_node is not None
        assert units.dimension(chip.facts["it_power"].unit) == units.dimension("W/chip")


def test_rubin_is_known_as_announced_before_2026_and_revised_after() -> None:
    early = KNOWN.chip("R200", as_of=date(2025, 12, 31))
    assert early.memory_bytes_per_s == pytest.approx(13e12)
    assert KNOWN.fact("chip.rubin.memory_bandwidth").high == pytest.approx(22e12)
    assert KNOWN.fact("chip.rubin.memory_bandwidth", source="ml-engineering").value == pytest.approx(22e12)


def test_root_causes_of_llama3_sum_to_the_interruptions() -> None:
    causes = KNOWN.facts("reliability.llama3.cause.")
    assert len(causes) == 18
    assert (
        sum(fact.value for fact in causes) == KNOWN.fact("reliability.llama3.interruptions.unexpected").value
    )


def test_rate_of_llama3_follows_from_its_counts() -> None:
    rate = KNOWN.fact("reliability.node_failures.llama3").value
    assert rate == pytest.approx(419 / (16384 / 8 * 54 * 86400), rel=1e-4)


def test_loading_costs_a_few_times_the_reading_of_its_tables() -> None:
    tables = [
        path
        for path in sorted(Path(str(DATA)).rglob("*.csv"))
        if path.parent.name not in ("measured", "calibration")
    ]

    def least(run: Callable[[], object]) -> float:
        times = []
        for _ in range(5):
            start = time.process_time()
            run()
            times.append(time.process_time() - start)
        return min(times)

    plain = least(lambda: [list(csv.DictReader(path.read_text("utf-8").splitlines())) for path in tables])
    assert least(lambda: read_catalogue(DATA)) < 30 * plain  # 3 times, as measured


def test_importing_needs_only_the_standard_library() -> None:
    code = (
        "import sys; import orchard.catalogue as c; c.catalogue(); "
        "print(sorted({'numpy', 'pydantic', 'yaml', 'scipy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
