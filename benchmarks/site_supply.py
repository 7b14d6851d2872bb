"""How fast the energy supply of a site is solved, with PyPSA beside it on the same case.

    .venv/bin/python benchmarks/site_supply.py [--hours 8760] [--no-pypsa]

A site of 1 GW with grid, engines, combined cycle, sun, a battery and pauses. Seconds are CPU seconds of one
process on one thread: by way of coarser years (what `orchard site` does), from nothing, and by PyPSA, whose
import is counted apart. All three must find the same cost.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from orchard.catalogue import catalogue
from orchard.estimate.power.renewables import solar_capacity_factor
from orchard.estimate.power.weather import weather
from orchard.estimate.supply import Case, Pausing
from orchard.estimate.supply import technologies as plants
from orchard.estimate.supply.export import export
from orchard.estimate.supply.program import KUSD, program
from orchard.estimate.supply.solve import _solved, _solver, solve
from orchard.estimate.supply.technologies import Ordered, Prices

MW, MWH = 1e6, 3.6e9
WANTED_S, WANTED_ERROR = 15.0, 1e-3  # what the project promises of a site-year

_PYPSA = """
import json, logging, sys, time, warnings
warnings.simplefilter("ignore"); logging.disable(logging.CRITICAL)
begun = time.process_time()
import pypsa
loaded = time.process_time()
network = pypsa.Network(sys.argv[1])
network.optimize(solver_name="highs", solver_options={"threads": 1, "solver": "simplex"},
                 include_objective_constant=False)
print()
used = time.process_time() - loaded
print(json.dumps({"import_s": loaded - begun, "cpu_s": used, "cost": network.objective}))
"""


def case(hours: int) -> Case:
    """A site of 1 GW in the weather of Greensboro, with a grid whose price follows the hour."""

    def known(fact_id: str) -> float:
        return catalogue().fact(fact_id).value

    year, draw = weather("greensboro"), np.random.default_rng(0)
    hour = np.arange(hours)
    warm = np.clip(year.dry_bulb_k[:hours] - 288.0, 0.0, None)
    load = 1e9 * (0.95 + 0.004 * warm + draw.normal(0, 0.003, hours))
    price = (45 + 15 * np.sin((hour % 24 - 8) / 24 * 2 * np.pi) + draw.normal(0, 8, hours)).clip(5) / MWH
    prices = Prices(price, 0.12)
    return Case(
        load,
        (
            plants.grid(known, "grid", Ordered(most_w=600 * MW), prices),
            plants.burning(known, "engines", "engine", Ordered(), Prices()),
            plants.burning(known, "ccgt", "ccgt", Ordered(most_w=300 * MW), Prices()),
            plants.free(known, "sun", "solar", Ordered(), Prices(), solar_capacity_factor(year)[:hours]),
        ),
        (plants.battery(known, "battery", Ordered(), Prices()),),
        Pausing(0.2, known("supply.pause.cost"), 100.0),
        carbon_most_kg=2.6e9 * hours / 8760,
    )


def measure(one: Case) -> dict[str, float]:
    """By way of coarser years, and from nothing."""
    import highspy

    begun = time.process_time()
    found = solve(one)
    refined = time.process_time() - begun
    begun = time.process_time()
    made = program(one)
    direct, _ = _solved(highspy, _solver(highspy, made), made)
    return {
        "refined_s": refined, "direct_s": time.process_time() - begun, "cost": found.cost * KUSD,
        "direct_cost": direct.cost * KUSD, "rows": made.matrix.shape[0], "columns": made.matrix.shape[1],
    }  # fmt: skip


def measure_pypsa(one: Case) -> dict[str, Any]:
    """PyPSA on the exported case, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        export(one, Path(folder) / "network")
        done = subprocess.run(
            [sys.executable, "-c", _PYPSA, str(Path(folder) / "network")],
            capture_output=True,
            text=True,
            check=True,
        )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def line(name: str, cpu_s: float, cost_usd: float) -> str:
    return f"{name:24} {cpu_s:7.2f} CPU s  {cost_usd / 1e6:.4f} M USD a year"


def main() -> int:
    reader = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    reader.add_argument("--hours", type=int, default=8760)
    reader.add_argument("--no-pypsa", action="store_true")
    asked = reader.parse_args()
    capped = case(asked.hours)
    free = replace(capped, carbon_most_kg=np.inf)
    return max(compare("without a limit of CO2", free, asked), compare("with one that binds", capped, asked))


def compare(name: str, one: Case, asked: argparse.Namespace) -> int:
    """Print the three ways; 0 where all is as promised."""
    mine = measure(one)
    print(f"{name}: {asked.hours} hours, {mine['rows']:,} rows, {mine['columns']:,} columns")
    print(line("by way of coarser years", mine["refined_s"], mine["cost"]))
    print(line("from nothing", mine["direct_s"], mine["direct_cost"]))
    good = mine["refined_s"] <= WANTED_S and abs(mine["direct_cost"] / mine["cost"] - 1) < WANTED_ERROR
    if not asked.no_pypsa:
        theirs = measure_pypsa(one)
        away = theirs["cost"] / mine["cost"] - 1
        beside = f", {away:+.5%}, and {theirs['import_s']:.1f} s of import"
        print(line("PyPSA", theirs["cpu_s"], theirs["cost"]) + beside)
        good &= abs(away) < WANTED_ERROR
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
