"""A machine of the cluster is lost in the middle of a plan: nothing is lost, and the answer is the same."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from orchard.catalogue import catalogue
from orchard.plan import Setup, engine, plan
from orchard.plan.cluster import Cluster
from orchard.plan.outlook import Outlook
from orchard.spec.load import load

PROGRAMME = Path(__file__).parents[2] / "programmes" / "laptop.yaml"
STORE_BYTES = 80 * 1024**2  # Ray refuses less than 75 MiB

pytestmark = pytest.mark.soak


@pytest.fixture
def machines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head that works on nothing, and two machines that do, as far as Ray can tell."""
    from ray.cluster_utils import Cluster as Machines

    for name in ("RAY_USAGE_STATS_ENABLED", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"):
        monkeypatch.setenv(name, "0")
    head = {"num_cpus": 0, "object_store_memory": STORE_BYTES, "include_dashboard": False}
    made = Machines(initialize_head=True, head_node_args=head)
    monkeypatch.setenv("RAY_ADDRESS", made.address)
    yield made
    made.shutdown()


def add(machines: Any) -> Any:
    return machines.add_node(num_cpus=1, object_store_memory=STORE_BYTES)


def once(do: Callable[[], None]) -> Callable[[str, float], None]:
    """Something to do when the first block is done."""
    done: list[float] = []

    def progress(_: str, share: float) -> None:
        if not done:
            done.append(share)
            do()

    return progress


def answer(**more: Any) -> str:
    found = plan(load(PROGRAMME), catalogue(), samples=12_500, seed=2, **more)
    del found["seconds"]
    return json.dumps(found)


def test_a_machine_that_is_lost_takes_nothing_with_it(machines: Any) -> None:
    lost = add(machines)
    add(machines)
    with Cluster() as cluster:
        found = answer(where=cluster, progress=once(lambda: machines.remove_node(lost, allow_graceful=False)))
        assert lost.all_processes == {}  # it is gone
    assert found == answer()


def test_results_that_were_on_it_are_worked_out_again(machines: Any) -> None:
    """Every block leaves more than Ray sends along, so that it lies on the machine that worked it out."""
    lost, kept = add(machines), add(machines)
    setup = Setup.of(load(PROGRAMME), catalogue())

    def work(outlook: Outlook) -> tuple[str, Any]:
        import ray

        node = ray.get_runtime_context().get_node_id()
        return node, np.repeat(outlook.scene.draws.normal("a"), 200)

    told: list[float] = []

    def progress(share: float) -> None:
        told.append(share)
        if len(told) == 1:
            machines.remove_node(lost, allow_graceful=False)

    with Cluster() as cluster:
        found = engine.run(setup, 8000, 0, work, progress=progress, engine=cluster)
    nodes = [node for node, _ in found]
    assert set(nodes[1:]) == {kept.node_id}
    for block, (_, values) in enumerate(found):
        assert np.array_equal(values, np.repeat(setup.draws(0, block, 1000).normal("a"), 200))


def test_a_machine_that_joins_is_used(machines: Any) -> None:
    add(machines)
    setup = Setup.of(load(PROGRAMME), catalogue())

    def work(outlook: Outlook) -> str:
        import time

        import ray

        time.sleep(0.3)
        return str(ray.get_runtime_context().get_node_id())

    told: list[Any] = []

    def progress(share: float) -> None:
        if not told:
            told.append(add(machines))

    with Cluster() as cluster:
        nodes = engine.run(setup, 30_000, 0, work, progress=progress, engine=cluster)
    assert len(set(nodes)) == 2
