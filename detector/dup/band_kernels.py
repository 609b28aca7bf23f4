"""Turns sketches into buckets and candidate pairs with compiled loops: the same pairs as `bands.candidates`."""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.compiled import compiled

Array = Any

L16, L32, L48 = np.uint64(16), np.uint64(32), np.uint64(48)
_KEY_A, _KEY_B = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)


@compiled
def band_words(values: Array, places: Array, first: int, rows: int, bits: int, out: Array) -> None:
    """Fill `out` with the key of the slots from `first` on of each row, its place in the lowest `bits` bits.

    Row r has place `places[r]`, or none where that is negative. Rows go by in the order of memory: any other is five
    times as slow.
    """
    mask = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    n = 0
    for r in range(len(places)):
        if places[r] < 0:
            continue
        row = values[r]
        key = np.uint64(0)
        for s in range(rows):
            key = (key << L16 | key >> L48) ^ np.uint64(row[first + s])
            if s % 4 == 3 or s == rows - 1:
                key *= _KEY_A
                key ^= key >> L32
                key *= _KEY_B
        out[n] = (key & ~mask) | np.uint64(places[r])
        n += 1


@compiled
def shared_words(packed: Array, bits: int, places: Array, starts: Array) -> int:
    """Fill `places` and `starts` as `bands.packed_buckets` from sorted words; return the number of buckets."""
    down, mask = np.uint64(bits), (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    n, count, buckets, start = len(packed), 0, 0, 0
    starts[0] = 0
    while start < n:
        key = packed[start] >> down
        end = start + 1
        while end < n and packed[end] >> down == key:
            end += 1
        if end - start > 1:
            for i in range(start, end):
                places[count] = packed[i] & mask
                count += 1
            buckets += 1
            starts[buckets] = count
        start = end
    return buckets


@compiled
def _agree(a: Array, b: Array) -> int:
    equal = np.uint16(0)
    for s in range(len(a)):
        equal += np.uint16(a[s] == b[s])
    return int(equal)


@compiled
def _met_before(a: Array, b: Array, band: int, rows: int, tried: Any) -> bool:
    """Do the two share a band before `band` in which every pair of their bucket was tried?"""
    for earlier in range(band):
        if not (tried >> np.uint64(earlier)) & np.uint64(1):
            continue
        first = earlier * rows
        same = True
        for s in range(first, first + rows):
            if a[s] != b[s]:
                same = False
                break
        if same:
            return True
    return False


@compiled
def push_pair(pairs: Array, count: int, a: int, b: int) -> Array:
    if count == len(pairs):
        larger = np.empty(2 * count, dtype=np.uint64)
        larger[:count] = pairs
        pairs = larger
    pairs[count] = np.uint64(a) << L32 | np.uint64(b)
    return pairs


@compiled
def bucket_pairs(
    values: Array,
    order: Array,
    places: Array,
    starts: Array,
    band: int,
    rows: int,
    min_agree: int,
    crowds: Array,
    tried: Array,
) -> Array:
    """Packed candidates of the small buckets of one band; `crowds` names the crowd of each place."""
    pairs = np.empty(1024, dtype=np.uint64)
    count = 0
    for i in range(len(starts) - 1):
        members = places[starts[i] : starts[i + 1]]
        m = len(members)
        for x in range(m):
            a = members[x]
            for y in range(x + 1, m):
                b = members[y]
                if crowds[a] == crowds[b]:
                    continue
                if _agree(values[order[a]], values[order[b]]) >= min_agree and not _met_before(
                    values[order[a]], values[order[b]], band, rows, tried[a]
                ):
                    pairs = push_pair(pairs, count, a, b)
                    count += 1
        for x in range(m):
            tried[members[x]] |= np.uint64(1) << np.uint64(band)
    return pairs[:count]
