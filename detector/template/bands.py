"""Turns rows into candidate pairs: rows that share rare features or a band of MinHash values meet in a bucket."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from detector.template.align import Columns

N_BANDS: Final = 24
ROWS: Final = 2
N_RARE: Final = 10  # rarest features of a row that are keys by themselves
MAX_RARE: Final = 48  # a feature of more rows is no rare one
FULL_BUCKET: Final = 16  # up to so many rows of a bucket meet each other, above that only their neighbours
NEIGHBOURS: Final = 4

_CLAUSE, _WORDS, _ORDER, _TAIL = (np.uint64(tag) << np.uint64(56) for tag in (1, 2, 3, 4))
_MIX = np.uint64(0x9E3779B97F4A7C15)


def candidate_pairs(table: Columns) -> NDArray[np.int64]:
    """Pairs of row numbers `(a, b)`, a < b, sorted and without repeats: int64[n_pairs, 2].

    The number of pairs is linear in the number of rows: a row meets at most `FULL_BUCKET` others in each of its
    buckets.
    """
    keys, docs, order = [], [], []
    for features, owners in (_clause_features(table), _heading_features(table)):
        features, owners, counts = _shared(features, owners)
        if not len(features):
            continue
        for band_keys, band_docs, band_order in (_rare(features, owners, counts), *_minhash(features, owners)):
            keys.append(band_keys)
            docs.append(band_docs)
            order.append(band_order)
    if not keys:
        return np.empty((0, 2), dtype=np.int64)
    return _pairs(np.concatenate(keys), np.concatenate(docs), np.concatenate(order))


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
    _, inverse, counts = np.unique(mixed, return_inverse=True, return_counts=True)
    count = counts[inverse]
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


def _minhash(
    features: NDArray[np.uint64], owners: NDArray[np.int64]
) -> list[tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.uint64]]]:
    """Bands of ROWS MinHash values; the next value orders the rows of a bucket, so that like rows stand together."""
    starts = np.flatnonzero(np.concatenate(([True], owners[1:] != owners[:-1])))
    docs = owners[starts]
    values = [np.minimum.reduceat(_mix(features, 1 + k), starts) for k in range(N_BANDS * ROWS + 1)]
    bands = []
    for band in range(N_BANDS):
        key = np.full(len(docs), band, dtype=np.uint64)
        for value in values[band * ROWS : (band + 1) * ROWS]:
            key = _mix(key ^ value)
        bands.append((key, docs, values[(band + 1) * ROWS]))
    return bands


def _pairs(keys: NDArray[np.uint64], docs: NDArray[np.int64], within: NDArray[np.uint64]) -> NDArray[np.int64]:
    order = np.lexsort((docs, within, keys))
    keys, docs = keys[order], docs[order]
    starts = np.flatnonzero(np.concatenate(([True], keys[1:] != keys[:-1])))
    sizes = np.diff(np.append(starts, len(keys)))
    size = np.repeat(sizes, sizes)
    start = np.repeat(starts, sizes)
    place = np.arange(len(keys))
    packed = []
    for gap in range(1, FULL_BUCKET):
        reach = np.flatnonzero((place + gap < start + size) & ((size <= FULL_BUCKET) | (gap <= NEIGHBOURS)))
        if not len(reach):
            break
        packed.append(_pack(docs[reach], docs[reach + gap]))
    large = np.flatnonzero((size > FULL_BUCKET) & (place > start))
    packed.append(_pack(docs[large], docs[start[large]]))
    both = np.unique(np.concatenate(packed))
    both = both[(both >> np.uint64(32)) != (both & np.uint64(0xFFFFFFFF))]
    return np.stack([both >> np.uint64(32), both & np.uint64(0xFFFFFFFF)], axis=1).astype(np.int64)


def _pack(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.uint64]:
    low, high = np.minimum(a, b), np.maximum(a, b)
    return (low.astype(np.uint64) << np.uint64(32)) | high.astype(np.uint64)
