"""Rules about causes that move together."""

from __future__ import annotations

from collections.abc import Iterator

from orchard.catalogue import Catalogue
from orchard.errors import did_you_mean
from orchard.spec.correlation import possible_share
from orchard.spec.programme import Programme
from orchard.spec.rules import Problem, bounds, rule


@rule("O346", "causes move with causes that exist")
def related_causes_exist(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """Every name under `moves_with` is another cause of this programme, and each pair is stated once.

    Why: a cause that is not there moves nothing, and two numbers for one pair leave open which is meant.

    Example::

        causes:
          construction: {correlation: 60 %, moves_with: {suply: 30 %}}

    What to try: correct the name; of a pair that stands under both causes, drop one.
    """
    for name, cause in programme.causes.items():
        for other in cause.moves_with:
            steps = ("causes", name, "moves_with", other)
            if other == name or other not in programme.causes:
                found = "the cause itself" if other == name else f"no cause {other!r}"
                yield Problem(steps, found, "another of `causes`", did_you_mean(other, programme.causes))
            elif name in programme.causes[other].moves_with and other < name:
                yield Problem(steps, f"{name} and {other} twice", "one correlation for each pair")


@rule("O347", "causes can move together as stated")
def correlations_are_possible(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """The correlations between causes are possible together.

    Why: three things cannot all be each other's opposite. Where two causes both follow a third closely, they
    follow each other.

    Example::

        causes:
          supply: {correlation: 50 %, moves_with: {demand: -90 %, construction: -90 %}}
          demand: {correlation: 50 %, moves_with: {construction: -90 %}}
          construction: {correlation: 50 %}

    What to try: correlations nearer to 0; the finding says by how much all of them would have to shrink.
    """
    names = sorted(programme.causes)
    table = [[float(one == other) for other in names] for one in names]
    stated = []
    for name, cause in programme.causes.items():
        for other, amount in cause.moves_with.items():
            known = bounds(amount, programme, catalogue)
            if known is not None and other in programme.causes and other != name:
                one, two = names.index(name), names.index(other)
                table[one][two] = table[two][one] = known[1]
                stated.append((name, other))
    if not stated:
        return
    share = possible_share(table)
    if share < 1:
        found = (
            f"correlations of {', '.join(' and '.join(pair) for pair in stated)} that contradict each other"
        )
        hint = f"all of them times {share:.2f} and less are possible"
        yield Problem(("causes",), found, "correlations that are possible together", hint)
