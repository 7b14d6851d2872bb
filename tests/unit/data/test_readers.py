"""Formats are read down to what a reader reads; snippets are as the packages have them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow
import pytest
from pyarrow import parquet

from orchard.data.decode import NoTextError
from orchard.data.readers import read_dict, read_factbook, read_man, read_own, read_topics
from orchard.data.readers.dictionaries import _sense
from orchard.data.readers.manuals import plain_man, plain_pod
from orchard.data.readers.markup import plain_html, plain_rst
from orchard.data.readers.plain import plain_markdown, read_parts

HTML = """<html><head><title>no</title><style>p {}</style><script>if (a<b) {}</script></head>
<body id="docContent"><div class="navheader"><table><tr><td>Prev</td></tr></table><hr></div>
<div class="refentry"><h2>SELECT</h2><p>SELECT &mdash; retrieve
rows</p><pre>
SELECT 1
  FROM t;
</pre><table><tr><td>a</td><td>b</td></tr></table><p>See <a href="x">y</a><a class="headerlink">#</a>.</div>
<div class="navfooter">Next</div></body></html>"""


def test_html_loses_what_lies_around_the_text() -> None:
    text = plain_html(HTML)
    assert text == "SELECT\n\nSELECT — retrieve rows\n\nSELECT 1\n  FROM t;\n\na  b\n\nSee y.\n"


def test_html_keeps_to_its_main_part() -> None:
    assert plain_html("<body><p>around<div role=main><p>inside<div>deep</div>more</div><p>after") == (
        "inside\ndeep\nmore\n"
    )


@pytest.mark.parametrize(
    "page", ["<p>open <b>never closed", "</div></p>text", "<nav>all skipped", "<!-- x", "< 3", ""]
)
def test_html_that_is_broken_is_read_all_the_same(page: str) -> None:
    assert "\n\n\n" not in plain_html(page)


RST = """.. SPDX-License-Identifier: GPL-2.0
.. _numa:

=============
What is NUMA?
=============

See :c:func:`kmalloc` and :ref:`the other page <other>`, or `here <https://x.y>`_ [#f]_.

.. toctree::
   :maxdepth: 1

   a
   b

.. note:: Take *care*
   of it.

.. code-block:: c
   :linenos:

   int x = 1;

Then::

   make ``all``

* a list
"""


def test_rst_loses_what_only_a_renderer_needs() -> None:
    assert plain_rst(RST).split("\n") == [
        "What is NUMA?", "", "See kmalloc and the other page, or here.", "", "Note: Take care", "   of it.", "",
        "   int x = 1;", "", "Then:", "", "   make all", "", "* a list", "",
    ]  # fmt: skip


def test_man_page() -> None:
    page = r""".\" Copyright
.TH open 2 2023-02-05
.SH NAME
open, creat \- open a file
.SH SYNOPSIS
.nf
.B #include <fcntl.h>
.PP
.BI "int open(const char *" pathname ", int " flags );
.fi
.SH DESCRIPTION
The
.BR open ()
call \fIopens\fP the
file\(aqs name.
.TP
.B O_APPEND
Before each
.BR write (2),
seek.
"""
    assert plain_man(page) == (
        "NAME\n\nopen, creat - open a file\n\nSYNOPSIS\n\n#include <fcntl.h>\n\n"
        "int open(const char *pathname, int flags);\n\nDESCRIPTION\n\n"
        "The open() call opens the file's name.\n\nO_APPEND\n    Before each write(2), seek.\n"
    )


def test_pod() -> None:
    pod = "=head1 NAME\n\nperlx - B<the I<x>> of C<< a->b >>\n\n=over 4\n\n=item *\n\nL<perlfaq/One> X<i>here\n\n=back\n\n=begin html\n\n<p>\n\n=end html\n\n    code C<kept>\n\n=cut\n\nmy $no;"
    assert plain_pod(pod) == "NAME\n\nperlx - the x of a->b\n\n- perlfaq One here\n\n    code C<kept>\n"


def test_markdown_keeps_code() -> None:
    text = "**DUKE**  \nIf _music_ be\n\n```sh\nls *a* _b_\n```\nsnake_case_name 2*3*4 ![x](y.png)"
    assert plain_markdown(text) == "DUKE\nIf music be\n\n```sh\nls *a* _b_\n```\nsnake_case_name 2*3*4 x"


def test_wordnet_sense() -> None:
    line = '00002684 03 n 02 object 0 physical_object 0 039 @ 00001930 n 0000 | a visible entity; "it was full"  '
    assert _sense(line) == 'object, physical object (noun): a visible entity; "it was full"'


def test_dict_entries_come_from_their_index(tmp_path: Path) -> None:
    entries = ["00-database-info\n   about\n", "pear\n   <food> A {fruit}.\n", "apple\n   Another.\n"]
    (tmp_path / "x.dict.dz").write_bytes(gzip.compress("".join(entries).encode()))
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

    def number(value: int) -> str:
        return (number(value // 64) if value >= 64 else "") + digits[value % 64]

    starts = [sum(len(one) for one in entries[:at]) for at in range(3)]
    names = ["00-database-info", "pear", "apple"]
    rows = [
        f"{name}\t{number(at)}\t{number(len(one))}"
        for name, at, one in zip(names, starts, entries, strict=True)
    ]
    (tmp_path / "x.index").write_text("\n".join(rows) + "\n")
    found = list(read_dict(tmp_path / "x.dict.dz", "x"))
    assert [one.text for one in found] == ["pear\n   <food> A fruit.\n\napple\n   Another.\n"]


def test_factbook_profile(tmp_path: Path) -> None:
    profile = {
        "Introduction": {"Background": {"text": "Old."}},
        "Geography": {"Area": {"total": {"text": "30 sq km"}, "land": {"text": "29 sq km"}}},
        "Government": {"Country name": {"conventional short form": {"text": "Belgium"}}},
    }
    path = tmp_path / "be.json"
    path.write_text(json.dumps(profile))
    [found] = read_factbook(path, "be")
    assert found.text.startswith(
        "Belgium\n\nIntroduction\n\nBackground: Old.\n\nGeography\n\nArea:\n  total: 30 sq km\n"
    )
    path.write_text('{"regions": []}')
    assert list(read_factbook(path, "be")) == []


def test_topics_are_parsed_and_never_run(tmp_path: Path) -> None:
    path = tmp_path / "topics.py"
    path.write_text("raise SystemExit\ntopics = {'if': 'The \"if\"\\n'\n 'statement'}\n")
    assert [(one.name, one.text) for one in read_topics(path, "t")] == [("t#if", 'The "if"\nstatement')]


def test_man_page_that_points_elsewhere_has_no_text(tmp_path: Path) -> None:
    path = tmp_path / "creat.2.gz"
    path.write_bytes(gzip.compress(b".so man2/open.2\n"))
    assert list(read_man(path, "creat")) == []


def test_json_lines_are_refused_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.gz"
    lines = [
        b'{"body": "caf\xc3\xa9"}',
        b"{broken",
        b"",
        b'{"other": 1}',
        b'{"body": 3}',
        b"[1]",
        b'{"body": "last"}',
    ]
    path.write_bytes(gzip.compress(b"\n".join(lines)))
    found = list(read_own(path, "a", "body", alone=True))
    assert [(one.name, one.text, one.refused) for one in found] == [
        ("a#1", "café", ""), ("a#2", "", "no JSON"), ("a#4", "", "no 'body'"), ("a#5", "", "'body' is no text"),
        ("a#6", "", "no 'body'"), ("a#7", "last", ""),
    ]  # fmt: skip


def test_parquet_is_read_by_column(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"body": ["one", None, "three"], "n": [1, 2, 3]}), path)
    found = list(read_own(path, "a", "body", alone=False))
    assert [(one.text, one.refused) for one in found] == [
        ("one", ""),
        ("", "'body' is no text"),
        ("three", ""),
    ]
    with pytest.raises(NoTextError, match="no column 'text', but body, n"):
        list(read_own(path, "a", "text", alone=False))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(NoTextError):
        list(read_own(path, "a", "body", alone=False))


@pytest.mark.parametrize("most", [64, 1000, 10**6])
def test_a_giant_text_is_read_in_parts_that_add_up(tmp_path: Path, most: int) -> None:
    path = tmp_path / "giant.txt"
    text = (
        "\n\n".join(f"Paragraph {number} is über {'long ' * (number % 30)}." for number in range(300))
        + "é" * 9000
    )
    path.write_text(text, "utf-8")
    found = list(read_parts(path, "giant", most))
    assert "".join(one.text for one in found) == text
    assert max(len(one.text.encode()) for one in found) <= 4 * most
    assert len(found) >= len(text) // (4 * most)
    assert not any(one.done for one in found)
