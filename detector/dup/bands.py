"""Turns sketches into candidate pairs: documents that agree in all slots of at least one band.

Bands are chosen for recall, since every candidate is verified later: "balanced" parameters put the middle of the
detection curve at the threshold and lose half of the pairs there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from detector.dup.cluster import components

MAX_MISS = 3e-4  # a pair exactly at the threshold is missed with at most this probability
FILTER_MISS = 2e-4  # and dropped by the slot filter with at most this one
LIKELY_MISS = 0.16  # in crowds, where every document has many chances, with this one
_CHUNK = 1 << 16  # pairs whose sketches are compared at once (64 MB of slots)


@dataclass(frozen=True, slots=True)
class Banding:
    """`bands` bands of `rows` slots; a candidate agrees in `min_agree` slots, in a crowd in `likely_agree`."""

    bands: int
    rows: int
    min_agree: int
    likely_agree: int


@dataclass(frozen=True, slots=True)
class BucketLimits:
    """Every pair of a bucket of up to `all_pairs` documents is tried; of a larger one `crowds` makes stars."""

    all_pairs: int = 128


def choose_banding(threshold: float, slots: int) -> Banding:
    """The banding with the longest (most selective) bands that misses at most `MAX_MISS` of pairs at `threshold`.

    >>> choose_banding(0.7, 128)
    Banding(bands=32, rows=4, min_agree=71, likely_agree=84)
    """
    rows = max(
        (r for r in range(1, slots + 1) if (1 - threshold**r) ** (slots // r) <= MAX_MISS),
        default=1,
    )
    least, likely = (_binomial_quantile(slots, threshold, miss) for miss in (FILTER_MISS, LIKELY_MISS))
    return Banding(slots // rows, rows, least, likely)


def _binomial_quantile(n: int, p: float, tail: float) -> int:
    """Largest k with P(X < k) <= tail for X ~ Binomial(n, p), which bounds the agreement of FSS sketches from below."""
    total = 0.0
    for k in range(n + 1):
        total += comb(n, k) * p**k * (1 - p) ** (n - k)
        if total > tail:
            return k
    return n


def short_values(values: NDArray[np.uint32]) -> NDArray[np.uint16]:
    """uint16[n, slots]: the low halves of slot values, which are what bands and filter look at.

    They cost nothing in recall, and two different values agree by chance once in 65,536 slots.
    """
    return values.astype(np.uint16)


def band_keys(values: NDArray[np.uint16], band: int, banding: Banding) -> NDArray[np.uint64]:
    """uint64[n]: hash of the slots of one band; its high bits are the better ones."""
    first = band * banding.rows
    keys = np.zeros(len(values), dtype=np.uint64)
    for slot in range(first, first + banding.rows):
        keys = (keys << np.uint64(16) | keys >> np.uint64(48)) ^ values[:, slot]
        if (slot - first) % 4 == 3 or slot == first + banding.rows - 1:
            keys *= np.uint64(0xBF58476D1CE4E5B9)
            keys ^= keys >> np.uint64(32)
            keys *= np.uint64(0x94D049BB133111EB)
    return keys


def packed_buckets(
    keys: NDArray[np.uint64], sort: Callable[[NDArray[np.uint64]], NDArray[np.uint64]] = np.sort
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Documents that share a key: `(documents int64[m], starts int64[n_buckets + 1])`, only buckets of two or more.

    Key and document are packed into one word, so one sort finds the buckets; documents are ascending in each.
    """
    bits = np.uint64(max(1, len(keys) - 1).bit_length())
    mask = (np.uint64(1) << bits) - np.uint64(1)
    packed = sort((keys & ~mask) | np.arange(len(keys), dtype=np.uint64))
    high = packed >> bits
    edges = np.concatenate(([0], np.flatnonzero(high[1:] != high[:-1]) + 1, [len(keys)])).astype(np.int64)
    sizes = np.diff(edges)
    documents = (packed & mask).astype(np.int64)[np.repeat(sizes > 1, sizes)]
    starts: NDArray[np.int64] = np.concatenate(([0], np.cumsum(sizes[sizes > 1])))
    return documents, starts


# Members of crowds, as places, and the crowd of each, into pairs of places that may be near.
Settle = Callable[[NDArray[np.int64], NDArray[np.int64]], tuple[NDArray[np.int64], NDArray[np.int64]]]


def candidates(
    values: NDArray[np.uint16],
    rows: NDArray[np.int64],
    banding: Banding,
    limits: BucketLimits,
    settle: Settle,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs `a < b` of places in `rows` that share a band and agree in `min_agree` slots, sorted, each once.

    `rows` are rows of `values` in order of priority. Documents that share large buckets are a crowd: `settle` makes the
    pairs within it.
    """
    found, small, edges = [np.empty(0, dtype=np.uint64)], [], [(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))]
    for band in range(banding.bands):
        places, starts = packed_buckets(band_keys(values, band, banding)[rows])
        sizes = np.diff(starts)
        large = sizes > limits.all_pairs
        small.append((places[np.repeat(~large, sizes)], sizes[~large]))
        edges.append((np.repeat(places[starts[:-1]][large], sizes[large]), places[np.repeat(large, sizes)]))
    first, other = (np.concatenate([edge[i] for edge in edges]) for i in (0, 1))
    crowds = components(len(rows), first, other)
    members = np.unique(other)
    if len(members):
        found.append(pack(*settle(members, crowds[members])))
    for places, sizes in small:
        a, b = _all_pairs(places, sizes)
        new = crowds[a] != crowds[b]
        a, b = a[new], b[new]
        agree = _agreeing(values, rows[a], rows[b], banding.min_agree)
        found = [np.unique(np.concatenate([*found, pack(a[agree], b[agree])]))]
    return unpack(np.unique(np.concatenate(found)))


def pack(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Pairs as single words that sort like the pairs."""
    return a.astype(np.uint64) << np.uint64(32) | b.astype(np.uint64)


def unpack(packed: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What `pack` packed."""
    return (packed >> np.uint64(32)).astype(np.int64), (packed & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _all_pairs(documents: NDArray[np.int64], sizes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    bucket = np.repeat(np.arange(len(sizes)), sizes)
    a, b = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for distance in range(1, int(sizes.max(initial=1))):
        place = np.flatnonzero(bucket[distance:] == bucket[:-distance])
        a.append(documents[place])
        b.append(documents[place + distance])
    return np.concatenate(a), np.concatenate(b)


def _agreeing(values: NDArray[np.uint16], a: NDArray[np.int64], b: NDArray[np.int64], least: int) -> NDArray[np.bool_]:
    keep = np.zeros(len(a), dtype=np.bool_)
    for start in range(0, len(a), _CHUNK):
        part = slice(start, start + _CHUNK)
        keep[part] = np.count_nonzero(values[a[part]] == values[b[part]], axis=1) >= least
    return keep
