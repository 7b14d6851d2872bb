"""How fast SimuMax estimates a training step: one of its own examples, again and again.

    python benchmarks/peer_simumax.py DIR --seconds S

DIR is a clone of github.com/MooreThreads/SimuMax (Apache License 2.0), which is called, not copied. An
estimate is configuring, estimating and reading memory and cost, as its examples do. Prints JSON.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import sys
import tempfile
import time
from pathlib import Path

MODEL, STRATEGY, SYSTEM = "llama3-8b", "tp2_pp1_dp4_mbs1", "a100_pcie"


def measure(folder: Path, seconds: float) -> dict[str, float]:
    """Estimate until the CPU seconds are spent; the first estimate is not counted."""
    sys.path.insert(0, str(folder))
    os.chdir(tempfile.mkdtemp())  # it may write files where it runs
    from simumax.core.config import ModelConfig, StrategyConfig, SystemConfig
    from simumax.core.perf_llm import PerfLLM

    configs = folder / "configs"
    strategy = StrategyConfig.init_from_config_file(str(configs / "strategy" / f"{STRATEGY}.json"))
    shape = ModelConfig.init_from_config_file(str(configs / "models" / f"{MODEL}.json"))
    system = SystemConfig.init_from_config_file(str(configs / "system" / f"{SYSTEM}.json"))

    def estimate() -> None:
        model = PerfLLM()
        model.configure(strategy_config=strategy, model_config=shape, system_config=system)
        model.run_estimate()
        model.analysis_mem()
        model.analysis_cost()

    with contextlib.redirect_stdout(io.StringIO()):
        estimate()
        count, begun = 0, time.process_time()
        while time.process_time() - begun < seconds:
            estimate()
            count += 1
    return {"estimates": count, "cpu_s": time.process_time() - begun}


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    print(json.dumps(measure(options.folder.resolve(), options.seconds)))


if __name__ == "__main__":
    main()
