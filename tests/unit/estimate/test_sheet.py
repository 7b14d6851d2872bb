"""Tables that are damaged, packed or endless are told by line, in bounded memory."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from orchard.errors import LimitError, OrchardError
from orchard.estimate import sheet
from orchard.estimate.sheet import LONGEST, Sheet, whole

ROWS = b"id,n\na,1\nb,2\n"


def _refused(path: Path, content: bytes) -> OrchardError:
    path.write_bytes(content)
    with pytest.raises(OrchardError) as caught, Sheet(path, ("id", "n")) as table:
        list(table.chunks(10))
    return caught.value


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "in.csv"


@pytest.mark.parametrize(
    "content",
    [
        ROWS,
        b"\xef\xbb\xbf" + ROWS,
        ROWS.replace(b"\n", b"\r\n"),
        ROWS.replace(b"\n", b"\r"),
        ROWS[:-1],
        b"id,n\n\na,1\n\n\nb,2",
    ],
)
def test_rows_come_in_order(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with Sheet(path, ("id", "n")) as table:
        assert table.columns == ["id", "n"]
        assert [chunk.rows for chunk in table.chunks(1)] == [[["a", "1"]], [["b", "2"]]]
        assert table.share == 1.0


def test_a_nul_spoils_its_row_alone(path: Path) -> None:
    path.write_bytes(b'id,n\na,1\nb,2\0\n\0c,3\n"d\n\0",4\ne,5\n')
    with Sheet(path, ("id", "n")) as table:
        (chunk,) = table.chunks(10)
    assert len(chunk.rows) == 5
    assert sorted(chunk.wrong) == [1, 2, 3]
    assert [chunk.wrong[place].partition(":")[0] for place in (1, 2)] == [
        "a NUL byte in n",
        "a NUL byte in id",
    ]
    found = whole(path, ("id", "n"), 10)
    assert [row["id"] for row in found.rows] == ["a", "e"]
    assert len(found.odd) == 3


@pytest.mark.parametrize("lines", [0, 7, 5000])
def test_bytes_that_are_no_text_are_found_by_line(path: Path, lines: int) -> None:
    error = _refused(path, b"id,n\n" + b"a,1\n" * lines + b"caf\xe9,2\n" + b"a,1\n" * 5000)
    assert error.findings[0].code == "O800"
    assert f"line {lines + 2}: bytes that are no UTF-8 text" in str(error)


def test_words_in_any_script_are_read(path: Path) -> None:
    path.write_text("id,n\nмодель,1\n模型,2\n🙂,3\n", "utf-8")
    assert [row["id"] for row in whole(path, ("id", "n"), 10).rows] == ["модель", "模型", "🙂"]


@pytest.mark.parametrize("before", [b"", b"id,n\na,1\n"])
def test_a_line_without_end_is_refused_without_reading_it(path: Path, before: bytes) -> None:
    path.write_bytes(before)
    with path.open("ab") as file:
        file.truncate(len(before) + 100 * LONGEST)  # a hole: NUL bytes that take no room
    with pytest.raises(LimitError) as caught, Sheet(path, ("id", "n")) as table:
        list(table.chunks(10))
    finding = caught.value.findings[0]
    assert finding.code == "O803"
    assert finding.place == f"{path}:{before.count(10) + 1}"


def test_a_chunk_holds_no_more_than_it_may(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MOST_HELD", 100)
    path.write_bytes(b"id,n\n" + b"a,1\n" * 100)
    with Sheet(path, ("id", "n")) as table:
        sizes = [len(chunk.rows) for chunk in table.chunks(1000)]
    assert sum(sizes) == 100
    assert max(sizes) < 30


@pytest.mark.parametrize(
    ("pack", "word"),
    [(gzip.compress, "gzip"), (bz2.compress, "bzip2"), (lzma.compress, "xz"), (lambda text: text.decode().encode("utf-16"), "UTF-16"),
     (lambda _: b"PK\x03\x04rest", "spreadsheet")],
)  # fmt: skip
def test_what_is_packed_is_named(path: Path, pack: Callable[[bytes], bytes], word: str) -> None:
    finding = _refused(path, pack(ROWS)).findings[0]
    assert finding.code == "O800"
    assert word in finding.found
    assert finding.hint


@pytest.mark.parametrize(("sign", "name"), [(";", "semicolons"), ("\t", "tabs")])
def test_other_separators_are_named(path: Path, sign: str, name: str) -> None:
    finding = _refused(path, ROWS.decode().replace(",", sign).encode()).findings[0]
    assert finding.code == "O801"
    assert finding.hint == f"separate cells by commas, not by {name}"


def test_paths_that_lead_nowhere_are_said(tmp_path: Path) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    for path in (loop, tmp_path / ("x" * 300), tmp_path, tmp_path / "none"):
        with pytest.raises(OrchardError) as caught:
            Sheet(path, ("id",))
        assert caught.value.findings[0].code == "O800"


def test_a_pipe_is_read_as_a_file_is(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.write(writer, ROWS)
    os.close(writer)
    with Sheet(Path(f"/dev/fd/{reader}"), ("id", "n")) as table:
        os.close(reader)
        assert [chunk.rows for chunk in table.chunks(9)] == [[["a", "1"], ["b", "2"]]]
        assert table.share == 0.0
