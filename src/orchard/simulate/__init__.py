"""Events over time: failures and repairs, jobs and the power they draw."""
