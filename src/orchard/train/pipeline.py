"""From a programme to a trained model: corpus, pretraining, alignment, export, judgement.

Each stage goes on from where it was left and is passed over when it is done, so one command is right at
any time. With several processes they pretrain together; what follows is done by the first one alone.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

import torch

from orchard.catalogue import Catalogue
from orchard.data import Built, build
from orchard.data.instructions import Persona, gather
from orchard.errors import Finding, TrainError
from orchard.estimate.host import Prediction, energy_values, predict, read_host, step_of
from orchard.files import write_text
from orchard.ledger import Ledger
from orchard.spec.models import Model
from orchard.spec.training import Alignment, Training
from orchard.train import checkpoint
from orchard.train.accounts import measured, prediction_values, recorder, run_values
from orchard.train.align import Begun, align
from orchard.train.export.fresh import newest_checkpoint, source_of
from orchard.train.export.source import write_final
from orchard.train.folder import STAGES, ModelFolder, ProgrammeFolder, Stage
from orchard.train.host.power import energy_j
from orchard.train.language import Language, LanguageTask, initialise
from orchard.train.loop import Result, dtype_of, train
from orchard.train.metrics import JUDGED
from orchard.train.order import Order, Outcome, Until, Watch, architecture_of, sizes_of, trainable
from orchard.train.parallel import Processes, join, leave
from orchard.train.writer import set_aside

__all__ = ["Order", "Outcome", "Watch", "corpus_of", "load_weights", "prepare", "run", "task_of"]


def run(order: Order, known: Catalogue, watch: Watch = Watch()) -> Outcome:  # noqa: B008 (immutable)
    """Train a model of a programme as far as it is asked for.

    Raises
    ------
    OrchardError
        O837: a model that cannot be trained; what building corpora, the loop, alignment, export and
        judgement raise
    """
    spec, training = trainable(order.programme, order.model)
    processes = join(training.tensor_parallel)
    corpus = corpus_of(order, spec, training, processes, watch)
    stages: dict[Stage, Result] = {}
    stages["pretraining"] = _pretrain(order, spec, training, corpus, processes, watch)
    leave()
    if processes.rank or stages["pretraining"].stopped or order.until == "pretraining":
        return Outcome(stages, stopped=stages["pretraining"].stopped)
    stages |= _align(order, spec, training, corpus, watch)
    stopped = max(one.stopped for one in stages.values())
    if stopped or order.until in STAGES:
        return Outcome(stages, stopped=stopped)
    _export(order, watch)
    if order.until == "export":
        return Outcome(stages)
    from orchard.train.evaluation import Question, evaluate_model  # statistics take a second to import

    watch.say("judging")
    found = evaluate_model(order.programme, known, Question(order.model, order.out), watch.work)
    return Outcome(stages, found)


def prepare(order: Order, start: int | None, fresh: bool, say: Callable[[str], None]) -> None:
    """Go back: to an earlier checkpoint of pretraining, or to the beginning. Nothing is deleted.

    Raises
    ------
    TrainError
        O821, O823: a checkpoint that is damaged, or none of that step
    """
    processes = join()
    if processes.rank == 0:
        _go_back(order.folder.model(order.model), start, fresh, say)
    processes.barrier()


def _go_back(folder: ModelFolder, start: int | None, fresh: bool, say: Callable[[str], None]) -> None:
    if fresh and folder.path.exists():
        aside = _free(folder.path)
        folder.path.rename(aside)
        say(f"what was trained before is in {aside}")
    if start is not None:
        checkpoint.load(folder.checkpoints("pretraining"), start)
        for path in set_aside(folder.checkpoints("pretraining"), start):
            say(f"set aside: {path}")
        for stage in STAGES[1:]:
            if (folder.path / stage).exists():
                (folder.path / stage).rename(_free(folder.path / stage))


def _free(path: Path) -> Path:
    """A name beside a folder that nothing has."""
    number = 1
    while (aside := path.with_name(f"{path.name}.before-{number}")).exists():
        number += 1
    return aside


def task_of(spec: Model, training: Training, corpus: Built, folder: Path) -> LanguageTask:
    """Pretraining of a model from new weights, in the number format that its checkpoints have."""
    model = Language(architecture_of(spec), dtype_of(folder))
    initialise(model, training.seed)
    sequence, batch, tokens = sizes_of(spec)
    return LanguageTask(model, corpus, sequence=sequence, batch=batch, tokens=tokens, training=training)


def corpus_of(order: Order, spec: Model, training: Training, processes: Processes, watch: Watch) -> Built:
    """Build the corpus, or open it; one process does so, the others read what it built."""
    name = str(training.corpus)
    judged = _judged(order.folder, spec.evaluation.items) if spec.evaluation else []
    for turn in (True, False):
        if (processes.rank == 0) == turn:
            built = build(
                order.programme.corpora[name],
                name,
                order.folder.corpus(name),
                order.beside,
                judged,
                watch.work,
            )
        processes.barrier()
    return built


def _judged(folder: ProgrammeFolder, items: int) -> list[str]:
    """Texts of exercises that models are judged by, made once: their generators take seconds to import."""
    path = folder.path / "corpora" / f"judged-{items}.json"
    key = f"orchard {version('orchard')}, reasoning-gym {version('reasoning-gym')}"
    with suppress(OSError, ValueError, KeyError):
        kept = json.loads(path.read_text("utf-8"))
        if kept["by"] == key:
            return list(kept["texts"])
    from orchard.evaluate.exercises import judged_texts

    texts = judged_texts(items)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(json.dumps({"by": key, "texts": texts}), path)
    return texts


def _pretrain(
    order: Order, spec: Model, training: Training, corpus: Built, processes: Processes, watch: Watch
) -> Result:
    folder = order.folder.model(order.model).path / "pretraining"
    task = task_of(spec, training, corpus, folder / "checkpoints")
    predicted = _predicted(spec)
    _fits(predicted)
    first = processes.rank == 0
    ledger = Ledger(order.folder.ledger)
    before = checkpoint.steps(folder / "checkpoints")
    done = bool(before) and before[-1] >= task.steps
    if first and not done:
        if processes.world < training.tensor_parallel:
            watch.say(
                f"one process cuts no matrices; tensor_parallel {training.tensor_parallel} needs --workers"
            )
        ledger.append("run", order.model, run_values(order, spec, task, before[-1] if before else 0))
        if predicted is not None:
            foreseen = energy_values(order.programme, order.model, predicted, task.steps)
            ledger.append("prediction", order.model, prediction_values(predicted, task.steps) | foreseen)
    energy = energy_j()
    result = train(
        task,
        training,
        folder,
        stage="pretraining",
        progress=watch.steps,
        record=recorder(ledger, order.model, folder / JUDGED) if first else None,
        predicted_step_s=None if predicted is None else predicted.step_s.value,
        processes=processes,
    )
    if first and done:
        watch.say(f"pretraining is done: {task.steps} steps; --fresh begins anew")
    if first and result.step > result.resumed_from:
        values = measured(result, task, energy if result.resumed_from == 0 else None)
        ledger.append("measurement", order.model, values)
    return result


def _align(order: Order, spec: Model, training: Training, corpus: Built, watch: Watch) -> dict[Stage, Result]:
    """Stages after pretraining, from its weights."""
    alignment = _wanted(spec.alignment, order.until)
    if alignment is None or not any((alignment.finetuning, alignment.preferences, alignment.rewards)):
        return {}
    folder = order.folder.model(order.model)
    model = Language(architecture_of(spec), dtype_of(folder.checkpoints("pretraining")))
    load_weights(model, folder, "pretraining")
    ledger = Ledger(order.folder.ledger)
    persona = Persona(order.model.capitalize(), order.programme.title or order.programme.programme)
    material = gather(corpus.documents("train"), persona)
    begun = Begun(
        model, corpus.tokenizer, material, training, progress=watch.steps,
        record=recorder(ledger, order.model), shards=corpus.train,
    )  # fmt: skip
    made = align(begun, alignment, folder)
    for stage, one in made.items():
        if one.result.step > one.result.resumed_from:
            values = {"stage": stage, "duration_s": one.result.time_s, "steps": one.result.step}
            figures = {f"{name}_before": value for name, value in one.before.items()}
            figures |= {f"{name}_after": value for name, value in one.after.items()}
            ledger.append("measurement", f"{order.model}.{stage}", values | figures)
    return {stage: one.result for stage, one in made.items()}


def load_weights(model: Language, folder: ModelFolder, stage: Stage) -> None:
    """Take the weights that a stage ended with.

    Raises
    ------
    TrainError
        O821, O823: a checkpoint that is damaged, or none
    """
    found = checkpoint.load(folder.checkpoints(stage))
    if found is None:
        raise TrainError(
            Finding("O823", str(folder.checkpoints(stage)), "", "no checkpoint", f"one of {stage}")
        )
    weights = found.weights()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(weights[name])


def _export(order: Order, watch: Watch) -> None:
    """Export the newest weights, unless that is what was exported last."""
    folder, ledger = order.folder, Ledger(order.folder.ledger)
    source = source_of(newest_checkpoint(folder.model(order.model)))
    kept = [one for one in ledger.read("export", order.model) if one.values.get("format") == "safetensors"]
    if kept and kept[-1].values.get("source") == source and folder.model(order.model).export.is_dir():
        return
    watch.say("exporting")
    values = {
        "path": str(folder.model(order.model).export.relative_to(folder.path)),
        "format": "safetensors",
        "digest": write_final(order.programme, order.model, order.out),
        "source": source,
    }
    ledger.append("export", order.model, values)


def _wanted(alignment: Alignment | None, until: Until) -> Alignment | None:
    """The stages up to the last one that is asked for."""
    if alignment is None or until not in STAGES:
        return alignment
    left_out = STAGES[STAGES.index(until) + 1 :]
    return alignment.model_copy(update=dict.fromkeys(left_out))


def _predicted(spec: Model) -> Prediction | None:
    """What the step model of this machine says of a step, where the machine was calibrated."""
    host, step = read_host(), step_of(spec)
    return None if host is None or step is None else predict(host, step, torch.get_num_threads())


def _fits(predicted: Prediction | None) -> None:
    """Refuse what needs more memory than the machine has, even by the lowest prediction."""
    if predicted is None:
        return
    there = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    if predicted.memory_bytes.low > there:
        found = f"{predicted.memory_bytes.low / 1e9:.1f} GB at least are needed, as predicted"
        hint = "a lower training.micro_batch, training.recompute, or a smaller model"
        raise TrainError(
            Finding("O826", "", "training.micro_batch", found, f"{there / 1e9:.1f} GB at most", hint)
        )
