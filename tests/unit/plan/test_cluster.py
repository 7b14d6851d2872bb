"""A plan on a Ray cluster of two machines: the same answer as in one process, bit for bit."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchard.catalogue import catalogue
from orchard.errors import LimitError
from orchard.plan import ask, plan
from orchard.plan.cluster import Cluster
from orchard.spec.load import load

PROGRAMME = Path(__file__).parents[3] / "programmes" / "laptop.yaml"
STORE_BYTES = 80 * 1024**2  # Ray refuses less than 75 MiB


@pytest.fixture(scope="module")
def machines() -> Iterator[Any]:
    """Two machines, as far as Ray can tell, on this one; nothing listens beyond it."""
    pytest.importorskip("ray", reason="Ray comes with the extra of the tests", exc_type=ModuleNotFoundError)
    from ray.cluster_utils import Cluster as Machines

    quiet = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}
    head = {"num_cpus": 1, "object_store_memory": STORE_BYTES, "include_dashboard": False}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in quiet.items():
            patch.setenv(name, value)
        made = Machines(initialize_head=True, head_node_args=head)
        made.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
        patch.setenv("RAY_ADDRESS", made.address)
        yield made
        made.shutdown()


def answer(where: Cluster | None) -> str:
    found = plan(load(PROGRAMME), catalogue(), samples=3500, seed=5, where=where)
    del found["seconds"]
    return json.dumps(found)


def test_the_same_numbers_to_the_bit(machines: Any) -> None:
    with Cluster() as cluster:
        import ray

        assert sum(node["Alive"] for node in ray.nodes()) == 2
        assert answer(cluster) == answer(None)
        names = ["fleet.power@2026-12-31", "avocado.released"]
        programme = load(PROGRAMME)
        assert ask(programme, catalogue(), names, where=cluster) == ask(programme, catalogue(), names)
    assert not ray.is_initialized()


def test_the_command_line_names_it(
    machines: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from orchard.cli import main

    said = []
    for more in (["--engine", "ray"], []):
        monkeypatch.setattr(
            sys, "argv", ["orchard", "ask", str(PROGRAMME), "avocado.released", "--json", *more]
        )
        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert "avocado.released" in said[0]


def test_a_sweep_is_the_same_side_by_side(machines: Any) -> None:
    from orchard.plan.sweep import Case, sweep

    programme = load(PROGRAMME)
    later = programme.model_copy(update={"title": "The same, under another name"})
    cases = [Case("one", "", programme, {}), Case("two", "", later, {}), Case("three", "", programme, {})]
    quantities = ["avocado.released", "fleet.power@2026-12-31"]
    with Cluster() as cluster:
        assert cluster.at_once == 2
        found = sweep(cases, catalogue(), quantities, samples=1500, where=cluster)
    assert found == sweep(cases, catalogue(), quantities, samples=1500)
    assert [case["name"] for case in found["cases"]] == ["one", "two", "three"]


def test_signals_stay_with_the_command(machines: Any) -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Cluster():
        assert signal.getsignal(signal.SIGTERM) is before


def test_a_mistake_on_a_machine_of_the_cluster_is_the_mistake(machines: Any) -> None:
    from orchard.plan import Setup, engine

    setup = Setup.of(load(PROGRAMME), catalogue())
    with Cluster() as cluster, pytest.raises(ZeroDivisionError):
        engine.run(setup, 10, 0, lambda outlook: 1 // 0, engine=cluster)


def test_without_ray_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(LimitError) as caught:
        Cluster()
    (finding,) = caught.value.findings
    assert (finding.code, finding.hint) == ("O515", "pip install 'orchard[ray]'")


def test_a_cluster_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray", exc_type=ModuleNotFoundError)
    monkeypatch.setenv("RAY_ADDRESS", "nowhere-at-all:1")
    with pytest.raises(LimitError) as caught:
        Cluster()
    assert caught.value.findings[0].code == "O516"
    assert os.environ["RAY_ADDRESS"] in caught.value.findings[0].found
