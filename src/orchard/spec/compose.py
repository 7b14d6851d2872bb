"""From YAML text to nodes with lines, without recursion and with every dimension bounded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import yaml

from orchard.errors import Finding, SpecError

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

# part of the parser's message -> what to try
_HINTS = {
    "\\t": "indent with spaces; YAML refuses tabs",
    "'\t'": "indent with spaces; YAML refuses tabs",
    "mapping values are not allowed": "put the text in quotes, or indent this line as the line above",
    "could not find expected ':'": "write `key: value`, with a space after the colon",
    "did not find expected key": "indent this line as its neighbours, or close a quote or bracket above",
    "did not find expected '-'": "indent this line as its neighbours in the list",
    "expected ',' or": "close the bracket opened above, or put a comma between entries",
    "unexpected end of stream": "close the quote opened above",
    "cannot start any token": "put the text in quotes",
    "unknown escape": "use single quotes, in which a backslash is a backslash",
    "undefined tag": "drop the tag",
    "block sequence entries are not allowed": "start the list on a new line",
    "incompatible YAML": "drop the %YAML line",
}


@dataclass(slots=True)
class Node:
    """A scalar, a list or a mapping of YAML; the children of a mapping are key, value, key, value."""

    kind: str
    line: int
    tag: str | None = None
    text: str = ""
    plain: bool = False
    children: list[Node] = field(default_factory=list)
    open: bool = True

    def pairs(self) -> Iterator[tuple[Node, Node]]:
        """Keys and values of a mapping."""
        return zip(self.children[::2], self.children[1::2], strict=True)


def refuse(code: str, place: str, found: str, wanted: str, hint: str = "") -> SpecError:
    """Make the error for one finding about a file."""
    return SpecError(Finding(code, place, "", found, wanted, hint))


def compose(text: str, name: str, most_depth: int, most_values: int) -> Node | None:
    """Nodes of the only document in `text`; None when it holds nothing.

    Raises
    ------
    SpecError
        O105 for a syntax error; O110 for more than one document, nesting deeper than `most_depth`,
        more than `most_values` values, or an alias that is unknown or contains itself
    """
    composer = _Composer(name, most_depth, most_values)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            composer.take(event)
    except yaml.MarkedYAMLError as error:
        raise _syntax(error, text, name) from None
    except yaml.YAMLError as error:
        raise refuse("O105", name, str(error).splitlines()[0][:200], "valid YAML") from None
    return composer.root


class _Composer:
    def __init__(self, name: str, most_depth: int, most_values: int) -> None:
        self.name = name
        self.most_depth = most_depth
        self.most_values = most_values
        self.root: Node | None = None
        self.stack: list[Node] = []
        self.anchors: dict[str, Node] = {}
        self.values = 0
        self.documents = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self._refuse(line, "a second document after `---`", "one programme a file")
        elif isinstance(event, yaml.CollectionEndEvent):
            self.stack.pop().open = False
        elif isinstance(event, yaml.AliasEvent):
            self._attach(self._alias(event.anchor, line))
        elif isinstance(event, yaml.ScalarEvent):
            plain = event.style is None or event.style == ""
            self._add(Node("scalar", line, event.tag, event.value, plain, open=False), event.anchor)
        elif isinstance(event, yaml.CollectionStartEvent):
            kind = "mapping" if isinstance(event, yaml.MappingStartEvent) else "list"
            node = Node(kind, line, event.tag)
            self._add(node, event.anchor)
            self.stack.append(node)
            if len(self.stack) > self.most_depth:
                raise self._refuse(line, f"more than {self.most_depth} levels", "less nesting")

    def _alias(self, name: str | None, line: int) -> Node:
        anchor = name or ""
        node = self.anchors.get(anchor)
        if node is None:
            raise self._refuse(line, f"the alias *{anchor[:60]}", f"an anchor &{anchor[:60]} above it")
        if node.open:
            raise self._refuse(line, f"the alias *{anchor[:60]} inside what it names", "an alias after it")
        return node

    def _add(self, node: Node, anchor: str | None) -> None:
        self.values += 1
        if self.values > self.most_values:
            raise self._refuse(node.line, f"more than {self.most_values} values", "a smaller file")
        if anchor:
            self.anchors[anchor] = node
        self._attach(node)

    def _attach(self, node: Node) -> None:
        if self.stack:
            self.stack[-1].children.append(node)
        else:
            self.root = node

    def _refuse(self, line: int, found: str, wanted: str) -> SpecError:
        return refuse("O110", f"{self.name}:{line}", found, wanted)


def _syntax(error: yaml.MarkedYAMLError, text: str, name: str) -> SpecError:
    problem = error.problem or error.context or "a syntax error"
    mark = error.problem_mark or error.context_mark
    rows = text.splitlines()
    ended = mark is not None and mark.line >= len(rows)
    line = max(1, min(mark.line + 1, len(rows))) if mark else 1
    shown = "" if ended or not rows else rows[line - 1].strip()
    found = f"{problem}, in {shown[:60]!r}" if shown else f"{problem}, at the end of the file"
    hint = next((hint for part, hint in _HINTS.items() if part in problem), "")
    if error.context_mark and error.context_mark.line + 1 < line:
        found = f"{found} ({error.context} from line {error.context_mark.line + 1})"
    return refuse("O105", f"{name}:{line}", found, "valid YAML", hint)
