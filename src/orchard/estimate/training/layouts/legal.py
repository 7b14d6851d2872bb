"""Which layouts of a model on a cluster are legal, as products of rows and columns.

For each pair of tensor and pipeline parallelism the rest is nearly a product. What changes the work
in a layer (context and expert parallelism, microbatch, recomputation) stands in the rows of a
:class:`Block`, what does not (interleaving, sharding by data parallelism) in its columns. Terms of the
step that depend on rows alone are then computed once for all columns.

The rules are those of the stacks that run such layouts (Megatron-Core's argument checks, DeepSpeed for
ZeRO):

- tensor parallelism divides heads, key heads (or is a multiple of them: they are copied), and the
  widths of dense feed-forward, linear-attention and Mamba layers;
- a stage has at least one layer; layers need not divide by stages. Interleaving needs stages, and
  microbatches that come in multiples of them. A number of chunks is left out when fewer chunks of the
  same size hold all layers: the rest would stay empty;
- context parallelism cuts a sequence into two pieces per rank, and leaves each rank `SHORTEST` tokens;
- sequence parallelism cuts a rank's tokens over the tensor-parallel ranks;
- experts are cut over ranks that divide them, each expert over at most the tensor-parallel ranks;
- replicas divide the batch, microbatches the sequences of a replica;
- gradients can be sharded (ZeRO-2) only without stages: stages accumulate them over microbatches;
- weights are sharded (FSDP) over all ranks that hold the same piece, or over groups of them (HSDP).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from orchard.estimate.training.formulas.configuration import RECOMPUTE, Layout
from orchard.spec.architecture import LanguageArchitecture

Whole = NDArray[np.int64]

# Tokens that context parallelism leaves each rank at least: a choice of the search. Shorter pieces fill
# neither matmuls nor attention, and the exchange of keys takes longer than the attention it serves.
SHORTEST = 512
# What is recomputed: everything that needs no memory of the host.
LEVELS = range(RECOMPUTE.index("offload"))


class Row(NamedTuple):
    """What changes the work in a layer; fields are arrays of one length."""

    cp: Whole
    micro_batch: Whole
    ep: Whole
    etp: Whole
    recompute: Whole


class Column(NamedTuple):
    """What does not; fields are arrays of one length."""

    vp: Whole
    shard: Whole
    shard_ranks: Whole
    kept_gathered: Whole


class Block(NamedTuple):
    """Layouts of one tensor and pipeline parallelism: every column with every row."""

    tp: int
    pp: int
    rows: Row
    columns: Column

    @property
    def size(self) -> int:
        """Layouts in the block."""
        return len(self.rows.cp) * len(self.columns.vp)

    def cut(self, most: int) -> Iterator[Block]:
        """The same layouts in blocks of about `most`, so that their arrays stay in the cache."""
        step = max(1, most // len(self.columns.vp))
        for first in range(0, len(self.rows.cp), step):
            yield self._replace(rows=Row(*(field[first : first + step] for field in self.rows)))


@dataclass(frozen=True)
class Cluster:
    """The question: so many chips, a sequence length in tokens, a batch in sequences."""

    chips: int
    sequence: int
    batch: int

    def layout(self, block: Block, precision: int) -> Layout:
        """The block as a layout whose fields broadcast to [columns, rows]."""
        rows = {name: field[None, :].astype(np.float64) for name, field in block.rows._asdict().items()}
        columns = {name: field[:, None].astype(np.float64) for name, field in block.columns._asdict().items()}
        columns.pop("kept_gathered")
        return Layout(
            chips=float(self.chips),
            sequence=float(self.sequence),
            batch=float(self.batch),
            tp=float(block.tp),
            pp=float(block.pp),
            precision=precision,
            **rows,
            **columns,
        )


@cache
def divisors(number: int) -> tuple[int, ...]:
    """Every divisor, in order.

    >>> divisors(12)
    (1, 2, 3, 4, 6, 12)
    """
    small = [each for each in range(1, int(number**0.5) + 1) if number % each == 0]
    return tuple(sorted({*small, *(number // each for each in small)}))


def tensor_sizes(a: LanguageArchitecture) -> tuple[int, ...]:
    """Sizes of tensor parallelism that an architecture can be cut into.

    >>> tensor_sizes(LanguageArchitecture(layers=2, hidden=96, heads=12, kv_heads=4, ffn=256, vocabulary=64))
    (1, 2, 4)
    """
    widths = [a.shared_ffn, a.linear_key_heads, a.linear_value_heads, a.mamba_heads, a.mamba_groups]
    widths += [a.ffn] if a.dense_ffn_layers else []

    def cuts(tp: int) -> bool:
        keys = a.is_mla or a.kv_heads % tp == 0 or tp % a.kv_heads == 0
        return keys and all(width % tp == 0 for width in widths)

    return tuple(tp for tp in divisors(a.heads) if cuts(tp))


def chunk_counts(layers: int, pp: int) -> tuple[int, ...]:
    """Chunks that each of `pp` stages may hold, so that none is empty for want of layers.

    >>> chunk_counts(126, 16)
    (1, 2, 3, 4, 8)
    """
    if pp == 1:
        return (1,)
    counts = range(1, -(-layers // pp) + 1)
    size = {vp: -(-layers // (pp * vp)) for vp in counts}
    return tuple(vp for vp in counts if vp == 1 or size[vp] < size[vp - 1])


def cuts(a: LanguageArchitecture, cluster: Cluster) -> Iterator[tuple[int, int, int]]:
    """Sizes of tensor and pipeline parallelism that model and chips allow, and the ranks left to each."""
    for tp in tensor_sizes(a):
        if cluster.chips % tp:
            continue
        for pp in divisors(cluster.chips // tp):
            if pp > a.layers:
                break
            yield tp, pp, cluster.chips // (tp * pp)


def replica_counts(a: LanguageArchitecture, cluster: Cluster) -> set[int]:
    """Numbers of replicas that model, chips and sequence allow; one of them has to divide the batch.

    >>> dense = LanguageArchitecture(layers=2, hidden=96, heads=6, kv_heads=6, ffn=256, vocabulary=64)
    >>> sorted(replica_counts(dense, Cluster(chips=20, sequence=1000, batch=1)))
    [5, 10, 20]
    """
    return {
        ranks // cp
        for tp, _, ranks in cuts(a, cluster)
        for cp in divisors(ranks)
        if _cuts_sequence(cluster.sequence, tp, cp)
    }


def count(a: LanguageArchitecture, cluster: Cluster) -> int:
    """Legal layouts, and some more where not every number of microbatches can be interleaved."""
    found = 0
    for tp, pp, ranks in cuts(a, cluster):
        pairs = sum(
            len(divisors(cluster.batch // (ranks // cp)))
            for cp in divisors(ranks)
            if _cuts_sequence(cluster.sequence, tp, cp) and cluster.batch % (ranks // cp) == 0
        )
        ways = len(_ways(ranks, pp)) * len(chunk_counts(a.layers, pp))
        found += pairs * len(_expert_sizes(a, tp, ranks)) * len(LEVELS) * ways
    return found


def blocks(a: LanguageArchitecture, cluster: Cluster) -> Iterator[Block]:
    """Every legal layout, once."""
    for tp, pp, ranks in cuts(a, cluster):
        rows = _rows(a, cluster, tp, ranks)
        if not len(rows.cp):
            continue
        yield Block(tp, pp, rows, _columns(ranks, pp, (1,)))
        chunks = chunk_counts(a.layers, pp)[1:]
        replicas = ranks // rows.cp
        whole = (cluster.batch // (rows.micro_batch * replicas)) % pp == 0
        if chunks and whole.any():
            yield Block(tp, pp, Row(*(field[whole] for field in rows)), _columns(ranks, pp, chunks))


def _rows(a: LanguageArchitecture, cluster: Cluster, tp: int, ranks: int) -> Row:
    """Rows of one tensor parallelism, with `ranks` that hold the same piece of the dense weights."""
    pairs = [
        (cp, micro)
        for cp in divisors(ranks)
        if _cuts_sequence(cluster.sequence, tp, cp) and cluster.batch % (ranks // cp) == 0
        for micro in divisors(cluster.batch // (ranks // cp))
    ]
    product = [
        (cp, micro, ep, etp, code)
        for cp, micro in pairs
        for ep, etp in _expert_sizes(a, tp, ranks)
        for code in LEVELS
    ]
    table = np.array(product, dtype=np.int64).reshape(-1, len(Row._fields))
    return Row(*np.ascontiguousarray(table.T))


def _cuts_sequence(sequence: int, tp: int, cp: int) -> bool:
    if cp > 1 and (sequence % (2 * cp) or sequence // cp < SHORTEST):
        return False
    return (sequence // cp) % tp == 0


@cache
def _expert_widths(a: LanguageArchitecture, tp: int) -> tuple[int, ...]:
    return tuple(etp for etp in divisors(tp) if a.expert_ffn % etp == 0)


def _expert_sizes(a: LanguageArchitecture, tp: int, ranks: int) -> tuple[tuple[int, int], ...]:
    """Ranks over which experts, and each of them, are cut."""
    if not a.experts:
        return ((1, 1),)
    return tuple(
        (ep, etp)
        for ep in divisors(a.experts)
        for etp in _expert_widths(a, tp)
        if (tp * ranks) % (ep * etp) == 0
    )


def _ways(ranks: int, pp: int) -> list[tuple[int, int, int]]:
    """What data parallelism may shard, over how many of `ranks`, and whether it stays gathered."""
    ways: list[tuple[int, int, int]] = [(1, ranks, 0)]
    if ranks > 1:
        ways += [(0, 1, 0)]
        ways += [(2, ranks, 0)] if pp == 1 else []
        ways += [(3, group, kept) for group in divisors(ranks)[1:] for kept in (0, 1)]
    return ways


def _columns(ranks: int, pp: int, chunks: tuple[int, ...]) -> Column:
    """Sharding over `ranks`, and chunks."""
    ways = _ways(ranks, pp)
    table = np.array([(vp, *way) for vp in chunks for way in ways], dtype=np.int64)
    return Column(*np.ascontiguousarray(table.T))
