"""Rows of a table of training runs -> arrays that the step model takes.

A row says what was trained on what, and how; columns are those of the measured rows that the project
ships. Blank cells get what their stack usually does, and a note says so. A row that cannot be
predicted keeps its place, with `ok` false and the reason as its note.

Cells are read once per distinct text, so that ten million rows stream through in bounded memory.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.cells import WRONG, Array, Entries
from orchard.estimate.columns import (
    Columns,
    Reasons,
    answerable,
    listed,
    of_entries,
    refuse_entries,
    refuse_numbers,
)
from orchard.estimate.training.formulas.configuration import (
    FSDP,
    GENERATIONS,
    MXFP8,
    NODE_CHIPS,
    TPU,
    Hardware,
    Layout,
    Software,
)
from orchard.estimate.training.formulas.shape import Shape, stack, take
from orchard.estimate.training.table.settings import Setting, setting
from orchard.estimate.training.table.sharding import Said, sharding
from orchard.estimate.training.table.sizes import (
    NOTES,
    SIZES,
    UNCUT,
    Sizes,
    note_odd,
    refuse_layers,
    with_experts,
    with_micro_batch,
)
from orchard.estimate.training.table.stacks import Traits
from orchard.estimate.training.table.subjects import Subject, subject

REQUIRED = ("id", "model_key|model", "chip", "n_gpus", "seq_len", "global_batch")
COLUMNS = (
    *("id", "model", "model_key", "task", "chip", "system", "n_gpus", "dtype", "seq_len", "global_batch"),
    *("micro_batch", "tp", "pp", "cp", "vp", "ep", "fsdp", "recompute"),
    *("source", "flops_convention", "stack", "options"),
)
_SUBJECT = ("model_key", "model", "task")
_SETTING = (
    *("chip", "dtype", "system", "stack", "source", "options", "flops_convention", "recompute", "fsdp"),
)


@dataclass(frozen=True)
class Batch:
    """Rows as arrays [n], in their order; where `ok` is false, a placeholder stands and `notes` say why.

    `software.slowdown` is 1: multiply by what is fitted for `stacks`. Where `unknown_recompute`, the
    recomputation is the least that fits, for whoever knows the memory; `layout.recompute` says none.
    """

    ids: list[str]
    shape: Shape
    hardware: Hardware
    layout: Layout
    software: Software
    stacks: list[str]
    chips: list[str]
    notes: list[str]
    ok: NDArray[np.bool_]
    unknown_recompute: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def moe(self) -> NDArray[np.bool_]:
        """Whether the model is a mixture of experts."""
        return np.asarray(self.shape.moe_layers) > 0


class Rows:
    """Reads rows that have these columns, in any order; others are ignored."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = Columns(COLUMNS, columns)
        self._subjects: Entries[tuple[str, ...], Subject] = Entries(lambda key: subject(*key))
        self._settings: Entries[tuple[str, ...], Setting] = Entries(lambda key: setting(*key))

    def batch(self, rows: Sequence[Sequence[str]]) -> Batch:
        """Arrays of rows, each a list of cells under the columns."""
        count = len(rows)
        reasons: Reasons = {}
        text = self._columns.texts(rows, reasons)
        subjects = self._subjects.places(zip(*(text[name] for name in _SUBJECT), strict=True), count)
        settings = self._settings.places(zip(*(text[name] for name in _SETTING), strict=True), count)
        sizes = {name: numbers.read(text[name]) for name, numbers in SIZES.items()}
        refuse_numbers(reasons, text, sizes, SIZES, REQUIRED)
        trained, set_as = self._subjects.values_made, self._settings.values_made
        refuse_entries(reasons, [one.wrong for one in trained], subjects)
        refuse_entries(reasons, [one.wrong for one in set_as], settings)
        return _assemble(list(text["id"]), trained, subjects, set_as, settings, sizes, reasons)


def batch(rows: Sequence[Mapping[str, str]]) -> Batch:
    """Arrays of rows given by column names; columns that all rows lack are blank."""
    columns, cells = listed(COLUMNS, rows)
    return Rows(columns).batch(cells)


def _assemble(
    ids: list[str],
    trained: list[Subject],
    subjects: NDArray[np.intp],
    set_as: list[Setting],
    settings: NDArray[np.intp],
    sizes: dict[str, Array],
    reasons: Reasons,
) -> Batch:
    count = len(ids)
    bits = np.zeros(count, np.intp)
    shape = take(stack([one.shape for one in trained]), subjects) if count else _no_shapes()
    hardware = _columns(Hardware, [one.machine.hardware for one in set_as], settings)
    hardware = hardware._replace(generation=np.asarray(hardware.generation).astype(np.intp))
    blank = {name: np.isnan(values) for name, values in sizes.items()}
    n = Sizes(*(np.where(sizes[name] > 0, sizes[name], 1.0) for name in (
        "n_gpus", "seq_len", "global_batch", "micro_batch", "tp", "pp", "cp", "vp", "ep")))  # fmt: skip
    sound = ~np.any([values == WRONG for values in sizes.values()], axis=0) & ~blank["n_gpus"]
    sound &= ~blank["global_batch"]  # what is derived from a wrong size needs no second reason
    note_odd(n, shape, bits)
    n = n._replace(vp=np.where(n.pp > 1, n.vp, 1.0))
    said = Said(
        *(
            of_entries([getattr(one, name) for one in set_as], settings)
            for name in ("shard", "ranks", "stated")
        ),
        *(
            of_entries([getattr(one.traits, name) for one in set_as], settings)
            for name in ("slices", "across", "expert_tensor")
        ),
    )
    recompute = of_entries([one.recompute for one in set_as], settings)
    precision = of_entries([one.machine.precision for one in set_as], settings)
    tpu = np.asarray(hardware.generation) == TPU
    bits[blank["tp"] & blank["pp"] & (said.shard < FSDP) & ~tpu & (n.chips > 1)] |= UNCUT
    n = with_micro_batch(n, blank["micro_batch"], tpu, sound, bits, reasons)
    n = with_experts(n, np.asarray(shape.experts), said.expert_tensor, bits)
    refuse_layers(n, np.asarray(shape.layers), reasons)
    software = _software([one.traits for one in set_as], settings, hardware, shape, precision)
    software = software._replace(frozen=of_entries([one.frozen for one in trained], subjects))
    cuts = sharding(said, n, shape, hardware, software, bits)
    kept = np.asarray(software.kept_gathered)  # with stages, FSDP keeps weights unless a row says otherwise
    kept = np.where(kept < 0, (cuts.shard == FSDP) & (n.pp > 1), kept)
    software = software._replace(kept_gathered=kept)
    layout = Layout(
        chips=n.chips, sequence=n.sequence, batch=n.batch, micro_batch=n.micro_batch,
        tp=n.tp, pp=n.pp, cp=n.cp, vp=n.vp, ep=n.ep, etp=said.expert_tensor,
        shard=cuts.shard, shard_ranks=cuts.shard_ranks,
        recompute=np.maximum(recompute, 0).astype(np.intp), precision=precision.astype(np.intp),
    )  # fmt: skip
    notes = _notes([one.note for one in trained], subjects, [s.note for s in set_as], settings, bits)
    ok = answerable(reasons, notes)
    machines = settings.tolist()
    return Batch(
        ids, shape, hardware, layout, software,
        stacks=[set_as[place].traits.family for place in machines],
        chips=[set_as[place].machine.chip for place in machines],
        notes=notes, ok=ok, unknown_recompute=recompute < 0,
    )  # fmt: skip


def _software(
    set_as: list[Traits], index: NDArray[np.intp], hardware: Hardware, shape: Shape, precision: Array
) -> Software:
    """What the stacks of rows do; experts are fused with MXFP8 on Blackwell, the host waits in nodes."""
    names = ("years", "sequence_parallel", "multi_token", "gradient_bytes", "optimiser_bytes", "eager",
             "attention", "fused_experts", "host_sync", "kept_gathered", "offloads", "overlap")  # fmt: skip
    column = {name: of_entries([getattr(one, name) for one in set_as], index) for name in names}
    blackwell = np.isin(hardware.generation, [GENERATIONS.index(n) for n in ("blackwell", "blackwell-ultra")])
    narrow = precision == MXFP8
    column["fused_experts"] *= blackwell & narrow & (np.asarray(shape.inner) == 3)
    column["host_sync"] *= np.asarray(hardware.domain) <= NODE_CHIPS
    attention = column.pop("attention").astype(np.intp)
    return Software(slowdown=np.ones(len(index)), attention=attention, **column)


def _notes(
    models: list[str], subjects: NDArray[np.intp], chips: list[str], settings: NDArray[np.intp],
    bits: NDArray[np.intp],
) -> list[str]:  # fmt: skip
    """One note a row; rows alike share its text."""
    made: dict[tuple[int, int, int], str] = {}
    notes = []
    for key in zip(subjects.tolist(), settings.tolist(), bits.tolist(), strict=True):
        if key not in made:
            said = [models[key[0]], chips[key[1]]]
            said += [note for bit, note in enumerate(NOTES) if key[2] >> bit & 1]
            made[key] = "; ".join(one for one in said if one)
        notes.append(made[key])
    return notes


def _columns(kind: type[Hardware], entries: list[Hardware], index: NDArray[np.intp]) -> Hardware:
    table = np.array(entries, dtype=np.float64).reshape(len(entries), len(kind._fields))
    return kind(*table[index].T)


def _no_shapes() -> Shape:
    return Shape(*repeat(np.zeros(0), len(Shape._fields)))
