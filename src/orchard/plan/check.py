"""Rules about runs that need the step model: given layouts, memory, chips and stacks it knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from orchard.catalogue import Catalogue
from orchard.errors import OrchardError
from orchard.plan import given, speed, steps
from orchard.plan.claims import CLAIMS
from orchard.plan.scene import Setup
from orchard.plan.sizes import nearest
from orchard.plan.steps import Question, Step
from orchard.spec.places import Steps
from orchard.spec.programme import Programme
from orchard.spec.rules import Problem, Rule

_BESIDE = {"chips": ("chips",), "batch": ("recipe", "batch")}  # where fields stand that layout has not


def layouts_are_legal(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """A given layout divides the model, the sequence, the batch and, where they are certain, the chips.

    Why: such a run would not start.

    Example::

        models:
          avocado: {chips: 1000 chips, recipe: {layout: {tp: 8, pp: 16}, ...}, ...}   # no multiple of 128

    What to try: the value that the finding names; or leave `layout` out, and the fastest is searched.
    """
    return _each(programme, catalogue, _illegal)


def layouts_fit(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """A given layout fits into the memory of some chips of the run's site, on the gang that is asked for.

    Why: such a run would stop at its first step.

    Example::

        models:
          avocado: {recipe: {layout: {tp: 1, shard: nothing}, ...}, ...}

    What to try: cut the model over more chips (`tp`, `pp`, `ep`), share out more (`shard`), compute more
    again (`recompute`), or leave `layout` out.
    """
    return _each(programme, catalogue, _unfit)


def runs_fit(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """Some layout of a run fits on chips of its site, at twice the chips asked for at most.

    Why: a run that nothing can do has no date; what rests on it is unknown.

    Example::

        models:
          avocado: {architecture: {use: llama-3.1-405b}, chips: 8 chips, ...}

    What to try: more chips, chips with more memory, another site; `utilisation` for chips of the
    programme's own.
    """
    return _each(programme, catalogue, _undone)


def stacks_are_known(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """The `stack` of a recipe is one that measurements know, or is left out.

    Why: any other is taken as Megatron-Core, with the wide interval of stacks that nobody measured.

    Example::

        models:
          avocado: {recipe: {stack: megatorn, ...}, ...}

    What to try: correct the name, or leave it out when it is not public.
    """
    return _each(programme, catalogue, _unmeasured)


CHECKS = (
    CLAIMS,
    Rule("O342", "given layouts are legal", layouts_are_legal),
    Rule("O343", "given layouts fit into memory", layouts_fit),
    Rule("O344", "runs fit on the chips of their site", runs_fit, "warning"),
    Rule("O345", "stacks of runs were measured", stacks_are_known, "warning"),
)

Test = Callable[[Setup, str, Question], Iterator[Problem]]


def _each(programme: Programme, catalogue: Catalogue, test: Test) -> Iterator[Problem]:
    """Problems of every run that is still to be done and whose speed is computed."""
    try:
        setup = Setup.of(programme, catalogue)
    except OrchardError:
        return  # the rules about facts and dates say why
    for name, model in programme.models.items():
        wanted = speed.question(setup, name)
        if wanted is not None and model.start is not None and model.released is None:
            yield from test(setup, name, wanted)


def _illegal(setup: Setup, name: str, wanted: Question) -> Iterator[Problem]:
    chips = setup.values.amounts.get(f"models.{name}.chips")
    certain = round(chips.value) if chips is not None and chips.certain and chips.value >= 1 else None
    for fault in given.faults(wanted, certain):
        below = _BESIDE.get(fault.field, ("recipe", "layout", fault.field))
        yield Problem(_place(name, *below), fault.found, fault.wanted, fault.hint)


def _unfit(setup: Setup, name: str, wanted: Question) -> Iterator[Problem]:
    if wanted.layout is None or next(given.faults(wanted), None):
        return
    known = [chip for chip in speed.kinds(setup, name) if chip not in setup.programme.chips]
    size = nearest(given.sizes(wanted, wanted.layout), speed.chips_asked(setup, name)[1])
    found = [speed.fastest(setup, wanted, chip, size) for chip in known]
    if found and not any(isinstance(one, Step) for one in found):
        first = next(one for one in found if not isinstance(one, Step))
        hint = "more tp, pp or ep, shard: weights, recompute: full; or no layout: it is searched"
        yield Problem(_place(name, "recipe", "layout"), first.reason, "a layout that fits", hint)


def _undone(setup: Setup, name: str, wanted: Question) -> Iterator[Problem]:
    if wanted.layout is None and (why := speed.reason(setup, name)):
        hint = "more chips, chips with more memory, or recipe.utilisation"
        yield Problem(_place(name, "chips"), why, "chips that some layout fits on", hint)


def _unmeasured(setup: Setup, name: str, wanted: Question) -> Iterator[Problem]:
    if not steps.known_stack(wanted.stack):
        known = ", ".join(steps.known_stacks())
        yield Problem(_place(name, "recipe", "stack"), repr(wanted.stack), f"one of {known}; or none")


def _place(name: str, *below: str) -> Steps:
    return ("models", name, *below)
