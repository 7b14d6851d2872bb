"""How fast a language model is trained here, beside nanoGPT and nanochat, in one run on one machine.

    python benchmarks/training_speed.py --nanogpt DIR --nanochat DIR [--rounds 5] [--shape 8x256]

Each contestant is a process of its own with one thread, its own model of the same shape, its own optimiser
and its own way of taking a step (forward, backward, clipping, update). They take turns, a few steps each,
while the others wait without using the processor; what is printed are medians of the ratios of one turn, so
that load that comes and goes weighs on all alike. Compilation is off for all (TORCHDYNAMO_DISABLE). Then: two
threads beside one, both beside a busy process that is started and ended here, and a cold start. The peak is
the best matrix product of 2048 in bfloat16, measured in turn as well. Checkouts of the peers are yours:
nothing of theirs is part of Orchard.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

SEQUENCE, BATCH, VOCABULARY, HEAD = 512, 4096, 8192, 64
PEAK = 2048
# contestant: whose code, number format, threads
CONTESTANTS = {
    "orchard": ("orchard", "bf16", 1),
    "orchard, 2 threads": ("orchard", "bf16", 2),
    "orchard, fp32": ("orchard", "fp32", 1),
    "nanoGPT": ("nanogpt", "fp32", 1),
    "nanoGPT, bf16": ("nanogpt", "bf16", 1),
    "nanochat": ("nanochat", "fp32", 1),
    "nanochat, bf16": ("nanochat", "bf16", 1),
    "matmul": ("matmul", "bf16", 1),
}
WANTED = {"nanoGPT": 2.2, "nanochat": 2.7, "nanoGPT, bf16": 1.3, "nanochat, bf16": 1.3}


def ours(layers: int, hidden: int, half: bool):
    """A step of Orchard's, and the operations of a token."""
    from functools import partial

    import torch

    from orchard.arch import training_flops
    from orchard.spec.architecture import LanguageArchitecture
    from orchard.spec.training import Training
    from orchard.train.gradients import norm_of, scale
    from orchard.train.language import Language, cross_entropy, initialise
    from orchard.train.optimiser import Optimiser
    from orchard.train.pages import keep_pages
    from orchard.train.parallel import Processes
    from orchard.train.side_by_side import shares, side_by_side
    from orchard.train.task import Loss

    keep_pages()
    ffn = -(-hidden * 8 // 3 // 16) * 16
    shape = LanguageArchitecture(
        layers=layers,
        hidden=hidden,
        heads=hidden // HEAD,
        ffn=ffn,
        vocabulary=VOCABULARY,
        tied_embeddings=True,
    )
    training = Training.model_validate({"checkpoints": {"every": "60 s"}})
    model = Language(shape, torch.bfloat16 if half else torch.float32)
    initialise(model, 0)
    named = model.model.layers.named_parameters()
    matrices = [weight for _, weight in named if weight.ndim >= 2]
    optimiser = Optimiser(model, matrices, training, half=torch.bfloat16 if half else torch.float32)

    def loss(tokens, samples):
        part = tokens[samples[0] : samples[-1] + 1]
        states = model(part[:, :-1]).flatten(0, 1)
        sums = cross_entropy(states, model.lm_head.weight, part[:, 1:].flatten(), training.z_loss)
        return Loss(sums.total, states.shape[0], {})

    def step(tokens, at: int) -> None:
        parts = [partial(loss, tokens, one) for one in shares(range(len(tokens)), model)]
        (side_by_side(model, parts).total / tokens[:, 1:].numel()).backward()
        grads = [weight.grad for weight in model.parameters()]
        norm = norm_of(grads, Processes())
        if norm > training.clip:
            scale(grads, training.clip / norm)
        optimiser.step(1.0)
        model.zero_grad(set_to_none=True)

    return step, float(training_flops(shape, SEQUENCE))


def theirs(whose: str, folder: Path, layers: int, hidden: int, half: bool):
    """A step of a peer's."""
    from training_peers import Nanochat, NanoGPT, Shape

    shape = Shape(layers, hidden, hidden // HEAD, VOCABULARY, SEQUENCE, BATCH)
    made = NanoGPT(folder, shape, 1e-3, half) if whose == "nanogpt" else Nanochat(folder, shape, 1.0, half)
    return lambda tokens, at: made.step(tokens, at, 10_000)


def work(args: argparse.Namespace) -> None:
    """A contestant: for every number read, takes so many steps and says how long they took."""
    import torch

    whose, kind, threads = CONTESTANTS[args.worker]
    torch.set_num_threads(threads)
    flops = 0.0
    if whose == "matmul":
        left, right = (torch.randn(PEAK, PEAK).bfloat16() for _ in range(2))
        out = torch.empty_like(left)

        def step(tokens, at: int) -> None:
            torch.mm(left, right, out=out)
    elif whose == "orchard":
        step, flops = ours(*args.shape, kind == "bf16")
    else:
        folder = args.nanogpt if whose == "nanogpt" else args.nanochat
        step = theirs(whose, folder, *args.shape, kind == "bf16")
    drawn = torch.Generator().manual_seed(0)
    tokens = torch.randint(0, VOCABULARY, (BATCH // SEQUENCE, SEQUENCE + 1), generator=drawn)
    at = 0
    for line in sys.stdin:
        wall, processor = [], []
        for _ in range(int(line)):
            started = time.perf_counter(), time.process_time()
            step(tokens, at)
            at += 1
            wall.append(time.perf_counter() - started[0])
            processor.append(time.process_time() - started[1])
        said = {
            "wall_s": statistics.median(wall),
            "processor_s": statistics.median(processor),
            "flops": flops,
        }
        print(json.dumps(said | {"best_s": min(wall)}), flush=True)


class Contestant:
    """A process that waits until it is asked for steps."""

    def __init__(self, name: str, args: argparse.Namespace) -> None:
        layers, hidden = args.shape
        command = [sys.executable, __file__, "--worker", name, "--shape", f"{layers}x{hidden}"]
        for peer in ("nanogpt", "nanochat"):
            if getattr(args, peer):
                command += [f"--{peer}", str(getattr(args, peer))]
        threads = str(CONTESTANTS[name][2])
        quiet = {"OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": threads, "TORCHDYNAMO_DISABLE": "1"}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=os.environ | quiet
        )

    def steps(self, count: int) -> dict[str, float]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("a contestant has ended; its message is above")
        return json.loads(line)

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@contextmanager
def busy_process():
    """A process that does nothing but use a processor, for a while."""
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        process.kill()
        process.wait()


def rounds(contestants: dict[str, Contestant], count: int, steps: int) -> dict[str, list[dict[str, float]]]:
    """Turns of all contestants, in an order that is reversed every time."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in contestants}
    for each in range(count):
        for name in list(contestants)[:: 1 if each % 2 else -1]:
            found[name].append(contestants[name].steps(20 if name == "matmul" else steps))
        print(f"turn {each + 1} of {count}, load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)
    return found


def ratio(found: dict[str, list[dict[str, float]]], slow: str, fast: str, key: str = "wall_s") -> float:
    pairs = zip(found[slow], found[fast], strict=True)
    return statistics.median(one[key] / other[key] for one, other in pairs)


def compare(args: argparse.Namespace) -> dict[str, float]:
    """Orchard beside its peers and beside the peak."""
    wanted = {"nanogpt": args.nanogpt, "nanochat": args.nanochat, "orchard": True, "matmul": True}
    names = [name for name, (whose, _, threads) in CONTESTANTS.items() if wanted[whose] and threads == 1]
    contestants = {name: Contestant(name, args) for name in names}
    for one in contestants.values():
        one.steps(2)  # what is compiled, fetched or allocated first
    found = rounds(contestants, args.rounds, args.steps)
    for one in contestants.values():
        one.end()
    result = {}
    print(
        f"{'contestant':<20} {'tokens/s':>9} {'per CPU-s':>10} {'ours is':>8} {'per CPU-s':>10} {'wanted':>7}"
    )
    for name in names:
        if name == "matmul":
            continue
        wall, processor = (
            statistics.median(one[key] for one in found[name]) for key in ("wall_s", "processor_s")
        )
        times, steady = ratio(found, name, "orchard"), ratio(found, name, "orchard", "processor_s")
        result[name] = BATCH / processor
        sought = f"{WANTED[name]:.1f}x" if name in WANTED else ""
        rates = f"{BATCH / wall:>9,.0f} {BATCH / processor:>10,.0f}"
        print(f"{name:<20} {rates} {times:>7.2f}x {steady:>9.2f}x {sought:>7}")
    flops = found["orchard"][0]["flops"] * BATCH
    peak = 2.0 * PEAK**3 / min(one["best_s"] for one in found["matmul"])
    share = statistics.median(
        flops / mine["processor_s"] / (2.0 * PEAK**3 / other["processor_s"])
        for mine, other in zip(found["orchard"], found["matmul"], strict=True)
    )
    print(
        f"matrix products of {PEAK} in bf16: {peak / 1e9:,.0f} GFLOP/s at best; training reaches {share:.1%}"
    )
    return result | {"share of the peak": share}


def threads(args: argparse.Namespace) -> None:
    """Two threads beside one, alone and beside a busy process."""
    contestants = {name: Contestant(name, args) for name in ("orchard", "orchard, 2 threads")}
    for one in contestants.values():
        one.steps(2)
    alone = rounds(contestants, args.rounds, args.steps)
    with busy_process():
        beside = rounds(contestants, args.rounds, args.steps)
    for one in contestants.values():
        one.end()
    print(f"two threads, as one: {ratio(alone, 'orchard', 'orchard, 2 threads'):.2f}x (wanted 1.8x)")
    both = {"orchard": alone["orchard"], "orchard, 2 threads": beside["orchard, 2 threads"]}
    times = ratio(both, "orchard", "orchard, 2 threads")
    print(f"two threads beside a busy process, as one alone: {times:.2f}x (wanted 0.95x)")


def cold_start(args: argparse.Namespace) -> None:
    """From nothing to the first step taken, with kernels that were compiled before."""
    found = []
    for _ in range(3):
        started = time.perf_counter()
        one = Contestant("orchard", args)
        one.steps(1)
        found.append(time.perf_counter() - started)
        one.end()
    print(f"cold start to the first step: {statistics.median(found):.1f} s (wanted 5 s)")


def plot(result: dict[str, float], path: Path) -> None:
    import plotly.graph_objects as go

    bars = {name: value for name, value in result.items() if name != "share of the peak"}
    figure = go.Figure(go.Bar(x=list(bars.values()), y=list(bars), orientation="h"))
    figure.update_layout(xaxis_title="tokens per CPU-second", yaxis={"autorange": "reversed"})
    figure.write_html(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--nanogpt", type=Path, help="checkout of karpathy/nanoGPT")
    parser.add_argument("--nanochat", type=Path, help="checkout of karpathy/nanochat")
    parser.add_argument("--shape", default="8x256", help="layers x width")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=3, help="steps of a turn")
    parser.add_argument("--plot", type=Path, help="an HTML file")
    parser.add_argument("--only", choices=["peers", "threads", "cold"], help="one part of it")
    parser.add_argument("--worker", choices=list(CONTESTANTS), help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.shape = [int(part) for part in args.shape.split("x")]
    if args.worker:
        work(args)
        return
    load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
    print(f"{args.shape[0]} layers x {args.shape[1]}, {load}")
    if args.only in (None, "peers"):
        result = compare(args)
        if args.plot:
            plot(result, args.plot)
    if args.only in (None, "threads"):
        threads(args)
    if args.only in (None, "cold"):
        cold_start(args)


if __name__ == "__main__":
    main()
