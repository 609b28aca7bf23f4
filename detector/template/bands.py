"""Turns rows into candidate pairs: rows that share rare features or a band of MinHash values meet in a bucket.

A row keeps those that it meets most often and that share its vocabulary: the number of pairs is linear in that of rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.template.align import Columns
from detector.template.links import Profiles, same_vocabulary
from detector.template.sorting import distinct, distinct_with_counts, runs
from detector.template.verify import in_order

N_BANDS: Final = 24
ROWS: Final = 2
N_RARE: Final = 10  # rarest features of a row that are keys by themselves
MAX_RARE: Final = 48  # a feature of more rows is no rare one
FULL_BUCKET: Final = 16  # up to so many rows of a bucket meet each other, above that only their neighbours
NEIGHBOURS: Final = 4
MAX_CANDIDATES: Final = 48  # others that a row keeps; it may be kept by more
VOCABULARY_MEETINGS: Final = 100.0  # meetings that the same vocabulary is worth: pairs of one topic come first
ROWS_AT_ONCE: Final = 1 << 11

_CLAUSE, _WORDS, _ORDER, _TAIL = (np.uint64(tag) << np.uint64(56) for tag in (1, 2, 3, 4))
_MIX = np.uint64(0x9E3779B97F4A7C15)
_Band = tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.uint64]]  # keys, rows, and what orders rows of one key


@dataclass(frozen=True, slots=True)
class Buckets:
    """All buckets end to end, int32: rows in order, and for each place the first and the end of its bucket.

    `places[offsets[i]:offsets[i + 1]]` are the places of row i.
    """

    rows: NDArray[np.int32]
    first: NDArray[np.int32]
    end: NDArray[np.int32]
    places: NDArray[np.int32]
    offsets: NDArray[np.int64]


def candidate_pairs(table: Columns, shapes: Profiles) -> NDArray[np.int64]:
    """Pairs of row numbers `(a, b)`, a < b, sorted and without repeats: int64[n_pairs, 2].

    A row meets at most `2 * FULL_BUCKET` others in each of its buckets, and keeps MAX_CANDIDATES of all.
    """
    n = len(table.clause_offsets) - 1
    buckets = _buckets(_bands(table), n)
    packed = list(
        in_order(lambda start: _kept(buckets, shapes, start, min(start + ROWS_AT_ONCE, n)), range(0, n, ROWS_AT_ONCE))
    )
    pairs = distinct(np.concatenate([np.empty(0, dtype=np.int64), *packed]))
    return np.stack([pairs >> 32, pairs & 0xFFFFFFFF], axis=1)


def _bands(table: Columns) -> Iterator[_Band]:
    for features, owners in (_clause_features(table), _heading_features(table)):
        features, owners, counts = _shared(features, owners)
        if len(features):
            yield _rare(features, owners, counts)
            yield from _minhash(features, owners)


def _mix(values: NDArray[np.uint64], seed: int = 0) -> NDArray[np.uint64]:
    """SplitMix64, the finaliser (Steele 2014)."""
    with np.errstate(over="ignore"):
        z = values + _MIX * np.uint64(seed + 1)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return np.asarray(z ^ (z >> np.uint64(31)))


def _owners(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))


def _clause_features(table: Columns) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    return table.clauses["words"].astype(np.uint64) | _CLAUSE, _owners(table.clause_offsets)


def _heading_features(table: Columns) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Words and tails of headings, and which role or words follow which on the top level."""
    h, owners = table.headings, _owners(table.heading_offsets)
    words, tails = h["words"].astype(np.uint64), h["tail"].astype(np.uint64)
    features = [words | _WORDS, tails[tails > 0] | _TAIL]
    holders = [owners, owners[tails > 0]]
    top = h["level"] == 1
    sense = np.where(table.roles > 0, table.roles.astype(np.uint64), words)[top]
    of = owners[top]
    for gap in (1, 2, 3):
        same = of[:-gap] == of[gap:]
        follows = _mix(sense[:-gap]) ^ sense[gap:]
        features.append((follows[same] >> np.uint64(8)) | _ORDER)
        holders.append(of[gap:][same])
    return np.concatenate(features), np.concatenate(holders)


def _shared(
    features: NDArray[np.uint64], owners: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64]]:
    """Features without repeats in a row that stand in two rows or more, ordered by row, with their numbers of rows."""
    mixed = _mix(features)
    order = np.lexsort((mixed, owners))
    mixed, owners = mixed[order], owners[order]
    new = np.ones(len(mixed), dtype=np.bool_)
    new[1:] = (mixed[1:] != mixed[:-1]) | (owners[1:] != owners[:-1])
    mixed, owners = mixed[new], owners[new]
    order = np.argsort(mixed)
    sizes = runs(mixed[order])[1]
    count = np.empty(len(mixed), dtype=np.int64)
    count[order] = np.repeat(sizes, sizes)
    keep = count > 1
    return mixed[keep], owners[keep], count[keep]


def _rare(
    features: NDArray[np.uint64], owners: NDArray[np.int64], counts: NDArray[np.int64]
) -> tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.uint64]]:
    """The N_RARE rarest features of each row as keys."""
    few = np.flatnonzero(counts <= MAX_RARE)
    few = few[np.lexsort((features[few], counts[few], owners[few]))]
    of = owners[few]
    rank = np.arange(len(of)) - np.searchsorted(of, of)
    few = few[rank < N_RARE]
    return features[few], owners[few], features[few]


def _minhash(features: NDArray[np.uint64], owners: NDArray[np.int64]) -> Iterator[_Band]:
    """Bands of ROWS MinHash values; the next value orders the rows of a bucket, so that like rows stand together."""
    starts, _ = runs(owners)
    docs = owners[starts]
    values = (np.minimum.reduceat(_mix(features, 1 + k), starts) for k in range(N_BANDS * ROWS + 1))
    value = next(values)
    for band in range(N_BANDS):
        key = np.full(len(docs), band, dtype=np.uint64)
        for _ in range(ROWS):
            key = _mix(key ^ value)
            value = next(values)
        yield key, docs, value


def _buckets(bands: Iterator[_Band], n: int) -> Buckets:
    rows, first, end = [], [], []
    at = 0
    for keys, docs, within in bands:
        order = np.lexsort((docs, within, keys))
        starts, sizes = runs(keys[order])
        many = np.repeat(sizes > 1, sizes)
        sizes = sizes[sizes > 1]
        starts = at + np.cumsum(sizes) - sizes
        rows.append(docs[order][many].astype(np.int32))
        first.append(np.repeat(starts, sizes).astype(np.int32))
        end.append(np.repeat(starts + sizes, sizes).astype(np.int32))
        at += int(sizes.sum())
    none = np.empty(0, dtype=np.int32)
    together = np.concatenate([none, *rows])
    places = np.argsort(together, kind="stable").astype(np.int32)
    offsets = np.concatenate(([0], np.cumsum(np.bincount(together, minlength=n))))
    return Buckets(together, np.concatenate([none, *first]), np.concatenate([none, *end]), places, offsets)


def _kept(buckets: Buckets, shapes: Profiles, start: int, stop: int) -> NDArray[np.int64]:
    """The pairs that rows `start` to `stop` keep, packed in one number each."""
    places = buckets.places[buckets.offsets[start] : buckets.offsets[stop]]
    packed, counts = distinct_with_counts(np.concatenate([np.empty(0, dtype=np.int64), *_meetings(buckets, places)]))
    one, other = packed >> 32, packed & 0xFFFFFFFF
    pairs = (np.minimum(one, other) << 32) | np.maximum(one, other)
    met = np.bincount(one - start, minlength=1)[one - start]
    many = np.flatnonzero(met > MAX_CANDIDATES)
    alike = counts[many] + VOCABULARY_MEETINGS * same_vocabulary(shapes, one[many], other[many])
    order = many[np.lexsort((_mix(pairs[many].astype(np.uint64)), -np.rint(alike), one[many]))]
    rank = np.arange(len(order)) - np.searchsorted(one[many], one[many])  # sorted by `one`, and so it stays
    return np.concatenate([pairs[met <= MAX_CANDIDATES], pairs[order[rank < MAX_CANDIDATES]]])


def _meetings(buckets: Buckets, places: NDArray[np.int32]) -> Iterator[NDArray[np.int64]]:
    """Rows at `places` with those that they meet there, packed; the first of a large bucket is met by all."""
    one = buckets.rows[places].astype(np.int64) << 32
    first, end = buckets.first[places], buckets.end[places]
    full = end - first <= FULL_BUCKET
    for gap in (g for k in range(1, FULL_BUCKET) for g in (-k, k)):
        near = (places + gap >= first) & (places + gap < end)
        if abs(gap) > NEIGHBOURS:
            near &= full
        yield one[near] | buckets.rows[places[near] + gap]
    far = ~full & (places > first)
    yield one[far] | buckets.rows[first[far]]
