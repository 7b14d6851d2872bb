"""The pages of docs/reference, each written from what the code says."""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orchard
from orchard import errors
from orchard.catalogue import KINDS, catalogue
from orchard.data.checks import CHECKS as OF_CORPORA
from orchard.plan import CHECKS as OF_PLANS
from orchard.plan import Setup, definitions, expression, quantities
from orchard.plan.quantities import Definition
from orchard.spec import amounts
from orchard.spec.load import codes, load
from orchard.spec.programme import Programme
from orchard.spec.rules import RULES

CHECKS = (*OF_PLANS, *OF_CORPORA)
ROOT = Path(__file__).resolve().parent.parent
SOURCE = Path(inspect.getfile(orchard)).parent
EXAMPLE = "programmes/meta-superintelligence.yaml"
VERBS = (
    "plan", "ask", "compare", "sweep", "explain", "improve", "backtest", "check", "catalogue", "estimate",
    "corpus", "train", "evaluate", "export", "chat", "ladder", "reconcile", "layout", "site", "simulate",
    "validate", "calibrate",
)  # fmt: skip

_WHEN = {"state": "`@date`", "flow": "`@quarter`, `@year`", "date": "", "constant": ""}
_HEADS = {
    "capex": "what sites cost to build", "chip": "chips", "fleet": "fleets", "labels": "labels",
    "link": "links", "meta": "Meta",
    "opex": "what sites cost to run", "price": "prices", "power": "power",
    "reliability": "failures and repairs",
    "rental": "what chips rent for", "scaling": "progress", "serving": "measured serving throughput",
    "system": "systems and racks", "tco": "total cost of ownership", "training": "cost of training runs",
    "utilisation": "achieved share of the peak",
}  # fmt: skip


def programme_page() -> str:
    """Every entry of a programme, from the metadata of its models."""
    schema = Programme.model_json_schema(mode="validation")
    lines = ["# The programme file", "", _code(inspect.getdoc(amounts) or ""), ""]
    lines += [
        "`orchard check --schema programme.schema.json` writes all of this as a JSON Schema for editors.",
        "",
    ]
    for name, node in _sections(schema):
        lines += [f"## {name}", "", _code(node.get("description", "").split(">>>")[0].strip()), ""]
        lines += ["| entry | what it is | as | default |", "|---|---|---|---|"]
        required = node.get("required", [])
        for key, entry in node["properties"].items():
            default = "" if key in required else _default(entry)
            needed = "**required**" if key in required else default
            lines.append(f"| `{key}` | {_described(entry, schema)} | {_written(entry)} | {needed} |")
        lines.append("")
    return "\n".join(lines)


def quantities_page() -> str:
    """Every kind of quantity that ``ask`` and claims know."""
    programme = load(ROOT / EXAMPLE)
    known = definitions(Setup.of(programme, catalogue()))
    lines = ["# Quantities", "", _code(inspect.getdoc(quantities) or ""), ""]
    lines += [
        "`orchard ask FILE --list` lists those of a programme; SITE, MODEL, STAGE and PRODUCT are ids.",
        "",
    ]
    every = sorted(known.values(), key=lambda each: not each.unknown)  # what is known stands for its kind
    rows = {_general(each, programme): each for each in every}
    owners = ["SITE", "MODEL", "PRODUCT"]
    lines += ["| quantity | what it is | unit | kind | period |", "|---|---|---|---|---|"]
    for name in sorted(
        rows, key=lambda name: owners.index(name.split(".")[0]) if name.split(".")[0] in owners else -1
    ):
        each = rows[name]
        text = f"*unknown*: {each.unknown}" if each.unknown else each.title
        text = _anonymous(
            text.replace(each.id.split(".")[-1], "the stage") if "STAGE" in name else text, programme
        )
        lines.append(f"| `{name}` | {_cell(text)} | {each.unit} | {each.kind} | {_WHEN[each.kind]} |")
    lines += ["", "## Claims", "", _code(inspect.getdoc(expression) or ""), ""]
    return "\n".join(lines)


def rules_page() -> str:
    """Every coded rule with its docstring."""
    lines = ["# Rules of `orchard check`", ""]
    lines += [
        "What is well written entry by entry can still be wrong as a whole. These rules look for that.",
        "",
    ]
    for rule in sorted([*RULES.values(), *CHECKS]):
        lines += [f"## {rule.code}: {rule.title}", "", _code(rule.documentation), ""]
        lines += ["A breach is a warning: the programme can be planned all the same.", ""] * (
            rule.severity != "error"
        )
    return "\n".join(lines)


def catalogue_page() -> str:
    """Counts of facts, conflicts and sources."""
    known = catalogue()
    rows = [row for fact in known.facts() for row in (fact.conflict or (fact,))]
    heads = sorted({row.id.split(".")[0] for row in rows})
    counts = Counter((row.id.split(".")[0], row.kind) for row in rows)
    lines = ["# The catalogue", ""]
    lines += [f"{len(known.facts())} facts from {len(known.sources)} sources, in {len(rows)} rows.", ""]
    lines += [
        f"{len(known.chips)} chips, {len(known.systems)} systems, {len(known.models)} model shapes.",
        "",
    ]
    lines += [
        "| begins with | about | " + " | ".join(KINDS) + " | rows |",
        "|---|---|" + "---:|" * (len(KINDS) + 1),
    ]
    for head in heads:
        each = [counts[head, kind] for kind in KINDS]
        lines.append(
            f"| `{head}.` | {_HEADS.get(head, '')} | " + " | ".join(map(str, each)) + f" | {sum(each)} |"
        )
    lines += ["", "## Facts on which sources differ", "", "| fact | sources |", "|---|---|"]
    lines += [
        f"| `{fact.id}` | {', '.join(row.source for row in fact.conflict)} |" for fact in known.conflicts()
    ]
    lines += ["", "## Sources", "", "| id | title | publisher | date | rows |", "|---|---|---|---|---:|"]
    cited = Counter(row.source for row in rows)
    for source in sorted(known.sources.values()):
        url = source.url if "://" in source.url else f"../../{source.url}"
        title = f"[{_cell(source.title)}]({url})"
        lines.append(
            f"| `{source.id}` | {title} | {_cell(source.publisher)} | {source.date} | {cited[source.id]} |"
        )
    return "\n".join(lines) + "\n"


def cli_page() -> str:
    """The help of every verb."""
    lines = ["# The command line", ""]
    for verb in ("", *VERBS):
        title = f"orchard {verb}".strip()
        lines += [f"## {title}", "", "```text", _help(verb), "```", ""]
    lines += [*_ENDINGS, ""]
    return "\n".join(lines)


_ENDINGS = (
    "## How a command ends",
    "",
    "Exit status: 0 when all went well, 2 when something is to be mended, 130 when interrupted (Ctrl-C),",
    "143 when terminated (SIGTERM), 1 when the reader of a pipe goes away. Files are written whole or not",
    "at all.",
    "",
    "Findings go to standard error as sentences. With `--json` or `--format json` they go to standard output",
    'as `{"findings": [...]}`, each with `code`, `place`, `path`, `found`, `wanted`, `hint` and `severity`;',
    "so do mistakes in the command line itself (O700). The `--json FILE` of `plan` names a file and changes",
    "nothing of this.",
    "",
    "Where a result is written to a stream (`-` or `/dev/stdout` for standard output, `/dev/fd/N`, a pipe, a",
    "device), it is written as it comes, and what else is said goes to standard error.",
)


def errors_page() -> str:
    """Every code that a finding can carry."""
    checks = {rule.code: rule.title for rule in CHECKS}
    titles, found = codes() | checks, dict(raised())
    lines = [
        "# Errors",
        "",
        _code(inspect.getdoc(errors) or ""),
        "",
        "| code | what it says | where |",
        "|---|---|---|",
    ]
    for code in sorted({*titles, *found}):
        title = titles.get(code) or found[code][1]
        where = "a rule" if code in RULES or code in checks else "reading a programme"
        where = found[code][0] if code in found and code not in titles else where
        link = f"[{code}](rules.md#{_anchor(code, title)})" if where == "a rule" else code
        lines.append(f"| {link} | {_cell(title)} | {where} |")
    return "\n".join(lines) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "programme.md": programme_page,
    "quantities.md": quantities_page,
    "rules.md": rules_page,
    "catalogue.md": catalogue_page,
    "cli.md": cli_page,
    "errors.md": errors_page,
}


def _sections(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The programme and what it holds, in the order in which it is first mentioned."""
    yield "Programme", schema
    seen, waiting = set[str](), [schema]
    while waiting:
        for name in re.findall(r"#/\$defs/(\w+)", str(waiting.pop(0).get("properties", {}))):
            if name not in seen and "properties" in schema["$defs"][name]:
                seen.add(name)
                waiting.append(schema["$defs"][name])
                yield name, schema["$defs"][name]


def _described(entry: dict[str, Any], schema: dict[str, Any]) -> str:
    """What an entry is: as described, or the first sentence of the section it holds."""
    if "description" in entry:
        return _cell(entry["description"])
    held = re.findall(r"#/\$defs/(\w+)", str(entry))
    sentence = schema["$defs"][held[0]].get("description", "").split(". ")[0] if len(held) == 1 else ""
    return _cell(sentence[:1].lower() + sentence[1:].removesuffix("."))


def _written(entry: dict[str, Any]) -> str:
    """How an entry is written: a unit, a link to a section, a text, a number."""
    if "unit" in entry:
        return "number" if entry["unit"] == "1" else f"`{entry['examples'][0]}`"
    if "$ref" in entry:
        name = entry["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in entry or "oneOf" in entry:
        options = [
            _written(option)
            for option in entry.get("anyOf", entry.get("oneOf", []))
            if option.get("type") != "null"
        ]
        return " or ".join(dict.fromkeys(options))
    if "enum" in entry or "const" in entry:
        return ", ".join(f"`{value}`" for value in entry.get("enum", [entry.get("const")]))
    if entry.get("type") == "object":
        held = entry.get("additionalProperties") or next(
            iter(entry.get("patternProperties", {}).values()), {}
        )
        return f"id: {_written(held)}"
    if entry.get("type") == "array":
        return f"list of {_written(entry.get('items', {}))}"
    names = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}
    return "date" if entry.get("format") == "date" else names.get(entry.get("type", ""), "anything")


def _default(entry: dict[str, Any]) -> str:
    value = entry.get("default")
    return (
        ""
        if value in (None, "", [], {}) or isinstance(value, dict)
        else f"`{value}`".replace("True", "true").replace("False", "false")
    )


def _general(each: Definition, programme: Programme) -> str:
    head, _, tail = each.id.partition(".")
    if head in programme.sites:
        return f"SITE.{tail}"
    if head in programme.models:
        return f"MODEL.{'STAGE' if tail in programme.models[head].milestones else tail}"
    return f"PRODUCT.{tail}" if head in programme.products else each.id


def _anonymous(text: str, programme: Programme) -> str:
    kinds = (("site", programme.sites), ("model", programme.models), ("product", programme.products))
    titles = [(entry.title or name, what) for what, entries in kinds for name, entry in entries.items()]
    for title, what in sorted(titles, key=lambda pair: -len(pair[0])):
        text = text.replace(title, f"the {what}")
    return text


def _help(verb: str) -> str:
    words = [verb] if verb else []
    code = "import sys; sys.argv[0] = 'orchard'; from orchard.cli import main; main()"
    env = os.environ | {
        "ORCHARD_HOME": os.devnull,
        "COLUMNS": "100",
        "TERMINAL_WIDTH": "100",
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code, *words, "--help"],
        capture_output=True,
        encoding="utf-8",
        check=True,
        env=env,
    )
    return "\n".join(line.rstrip() for line in done.stdout.strip().splitlines())


def raised() -> Iterator[tuple[str, tuple[str, str]]]:
    """Codes that the sources give to findings: which part does, and what it wants."""
    for path in sorted(SOURCE.rglob("*.py")):
        part = path.relative_to(SOURCE).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding" and node.args:
                code = getattr(node.args[0], "value", None)
                if isinstance(code, str):
                    yield code, (f"`{part}`", _TITLES.get(code) or _words(node.args[3]))


def _words(node: ast.expr) -> str:
    """What a finding says was found, with dots for what it fills in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(value.value) if isinstance(value, ast.Constant) else "..." for value in node.values
        )
    return str(getattr(node, "value", ""))


_TITLES = {
    "O140": "the schema cannot be written",
    "O403": "a fact of another dimension than the one wanted",
    "O501": "a quantity that this programme does not have",
    "O502": "a period that cannot be read",
    "O503": "a period that does not suit the quantity, or is not planned",
    "O504": "a claim that cannot be read",
    "O505": "no quantity to ask for",
    "O506": "two quantities with one name",
    "O510": "a number of samples beyond the limits",
    "O511": "a programme too large for the memory of the machine",
    "O515": "Ray is not installed",
    "O516": "a Ray cluster that does not answer",
    "O517": "machines of a Ray cluster that were lost again and again under one block",
    "O520": "a table of outcomes without the columns it needs, or a row that does not fit under them",
    "O521": "an outcome that cannot be read",
    "O522": "an outcome that stands twice in its table",
    "O523": "a date of a table of outcomes that cannot be read",
    "O524": "a table of outcomes without rows",
    "O525": "an outcome with two periods",
    "O526": "an outcome of a claim that the programme does not have",
    "O601": "a table of the catalogue whose columns or cells cannot be read",
    "O602": "a source without id, title or address, or twice the same",
    "O603": "a row of facts that cannot be read",
    "O604": "two rows of one fact that cannot stand beside each other",
    "O605": "a fact of a chip in a wrong unit",
    "O606": "a name of a chip that points nowhere, or to two chips",
    "O607": "a fact, a chip or a model that the catalogue does not have, or not yet at that date",
    "O608": "a model architecture that cannot be read",
    "O609": "no chip or model in which these words occur",
    "O700": "a command line that cannot be read",
    "O701": "a result that cannot be written where it was asked for",
    "O702": "a file or folder that the system refuses",
    "O800": "a table that cannot be read, or is no CSV",
    "O801": "columns that a table lacks",
    "O802": "two columns of one name",
    "O803": "a line that is too long for a table",
    "O804": "packages of text that are not on this machine",
    "O805": "text of your own that is missing or cannot be read",
    "O806": "a package of text, or a corpus, that is not known",
    "O807": "sources of which no text is left",
    "O808": "nothing held out to judge by",
    "O809": "a file of a corpus that is missing, truncated or changed",
    "O810": "no corpus, or one of another format",
    "O811": "a tokenizer that cannot be read",
    "O812": "a corpus that cannot be written",
    "O813": "a language that is not told apart",
    "O816": "a corpus shorter than one window",
    "O820": "a calibration that cannot be read",
    "O821": "a checkpoint that is damaged, or lacks what the run needs",
    "O822": "a checkpoint of another model, corpus or recipe",
    "O823": "a step without a checkpoint",
    "O824": "a checkpoint that cannot be written",
    "O825": "losses or gradients that are no numbers, step after step",
    "O826": "a run that does not fit the memory",
    "O827": "samples or matrices that cannot be shared out over the processes",
    "O828": "a run that another process is at",
    "O829": "workers that were lost again and again",
    "O830": "a number that is no size",
    "O831": "a model whose layouts cannot be searched",
    "O832": "a chip without the facts, or the number format, that an estimate needs",
    "O833": "options that say what a search over layouts chooses itself",
    "O834": "a batch and chips that no layout divides",
    "O835": "a model that fits on no layout",
    "O836": "a search over layouts that would take too long",
    "O837": "a model that cannot be trained",
    "O838": "a package that is not installed",
    "O839": "an architecture that is planned but not trained",
    "O840": "measured rows none of which can be used",
    "O841": "more measured rows than are held at once",
    "O842": "nothing to fit to, or to judge by",
    "O843": "measurements none of which is complete enough to be scored",
    "O844": "too few measurements to fit to, or all of one configuration",
    "O845": "a ledger that cannot be read or written",
    "O846": "values that a ledger cannot hold",
    "O847": "a line of a ledger that is no entry",
    "O848": "entries of a ledger that were changed, taken out, put in or moved",
    "O849": "a calibration of this machine that cannot be read",
    "O850": "a year of weather that cannot be read",
    "O851": "a year of weather with too many hours missing",
    "O852": "a way of cooling that is not known",
    "O853": "more sites than are held at once",
    "O854": "no site whose chips and power are both known",
    "O855": "a model that could not be trained to measure this machine",
    "O860": "a fleet without chips by a day, or a day after the horizon",
    "O861": "a size, a length or a number of seeds that cannot be simulated",
    "O862": "more chips or failures than are held at once",
    "O863": "a trace that is no table of failures or jobs",
    "O864": "rows of a trace that cannot be read",
    "O865": "what was mended in a trace",
    "O866": "a trace whose clock cannot be trusted",
    "O867": "a trace that does not fit the fleet",
    "O868": "a stage after pretraining in several processes",
    "O869": "conversations none of which fits a row",
    "O870": "a site that nothing supplies on a day",
    "O871": "sun or wind at a site without weather",
    "O872": "a site that the programme does not have",
    "O873": "a day on which a site cannot be studied",
    "O874": "prices that are not those of a year",
    "O875": "prices that pay for wasting energy",
    "O876": "a day that does not exist",
    "O879": "a model whose answers or likelihoods are none",
    "O880": "a model that is not judged, or not trained yet",
    "O881": "a folder that is no model of ours",
    "O882": "scores beside a model that cannot be read",
    "O883": "nothing that a model could be judged by",
    "O884": "lm-eval is not installed",
    "O885": "something of lm-eval that a judged model does not do",
    "O890": "too few rungs to fit a law to",
    "O896": "a model without a ladder",
    "O897": "a ladder without held-out text",
    "O900": "a model's folder that cannot be read, is damaged, or holds pickled weights",
    "O901": "a tokenizer that is another model's",
    "O902": "an export that differs from what was trained",
    "O903": "a shape or a number format that an export cannot have",
    "O904": "a file that llama.cpp cannot use, or no llama.cpp",
    "O905": "a model that is not there or not trained, or a question that is too long",
    "O920": "neither a quantity nor a claim of this programme",
    "O921": "something unknown, which nothing can explain or improve",
    "O923": "two programmes that answer nothing in common",
    "O924": "a claim that the programme does not have",
    "O925": "a programme that offers no lever",
    "O926": "a probability or a budget that cannot be read",
    "O927": "a claim whose date is past, which no lever can reach",
}


def _anchor(code: str, title: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", f"{code} {title}".lower()).replace(" ", "-")


def _code(text: str) -> str:
    """A docstring as Markdown: blocks after ``::`` are fenced, double backquotes are single ones."""
    lines, inside = [], False
    for line in text.replace("``", "`").splitlines():
        if inside and line and not line.startswith(" "):
            lines, inside = [*lines[: len(lines) - (not lines[-1])], "```", ""], False
        if not inside and line.endswith("::"):
            lines += ([line[:-1], ""] if line != "::" else []) + ["```text"]
            inside = True
        elif not (inside and not line and lines[-1].startswith("```")):
            if inside and lines[-1] == "```text" and re.match(r" *[a-z_]+:", line):
                lines[-1] = "```yaml"
            lines.append(line[4:] if inside and line.startswith("    ") else line)
    return "\n".join([*lines, "```"] if inside else lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
