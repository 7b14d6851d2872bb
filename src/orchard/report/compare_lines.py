"""Two programmes side by side in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from orchard.report.compare import alone, claim, moved_quantities, quantity, shares, verdict
from orchard.report.lines import cut, put, signs_of
from orchard.report.signs import DIM, Signs

_NAME = 56
_SHOWN = 16
_FEW = 6
_STYLES = {"good": "green", "bad": "red", "": ""}

Answer = Mapping[str, Any]


def print_comparison(answer: Answer, console: Console) -> None:
    """Print what differs, claims and quantities that move, and which difference does it."""
    signs = signs_of(console)
    lines = [Text(verdict(answer), "bold"), Text(f"{answer['samples']:,} paired futures", DIM), Text()]
    lines += [*_differences(answer, signs), *_claims(answer, signs), *_quantities(answer, signs)]
    put([*lines, *_attribution(answer, signs)], console)


def _differences(answer: Answer, signs: Signs) -> Iterator[Text]:
    for row in answer["differences"][:_SHOWN]:
        place = Text(cut(row["path"], _NAME, signs).ljust(_NAME + 2))
        yield place.append(f"{row['from'] or 'not given'} → {row['to'] or 'not given'}")
    yield from _left(len(answer["differences"]), signs)


def _claims(answer: Answer, signs: Signs) -> Iterator[Text]:
    rows = [claim(row) for row in answer["claims"] if row["difference"] != 0]
    if not rows:
        return
    yield Text.assemble(
        ("claims that move".ljust(_NAME + 2), "bold"), ("from     to   points, 95 % interval", DIM)
    )
    for row in rows:
        line = Text(cut(row["text"], _NAME, signs).ljust(_NAME))
        line.append(row["from"].rjust(8) + row["to"].rjust(8) + "  ")
        line.append(row["difference"], _STYLES[row["tone"]])
        yield line.append(f" ({row['interval']})" if row["interval"] else "", DIM)
    yield Text()


def _quantities(answer: Answer, signs: Signs) -> Iterator[Text]:
    moved = moved_quantities(answer)
    rows = [quantity(row) for row in moved[:_SHOWN]]
    if not rows:
        return
    widths = [max(len(row[key]) for row in rows) for key in ("quantity", "from", "to")]
    yield Text.assemble(("what moves, medians".ljust(widths[0] + 2), "bold"),
                        ("difference in one future, 80 % interval", DIM))  # fmt: skip
    for row in rows:
        line = Text(row["quantity"].ljust(widths[0]) + "  " + row["from"].rjust(widths[1]) + " → ")
        line.append(row["to"].ljust(widths[2]) + "  ").append(row["difference"], "bold")
        yield line.append(f" ({row['interval']})" if row["interval"] else "", DIM)
    yield from _left(len(moved), signs)


def _attribution(answer: Answer, signs: Signs) -> Iterator[Text]:
    found, single = list(shares(answer)), alone(answer)
    if not (found or single):
        return
    yield Text("which difference does it", "bold")
    for change, names in single:
        more = f" and {len(names) - _FEW} more" if len(names) > _FEW else ""
        yield Text.assemble(f"{change} by itself moves ", (", ".join(names[:_FEW]) + more, DIM))
    for row in found[:_SHOWN]:
        yield Text(f"{row['title']} ({row['name']})")
        for cell in row["cells"]:
            said = [f"alone {cell['alone'] or 'nothing'}", f"in order {cell['in_order'] or 'nothing'}"]
            said += [f"fair part {cell['shared']}"] if cell["shared"] else []
            yield Text("  " + cut(cell["change"], _NAME, signs).ljust(_NAME)).append(", ".join(said), DIM)
    yield Text()


def _left(count: int, signs: Signs) -> Sequence[Text]:
    more = [Text(f"{signs.cut} and {count - _SHOWN} more", DIM)] if count > _SHOWN else []
    return [*more, Text()] if count else []
