"""Rows of a table of clips: what is read, what is refused, what gets a default and says so."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchard.catalogue.measured import measured
from orchard.estimate.cells import MOST_KEPT
from orchard.estimate.video import Rows, batch, estimate
from orchard.estimate.video.rows import COLUMNS, REQUIRED

ROW = {
    "id": "a", "model": "Wan2.1-14B", "chip": "H100", "n": "1", "resolution": "1280x720", "frames": "81", "steps": "50",
}  # fmt: skip

GUIDED = "two passes a step: guided, as the model is by default"


def seconds(**cells: str) -> float:
    made = batch([ROW | cells])
    assert made.ok[0], made.notes
    return float(estimate(made).seconds[0])


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"model": ""}, "model is blank"),
        ({"model": "Wan9-14B"}, "no such model; did you mean"),
        ({"model": "Llama-3.1-8B"}, "language model"),
        ({"model": "MiniMax H3"}, "architecture not published"),
        ({"chip": ""}, "chip is blank"),
        ({"chip": "H1000"}, "no such chip; did you mean"),
        ({"chip": "TPU v5p"}, "no attention kernel"),
        ({"n": "0"}, "n '0': wanted a whole number"),
        ({"n": "-1"}, "n '-1'"),
        ({"n": "1.5"}, "n '1.5'"),
        ({"n": ""}, "n is blank"),
        ({"n": "1e300"}, "n '1e300'"),
        ({"steps": "fifty"}, "steps 'fifty'"),
        ({"frames": "nan"}, "frames 'nan'"),
        ({"frames": "81", "resolution": "720p"}, "resolution '720p': wanted width x height"),
        ({"resolution": "0x720"}, "resolution '0x720'"),
        ({"resolution": ""}, "resolution is blank"),
        ({"kernel": "magic"}, "kernel 'magic': wanted one of fa2"),
        ({"guided": "perhaps"}, "guided 'perhaps': wanted yes or no"),
        ({"n": "16", "chip": "H20"}, "no network of them is known"),
        ({"n": "64", "resolution": "64x64", "frames": "1"}, "more chips than tokens"),
        ({"resolution": "99999x99999", "frames": "9999"}, "do not fit the chips' memory"),
    ],
)
def test_what_cannot_be_timed_is_blank_with_the_reason(cells: dict[str, str], words: str) -> None:
    made = batch([ROW, ROW | cells])
    assert made.ok.tolist() == [True, False]
    assert words in made.notes[1]
    assert np.isnan(estimate(made).seconds).tolist() == [False, True]


def test_all_that_is_wrong_is_said_at_once() -> None:
    note = batch([ROW | {"model": "x", "chip": "y", "n": "", "steps": "z", "resolution": "w"}]).notes[0]
    assert all(
        word in note for word in ("model 'x'", "chip 'y'", "n is blank", "steps 'z'", "resolution 'w'")
    )


def test_rows_of_another_width_are_refused_and_keep_their_place() -> None:
    full = [ROW[name] for name in REQUIRED]
    made = Rows(REQUIRED).batch([full, full[:3], [*full, "720"]])
    assert made.ok.tolist() == [True, False, False]
    assert "3 cells under 7 columns" in made.notes[1]
    assert len(Rows(REQUIRED).batch([])) == 0


def test_the_kernel_comes_from_the_cell_the_notes_or_the_publisher() -> None:
    two, three = seconds(kernel="fa2"), seconds(kernel="FlashAttention-3")
    assert three < two
    assert seconds(notes="FA3 on Hopper") == three
    assert seconds() == two  # nothing says that Wan2.1 was measured with another
    assert seconds(model="Wan2.2-A14B") == seconds(model="Wan2.2-A14B", kernel="fa3")
    assert batch([ROW]).notes == [f"kernel fa2: the publisher's; {GUIDED}"]


@pytest.mark.parametrize("chip", ["A100", "B200", "MI300X", "RTX 4090"])
def test_a_kernel_of_hopper_gives_way_elsewhere_and_says_so(chip: str) -> None:
    for cells in ({"kernel": "fa3"}, {"notes": "FA3"}, {"model": "Wan2.2-A14B"}):
        row = {**ROW, "chip": chip, "n": "4", **cells}
        named = batch([row])
        assert "kernel fa2: fa3" in named.notes[0]
        assert "does not run on" in named.notes[0]
        again = batch([{**row, "kernel": "fa2"}])
        np.testing.assert_array_equal(estimate(named).seconds, estimate(again).seconds)
        assert "does not run" not in again.notes[0]


def test_a_kernel_for_later_chips_is_remarked() -> None:
    assert "kernel fa4 on h100: written for later chips" in batch([ROW | {"kernel": "fa4"}]).notes[0]
    assert "later chips" not in batch([ROW | {"chip": "B200", "kernel": "fa4"}]).notes[0]
    assert "fa4 does not run on a100" in batch([ROW | {"chip": "A100", "kernel": "fa4"}]).notes[0]


def test_passes_of_guidance_are_said_where_they_are_taken_for_granted() -> None:
    for steps, said in (("8", False), ("9", True), ("50", True)):
        assert (GUIDED in batch([ROW | {"steps": steps}]).notes[0]) == said
    assert GUIDED not in batch([ROW | {"guided": "yes"}]).notes[0]
    assert "passes" not in batch([ROW | {"model": "HunyuanVideo"}]).notes[0]


def test_a_model_without_guidance_takes_half_the_passes() -> None:
    twice = seconds(guided="yes", steps="40")
    for cells in ({"guided": "no"}, {"notes": "CFG-distilled"}, {"model": "Wan2.1-14B-distilled"}):
        assert seconds(steps="40", **cells) == pytest.approx(twice / 2, rel=0.02)
    assert seconds(model="HunyuanVideo", guided="yes") > 1.9 * seconds(model="HunyuanVideo")


def test_few_steps_are_those_of_distilled_models() -> None:
    made = batch([ROW | {"steps": "8"}, ROW | {"steps": "9"}, ROW | {"steps": "8", "guided": "yes"}])
    assert np.asarray(made.run.passes).tolist() == [1.0, 2.0, 2.0]
    assert "distilled models of 8 steps or fewer" in made.notes[0]
    assert "distilled" not in made.notes[1] + made.notes[2]


def test_an_image_is_a_clip_of_one_frame() -> None:
    assert 0 < seconds(frames="1") < seconds(frames="81") / 20


def test_what_is_not_modelled_is_said() -> None:
    assert (
        "timed without fp8, teacache: not modelled" in batch([ROW | {"notes": "FP8, TeaCache 0.2"}]).notes[0]
    )
    assert "twice the interval" in batch([ROW | {"chip": "MI300X"}]).notes[0]
    assert "carried in every pass" in batch([ROW | {"chip": "RTX 4090", "n": "4"}]).notes[0]
    assert (
        "second network does not fit" in batch([ROW | {"model": "Wan2.2-A14B", "chip": "A100-40GB"}]).notes[0]
    )


def test_measured_rows_answer_alike_with_the_seven_columns_alone() -> None:
    """What the notes of measured rows say is what a row gets that says nothing."""
    rows = [row for row in measured("video") if "TRAIN" not in row["model"]]
    full = estimate(batch(rows)).seconds
    bare = estimate(batch([{name: row[name] for name in REQUIRED} for row in rows])).seconds
    assert np.isfinite(full).sum() == 73
    np.testing.assert_array_equal(full, bare)


@given(st.lists(st.integers(0, 80), min_size=1, max_size=30))
@settings(max_examples=30)
def test_batches_answer_as_rows_do(places: list[int]) -> None:
    rows = [measured("video")[place] for place in places]
    whole = estimate(batch(rows))
    for place, row in enumerate(rows):
        alone = estimate(batch([row]))
        np.testing.assert_allclose(alone.seconds[0], whole.seconds[place], rtol=1e-12)
        np.testing.assert_allclose(alone.high[0], whole.high[place], rtol=1e-12)


@given(st.fixed_dictionaries({name: st.text(max_size=12) for name in COLUMNS}))
@settings(max_examples=60)
def test_nonsense_is_never_an_exception(cells: dict[str, str]) -> None:
    made = batch([cells, ROW])
    assert made.ok[0] or made.notes[0]
    assert made.ok[1]


def test_stores_stay_small() -> None:
    reader = Rows(REQUIRED)
    for start in range(0, 3 * MOST_KEPT, MOST_KEPT):
        many = [
            ROW | {"steps": str(i + 1), "resolution": f"{i + 64}x64"} for i in range(start, start + MOST_KEPT)
        ]
        made = reader.batch([[row[name] for name in REQUIRED] for row in many])
        assert made.ok.all()
    assert len(reader._clips) <= 2 * MOST_KEPT
