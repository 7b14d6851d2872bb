"""The files of a case are read by PyPSA, which finds the same optimum."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from orchard.errors import OutputError
from orchard.estimate.supply import Case, Supply, supply
from orchard.estimate.supply.export import export, left_out

from .cases import MW, case

# In a Python of its own: PyPSA warns, and brings pandas.
_PYPSA = """
import json, logging, sys, warnings
warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)
import pypsa
network = pypsa.Network(sys.argv[1])
network.optimize(solver_name="highs", solver_options={"threads": 1}, include_objective_constant=False)
print()
print(json.dumps({"cost": network.objective, "capacity": network.generators.p_nom_opt.to_dict(),
                  "battery": float(network.storage_units.p_nom_opt.sum()),
                  "price": network.buses_t.marginal_price["site"].tolist()}))
"""


def by_pypsa(one: Case, folder: Path) -> dict[str, object]:
    export(one, folder)
    done = subprocess.run(
        [sys.executable, "-c", _PYPSA, str(folder)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def wide() -> Case:
    """A case in which every kind of limit binds."""
    one = case(24 * 7, carbon_usd_per_kg=0.05)
    grid, engines, sun = one.sources
    wind = replace(sun, name="wind", technology="wind", available=0.3, most_w=30 * MW)
    one = replace(one, sources=(grid, engines, replace(sun, most_w=300 * MW), wind))
    free = supply(one)
    assert isinstance(free, Supply)
    return replace(one, carbon_most_kg=0.7 * free.carbon_kg)


def test_pypsa_finds_the_same_optimum(tmp_path: Path) -> None:
    one = wide()
    mine, theirs = supply(one), by_pypsa(one, tmp_path / "network")
    assert isinstance(mine, Supply)
    assert theirs["cost"] == pytest.approx(mine.cost_usd, rel=1e-6)
    capacity, price = theirs["capacity"], theirs["price"]
    assert isinstance(capacity, dict)
    assert isinstance(price, list)
    for part in mine.parts:
        if part.technology != "battery":
            assert capacity[part.name] * MW == pytest.approx(part.capacity_w, rel=1e-3, abs=1e3)
    assert theirs["battery"] * MW == pytest.approx(mine.parts[-1].capacity_w, rel=1e-3, abs=1e3)
    assert max(part.capacity_w for part in mine.parts if part.technology == "battery") > MW


@pytest.mark.soak
def test_pypsa_finds_the_same_optimum_of_a_whole_year(tmp_path: Path) -> None:
    one = case(8760)
    mine, theirs = supply(one), by_pypsa(one, tmp_path / "network")
    assert isinstance(mine, Supply)
    assert theirs["cost"] == pytest.approx(mine.cost_usd, rel=1e-3)


def test_files_have_a_row_an_hour_and_a_column_a_generator(tmp_path: Path) -> None:
    one = case(48)
    written = export(one, tmp_path / "deep" / "network")
    assert all(path.exists() for path in written)
    with (tmp_path / "deep" / "network" / "generators-p_max_pu.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 48
    assert set(rows[0]) == {"snapshot", "grid", "engines", "sun", "paused", "unserved"}
    assert float(rows[0]["sun"]) == 0.0


def test_files_of_another_case_do_not_stay(tmp_path: Path) -> None:
    export(replace(case(48), carbon_most_kg=1e6), tmp_path)
    export(replace(case(48), batteries=()), tmp_path)
    left = {path.stem for path in tmp_path.iterdir()}
    assert left.isdisjoint({"storage_units", "global_constraints"})


def test_what_pypsa_does_not_know_is_said() -> None:
    one = case(48)
    assert left_out(one) == []
    assert "firm" in left_out(replace(one, firm_w=MW))[0]
    engines = replace(one.sources[1], kept_usd_per_w=0.01)
    assert len(left_out(replace(one, sources=(one.sources[0], engines)))) == 1


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "network").write_text("mine")
    with pytest.raises(OutputError):
        export(case(48), tmp_path / "network")
    assert (tmp_path / "network").read_text() == "mine"
