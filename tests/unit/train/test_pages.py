"""Freed memory stays: touching as much again costs no new pages."""

from __future__ import annotations

import resource
import sys

import pytest
import torch

from orchard.train.pages import keep_pages


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="glibc alone is asked")
def test_memory_that_was_freed_is_not_fetched_again():
    if not keep_pages():
        pytest.skip("another allocator")
    for _ in range(2):
        torch.ones(8 << 20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    torch.ones(8 << 20)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before < 1000  # 32 MB are 8192 pages
