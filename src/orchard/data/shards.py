"""Tokens on disk: flat files that are mapped into memory, whole or not at all, checked when opened.

All training documents follow one another as one stream of ids: ``<|begin_of_text|>``, the document,
``<|end_of_text|>``. The stream is cut into files of at most :data:`SHARD` tokens::

    tokens-00000.bin     ids, little-endian uint16, or uint32 for vocabularies above 65,536
    starts.bin           int64 [documents + 1]: where each document starts in the stream
    sources.bin          int32 [documents]: index of each document's source
    index.json           sizes and SHA-256 of all of these, names and weights of the sources
"""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from orchard.errors import DataError, Finding

# Tokens of one file; small enough to copy, large enough that there are few.
SHARD = 1 << 27
INDEX = "index.json"
_CHUNK = 1 << 22


class ShardWriter:
    """Write documents one after the other; nothing counts before :meth:`close`."""

    def __init__(self, folder: Path, vocabulary: int, most: int = SHARD) -> None:
        self._folder = folder
        self._kind: np.dtype[Any] = np.dtype("<u2" if vocabulary <= 1 << 16 else "<u4")
        self._most = most
        self._file: IO[bytes] | None = None
        self._files: list[dict[str, Any]] = []
        self._digest = hashlib.sha256()
        self._starts = [0]
        self._sources: list[int] = []

    def add(self, ids: Sequence[int], source: int) -> None:
        """Append a document, special tokens included."""
        tokens = np.asarray(ids, dtype=self._kind)
        self._starts.append(self._starts[-1] + len(tokens))
        self._sources.append(source)
        while len(tokens):
            room = self._open()
            now, tokens = tokens[:room], tokens[room:]
            raw = now.tobytes()
            assert self._file is not None
            self._file.write(raw)
            self._digest.update(raw)
            self._files[-1]["tokens"] += len(now)

    def close(self, sources: Sequence[str], weights: Sequence[float]) -> None:
        """Write the index: the last file of all."""
        self._finish()
        index: dict[str, Any] = {"dtype": self._kind.str, "tokens": self._starts[-1], "shards": self._files}
        index["sources"] = [
            {"id": name, "weight": weight} for name, weight in zip(sources, weights, strict=True)
        ]
        for name, kind, values in (("starts", "<i8", self._starts), ("sources", "<i4", self._sources)):
            raw = np.asarray(values, dtype=kind).tobytes()
            (self._folder / f"{name}.bin").write_bytes(raw)
            index[f"{name}_sha256"] = hashlib.sha256(raw).hexdigest()
        (self._folder / INDEX).write_text(json.dumps(index, indent=1) + "\n", "utf-8")

    def _open(self) -> int:
        """Tokens that still fit into the open file; a full one is closed and the next one opened."""
        if self._files and self._files[-1]["tokens"] < self._most:
            return self._most - int(self._files[-1]["tokens"])
        self._finish()
        name = f"tokens-{len(self._files):05d}.bin"
        self._file = (self._folder / name).open("wb")
        self._files.append({"file": name, "tokens": 0})
        return self._most

    def _finish(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            self._files[-1]["sha256"] = self._digest.hexdigest()
            self._digest = hashlib.sha256()


class Shards:
    """The stream of training tokens.

    Attributes
    ----------
    tokens
        length of the stream
    starts
        [D + 1] where each document starts, the end of the stream last
    sources, weights
        [D] index of each document's source; weight of each source
    digest
        identity of all of it

    Raises
    ------
    DataError
        O809: a file that is missing, truncated or changed (with `verify`, by its SHA-256)
    """

    def __init__(self, folder: Path, *, verify: bool = True) -> None:
        self.folder = folder
        raw = _bytes(folder / INDEX)
        try:
            index = json.loads(raw)
            kind = np.dtype(index["dtype"])
            names = [str(one["id"]) for one in index["sources"]]
            self.weights = np.array([one["weight"] for one in index["sources"]], dtype=np.float64)
            files = [(folder / one["file"], int(one["tokens"]), one["sha256"]) for one in index["shards"]]
            digests = index["starts_sha256"], index["sources_sha256"]
            self.tokens = int(index["tokens"])
        except (ValueError, KeyError, TypeError):
            raise damaged(folder / INDEX, "no index of shards") from None
        self.names = tuple(names)
        self.digest = hashlib.sha256(raw).hexdigest()
        self.starts = np.frombuffer(_checked(folder / "starts.bin", digests[0]), dtype="<i8")
        self.sources = np.frombuffer(_checked(folder / "sources.bin", digests[1]), dtype="<i4")
        self._maps = [_mapped(path, kind, tokens, digest if verify else "") for path, tokens, digest in files]
        self._bounds = np.cumsum([0, *(tokens for _, tokens, _ in files)]).tolist()
        if self.tokens != self._bounds[-1] or self.tokens != self.starts[-1]:
            raise damaged(folder / INDEX, "shards and documents do not add up")

    def __len__(self) -> int:
        return len(self.sources)

    def read(self, start: int, stop: int) -> NDArray[np.int64]:
        """Ids [stop - start] of the stream.

        Raises
        ------
        IndexError
            a range outside the stream
        """
        if not 0 <= start <= stop <= self.tokens:
            raise IndexError(f"tokens {start} to {stop} of {self.tokens}")
        found = np.empty(stop - start, dtype=np.int64)
        at = start
        while at < stop:
            which = bisect_right(self._bounds, at) - 1
            low, high = self._bounds[which], min(stop, self._bounds[which + 1])
            found[at - start : high - start] = self._maps[which][at - low : high - low]
            at = high
        return found

    def document(self, number: int) -> NDArray[np.int64]:
        """Ids of a document, special tokens included."""
        return self.read(int(self.starts[number]), int(self.starts[number + 1]))


def write_shards(
    folder: Path, vocabulary: int, documents: Iterable[tuple[Sequence[int], int]], sources: Sequence[str]
) -> Shards:
    """Write documents, each as ids and index of its source, and open them; all weights are 1."""
    writer = ShardWriter(folder, vocabulary)
    for ids, source in documents:
        writer.add(ids, source)
    writer.close(sources, [1.0] * len(sources))
    return Shards(folder)


def damaged(path: Path, found: str) -> DataError:
    """The error of a file of a corpus that is not as it was written."""
    wanted = "the file as it was written"
    return DataError(
        Finding("O809", str(path), "", found, wanted, "remove the corpus folder and build it anew")
    )


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise damaged(path, "missing") from None


def _checked(path: Path, digest: str) -> bytes:
    raw = _bytes(path)
    if hashlib.sha256(raw).hexdigest() != digest:
        raise damaged(path, "another SHA-256 than in the index")
    return raw


def _mapped(path: Path, kind: np.dtype[Any], tokens: int, digest: str) -> NDArray[Any]:
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise damaged(path, "missing") from None
    if size != tokens * kind.itemsize:
        raise damaged(path, f"{size:,} bytes instead of {tokens * kind.itemsize:,}")
    if digest and file_digest(path) != digest:
        raise damaged(path, "another SHA-256 than in the index")
    return np.memmap(path, dtype=kind, mode="r") if tokens else np.empty(0, kind)
