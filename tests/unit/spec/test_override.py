"""Values replaced after the rest of the file is read."""

from __future__ import annotations

import pytest

from orchard.errors import SpecError
from orchard.spec.load import digest, loads
from orchard.spec.override import applied, apply, find
from orchard.spec.programme import Programme
from orchard.spec.reader import read_text

from .small_programme import PROGRAMME, catalogue


def override(*rows: str) -> str:
    return PROGRAMME + "override:\n" + "".join(f"  - {{{row}, why: to see what happens}}\n" for row in rows)


def test_values_are_replaced_and_recorded() -> None:
    text = override("path: sites.ohio.pue, value: 1.5", "path: sites.ohio.partner_share, value: 20 %")
    loaded = loads(text, "lab.yaml", catalogue())
    site = loaded.programme.sites["ohio"]
    assert (site.pue.value, site.partner_share and site.partner_share.value) == (1.5, 0.2)
    assert [entry.path for entry in loaded.programme.override] == [
        "sites.ohio.pue",
        "sites.ohio.partner_share",
    ]
    assert [(one.before, one.after) for one in loaded.overrides] == [(1.2, 1.5), (None, "20 %")]
    assert loaded.document.data["sites"]["ohio"]["pue"] == 1.5


def test_the_document_read_is_left_as_it_was() -> None:
    document = read_text(override("path: sites.ohio.pue, value: 1.5"))
    changed, findings = apply(document, Programme)
    assert not findings
    assert (document.data["sites"]["ohio"]["pue"], changed.data["sites"]["ohio"]["pue"]) == (1.2, 1.5)
    assert applied(document, Programme)[0].before == 1.2


def test_a_wrong_value_is_told_at_the_line_of_the_override() -> None:
    text = override("path: deliveries.gpus.count, value: 5 GW")
    with pytest.raises(SpecError) as caught:
        loads(text, "lab.yaml", catalogue())
    (finding,) = caught.value.findings
    assert (finding.code, finding.path) == ("O112", "deliveries.gpus.count")
    assert finding.place == f"lab.yaml:{len(text.splitlines())}"


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("sites.ohi.pue", "did you mean 'sites.ohio.pue'?"),
        ("sites.ohio.peu", "did you mean 'sites.ohio.pue'?"),
        ("models.apple.architecture.layer", "did you mean 'models.apple.architecture.layers'?"),
        ("people.departure.moves.7", "did you mean 'people.departure.moves.0'?"),
        ("override.0.value", "there is"),
        ("", "the path of a value outside `override`"),
        ("..", "there is"),
    ],
)
def test_places_that_do_not_exist(path: str, hint: str) -> None:
    with pytest.raises(SpecError) as caught:
        loads(override(f"path: '{path}', value: 1"), "lab.yaml", catalogue())
    finding = next(finding for finding in caught.value.findings if finding.code == "O120")
    assert finding.hint.startswith(hint) or hint == "there is"


def test_keys_may_hold_dots_and_entries_go_by_id() -> None:
    data = {"resolve": {"chip.b300.bf16": "a"}, "runs": [{"id": "x", "n": 1}, {"n": 2}]}
    assert find(data, Programme, "resolve.chip.b300.bf16") == ("resolve", "chip.b300.bf16")
    assert find(data, Programme, "runs.x.n") == ("runs", 0, "n")
    assert find(data, Programme, "runs.1.n") == ("runs", 1, "n")


def test_a_badly_shaped_block_is_told_once() -> None:
    with pytest.raises(SpecError) as caught:
        loads(PROGRAMME + "override:\n  - {path: sites, valu: 1, why: because of this}\n", "x", catalogue())
    assert [finding.code for finding in caught.value.findings] == ["O111"]


def test_the_digest_ignores_the_unit_of_an_override() -> None:
    one, other = (
        loads(override(f"path: sites.ohio.ultimate, value: {text}"), known=catalogue()).programme
        for text in ("2 GW", "2000 MW")
    )
    assert digest(one) == digest(other) != digest(loads(PROGRAMME, known=catalogue()).programme)
