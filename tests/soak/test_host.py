"""Models in processes of their own say how much memory training holds, and how long a step takes."""

import pytest

from orchard.errors import OrchardError
from orchard.estimate.host import Step
from orchard.spec.architecture import LanguageArchitecture
from orchard.train.host.memory import trained

pytestmark = pytest.mark.soak


def step(layers: int, hidden: int, sequence: int = 64) -> Step:
    shape = LanguageArchitecture(layers=layers, hidden=hidden, heads=2, ffn=2 * hidden, vocabulary=512)
    return Step(shape, sequence, 2)


def test_larger_models_hold_more() -> None:
    small, large = (trained(step(2, hidden), "float32", 1) for hidden in (64, 768))
    assert small["step_s"] > 0
    parameters = 2 * (4 * 768**2 + 3 * 768 * 1536)
    assert large["memory_bytes"] - small["memory_bytes"] > 3 * 4 * parameters  # weights, gradients, momenta


def test_a_process_that_fails_says_why() -> None:
    with pytest.raises(OrchardError) as caught:
        trained(step(1, 62), "float32", 1)  # heads of odd width cannot be turned
    assert caught.value.findings[0].code == "O855"
