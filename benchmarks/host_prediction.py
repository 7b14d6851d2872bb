"""Steps of models that no calibration has seen: predicted, then taken by the loop, each in its own process.

    python benchmarks/host_prediction.py [--calibrate] [--threads 1 2] [--rounds 2] [--models 1 8]

With --calibrate this machine is measured first, into a folder that is thrown away; else the calibration of
ORCHARD_HOME counts. Models take turns, round after round; the lower of the medians of a model's rounds
counts. Prints predicted beside measured, and exits with 1 where an error is beyond what is promised.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from orchard.estimate.host import HostModel, Prediction, Step, predict, read_host
from orchard.estimate.host import step as step_of
from orchard.spec.architecture import LanguageArchitecture
from orchard.train.host.memory import trained

# layers, hidden, heads, key heads, feed-forward, vocabulary, tokens of a sequence, sequences of a step; in
# every other one the embedding is the head too
UNSEEN = (
    (2, 128, 4, 2, 352, 4096, 256, 16),
    (4, 128, 4, 2, 352, 8192, 128, 32),
    (6, 192, 3, 3, 528, 4096, 384, 8),
    (6, 256, 4, 2, 704, 4096, 512, 16),
    (8, 256, 4, 4, 704, 8192, 512, 4),
    (12, 128, 2, 1, 352, 4096, 256, 16),
    (4, 384, 6, 6, 1056, 4096, 256, 8),
    (12, 384, 6, 2, 1056, 4096, 512, 4),
    (4, 512, 8, 4, 1408, 8192, 256, 12),
    (12, 512, 8, 8, 1408, 8192, 512, 2),
)
# What is promised: relative errors of the time of a step, and of memory.
TIME, MEMORY = 0.15, 0.10
STEPS = 5


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        model = _calibrated(Path(folder)) if options.calibrate else read_host()
    if model is None:
        print("this machine is not calibrated: orchard calibrate host, or --calibrate", file=sys.stderr)
        return 2
    steps = [_step(*row, tied=at % 2 == 0) for at, row in enumerate(UNSEEN)]
    steps = [steps[at] for at in options.models or range(len(steps))]
    dtype = {"bf16": "bfloat16", "fp32": "float32"}[model.precision]
    found: dict[tuple[int, int], list[dict[str, float]]] = {}
    for _ in range(options.rounds):
        for at, step in enumerate(steps):
            for count in options.threads:
                found.setdefault((count, at), []).append(trained(step, dtype, count, STEPS))
    print(f"{model.machine}, {model.precision}, load now {os.getloadavg()[0]:.1f}, rounds {options.rounds}")
    print("threads  model                       tokens     step s: predicted (80 %)       measured  ratio"
          "   MB: predicted measured  ratio")  # fmt: skip
    errors: dict[str, list[float]] = {"step": [], "memory": []}
    inside: dict[str, list[bool]] = {"step": [], "memory": []}
    for (count, at), rounds in sorted(found.items()):
        said = predict(model, steps[at], count)
        step_s = min(one["step_s"] for one in rounds)
        held = statistics.median(one["memory_bytes"] for one in rounds)
        _line(steps[at], count, said, step_s, held)
        for name, told, was in (("step", said.step_s, step_s), ("memory", said.memory_bytes, held)):
            errors[name].append(told.value / was - 1)
            inside[name].append(told.low <= was <= told.high)
    for name, promised in (("step", TIME), ("memory", MEMORY)):
        off = [abs(error) for error in errors[name]]
        print(f"{name}: median error {statistics.median(off):.1%}, most {max(off):.1%}, "
              f"{sum(one <= promised for one in off)} of {len(off)} within {promised:.0%}, "
              f"{sum(inside[name])} inside the 80 % interval")  # fmt: skip
    return int(max(map(abs, errors["step"])) > TIME or max(map(abs, errors["memory"])) > MEMORY)


def _line(step: Step, count: int, said: Prediction, step_s: float, held: float) -> None:
    a, one = step.architecture, said.step_s
    name = f"{a.layers} x {a.hidden}, {step.sequence}, {a.vocabulary}"
    told = f"{one.value:8.3f} ({one.low:.3f} to {one.high:.3f})"
    expected, mega = said.memory_bytes.value, 1e6
    print(f"{count:7d}  {name:<26}  {step.tokens:6.0f}  {told:>32}  {step_s:8.3f}  {one.value / step_s:5.2f}"
          f"  {expected / mega:13.0f} {held / mega:8.0f}  {expected / held:5.2f}")  # fmt: skip


def _step(layers, hidden, heads, kv_heads, ffn, vocabulary, sequence, batch, tied) -> Step:
    shape = LanguageArchitecture(
        layers=layers, hidden=hidden, heads=heads, kv_heads=kv_heads, ffn=ffn, vocabulary=vocabulary,
        tied_embeddings=tied,
    )  # fmt: skip
    return step_of(shape, sequence, batch)


def _calibrated(folder: Path) -> HostModel:
    from orchard.train.host import calibrate
    from orchard.train.host.facts import keep

    made = calibrate(lambda what, share: print(f"\r{share:4.0%} {what:<50}", end="", file=sys.stderr))
    print(f"\ncalibrated in {made.seconds:.0f} s, load before {made.load:.1f}", file=sys.stderr)
    for what, errors in made.errors.items():
        print(f"  {what}: {statistics.median(map(abs, errors)):.1%} median on models left out, "
              f"{max(map(abs, errors)):.1%} most", file=sys.stderr)  # fmt: skip
    keep(made, folder)
    return made.model


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--models", type=int, nargs="+", help="numbers of the models, from 0; all by default")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
