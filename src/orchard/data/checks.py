"""Rules of `orchard check` about corpora that only data knows: packages that ship text, languages."""

from __future__ import annotations

from collections.abc import Iterator

from orchard.catalogue import Catalogue
from orchard.data.language import LANGUAGES
from orchard.data.packages import packages
from orchard.errors import did_you_mean
from orchard.spec.programme import Programme
from orchard.spec.rules import Problem, Rule


def sources_are_known(programme: Programme, catalogue: Catalogue) -> Iterator[Problem]:
    """The `package` of a source is one that `orchard corpus` lists; `languages` are told apart.

    Why: nothing else can be read, and no text be kept by its language.

    Example::

        corpora:
          prose: {sources: {speeches: {package: sotuu}}, languages: [english], ...}

    What to try: an id that `orchard corpus` lists, `path` for text of your own; codes as `en`.
    """
    for name, corpus in programme.corpora.items():
        for source, said in corpus.sources.items():
            if said.package is not None and said.package not in packages():
                hint = did_you_mean(said.package, packages()) or "orchard corpus lists them"
                steps = ("corpora", name, "sources", source, "package")
                yield Problem(steps, said.package, "a package of text that is known", hint)
        for place, language in enumerate(corpus.languages):
            if language not in LANGUAGES:
                hint = did_you_mean(language, LANGUAGES)
                steps_to = ("corpora", name, "languages", place)
                yield Problem(steps_to, language, f"one of {', '.join(LANGUAGES)}", hint)


CHECKS = (Rule("O817", "packages of text and languages are known", sources_are_known),)
