"""Turns pairs of folded texts into the sizes of their shingle sets and what they share, with compiled loops.

A table of the first text's shingles is probed with those of the second. No set is made of the second: shingles found
are stamped with the pair's number, the others go to a small table of their own, so each counts once.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.compiled import compiled
from detector.dup.hash_kernels import ONE, hash64

Array = Any


@compiled
def _table_bits(n: int) -> int:
    bits = 4  # a quarter full at most: a wrong guess of the branch costs more than the memory
    while (1 << bits) < 4 * n:
        bits += 1
    return bits


@compiled
def _fill(table: Array, bits: int, hashes: Array) -> int:
    """Put hashes (none is 0) in a new table; return how many are distinct."""
    down, mask = np.uint64(64 - bits), np.uint64((1 << bits) - 1)
    table[: 1 << bits] = 0
    n = 0
    for j in range(len(hashes)):
        h = hashes[j]
        place = h >> down
        while table[place] != h:
            if table[place] == 0:
                table[place] = h
                n += 1
                break
            place = (place + ONE) & mask
    return n


@compiled
def _count(table: Array, stamps: Array, bits: int, hashes: Array, pair: int, others: Array, places: Array) -> Any:
    """(distinct hashes in the table, distinct ones that are not); `others` is empty before and after."""
    down, mask = np.uint64(64 - bits), np.uint64((1 << bits) - 1)
    other_bits = _table_bits(len(hashes))
    other_down, other_mask = np.uint64(64 - other_bits), np.uint64((1 << other_bits) - 1)
    shared, alone = 0, 0
    for j in range(len(hashes)):
        h = hashes[j]
        place = h >> down
        key = table[place]
        while key != h and key != 0:
            place = (place + ONE) & mask
            key = table[place]
        if key == h:
            shared += stamps[place] != pair
            stamps[place] = pair
            continue
        place = h >> other_down
        while others[place] != h:
            if others[place] == 0:
                others[place] = h
                places[alone] = place
                alone += 1
                break
            place = (place + ONE) & other_mask
    for j in range(alone):
        others[places[j]] = 0
    return shared, alone


@compiled
def overlap_rows(codes: Array, offsets: Array, a: Array, b: Array, rule: Array, m: Array, rows: Array) -> None:
    """Fill `rows` (int64[m, 3]) with set sizes and shared shingles; `rule` is shingle, short_shingle, short_under."""
    longest = max(1, np.max(np.diff(offsets)))
    size = 1 << _table_bits(longest)
    table, stamps = np.empty(size, dtype=np.uint64), np.full(size, -1, dtype=np.int32)
    others, places = np.zeros(size, dtype=np.uint64), np.empty(longest, dtype=np.uint64)
    hashes, lengths = np.empty(len(codes), dtype=np.uint64), np.zeros(len(offsets) - 1, dtype=np.int64)
    last, last_k, size_a, bits = -1, 0, 0, 4
    for i in range(len(a)):
        start_a, end_a, start_b, end_b = offsets[a[i]], offsets[a[i] + 1], offsets[b[i]], offsets[b[i] + 1]
        k = rule[1] if min(end_a - start_a, end_b - start_b) < rule[2] else rule[0]
        for row, start, end in ((a[i], start_a, end_a), (b[i], start_b, end_b)):
            if lengths[row] != k:
                hash64(codes[start:end], k, m, hashes[start : max(start, end - k + 1)])
                lengths[row] = k
        if a[i] != last or k != last_k:
            own = hashes[start_a : max(start_a, end_a - k + 1)]
            bits = _table_bits(len(own))
            last, last_k, size_a = a[i], k, _fill(table, bits, own)
        theirs = hashes[start_b : max(start_b, end_b - k + 1)]
        shared, alone = _count(table, stamps, bits, theirs, i, others, places)
        rows[i, 0] = size_a
        rows[i, 1] = shared + alone
        rows[i, 2] = shared
