"""How fast our recipe learns beside nanoGPT's and nanochat's: the same shards and CPU seconds, one thread.

    .venv/bin/python benchmarks/training_recipe.py --nanogpt DIR --nanochat DIR [--seconds S] [--seeds N]

Contestants take turns; each trains in a process of its own, with its own model, optimiser and schedule:
6 layers of width 256 by default, windows of 512 tokens, products in bfloat16 for all three. How many steps
fit the time is measured first, so that every schedule ends with the time. Bits per byte are those of the
corpus's held-out documents, in windows of 512 from their beginning, with the one tokenizer. The corpus is
that of programmes/laptop.yaml, built in a folder of its own where --corpus names none.

nanoGPT's learning rate is tuned before, by short runs; so is a factor of all of nanochat's rates, 1 being
what its scripts do for this batch. Time to nanoGPT's loss: ours is trained for shares of its time, from the
smallest, until a run is as good; the ratio is interpolated between the last two.
"""

from __future__ import annotations

import argparse
import copy
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

ROOT = Path(__file__).resolve().parent.parent
PROGRAMME = ROOT / "programmes" / "laptop.yaml"
RATES = (0.001, 0.002, 0.004)
FACTORS = (1.0, 3.0, 8.0)
SHARES = (0.05, 0.1, 0.15, 0.22, 0.33, 0.5)
# Steps that are timed before a run, to know how many fit.
TIMED = 6


def main() -> None:
    """Compare the recipes, or be one of the processes that do."""
    asked = arguments()
    if asked.worker:
        print(json.dumps(worker(asked)))
        return
    with tempfile.TemporaryDirectory() as made:
        corpus = asked.corpus or corpus_of_the_programme(Path(made))
        compare(asked, lambda **words: run(asked, corpus, **words))


def compare(asked: argparse.Namespace, run: Callable[..., dict[str, Any]]) -> None:
    """Tune nanoGPT, let all three train for the same time, then ours for shares of it."""
    rates = {"ours": 0.0}
    for who, tried in (("nanogpt", RATES), ("nanochat", FACTORS)):
        best = min((run(who=who, rate=rate, seconds=asked.seconds / 6) for rate in tried), key=_bits)
        rates[who] = best["rate"]
    print(f"nanoGPT's rate: {rates['nanogpt']:g}; nanochat's, as a factor: {rates['nanochat']:g}")
    found: dict[str, list[float]] = {"nanogpt": [], "nanochat": [], "ours": []}
    for seed in range(asked.seeds):
        for who in found:
            found[who].append(_bits(run(who=who, rate=rates[who], seconds=asked.seconds, seed=seed)))
    for who, bits in found.items():
        print(f"{who:9} bits per byte in {asked.seconds:g} CPU s: {_spread(bits)}")
    for who in ("nanogpt", "nanochat"):
        lower = [1 - ours / theirs for ours, theirs in zip(found["ours"], found[who], strict=True)]
        print(f"ours is lower than {who}'s by {statistics.mean(lower):.1%} (from {min(lower):.1%})")
    wanted = statistics.mean(found["nanogpt"])
    last: tuple[float, float] = (0.0, math.inf)
    for share in SHARES:
        reached = _bits(run(who="ours", rate=0.0, seconds=asked.seconds * share))
        if reached <= wanted:
            ratio = _crossing(last, (share, reached), wanted)
            print(f"time to nanoGPT's {wanted:.4f}: {ratio:.2f} of its time")
            return
        last = (share, reached)
    print(f"time to nanoGPT's {wanted:.4f}: more than {SHARES[-1]} of its time")


def _bits(told: dict[str, Any]) -> float:
    return float(told["bits_per_byte"])


def _spread(bits: list[float]) -> str:
    return f"{statistics.mean(bits):.4f} ({', '.join(f'{one:.4f}' for one in bits)})"


def _crossing(before: tuple[float, float], after: tuple[float, float], wanted: float) -> float:
    """Share at which bits per byte cross what is wanted, on a line in the logarithm of the share."""
    (low, more), (high, less) = before, after
    if not math.isfinite(more):
        return high
    return math.exp(math.log(low) + (more - wanted) / (more - less) * math.log(high / low))


def corpus_of_the_programme(folder: Path) -> Path:
    """Build the corpus of the laptop's programme."""
    import yaml

    from orchard.data import build
    from orchard.spec.training import Corpus

    asked = yaml.safe_load(PROGRAMME.read_text("utf-8"))["corpora"]["prose"]
    return build(Corpus.model_validate(asked), "prose", folder / "prose", PROGRAMME.parent).folder


def run(asked: argparse.Namespace, corpus: Path, who: str, **words: Any) -> dict[str, Any]:
    """Let a contestant train in a process of its own, and print what it says."""
    command = [sys.executable, __file__, "--worker", who, "--corpus", str(corpus)]
    for name in ("nanogpt", "nanochat", "layers", "hidden", "heads", "batch", "precision", "threads"):
        command += [f"--{name}", str(getattr(asked, name))]
    for name, value in words.items():
        command += [f"--{name}", str(value)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(
        f"  {who:9} seed {told['seed']} rate {told['rate']:g}: {told['bits_per_byte']:.4f} bits per byte, "
        f"{told['tokens']:,} tokens in {told['cpu_s']:.0f} CPU s, {told['wall_s']:.0f} s",
        flush=True,
    )
    return told


def worker(asked: argparse.Namespace) -> dict[str, Any]:
    """Train one contestant for the asked time and judge it."""
    import torch

    from orchard.data import open_corpus

    torch.set_num_threads(asked.threads)
    torch.manual_seed(asked.seed)
    built = open_corpus(asked.corpus)
    trained = ours(asked, built) if asked.worker == "ours" else theirs(asked, built)
    nats, tokens, cpu_s, wall_s = trained
    size = sum(len(document.text.encode()) for document in built.held_out)
    return {
        "bits_per_byte": held_out(nats, built) / math.log(2) / size,
        "tokens": tokens,
        "cpu_s": cpu_s,
        "wall_s": wall_s,
        "seed": asked.seed,
        "rate": asked.rate,
    }


def held_out(nats: Callable[[Any], float], built: Any) -> float:
    """Summed cross-entropy of the held-out documents, each after the token that begins a document."""
    import torch

    total, begin = 0.0, built.tokenizer.special("<|begin_of_text|>")
    for document in built.held_out:
        ids = torch.tensor([begin, *built.tokenizer.encode(document.text)])
        whole = (len(ids) - 1) // 512
        rows = [ids[at * 512 : at * 512 + 513] for at in range(whole)]
        for at in range(0, whole, 8):
            total += nats(torch.stack(rows[at : at + 8]))
        if len(rest := ids[whole * 512 :]) > 2:
            total += nats(rest[None])
    return total


def theirs(asked: argparse.Namespace, built: Any) -> tuple[Callable[[Any], float], int, float, float]:
    """Train nanoGPT or nanochat."""
    import torch
    from training_peers import Contestant, Nanochat, NanoGPT, Shape

    from orchard.data import windows

    half = asked.precision == "bf16"
    vocabulary = built.tokenizer.vocabulary
    shape = Shape(asked.layers, asked.hidden, asked.heads, vocabulary, 512, asked.batch)
    one: Contestant
    if asked.worker == "nanogpt":
        one = NanoGPT(asked.nanogpt, shape, asked.rate, half)
    else:
        one = Nanochat(asked.nanochat, shape, asked.rate, half)
    rows = asked.batch // 512

    def step(number: int, steps: int) -> None:
        ids = windows(built.train, 512, asked.seed, number, range(rows), rows)
        one.step(torch.from_numpy(ids), number, steps)

    kept = copy.deepcopy(one.model.state_dict())
    for _ in range(2):  # what is compiled or set up on the way is not counted
        step(0, 1_000_000)
    begun_s = time.process_time()
    for _ in range(TIMED):
        step(0, 1_000_000)
    each_s = (time.process_time() - begun_s) / TIMED
    one.model.load_state_dict(kept)
    one._optimiser.state.clear()  # type: ignore[attr-defined]
    steps = max(10, round(asked.seconds / each_s))
    begun_s, wall_s = time.process_time(), time.perf_counter()
    for number in range(steps):
        step(number, steps)
    cpu_s = time.process_time() - begun_s
    return one.nats, steps * asked.batch, cpu_s, time.perf_counter() - wall_s


def ours(asked: argparse.Namespace, built: Any) -> tuple[Callable[[Any], float], int, float, float]:
    """Train the model and the recipe of the programme, by the loop that `orchard train` runs."""
    import torch
    import yaml

    from orchard.spec.architecture import LanguageArchitecture
    from orchard.spec.training import Training
    from orchard.train.language import Language, LanguageTask, cross_entropy, initialise
    from orchard.train.loop import train

    entry = yaml.safe_load(PROGRAMME.read_text("utf-8"))["models"]["avocado"]
    shape = {"layers": asked.layers, "hidden": asked.hidden, "heads": asked.heads, "kv_heads": asked.heads}
    shape |= {"ffn": -(-8 * asked.hidden // 3 // 64) * 64, "vocabulary": built.tokenizer.vocabulary}
    architecture = LanguageArchitecture.model_validate(entry["architecture"] | shape)
    recipe = entry["training"] | {"seed": asked.seed, "checkpoints": {"every": "1 h"}}
    training = Training.model_validate(recipe)

    def run(steps: int) -> tuple[Any, float, float]:
        model = Language(architecture, torch.bfloat16)
        initialise(model, asked.seed)
        task = LanguageTask(
            model, built, sequence=512, batch=asked.batch, tokens=steps * asked.batch, training=training
        )
        task.judge = dict  # type: ignore[method-assign]  # all are judged after their time
        begun_s, wall_s = time.process_time(), time.perf_counter()
        with tempfile.TemporaryDirectory() as folder:
            train(task, training, Path(folder))
        return model, time.process_time() - begun_s, time.perf_counter() - wall_s

    fixed_s = run(2)[1]  # kernels are loaded, the peak of the machine is measured
    fixed_s = min(fixed_s, run(2)[1])
    each_s = (run(2 + TIMED)[1] - fixed_s) / TIMED
    steps = max(10, round((asked.seconds - fixed_s) / each_s))
    model, cpu_s, wall_s = run(steps)

    def nats(ids: Any) -> float:
        with torch.no_grad():
            states = model(ids[:, :-1].contiguous()).flatten(0, 1)
            return float(cross_entropy(states, model.lm_head.weight, ids[:, 1:].flatten()).nats)

    return nats, steps * asked.batch, cpu_s, wall_s


def arguments() -> argparse.Namespace:
    """What is asked on the command line."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--nanogpt", type=Path, required=True, help="folder of a checkout of karpathy/nanoGPT")
    words.add_argument(
        "--nanochat", type=Path, required=True, help="folder of a checkout of karpathy/nanochat"
    )
    words.add_argument("--corpus", type=Path, help="a corpus that is built; otherwise it is built")
    words.add_argument("--seconds", type=float, default=600.0, help="CPU seconds of a run")
    words.add_argument("--seeds", type=int, default=2, help="runs of each")
    words.add_argument("--layers", type=int, default=6)
    words.add_argument("--hidden", type=int, default=256)
    words.add_argument("--heads", type=int, default=4)
    words.add_argument("--batch", type=int, default=4096, help="tokens of a step")
    words.add_argument("--precision", choices=("bf16", "fp32"), default="bf16", help="of the peers' products")
    words.add_argument("--threads", type=int, default=1)
    words.add_argument("--worker", choices=("nanogpt", "nanochat", "ours"), help=argparse.SUPPRESS)
    words.add_argument("--rate", type=float, default=0.0, help=argparse.SUPPRESS)
    words.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    return words.parse_args()


if __name__ == "__main__":
    main()
