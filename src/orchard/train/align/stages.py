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

import numpy as np
from numpy.typing import NDArray

from orchard.data import Shards, windows
from orchard.data.instructions import Material, instructions, preferences, verifiable
from orchard.data.tokenizer import Tokenizer
from orchard.errors import Finding, TrainError
from orchard.files import write_text
from orchard.spec.training import Alignment, Finetuning, Preferences, Rewards, Training
from orchard.train.align.finetuning import FinetuningTask
from orchard.train.align.preferences import PreferenceTask
from orchard.train.align.rewards import RewardsTask, rewards_of
from orchard.train.folder import ModelFolder, Stage
from orchard.train.language import Language
from orchard.train.loop import Record, Result, train
from orchard.train.parallel import Processes
from orchard.train.progress import Progress, silent
from orchard.train.task import Task

# Held-out items that a stage is judged by while it runs, and before and after it.
DURING, AROUND = 48, 240
# Kinds of problems that rewards may be given for. Those that a coin answers rightly half of the time (yes or
# no, one of two) are left out, and with them counts that are nearly always 1: luck teaches nothing.
REWARDED: tuple[str, ...] = ("copy", "echo", "repeat", "capitals", "first_letter", "list", "ends", "starts",
                             "counted", "sum", "product", "reverse", "backward", "legs")  # fmt: skip
# Kinds that are practised, and problems of each that tell which.
PRACTISED, PROBED = 3, 4
# Answers to each held-out problem.
GROUP = 2


class Begun(NamedTuple):
    """What every stage is given: the model, its tokenizer, what instructions draw on, the model's recipe.

    `shards` are the corpus it was trained on: finetuning mixes some of it in.
    """

    model: Language
    tokenizer: Tokenizer
    material: Material
    training: Training
    processes: Processes = Processes()
    progress: Progress = silent
    record: Record | None = None
    shards: Shards | None = None


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
    seed = _alone(begun, "finetuning")
    learnt = instructions(begun.material, settings.examples, seed)
    judged = instructions(begun.material, DURING, seed, "held_out")
    shards = begun.shards
    plain = None if shards is None else lambda count, row: windows(shards, row, seed, 0, range(count), count)
    task = FinetuningTask(begun.model, begun.tokenizer, learnt, judged, settings, seed, plain=plain)
    return _run(begun, task, _recipe(begun.training, settings.rate), folder, "finetuning", until=until)


def prefer(begun: Begun, settings: Preferences, folder: Path, *, until: int | None = None) -> Aligned:
    """Direct preference optimisation on good and spoilt answers."""
    seed = _alone(begun, "preferences")
    learnt = preferences(begun.material, settings.pairs, seed)
    judged = preferences(begun.material, DURING, seed, "held_out")
    task = PreferenceTask(begun.model, begun.tokenizer, learnt, judged, settings, seed)
    recipe = _recipe(begun.training, settings.rate, _NOISY, spike=0.0)
    return _run(begun, task, recipe, folder, "preferences", until=until)


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
    seed = _alone(begun, "rewards")
    kinds = _kept(folder, lambda: practised(begun, settings)) if kinds is None else kinds
    learnt = verifiable(begun.material, settings.steps * settings.prompts, seed, kinds=kinds)
    judged = verifiable(begun.material, DURING, seed, "held_out", kinds)
    task = RewardsTask(begun.model, begun.tokenizer, learnt, judged, settings, seed)
    if begun.record is not None:
        begun.record("practised", {"stage": "rewards", "kinds": list(kinds)})
    recipe = _recipe(begun.training, settings.rate, _NOISY, spike=0.0)
    judge = HeldOutReward(begun, settings, kinds)
    return _run(begun, task, recipe, folder, "rewards", until=until, judge=judge)


def practised(begun: Begun, settings: Rewards) -> list[str]:
    """Kinds of problems whose rewards spread most within a group, by the model as it is."""
    seed = begun.training.seed
    problems = verifiable(begun.material, PROBED * len(REWARDED), seed + 1, kinds=REWARDED)
    rewards = rewards_of(begun.model, begun.tokenizer, problems, settings, seed, settings.group)
    found: dict[str, list[float]] = {}
    for problem, spread in zip(problems, rewards.std(axis=1).tolist(), strict=True):
        found.setdefault(problem.kind, []).append(spread)
    return sorted(found, key=lambda kind: (-fmean(found[kind]), kind))[:PRACTISED]


class HeldOutReward:
    """Mean reward of sampled answers to held-out problems, with its standard error.

    Problems and draws are the same each time. From the second time on the gain over the first is there too,
    problem by problem: its error is that of the differences, not of two separate means. Both are errors of
    the choice of problems of these kinds; a training run with another seed is not in them.
    """

    def __init__(self, begun: Begun, settings: Rewards, kinds: Sequence[str]) -> None:
        self._begun, self._settings, self._kinds = begun, settings, kinds
        self._first: NDArray[np.float64] | None = None

    def __call__(self) -> dict[str, float]:
        """Judge the model as it is now."""
        begun, seed = self._begun, self._begun.training.seed
        problems = verifiable(begun.material, AROUND, seed + 2, "held_out", self._kinds)
        means = rewards_of(begun.model, begun.tokenizer, problems, self._settings, seed, GROUP).mean(axis=1)
        found = _with_error("held_out_reward", means)
        if self._first is None:
            self._first = means
            return found
        return found | _with_error("held_out_reward_gain", means - self._first)


def _with_error(name: str, values: NDArray[np.float64]) -> dict[str, float]:
    """Mean of values [n] and its standard error."""
    found = {name: float(values.mean())}
    return (
        found | {f"{name}_error": float(values.std(ddof=1)) / len(values) ** 0.5}
        if len(values) > 1
        else found
    )


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


# What AdamW trains, the embeddings, is held back where gradients are few and noisy: models got worse in the
# trials without that and not in those with it, but rates and kinds changed as well (docs/LOG.md).
# Nor is a spike of these losses a fault: they are differences, near zero.
_NOISY = 0.1


def _run(
    begun: Begun,
    task: Task,
    training: Training,
    folder: Path,
    stage: Stage,
    *,
    until: int | None = None,
    judge: Callable[[], Mapping[str, float]] | None = None,
) -> Aligned:
    """Run a stage in the loop; judge before and after, as the task does where nothing else is given."""
    judge = judge or task.judge
    before = dict(judge())
    result = train(
        task, training, folder, stage=stage, progress=begun.progress, record=begun.record,
        processes=begun.processes, until=until,
    )  # fmt: skip
    after = dict(judge())
    if begun.record is not None and result.finished:
        figures = {f"{name}_before": value for name, value in before.items()}
        figures |= {f"{name}_after" if name in before else name: value for name, value in after.items()}
        begun.record("aligned", {"stage": stage, **figures})
    return Aligned(result, before, after)


def _recipe(training: Training, rate: float, held_back: float = 1.0, **changes: float) -> Training:
    """The model's recipe at another rate; what AdamW trains keeps its proportion, or is held back."""
    adam_rate = training.adam_rate * rate / training.rate * held_back
    same: dict[str, float] = {"rate": rate, "adam_rate": adam_rate, "ema": 0.0, "weight_decay": 0.0}
    return training.model_copy(update={**same, "micro_batch": 0, **changes})


def _over(made: Mapping[Stage, Aligned]) -> bool:
    return all(one.result.finished for one in made.values())


def _alone(begun: Begun, stage: Stage) -> int:
    """The seed, for one process: the models are small, and sampling is not written for cut weights.

    Raises
    ------
    TrainError
        O868: several processes
    """
    if begun.processes.world > 1:
        found = f"{stage} in {begun.processes.world} processes"
        hint = "orchard train FILE MODEL in one process goes on from the pretrained checkpoint"
        raise TrainError(Finding("O868", "", stage, found, "one process", hint))
    return begun.training.seed
