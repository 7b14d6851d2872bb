"""The terminal answer: complete, and no larger than a screen."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from orchard.report import print_plan

from .example import example


def printed(result: dict[str, Any], width: int, encoding: str = "utf-8") -> list[str]:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    print_plan(result, Console(file=stream, width=width))
    stream.flush()
    return raw.getvalue().decode(encoding).splitlines()


@pytest.mark.parametrize(("width", "lines"), [(120, 50), (200, 50), (80, 96), (60, 96)])
def test_fits_the_screen(width: int, lines: int) -> None:
    rows = printed(example(), width)
    assert len(rows) <= lines
    assert max(map(len, rows)) <= width


def test_every_claim_has_its_line() -> None:
    text = "\n".join(printed(example(), 160))
    for claim in example()["claims"]:
        assert claim["text"][:40] in text
    assert text.count("unknown") >= 3
    assert "binds: " in text
    assert "remedy: " in text
    assert "71 G USD" in text
    assert "2026-05-11" in text


@pytest.mark.parametrize("width", [60, 80])
def test_a_narrow_screen_cuts_no_sentence(width: int) -> None:
    rows = printed(example(), width)
    words = " ".join(" ".join(rows).split())
    for claim in example()["claims"]:
        assert all(word in words for word in claim["text"].split())
    claims = rows[: next(n for n, row in enumerate(rows) if row.startswith("median of the year"))]
    assert not any("…" in row for row in claims)
    assert "71 G USD (70.1 to 72.2)" in words


def test_overrides_are_told() -> None:
    result = example()
    assert "override  sites.cedar.pue: 1.09  as measured in March" in printed(result, 120)
    result["overrides"] *= 5
    assert printed(result, 120)[-1] == "override  … and 2 more"


def test_only_doubtful_claims_get_a_second_line() -> None:
    rows = printed(example(), 120)
    for index, row in enumerate(rows):
        if row.startswith("✓"):
            assert not rows[index + 1].startswith("    binds")


def test_timeline_has_years_and_releases() -> None:
    rows = printed(example(), 120)
    head = next(row for row in rows if row.startswith("median of the year"))
    assert head.split()[-6:] == ["2025", "2026", "2027", "2028", "2029", "2030"]
    assert any(row.startswith("Chips online, M chips") for row in rows)
    assert any("◆ avocado 2026-05" in row for row in rows)


def test_many_claims_lose_their_second_lines_first() -> None:
    result = example()
    doubtful = [claim for claim in result["claims"] if claim["remedy"]]
    result["claims"] = (doubtful * 4)[:30]
    rows = printed(result, 120)
    assert len(rows) <= 50
    assert sum(row.startswith(("~", "✗")) for row in rows[3:]) == 30


def test_plain_terminals_get_plain_signs() -> None:
    rows = printed(example(), 120, "ascii")
    assert any("5.2 x 10^26 FLOP" in row for row in rows)
    assert "?" not in "".join(row for row in rows if not row.startswith(("?", "+")))


def test_markup_in_text_is_text() -> None:
    result = example()
    result["programme"]["title"] = "[bold]not markup[/bold] [/]"
    assert printed(result, 120)[0].startswith("[bold]not markup[/bold] [/]")


def test_nothing_to_say() -> None:
    result = {"programme": {"id": "p"}, "claims": [], "series": [], "runs": [], "samples": 1, "seed": 0}
    assert "no claims" in "\n".join(printed(result, 80))
