"""``orchard chat FILE MODEL``: a conversation with a trained model in the terminal."""

from __future__ import annotations

import json as json_of
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from orchard.cli.options import Runs
from orchard.cli.sources import tell_passed_over
from orchard.errors import Finding, OrchardError, TrainError

if TYPE_CHECKING:
    from orchard.train.export.conversation import Conversation, Settings

_HELP = (
    "/reset forgets what was said, /save FILE keeps it as JSON, /quit or Ctrl-D ends; Ctrl-C stops an answer"
)
# What a model says is shown, and never obeyed: control characters move cursors and change titles.
_UNSHOWN = dict.fromkeys([*range(9), *range(11, 32), *range(127, 160)], "\ufffd")


class _Stopped(Exception):  # noqa: N818
    """Ctrl-C: the answer shall stop, not the program."""


def chat(
    file: Annotated[
        Path,
        typer.Argument(
            help="The programme, a YAML file; or the folder or .gguf file of a model.", show_default=False
        ),
    ],
    model: Annotated[
        str | None,
        typer.Argument(
            help="A trained model of the programme, or the folder of an exported one.", show_default=False
        ),
    ] = None,
    once: Annotated[
        str | None, typer.Option(help="Ask this and end.", metavar="TEXT", show_default=False)
    ] = None,
    tokens: Annotated[int, typer.Option(help="Longest answer, in tokens.", min=1)] = 200,
    temperature: Annotated[
        float, typer.Option(help="0 for the likeliest token each time.", min=0, max=10)
    ] = 0.8,
    top_p: Annotated[
        float, typer.Option(help="Likeliest tokens with this probability are drawn from.", min=0.01, max=1)
    ] = 0.95,
    seed: Annotated[int, typer.Option(help="The same seed gives the same answers.")] = 0,
    verbose: Annotated[bool, typer.Option("--verbose", help="Say how fast each answer was.")] = False,
    runs: Runs = Path("runs"),
) -> None:
    """Talk to a trained model. Lines of standard input are asked one after the other where it is no terminal.

    When a conversation outgrows the model's context, the oldest turns are forgotten, and that is said.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        from orchard.train.export.conversation import Settings
    except ModuleNotFoundError as error:
        found, hint = f"no package {error.name}", "pip install 'orchard[train]'"
        raise TrainError(Finding("O904", "", "chat", found, "what training needs", hint)) from None
    settings = Settings(tokens, temperature, top_p, seed)
    with _conversation(file, model, runs, settings) as talk:
        if once is not None:
            _answer(talk, once, verbose)
            return
        with _stoppable() as stoppable:
            _converse(talk, verbose, stoppable)


@contextmanager
def _conversation(file: Path, model: str | None, runs: Path, settings: Settings) -> Iterator[Conversation]:
    """A conversation with what a command line names."""
    from orchard.train.export.conversation import Conversation
    from orchard.train.export.reading import load_exported
    from orchard.train.export.voices import TorchVoice, llama_voice

    place = Path(model) if model is not None and model.endswith(".gguf") else file
    if place.suffix == ".gguf":
        if not place.is_file():
            raise TrainError(Finding("O905", str(place), "", "no such file", "a GGUF file"))
        with llama_voice(place) as voice:
            yield Conversation(voice, settings)
        return
    if file.is_dir():
        yield Conversation(TorchVoice(load_exported(file, file.name)), settings)
        return
    if model is None:
        hint = "orchard chat FILE MODEL"
        raise TrainError(Finding("O905", str(file), "", "no model is named", "the id of a model", hint))
    from orchard.spec.load import load
    from orchard.train.export.source import find_source

    programme = load(file)
    source = find_source(programme, model, runs)
    tell_passed_over(programme, model, runs)
    yield Conversation(TorchVoice(source.model), settings)


def _converse(talk: Conversation, verbose: bool, stoppable: Callable[[bool], None]) -> None:
    """Ask line by line until there is no more."""
    watched = sys.stdin.isatty()
    if watched:
        import readline  # noqa: F401  (input() then edits lines)

        print(_HELP, file=sys.stderr)
    for line in _lines(watched):
        text = line.strip()
        if text in ("/quit", "/exit"):
            return
        if text == "/reset":
            talk.reset()
        elif text.split(maxsplit=1)[:1] == ["/save"]:
            _save(talk, text)
        elif text.startswith("/"):
            print(_HELP, file=sys.stderr)
        elif text:
            try:
                _stoppable_answer(talk, text, verbose, stoppable)
            except _Stopped:
                print()
            except TrainError as error:  # a question that is too long ends nothing
                print(error, file=sys.stderr)


def _lines(watched: bool) -> Iterator[str]:
    """Lines of standard input; a terminal is asked for them."""
    while True:
        try:
            line = input("> ") if watched else sys.stdin.readline()
        except EOFError:
            print()
            return
        except UnicodeDecodeError:
            raise TrainError(
                Finding("O905", "standard input", "", "bytes that are no UTF-8", "text")
            ) from None
        if not watched and not line:
            return
        yield line


def _stoppable_answer(
    talk: Conversation, text: str, verbose: bool, stoppable: Callable[[bool], None]
) -> None:
    """Print an answer that Ctrl-C stops."""
    try:
        stoppable(True)
        _answer(talk, text, verbose)
    finally:
        stoppable(False)


def _answer(talk: Conversation, text: str, verbose: bool) -> None:
    """Print an answer as it is written.

    Raises
    ------
    TrainError
        O905: a question that is empty, no text, or longer than the context
    """
    if not text.strip():
        raise TrainError(Finding("O905", "", "", "an empty question", "text"))
    if text.encode(errors="replace").decode() != text:  # halves of characters, as other bytes are read
        raise TrainError(Finding("O905", "", "", "bytes that are no UTF-8", "text"))
    forgotten = False
    for piece in talk.ask(text):
        if talk.dropped and not forgotten:
            forgotten = True
            print(f"({talk.dropped} oldest turns no longer fit and were forgotten)", file=sys.stderr)
        print(piece.translate(_UNSHOWN), end="", flush=True)
    print(flush=True)
    if verbose and talk.time_s > 0:
        rate = talk.tokens / talk.time_s
        print(f"({talk.tokens} tokens in {talk.time_s:.2f} s: {rate:.3g} token/s)", file=sys.stderr)


def _save(talk: Conversation, text: str) -> None:
    """Keep the conversation as JSON, whole or not at all; a fault ends nothing."""
    from orchard.files import write_text

    words = text.split(maxsplit=1)
    if len(words) < 2:
        print("/save FILE", file=sys.stderr)
        return
    said = [{"role": one.role, "content": one.text} for one in talk.turns]
    try:
        write_text(json_of.dumps(said, indent=1, ensure_ascii=False) + "\n", Path(words[1]))
    except OrchardError as error:
        print(error, file=sys.stderr)
        return
    print(f"wrote {words[1]}", file=sys.stderr)


@contextmanager
def _stoppable() -> Iterator[Callable[[bool], None]]:
    """While an answer is written, Ctrl-C stops it; while a line is awaited, it is only answered."""
    answering = False

    def hear(number: int, frame: FrameType | None) -> None:
        nonlocal answering
        if answering:
            answering = False  # a second Ctrl-C must not stop what tidies up after the first
            raise _Stopped
        print("\nCtrl-D or /quit ends", file=sys.stderr)

    def stoppable(now: bool) -> None:
        nonlocal answering
        answering = now

    try:
        before = signal.signal(signal.SIGINT, hear)
    except ValueError:  # not in the main thread
        yield stoppable
        return
    try:
        yield stoppable
    finally:
        signal.signal(signal.SIGINT, before)
