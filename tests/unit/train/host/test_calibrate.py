"""Measuring this machine: what is measured becomes a chip and a step model that predict what they were fitted to."""

import sys

import numpy as np
import pytest
import torch

from orchard.catalogue import catalogue
from orchard.estimate.host import Step, pass_terms, predict, read_host, share_of, step
from orchard.spec.architecture import LanguageArchitecture
from orchard.train import loop
from orchard.train.host import calibrate, peaks, shapes, steps
from orchard.train.host.facts import keep
from orchard.train.host.made import Made, recipe
from orchard.train.host.power import energy_j, power_w
from orchard.train.host.steps import time_steps


def tiny(layers=1, hidden=32, sequence=32, batch=2):
    shape = LanguageArchitecture(
        layers=layers, hidden=hidden, heads=1, ffn=2 * hidden, vocabulary=256, tied_embeddings=True
    )
    return Step(shape, sequence, batch)


def test_a_microbatch_is_as_large_as_the_loop_makes_it(tmp_path):
    shape = tiny().architecture.model_copy(update={"vocabulary": 64})
    asked = step(shape, 256, 70)
    task, seen = Made(asked, torch.float32), []
    task.samples_per_step = 70
    loss = task.loss
    task.loss = lambda number, samples: seen.append(len(samples)) or loss(number, samples)
    loop.train(task, recipe(asked).model_copy(update={"micro_batch": 0}), tmp_path)
    assert seen == [asked.micro_batch] * int(asked.micro_batches) + [70 % asked.micro_batch]


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
    timed = [tiny(), tiny(layers=2, batch=1)]
    before = torch.get_num_threads()
    found = time_steps(timed, torch.float32, [1, 2], lambda what, share: None, 0.0)
    assert set(found) == {1, 2}
    assert all(one.pass_s > 0 and one.optimiser_s > 0 for rows in found.values() for one in rows)
    assert torch.get_num_threads() == before
    assert [one.step.micro_batch for one in found[1]] == [2, 1]
    assert [share_of(one.step, 2).micro_batch for one in found[2]] == [1, 1]


def test_waiting_of_idle_threads_never_turns_the_clock_back(monkeypatch):
    waited = iter([0.0, 100.0, 200.0])
    monkeypatch.setattr(steps, "_waited_s", lambda: next(waited))
    clock = steps.clock_of(2)
    first = clock()
    sum(range(100_000))
    assert 0 < first < clock() < 10


def test_threads_take_whole_samples_as_they_do_in_training():
    task, apart = Made(tiny(batch=5), torch.float32), list[int]()
    forward = task.language.forward
    task.language.forward = lambda tokens: apart.append(len(tokens)) or forward(tokens)
    with peaks.threads(2):
        both = task.loss(0, range(5))
    with peaks.threads(1):
        alone = task.loss(0, range(5))
    assert sorted(apart) == [2, 3, 5]
    assert both.terms == alone.terms == 5 * 32
    assert both.total.item() == pytest.approx(alone.total.item(), rel=1e-5)


def test_time_that_others_had_is_that_of_all_threads(tmp_path):
    for task, waited_ns in (("1", 2_000_000_000), ("2", 500_000_000)):
        (tmp_path / task).mkdir()
        (tmp_path / task / "schedstat").write_text(f"7 {waited_ns} 3\n")
    (tmp_path / "3").mkdir()
    (tmp_path / "3" / "schedstat").write_text("nothing\n")
    assert steps._waited_s(tmp_path) == pytest.approx(2.5)
    assert steps._waited_s(tmp_path / "none") == 0.0


def test_a_machine_without_time_is_measured_by_the_least(monkeypatch):
    held, asked = iter(range(300, 400, 10)), list[Step]()
    monkeypatch.setattr(shapes, "held", lambda: [tiny(layers=one) for one in range(1, 7)])
    module = sys.modules[calibrate.__module__]
    monkeypatch.setattr(
        module, "trained", lambda one, *_: asked.append(one) or {"memory_bytes": next(held) * 1e6}
    )
    found = module._held(torch.float32, 2, 0.0, lambda what, share: None)
    assert len(found) == len(asked) == module._HELD
    assert len(module._held(torch.float32, 2, 1e12, lambda what, share: None)) == 6


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
