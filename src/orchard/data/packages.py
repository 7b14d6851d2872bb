"""Packages that ship text: which there are, under which licence, and where they lie on this machine.

`tables/packages.csv` lists them. Nothing is downloaded and nothing of a package is run: its files are found
and read. A package of

- ``pip`` is found among those installed beside Orchard, by its list of files;
- ``npm`` in `node_modules` beside the programme, in the current folder, or in the packages folder;
- ``debian`` in a folder of its name in `debian` of the packages folder, unpacked by ``dpkg -x``, or where it
  is installed, by its list of files; names are those of Debian 12;
- ``python`` with Python itself.

The packages folder is ``$ORCHARD_PACKAGES``, by default ``~/.cache/orchard/packages``.
"""

from __future__ import annotations

import csv
import os
import sysconfig
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from itertools import takewhile
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from orchard.errors import DataError, Finding, did_you_mean

# Lists of the files of installed packages.
_DPKG = Path("/var/lib/dpkg/info")


class Package(NamedTuple):
    """A package that ships text.

    `files` and `without` are patterns of its files, several separated by spaces; `reader` is how they are
    read (:mod:`orchard.data.readers`); `tier` says what the licence asks of those who pass it on: nothing
    (anywhere), to be named (permissive), or more (everything).
    """

    id: str
    title: str
    registry: str
    package: str
    files: str
    without: str
    reader: str
    licence: str
    tier: str
    attribution: str
    as_of: str


class Found(NamedTuple):
    """Files of a package on this machine: where each name in the package lies, in order."""

    version: str
    files: dict[str, Path]


@cache
def packages() -> dict[str, Package]:
    """All packages that are known, by id."""
    table = (files("orchard.data") / "tables" / "packages.csv").read_text("utf-8")
    return {row["id"]: Package(**row) for row in csv.DictReader(table.splitlines())}


def package(name: str) -> Package:
    """A package by its id.

    Raises
    ------
    DataError
        O806: an id that is not known
    """
    known = packages()
    if name not in known:
        hint = did_you_mean(name, known) or "orchard corpus lists them"
        raise DataError(Finding("O806", "", name, "a package that is not known", "one of those listed", hint))
    return known[name]


def packages_folder() -> Path:
    """Where packages are looked for that no package manager has installed."""
    return Path(os.environ.get("ORCHARD_PACKAGES") or Path.home() / ".cache" / "orchard" / "packages")


def find(wanted: Package, beside: Path) -> Found | None:
    """Files of a package, or None where it is not on this machine.

    Parameters
    ----------
    beside
        folder of the programme
    """
    where = {"pip": _pip, "npm": _npm, "debian": _debian, "python": _python}[wanted.registry]
    found = where(wanted, beside)
    return found if found and found.files else None


def command(wanted: Package) -> str:
    """The command that gets a package."""
    folder = _shown(packages_folder())
    if wanted.registry == "pip":
        return f"pip install {wanted.package}"
    if wanted.registry == "npm":
        return f"npm install --prefix {folder} --ignore-scripts {wanted.package}"
    if wanted.registry == "debian":
        names = wanted.package.split()
        got = "".join(f" && dpkg -x {name}_*.deb {name}" for name in names)
        where = f"{folder}/debian"
        return f"mkdir -p {where} && cd {where} && apt-get download {' '.join(names)}{got}"
    return "a Python with its documentation topics, as python.org and Debian ship it"


def _shown(folder: Path) -> str:
    """A folder as a shell reads it, short where it is the user's own."""
    try:
        return f"~/{folder.relative_to(Path.home()).as_posix()}"
    except ValueError:
        return quote(str(folder))


def find_all(wanted: Iterable[str], beside: Path) -> dict[str, Found]:
    """Files of packages by id.

    Raises
    ------
    DataError
        O806: ids that are not known; O804: packages that are not on this machine, all of them at once, each
        with the command that gets it
    """
    found: dict[str, Found] = {}
    wrong: list[Finding] = []
    for name in dict.fromkeys(wanted):
        try:
            here = find(package(name), beside)
        except DataError as error:
            wrong += error.findings
            continue
        if here is None:
            each = packages()[name]
            said = f"no package {each.package} of {each.registry} on this machine"
            wrong.append(Finding("O804", "", name, said, f"{each.title} ({each.licence})", command(each)))
        else:
            found[name] = here
    if wrong:
        raise DataError(wrong)
    return found


def _pip(wanted: Package, _: Path) -> Found | None:
    try:
        installed = distribution(wanted.package)
    except PackageNotFoundError:
        return None
    listed = {str(one): Path(str(one.locate())) for one in installed.files or ()}
    return Found(installed.version, _chosen(wanted, listed))


def _npm(wanted: Package, beside: Path) -> Found | None:
    for folder in (beside, Path.cwd(), packages_folder()):
        root = folder / "node_modules" / wanted.package
        if root.is_dir():
            return Found(_npm_version(root), _chosen(wanted, _tree(root)))
    return None


def _debian(wanted: Package, _: Path) -> Found | None:
    found: dict[str, Path] = {}
    versions = []
    for name in wanted.package.split():
        root = packages_folder() / "debian"
        if (root / name).is_dir():
            tops = [top for pattern in wanted.files.split() for top in _tops(root / name, pattern)]
            found |= {each: path for top in tops for each, path in _below(top, root / name)}
            versions += [each.name.split("_")[1] for each in sorted(root.glob(f"{name}_*.deb"))[-1:]]
        else:
            listed = _installed(name)
            if not listed:
                return None
            found |= listed
    return Found(" ".join(versions), _chosen(wanted, found))


def _installed(name: str) -> dict[str, Path]:
    """Files of an installed Debian package, by its list."""
    for path in (_DPKG / f"{name}.list", *sorted(_DPKG.glob(f"{name}:*.list"))):
        if path.is_file():
            lines = path.read_text("utf-8", "replace").splitlines()
            return {line.lstrip("/"): Path(line) for line in lines if Path(line).is_file()}
    return {}


def _python(wanted: Package, _: Path) -> Found | None:
    root = Path(sysconfig.get_path("stdlib")) / wanted.package
    version = sysconfig.get_python_version()
    return Found(version, _chosen(wanted, _tree(root)))


def _chosen(wanted: Package, listed: dict[str, Path]) -> dict[str, Path]:
    patterns, without = wanted.files.split(), wanted.without.split()
    return {
        name: listed[name]
        for name in sorted(listed)
        if any(fnmatchcase(name, one) for one in patterns)
        and not any(fnmatchcase(name, one) for one in without)
    }


def _tops(root: Path, pattern: str) -> list[Path]:
    """Folders below which files of a pattern lie: those named in it, with one step of a wildcard."""
    parts = pattern.split("/")[:-1]
    fixed = list(takewhile(lambda part: not set(part) & set("*?["), parts))
    top = root.joinpath(*fixed)
    return sorted(top.glob(parts[len(fixed)])) if len(fixed) < len(parts) else [top]


def _tree(root: Path) -> dict[str, Path]:
    return dict(_below(root, root))


def _below(top: Path, root: Path) -> Iterator[tuple[str, Path]]:
    """Files below a folder, as named from the root; links to folders are not followed."""
    for folder, _, names in os.walk(top):
        for name in names:
            path = Path(folder, name)
            if path.is_file():
                yield path.relative_to(root).as_posix(), path


def _npm_version(root: Path) -> str:
    import json

    try:
        return str(json.loads((root / "package.json").read_text("utf-8"))["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
