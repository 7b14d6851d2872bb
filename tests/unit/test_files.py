"""Results are written whole or not at all, and never over what is read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from orchard.errors import OutputError
from orchard.files import distinct, write_text


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
