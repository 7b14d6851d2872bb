"""HTML and reStructuredText.

HTML is read as browsers do, forgiving, and cut down to what a reader reads: no menus, scripts, styles,
headers and footers. Of reStructuredText the marks go that only a renderer needs; indentation, which carries
meaning in both code and lists, stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from orchard.data.document import Extract
from orchard.data.readers.plain import content, decoded, decoded_as

_SKIPPED = frozenset(
    [
        "aside",
        "button",
        "footer",
        "form",
        "head",
        "iframe",
        "nav",
        "noscript",
        "object",
        "script",
        "select",
        "style",
        "svg",
        "template",
        "textarea",
    ]
)
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "body",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "hr",
        "html",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "details",
        "summary",
        "center",
    ]
)
_HEADINGS = frozenset(
    ["h1", "h2", "h3", "h4", "h5", "h6", "p", "pre", "dl", "table", "ul", "ol", "blockquote"]
)
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_AROUND = re.compile(
    r"\b(?:headerlink|nav(?:bar|header|footer|igation)?|sidebar|sphinxsidebar\w*|related|footer|menu|searchmenu"
    r"|breadcrumbs?|toc|topbar|leftnav|skip-?link|cookie\S*|advert\S*|screen-reader-text|hidden)\b"
)
_CHARSET = re.compile(rb"<meta[^>]+charset=[\"']?\s*([\w-]+)", re.IGNORECASE)


def read_html(path: Path, name: str) -> Iterator[Extract]:
    """A page of HTML."""
    raw = content(path)
    stated = _CHARSET.search(raw[:4096])
    found = decoded_as(raw, stated[1].decode("ascii", "ignore") if stated else "")
    yield Extract(name, plain_html(found.text), found.done)


def plain_html(page: str) -> str:
    r"""Text of a page of HTML: what is in `main` where there is one, else all but what lies around the text.

    >>> plain_html("<nav>Home</nav><h1>Pears</h1><p>Ripe &amp;\n sweet.<ul><li>one<li>two</ul>")
    'Pears\n\nRipe & sweet.\n\n- one\n- two\n'
    """
    parser = _Page()
    parser.feed(page)
    parser.close()
    return parser.text()


class _Page(HTMLParser):
    """Collects text; skips elements that lie around it, however badly the page is nested."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._all: list[str] = []
        self._main: list[str] = []
        self._skip = self._inside = ""  # the element that is skipped, and that holds the text
        self._skip_depth = self._inside_depth = self._pre = 0
        self._start = "line"  # whether what comes next begins a line or an item of a list

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._skip:
            self._skip_depth += tag == self._skip
            return
        given = dict(attrs)
        role = given.get("role") or ""
        words = f"{given.get('class') or ''} {given.get('id') or ''} {role}".lower()
        around = tag in _SKIPPED or (tag not in ("body", "html", "main") and _AROUND.search(words))
        if around and tag not in _VOID:
            self._skip, self._skip_depth = tag, 1
            return
        if self._inside:
            self._inside_depth += tag == self._inside
        elif tag == "main" or role == "main":
            self._inside, self._inside_depth = tag, 1
        self._open(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._skip:
            self._skip_depth -= tag == self._skip
            if not self._skip_depth:
                self._skip = ""
            return
        if tag == "pre":
            self._pre = max(0, self._pre - 1)
        if tag in _BLOCKS and tag not in ("td", "th"):
            self._put("\n\n" if tag in _HEADINGS else "\n")
        if self._inside and tag == self._inside:
            self._inside_depth -= 1
            if not self._inside_depth:
                self._inside = ""

    def handle_data(self, data: str) -> None:
        if not self._skip:
            self._put(data if self._pre else re.sub(r"\s+", " ", data))

    def _open(self, tag: str) -> None:
        if tag == "pre":
            self._pre += 1
        if tag == "br":
            self._put("\n")
        elif tag in ("td", "th"):
            self._put("  ")
        elif tag == "li":
            self._put("\n- ")
        elif tag in _BLOCKS:
            self._put("\n\n" if tag in _HEADINGS else "\n")

    def _put(self, text: str) -> None:
        if not self._pre and self._start:
            text = text.lstrip(" ") if self._start == "line" else text.lstrip()
        if not text:
            return
        self._start = "item" if text.endswith("\n- ") else "line" if text.endswith("\n") else ""
        self._all.append(text)
        if self._inside:
            self._main.append(text)

    def text(self) -> str:
        main = tidy("".join(self._main))
        return main if main.strip() else tidy("".join(self._all))


def tidy(text: str) -> str:
    r"""Text without spaces at the ends of lines, with at most one empty line in a row, one feed at the end.

    >>> tidy("one  \n\n\n\n two\n\n")
    'one\n\n two\n'
    """
    text = re.sub(r"[ \t]+(?=\n|$)", "", text)
    text = re.sub(r"\n{3,}", "\n\n", text)
    return text.strip("\n").rstrip() + "\n" if text.strip() else ""


_DIRECTIVE = re.compile(r"^(?P<indent>[ \t]*)\.\.(?:[ \t]+(?P<rest>.*))?$")
_NAMED = re.compile(r"(?P<name>[\w:+.-]+)::(?:[ \t]+(?P<argument>.*))?$")
_OPTION = re.compile(r"^[ \t]+:[\w-]+:.*$")
_UNDERLINE = re.compile(r"^([=\-`:'\"~^_*+#<>.!])\1{2,}[ \t]*$")
_ROLE = re.compile(r"(?<![\w`]):[\w:+.-]+:`([^`]+)`")
_QUOTED = re.compile(r"(?<!`)`([^`<]+?)\s*<[^`>]*>`_{0,2}")
_REFERENCE = re.compile(r"(?<![\w`])`([^`\n]+)`_{1,2}(?!\w)")
_LITERAL = re.compile(r"``(.+?)``", re.DOTALL)
_EMPHASIS = re.compile(r"(?<![\w*])(\*\*|\*)(?=[^\s*])([^*\n]+?)(?<=\S)\1(?![\w*])")
# Directives whose content is prose or code that readers read; of all others nothing is kept.
_SHOWN = frozenset(
    [
        "note",
        "warning",
        "tip",
        "important",
        "hint",
        "caution",
        "danger",
        "attention",
        "seealso",
        "versionadded",
        "versionchanged",
        "deprecated",
        "code-block",
        "code",
        "sourcecode",
        "literalinclude",
        "parsed-literal",
        "describe",
        "function",
        "method",
        "class",
        "data",
        "exception",
        "module",
        "attribute",
        "c:function",
        "c:type",
        "c:macro",
        "c:struct",
        "c:enum",
        "option",
        "envvar",
        "rubric",
        "topic",
        "admonition",
        "glossary",
        "productionlist",
        "doctest",
        "testcode",
        "impl-detail",
        "decorator",
        "classmethod",
        "staticmethod",
        "opcode",
        "table",
        "kernel-doc",
        "flat-table",
        "list-table",
        "csv-table",
    ]
)
_DROPPED_BODIES = frozenset(
    [
        "toctree",
        "contents",
        "index",
        "only",
        "image",
        "figure",
        "include",
        "raw",
        "math",
        "graphviz",
        "kernel-doc",
        "sectionauthor",
        "moduleauthor",
        "literalinclude",
        "highlight",
        "currentmodule",
        "role",
        "default-domain",
        "kernel-figure",
        "kernel-render",
    ]
)


def read_rst(path: Path, name: str) -> Iterator[Extract]:
    """A file of reStructuredText."""
    found = decoded(path)
    yield Extract(name, plain_rst(found.text), found.done)


def plain_rst(text: str) -> str:
    r"""ReStructuredText without comments, labels, roles, underlines and lists of contents.

    >>> plain_rst(".. _pears:\n\nPears\n=====\n\nSee :ref:`the tree <tree>`, ``x = 1``.")
    'Pears\n\nSee the tree, x = 1.\n'
    """
    lines: list[str] = []
    skipped: int | None = None  # indentation of a directive whose body is dropped
    options = False
    for line in text.expandtabs(8).split("\n"):
        indent = len(line) - len(line.lstrip())
        if skipped is not None and (not line.strip() or indent > skipped):
            continue
        skipped = None
        if options and _OPTION.match(line):
            continue
        options = False
        found = _DIRECTIVE.match(line)
        if found:
            shown = _directive(found["rest"] or "")
            options, skipped = True, indent if shown is None else None
            line = found["indent"] + shown if shown else ""
        lines.append("" if _UNDERLINE.match(line) else line)
    return tidy(_inline(re.sub(r"::(?=\n)", ":", "\n".join(lines))))


def _directive(rest: str) -> str | None:
    """What a reader sees in a directive's first line; None where its body is dropped too."""
    found = _NAMED.match(rest.strip())
    if not found or found["name"] in _DROPPED_BODIES or found["name"] not in _SHOWN:
        return None
    name, argument = found["name"], (found["argument"] or "").strip()
    if name in ("versionadded", "versionchanged", "deprecated"):
        words = {
            "versionadded": "New in version",
            "versionchanged": "Changed in version",
            "deprecated": "Deprecated since",
        }
        return f"{words[name]} {argument}"
    if name in ("note", "warning", "tip", "important", "hint", "caution", "danger", "attention"):
        return f"{name.capitalize()}: {argument}".rstrip()
    if name in (
        "code-block",
        "code",
        "sourcecode",
        "parsed-literal",
        "doctest",
        "testcode",
        "productionlist",
        "glossary",
    ):
        return ""
    return argument


def _inline(text: str) -> str:
    text = _ROLE.sub(lambda found: _title(found[1]), text)
    text = _QUOTED.sub(r"\1", text)
    text = _REFERENCE.sub(r"\1", text)
    text = _LITERAL.sub(r"\1", re.sub(r" ?\[#?[\w-]*\]_(?!\w)", "", text))
    return _EMPHASIS.sub(r"\2", text)


def _title(content_: str) -> str:
    """What a role shows: its title before a target, or the last part of a name after a tilde.

    >>> _title("the tree <tree>"), _title("~os.path.join"), _title("!len")
    ('the tree', 'join', 'len')
    """
    titled = re.fullmatch(r"(.+?)\s*<[^<>]+>", content_, re.DOTALL)
    if titled:
        return titled[1]
    if content_.startswith("~"):
        return content_[1:].rpartition(".")[2]
    return content_.removeprefix("!")
