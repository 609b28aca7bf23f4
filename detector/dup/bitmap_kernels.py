"""Turns folded texts into bitmaps, and pairs of these into the size of their union, with compiled loops: as `bitmaps`."""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.compiled import compiled
from detector.dup.hash_kernels import hash32

Array = Any

_M1, _M2, _M4 = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F)
_BYTES = np.uint64(0x0101010101010101)
_S1, _S2, _S4, _S56 = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)


@compiled
def bitmap_rows(codes: Array, offsets: Array, lengths: Array, m: Array, shift: int, maps: Array) -> None:
    """Fill `maps` (zeros) as `bitmaps.bitmap_batch`."""
    scratch = np.empty(max(1, np.max(np.diff(offsets))), dtype=np.uint32)
    for i in range(len(lengths)):
        text, k, row = codes[offsets[i] : offsets[i + 1]], lengths[i], maps[i]
        hashes = scratch[: max(0, len(text) - k + 1)]
        hash32(text, k, m, hashes)
        for j in range(len(hashes)):
            place = hashes[j] >> np.uint32(shift)
            row[place >> np.uint32(6)] |= _S1 << np.uint64(place & np.uint32(63))


@compiled
def union_bits(left: Array, right: Array) -> Any:
    """Bits set in either row."""
    total = np.uint64(0)
    for j in range(len(left)):
        word = left[j] | right[j]
        word -= (word >> _S1) & _M1
        word = (word & _M2) + ((word >> _S2) & _M2)
        word = (word + (word >> _S4)) & _M4
        total += (word * _BYTES) >> _S56
    return np.int64(total)


@compiled
def union_rows(maps: Array, a: Array, b: Array, counts: Array) -> None:
    """Fill `counts` as `bitmaps.count_union`."""
    for i in range(len(a)):
        counts[i] = union_bits(maps[a[i]], maps[b[i]])
