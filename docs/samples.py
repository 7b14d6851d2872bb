"""Samples in Markdown: the real output of a command, or a part of a file, between two markers.

    <!-- run: orchard ask FILE QUANTITY -->             what the command prints
    <!-- run claims=a,b: orchard plan FILE -->          of a plan, the head and these claims only
    <!-- run lines=12: orchard validate training -->    the first lines of what it prints
    <!-- part sites,models.lodestar: FILE -->           entries of a YAML file, as written

Each ends with ``<!-- end -->``. A sample is stale when its words differ from a new run, or a number
by more than rounding can explain: another processor may round a borderline future the other way.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path

WIDTH = 108  # columns of a sample
_BLOCK = re.compile(r"<!-- (run|part)([^:]*): (.+?) -->\n(.*?)<!-- end -->", re.DOTALL)
_BARS = re.compile(r"[▁▂▃▄▅▆▇█━─]+")
_PERCENT_POINTS, _RELATIVE, _DAYS = 3.0, 0.06, 14


def renew(path: Path, root: Path) -> None:
    """Write every sample of a file anew."""
    text = path.read_text("utf-8")
    fresh = _BLOCK.sub(lambda match: _head(match) + _sample(*match.groups()[:3], root) + "<!-- end -->", text)
    if fresh != text:
        path.write_text(fresh, encoding="utf-8")


def stale(path: Path, root: Path) -> Iterator[str]:
    """Commands whose sample in a file is stale."""
    for match in _BLOCK.finditer(path.read_text("utf-8")):
        if not alike(match[4], _sample(*match.groups()[:3], root)):
            yield match[3]


def commands(path: Path) -> list[str]:
    """Commands and files whose samples a page shows."""
    return [match[3] for match in _BLOCK.finditer(path.read_text("utf-8"))]


def alike(old: str, new: str) -> bool:
    """Whether two samples say the same but for rounding.

    >>> alike("fleet.gpus  1.18 M chips", "fleet.gpus  1.19 M chips")
    True
    >>> alike("fleet.gpus  1.18 M chips", "fleet.gpus  1.18 G chips")
    False
    """
    words = [_BARS.sub("", text).split() for text in (old, new)]
    return len(words[0]) == len(words[1]) and all(map(_near, *words))


def run(command: str, root: Path) -> str:
    """What a command of a sample prints, without the spaces at the ends of lines."""
    words = shlex.split(command)
    if words[0] != "orchard":
        raise ValueError(f"a sample runs orchard, not {words[0]}")
    code = "from orchard.cli import main; main()"
    here = os.environ | {
        "ORCHARD_HOME": os.devnull,
        "COLUMNS": str(WIDTH),
        "PYTHONIOENCODING": "utf-8",
        "NO_COLOR": "1",
        "TERM": "dumb",
    }
    done = subprocess.run(
        [sys.executable, "-c", code, *words[1:]], cwd=root, env=here, check=False, encoding="utf-8",
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if "Traceback" in done.stdout:
        raise RuntimeError(f"{command}\n{done.stdout}")
    return "\n".join(line.rstrip() for line in done.stdout.splitlines()).strip("\n")


def _head(match: re.Match[str]) -> str:
    return f"<!-- {match[1]}{match[2]}: {match[3]} -->\n"


@cache
def _sample(what: str, options: str, argument: str, root: Path) -> str:
    options = options.strip()
    if what == "part":
        text = (root / argument).read_text("utf-8")
        return f"```yaml\n{parts(text, options.split(','))}\n```\n"
    text = run(argument, root)
    if options.startswith("claims="):
        text = _chosen(text, options.removeprefix("claims=").split(","), root / shlex.split(argument)[2])
    if options.startswith("lines="):
        text = "\n".join([*text.splitlines()[: int(options.removeprefix("lines="))], "..."])
    return f"```console\n$ {argument}\n{text}\n```\n"


def parts(text: str, paths: list[str]) -> str:
    """Several entries; a head line that they share stands once."""
    lines: list[str] = []
    for path in paths:
        lines += [line for n, line in enumerate(part(text, path).splitlines())
                  if n >= path.count(".") or line not in lines]  # fmt: skip
    return "\n".join(lines)


def part(text: str, path: str) -> str:
    """The lines of an entry of a YAML file, given as ``models.lodestar``, with its head lines.

    >>> print(part("a: 1\\nb:\\n  c: 2\\n  d: 3\\ne: 4\\n", "b.d"))
    b:
      d: 3
    """
    lines, heads = text.splitlines(), []
    for depth, name in enumerate(path.split(".")):
        head = "  " * depth + name + ":"
        first = next(n for n, line in enumerate(lines) if line.startswith(head))
        inner = [
            n for n, line in enumerate(lines[first + 1 :]) if line and not line.startswith("  " * (depth + 1))
        ]
        heads.append(lines[first])
        lines = lines[first + 1 : first + 1 + inner[0]] if inner else lines[first + 1 :]
    return "\n".join([*heads, *lines]).rstrip()


def _chosen(text: str, wanted: list[str], file: Path) -> str:
    """The head of a printed plan and some of its claims."""
    from orchard.spec.load import load

    names = list(load(file).claims)
    lines = text.split("\n\n")[1].splitlines()
    starts = [n for n, line in enumerate(lines) if n and not line.startswith(" ")]
    blocks = [lines[a:b] for a, b in zip(starts, [*starts[1:], None], strict=True)]
    chosen = [line for name in wanted for line in blocks[names.index(name)]]
    return "\n".join([text.split("\n\n")[0], "", lines[0], *chosen, "..."])


def _near(old: str, new: str) -> bool:
    if old == new:
        return True
    try:
        return abs((date.fromisoformat(old.strip(",;")) - date.fromisoformat(new.strip(",;"))).days) <= _DAYS
    except ValueError:
        pass
    try:
        a, b = (float(word.strip(",;:%()").replace("−", "-").replace(",", "")) for word in (old, new))
    except ValueError:
        return False
    return abs(a - b) <= max(
        _RELATIVE * abs(a), _PERCENT_POINTS if a >= 1 and b >= 1 and max(a, b) <= 100 else 0.0
    )
