"""Turns folded texts into sketches and samples of long shingles with compiled loops: the same bits as the NumPy forms."""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.compiled import compiled
from detector.dup.containment import SAMPLED
from detector.dup.hash_kernels import L32, hash32, mix32, spread64
from detector.dup.sort_kernels import insertion_sort

Array = Any

EMPTY = np.uint32(0xFFFFFFFF)
GOLDEN = np.uint32(0x9E3779B9)


@compiled
def fill_slots(hashes: Array, shift: int, row: Array, free: Array) -> None:
    """Fill `row` (uint32[slots]) as `sketch.minhash` does; `free` is scratch of the same length."""
    slots = len(row)
    row[:] = EMPTY
    if len(hashes) == 0:
        return
    down, fraction = np.uint32(shift), np.uint32((1 << shift) - 1)
    for j in range(len(hashes)):
        h = hashes[j]
        s = h >> down
        row[s] = min(row[s], h & fraction)
    for r in range(1, slots):
        empties = 0
        for s in range(slots):
            free[s] = row[s] == EMPTY
            empties += free[s]
        if empties == 0:
            return
        step = np.uint32(np.uint32(r) * GOLDEN)
        top = np.uint32(np.uint32(r) << down)
        for j in range(len(hashes)):
            h = mix32(np.uint32(hashes[j] + step))
            s = h >> down
            if free[s]:
                row[s] = min(row[s], (h & fraction) | top)
    top = np.uint32(np.uint32(slots - 1) << down)
    for s in range(slots):
        if row[s] == EMPTY:
            step = np.uint32(np.uint32(s + slots) * GOLDEN)
            for j in range(len(hashes)):
                row[s] = min(row[s], (mix32(np.uint32(hashes[j] + step)) & fraction) | top)


@compiled
def minhash_rows(codes: Array, offsets: Array, lengths: Array, m: Array, shift: int, values: Array) -> None:
    """Fill `values` (uint32[n, slots]) as `sketch.minhash` does."""
    free = np.empty(values.shape[1], dtype=np.uint8)
    scratch = np.empty(max(1, np.max(np.diff(offsets))), dtype=np.uint32)
    for i in range(len(lengths)):
        text, k = codes[offsets[i] : offsets[i + 1]], lengths[i]
        hashes = scratch[: max(0, len(text) - k + 1)]
        hash32(text, k, m, hashes)
        fill_slots(hashes, shift, values[i], free)


@compiled
def sample_hashes(hashes: Array, long_shingle: int, mask: Any, out: Array) -> int:
    """Put the samples of a text, sorted and distinct, into `out`, from the hashes of its short shingles."""
    n = len(hashes) + SAMPLED - long_shingle
    if n <= 0:
        return 0
    h0, h1, h2 = hashes[:n], hashes[SAMPLED : SAMPLED + n], hashes[long_shingle - SAMPLED : long_shingle - SAMPLED + n]
    total = 0
    for j in range(n):
        if h0[j] & mask == 0:
            out[total] = spread64(spread64(np.uint64(h0[j]) | np.uint64(h1[j]) << L32) + np.uint64(h2[j]))
            total += 1
    found = out[:total]
    if total <= 96:
        insertion_sort(found)
    else:
        found.sort()
    distinct = 0
    for j in range(total):
        if j == 0 or found[j] != found[distinct - 1]:
            found[distinct] = found[j]
            distinct += 1
    return distinct


@compiled
def sample_rows(codes: Array, offsets: Array, long_shingle: int, mask: Any, m: Array, counts: Array, out: Array) -> int:
    """Samples of all texts one after the other in `out` (a place for each code is enough); fills `counts`."""
    scratch = np.empty(max(1, np.max(np.diff(offsets))), dtype=np.uint32)
    total = 0
    for i in range(len(counts)):
        text = codes[offsets[i] : offsets[i + 1]]
        hashes = scratch[: max(0, len(text) - SAMPLED + 1)]
        hash32(text, SAMPLED, m, hashes)
        counts[i] = sample_hashes(hashes, long_shingle, mask, out[total:])
        total += counts[i]
    return total
