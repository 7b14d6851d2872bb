"""Spoils programmes in every way a careless hand, a broken disk or a malicious mind might."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import islice, pairwise
from typing import Any

import yaml

NASTY = (
    "", "~", "null", "true", "no", "0", "-1", "-0.0", "1e308", "1e999", "-1e999", ".inf", ".nan", "9" * 400,
    "0x10", "1_000", "1:30", "2025-02-30", "9999-12-31", "0001-01-01", "2025-13-01", "31.12.2025", "[]", "{}",
    "[1, 2]", "{a: b}", "{assumed: 1 GW}", "{fact: no.such.fact}", "{fact: }", "{fact: [1]}", "{low: 1}",
    "{assumed: 5 GW, low: 6 GW, high: 1 GW, why: upside down it is}", "{use: llama-3}", "{use: [1]}",
    "-5 GW", "5 GW/GW", "1e999 W", "0 W", "1e-300 s", "1e300 y", "5 parsec", "5 W/0", "5 GW GW", "GW", "5 /",
    "/", "1e308 YW", "-10 %", "1000 %", "١ GW", "½ GW", "5 G", "k chips", "1e30 chips", "5 USD", "5 d",
    "-90 d", "&a [*a]", "*nobody", "!!python/object:os.system x", "!custom 5", "'unclosed", '"\\x00"',
    '"\\ud800"', "\t5", "|", ">-", "@at", "`tick`", "%percent", "a: b", "- 5", "? x", "💣", "\u202e",
    "x" * 5000, " " * 3000, "sites.ohio.pue", "ohio", "apple", "..", "fleet.gpus@", "@", ">= 5", "a and b",
    "__import__('os')",
)  # fmt: skip
UNITS = ("W", "GW", "MW", "USD", "G USD", "d", "h", "y", "%", "chips", "k chips", "people", "FLOP", "FLOP/s",
         "token", "USD/W", "USD/MWh", "W/chip", "B/s", "failure/node/d", "label", "x", "1", "")  # fmt: skip

OVERRIDDEN = (
    "sites.ohio.pue", "models.apple.chips", "deliveries.gpus.count", "nowhere.at.all", "horizon.end", "", ".",
    "finances.budget.2026", "override.0", "models.apple.architecture", "as_of", "sites", "sites.ohio.ramp",
    "models.apple.milestones.tuning.takes",
)  # fmt: skip

Text = Callable[[str, random.Random], str]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def mutate(text: str, rng: random.Random) -> str:
    """Spoil a programme one to four times."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        text = rng.choice(FINE if rng.random() < 0.75 else ROUGH)(text, rng)
    return text


def _lines(edit: Callable[[list[str], random.Random], None]) -> Text:
    def change(text: str, rng: random.Random) -> str:
        lines = text.split("\n")
        edit(lines, rng)
        return "\n".join(lines)

    return change


def _delete(lines: list[str], rng: random.Random) -> None:
    start = rng.randrange(len(lines))
    del lines[start : start + rng.choice((1, 1, 1, 2, 5, 20))]


def _duplicate(lines: list[str], rng: random.Random) -> None:
    start = rng.randrange(len(lines))
    block = lines[start : start + rng.choice((1, 1, 2, 5))]
    place = rng.choice((start, rng.randrange(len(lines) + 1)))
    lines[place:place] = block


def _swap(lines: list[str], rng: random.Random) -> None:
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]


def _indent(lines: list[str], rng: random.Random) -> None:
    at = rng.randrange(len(lines))
    lines[at] = rng.choice((" " + lines[at], "  " + lines[at], lines[at][1:], lines[at][2:], "\t" + lines[at],
                            lines[at].lstrip()))  # fmt: skip


def _flip(text: str, rng: random.Random) -> str:
    raw = bytearray(text.encode("utf-8", "surrogatepass"))
    for _ in range(rng.choice((1, 1, 3, 10))):
        if raw:
            raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    return raw.decode("utf-8", rng.choice(("replace", "ignore")))


def _insert(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice("{}[],:&*!|>'\"%@`#?-\n\t \0\ufeff\u2028é0-") + text[at:]


def _cut(text: str, rng: random.Random) -> str:
    return text[: rng.randrange(len(text) + 1)] if text else text


def _value(lines: list[str], rng: random.Random) -> None:
    at = rng.randrange(len(lines))
    key, colon, _ = lines[at].partition(": ")
    if colon:
        lines[at] = f"{key}: {rng.choice(NASTY)}"


def _inner_value(text: str, rng: random.Random) -> str:
    """Replace one value of a flow mapping."""
    ends = [at for at, sign in enumerate(text) if sign in ",}" and ": " in text[max(0, at - 60) : at]]
    if not ends:
        return text
    end = rng.choice(ends)
    start = text.rindex(": ", 0, end) + 2
    return text[:start] + rng.choice(NASTY) + text[end:]


def _unit(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    spots = [at for at, word in enumerate(words) if word.strip(",}\n") in UNITS and word.strip(",}\n")]
    if spots:
        at = rng.choice(spots)
        words[at] = words[at].replace(words[at].strip(",}\n"), rng.choice(UNITS))
    return " ".join(words)


def _typo(lines: list[str], rng: random.Random) -> None:
    at = rng.randrange(len(lines))
    key, colon, rest = lines[at].partition(":")
    if colon and len(key.strip()) > 2:
        spot = rng.randrange(len(key) - len(key.lstrip()), len(key))
        lines[at] = key[:spot] + rng.choice(("", "x", "_", "É", ".", " ")) + key[spot + 1 :] + colon + rest


def _nest(text: str, rng: random.Random) -> str:
    deep = rng.choice((5, 50, 3000))
    bomb = rng.choice(("[" * deep, "{a: " * deep, "- " * deep, "[" * deep + "]" * deep))
    return text + f"\nbomb: {bomb}\n"


def _laugh(text: str, rng: random.Random) -> str:
    rows = ["l0: &l0 [x, x, x, x, x, x, x, x, x]"]
    names = [f"l{level}" for level in range(rng.choice((2, 3, 4, 5, 9)))]
    rows += [f"{name}: &{name} [{', '.join(['*' + below] * 9)}]" for below, name in pairwise(names)]
    return "\n".join([*rows, text])


def _override(text: str, rng: random.Random) -> str:
    place = rng.choice(OVERRIDDEN)
    return text + f"\noverride: [{{path: '{place}', value: {rng.choice(NASTY)}, why: to see what happens}}]\n"


def _structure(change: Callable[[list[tuple[Any, Any]], random.Random], None]) -> Text:
    """Mutate the values behind the text; a text that is no YAML stays as it is."""

    def edit(text: str, rng: random.Random) -> str:
        try:
            data = yaml.load(text, _LOADER)
            places = list(islice(_places(data, 0), 5000))
            if places:
                change(places, rng)
            return str(yaml.dump(data, Dumper=_DUMPER, sort_keys=False, allow_unicode=True))
        except (yaml.YAMLError, ValueError, TypeError, AttributeError, RecursionError, OverflowError):
            return text

    return edit


def _places(data: Any, depth: int) -> Any:
    if depth > 12:
        return
    pairs = list(
        data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    )
    for step, value in pairs[:500]:
        yield data, step
        yield from _places(value, depth + 1)


def _transplant(places: list[tuple[Any, Any]], rng: random.Random) -> None:
    source, target = rng.choice(places), rng.choice(places)
    value = source[0][source[1]]
    if not isinstance(value, dict | list):
        target[0][target[1]] = value
    else:
        target[0][target[1]] = yaml.load(yaml.dump(value, Dumper=_DUMPER), _LOADER)


def _drop(places: list[tuple[Any, Any]], rng: random.Random) -> None:
    holder, step = rng.choice(places)
    del holder[step]


def _retype(places: list[tuple[Any, Any]], rng: random.Random) -> None:
    holder, step = rng.choice(places)
    value = holder[step]
    holder[step] = rng.choice(([value], {"value": value}, str(value), None, 7, 0.5, True, -3, "", [], {}))


def _rename(places: list[tuple[Any, Any]], rng: random.Random) -> None:
    holder, step = rng.choice(places)
    if isinstance(holder, dict):
        holder[rng.choice((f"{step}s", f"{step}"[:-1], "id", "use", "fact", 7, "2026"))] = holder.pop(step)


def _scale(places: list[tuple[Any, Any]], rng: random.Random) -> None:
    """Multiply one amount, so that it stays well written and becomes absurd."""
    spots = [
        (holder, step) for holder, step in places if isinstance(holder[step], str) and " " in holder[step]
    ]
    if spots:
        holder, step = rng.choice(spots)
        number, _, unit = holder[step].partition(" ")
        try:
            holder[step] = f"{float(number) * 10.0 ** rng.randint(-12, 12):g} {unit}"
        except ValueError:
            return


def _date(places: list[tuple[Any, Any]], rng: random.Random) -> None:
    spots = [(holder, step) for holder, step in places if str(holder[step])[:2] in ("19", "20")]
    if spots:
        holder, step = rng.choice(spots)
        holder[step] = (
            f"{rng.choice((1900, 2000, 2022, 2025, 2026, 2030, 2060, 9999))}-{rng.randint(1, 12):02d}-15"
        )


# what breaks the text, and what leaves it readable but wrong or absurd
ROUGH: tuple[Text, ...] = (
    _lines(_delete), _lines(_duplicate), _lines(_swap), _lines(_indent), _flip, _insert, _cut, _lines(_value),
    _inner_value, _nest, _laugh,
)  # fmt: skip
FINE: tuple[Text, ...] = (
    _structure(_transplant), _structure(_drop), _structure(_retype), _structure(_rename), _structure(_scale),
    _structure(_scale), _structure(_scale), _structure(_date), _structure(_date), _lines(_value),
    _inner_value, _unit, _lines(_typo), _lines(_delete), _override,
)  # fmt: skip
