"""Watching a quantity being computed: which steps are taken, what each gives, what each reads.

Nothing is written down by hand: every public function of the plan, and of the closed forms below it, that
runs while the quantity is read becomes a step, with the first line of its docstring, the expression that it
returned, and its value; every amount that it asks the draws for becomes one of its inputs.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Literal, TypeVar

import numpy as np

from orchard.plan.draws import Draws
from orchard.plan.outlook import Outlook
from orchard.plan.scene import Scene
from orchard.plan.values import Values

T = TypeVar("T")

Kind = Literal["step", "keep", "read", "chance", "fact", ""]

_FOLDERS = ("orchard.plan.", "orchard.estimate.", "orchard.lab.", "orchard.arch.")
# What carries numbers and computes none: the calendar, the draws, what is asked, and the search for layouts.
_PLUMBING = tuple(
    f"orchard.{name}" for name in (
        "plan.altered", "plan.calendar", "plan.definitions", "plan.draws", "plan.engine", "plan.explain",
        "plan.expression", "plan.quantities", "plan.scene", "plan.values", "plan.sizes", "plan.steps",
        "plan.given", "estimate.spread", "estimate.training", "estimate.video",
    )
)  # fmt: skip
_READS: dict[CodeType, Kind] = {
    Draws.__call__.__code__: "read",
    Draws.chance.__code__: "chance",
    Values.fact.__code__: "fact",
    Outlook._keep.__code__: "keep",
}
_LONGEST = 160  # letters of an expression that is still read


@dataclass(eq=False)
class Step:
    """A function that ran: what it is about, what it returned, what it used.

    `name` is its module and name, `of` the ids and periods it was asked for; `inputs` are paths of
    amounts, ``chance:`` with the name of an event, ``fact:`` with the id of a fact that was looked up.
    """

    name: str
    of: str
    about: str
    place: str
    formula: str = ""
    value: Any = None
    steps: list[Step] = field(default_factory=list)
    inputs: dict[str, None] = field(default_factory=dict)


class Watched(Outlook):
    """An outlook that tells a recorder when a property that it keeps is read again."""

    def __init__(self, scene: Scene, recorder: Recorder) -> None:
        super().__init__(scene)
        self._recorder = recorder

    def __getattribute__(self, name: str) -> Any:
        """Any attribute; a kept property is told of."""
        kept = _PROPERTIES.get(name)
        if kept is not None and name in object.__getattribute__(self, "__dict__"):
            object.__getattribute__(self, "_recorder").again((kept, ""))
        return object.__getattribute__(self, name)


_PROPERTIES: dict[str, CodeType] = {
    name: found.func.__code__ for name, found in vars(Outlook).items() if isinstance(found, cached_property)
}


class Recorder:
    """What was computed, as a tree; the same step is one object wherever it is used."""

    def __init__(self) -> None:
        self.root = Step("", "", "", "")
        self.owners: dict[Any, Step] = {}  # of what an outlook keeps: the step in which it is computed
        self._known: dict[Any, Step] = {}
        self._stack: list[tuple[FrameType | None, Step, Any]] = [(None, self.root, None)]
        self._muted: FrameType | None = None

    def watch(self, work: Callable[[], T]) -> T:
        """Do some work and record it."""
        before = sys.getprofile()
        sys.setprofile(self._heard)
        try:
            return work()
        finally:
            sys.setprofile(before)

    def again(self, key: Any) -> None:
        """A step that was taken before is used once more."""
        known = self._known.get(key)
        if known is not None and self._muted is None:
            _add(self._stack[-1][1], known)

    def _heard(self, frame: FrameType, event: str, given: Any) -> None:
        if event == "call" and self._muted is None:
            kind = _kind(frame.f_code)
            if kind == "step":
                self._enter(frame)
            elif kind == "keep":
                key = (frame.f_locals["what"], frame.f_locals["of"])
                self.owners.setdefault(key, self._stack[-1][1])
            elif kind:
                self._read(kind, frame.f_locals)
        elif event == "return":
            if frame is self._muted:
                self._muted = None
            elif frame is self._stack[-1][0]:
                self._leave(frame, given)

    def _enter(self, frame: FrameType) -> None:
        code, (words, whole) = frame.f_code, _asked(frame)
        key = (code, words) if whole else None
        if key in self._known:
            self._muted = frame
            _add(self._stack[-1][1], self._known[key])
            return
        module = frame.f_globals["__name__"].removeprefix("orchard.")
        place = f"{module.replace('.', '/')}.py:{code.co_firstlineno}"
        step = Step(f"{module.split('.', 1)[-1]}.{code.co_name}", words, _about(code), place)
        if code in _PROPERTIES.values():
            self.owners[code] = step
        self._stack.append((frame, step, key))

    def _leave(self, frame: FrameType, value: Any) -> None:
        _, step, key = self._stack.pop()
        step.value, step.formula = value, _expression(frame.f_code, frame.f_lineno)
        if len(step.steps) == 1 and not step.inputs and step.steps[0].value is value:
            step = step.steps[0]  # it hands on what the one below it found
        if key is not None:
            self._known[key] = step
        _add(self._stack[-1][1], step)

    def _read(self, kind: Kind, names: dict[str, Any]) -> None:
        said = {"read": "path", "chance": "name", "fact": "fact_id"}[kind]
        prefix = "" if kind == "read" else f"{kind}:"
        self._stack[-1][1].inputs.setdefault(prefix + names[said])


def reads(step: Step) -> frozenset[str]:
    """Every input of a step and of those below it."""
    found, seen, waiting = set[str](), {id(step)}, [step]
    while waiting:
        one = waiting.pop()
        found.update(one.inputs)
        for below in one.steps:
            if id(below) not in seen:
                seen.add(id(below))
                waiting.append(below)
    return frozenset(found)


def fork(base: Outlook, recorder: Recorder, draws: Draws, moved: frozenset[str]) -> Outlook:
    """An outlook on other draws that takes over what `base` kept, where no input in `moved` is read.

    What is kept within a step is taken to read all that the step reads.
    """
    fresh = Outlook(Scene(base.scene.setup, draws, base.scene.changes))
    still = {key for key, step in recorder.owners.items() if not reads(step) & moved}
    fresh._kept.update({key: value for key, value in base._kept.items() if key in still})
    for name, code in _PROPERTIES.items():
        if code in still and name in vars(base):
            vars(fresh)[name] = vars(base)[name]
    return fresh


def numeric(value: Any) -> bool:
    """Whether a step gave numbers: arrays, or several of them by name."""
    if isinstance(value, np.ndarray):
        return bool(value.dtype.kind == "f")
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    found = [numeric(part) for part in parts]
    return bool(found) and any(found)


def _add(parent: Step, step: Step) -> None:
    """Hang a step below another; one without numbers gives its steps and inputs to it."""
    if step is parent:
        return
    if numeric(step.value):
        if step not in parent.steps:
            parent.steps.append(step)
        return
    for below in step.steps:
        _add(parent, below)
    parent.inputs |= step.inputs


@cache
def _kind(code: CodeType) -> Kind:
    if code in _READS:
        return _READS[code]
    place = code.co_filename.replace("\\", "/").partition("/orchard/")[2]
    module = "orchard." + place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    if not module.startswith(_FOLDERS) or module.startswith(_PLUMBING):
        return ""
    if code in _PROPERTIES.values():
        return "step"
    hidden = code.co_name.startswith(("_", "<")) or "<locals>" in code.co_qualname
    return "" if hidden or not _about(code) else "step"


def _about(code: CodeType) -> str:
    """First line of the docstring of a function."""
    text = code.co_consts[0] if code.co_consts else None
    return inspect.cleandoc(text).split("\n", 1)[0] if isinstance(text, str) else ""


def _asked(frame: FrameType) -> tuple[str, bool]:
    """Ids and periods among the arguments, and whether they and the scene are all there is."""
    code, words, whole = frame.f_code, [], True
    for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
        value = frame.f_locals.get(name)
        if isinstance(value, str):
            words.append(value)
        elif not isinstance(value, Scene | Outlook):
            whole = False
    return ", ".join(words), whole


@cache
def _returns(code: CodeType) -> tuple[tuple[int, int, str], ...]:
    """First and last line of every return of a function, and the expression that it returns."""
    try:
        source = Path(code.co_filename).read_text(encoding="utf-8")
    except OSError:
        return ()
    for node in ast.walk(_parsed(source)):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name and _begins(node, code):
            return tuple(
                (found.lineno, found.end_lineno or found.lineno, ast.unparse(found.value))
                for found in ast.walk(node)
                if isinstance(found, ast.Return) and found.value is not None
            )
    return ()


@lru_cache(maxsize=64)
def _parsed(source: str) -> ast.Module:
    return ast.parse(source)


def _begins(node: ast.FunctionDef, code: CodeType) -> bool:
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    return first == code.co_firstlineno


def _expression(code: CodeType, line: int) -> str:
    """The expression returned at a line, where it says more than a name or a call of what keeps it."""
    for first, last, text in _returns(code):
        if first <= line <= last:
            plain = text.isidentifier() or "_keep(" in text or len(text) > _LONGEST
            return "" if plain else text
    return ""
