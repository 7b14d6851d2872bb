"""The card of a trained model, in Markdown: from its ledger, its corpus's card and nothing else.

Every number was measured or predicted and stands in the ledger or in the corpus's card; what is in neither
is said to be missing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from orchard import __version__
from orchard.arch.parameters import parameters
from orchard.files import write_text
from orchard.ledger import Entry, Ledger, range_of
from orchard.ledger.kinds import AMOUNTS
from orchard.spec.architecture import LanguageArchitecture
from orchard.spec.programme import Programme
from orchard.train.folder import ProgrammeFolder

_STAGES = {"finetuning": "finetuning", "preferences": "preferences (DPO)", "rewards": "rewards (GRPO)"}
_SHOWN_RECIPE = (
    "optimiser", "rate", "adam_rate", "weight_decay", "schedule", "warmup", "decay", "final", "clip",
    "z_loss", "spike", "ema", "seed",
)  # fmt: skip


def write_card(programme: Programme, name: str, runs: Path) -> Path:
    """Write the card of a model beside what was trained of it; returns where.

    Parameters
    ----------
    name
        id of a model of the programme
    runs
        folder of all runs

    Raises
    ------
    OutputError
        it cannot be written
    """
    folder = ProgrammeFolder(runs / programme.programme)
    path = folder.model(name).card
    write_text("\n".join(card(programme, name, folder)) + "\n", path)
    return path


def card(programme: Programme, name: str, folder: ProgrammeFolder) -> Iterator[str]:
    """Lines of the card."""
    spec = programme.models[name]
    entries = since_begun(Ledger(folder.ledger).read(), name)
    yield f"# {spec.title or name}"
    yield ""
    yield (
        f"A language model of the programme *{programme.title or programme.programme}*, trained from new "
        f"weights and written by Orchard {__version__}. This card is made from the run's ledger."
    )
    yield ""
    yield from _architecture(_shape(entries, spec.architecture))
    yield from _data(_corpus(programme, name, folder))
    yield from _recipe(entries)
    yield from _amounts(entries)
    yield from _stages(entries, name)
    yield from _evaluation(entries)
    yield from _files(entries)
    yield from _limits(entries)


def since_begun(entries: Sequence[Entry], name: str) -> list[Entry]:
    """Entries of a model and its stages since it was last begun from new weights."""
    mine = [one for one in entries if one.run == name or one.run.startswith(f"{name}.")]
    runs = [(at, one) for at, one in enumerate(mine) if one.kind == "run" and one.run == name]
    begun = [at for at, one in runs if not one.values.get("resumed")]
    return mine[begun[-1] :] if begun else mine


def last(entries: Sequence[Entry], kind: str, run: str | None = None) -> Mapping[str, Any]:
    """Values of the newest entry of a kind; nothing where there is none."""
    found = [one.values for one in entries if one.kind == kind and run in (None, one.run)]
    return found[-1] if found else {}


def _shape(entries: Sequence[Entry], stated: object) -> object:
    """The architecture that was trained, which the programme may have left behind since."""
    said = last(entries, "run").get("architecture")
    return LanguageArchitecture.model_validate(said) if isinstance(said, Mapping) else stated


def _architecture(shape: object) -> Iterator[str]:
    yield "## Architecture"
    yield ""
    if not isinstance(shape, LanguageArchitecture):
        yield "Not that of a language model."
        yield ""
        return
    kind = "Llama 4's mixture of experts" if shape.experts else "Llama's decoder"
    yield (
        f"{kind}: {shape.layers} layers, {shape.hidden} wide, {shape.heads} query and {shape.kv_heads} key "
        f"heads of {shape.head_dim}, {shape.vocabulary:,} entries of vocabulary; "
        f"{parameters(shape).total:,.0f} parameters."
    )
    yield ""


def _corpus(programme: Programme, name: str, folder: ProgrammeFolder) -> Mapping[str, Any]:
    training = programme.models[name].training
    path = folder.corpus(str(training.corpus)) / "card.json" if training else Path("card.json")
    try:
        said = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _data(said: Mapping[str, Any]) -> Iterator[str]:
    yield "## What it learnt from"
    yield ""
    if not said:
        yield "The card of its corpus is missing."
        yield ""
        return
    tokenizer, splits = said["files"]["tokenizer.json"], said["splits"]
    yield f"Corpus *{said['title']}*, digest `{said['digest']}`; tokenizer `{tokenizer[:16]}`."
    yield ""
    yield "| source | version | licence | by | documents | tokens |"
    yield "|---|---|---|---|--:|--:|"
    for one in said["sources"]:
        if one.get("unseen"):
            continue
        cells = [one["id"], one.get("version", ""), one["licence"], one["attribution"]]
        numbers = [f"{one.get('train_documents', 0):,}", f"{one.get('train_tokens', 0):,}"]
        yield f"| {' | '.join(map(_cell, [*cells, *numbers]))} |"
    yield ""
    yield (
        f"Languages kept: {', '.join(said.get('languages', ()))}. "
        f"{splits['held_out']['documents']:,} documents were held out; "
        f"{splits['unseen']['documents']:,} are of sources it never saw. "
        "Instructions, preferences and verifiable tasks are generated, and labelled so."
    )
    yield ""


def _recipe(entries: Sequence[Entry]) -> Iterator[str]:
    run = last(entries, "run")
    yield "## Recipe"
    yield ""
    if not run:
        yield "No run is in the ledger."
        yield ""
        return
    recipe = run.get("training") or {}
    said = ", ".join(f"{key} {recipe[key]}" for key in _SHOWN_RECIPE if key in recipe)
    measured = last(entries, "measurement", entries[0].run)
    tokens = round(measured.get("tokens_per_s", 0) * measured.get("step_s", 0))
    each = f" of {tokens:,} tokens" if tokens else ""
    machine = run.get("machine", "a machine that is not named")
    yield f"{run.get('steps', 0):,} steps{each} on {machine}; {said}."
    stops = sum(one.kind == "interruption" for one in entries)
    yield ""
    yield f"Identity of model and data `{run.get('digest', '')}`; {stops} interruptions and skipped steps."
    yield ""


def _amounts(entries: Sequence[Entry]) -> Iterator[str]:
    """What was predicted beside what was measured."""
    named = [one for one in entries if "." not in one.run]
    predicted, measured = last(named, "prediction"), last(named, "measurement")
    yield "## Predicted and measured"
    yield ""
    yield "Of pretraining; what the model became after all stages stands under Evaluation."
    yield ""
    yield "| | predicted, 80 % | measured |"
    yield "|---|---|---|"
    for key, what in AMOUNTS.items():
        if key not in predicted and key not in measured and key != "energy_j":
            continue
        ends, found = range_of(predicted.get(key)), measured.get(key)
        forecast = " to ".join(amount(key, end) for end in (ends.low, ends.high)) if ends else ""
        yield f"| {what} | {forecast} | {'not measured' if found is None else amount(key, found)} |"
    yield ""
    if not predicted:
        yield "Nothing was predicted: this machine was not calibrated (`orchard calibrate host`)."
        yield ""
    if "energy_j" not in measured:
        yield "The machine has no counters of energy that could be read, so energy is not known."
        yield ""


def _stages(entries: Sequence[Entry], name: str) -> Iterator[str]:
    rows = [(title, last(entries, "measurement", f"{name}.{one}")) for one, title in _STAGES.items()]
    if not any(values for _, values in rows):
        return
    yield "## After pretraining"
    yield ""
    for title, values in rows:
        if values:
            names = [key.removesuffix("_before") for key in values if key.endswith("_before")]
            ends = {one: (values[f"{one}_before"], values.get(f"{one}_after")) for one in names}
            moves = [f"{one} {a + 0.0:.4g} to {b + 0.0:.4g}" for one, (a, b) in ends.items() if b is not None]
            steps = values.get("steps", 0)
            yield f"- {title}, steps {steps:,}: {'; '.join(moves) or 'nothing was measured'}"
    yield ""


def _evaluation(entries: Sequence[Entry]) -> Iterator[str]:
    said = last(entries, "evaluation")
    yield "## Evaluation"
    yield ""
    if not said:
        yield "It has not been judged."
        yield ""
        return
    yield "| | value | 90 % interval |"
    yield "|---|--:|---|"
    for key, row in said.get("scores", {}).items():
        if row["value"] is None:
            continue
        ends = "" if row["low"] is None else f"{row['low']:.4g} to {row['high']:.4g}"
        yield f"| {key} | {row['value']:.4g} | {ends} |"
    yield ""
    for condition, word in said.get("gate", {}).items():
        yield f"- gate: `{condition}`: {word}"
    yield f"- {'released' if said.get('released') else 'not released: its gate is not passed'}"
    yield ""


def _files(entries: Sequence[Entry]) -> Iterator[str]:
    exports = {one.values.get("path"): one.values for one in entries if one.kind == "export"}
    if not exports:
        return
    yield "## Files"
    yield ""
    for path, values in exports.items():
        compared = values.get("difference_nats")
        note = "" if compared is None else (
            f"; log-probabilities differ by at most {compared:.2g} nats from torch, greedy tokens agree at "
            f"{100 * values.get('greedy_share', 0):.3g} %"
        )  # fmt: skip
        yield f"- `{path}`, {values.get('format')}, SHA-256 `{values.get('digest')}`{note}"
    yield ""


def _limits(entries: Sequence[Entry]) -> Iterator[str]:
    yield "## Limits"
    yield ""
    yield (
        "- It is small and saw little text: it writes in the manner of its sources and knows few facts. "
        "Do not rely on what it says."
    )
    yield "- It carries the views of its sources and of their times."
    yield "- No work was done on safety beyond the choice of sources."
    if not last(entries, "evaluation").get("released"):
        yield "- It has not passed its gate."


def amount(name: str, value: float) -> str:
    """An amount as people read it; its unit is the end of its name.

    >>> amount("step_s", 0.71746), amount("memory_bytes", 714248192), amount("energy_j", 7.2e5)
    ('0.717 s', '0.714 GB', '0.2 kWh')
    """
    if name.endswith("_bytes"):
        return f"{value / 1e9:.3g} GB"
    if name.endswith("_j"):
        return f"{value / 3.6e6:.3g} kWh"
    if name.endswith("_per_s"):
        return f"{value:,.0f} a second"
    if name.endswith("_s"):
        return f"{value:.3g} s" if value < 120 else f"{value / 60:.3g} min"
    return f"{value:.4g}"


def _cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ")
