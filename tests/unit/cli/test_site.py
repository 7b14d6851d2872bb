"""``orchard site``: the same answer on the screen, as JSON and as a page; mistakes in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .command import Run, write

GRID = {"technology": "grid", "price": "40 USD/MWh", "charge": "100 USD/kW"}
OPTIONS = "sites.ohio.energy"
FEW = ("--samples", "100")


def programme(folder: Path, **options: dict[str, Any]) -> str:
    return str(write(folder, {OPTIONS: {"options": options}} if options else None))


def test_the_screen_says_what_it_costs_and_what_binds(run: Run, tmp_path: Path) -> None:
    ended = run(
        "site", programme(tmp_path, wire=GRID | {"most": "20 MW"}, gas={"technology": "ccgt"}), "ohio", *FEW
    )
    assert ended.status == 0, ended.err
    for word in ("USD/MWh", "CO2", "grid contract", "combined cycle", "wire is at its most, 20 MW", "H100"):
        assert word in ended.out, word


def test_json_and_the_page_hold_the_same_answer(run: Run, tmp_path: Path) -> None:
    file, page = programme(tmp_path, wire=GRID, gas={"technology": "ccgt"}), tmp_path / "site.html"
    ended = run("site", file, "ohio", "--date", "2026-06-30", "--json", "--html", str(page), *FEW)
    assert ended.status == 0, ended.err
    found = json.loads(ended.out)
    assert found["date"] == "2026-06-30"
    assert found["supply"]["feasible"]
    text = page.read_text(encoding="utf-8")
    assert "gas" in text
    assert 'id="chart-week"' in text
    assert "http://" not in text.partition("<script>")[0].replace("http://www.w3.org", "")


def test_a_site_without_power_ends_with_status_2_and_says_what_is_short(run: Run, tmp_path: Path) -> None:
    file, page = programme(tmp_path, wire=GRID | {"most": "5 MW"}), tmp_path / "site.html"
    ended = run("site", file, "ohio", "--html", str(page), *FEW)
    assert ended.status == 2
    assert "what would have to give" in ended.out
    assert "not 5 MW: that alone would do" in ended.out
    assert "What would have to give" in page.read_text(encoding="utf-8")


def test_the_case_is_written_for_pypsa(run: Run, tmp_path: Path) -> None:
    ended = run("site", programme(tmp_path, wire=GRID), "ohio", "--export", str(tmp_path / "network"), *FEW)
    assert ended.status == 0, ended.err
    assert (tmp_path / "network" / "generators.csv").read_text().startswith("name,bus,carrier")
    assert "wrote" in ended.out


@pytest.mark.parametrize(
    ("words", "code"),
    [(("ohoi",), "O872"), (("ohio", "--date", "tomorrow"), "O876"), (("ohio", "--date", "2050-01-01"), "O873"),
     (("ohio", "--samples", "0"), "O510"), (("ohio", "--html", "/no/such/folder/page.html"), "O701")],
)  # fmt: skip
def test_mistakes_are_told_in_words(run: Run, tmp_path: Path, words: tuple[str, ...], code: str) -> None:
    ended = run("site", programme(tmp_path), *words)
    assert ended.status == 2
    assert code in ended.err


def test_an_odd_entry_of_the_file_is_told_with_its_line(run: Run, tmp_path: Path) -> None:
    ended = run("site", programme(tmp_path, wire=GRID | {"technology": "coal"}), "ohio")
    assert ended.status == 2
    assert "small.yaml:" in ended.err
    assert "ccgt" in ended.err
