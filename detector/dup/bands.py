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

MAX_MISS = 3e-4  # a pair exactly at the threshold is missed with at most this probability
FILTER_MISS = 2e-4  # and dropped by the slot filter with at most this one
BEST_LEADERS = 2  # pairs that a document of a large bucket gives
LEADER_PAIRS = 8  # and in all large buckets together; after that it leads, and follows only what is likely near
LIKELY_MISS = 0.16  # a pair exactly at the threshold is called unlikely with at most this probability
_CHUNK = 1 << 16  # pairs whose sketches are compared at once (64 MB of slots)


@dataclass(frozen=True, slots=True)
class Banding:
    """`bands` bands of `rows` slots; a candidate agrees in `min_agree` slots.

    In large buckets one that agrees in `sure_agree` is taken for near, one under `likely_agree` for far.
    """

    bands: int
    rows: int
    min_agree: int
    sure_agree: int
    likely_agree: int


@dataclass(frozen=True, slots=True)
class BucketLimits:
    """Every pair of a bucket of up to `all_pairs` documents is tried; in a larger one each against `leaders`."""

    all_pairs: int = 128
    leaders: int = 1024


def choose_banding(threshold: float, slots: int) -> Banding:
    """The banding with the longest (most selective) bands that misses at most `MAX_MISS` of pairs at `threshold`.

    >>> choose_banding(0.7, 128)
    Banding(bands=32, rows=4, min_agree=67, sure_agree=95, likely_agree=84)
    """
    rows = max(
        (r for r in range(1, slots + 1) if (1 - threshold**r) ** (slots // r) <= MAX_MISS),
        default=1,
    )
    least, likely = (_binomial_quantile(slots, threshold, miss) for miss in (FILTER_MISS, LIKELY_MISS))
    return Banding(slots // rows, rows, least, _sure(slots, threshold), likely)


def _binomial_quantile(n: int, p: float, tail: float) -> int:
    """Largest k with P(X < k) <= tail for X ~ Binomial(n, p), which bounds the agreement of FSS sketches from below."""
    total = 0.0
    for k in range(n + 1):
        total += comb(n, k) * p**k * (1 - p) ** (n - k)
        if total > tail:
            return k
    return n


def _sure(slots: int, threshold: float) -> int:
    """Agreement one standard error above the threshold."""
    return min(slots, int(slots * threshold + (slots * threshold * (1 - threshold)) ** 0.5) + 1)


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


Verify = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]  # which of the pairs (a, b) are near


@dataclass(frozen=True, slots=True)
class Crowd:
    """What became of each of n documents in large buckets so far."""

    attached: NDArray[np.bool_]  # near to a leader
    given: NDArray[np.int64]  # pairs with leaders; -1 for a document that was in no large bucket

    @classmethod
    def of(cls, n: int) -> Crowd:
        """The state before the first bucket."""
        return cls(np.zeros(n, dtype=np.bool_), np.full(n, -1, dtype=np.int64))

    def placed(self) -> NDArray[np.bool_]:
        """bool[n]: those that have been compared with leaders."""
        return self.given >= 0

    def settle(self, packed: NDArray[np.uint64], verify: Verify | None) -> None:
        """Let those be attached that truly are near to a leader, of the pairs with leaders (leader first)."""
        if verify is None or not len(packed):
            return
        leader, member = unpack(packed)
        near = verify(leader, member)
        self.attached[:] = False
        self.attached[member[near]] = True


def candidates(
    values: NDArray[np.uint16],
    rows: NDArray[np.int64],
    banding: Banding,
    limits: BucketLimits,
    verify: Verify | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs `a < b` of places in `rows` that share a band and agree in `min_agree` slots, sorted, each once.

    `rows` are rows of `values` in order of priority: in a large bucket the first ones become leaders. Large buckets
    come first; who is near to a leader (`verify` says so, else the sketches) is tried no more with others like it.
    """
    found, small = [np.empty(0, dtype=np.uint64)], []
    crowd = Crowd.of(len(rows))
    for band in range(banding.bands):
        places, starts = packed_buckets(band_keys(values, band, banding)[rows])
        sizes = np.diff(starts)
        large = sizes > limits.all_pairs
        small.append((places[np.repeat(~large, sizes)], sizes[~large]))
        for i in np.flatnonzero(large).tolist():
            members = places[starts[i] : starts[i + 1]]
            crowd.given[members] = np.maximum(crowd.given[members], 0)
            free = members[~crowd.attached[members]]
            found.append(pack(*_leader_pairs(values[rows[free]], free, crowd, banding, limits.leaders)))
    found = [np.unique(np.concatenate(found))]
    crowd.settle(found[0], verify)
    placed = crowd.placed()
    for places, sizes in small:
        a, b = _all_pairs(places, sizes)
        both = placed[a] & placed[b]
        new = ~(both & (crowd.attached[a] | crowd.attached[b]))  # copies of leaders add nothing, and a family has millions
        a, b = a[new], b[new]
        least = np.where(both[new], banding.likely_agree, banding.min_agree)
        agree = _agreeing(values, rows[a], rows[b], least)
        found = [np.unique(np.concatenate([*found, pack(a[agree], b[agree])]))]
    return unpack(found[0])


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


def _agreeing(
    values: NDArray[np.uint16], a: NDArray[np.int64], b: NDArray[np.int64], least: NDArray[np.int64]
) -> NDArray[np.bool_]:
    keep = np.zeros(len(a), dtype=np.bool_)
    for start in range(0, len(a), _CHUNK):
        part = slice(start, start + _CHUNK)
        keep[part] = np.count_nonzero(values[a[part]] == values[b[part]], axis=1) >= least[part]
    return keep


def _leader_pairs(
    values: NDArray[np.uint16], members: NDArray[np.int64], crowd: Crowd, banding: Banding, leaders: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of a large bucket: each member with the best of the leaders before it; who belongs to one leads no more."""
    heads = np.empty((leaders, values.shape[1]), dtype=np.uint16)
    names = np.empty(leaders, dtype=np.int64)
    count = 0
    a, b = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    for row, member in zip(values, members.tolist(), strict=True):
        held = min(count, leaders) if crowd.given[member] < LEADER_PAIRS else 0
        agree = np.count_nonzero(heads[:held] == row, axis=1)
        near = np.argsort(-agree, kind="stable")[:BEST_LEADERS]
        near = near[agree[near] >= banding.min_agree]
        a.append(names[near])
        b.append(np.full(len(near), member, dtype=np.int64))
        crowd.given[member] += len(near)
        if agree.max(initial=0) >= banding.sure_agree:
            crowd.attached[member] = True
            continue
        heads[count % leaders] = row  # beyond the limit the oldest leader gives way
        names[count % leaders] = member
        count += 1
    return np.concatenate(a), np.concatenate(b)
