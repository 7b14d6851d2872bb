"""What a layer does between its matrix products, compiled for a processor, one pass over memory each.

PyTorch does these one operation at a time, each a pass over memory, which on a processor with fast matrix
units takes longer than the products. Numbers are float32 or bfloat16 in memory (bfloat16 as the 16 bits it
is, which NumPy has no type for) and float32 in registers. Every kernel works on its own arrays in one
thread and without Python's lock, so that threads work side by side on parts of a batch.

Everything compiled is in this file: what Numba keeps on disk is made anew when it changes.

Legend of shapes: N tokens, D hidden, F feed-forward width, B sequences, S tokens of one, H query heads,
K key heads, E head width, P half of it, Q queries, T keys, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numba
import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.extending import intrinsic, overload, register_jitable

Array = Any  # NumPy arrays of float32, or of uint16 that hold bfloat16
Number = Any

_instruction: Callable[[Callable[..., Any]], Any] = intrinsic
_F = np.float32
_LOWEST, _HIGHEST = _F(-126), _F(126)
LOG2_E = _F(1.4426950408889634)
LN_2 = _F(0.6931471805599453)
# 2**x for x of -0.5 to 0.5 within 2e-7: least squares of the relative error, weighted towards its peaks.
_C1, _C2, _C3 = _F(0.6931469440), _F(0.2402212024), _F(0.0555071346)
_C4, _C5 = _F(0.0096755419), _F(0.0013276463)


def _kernel(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile when first called; infinities and NaN stay what they are, sums may be reordered.

    Kept beside this file, else in the user's cache; where neither can be written, compiled in every process.
    """
    allowed = {"reassoc", "contract", "nsz", "arcp"}
    make: Any = partial(numba.njit, nogil=True, fastmath=allowed, error_model="numpy")
    made: Callable[..., Any]
    try:
        made = make(function, cache=True)
    except RuntimeError:  # Numba knows no folder to keep it in
        made = make(function)
    return made


@_instruction
def _from_bfloat16(_: Any, x: Any) -> Any:
    def generate(__: Any, builder: Any, ___: Any, given: Any) -> Any:
        word = ir.IntType(32)
        return builder.bitcast(builder.shl(builder.zext(given[0], word), word(16)), ir.FloatType())

    return types.float32(types.uint16), generate


@_instruction
def _to_bfloat16(_: Any, x: Any) -> Any:
    """Round to the nearest, ties to even; NaN of PyTorch stay NaN."""

    def generate(__: Any, builder: Any, ___: Any, given: Any) -> Any:
        word = ir.IntType(32)
        bits = builder.bitcast(given[0], word)
        odd = builder.and_(builder.lshr(bits, word(16)), word(1))
        rounded = builder.add(builder.add(bits, word(0x7FFF)), odd)
        return builder.trunc(builder.lshr(rounded, word(16)), ir.IntType(16))

    return types.uint16(types.float32), generate


@_instruction
def _power_of_two(_: Any, n: Any) -> Any:
    """2**n of a whole number, given as a float, from -126 to 127."""

    def generate(__: Any, builder: Any, ___: Any, given: Any) -> Any:
        word = ir.IntType(32)
        exponent = builder.add(builder.fptosi(given[0], word), word(127))
        return builder.bitcast(builder.shl(exponent, word(23)), ir.FloatType())

    return types.float32(types.float32), generate


@_instruction
def _larger(_: Any, x: Any, y: Any) -> Any:
    """The larger number; of a number and NaN the number. Unlike `max` it is done for many at once."""

    def generate(__: Any, builder: Any, ___: Any, given: Any) -> Any:
        real = ir.FloatType()
        function = builder.module.declare_intrinsic(
            "llvm.maxnum", [real], ir.FunctionType(real, [real, real])
        )
        return builder.call(function, given, fastmath=["fast"])

    return types.float32(types.float32, types.float32), generate


def _load(x: Number) -> Number:
    """A number of an array, as float32."""
    raise NotImplementedError


def _store(row: Array, at: int, x: Number) -> None:
    """Keep a float32 in an array of either type."""
    raise NotImplementedError


@overload(_load, inline="always")
def _load_compiled(x: Any) -> Any:
    if x == types.uint16:

        def widen(x: Any) -> Any:
            return _from_bfloat16(x)

        return widen

    def same(x: Any) -> Any:
        return x

    return same


@overload(_store, inline="always")
def _store_compiled(row: Any, at: Any, x: Any) -> Any:
    if row.dtype == types.uint16:

        def narrow(row: Any, at: Any, x: Any) -> None:
            row[at] = _to_bfloat16(x)

        return narrow

    def keep(row: Any, at: Any, x: Any) -> None:
        row[at] = x

    return keep


@register_jitable(inline="always")
def _exp2(x: Number) -> Number:
    """2**x; beyond the range of float32 its ends, NaN stays NaN."""
    x = _LOWEST if x < _LOWEST else x
    x = _HIGHEST if x > _HIGHEST else x
    whole = np.floor(x + _F(0.5))
    f = x - whole
    return (_F(1) + f * (_C1 + f * (_C2 + f * (_C3 + f * (_C4 + f * _C5))))) * _power_of_two(whole)


@_kernel
def add_norm(
    x: Array, added: Array, adds: bool, weight: Array, sum_: Array, normal: Array, scales: Array
) -> None:
    """``sum = x + added`` and its root-mean-square norm, [N, D] each; `scales` [N] is kept for later."""
    rows, width = x.shape
    for n in range(rows):
        squares = _F(0)
        if adds:
            for d in range(width):
                _store(sum_[n], d, _load(x[n, d]) + _load(added[n, d]))
        else:
            for d in range(width):
                sum_[n, d] = x[n, d]
        for d in range(width):
            value = _load(sum_[n, d])
            squares += value * value
        scale = _F(1) / np.sqrt(squares / _F(width) + _F(1e-5))
        scales[n] = scale
        for d in range(width):
            _store(normal[n], d, _load(sum_[n, d]) * scale * weight[d])


@_kernel
def add_norm_backward(
    grad_sum: Array, adds: bool, grad_normal: Array, sum_: Array, scales: Array, weight: Array,
    grad: Array, grad_weight: Array,
) -> None:  # fmt: skip
    """Gradient of `x` and of `added`, which is the same, [N, D]; adds that of the weight, [D]."""
    rows, width = sum_.shape
    for n in range(rows):
        scale = scales[n]
        inner = _F(0)
        for d in range(width):
            product = _load(grad_normal[n, d]) * _load(sum_[n, d])
            grad_weight[d] += product * scale
            inner += product * weight[d]
        inner = inner * scale * scale / _F(width)
        if adds:
            for d in range(width):
                through = scale * (_load(grad_normal[n, d]) * weight[d] - _load(sum_[n, d]) * inner)
                _store(grad[n], d, through + _load(grad_sum[n, d]))
        else:
            for d in range(width):
                through = scale * (_load(grad_normal[n, d]) * weight[d] - _load(sum_[n, d]) * inner)
                _store(grad[n], d, through)


@_kernel
def part_qkv(qkv: Array, q: Array, k: Array, v: Array) -> None:
    """Put heads first: [B * S, (H + 2K) * E] to [B, H, S, E] and twice [B, K, S, E]."""
    sequences, heads, tokens, width = q.shape
    key_heads = k.shape[1]
    for b in range(sequences):
        for s in range(tokens):
            row = qkv[b * tokens + s]
            for h in range(heads):
                for e in range(width):
                    q[b, h, s, e] = row[h * width + e]
            for h in range(key_heads):
                for e in range(width):
                    k[b, h, s, e] = row[(heads + h) * width + e]
                for e in range(width):
                    v[b, h, s, e] = row[(heads + key_heads + h) * width + e]


@_kernel
def join_qkv(q: Array, k: Array, v: Array, qkv: Array) -> None:
    """Put tokens first: what :func:`part_qkv` undoes."""
    sequences, heads, tokens, width = q.shape
    key_heads = k.shape[1]
    for b in range(sequences):
        for s in range(tokens):
            row = qkv[b * tokens + s]
            for h in range(heads):
                for e in range(width):
                    row[h * width + e] = q[b, h, s, e]
            for h in range(key_heads):
                for e in range(width):
                    row[(heads + h) * width + e] = k[b, h, s, e]
                for e in range(width):
                    row[(heads + key_heads + h) * width + e] = v[b, h, s, e]


@_kernel
def rotate(x: Array, cos: Array, sin: Array, scale: Number) -> None:
    """Turn pairs of neighbours and scale them, in place: [rows, S * E] by angles of S * P pairs."""
    for r in range(x.shape[0]):
        row = x[r]
        for i in range(len(cos)):
            first, second = _load(row[2 * i]) * scale, _load(row[2 * i + 1]) * scale
            _store(row, 2 * i, first * cos[i] - second * sin[i])
            _store(row, 2 * i + 1, second * cos[i] + first * sin[i])


@_kernel
def causal_softmax(scores: Array, start: int, logs: Array) -> None:
    """Turn scores [H, Q, T], as powers of two, into shares in place; query q sees keys up to ``start + q``.

    `logs` [H, Q] are the base-2 logarithms of the sums of powers.
    """
    heads, queries, keys = scores.shape
    powers = np.empty(keys, np.float32)
    for h in range(heads):
        for q in range(queries):
            row, seen = scores[h, q], start + q + 1
            highest, total = _F(-3e38), _F(0)
            for t in range(seen):
                highest = _larger(highest, _load(row[t]))
            for t in range(seen):
                power = _exp2(_load(row[t]) - highest)
                powers[t] = power
                total += power
            inverse = _F(1) / total
            for t in range(seen):
                _store(row, t, powers[t] * inverse)
            for t in range(seen, keys):
                row[t] = 0
            logs[h, q] = highest + np.log2(total)


@_kernel
def causal_softmax_backward(scores: Array, grads: Array, logs: Array, inner: Array) -> None:
    """Turn scores into shares, and gradients of shares into those of scores, both in place and transposed.

    `scores` and `grads` are [K, T, G, Q], of G query heads to a key head; key t is seen by queries from t
    on. `logs` are those of the forward pass, `inner` products of outputs and their gradients, [K, G, Q].
    Scores are rounded to their format, and large ones by more than one: no share is above 1 for that.
    """
    heads, keys, group, queries = scores.shape
    for h in range(heads):
        for t in range(keys):
            for g in range(group):
                scores[h, t, g, :t] = 0
                grads[h, t, g, :t] = 0
                row, grad = scores[h, t, g, t:], grads[h, t, g, t:]
                log, product = logs[h, g, t:], inner[h, g, t:]
                for q in range(queries - t):
                    power = _load(row[q]) - log[q]
                    share = _exp2(_F(0) if power > _F(0) else power)
                    _store(row, q, share)
                    _store(grad, q, share * (_load(grad[q]) - product[q]))


@_kernel
def join_heads(x: Array, out: Array) -> None:
    """Put tokens first: [H, S, E] to [S, H * E]."""
    heads, tokens, width = x.shape
    for s in range(tokens):
        for h in range(heads):
            for e in range(width):
                out[s, h * width + e] = x[h, s, e]


@_kernel
def part_heads(grad: Array, output: Array, out: Array, inner: Array) -> None:
    """Put heads first, [S, H * E] to [H, S, E], and multiply each gradient with its output: [H, S]."""
    heads, tokens, width = out.shape
    for s in range(tokens):
        for h in range(heads):
            product = _F(0)
            for e in range(width):
                at = h * width + e
                product += _load(grad[s, at]) * _load(output[s, at])
                out[h, s, e] = grad[s, at]
            inner[h, s] = product


@_kernel
def swiglu(gate_up: Array, out: Array) -> None:
    """``silu(gate) * up`` of gate and up side by side: [N, 2F] to [N, F]."""
    rows, width = out.shape
    for n in range(rows):
        gates, ups = gate_up[n, :width], gate_up[n, width:]
        for f in range(width):
            gate = _load(gates[f])
            _store(out[n], f, gate * _load(ups[f]) / (_F(1) + _exp2(-LOG2_E * gate)))


@_kernel
def swiglu_backward(gate_up: Array, grad: Array, grad_gate_up: Array, again: Array) -> None:
    """Gradient of gate and up, [N, 2F]; `again` [N, F] is what the forward pass gave."""
    rows, width = grad.shape
    sigmoids = np.empty(width, np.float32)
    for n in range(rows):
        gates, ups = gate_up[n, :width], gate_up[n, width:]
        grad_gates, grad_ups = grad_gate_up[n, :width], grad_gate_up[n, width:]
        for f in range(width):
            sigmoids[f] = _F(1) / (_F(1) + _exp2(-LOG2_E * _load(gates[f])))
        for f in range(width):
            silu = _load(gates[f]) * sigmoids[f]
            _store(again[n], f, silu * _load(ups[f]))
        for f in range(width):
            _store(grad_ups, f, _load(grad[n, f]) * _load(gates[f]) * sigmoids[f])
        for f in range(width):
            bend = _F(1) + _load(gates[f]) * (_F(1) - sigmoids[f])
            _store(grad_gates, f, _load(grad[n, f]) * _load(ups[f]) * sigmoids[f] * bend)


@_kernel
def cross_entropy_rows(
    logits: Array, targets: Array, weights: Array, z_loss: Number, backward: bool, nats: Array, logs: Array
) -> None:
    """Loss of each token, [N], and its gradient in place of its logits, [N, V].

    `nats` are the cross-entropies and `logs` the logarithms of the softmax's sums, before `weights`.
    """
    rows, entries = logits.shape
    powers = np.empty(entries, np.float32)
    for n in range(rows):
        row, target = logits[n], targets[n]
        highest, total = _F(-3e38), _F(0)
        for v in range(entries):
            highest = _larger(highest, _load(row[v]))
        for v in range(entries):
            power = _exp2((_load(row[v]) - highest) * LOG2_E)
            powers[v] = power
            total += power
        log = highest + np.log(total)
        logs[n] = log
        nats[n] = log - _load(row[target])
        if backward:
            slope = weights[n] * (_F(1) + _F(2) * z_loss * log) / total
            for v in range(entries):
                _store(row, v, powers[v] * slope)
            _store(row, target, powers[target] * slope - weights[n])
