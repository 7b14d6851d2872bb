"""Plans on a machine that the user has measured: its figures, its step model, a digest of its own, and notes."""

from datetime import date

import pytest

from orchard.arch import training_flops
from orchard.catalogue import catalogue
from orchard.catalogue.chip import Entry
from orchard.catalogue.fact import Source
from orchard.catalogue.user import write_own
from orchard.estimate.host import HostModel, Rates, host_path, predict, step_of
from orchard.estimate.host.work import MEMORY, OPTIMISER, PASS
from orchard.plan import Setup, plan
from orchard.report.speeds import speed_rows
from orchard.spec.load import load_with_warnings

RATES = Rates(
    pass_s=dict.fromkeys(PASS, 0.0) | {"products": 1e-11, "stream": 2e-9},
    optimiser_s=dict.fromkeys(OPTIMISER, 0.0) | {"elements": 3e-9},
    pass_width=0.1,
    optimiser_width=0.2,
)


def host_model(date="2026-02-03"):
    memory = dict.fromkeys(MEMORY, 0.0) | {"floor": 2e8, "weights": 1.5, "stream": 8.0}
    return HostModel(
        machine="a processor of tests", date=date, precision="fp32", cores=2, threads={1: RATES, 2: RATES},
        memory_bytes=memory, memory_width=0.05, seen=dict.fromkeys(PASS, (1.0, 1e15)),
    )  # fmt: skip


@pytest.fixture
def laptop(root):
    return load_with_warnings(root / "programmes" / "laptop.yaml").programme


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ORCHARD_HOME", str(tmp_path))
    return tmp_path


def measure(home, bf16="0.2"):
    fields = {"kind": "measured", "source": "this-machine", "as_of": "2026-11-24"}
    rows = [
        fields | {"id": "chip.host.bf16", "value": bf16, "unit": "TFLOP/s", "basis": "dense"},
        fields | {"id": "chip.host.memory_bandwidth", "value": "12", "unit": "GB/s"},
        fields | {"id": "chip.host.chips_per_node", "value": "2", "unit": "chip"},
    ]
    source = Source("this-machine", "this machine", "measured here", "orchard calibrate host", "2026-11-24")
    write_own(home, "host", rows, source, Entry("host", "mine", "", "", ""))
    host_path().write_text(host_model().text())


def answer(programme):
    return plan(programme, catalogue(), samples=500, digest="0" * 64)


def test_without_a_calibration_what_is_stated_stands_and_is_said(laptop, home):
    setup = Setup.of(laptop, catalogue())
    assert setup.programme == laptop
    assert setup.notes == (
        "core: as stated, host is not in your own catalogue; orchard calibrate host measures it",
    )
    found = answer(laptop)
    assert found["digest"] == "0" * 64
    assert found["own"]["facts"] == []
    assert {run["speed"]["basis"] for run in found["runs"] if run["speed"]} == {"given"}


def test_with_a_calibration_runs_follow_the_step_model(laptop, home):
    measure(home)
    setup = Setup.of(laptop, catalogue())
    assert setup.notes == ("core: 3 figures measured on 2026-11-24, after as_of, of your own chip host",)
    later = laptop.model_copy(update={"as_of": date(2026, 11, 24)})
    assert "after" not in Setup.of(later, catalogue()).notes[0]
    assert setup.values.amounts["chips.core.bf16"].value == 0.2e12
    assert setup.values.amounts["chips.core.memory"].value == 8e9  # as stated: it was not measured
    model = laptop.models["avocado"]
    step = step_of(model)
    expected = predict(host_model(), step, 2)
    share = expected.tokens_per_s.value * float(training_flops(model.architecture, step.sequence)) / 0.4e12
    assert setup.values.amounts["models.avocado.recipe.utilisation"].value == pytest.approx(share)
    found = answer(laptop)
    speeds = {run["model"]: run["speed"] for run in found["runs"] if run["speed"]}
    assert set(speeds) == {"avocado", "mango"}
    assert {one["basis"] for one in speeds.values()} == {"host"}
    assert speeds["avocado"]["step_s"] == pytest.approx(list(expected.step_s))
    assert speeds["avocado"]["memory_bytes"] == pytest.approx(list(expected.memory_bytes))
    assert not speeds["avocado"]["alike"]
    assert speeds["mango"]["alike"]
    assert all(len(row) == 8 for row in speed_rows(found))


def test_the_digest_of_a_plan_covers_what_was_measured(laptop, home):
    measure(home)
    first = answer(laptop)
    assert set(first["own"]["facts"]) == {"chip.host.bf16", "chip.host.memory_bandwidth"}
    assert first["own"]["folder"] == str(home)
    assert first["digest"] != "0" * 64
    assert first["digest"] == answer(laptop)["digest"]
    host_path().write_text(host_model(date="2026-11-25").text())
    assert answer(laptop)["digest"] != first["digest"]
