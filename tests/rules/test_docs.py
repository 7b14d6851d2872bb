"""The docs say what is: generated pages are fresh, samples are real, links and commands exist."""

from __future__ import annotations

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from orchard.catalogue import catalogue
from orchard.plan import Setup, definitions
from orchard.plan.expression import read_test
from orchard.spec.load import load
from orchard.spec.scenario import read_scenarios

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|<a href=\"([^\"]+)\"|!\[[^\]]*\]\(([^)\s]+)\)")
WRITTEN_BY_TWO = {
    "O701",
    "O806",
    "O838",
    "O903",
    "O904",
    "O905",
}  # said where it is found, and by the verb before that
SHOWN = re.compile(r"```(?:sh|console|bash)\n(.*?)```|`((?:make|orchard) [^`\n]+)`", re.DOTALL)


def _generator() -> ModuleType:
    """docs/generate.py as a module."""
    found = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    path = list(sys.path)
    try:
        found.loader.exec_module(module)
    finally:
        sys.path[:] = path
    return module


GENERATE = _generator()
PAGES = sorted([*GENERATE.documents(), *(ROOT / "docs" / "reference").glob("*.md")])


def test_reference_is_fresh() -> None:
    assert GENERATE.stale_pages() == [], "make docs"


@pytest.mark.parametrize("path", GENERATE.documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_samples_are_what_commands_print(path: Path) -> None:
    assert list(GENERATE.samples.stale(path, ROOT)) == [], "make docs"


def test_every_code_says_what_it_means() -> None:
    rows = re.findall(
        r"^\| \[?(O\d+)\b.*?\| (.*?) \| (.*?) \|$", GENERATE.reference.errors_page(), re.MULTILINE
    )
    assert len(rows) > 50
    assert [code for code, title, _ in rows if not title] == []


def test_a_code_means_one_thing() -> None:
    parts: dict[str, set[str]] = {}
    for code, (part, _) in GENERATE.reference.raised():
        parts.setdefault(code, set()).add(part)
    assert {code for code, users in parts.items() if len(users) > 1} <= WRITTEN_BY_TWO


def test_there_are_samples() -> None:
    found = {path.name: len(GENERATE.samples.commands(path)) for path in GENERATE.documents()}
    assert found["README.md"] >= 5
    assert found["press-release.md"] >= 9


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("34 %  2026-05-03", "35 %  2026-05-01", True),
        ("34 %  2026-05-03", "34 %  2026-07-03", False),
        ("71.2 G USD", "71.4 G USD", True),
        ("71.2 G USD", "79 G USD", False),
        ("binds: money", "binds: power", False),
        ("1 % of 3", "1 % of", False),
    ],
)
def test_only_rounding_is_forgiven(old: str, new: str, same: bool) -> None:
    assert GENERATE.samples.alike(old, new) is same


def test_readme_begins_with_two_commands_and_an_answer() -> None:
    screen = (ROOT / "README.md").read_text("utf-8").splitlines()[:50]
    for wanted in ("make plan", "make test", "binds:", "remedy:"):
        assert any(wanted in line for line in screen), wanted


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path: Path) -> None:
    lost = [target for target in _links(path) if not _exists(path, target)]
    assert lost == []


@pytest.mark.parametrize("path", GENERATE.documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_commands_exist(path: Path) -> None:
    text = path.read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    shown = "\n".join(block or inline for block, inline in SHOWN.findall(text))
    assert set(re.findall(r"^(?:\$ )?make ([a-z]+)", shown, re.MULTILINE)) <= targets
    verbs = set(re.findall(r"^(?:\$ )?(?:\.venv/bin/)?orchard ([a-z]+)", shown, re.MULTILINE))
    assert verbs <= set(GENERATE.reference.VERBS)


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.yaml")), ids=lambda path: path.stem)
def test_programmes_of_the_docs_are_right(path: Path) -> None:
    if path.stem == "what-if":  # scenarios of one of the others
        assert read_scenarios(path)
    else:
        assert load(path).claims


def test_claims_of_the_guide_can_be_read() -> None:
    text = (ROOT / "docs" / "how-to" / "write-a-claim.md").read_text("utf-8")
    text = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    shown = re.findall(r"`([a-z][^`]* (?:>=|<=|>|<|in) [^`]+)`", text)
    assert len(shown) >= 10
    setup = Setup.of(load(ROOT / "programmes" / "meta-superintelligence.yaml"), catalogue())
    known = definitions(setup)
    for test in shown:
        assert read_test(test, known, setup).quantities, test


def test_words_of_the_glossary_are_sorted_and_single() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    words = [word.lower() for word in re.findall(r"^\*\*(.+?)\*\*", text, re.MULTILINE)]
    assert len(words) > 40
    assert words == sorted(set(words))


def test_every_page_can_be_reached() -> None:
    index = ROOT / "docs" / "index.md"
    reached = {(index.parent / target.partition("#")[0]).resolve() for target in _links(index)}
    assert {path for path in PAGES if path.is_relative_to(ROOT / "docs")} - {index} <= reached


def _links(path: Path) -> Iterator[str]:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text("utf-8"), flags=re.DOTALL)
    for groups in LINK.findall(text):
        target = next(filter(None, groups))
        if not target.startswith(("http://", "https://", "mailto:")):
            yield target


def _exists(path: Path, target: str) -> bool:
    file, _, anchor = target.partition("#")
    there = (path.parent / file).resolve() if file else path
    if not there.exists():
        return False
    return not anchor or there.suffix != ".md" or anchor in _anchors(there)


def _anchors(path: Path) -> set[str]:
    heads = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
