"""Turns the same inputs into the same bits as the NumPy forms, with compiled kernels; importing it imports Numba."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.dup import (
    band_kernels,
    bitmap_kernels,
    crowd_kernels,
    overlap_kernels,
    posting_kernels,
    sketch_kernels,
    sort_kernels,
)
from detector.dup.bands import Banding, BucketLimits, Settle, pack, unpack
from detector.dup.bitmaps import COUNTS, ERRORS, MARGIN, PLACE_SHIFT, WORDS
from detector.dup.containment import LONG_SHINGLE, SAMPLE_MASK, row_bits
from detector.dup.crowds import Arrivals, Leaders
from detector.dup.scheme import Scheme
from detector.dup.sketch import EMPTY
from detector.dup.verify import Overlap

_SMALL_SORT = 4096


def minhash(
    codes: NDArray[np.uint16], offsets: NDArray[np.int64], scheme: Scheme, lengths: NDArray[np.int64]
) -> NDArray[np.uint32]:
    """As `sketch.minhash`."""
    values = np.full((len(lengths), scheme.slots), EMPTY, dtype=np.uint32)
    if len(lengths):
        multipliers = scheme.multipliers.astype(np.uint32)
        sketch_kernels.minhash_rows(codes, offsets, lengths.astype(np.int64), multipliers, scheme.shift, values)
    return values


class _Buckets:
    """Finds the buckets of one band after the other in the same memory."""

    def __init__(self, values: NDArray[np.uint16], rows: NDArray[np.int64]) -> None:
        n = len(rows)
        self._values, self._row_places = values, np.full(len(values), -1, dtype=np.int32)
        self._row_places[rows] = np.arange(n)
        self._bits = max(1, n - 1).bit_length()
        self._words, self._sorted = np.empty(n, dtype=np.uint64), np.empty(n, dtype=np.uint64)
        self._places, self._starts = np.empty(n, dtype=np.int32), np.empty(n // 2 + 2, dtype=np.int64)

    def of_band(self, first: int, rows: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """As `bands.packed_buckets` for the slots from `first` on; holds until the next call."""
        band_kernels.band_words(self._values, self._row_places, first, rows, self._bits, self._words)
        sort_kernels.sort_words(self._words, self._sorted)
        n = band_kernels.shared_words(self._sorted, self._bits, self._places, self._starts)
        return self._places[: self._starts[n]], self._starts[: n + 1]


def candidates(
    values: NDArray[np.uint16], rows: NDArray[np.int64], banding: Banding, limits: BucketLimits, settle: Settle
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """As `bands.candidates`."""
    buckets, crowds = _Buckets(values, rows), np.arange(len(rows))
    crowded = np.zeros(len(rows), dtype=np.bool_)
    small: list[tuple[NDArray[np.int32], NDArray[np.int64]]] = []
    for band in range(banding.bands):
        places, starts = buckets.of_band(band * banding.rows, banding.rows)
        sizes = np.diff(starts)
        large = sizes > limits.all_pairs
        if large.any():
            joined, ends = places[np.repeat(large, sizes)], np.concatenate(([0], np.cumsum(sizes[large])))
            crowded[joined] = True
            crowd_kernels.join_buckets(crowds, joined, ends)
            places, starts = places[np.repeat(~large, sizes)], np.concatenate(([0], np.cumsum(sizes[~large])))
        small.append((places.copy(), starts.copy()))
    crowds = _roots(crowds)
    members, found = np.flatnonzero(crowded), [np.empty(0, dtype=np.uint64)]
    if len(members):
        found.append(pack(*settle(members, crowds[members])))
    tried = np.zeros(len(rows), dtype=np.uint64)
    for band, (names, starts) in enumerate(small):
        fixed = (band, banding.rows, banding.min_agree)
        found.append(band_kernels.bucket_pairs(values, rows, names, starts, *fixed, crowds, tried))
    return unpack(np.unique(np.concatenate(found)))


def _roots(parents: NDArray[np.int64]) -> NDArray[np.int64]:
    while True:
        roots: NDArray[np.int64] = parents[parents]
        if np.array_equal(roots, parents):
            return roots
        parents = roots


def attach(
    arrivals: Arrivals, leaders: Leaders, min_agree: int, threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """As `crowds.attach`."""
    packed, leaders.count = crowd_kernels.attach_rows(
        (arrivals.names, arrivals.values, arrivals.maps, arrivals.bits),
        (leaders.values, leaders.maps, leaders.bits, leaders.names),
        leaders.count,
        (min_agree, threshold, MARGIN),
        (COUNTS, ERRORS),
    )
    return unpack(packed)


def overlaps(
    codes: NDArray[np.uint16], offsets: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64], scheme: Scheme
) -> Overlap:
    """As `verify.overlaps`."""
    rows = np.zeros((len(a), 3), dtype=np.int64)
    rule = np.array((scheme.shingle, scheme.short_shingle, scheme.short_under), dtype=np.int64)
    if len(a):
        overlap_kernels.overlap_rows(codes, offsets, a, b, rule, scheme.multipliers, rows)
    return Overlap(rows[:, 0], rows[:, 1], rows[:, 2])


def sample_batch(
    codes: NDArray[np.uint16], offsets: NDArray[np.int64], scheme: Scheme
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """As `containment.sample_batch`."""
    counts = np.zeros(len(offsets) - 1, dtype=np.int64)
    if not len(counts):
        return np.empty(0, dtype=np.uint64), counts
    samples = np.empty(len(codes), dtype=np.uint64)
    multipliers = scheme.multipliers.astype(np.uint32)
    total = sketch_kernels.sample_rows(codes, offsets, LONG_SHINGLE, np.uint32(SAMPLE_MASK), multipliers, counts, samples)
    return samples[:total].copy(), counts


def posting_pairs(packed: NDArray[np.uint64], bits: int, limit: int) -> NDArray[np.uint64]:
    """As `containment.posting_pairs`."""
    pairs: NDArray[np.uint64] = posting_kernels.posting_pairs(sort(packed), bits, limit)
    return pairs


def sort(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sorted copy of hashes; several times as fast as `np.sort` where that has no vector form."""
    if len(words) < _SMALL_SORT:
        return np.sort(words)
    result = np.empty_like(words)
    sort_kernels.sort_words(words, result)
    return result


def pack_postings(
    samples: NDArray[np.int64],
    offsets: NDArray[np.int32],
    first: int,
    eligible: NDArray[np.bool_],
    partition: tuple[int, int],
    out: NDArray[np.uint64],
) -> int:
    """Fill `out` with words of `containment.Postings` for the rows `first` and on; return how many.

    `partition` is (number, of how many).
    """
    wanted, partitions = partition
    shift = 64 - (partitions.bit_length() - 1)
    mask = (np.uint64(1) << np.uint64(row_bits(len(eligible)))) - np.uint64(1)
    count: int = posting_kernels.pack_postings(samples, offsets, first, eligible, shift, wanted, mask, out)
    return count


def bitmap_batch(
    codes: NDArray[np.uint16], offsets: NDArray[np.int64], lengths: NDArray[np.int64], scheme: Scheme
) -> NDArray[np.uint64]:
    """As `bitmaps.bitmap_batch`."""
    maps = np.zeros((len(lengths), WORDS), dtype=np.uint64)
    if len(lengths):
        bitmap_kernels.bitmap_rows(codes, offsets, lengths, scheme.multipliers.astype(np.uint32), PLACE_SHIFT, maps)
    return maps


def count_union(maps: NDArray[np.uint64], a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """As `bitmaps.count_union`."""
    counts = np.empty(len(a), dtype=np.int64)
    bitmap_kernels.union_rows(maps, a, b, counts)
    return counts
