"""The files that a verb writes, and what it prints beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from orchard.errors import Finding, OutputError
from orchard.files import STANDARD_OUTPUT, distinct, is_standard_output, is_stream, writable

if TYPE_CHECKING:
    from rich.console import Console


class Results:
    """Files to be written, checked before the work begins.

    Where one of them is a stream, standard output is left to it and sentences go to standard error.

    Parameters
    ----------
    written, read
        results and inputs; None stands for those that were not asked for
    json
        whether the answer is printed as JSON

    Raises
    ------
    OutputError
        O701: a result that cannot be written, or would take the place of an input or another result
    """

    def __init__(
        self, written: Sequence[Path | None], read: Iterable[Path | None] = (), *, json: bool = False
    ) -> None:
        self.paths = [path for path in written if path is not None]
        for one in (None, *read):
            distinct(one, self.paths)
        for path in self.paths:
            writable(path)
            if json and is_standard_output(path):
                wanted = "another place: the answer is printed there as JSON"
                raise OutputError(Finding("O701", "standard output", "", "a result too", wanted))
        self.streamed = any(map(is_stream, self.paths))
        self._json = json

    def say(self, text: str) -> None:
        """Print a sentence where no data go."""
        typer.echo(text, err=self._json or self.streamed)

    def answer(
        self, found: Mapping[str, Any], describe: Callable[[Mapping[str, Any]], Iterable[str]]
    ) -> None:
        """Print an answer, as JSON or described in lines, and what was written."""
        if self._json:
            typer.echo(dumps(found, indent=1, allow_nan=False))
        else:
            for line in describe(found):
                self.say(line)
        if self.paths:
            self.say("")
            self.tell()

    def screen(self, found: Mapping[str, Any], put: Callable[[Mapping[str, Any], Console], None]) -> None:
        """Print an answer, as JSON or put on a screen, and what was written."""
        if self._json:
            typer.echo(dumps(found, indent=1, allow_nan=False))
        else:
            from rich.console import Console

            put(found, Console(stderr=self.streamed))
        self.tell()

    def tell(self) -> None:
        """Say what was written."""
        for path in self.paths:
            self.say(f"wrote {shown(path)}")


def shown(path: Path) -> str:
    """A path as sentences name it."""
    return "standard output" if path == STANDARD_OUTPUT else str(path)
