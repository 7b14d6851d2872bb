"""llama.cpp, asked over 127.0.0.1: a process of its own that ends with the one that started it."""

from __future__ import annotations

import json
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from orchard.errors import Finding, TrainError

START_S, ANSWER_S, END_S = 120.0, 300.0, 10.0
_SERVER = Path(__file__).with_name("server.py")
_FORCE = 1e6  # added to a logit
_SHOWN = 300  # characters of what llama.cpp said


class LlamaCpp:
    """A GGUF file, served for the length of a ``with`` block.

    Parameters
    ----------
    path
        the file
    context
        longest sequence, in tokens; 0 for what the file says

    Attributes
    ----------
    context
        longest sequence that is served

    Raises
    ------
    TrainError
        O904: llama.cpp is not installed, refuses the file, or ends on it
    """

    def __init__(self, path: Path, context: int) -> None:
        self.path, self.context = path, context
        self._open = build_opener(ProxyHandler({})).open  # never by a proxy: it is on this machine

    def __enter__(self) -> LlamaCpp:
        if find_spec("xllamacpp") is None:
            hint = "pip install 'orchard[train]'"
            raise refused(self.path, "the package xllamacpp is not installed", hint)
        self._said = tempfile.TemporaryFile()
        command = [sys.executable, "-P", str(_SERVER), str(self.path), str(self.context)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said,
            start_new_session=True,  # Ctrl-C of the terminal is for who asks, not for llama.cpp
        )  # fmt: skip
        try:
            self._meet()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def tokens(self, text: str, *, special: bool = False, begin: bool = False) -> list[int]:
        """Ids of a text; `special` reads names of special tokens as these, `begin` adds the first one."""
        said = {"content": text, "parse_special": special, "add_special": begin}
        return [int(one) for one in self._post("/tokenize", said)["tokens"]]

    def text(self, tokens: Sequence[int]) -> str:
        """The text of ids."""
        return str(self._post("/detokenize", {"tokens": list(tokens)})["content"])

    def rendered(self, turns: Sequence[tuple[str, str]]) -> str:
        """A conversation by the chat template of the file, ready for an answer."""
        messages = [{"role": role, "content": text} for role, text in turns]
        return str(self._post("/apply-template", {"messages": messages})["prompt"])

    def next_tokens(self, tokens: Sequence[int], most: int) -> dict[int, float]:
        """Log-probabilities of the `most` likeliest tokens after some others, in nats.

        The token that llama.cpp then takes is forced to be a plain letter: it says no probabilities where
        it takes a part of a character. What it says are those before that force.
        """
        said = {
            "prompt": list(tokens), "n_predict": 1, "n_probs": most, "temperature": 0.0,
            "cache_prompt": True, "post_sampling_probs": False, "logit_bias": [[self._letter, _FORCE]],
        }  # fmt: skip
        found = self._post("/completion", said)["completion_probabilities"][0]["top_logprobs"]
        return {int(one["id"]): float(one["logprob"]) for one in found}

    def stream(
        self, tokens: Sequence[int], most: int, temperature: float, top_p: float, seed: int
    ) -> Iterator[str]:
        """Pieces of a continuation of at most `most` tokens as they are drawn."""
        said = {
            "prompt": list(tokens), "n_predict": most, "temperature": temperature, "top_p": top_p,
            "top_k": 0, "min_p": 0.0, "seed": seed, "stream": True,
        }  # fmt: skip
        with self._asked("/completion", said) as answer:
            for line in answer:
                if line.startswith(b"data: {"):
                    piece = str(json.loads(line[6:]).get("content") or "")
                    if piece:
                        yield piece

    def _post(self, path: str, said: dict[str, Any]) -> dict[str, Any]:
        with self._asked(path, said) as answer:
            return dict(json.loads(answer.read()))

    @contextmanager
    def _asked(self, path: str, said: dict[str, Any] | None) -> Iterator[Any]:
        """The answer to a request; faults of it are said in words."""
        data = None if said is None else json.dumps(said).encode()
        request = Request(self._address + path, data, {"Content-Type": "application/json"})
        try:
            with self._open(request, timeout=ANSWER_S) as answer:
                yield answer
        except (OSError, HTTPException, ValueError) as error:
            raise refused(self.path, f"llama.cpp answers {path} with: {error} {self._last_words()}") from None

    def _meet(self) -> None:
        """Learn where the file is served, and what the file says of itself."""
        found = self._first_line()
        if "address" not in found:
            raise refused(self.path, f"llama.cpp refuses it: {found.get('fault') or self._last_words()}")
        self._address = str(found["address"])
        if urlsplit(self._address).hostname != "127.0.0.1":
            raise refused(self.path, f"llama.cpp listens on {self._address}")
        with self._asked("/props", None) as answer:
            self.context = int(json.loads(answer.read())["default_generation_settings"]["n_ctx"])
        self._letter = self.tokens("a")[-1]

    def _first_line(self) -> dict[str, Any]:
        """What the process says once it has read the file; nothing where it ended before."""
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as ready:
            ready.register(self._process.stdout, selectors.EVENT_READ)
            if not ready.select(START_S):
                return {"fault": f"no answer within {START_S:g} s"}
        line = self._process.stdout.readline()
        return dict(json.loads(line)) if line else {}

    def _last_words(self) -> str:
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").splitlines()
        faults = [line for line in lines if " E " in line or "rror" in line or "ASSERT" in line]
        return " ".join(" ".join(faults or lines[-3:]).split())[-_SHOWN:]

    def _end(self) -> None:
        """End the process, which ends by itself when its input is closed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._said.close()


def refused(path: Path, found: str, hint: str = "") -> TrainError:
    """The error of a file that llama.cpp cannot use: O904."""
    text = " ".join(found.split())
    return TrainError(Finding("O904", str(path), "", text, "a GGUF file that llama.cpp opens", hint))
