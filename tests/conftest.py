"""What all tests share: how Hypothesis draws, and where the project lies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Workers share the cores: threads of the linear algebra would only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Facts that whoever runs the tests has measured are no part of them.
os.environ["ORCHARD_HOME"] = str(Path(__file__).parent / "no-catalogue-of-a-user")

settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", parent=settings.get_profile("here"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's root: tests read programmes, docs and sources from it."""
    return ROOT
