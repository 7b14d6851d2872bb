"""Sources of a corpus: packages and the user's own files, as a stream of documents."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from orchard.data.decode import NoTextError
from orchard.data.document import Extract
from orchard.data.packages import find_all, package
from orchard.data.readers import KINDS, READERS, kind_of, read_own
from orchard.errors import DataError, Finding
from orchard.spec.training import Corpus, Source


class Text(NamedTuple):
    """One source: where its files lie, how they are read, and under which licence.

    `files` maps names to paths; `reader` is the reader of all of them, or empty
    where their names tell; `ignored` counts files beside them that are no text;
    `identity` changes when a file does.
    """

    id: str
    licence: str
    attribution: str
    tier: str
    version: str
    reader: str
    column: str
    weight: float
    files: dict[str, Path]
    ignored: int
    identity: str

    @property
    def size_bytes(self) -> int:
        """Size of its files."""
        return sum(path.stat().st_size for path in self.files.values())


def sources(corpus: Corpus, beside: Path) -> list[Text]:
    """Sources of a corpus, the unseen ones first: a document that is in both is kept for judging.

    Raises
    ------
    DataError
        packages that are missing and paths that cannot be read, all at once
    """
    wanted = {name: source.package for name, source in corpus.sources.items() if source.package is not None}
    wrong: list[Finding] = []
    found = {}
    try:
        found = find_all(wanted.values(), beside)
    except DataError as error:
        wrong += error.findings
    texts: list[Text] = []
    for name, source in corpus.sources.items():
        if source.package is None:
            try:
                texts.append(_own(name, source, beside))
            except DataError as error:
                wrong += error.findings
        elif source.package in found:
            each = package(source.package)
            here = found[source.package]
            texts.append(
                Text(
                    id=name,
                    licence=each.licence,
                    attribution=each.attribution,
                    tier=each.tier,
                    version=here.version,
                    reader=each.reader,
                    column="",
                    weight=source.weight,
                    files=here.files,
                    ignored=0,
                    identity=_identity(here.files, times=False),
                )
            )
    if wrong:
        raise DataError(wrong)
    return sorted(texts, key=lambda text: text.id not in corpus.unseen)


def extracts(text: Text) -> Iterator[Extract]:
    """Documents of a source, one by one, in order of the names of its files; refused ones with the reason.

    Raises
    ------
    DataError
        O805: a file that the system does not let be read
    """
    alone = len(text.files) == 1
    for name, path in text.files.items():
        try:
            if text.reader:
                yield from READERS[text.reader](path, name)
            else:
                yield from read_own(path, name, text.column, alone=alone)
        except NoTextError as error:
            yield Extract(name, "", refused=str(error))
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            yield Extract(name, "", refused=f"cannot be unpacked: {error}")
        except OSError as error:
            wanted = "a file that can be read until its end"
            raise DataError(
                Finding("O805", str(path), text.id, error.strerror or str(error), wanted)
            ) from None


def _own(name: str, source: Source, beside: Path) -> Text:
    """The user's own files below a path.

    Hidden files and folders are left out, links to folders are not followed.
    """
    path = beside / str(source.path)
    wanted = "a folder or a file of text: " + " ".join(KINDS) + ", all but Parquet also as .gz"
    if not path.exists():
        raise DataError(Finding("O805", str(path), name, "no such file or folder", wanted))
    try:
        files = {path.name: path} if path.is_file() else dict(sorted(_visible(path)))
    except OSError as error:
        said = error.strerror or str(error)
        raise DataError(Finding("O805", str(error.filename or path), name, said, wanted)) from None
    known = {each: at for each, at in files.items() if kind_of(at)}
    unread = [
        Finding("O805", str(at), name, why, wanted) for at in known.values() if (why := _unreadable(at))
    ]
    if unread:
        raise DataError(unread)
    if not known:
        found = f"{len(files)} files, none of them text" if files else "no files"
        raise DataError(Finding("O805", str(path), name, found, wanted))
    return Text(
        id=name, licence=source.licence or "as its owner says", attribution="", tier="own", version="",
        reader="", column=source.column, weight=source.weight, files=known, ignored=len(files) - len(known),
        identity=_identity(known, times=True),
    )  # fmt: skip


def _unreadable(path: Path) -> str:
    """Why a file cannot be read, such as a pipe, which nobody may ever write into; empty where it can."""
    if not path.is_file():
        return "a link to nothing" if path.is_symlink() else "no file but a pipe, a socket or a device"
    return "" if os.access(path, os.R_OK) else "no permission to read"


def _visible(path: Path) -> Iterator[tuple[str, Path]]:
    """Files below a folder and what they are called in it; bytes of names that are no UTF-8 are escaped.

    Raises
    ------
    OSError
        a folder that cannot be read
    """
    for folder, below, names in os.walk(path, onerror=_told):
        below[:] = [each for each in below if not each.startswith(".")]
        for each in names:
            if not each.startswith("."):
                at = Path(folder, each)
                called = os.fsencode(at.relative_to(path).as_posix()).decode("utf-8", "backslashreplace")
                yield called, at


def _told(error: OSError) -> None:
    raise error


def _identity(files: Mapping[str, Path], *, times: bool) -> str:
    """Digest of names and sizes of files, and of when they changed where nobody else keeps them constant."""
    digest = hashlib.sha256()
    for name, path in files.items():
        stat = path.stat()
        digest.update(f"{name}\0{stat.st_size}\0{stat.st_mtime_ns if times else ''}\n".encode())
    return digest.hexdigest()
