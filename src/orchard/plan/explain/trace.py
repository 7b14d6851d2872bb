"""Watching a quantity being computed: which steps are taken, what each gives, what each reads.

Nothing is written down by hand: every public function of the plan, and of the closed forms below it, that
runs while the quantity is read becomes a step, with the first line of its docstring, the expression that it
returned, and its value; every amount that it asks the draws for becomes one of its inputs.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import CodeType, FrameType
from typing import Any, Literal, TypeVar

import numpy as np

from orchard.plan.draws import Draws
from orchard.plan.explain.formula import expression
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


@dataclass(eq=False)
class Step:
    """A function that ran: what it is about, what it returned, what it used.

    `name` is its module and name, `of` the ids and periods it was asked for; `inputs` are paths of
    amounts, ``chance:`` with the name of an event, ``fact:`` with the id of a fact that was looked up.
    `others` are steps that it rests on by what they had kept, beside those below it.
    """

    name: str
    of: str
    about: str
    place: str
    formula: str = ""
    value: Any = None
    steps: list[Step] = field(default_factory=list)
    inputs: dict[str, None] = field(default_factory=dict)
    others: list[Step] = field(default_factory=list)


class Watching:
    """Something that tells a recorder when a property that it keeps is read again."""

    _recorder: Recorder

    def __getattribute__(self, name: str) -> Any:
        """Any attribute; a kept property is told of, and what keeps properties itself is watched too."""
        recorder: Recorder = object.__getattribute__(self, "_recorder")
        kind: type = type(self)
        code = kept(kind).get(name)
        if code is not None and name in object.__getattribute__(self, "__dict__"):
            recorder.again((code, "", _identity(self)))
        return recorder.watched(object.__getattribute__(self, name))


class Watched(Watching, Outlook):
    """An outlook that is watched."""

    def __init__(self, scene: Scene, recorder: Recorder) -> None:
        object.__setattr__(self, "_recorder", recorder)
        super().__init__(scene)


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

    def watched(self, value: Any) -> Any:
        """A value; an object of a plan that keeps properties is watched from now on."""
        kind: type = type(value)
        ours = kind.__module__.startswith(_FOLDERS[0]) and not isinstance(value, Watching)
        if ours and kept(kind):
            object.__setattr__(value, "_recorder", self)
            object.__setattr__(value, "__class__", _watching(kind))
        return value

    def _heard(self, frame: FrameType, event: str, given: Any) -> None:
        if event == "call" and self._muted is None:
            kind = "step" if frame.f_code in _KEPT else _kind(frame.f_code)
            if kind == "step":
                self._enter(frame)
            elif kind == "keep":
                self._keep(frame)
            elif kind:
                self._read(kind, frame.f_locals)
        elif event == "return":
            if frame is self._muted:
                self._muted = None
            elif frame is self._stack[-1][0]:
                self._leave(frame, given)

    def _enter(self, frame: FrameType) -> None:
        code, (words, whole, identity) = frame.f_code, _asked(frame)
        key = (code, words, identity) if whole else None
        if key in self._known:
            self._muted = frame
            _add(self._stack[-1][1], self._known[key])
            return
        module = frame.f_globals["__name__"].removeprefix("orchard.")
        place = f"{module.replace('.', '/')}.py:{code.co_firstlineno}"
        about = _about(code) or code.co_name.strip("_").replace("_", " ")
        step = Step(f"{module.split('.', 1)[-1]}.{code.co_name}", words, about, place)
        if key is not None and code in _KEPT and not identity:
            self.owners[code] = step
        self._stack.append((frame, step, key))

    def _keep(self, frame: FrameType) -> None:
        """What an outlook keeps by a name: a step of its own that is not told, or one taken before."""
        name, now = (frame.f_locals["what"], frame.f_locals["of"]), self._stack[-1][1]
        if name in self._known:
            _add(now, self._known[name])
            now.others.append(self.owners[name])
        else:
            self.owners[name] = now
            self._stack.append((frame, Step("", "", "", ""), name))

    def _leave(self, frame: FrameType, value: Any) -> None:
        _, step, key = self._stack.pop()
        if step.name:
            step.value, step.formula = value, expression(frame.f_code, frame.f_lineno)
            alone = len(step.steps) == 1 and not (step.inputs or step.others)
            if alone and step.steps[0].value is value:
                step = step.steps[0]  # it hands on what the one below it found
        if key is not None:
            self._known[key] = step
        _add(self._stack[-1][1], step)

    def _read(self, kind: Kind, names: dict[str, Any]) -> None:
        said = {"read": "path", "chance": "name", "fact": "fact_id"}[kind]
        prefix = "" if kind == "read" else f"{kind}:"
        self._stack[-1][1].inputs.setdefault(prefix + names[said])


_KEPT: set[CodeType] = set()  # of properties that are kept


@cache
def kept(kind: type) -> dict[str, CodeType]:
    """The properties that objects of a class keep: the code of each by its name."""
    found = {
        name: member.func.__code__
        for base in kind.__mro__
        for name, member in vars(base).items()
        if isinstance(member, cached_property)
    }
    _KEPT.update(found.values())
    return found


@cache
def _watching(kind: type) -> type:
    return type(kind.__name__, (Watching, kind), {})


def _identity(value: Any) -> tuple[int, ...]:
    """What tells an object from others of its class; there is one outlook."""
    return () if isinstance(value, Outlook) else (id(value),)


def reads(step: Step) -> frozenset[str]:
    """Every input of a step and of those below it."""
    found, seen, waiting = set[str](), {id(step)}, [step]
    while waiting:
        one = waiting.pop()
        found.update(one.inputs)
        for below in (*one.steps, *one.others):
            if id(below) not in seen:
                seen.add(id(below))
                waiting.append(below)
    return frozenset(found)


def numeric(value: Any) -> bool:
    """Whether a step gave numbers: arrays, or some among other things by name."""
    if isinstance(value, np.ndarray):
        return bool(value.dtype.kind == "f")
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return any(map(numeric, parts))


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
    parent.others.extend(step.others)


@cache
def _kind(code: CodeType) -> Kind:
    if code in _READS:
        return _READS[code]
    place = code.co_filename.replace("\\", "/").partition("/orchard/")[2]
    module = "orchard." + place.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    if not module.startswith(_FOLDERS) or module.startswith(_PLUMBING):
        return ""
    hidden = code.co_name.startswith(("_", "<")) or "<locals>" in code.co_qualname
    return "" if hidden or not _about(code) else "step"


def _about(code: CodeType) -> str:
    """First line of the docstring of a function."""
    text = code.co_consts[0] if code.co_consts else None
    return inspect.cleandoc(text).split("\n", 1)[0] if isinstance(text, str) else ""


def _asked(frame: FrameType) -> tuple[str, bool, tuple[int, ...]]:
    """Ids and periods among the arguments; whether there is nothing else to know; whose method it is."""
    code, words, whole, identity = frame.f_code, [], True, tuple[int, ...]()
    for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]:
        value = frame.f_locals.get(name)
        if isinstance(value, str):
            words.append(value)
        elif isinstance(value, Watching):
            identity += _identity(value)
        elif not isinstance(value, Scene | Outlook):
            whole = False
    return ", ".join(words), whole, identity
