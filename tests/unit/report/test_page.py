"""The HTML report: whole, offline, harmless, the same for the same result."""

from __future__ import annotations

import copy
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from orchard.errors import OutputError
from orchard.report import render_report, write_report

from .example import example

VOID = {"meta", "input", "br", "hr", "img", "link", "wbr"}
LOADS = {"src", "srcset", "poster", "data", "action", "formaction", "xlink:href", "background"}


class Page(HTMLParser):
    """Elements, text and balance of a page; scripts by their text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.text: list[str] = []
        self.stack: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        last = self.stack[-1] if self.stack else ""
        held = {"script": self.scripts, "style": self.styles}.get(last, self.text)
        if held is self.text and self.elements and self.elements[-1][0] == "wbr":
            held[-1] += data  # a name goes on after the place where it may break
        else:
            held.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).replace("\u00a0", " ").split())

    @property
    def ids(self) -> list[str]:
        return [attrs["id"] for _, attrs in self.elements if "id" in attrs]


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(render_report(example()))


def empty() -> dict[str, Any]:
    return {
        "orchard": "0.1.0", "seed": 0, "samples": 100, "seconds": 0.2, "digest": "0" * 64, "choices": 0,
        "programme": {"id": "p", "title": "", "as_of": "2025-12-31", "start": "", "end": "", "file": ""},
        "claims": [], "series": [], "runs": [], "facts": [], "assumptions": [], "sources": [],
        "overrides": [], "unknown": [],
    }  # fmt: skip


def figures(page: Page) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(page.scripts[0])
    return data


def test_is_balanced_and_ids_are_unique(page: Page) -> None:
    assert page.stack == []
    assert len(page.ids) == len(set(page.ids))


def test_loads_nothing(page: Page) -> None:
    for tag, attrs in page.elements:
        assert tag not in ("link", "img", "iframe", "object", "embed", "base")
        assert not LOADS & set(attrs)
        if "href" in attrs and not attrs["href"].startswith("#"):
            assert tag == "a"
            assert attrs["href"].startswith("https://example.org/")
    assert not re.search(r"@import|url\(", "".join(page.styles))
    assert not re.search(r"fetch\(|XMLHttpRequest|import\(|https?:", page.scripts[-1])


def test_policy_names_exactly_the_scripts_that_run(page: Page) -> None:
    import base64
    import hashlib

    policy = next(a["content"] for t, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
    named = re.findall(r"'sha256-([^']+)'", policy)
    run = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in page.scripts[1:]]
    assert named == run
    assert len(run) == 2


def test_internal_links_have_targets(page: Page) -> None:
    targets = {a["href"][1:] for t, a in page.elements if t == "a" and a["href"].startswith("#")}
    assert targets <= set(page.ids)


def test_every_claim_is_told(page: Page) -> None:
    result = example()
    for claim in result["claims"]:
        assert f"claim-{claim['id']}" in page.ids
        for key in ("text", "statement", "binding", "remedy", "unknown"):
            assert claim[key] in page.words
    assert "Of 22 claims, eight are likely to hold , eight are open" in page.words
    assert page.words.count("Not answered.") == 3


def test_every_fact_and_its_source_is_told(page: Page) -> None:
    result = example()
    rows = [a for t, a in page.elements if t == "tr" and a.get("class") == "fact"]
    assert len(rows) == len(result["facts"]) == 150
    for fact in result["facts"]:
        assert fact["id"] in page.words
        assert fact["locator"] in page.words
    links = {a["href"] for t, a in page.elements if t == "a"}
    used = {part for fact in result["facts"] for part in fact["source"].split("; ")}
    assert {s["url"] for s in result["sources"] if s["id"] in used} <= links
    counts = re.search(r"150 facts: (\d+) measured , (\d+) published", page.words)
    assert counts
    assert int(counts[1]) == sum(fact["kind"] == "measured" for fact in result["facts"])


def test_says_how_to_reproduce_it(page: Page) -> None:
    result = example()
    assert "orchard plan programmes/example.yaml --samples 10000 --seed 0 --html report.html" in page.words
    assert result["digest"] in page.words
    assert "6.1 s" in page.words
    for row in (*result["assumptions"], *result["overrides"]):
        assert row["path"] in page.words
        assert row["why"] in page.words


def test_every_series_with_values_has_a_chart(page: Page) -> None:
    drawn = figures(page)
    assert set(drawn) <= set(page.ids)
    medians = sum(len(figure["data"]) // 3 for name, figure in drawn.items() if name != "chart-runs")
    assert medians == 11  # twelve series, one of them empty
    assert "There are no values to draw." in page.words


def test_charts_have_words_for_those_who_can_not_see_them(page: Page) -> None:
    images = [a for _, a in page.elements if a.get("role") == "img"]
    assert len(images) >= 22 + 11
    assert all(a.get("aria-label") for a in images)
    assert [t for t, _ in page.elements].count("h1") == 1


def test_is_deterministic() -> None:
    assert render_report(example()) == render_report(copy.deepcopy(example()))


HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


def poison(node: Any, skip: tuple[str, ...]) -> Any:
    if isinstance(node, dict):
        return {key: value if key in skip else poison(value, skip) for key, value in node.items()}
    if isinstance(node, list):
        return [poison(item, skip) for item in node]
    return HOSTILE + node if isinstance(node, str) else node


def test_text_of_users_is_harmless() -> None:
    skip = ("unit", "dates", "p10", "p50", "p90", "start", "end", "date", "as_of", "value", "low", "high",
            "target", "url")  # fmt: skip
    page = Page(render_report(poison(example(), skip)))
    assert page.stack == []
    assert not any(name.startswith("on") for _, attrs in page.elements for name in attrs)
    assert [tag for tag, _ in page.elements].count("script") == 3
    assert not any(tag == "img" for tag, _ in page.elements)
    for figure in figures(page).values():
        assert "<img" not in json.dumps([note["text"] for note in figure["layout"]["annotations"]])


def test_only_web_addresses_become_links() -> None:
    result = example()
    for source in result["sources"]:
        source["url"] = "javascript:alert(1)"
    page = Page(render_report(result))
    assert all(attrs["href"].startswith("#") for tag, attrs in page.elements if tag == "a")


def test_nothing_at_all_is_still_a_page() -> None:
    page = Page(render_report(empty()))
    assert page.stack == []
    assert "The programme makes no claims." in page.words
    assert "No fact of the catalogue is used." in page.words


def test_unknown_claims_and_dates_that_never_come() -> None:
    result = empty()
    base = {"statement": "a.released <= 2026-01-01", "target": "2026-01-01", "unit": "date", "binding": "",
            "remedy": "", "unknown": "", "facts": [], "drivers": [], "report": []}  # fmt: skip
    none = {"p10": None, "p50": None, "p90": None}
    result["claims"] = [
        base | none | {"id": "a", "text": "A", "probability": None, "unknown": "nobody knows"},
        base | none | {"id": "b", "text": "B", "probability": 0.0},
        base | {"id": "c", "text": "C", "probability": 0.5, "p10": "2025-12-01", "p50": None, "p90": None},
    ]
    result["runs"] = [
        {"model": "a", "title": "A", "site": "", "team": "", "bars": [
            {"stage": "pretraining", "start": [None] * 3, "end": [None] * 3}],
         "milestones": [{"name": "release", "date": [None] * 3}]}]  # fmt: skip
    page = Page(render_report(result))
    assert "nobody knows" in page.words
    assert "not within the horizon" in page.words
    assert "never" in page.words


def test_writes_the_whole_file_or_none(tmp_path: Path) -> None:
    write_report(empty(), tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    with pytest.raises(OutputError, match="a folder that exists"):
        write_report(empty(), tmp_path / "missing" / "report.html")
    with pytest.raises(OutputError):
        write_report(empty(), tmp_path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["report.html"]


def test_assumptions_are_in_units_that_people_read() -> None:
    result = example()
    result["assumptions"] = [
        {"path": "data.quality", "value": 0.8, "low": 0.65, "high": 0.92, "unit": "%", "why": "a"},
        {"path": "gb300.delay", "value": 1209600.0, "low": 0.0, "high": 6480000.0, "unit": "s", "why": "b"},
        {"path": "lever.price", "value": 8e6 / 86400, "low": 0.0, "high": 1.0, "unit": "USD/s", "why": "c"},
    ]
    words = Page(render_report(result)).words
    for told in ("data.quality 80 % 65 – 92 %", "gb300.delay 14 d 0 s – 75 d", "lever.price 8 M USD/d"):
        assert told in words


def test_an_override_of_what_was_not_given_is_told() -> None:
    result = example()
    result["overrides"] = [{"path": "sites.a.load", "from": None, "to": "20 %", "why": "a test of load"}]
    assert "sites.a.load not given 20 % a test of load" in Page(render_report(result)).words


def test_the_second_title_of_a_panel_does_not_repeat_the_owner() -> None:
    words = Page(render_report(example())).words
    assert not re.search(r"(\w+): [\w ]+ and \1: ", words)
