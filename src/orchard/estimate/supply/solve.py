"""The linear programme solved by HiGHS: the simplex method, one thread, the same answer every time.

The interior-point method without its crossover ends 1.7 % off the optimum of such a case.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from orchard.estimate.supply.case import Array, Case
from orchard.estimate.supply.program import Layout, Program, program
from orchard.estimate.supply.refine import Basis, levels, read_basis, refined, written_basis

# Costs are not perturbed: a refined basis is near its optimum already, and disturbing it takes longer. Nor
# are rows and columns scaled: the programme's units do that, and better.
OPTIONS = {
    "output_flag": False,
    "threads": 1,
    "solver": "simplex",
    "simplex_scale_strategy": 0,
    "dual_simplex_cost_perturbation_multiplier": 0.0,
}

Progress = Callable[[str, float], None]


class Solution(NamedTuple):
    """An optimum: values of columns, and by how much one more of each bound would change the cost.

    `values` and `bound_prices` are of columns, `row_prices` of rows; where there is no solution,
    `feasible` is False and the rest means nothing.
    """

    feasible: bool
    cost: float
    values: Array
    bound_prices: Array
    row_prices: Array
    layout: Layout

    def block(self, name: str) -> Array:
        """Values of a block of columns [T]."""
        values: Array = self.values[self.layout.column(name)]
        return values

    def single(self, name: str) -> float:
        """Value of a column that stands alone."""
        return float(self.values[self.layout.columns[name]])

    def bound_price(self, name: str) -> float:
        """By how much one more of the bound of a column that stands alone would change the cost."""
        return float(self.bound_prices[self.layout.columns[name]])


def solve(
    case: Case, make: Callable[[Case], Program] = program, progress: Progress | None = None
) -> Solution:
    """Solve a case, from a coarse year to the one it is made of.

    Parameters
    ----------
    make
        what makes a programme of a case
    progress
        is told how far it is

    Raises
    ------
    RuntimeError
        the solver stopped without saying whether there is a solution
    """
    import highspy  # costs time that only this needs

    basis = None
    cuts = levels(case.steps) or [1]
    for level in cuts:
        if progress is not None:
            progress("energy supply", cuts.index(level) / len(cuts))
        one = make(case if level == 1 else case.coarser(level))
        solver = _solver(highspy, one)
        if basis is not None:
            solver.setBasis(written_basis(highspy, refined(basis, one.layout)))
        found, basis = _solved(highspy, solver, one)
        if basis is None:
            break  # what a coarse year lacks a fine one lacks too
    return found


def _solver(highspy: Any, one: Program) -> Any:
    solver = highspy.Highs.__base__()  # the class itself prints its name where answers go
    for name, value in OPTIONS.items():
        solver.setOptionValue(name, value)
    solver.passModel(_model(highspy, one))
    return solver


def _solved(highspy: Any, solver: Any, one: Program) -> tuple[Solution, Basis | None]:
    solver.run()
    status = solver.getModelStatus()
    if status not in (highspy.HighsModelStatus.kOptimal, highspy.HighsModelStatus.kInfeasible):
        raise RuntimeError(f"HiGHS ended as {solver.modelStatusToString(status).lower()}")
    nothing = np.zeros(0)
    if status == highspy.HighsModelStatus.kInfeasible:
        return Solution(False, np.inf, nothing, nothing, nothing, one.layout), None
    found = solver.getSolution()
    cost = solver.getInfo().objective_function_value + one.fixed_cost
    values, bounds, rows = (np.array(side) for side in (found.col_value, found.col_dual, found.row_dual))
    return Solution(True, cost, values, bounds, rows, one.layout), read_basis(solver.getBasis(), one.layout)


def _model(highspy: Any, one: Program) -> Any:
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = one.matrix.shape
    model.col_cost_, model.col_lower_, model.col_upper_ = one.cost, one.column_low, one.column_high
    model.row_lower_, model.row_upper_ = one.row_low, one.row_high
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.num_row_, model.a_matrix_.num_col_ = one.matrix.shape
    model.a_matrix_.start_ = one.matrix.indptr
    model.a_matrix_.index_ = one.matrix.indices
    model.a_matrix_.value_ = one.matrix.data
    return model
