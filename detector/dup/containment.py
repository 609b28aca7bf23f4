"""Turns folded texts into candidates for containment: documents that share rare long shingles, sampled by their hash.

A long shingle is kept where its hash falls under a limit, the same ones in every document (mod sampling; Broder 1997),
so a verbatim passage of 300 characters shows nine of them on average, wherever it stands in the larger text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.dup.bands import unpack
from detector.dup.scheme import Scheme
from detector.dup.shingles import shingle_hashes32

LONG_SHINGLE = 12  # characters: longer than most phrases, short enough to survive light editing
SAMPLED = 5  # characters at its start whose hash decides whether it is kept
SAMPLE_MASK = 31  # bits of that hash that must be 0: one long shingle in 32
MIN_SHARED = 2
MIN_SHARE = 0.5  # of the smaller document's samples; a copy with 2 % of its characters edited shares 0.8
MAX_POSTINGS = 64  # a sample of more documents is boilerplate, or a family that near pairs cover


def sampled_shingles(codes: NDArray[np.uint16], scheme: Scheme) -> NDArray[np.uint64]:
    """The distinct sampled long shingles of one text, sorted.

    Its first five characters decide whether a long shingle is kept, and the hashes of its first, second and last five
    stand for it: hashes that the sketch needs anyway.
    """
    n = max(0, len(codes) - LONG_SHINGLE + 1)
    hashes = shingle_hashes32(codes, SAMPLED, scheme.multipliers)
    place = np.flatnonzero(hashes[:n] & np.uint32(SAMPLE_MASK) == 0)
    first, second, last = hashes[place], hashes[place + SAMPLED], hashes[place + LONG_SHINGLE - SAMPLED]
    low = first | second.astype(np.uint64) << np.uint64(32)
    return np.unique(_spread(_spread(low) + last))


def _spread(h: NDArray[np.uint64]) -> NDArray[np.uint64]:
    h = (h ^ (h >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
    return h ^ (h >> np.uint64(32))


def sample_batch(
    codes: NDArray[np.uint16], offsets: NDArray[np.int64], scheme: Scheme
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Samples of many texts, one text after the other, and how many each text has."""
    samples = [
        sampled_shingles(codes[start:end], scheme)
        for start, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
    ]
    counts = np.array([len(s) for s in samples], dtype=np.int64)
    return np.concatenate([*samples, np.empty(0, dtype=np.uint64)]), counts


@dataclass(frozen=True, slots=True)
class Postings:
    """Samples with the rows that they belong to.

    `partitions` gives words `sample & ~mask | row` (row in the lowest `row_bits(n)` bits), each partition with all
    postings of its samples; `counts[i]` is the number of samples of row i.
    """

    partitions: Iterable[NDArray[np.uint64]]
    counts: NDArray[np.int64]


def row_bits(n: int) -> int:
    """Bits that hold a row number under n."""
    return max(1, n - 1).bit_length()


def pack_samples(samples: NDArray[np.uint64], rows: NDArray[np.int64], n: int) -> NDArray[np.uint64]:
    """Words of `Postings`."""
    mask = (np.uint64(1) << np.uint64(row_bits(n))) - np.uint64(1)
    return (samples & ~mask) | rows.astype(np.uint64)


def containment_candidates(
    postings: Postings, n_chars: NDArray[np.int64], find_pairs: Callable[[NDArray[np.uint64], int, int], NDArray[np.uint64]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs `(shorter, longer)` of rows that share enough samples, each once; `find_pairs` is `posting_pairs`."""
    bits = row_bits(len(n_chars))
    pairs, shared = np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.int64)
    for packed in postings.partitions:
        pairs, shared = _merged(pairs, shared, find_pairs(packed, bits, MAX_POSTINGS))
    first, second = unpack(pairs)
    swap = n_chars[first] > n_chars[second]
    small, large = np.where(swap, second, first), np.where(swap, first, second)
    keep = shared >= np.maximum(MIN_SHARED, np.ceil(MIN_SHARE * postings.counts[small]))
    return small[keep], large[keep]


def _merged(
    pairs: NDArray[np.uint64], shared: NDArray[np.int64], more: NDArray[np.uint64]
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Distinct pairs with how often each has come, after those of one more partition."""
    new, counts = np.unique(more, return_counts=True)
    if not len(pairs):
        return new, counts.astype(np.int64)
    union, place = np.unique(np.concatenate([pairs, new]), return_inverse=True)
    total = np.bincount(place, np.concatenate([shared, counts]), minlength=len(union))
    return union, total.astype(np.int64)


def posting_pairs(packed: NDArray[np.uint64], bits: int, limit: int) -> NDArray[np.uint64]:
    """Every pair of rows under one key of at most `limit` rows, packed `a << 32 | b` with a < b, once a shared key.

    `packed` has the row in its lowest `bits` bits and comes in any order.
    """
    packed = np.sort(packed)
    down = np.uint64(bits)
    mask = (np.uint64(1) << down) - np.uint64(1)
    high = packed >> down
    edges = np.concatenate(([0], np.flatnonzero(high[1:] != high[:-1]) + 1, [len(high)])).astype(np.int64)
    sizes = np.diff(edges)
    fit = np.repeat((sizes > 1) & (sizes <= limit), sizes)
    high, names = high[fit], packed[fit] & mask
    found: list[NDArray[np.uint64]] = [np.empty(0, dtype=np.uint64)]
    for distance in range(1, limit):
        same = np.flatnonzero(high[distance:] == high[:-distance])
        if not same.size:
            break
        found.append(names[same] << np.uint64(32) | names[same + distance])
    return np.concatenate(found)
