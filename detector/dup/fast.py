"""Turns the same inputs into the same bits as the NumPy forms, with compiled kernels; importing it imports Numba."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.dup import kernels
from detector.dup.bands import (
    BEST_LEADERS,
    LEADER_PAIRS,
    Banding,
    BucketLimits,
    Crowd,
    Verify,
    band_keys,
    packed_buckets,
    unpack,
)
from detector.dup.containment import LONG_SHINGLE, SAMPLE_SHIFT, row_bits
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
        kernels.minhash_rows(codes, offsets, lengths.astype(np.int64), multipliers, scheme.shift, values)
    return values


def candidates(
    values: NDArray[np.uint16], rows: NDArray[np.int64], banding: Banding, limits: BucketLimits, verify: Verify | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """As `bands.candidates`."""
    agree = (banding.min_agree, banding.likely_agree, banding.sure_agree)
    limit = np.array((*agree, limits.leaders, BEST_LEADERS, LEADER_PAIRS), dtype=np.int64)
    crowd = Crowd.of(len(rows))
    found = [np.empty(0, dtype=np.uint64)]
    small: list[tuple[NDArray[np.int32], NDArray[np.int64]]] = []
    for band in range(banding.bands):
        places, starts = packed_buckets(band_keys(values, band, banding)[rows], sort)
        sizes = np.diff(starts)
        large = sizes > limits.all_pairs
        if large.any():
            members, ends = places[np.repeat(large, sizes)], np.concatenate(([0], np.cumsum(sizes[large])))
            found.append(kernels.leader_pairs(values, rows, members, ends, limit, crowd.attached, crowd.given))
            places, starts = places[np.repeat(~large, sizes)], np.concatenate(([0], np.cumsum(sizes[~large])))
        small.append((places.astype(np.int32), starts))
    found = [np.unique(np.concatenate(found))]
    crowd.settle(found[0], verify)
    placed, tried = crowd.placed(), np.zeros(len(rows), dtype=np.uint64)
    for band, (names, starts) in enumerate(small):
        found.append(
            kernels.bucket_pairs(values, rows, names, starts, band, banding.rows, limit, crowd.attached, placed, tried)
        )
    return unpack(np.unique(np.concatenate(found)))


def overlaps(
    codes: NDArray[np.uint16], offsets: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64], scheme: Scheme
) -> Overlap:
    """As `verify.overlaps`."""
    rows = np.zeros((len(a), 3), dtype=np.int64)
    rule = np.array((scheme.shingle, scheme.short_shingle, scheme.short_under), dtype=np.int64)
    if len(a):
        kernels.overlap_rows(codes, offsets, a, b, rule, scheme.multipliers, rows)
    return Overlap(rows[:, 0], rows[:, 1], rows[:, 2])


def sample_batch(
    codes: NDArray[np.uint16], offsets: NDArray[np.int64], scheme: Scheme
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """As `containment.sample_batch`."""
    counts = np.zeros(len(offsets) - 1, dtype=np.int64)
    if not len(counts):
        return np.empty(0, dtype=np.uint64), counts
    samples: NDArray[np.uint64] = kernels.sample_rows(codes, offsets, LONG_SHINGLE, SAMPLE_SHIFT, scheme.multipliers, counts)
    return samples, counts


def posting_pairs(packed: NDArray[np.uint64], bits: int, limit: int) -> NDArray[np.uint64]:
    """As `containment.posting_pairs`."""
    pairs: NDArray[np.uint64] = kernels.posting_pairs(sort(packed), bits, limit)
    return pairs


def sort(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sorted copy of hashes; several times as fast as `np.sort` where that has no vector form."""
    if len(words) < _SMALL_SORT:
        return np.sort(words)
    result: NDArray[np.uint64] = kernels.sort_words(words)
    return result


def pack_postings(
    samples: NDArray[np.int64],
    offsets: NDArray[np.int32],
    first: int,
    eligible: NDArray[np.bool_],
    partition: tuple[int, int],
) -> NDArray[np.uint64]:
    """Words of `containment.Postings` for the rows `first` and on; `partition` is (number, of how many)."""
    wanted, partitions = partition
    shift = 64 - (partitions.bit_length() - 1)
    mask = (np.uint64(1) << np.uint64(row_bits(len(eligible)))) - np.uint64(1)
    out = np.empty(len(samples) + 1, dtype=np.uint64)
    count: int = kernels.pack_postings(samples, offsets, first, eligible, shift, wanted, mask, out)
    return out[:count]
