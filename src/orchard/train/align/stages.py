"""The stages after pretraining, one function each, of one shape: what a pipeline calls.

Each changes the weights of the model in place, keeps its checkpoints in its own folder, goes on from there
when it was interrupted, and is over at once when it was finished before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from orchard.data.instructions import Material, Problem, instructions, preferences, verifiable
from orchard.data.tokenizer import Tokenizer
from orchard.errors import Finding, TrainError
from orchard.files import write_text
from orchard.spec.training import Alignment, Finetuning, Preferences, Rewards, Training
from orchard.train.align.finetuning import FinetuningTask
from orchard.train.align.preferences import PreferenceTask
from orchard.train.align.rewards import RewardsTask, greedy_rewards, spreads
from orchard.train.folder import ModelFolder, Stage
from orchard.train.language import Language
from orchard.train.loop import Record, Result, train
from orchard.train.parallel import Processes
from orchard.train.progress import Progress, silent
from orchard.train.task import Task

# Held-out items that a stage is judged by while it runs, and before and after it.
DURING, AROUND = 64, 256
# Kinds of problems that rewards may be given for. Those that a coin answers rightly half of the time (yes or
# no, one of two) are left out, and with them counts that are nearly always 1: luck teaches nothing.
REWARDED: tuple[str, ...] = ("copy", "echo", "repeat", "capitals", "first_letter", "list", "ends", "starts",
                             "counted", "sum", "product", "reverse", "backward", "legs")  # fmt: skip
# Kinds that are practised, and problems of each that tell which.
PRACTISED, PROBED = 3, 4


class Begun(NamedTuple):
    """What every stage is given: the model, its tokenizer, what instructions draw on, the model's recipe."""

    model: Language
    tokenizer: Tokenizer
    material: Material
    training: Training
    processes: Processes = Processes()
    progress: Progress = silent
    record: Record | None = None


class Aligned(NamedTuple):
    """What became of a stage: the loop's result, and held-out figures before and after."""

    result: Result
    before: Mapping[str, float]
    after: Mapping[str, float]


def align(begun: Begun, alignment: Alignment, folder: ModelFolder) -> dict[Stage, Aligned]:
    """Run the stages that a programme asks for, in their order; an interrupted one ends the row."""
    made: dict[Stage, Aligned] = {}
    if alignment.finetuning is not None:
        made["finetuning"] = finetune(begun, alignment.finetuning, folder.path / "finetuning")
    if alignment.preferences is not None and _over(made):
        made["preferences"] = prefer(begun, alignment.preferences, folder.path / "preferences")
    if alignment.rewards is not None and _over(made):
        made["rewards"] = reward(begun, alignment.rewards, folder.path / "rewards")
    return made


def finetune(begun: Begun, settings: Finetuning, folder: Path, *, until: int | None = None) -> Aligned:
    """Supervised finetuning on instructions made from the corpus and by generators."""
    seed = begun.training.seed
    learnt = instructions(begun.material, settings.examples, seed)
    judged = instructions(begun.material, DURING, seed, "held_out")
    task = FinetuningTask(begun.model, begun.tokenizer, learnt, judged, settings, seed)
    return _run(begun, task, begun.training, settings.rate, folder, "finetuning", until)


def prefer(begun: Begun, settings: Preferences, folder: Path, *, until: int | None = None) -> Aligned:
    """Direct preference optimisation on good and spoilt answers."""
    seed = begun.training.seed
    learnt = preferences(begun.material, settings.pairs, seed)
    judged = preferences(begun.material, DURING, seed, "held_out")
    task = PreferenceTask(begun.model, begun.tokenizer, learnt, judged, settings, seed)
    return _run(
        begun, task, begun.training.model_copy(update=_QUIET), settings.rate, folder, "preferences", until
    )


def reward(
    begun: Begun,
    settings: Rewards,
    folder: Path,
    kinds: Sequence[str] | None = None,
    *,
    until: int | None = None,
) -> Aligned:
    """Policy optimisation on problems that a program verifies.

    Parameters
    ----------
    kinds
        kinds of problems; by default those whose answers now differ most in reward, as groups of equal
        rewards teach nothing
    """
    seed = begun.training.seed
    kinds = _kept(folder, lambda: practised(begun, settings)) if kinds is None else kinds
    learnt = verifiable(begun.material, settings.steps * settings.prompts, seed, kinds=kinds)
    judged = verifiable(begun.material, DURING, seed, "held_out", kinds)
    task = RewardsTask(begun.model, begun.tokenizer, learnt, judged, settings, seed)
    if begun.record is not None:
        begun.record("practised", {"stage": "rewards", "kinds": list(kinds)})
    return _run(
        begun, task, begun.training.model_copy(update=_QUIET), settings.rate, folder, "rewards", until
    )


def practised(begun: Begun, settings: Rewards) -> list[str]:
    """Kinds of problems whose rewards spread most within a group, by the model as it is."""
    problems = verifiable(begun.material, PROBED * len(REWARDED), begun.training.seed + 1, kinds=REWARDED)
    found: dict[str, list[float]] = {}
    for problem, spread in zip(
        problems, spreads(begun.model, begun.tokenizer, problems, settings, begun.training.seed), strict=True
    ):
        found.setdefault(problem.kind, []).append(spread)
    return sorted(found, key=lambda kind: (-fmean(found[kind]), kind))[:PRACTISED]


def _kept(folder: Path, choose: Callable[[], list[str]]) -> list[str]:
    """What was chosen when the stage began: a run that goes on practises the same kinds."""
    path = folder / "practised.json"
    if path.is_file():
        found: list[str] = json.loads(path.read_text("utf-8"))
        return found
    folder.mkdir(parents=True, exist_ok=True)
    chosen = choose()
    write_text(json.dumps(chosen) + "\n", path)
    return chosen


# What AdamW trains, the embeddings, is held back where gradients are few and noisy: Adam moves the row of
# every token by the full rate, however small its gradient, and a model is soon spoilt (docs/LOG.md).
_NOISY = 0.1
# A spike of these losses is no fault: they are differences, near zero, of either sign.
_QUIET = {"spike": 0.0, "z_loss": 0.0}


def _run(
    begun: Begun, task: Task, training: Training, rate: float, folder: Path, stage: Stage, until: int | None
) -> Aligned:
    """Run a stage in the loop, at rates that keep the recipe's proportion; judge before and after."""
    _alone(begun.processes, stage)
    share = rate / training.rate * (1.0 if stage == "finetuning" else _NOISY)
    update = {"rate": rate, "adam_rate": training.adam_rate * share, "ema": 0.0, "weight_decay": 0.0,
              "micro_batch": 0}  # fmt: skip
    before = dict(task.judge())
    result = train(
        task, training.model_copy(update=update), folder, stage=stage, progress=begun.progress,
        record=begun.record, processes=begun.processes, until=until,
    )  # fmt: skip
    after = dict(task.judge())
    if begun.record is not None and result.finished:
        figures = {f"{name}_before": value for name, value in before.items()}
        begun.record(
            "aligned", {"stage": stage, **figures, **{f"{name}_after": one for name, one in after.items()}}
        )
    return Aligned(result, before, after)


def held_out_rewards(
    begun: Begun, kinds: Sequence[str], tokens: int, count: int = AROUND
) -> dict[str, float]:
    """Mean reward of greedy answers to held-out problems, of each kind and of all."""
    problems: list[Problem] = verifiable(begun.material, count, begun.training.seed, "held_out", kinds)
    found: dict[str, list[float]] = {}
    for problem, value in zip(
        problems, greedy_rewards(begun.model, begun.tokenizer, problems, tokens), strict=True
    ):
        found.setdefault(problem.kind, []).append(value)
        found.setdefault("all", []).append(value)
    return {kind: fmean(values) for kind, values in found.items()}


def _over(made: Mapping[Stage, Aligned]) -> bool:
    return all(one.result.finished for one in made.values())


def _alone(processes: Processes, stage: Stage) -> None:
    """Refuse several processes: the models are small, and sampling is not written for cut weights.

    Raises
    ------
    TrainError
        O868
    """
    if processes.world > 1:
        found = f"{stage} in {processes.world} processes"
        hint = "orchard train FILE MODEL in one process goes on from the pretrained checkpoint"
        raise TrainError(Finding("O868", "", stage, found, "one process", hint))
