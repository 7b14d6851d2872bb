"""From a file to a programme."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from orchard.errors import SpecError
from orchard.spec.load import Loaded, codes, digest, load, load_with_warnings, loads
from orchard.spec.rules import Problem, Rule

from .small_programme import PROGRAMME, catalogue

START, END = PROGRAMME.index("      kind: language"), PROGRAMME.index("    tokens: 15 T")


def using(name: str) -> str:
    return f"{PROGRAMME[:START]}      use: {name}\n{PROGRAMME[END:]}"


def read(text: str) -> Loaded:
    return loads(text, "lab.yaml", catalogue())


def test_a_right_programme_has_no_findings() -> None:
    loaded = read(PROGRAMME)
    assert loaded.warnings == loaded.overrides == loaded.used == []
    assert loaded.programme.sites["ohio"].ultimate is not None
    assert loaded.programme.sites["ohio"].ultimate.value == 1e9


def test_load_reads_a_file(tmp_path: Path) -> None:
    path = tmp_path / "lab.yaml"
    path.write_text(PROGRAMME.replace("ultimate: 1 GW", "ultimate: 100 MW"))
    loaded = load_with_warnings(path, catalogue())
    assert [(finding.code, finding.severity) for finding in loaded.warnings] == [("O336", "warning")]
    assert load(path, catalogue()) == loaded.programme


def test_use_takes_a_model_of_the_catalogue_and_keeps_what_stands_here() -> None:
    loaded = read(using("Pear 1B\n      layers: 20"))
    shape = loaded.programme.models["apple"].architecture
    assert shape is not None
    assert (shape.kind, shape.layers, shape.hidden) == ("language", 20, 2048)
    assert loaded.used == [("models.apple.architecture", "pear-1b")]


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("pear-1c", "O130", "did you mean"),
        ("[1]", "O130", ""),
        ("fig-9b", "O131", "write its architecture out"),
    ],
)
def test_models_that_can_not_be_used(name: str, code: str, words: str) -> None:
    with pytest.raises(SpecError) as caught:
        read(using(name))
    (finding,) = caught.value.findings
    assert (finding.code, finding.path) == (code, "models.apple.architecture.use")
    assert finding.place == "lab.yaml:46"
    assert words in finding.hint


def test_a_wrong_field_over_a_used_model_is_told_where_it_stands() -> None:
    with pytest.raises(SpecError) as caught:
        read(using("pear-1b\n      layrs: 3"))
    (finding,) = caught.value.findings
    assert (finding.code, finding.place, finding.hint) == ("O111", "lab.yaml:47", "did you mean 'layers'?")


def test_the_digest_does_not_depend_on_order_or_units() -> None:
    def reverse(value: object) -> object:
        if isinstance(value, dict):
            keys = list(value) if "tuning" in value else reversed(list(value))
            return {key: reverse(value[key]) for key in keys}
        return value

    turned = yaml.safe_dump(reverse(yaml.safe_load(PROGRAMME)), sort_keys=False)
    first = digest(read(PROGRAMME).programme)
    assert digest(read(turned).programme) == first
    assert digest(read(PROGRAMME.replace("ultimate: 1 GW", "ultimate: 1000 MW")).programme) == first
    assert digest(read(PROGRAMME.replace("60 USD/MWh", "0.06 USD/kWh")).programme) == first
    assert digest(read(PROGRAMME.replace("ultimate: 1 GW", "ultimate: 1.001 GW")).programme) != first


def test_the_order_of_milestones_means_something() -> None:
    rows = "      tuning: {takes: 60 d}\n", "      testing: {takes: 30 d}\n"
    swapped = PROGRAMME.replace("".join(rows), "".join(reversed(rows)))
    assert swapped != PROGRAMME
    assert digest(read(swapped).programme) != digest(read(PROGRAMME).programme)


def test_callers_may_add_rules() -> None:
    def no_claims(programme: object, known: object) -> object:
        """Refuse every claim."""
        yield Problem(("claims", "chips", "test"), "a claim", "none")

    rule = Rule("O999", "no claims", no_claims)  # type: ignore[arg-type]
    with pytest.raises(SpecError) as caught:
        loads(PROGRAMME, "lab.yaml", catalogue(), [rule])
    (finding,) = caught.value.findings
    assert (finding.code, finding.place) == ("O999", f"lab.yaml:{len(PROGRAMME.splitlines())}")


def test_codes_are_listed_with_a_sentence() -> None:
    listed = codes()
    assert {"O100", "O111", "O120", "O130", "O301", "O310", "O320", "O330"} <= set(listed)
    assert all(len(sentence.split()) > 1 for sentence in listed.values())
