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
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.cells import WRONG, Array, Entries, Numbers
from orchard.estimate.training.formulas.configuration import (
    BF16_BYTES,
    FSDP,
    GENERATIONS,
    MXFP8,
    NODE_CHIPS,
    TPU,
    Hardware,
    Layout,
    Software,
)
from orchard.estimate.training.formulas.memory import room
from orchard.estimate.training.formulas.shape import Shape, stack, take
from orchard.estimate.training.table.settings import Setting, setting
from orchard.estimate.training.table.stacks import Traits
from orchard.estimate.training.table.subjects import Subject, subject

REQUIRED = ("id", "model_key|model", "chip", "n_gpus", "seq_len", "global_batch")
COLUMNS = (
    *("id", "model", "model_key", "task", "chip", "system", "n_gpus", "dtype", "seq_len", "global_batch"),
    *("micro_batch", "tp", "pp", "cp", "vp", "ep", "fsdp", "recompute"),
    *("source", "flops_convention", "stack", "options"),
)
# Share of a chip's memory that weights, gradients and optimiser may fill before they are sharded
# across slices of a pod too (assumed).
STATE_SHARE = 0.5
_SIZES = {
    **{name: Numbers(name) for name in ("n_gpus", "seq_len")},
    **{name: Numbers(name, zero_is=1.0) for name in ("tp", "pp", "cp", "vp", "ep")},
    **{name: Numbers(name, whole=False) for name in ("global_batch", "micro_batch")},
}
_SUBJECT = ("model_key", "model", "task")
_SETTING = (
    *("chip", "dtype", "system", "stack", "source", "options", "flops_convention", "recompute", "fsdp"),
)
# Notes on sizes, by bit.
_NOTES = (
    "micro_batch blank: a replica's whole batch at once",
    "micro_batch blank: 1",
    "replicas share a sequence: batch smaller than replicas, or not a multiple",
    "layout blank: no tensor or pipeline parallelism",
    "ep cut to the ranks there are",
    "weights sharded within a pod slice, copied across",
    "fsdp blank: weights and gradients are sharded, as they do not fit otherwise",
    "fsdp cut to the replicas there are",
    "micro_batch below one sequence",
    "tp does not divide the heads",
    "cp does not cut the sequence into two pieces a rank",
    "vp without stages: not interleaved",
    "stages x vp are more than the layers: some are empty",
    "microbatches are no multiple of the stages, as interleaving wants",
    "ep of a dense model: ignored",
    "ep does not divide the experts",
)
(WHOLE, ONE, SHARED, UNCUT, CLAMPED, SLICED, CROWDED, REPLICAS, PART, HEADS, PIECES, STAGELESS, EMPTY, RAGGED,
 DENSE, UNEVEN) = (1 << bit for bit in range(len(_NOTES)))  # fmt: skip


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


class _Sizes(NamedTuple):
    """Numbers of the layout, placeholders of 1 where they are wrong."""

    chips: Array
    sequence: Array
    batch: Array
    micro_batch: Array
    tp: Array
    pp: Array
    cp: Array
    vp: Array
    ep: Array


class Rows:
    """Reads rows that have these columns, in any order; others are ignored."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._places = {name: columns.index(name) for name in COLUMNS if name in columns}
        self._width = len(columns)
        self._subjects: Entries[tuple[str, ...], Subject] = Entries(lambda key: subject(*key))
        self._settings: Entries[tuple[str, ...], Setting] = Entries(lambda key: setting(*key))

    def batch(self, rows: Sequence[Sequence[str]]) -> Batch:
        """Arrays of rows, each a list of cells under the columns."""
        count = len(rows)
        reasons: dict[int, list[str]] = {}
        if set(map(len, rows)) - {self._width}:
            rows = self._whole(rows, reasons)
        columns = list(zip(*rows, strict=True)) or [()] * self._width
        text = {
            name: columns[self._places[name]] if name in self._places else ("",) * count for name in COLUMNS
        }
        subjects = self._subjects.places(zip(*(text[name] for name in _SUBJECT), strict=True), count)
        settings = self._settings.places(zip(*(text[name] for name in _SETTING), strict=True), count)
        sizes = {name: numbers.read(text[name]) for name, numbers in _SIZES.items()}
        _refuse(reasons, text, sizes)
        trained, set_as = self._subjects.values_made, self._settings.values_made
        _refuse_entries(reasons, subjects, [one.wrong for one in trained])
        _refuse_entries(reasons, settings, [one.wrong for one in set_as])
        return _assemble(list(text["id"]), trained, subjects, set_as, settings, sizes, reasons)

    def _whole(self, rows: Sequence[Sequence[str]], reasons: dict[int, list[str]]) -> list[list[str]]:
        """Rows of the right width; what has another is cut or filled, and not predicted."""
        made = []
        for place, cells in enumerate(rows):
            if len(cells) != self._width:
                found = f"{len(cells)} cells under {self._width} columns: quote a cell that has a comma in it"
                reasons.setdefault(place, []).append(found)
            made.append([*cells[: self._width], *[""] * (self._width - len(cells))])
        return made


def batch(rows: Sequence[Mapping[str, str]]) -> Batch:
    """Arrays of rows given by column names; columns that all rows lack are blank."""
    columns = [name for name in COLUMNS if any(name in row for row in rows)]
    return Rows(columns).batch([[row.get(name, "") for name in columns] for row in rows])


def _assemble(
    ids: list[str],
    trained: list[Subject],
    subjects: NDArray[np.intp],
    set_as: list[Setting],
    settings: NDArray[np.intp],
    sizes: dict[str, Array],
    reasons: dict[int, list[str]],
) -> Batch:
    count = len(ids)
    bits = np.zeros(count, np.intp)
    shape = take(stack([one.shape for one in trained]), subjects) if count else _no_shapes()
    hardware = _columns(Hardware, [one.machine.hardware for one in set_as], settings)
    hardware = hardware._replace(generation=np.asarray(hardware.generation).astype(np.intp))
    blank = {name: np.isnan(values) for name, values in sizes.items()}
    n = _Sizes(*(np.where(sizes[name] > 0, sizes[name], 1.0) for name in (
        "n_gpus", "seq_len", "global_batch", "micro_batch", "tp", "pp", "cp", "vp", "ep")))  # fmt: skip
    sound = ~np.any([values == WRONG for values in sizes.values()], axis=0) & ~blank["n_gpus"]
    sound &= ~blank["global_batch"]  # what is derived from a wrong size needs no second reason
    _odd(n, shape, bits)
    n = n._replace(vp=np.where(n.pp > 1, n.vp, 1.0))
    shard, ranks, stated, slices, across, cut, recompute, precision = (
        _column(values, settings)
        for values in zip(
            *((s.shard, s.ranks, s.stated, s.traits.slices, s.traits.across, s.traits.expert_tensor,
               s.recompute, s.machine.precision) for s in set_as),
            strict=True,
        )
    ) if count else (np.zeros(0) for _ in range(8))  # fmt: skip
    tpu = np.asarray(hardware.generation) == TPU
    bits[blank["tp"] & blank["pp"] & (shard < FSDP) & ~tpu & (n.chips > 1)] |= UNCUT
    n = _micro_batch(n, blank["micro_batch"], tpu, sound, bits, reasons)
    n = _experts(n, np.asarray(shape.experts), cut, bits)
    _refuse_layers(n, np.asarray(shape.layers), reasons)
    replicas = n.chips / (n.tp * n.pp)  # context-parallel ranks hold the same weights
    software = _software([one.traits for one in set_as], settings, hardware, shape, precision)
    frozen = _column([one.frozen for one in trained], subjects) if count else np.zeros(0)
    software = software._replace(frozen=frozen)
    held = (BF16_BYTES + (1 - frozen) * software.gradient_bytes) * (
        (shape.dense_weights + shape.embedding) / (n.tp * n.pp) + shape.expert_weights / (n.ep * cut * n.pp)
    )
    crowded = (stated == 0) & (shard < FSDP) & (replicas > 1) & (held > room(hardware))
    bits[crowded] |= CROWDED
    shard = np.where(crowded, FSDP, shard)
    bits[(ranks > replicas) & (shard >= FSDP)] |= REPLICAS
    limit = np.where(ranks > 1, ranks, replicas)
    within = np.minimum(np.asarray(hardware.domain), n.chips / slices)
    state = (BF16_BYTES + (1 - frozen) * (software.gradient_bytes + software.optimiser_bytes)) * (
        shape.dense_weights + shape.expert_weights + shape.embedding
    )
    held = state / np.minimum(within, replicas) <= STATE_SHARE * hardware.memory_bytes
    sliced = tpu & (shard == FSDP) & (within < replicas) & (ranks <= 1) & (across == 0) & held
    bits[sliced] |= SLICED
    limit = np.where(sliced, within, limit)
    layout = Layout(
        chips=n.chips, sequence=n.sequence, batch=n.batch, micro_batch=n.micro_batch,
        tp=n.tp, pp=n.pp, cp=n.cp, vp=n.vp, ep=n.ep, etp=cut,
        shard=shard, shard_ranks=np.maximum(np.minimum(limit, replicas), 1.0),
        recompute=np.maximum(recompute, 0).astype(np.intp), precision=precision.astype(np.intp),
    )  # fmt: skip
    ok = np.ones(count, np.bool_)
    ok[list(reasons)] = False
    notes = _notes([one.note for one in trained], subjects, [s.note for s in set_as], settings, bits)
    for place, found in reasons.items():
        notes[place] = "; ".join(dict.fromkeys(found))
    machines = settings.tolist()
    return Batch(
        ids, shape, hardware, layout, software,
        stacks=[set_as[place].traits.family for place in machines],
        chips=[set_as[place].machine.chip for place in machines],
        notes=notes, ok=ok, unknown_recompute=recompute < 0,
    )  # fmt: skip


def _odd(n: _Sizes, shape: Shape, bits: NDArray[np.intp]) -> None:
    """Note what no stack would run as it stands, and what is taken instead."""
    heads, experts = np.asarray(shape.heads), np.asarray(shape.experts)
    bits[np.mod(heads, n.tp) != 0] |= HEADS
    bits[(n.cp > 1) & (np.mod(n.sequence, 2 * n.cp) != 0)] |= PIECES
    bits[(n.pp == 1) & (n.vp > 1)] |= STAGELESS
    bits[(n.pp > 1) & (n.pp * n.vp > shape.layers)] |= EMPTY
    bits[(n.ep > 1) & (experts <= 1)] |= DENSE
    bits[(n.ep > 1) & (experts > 1) & (np.mod(experts, n.ep) != 0)] |= UNEVEN


def _micro_batch(
    n: _Sizes,
    blank: NDArray[np.bool_],
    tpu: NDArray[np.bool_],
    sound: NDArray[np.bool_],
    bits: NDArray[np.intp],
    reasons: dict[int, list[str]],
) -> _Sizes:
    """Sequences of a microbatch: as stated, or derived; refuses chips or batches that do not divide."""
    group = n.tp * n.pp * n.cp
    dp = n.chips / group
    for place in np.flatnonzero((dp != np.floor(dp)) & sound).tolist():
        each = f"tp {n.tp[place]:.0f} x pp {n.pp[place]:.0f} x cp {n.cp[place]:.0f} = {group[place]:.0f}"
        found = f"n_gpus {n.chips[place]:.0f} is not a multiple of {each}"
        reasons.setdefault(place, []).append(found)
    dp = np.maximum(np.floor(dp), 1.0)
    share = n.batch / dp
    even = np.where(share > 1, share / np.ceil(share), share)
    micro = np.where(blank, np.where(tpu, share, even), n.micro_batch)
    bits[blank & tpu] |= WHOLE
    bits[blank & ~tpu & (even == 1)] |= ONE
    bits[blank & (share != np.floor(share))] |= SHARED
    bits[~blank & (n.micro_batch < 1)] |= PART
    count = n.batch / (micro * dp)
    bits[(n.vp > 1) & (n.pp > 1) & (np.mod(np.round(count), n.pp) != 0)] |= RAGGED
    wrong = sound & ~blank & (np.abs(count - np.maximum(np.round(count), 1.0)) > 1e-6)
    for place in np.flatnonzero(wrong).tolist():
        step = micro[place] * dp[place]
        below = np.floor(count[place]) * step
        near = [f"{size:.6g}" for size in (below, below + step) if size]
        found = (
            f"global_batch {n.batch[place]:g} is not a multiple of micro_batch {micro[place]:g} x "
            f"{dp[place]:.0f} replicas: try {' or '.join(dict.fromkeys(near))}"
        )
        reasons.setdefault(place, []).append(found)
    return n._replace(micro_batch=np.where(wrong, share, micro))


def _experts(n: _Sizes, experts: Array, cut: Array, bits: NDArray[np.intp]) -> _Sizes:
    """Ranks that experts are cut over: no more than there are, none for a dense model."""
    ranks = np.maximum(np.floor(n.chips / n.pp / cut), 1.0)
    most = np.minimum(ranks, experts)
    bits[(n.ep > ranks) & (experts > 1)] |= CLAMPED
    return n._replace(ep=np.where(experts > 1, np.minimum(n.ep, most), 1.0))


def _refuse_layers(n: _Sizes, layers: Array, reasons: dict[int, list[str]]) -> None:
    for place in np.flatnonzero((n.pp > layers) & (layers > 1)).tolist():
        found = f"pp {n.pp[place]:.0f}: the model has {layers[place]:.0f} layers to cut into stages"
        reasons.setdefault(place, []).append(found)


def _software(
    set_as: list[Traits], index: NDArray[np.intp], hardware: Hardware, shape: Shape, precision: Array
) -> Software:
    """What the stacks of rows do; experts are fused with MXFP8 on Blackwell, the host waits in nodes."""
    names = ("years", "sequence_parallel", "multi_token", "gradient_bytes", "optimiser_bytes", "eager",
             "attention", "fused_experts", "host_sync", "kept_gathered", "overlap")  # fmt: skip
    column = {name: _column([getattr(one, name) for one in set_as], index) for name in names}
    blackwell = np.isin(hardware.generation, [GENERATIONS.index(n) for n in ("blackwell", "blackwell-ultra")])
    narrow = precision == MXFP8
    column["fused_experts"] *= blackwell & narrow & (np.asarray(shape.inner) == 3)
    column["host_sync"] *= np.asarray(hardware.domain) <= NODE_CHIPS
    attention = column.pop("attention").astype(np.intp)
    return Software(slowdown=np.ones(len(index)), attention=attention, **column)


def _refuse(
    reasons: dict[int, list[str]], text: Mapping[str, Sequence[str]], sizes: dict[str, Array]
) -> None:
    """Note cells that hold no size, and required ones that are blank."""
    for name, values in sizes.items():
        for place in np.flatnonzero(values == WRONG).tolist():
            reasons.setdefault(place, []).append(_SIZES[name].wanted(text[name][place]))
        if name in REQUIRED:
            for place in np.flatnonzero(np.isnan(values)).tolist():
                reasons.setdefault(place, []).append(f"{name} is blank")


def _refuse_entries(reasons: dict[int, list[str]], index: NDArray[np.intp], wrong: list[str]) -> None:
    for place in np.flatnonzero(np.array([bool(one) for one in wrong], np.bool_)[index]).tolist():
        reasons.setdefault(place, []).append(wrong[index[place]])


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
            said += [note for bit, note in enumerate(_NOTES) if key[2] >> bit & 1]
            made[key] = "; ".join(one for one in said if one)
        notes.append(made[key])
    return notes


def _column(values: Sequence[float], index: NDArray[np.intp]) -> Array:
    return np.array(values, dtype=np.float64)[index]


def _columns(kind: type[Hardware], entries: list[Hardware], index: NDArray[np.intp]) -> Hardware:
    table = np.array(entries, dtype=np.float64).reshape(len(entries), len(kind._fields))
    return kind(*table[index].T)


def _no_shapes() -> Shape:
    return Shape(*repeat(np.zeros(0), len(Shape._fields)))
