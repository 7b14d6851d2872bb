"""Rows as columns of text: cells in their places, rows of another width, reasons told once each."""

from __future__ import annotations

import numpy as np

from orchard.estimate.cells import Numbers
from orchard.estimate.columns import (
    Columns,
    Reasons,
    answerable,
    listed,
    of_entries,
    refuse_entries,
    refuse_numbers,
)


def test_columns_are_found_in_any_order_and_others_are_blank() -> None:
    reasons: Reasons = {}
    texts = Columns(("id", "n", "days"), ["odd", "n", "id"]).texts(
        [["x", "8", "a"], ["y", "9", "b"]], reasons
    )
    assert texts == {"id": ("a", "b"), "n": ("8", "9"), "days": ("", "")}
    assert reasons == {}


def test_no_rows_are_empty_columns() -> None:
    assert Columns(("id", "n"), ["id"]).texts([], {}) == {"id": (), "n": ()}


def test_rows_of_another_width_are_refused_and_keep_their_place() -> None:
    reasons: Reasons = {}
    texts = Columns(("id", "n"), ["id", "n"]).texts([["a"], ["b", "2"], ["c", "3", "4"]], reasons)
    assert texts == {"id": ("a", "b", "c"), "n": ("", "2", "3")}
    assert sorted(reasons) == [0, 2]
    assert reasons[2] == ["3 cells under 2 columns: quote a cell that has a comma in it"]


def test_wrong_and_missing_numbers_are_refused_each_with_its_reason() -> None:
    readers = {"n": Numbers("n"), "days": Numbers("days", whole=False)}
    texts = {"n": ("8", "many", ""), "days": ("", "1.5", "-1")}
    found = {name: reader.read(texts[name]) for name, reader in readers.items()}
    reasons: Reasons = {}
    refuse_numbers(reasons, texts, found, readers, ("id", "n"))
    assert set(reasons) == {1, 2}
    assert reasons[1][0].startswith("n 'many'")
    assert [one.split(" ")[0] for one in reasons[2]] == ["n", "days"]
    assert reasons[2][0] == "n is blank"


def test_rows_of_a_wrong_entry_are_refused() -> None:
    reasons: Reasons = {}
    refuse_entries(reasons, ["", "no such chip"], np.array([0, 1, 1]))
    assert reasons == {1: ["no such chip"], 2: ["no such chip"]}
    refuse_entries(reasons, [], np.zeros(0, np.intp))
    assert set(reasons) == {1, 2}


def test_reasons_take_the_place_of_notes_once_each() -> None:
    notes = ["a default", "a default"]
    ok = answerable({1: ["n is blank", "no such chip", "n is blank"]}, notes)
    assert ok.tolist() == [True, False]
    assert notes == ["a default", "n is blank; no such chip"]


def test_numbers_of_entries_and_rows_by_name() -> None:
    assert of_entries([2.0, 3.0], np.array([1, 0, 1])).tolist() == [3.0, 2.0, 3.0]
    assert of_entries([], np.zeros(0, np.intp)).tolist() == []
    assert listed(("id", "n", "days"), [{"n": "1"}, {"id": "b"}]) == (["id", "n"], [["", "1"], ["b", ""]])
