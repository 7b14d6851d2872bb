"""Programmes as a command line changes them: by a scenario, and by settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchard.spec.load import Loaded


def load_changed(
    file: Path, scenario: str | None, settings: Sequence[str] | None, extra_rules: Sequence[Any] = ()
) -> Loaded:
    """Load a programme with the changes of a scenario (FILE or FILE:NAME) and of settings (PATH=VALUE).

    Raises
    ------
    OrchardError
        the programme or the scenario cannot be read, or does not hold together once changed
    """
    from orchard.spec.load import load_with_warnings
    from orchard.spec.scenario import read_scenario

    chosen = None if scenario is None else read_scenario(scenario)
    return load_with_warnings(file, extra_rules=extra_rules, settings=settings or (), scenario=chosen)


def change_words(scenario: str | None, settings: Sequence[str] | None) -> list[str]:
    """The words of a command line that change a programme, for reports to print.

    >>> change_words("slow.yaml", ["lab.share=50 %"])
    ['--scenario', 'slow.yaml', '--set', 'lab.share=50 %']
    """
    named = ["--scenario", scenario] if scenario is not None else []
    return [*named, *(word for text in settings or () for word in ("--set", text))]
