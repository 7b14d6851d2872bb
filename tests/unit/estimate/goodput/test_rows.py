from __future__ import annotations

import numpy as np
import pytest

from orchard.estimate.goodput.rows import COLUMNS, MODES, TIMES, Rows, batch

GOOD = {"id": "a", "n_gpus": "16384", "days": "54.5", "gpus_per_node": "8", "fault_tolerance": "replica"}


def test_cells_become_numbers_and_blanks_stay_blank() -> None:
    found = batch(
        [GOOD, GOOD | {"restart_s": "0", "spare_share": "0.02", "failures_per_1000_node_days": "3.79"}]
    )
    assert found.chips.tolist() == [16384, 16384]
    assert found.days.tolist() == [54.5, 54.5]
    assert [MODES[mode] for mode in found.mode] == ["replica", "replica"]
    assert np.isnan(found.rate).tolist() == [True, False]
    assert np.isnan(found.times["restart_s"]).tolist() == [True, False]
    assert found.times["restart_s"][1] == 0
    assert found.spare_share[1] == 0.02
    assert found.ok.all()
    assert found.notes == ["", ""]


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"n_gpus": ""}, "n_gpus is blank"),
        ({"days": ""}, "days is blank"),
        ({"days": "0"}, "days '0': wanted a number above 0"),
        ({"n_gpus": "8.5"}, "n_gpus '8.5': wanted a whole number of 1 or more"),
        ({"load_s": "-1"}, "load_s '-1': wanted a number of 0 or more"),
        ({"restart_s": "5 min"}, "restart_s '5 min': wanted a number of 0 or more"),
        ({"spare_share": "5"}, "spare_share '5': wanted a share of 0 to 1"),
        ({"fault_tolerance": "replicas"}, "wanted none, replica or elastic (did you mean 'replica'?)"),
        ({"failures_per_1000_node_days": "nan"}, "failures_per_1000_node_days 'nan': wanted"),
    ],
)
def test_what_is_wrong_is_said_and_the_row_kept(cells: dict[str, str], said: str) -> None:
    found = batch([GOOD, GOOD | cells, GOOD])
    assert found.ok.tolist() == [True, False, True]
    assert said in found.notes[1]
    assert np.all(np.isfinite([found.chips, found.days, found.chips_per_node]))


def test_all_that_is_wrong_is_said_at_once() -> None:
    note = batch([{"id": "a", "n_gpus": "x", "days": "y", "detect_s": "z"}]).notes[0]
    assert all(f"{name} " in note for name in ("n_gpus", "days", "detect_s"))


def test_rows_of_other_widths_are_refused() -> None:
    found = Rows(["id", "n_gpus", "days"]).batch([["a", "8", "1"], ["b", "8"], ["c", "8", "1", "2"]])
    assert found.ok.tolist() == [True, False, False]
    assert found.notes[1] == "2 cells under 3 columns: quote a cell that has a comma in it"
    assert found.ids == ["a", "b", "c"]


def test_no_rows_are_no_error() -> None:
    found = Rows(list(COLUMNS)).batch([])
    assert len(found) == 0
    assert set(found.times) == set(TIMES)
