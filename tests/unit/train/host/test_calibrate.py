"""Measuring this machine: what is measured becomes a chip and a step model that predict what they were fitted to."""

import sys

import numpy as np
import pytest
import torch

from orchard.catalogue import catalogue
from orchard.estimate.host import Step, pass_terms, predict, read_host
from orchard.estimate.host.recipes import MICRO_TOKENS
from orchard.spec.architecture import LanguageArchitecture
from orchard.train import loop
from orchard.train.host import calibrate, peaks, shapes
from orchard.train.host.facts import keep
from orchard.train.host.made import Made, recipe
from orchard.train.host.measurement import Meter
from orchard.train.host.memory import peak_bytes
from orchard.train.host.power import energy_j, power_w
from orchard.train.host.steps import time_steps


def tiny(layers=1, hidden=32, sequence=32, batch=2):
    shape = LanguageArchitecture(
        layers=layers, hidden=hidden, heads=1, ffn=2 * hidden, vocabulary=256, tied_embeddings=True
    )
    return Step(shape, sequence, batch)


def test_a_microbatch_is_as_large_as_the_loop_makes_it():
    assert MICRO_TOKENS == loop._UNITS


def test_timed_models_differ_in_every_kind_of_work():
    terms = np.array([pass_terms(step) for step in shapes.timed()])[:, :-1]
    shares = terms / terms.max(axis=0)
    assert np.linalg.matrix_rank(shares) == shares.shape[1]
    assert shares.min(axis=0).max() < 0.2


def test_a_made_task_is_what_the_loop_trains(tmp_path):
    task = Made(tiny(batch=4), torch.float32, steps=3)
    done = loop.train(task, recipe(tiny(batch=4)), tmp_path)
    assert done.step == 3
    assert len(task.begun_s) == 3
    assert done.loss > 0


def test_clocks_go_forward_for_each_number_of_threads():
    steps = [tiny(), tiny(layers=2)]
    before = torch.get_num_threads()
    found = time_steps(steps, torch.float32, [1, 2], lambda what, share: None, 0.0)
    assert set(found) == {1, 2}
    assert all(one.pass_s > 0 and one.optimiser_s > 0 for rows in found.values() for one in rows)
    assert torch.get_num_threads() == before


def test_a_calibration_becomes_a_chip_and_a_step_model(tmp_path, monkeypatch):
    monkeypatch.setenv("ORCHARD_HOME", str(tmp_path))
    monkeypatch.setattr(peaks, "_SECONDS", 0.01)
    monkeypatch.setattr(peaks, "_SQUARE", (64, 128))
    monkeypatch.setattr(peaks, "_THIN", ((128, 32, 64),))
    monkeypatch.setattr(peaks, "_COPIED", 1 << 16)
    timed = [tiny(), tiny(layers=3), tiny(hidden=64), tiny(sequence=128), tiny(batch=8)]
    monkeypatch.setattr(shapes, "timed", lambda: timed)
    monkeypatch.setattr(shapes, "held", lambda: timed[:2])  # in processes of their own: tests/soak
    held = iter([300e6, 310e6])
    monkeypatch.setattr(sys.modules[calibrate.__module__], "trained", lambda *_: {"memory_bytes": next(held)})
    heard: list[float] = []
    made = calibrate(lambda what, share: heard.append(share), 0.1)
    assert heard[-1] == 1.0
    assert all(0 <= share <= 1 for share in heard)
    files = keep(made, tmp_path)
    assert all(path.is_file() for path in files)
    assert read_host() == made.model
    chip = catalogue().chip("host")
    assert chip.bf16_flops_per_s == pytest.approx(catalogue().fact("chip.host.bf16").value)
    assert chip.chips_per_node == made.model.cores
    assert made.model.machine in catalogue().sources["this-machine"].title
    assert catalogue().fact("chip.host.bf16").kind == "measured"
    for count in made.model.threads:
        said = predict(made.model, timed[1], count)
        assert 0 < said.step_s.low < said.step_s.value < said.step_s.high
        assert said.memory_bytes.value == pytest.approx(305e6, rel=0.05)


def test_energy_is_that_of_all_packages_and_none_without_counters(tmp_path, monkeypatch):
    assert energy_j(tmp_path) is None
    for number, micro in enumerate((1_500_000, 2_500_000)):
        (tmp_path / f"intel-rapl:{number}").mkdir()
        (tmp_path / f"intel-rapl:{number}" / "energy_uj").write_text(f"{micro}\n")
    assert energy_j(tmp_path) == pytest.approx(4.0)
    counted = iter([10.0, 10.5])
    monkeypatch.setattr("orchard.train.host.power.energy_j", lambda: next(counted))
    assert power_w(lambda: None, 0.01) == pytest.approx(0.5 / 0.01, rel=0.9)
    monkeypatch.setattr("orchard.train.host.power.energy_j", lambda: None)
    assert power_w(lambda: None, 0.01) is None


def test_a_meter_measures_steps_and_the_process():
    values = Meter().values(4, 400.0, 2.0)
    assert (values["step_s"], values["tokens_per_s"], values["duration_s"]) == (0.5, 200.0, 2.0)
    assert values["memory_bytes"] == pytest.approx(peak_bytes(), rel=0.1)
    assert "step_s" not in Meter().values(0, 0.0, 0.0)
