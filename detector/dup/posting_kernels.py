"""Turns samples of long shingles into pairs of rows that share one, with compiled loops: as `containment.posting_pairs`."""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.compiled import compiled
from detector.dup.band_kernels import push_pair

Array = Any


@compiled
def pack_postings(
    samples: Array, offsets: Array, first: int, eligible: Array, shift: int, wanted: int, mask: Any, out: Array
) -> int:
    """Fill `out` with `sample & ~mask | row` for the eligible rows `first`, ... and one partition.

    Return how many there are; beyond the length of `out` they are only counted.
    """
    n, down = 0, np.uint64(min(shift, 63))
    for i in range(len(offsets) - 1):
        if not eligible[first + i]:
            continue
        for j in range(offsets[i], offsets[i + 1]):
            sample = np.uint64(samples[j])
            if shift == 64 or sample >> down == np.uint64(wanted):
                if n < len(out):
                    out[n] = (sample & ~mask) | np.uint64(first + i)
                n += 1
    return n


@compiled
def posting_pairs(packed: Array, bits: int, limit: int) -> Array:
    """As `containment.posting_pairs`."""
    down, mask = np.uint64(bits), (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    pairs = np.empty(1024, dtype=np.uint64)
    count, start, n = 0, 0, len(packed)
    while start < n:
        key = packed[start] >> down
        end = start + 1
        while end < n and packed[end] >> down == key:
            end += 1
        if 1 < end - start <= limit:
            for x in range(start, end):
                for y in range(x + 1, end):
                    pairs = push_pair(pairs, count, packed[x] & mask, packed[y] & mask)
                    count += 1
        start = end
    return pairs[:count]
