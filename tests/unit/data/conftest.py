"""A small corpus, built once."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchard.data import Built, build

from .small import corpus, write


@pytest.fixture(scope="session")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a programme with text beside it."""
    folder = tmp_path_factory.mktemp("beside")
    write(folder)
    return folder


@pytest.fixture(scope="session")
def built(beside: Path, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The corpus, built."""
    return build(corpus(), "small", tmp_path_factory.mktemp("corpora") / "small", beside)
