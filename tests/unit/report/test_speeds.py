"""The speed of runs as people read it."""

from __future__ import annotations

from typing import Any

from orchard.report.page import render_report
from orchard.report.signs import FINE
from orchard.report.speeds import speed_lines, speed_rows

from .example import example
from .test_terminal import printed

STEP: dict[str, Any] = {
    "basis": "step model", "chip": "GB200", "chips": 65536, "precision": "mxfp8", "sequences": 8192, "sequence": 8192,
    "stack": "", "searched": True, "tried": 142827, "natural_routing": True,
    "layout": {"tp": 2, "pp": 16, "micro_batch": 1, "shard": "optimiser", "recompute": "none"},
    "tokens_per_s_per_chip": [421.3, 561.8, 1737.7], "utilisation": 0.167, "step_s": 1.8237,
    "memory_bytes": 102.4 * 2**30, "room_bytes": 184 * 2**30,
    "others": [{"chip": "H200", "tokens_per_s_per_chip": 348.6}, {"chip": "MTIA", "reason": "no BF16 rate"}],
}  # fmt: skip
GIVEN = {"basis": "given", "utilisation": [0.26, 0.36, 0.45], "precision": "bf16", "why": "as published"}
NONE = {"basis": "none", "reason": "no layout fits on 2 h100: needs 300 GiB a chip"}


def with_speeds(*speeds: dict[str, Any]) -> dict[str, Any]:
    result = example()
    for run, speed in zip(result["runs"], speeds, strict=False):
        run["speed"] = speed
    return result


def test_a_line_says_layout_step_and_memory() -> None:
    (line,) = speed_lines({"runs": [{"model": "avocado", "speed": STEP}]}, 200, FINE)
    assert line.plain == (
        "training  avocado  562 (421 to 1,738) tokens/s/chip, MFU 17 % · tp 2 pp 16, microbatch 1, optimiser sharded, "
        "nothing recomputed · step 1.82 s · 102 of 184 GiB · 65,536 GB200"
    )


def test_a_given_utilisation_is_marked_and_a_reason_told() -> None:
    lines = [line.plain for line in speed_lines(with_speeds(GIVEN, NONE), 120, FINE)]
    assert lines[0] == "training  llama-4  utilisation given: 36 % (26 % to 45 %), bf16"
    assert "no layout fits on 2 h100" in lines[1]


def test_narrow_lines_go_on_below_and_many_runs_are_cut() -> None:
    result = with_speeds(STEP, STEP, STEP, STEP)
    rows = printed(result, 80)
    assert max(map(len, rows)) <= 80
    assert any("65,536 GB200" in row for row in rows)
    assert "… and 1 more" in rows[-2] + rows[-3]
    assert len(printed(result, 120)) <= 50


def test_rows_of_the_page_are_whole() -> None:
    rows = speed_rows(with_speeds(STEP, GIVEN, NONE))
    assert {len(row) for row in rows} == {8}
    assert (
        "layout searched, 142,827 tried; stack not stated; natural routing; H200 349 tokens/s/chip; MTIA cannot"
        in rows[0][1]
    )
    assert rows[1][1].startswith("utilisation given (bf16): as published")
    assert rows[2][1].startswith("none: no layout fits")


def test_the_page_says_how_fast_runs_train() -> None:
    text = render_report(with_speeds(STEP, GIVEN))
    assert "How fast they train" in text
    assert "65,536 GB200, mxfp8, batch of 8,192" in text
    assert "How fast they train" not in render_report(example())
