"""How fast Calculon evaluates layouts: groups of its own search, drawn at random, for some CPU seconds.

    python benchmarks/peer_calculon.py DIR MODEL.json SYSTEM.json CHIPS BATCH --seconds S

DIR is a clone of github.com/calculon-ai/calculon (Apache License 2.0), which is called, not copied. Its
whole search takes more than an hour; a random group of it stands for the others. Prints JSON.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import sys
import time
from pathlib import Path

SEED = 0
ACTIVATIONS, EXCHANGES = ("full", "attn_only", "none"), ("ar", "p2p_rs_ag", "rs_ag")


def measure(
    folder: Path, model: str, system: str, chips: int, batch: int, seconds: float
) -> dict[str, float]:
    """Run groups until the CPU seconds are spent."""
    sys.path.insert(0, str(folder))
    import calculon.io
    from calculon.llm import Llm
    from calculon.llm.optimal_execution import OptimalExecution
    from calculon.system import System

    app = Llm.Application(calculon.io.read_json_file(str(folder / "models" / model)))
    machine = System(calculon.io.read_json_file(str(folder / "systems" / system)))
    groups = []
    for tp in Llm.get_all_tensor_parallelisms(chips, app.hidden, app.attn_heads):
        for pp in Llm.get_all_pipeline_parallelisms(chips, tp, app.num_blocks):
            dp = Llm.get_data_parallelism(chips, tp, pp)
            size = OptimalExecution.get_batch_size(dp, batch)
            ways = (ACTIVATIONS, (True, False) if dp > 1 else (False,), EXCHANGES)
            for chunks in Llm.get_valid_pipeline_interleavings(app.num_blocks, pp) if size else ():
                groups += [(tp, pp, dp, chunks, size, *way) for way in itertools.product(*ways)]
    random.Random(SEED).shuffle(groups)
    tried = valid = done = 0
    begun = time.process_time()
    for tp, pp, dp, chunks, size, activation, sharded, exchange in groups:
        found = OptimalExecution.search(
            False, 1, False, chips, batch, "float16", app, machine, tp, pp, dp, chunks, size,
            activation, sharded, exchange, [True], False, True, True,
        )  # fmt: skip
        tried, valid, done = tried + found[1], valid + found[2], done + 1
        if time.process_time() - begun > seconds:
            break
    used = time.process_time() - begun
    return {"tried": tried, "valid": valid, "cpu_s": used, "groups": done, "all_groups": len(groups)}


def main() -> None:
    """Measure, and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("model")
    parser.add_argument("system")
    parser.add_argument("chips", type=int)
    parser.add_argument("batch", type=int)
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    found = measure(
        options.folder.resolve(), options.model, options.system, options.chips, options.batch, options.seconds
    )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
