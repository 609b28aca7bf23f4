"""Turns pairs of folded texts into the sizes of their shingle sets and what they share, with compiled loops."""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.dup.hash_kernels import ONE, hash64
from detector.dup.jit import compiled

Array = Any

FIBONACCI = np.uint64(0x9E3779B97F4A7C15)


@compiled
def _table_bits(n: int) -> Any:
    bits = 4  # an eighth full at most: a wrong guess of the branch costs more than the memory
    while (1 << bits) < 8 * n:
        bits += 1
    return bits


@compiled
def _insert(keys: Array, bits: int, hashes: Array) -> int:
    """Put distinct hashes (none is 0) in an empty table and to the front of `hashes`; return how many there are."""
    down, mask = np.uint64(64 - bits), np.uint64((1 << bits) - 1)
    keys[: 1 << bits] = 0
    n = 0
    for j in range(len(hashes)):
        h = hashes[j]
        place = (h * FIBONACCI) >> down
        while keys[place] != h:
            if keys[place] == 0:
                keys[place] = h
                hashes[n] = h
                n += 1
                break
            place = (place + ONE) & mask
    return n


@compiled
def _count_in(keys: Array, bits: int, hashes: Array) -> int:
    down, mask = np.uint64(64 - bits), np.uint64((1 << bits) - 1)
    found = 0
    for j in range(len(hashes)):
        h = hashes[j]
        place = (h * FIBONACCI) >> down
        key = keys[place]
        while key != h and key != 0:
            place = (place + ONE) & mask
            key = keys[place]
        found += key == h
    return found


@compiled
def _shingle_set(text: Array, k: int, m: Array, keys: Array, out: Array) -> Array:
    """The distinct hashes of a text, in `out`."""
    hashes = out[: max(0, len(text) - k + 1)]
    hash64(text, k, m, hashes)
    return hashes[: _insert(keys, _table_bits(len(hashes)), hashes)]


@compiled
def overlap_rows(codes: Array, offsets: Array, a: Array, b: Array, rule: Array, m: Array, rows: Array) -> None:
    """Fill `rows` (int64[m, 3]) with set sizes and shared shingles; `rule` is shingle, short_shingle, short_under."""
    longest = max(1, np.max(np.diff(offsets)))
    keys = np.empty(1 << _table_bits(longest), dtype=np.uint64)
    other, scratch = np.empty_like(keys), np.empty(longest, dtype=np.uint64)
    sets, sizes = np.empty(len(codes), dtype=np.uint64), np.full(len(offsets) - 1, -1, dtype=np.int64)
    last, last_k, size_a, bits = -1, 0, 0, 4
    for i in range(len(a)):
        start_a, end_a, start_b, end_b = offsets[a[i]], offsets[a[i] + 1], offsets[b[i]], offsets[b[i] + 1]
        k = rule[1] if min(end_a - start_a, end_b - start_b) < rule[2] else rule[0]
        if a[i] != last or k != last_k:
            own = k == rule[0] or end_a - start_a < rule[2]
            if own and sizes[a[i]] >= 0:
                set_a = sets[start_a : start_a + sizes[a[i]]]
                bits = _table_bits(len(set_a))
                _insert(keys, bits, set_a)
            else:
                n = max(0, end_a - start_a - k + 1)
                set_a = sets[start_a : start_a + n] if own else scratch[:n]
                hash64(codes[start_a:end_a], k, m, set_a)
                bits = _table_bits(n)
                set_a = set_a[: _insert(keys, bits, set_a)]
                if own:
                    sizes[a[i]] = len(set_a)
            last, last_k, size_a = a[i], k, len(set_a)
        if k != rule[0] and end_b - start_b >= rule[2]:
            set_b = _shingle_set(codes[start_b:end_b], k, m, other, scratch)
        else:
            if sizes[b[i]] < 0:
                sizes[b[i]] = len(_shingle_set(codes[start_b:end_b], k, m, other, sets[start_b:end_b]))
            set_b = sets[start_b : start_b + sizes[b[i]]]
        rows[i, 0] = size_a
        rows[i, 1] = len(set_b)
        rows[i, 2] = _count_in(keys, bits, set_b)
