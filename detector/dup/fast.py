"""Turns the same inputs into the same bits as the NumPy forms, with compiled kernels; importing it imports Numba."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.dup import band_kernels, overlap_kernels, posting_kernels, sketch_kernels, sort_kernels
from detector.dup.bands import (
    BEST_LEADERS,
    LEADER_PAIRS,
    Banding,
    BucketLimits,
    Crowd,
    Verify,
    unpack,
)
from detector.dup.containment import LONG_SHINGLE, SAMPLE_MASK, row_bits
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
    values: NDArray[np.uint16], rows: NDArray[np.int64], banding: Banding, limits: BucketLimits, verify: Verify | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """As `bands.candidates`."""
    agree = (banding.min_agree, banding.likely_agree, banding.sure_agree)
    limit = np.array((*agree, limits.leaders, BEST_LEADERS, LEADER_PAIRS), dtype=np.int64)
    crowd, buckets = Crowd.of(len(rows)), _Buckets(values, rows)
    found = [np.empty(0, dtype=np.uint64)]
    small: list[tuple[NDArray[np.int32], NDArray[np.int64]]] = []
    for band in range(banding.bands):
        places, starts = buckets.of_band(band * banding.rows, banding.rows)
        sizes = np.diff(starts)
        large = sizes > limits.all_pairs
        if large.any():
            members, ends = places[np.repeat(large, sizes)], np.concatenate(([0], np.cumsum(sizes[large])))
            found.append(band_kernels.leader_pairs(values, rows, members, ends, limit, crowd.attached, crowd.given))
            places, starts = places[np.repeat(~large, sizes)], np.concatenate(([0], np.cumsum(sizes[~large])))
        small.append((places.copy(), starts.copy()))
    found = [np.unique(np.concatenate(found))]
    crowd.settle(found[0], verify)
    placed, tried = crowd.placed(), np.zeros(len(rows), dtype=np.uint64)
    for band, (names, starts) in enumerate(small):
        found.append(
            band_kernels.bucket_pairs(values, rows, names, starts, band, banding.rows, limit, crowd.attached, placed, tried)
        )
    return unpack(np.unique(np.concatenate(found)))


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
