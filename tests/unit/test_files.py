"""Results are written whole or not at all, and never over what is read."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from orchard.errors import OutputError
from orchard.files import distinct, is_stream, replacing, writable, write_text


def test_a_file_is_replaced_and_no_part_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    write_text("new", path)
    assert path.read_text() == "new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.txt", tmp_path / "link.txt"
    real.write_text("old")
    link.symlink_to(real)
    write_text("new", link)
    assert link.is_symlink()
    assert real.read_text() == "new"


def test_a_device_stays_a_device() -> None:
    write_text("nothing", Path(os.devnull))
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_told() -> None:
    with pytest.raises(OutputError, match="No space left"):
        write_text("something", Path("/dev/full"))
    assert stat.S_ISCHR(Path("/dev/full").stat().st_mode)


def test_what_is_read_is_not_written(tmp_path: Path) -> None:
    read, other = tmp_path / "a.yaml", tmp_path / "b.html"
    distinct(read, [other, tmp_path / "c.json"])
    for written in ([read], [tmp_path / "." / "a.yaml"], [other, other]):
        with pytest.raises(OutputError, match="a file of its own"):
            distinct(read, written)


def test_files_with_the_names_of_old_parts_are_left_alone(tmp_path: Path) -> None:
    path, part, target = tmp_path / "a.txt", tmp_path / "a.txt.part", tmp_path / "b.txt"
    part.write_text("mine")
    write_text("new", path)
    assert part.read_text() == "mine"
    part.unlink()
    target.write_text("mine too")
    part.symlink_to(target)
    write_text("newer", path)
    assert target.read_text() == "mine too"
    assert path.read_text() == "newer"
    assert not path.is_symlink()


def test_two_writers_do_not_share_a_part(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with replacing(path) as one, replacing(path) as two:
        one.write("one" * 9999)
        two.write("two" * 9999)
        assert len(list(tmp_path.iterdir())) == 2
    assert path.read_text() == "one" * 9999  # whoever ends last
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_fault_leaves_what_was_there(tmp_path: Path, fault: type[BaseException]) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as file:
            file.write("half")
            raise fault

    with pytest.raises(fault):
        fail()
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_permissions_are_those_of_a_plain_open(tmp_path: Path, mask: int) -> None:
    new, old = tmp_path / "new.txt", tmp_path / "old.txt"
    old.write_text("old")
    old.chmod(0o640)
    before = os.umask(mask)
    try:
        write_text("new", new)
        write_text("new", old)
    finally:
        os.umask(before)
    assert stat.S_IMODE(new.stat().st_mode) == 0o666 & ~mask
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


def test_names_as_long_as_they_may_be(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 255)
    write_text("new", path)
    assert path.read_text() == "new"


def _loop(folder: Path) -> Path:
    one, two = folder / "one", folder / "two"
    one.symlink_to(two)
    two.symlink_to(one)
    return one


@pytest.mark.parametrize(
    "check", [writable, lambda path: distinct(None, [path]), lambda path: write_text("", path)]
)
def test_names_that_cannot_be_are_said(tmp_path: Path, check: Callable[[Path], None]) -> None:
    for path in (tmp_path / ("x" * 256), tmp_path / ("x" * 300) / "a.txt", _loop(tmp_path)):
        with pytest.raises(OutputError) as caught:
            check(path)
        assert caught.value.findings[0].code == "O701"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["one", "two"]


def test_links_in_a_circle_may_be_read_from_as_far_as_results_care(tmp_path: Path) -> None:
    distinct(_loop(tmp_path), [tmp_path / "a.txt"])
    assert not (tmp_path / "a.txt").exists()


def test_other_names_of_what_is_read_are_refused(tmp_path: Path) -> None:
    read, hard, link = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "c.csv"
    read.write_text("rows")
    hard.hardlink_to(read)
    link.symlink_to(read)
    for written in (hard, link, tmp_path / ".." / tmp_path.name / "a.csv"):
        with pytest.raises(OutputError, match="a file of its own"):
            distinct(read, [written])
    with pytest.raises(OutputError, match="a file of its own"):
        distinct(tmp_path / "none.csv", [tmp_path / "." / "none.csv"])


def test_an_open_file_is_written_on_from_where_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("w") as file:
        file.write("before\n")
        file.flush()
        link = tmp_path / "link"
        link.symlink_to(f"/dev/fd/{file.fileno()}")
        for name in (f"/dev/fd/{file.fileno()}", f"/proc/self/fd/{file.fileno()}", str(link)):
            assert is_stream(Path(name))
            write_text("answer\n", Path(name))
        file.write("after\n")
    assert path.read_text() == "before\n" + 3 * "answer\n" + "after\n"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.txt", "link"]


def test_a_fifo_is_a_stream(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert is_stream(fifo)
        write_text("answer", fifo)
        assert os.read(reader, 100) == b"answer"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(fifo.stat().st_mode)


def test_a_pipe_without_a_reader_is_no_fault_of_the_place() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        with pytest.raises(BrokenPipeError):
            write_text("answer", Path(f"/dev/fd/{writer}"))
    finally:
        os.close(writer)


def test_a_stream_that_is_not_open_is_said() -> None:
    with pytest.raises(OutputError, match="O701"):
        writable(Path("/dev/fd/987654"))


def test_a_dash_is_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    print("before")
    write_text("ansö\n", Path("-"))
    print("after")
    assert capsys.readouterr().out == "before\nansö\nafter\n"
    with pytest.raises(OutputError, match="a file of its own"):
        distinct(None, [Path("-"), Path("/dev/stdout")])
