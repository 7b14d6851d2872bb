"""The user's own catalogue: read after the shipped one, never silently, and refused in words."""

from pathlib import Path

import pytest

from orchard.catalogue import catalogue
from orchard.catalogue.catalogue import packaged
from orchard.catalogue.chip import Entry
from orchard.catalogue.fact import Source
from orchard.catalogue.user import user_folder, write_own
from orchard.errors import FactError, OutputError

SOURCE = Source("bench", "my bench", "me", "file", "2026-02-03")


def row(fact_id: str, value: str, unit: str = "TFLOP/s", **changes: str) -> dict[str, str]:
    fields = {
        "id": fact_id,
        "value": value,
        "unit": unit,
        "kind": "measured",
        "source": "bench",
        "as_of": "2026-02-03",
    }
    return fields | changes


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ORCHARD_HOME", str(tmp_path))
    return tmp_path


def test_without_one_the_shipped_catalogue_is_all_there_is(home):
    assert user_folder() == home
    assert catalogue() is packaged()
    assert catalogue().own == frozenset()


def test_facts_of_ones_own_are_laid_over_the_shipped_ones(home):
    write_own(
        home,
        "host",
        [row("chip.host.bf16", "1.5"), row("chip.h100.bf16", "900")],
        SOURCE,
        Entry("host", "mine", "", "", ""),
    )
    found = catalogue()
    assert found.own == {"chip.host.bf16", "chip.h100.bf16"}
    assert found.chip("host").title == "mine"
    assert found.fact("chip.h100.bf16").value == 900e12
    assert packaged().fact("chip.h100.bf16").value != 900e12
    assert found.sources["bench"].title == "my bench"
    assert found.fact("chip.h100.tdp") == packaged().fact("chip.h100.tdp")


def test_what_one_has_measured_is_known_on_every_day(home):
    from datetime import date

    write_own(home, "host", [row("chip.host.bf16", "1.5")], SOURCE, Entry("host", "mine", "", "", ""))
    early = date(2025, 12, 31)
    assert catalogue().chip("host", as_of=early).bf16_flops_per_s == 1.5e12
    assert catalogue().known_by(early).fact("chip.host.bf16").value == 1.5e12
    assert "chip.host.bf16" in [one.id for one in catalogue().facts("chip.host", as_of=early)]


def test_writing_again_takes_the_place_of_what_was_there(home):
    for value in ("1.5", "2.5"):
        write_own(home, "host", [row("chip.host.bf16", value)], SOURCE, Entry("host", "mine", "", "", ""))
    assert catalogue().fact("chip.host.bf16").value == 2.5e12


def test_mistakes_are_all_named_with_their_file(home):
    facts = [row("chip.host.bf16", "fast"), row("chip.host.memory", "8", "GB", source="nobody")]
    write_own(home, "host", facts, SOURCE, Entry("host", "mine", "", "", ""))
    with pytest.raises(FactError) as caught:
        catalogue()
    assert [one.code for one in caught.value.findings] == ["O603", "O603"]
    assert all(
        str(home / "catalogue") in one.place and "host.csv" in one.place for one in caught.value.findings
    )


def test_a_file_that_is_no_text_is_refused_in_words(home):
    (home / "catalogue" / "facts").mkdir(parents=True)
    (home / "catalogue" / "facts" / "mine.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FactError) as caught:
        catalogue()
    assert caught.value.findings[0].code == "O601"


def test_a_folder_that_cannot_be_made_is_said(home):
    (home / "catalogue").write_text("a file")
    with pytest.raises(OutputError):
        write_own(home, "host", [], SOURCE, Entry("host", "mine", "", "", ""))
