"""Turns sketches and folded texts of documents in order of priority into verified near and contained pairs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.dup.bands import Banding, candidates, choose_banding
from detector.dup.containment import containment_candidates
from detector.dup.scheme import Scheme
from detector.dup.settings import DuplicateSettings
from detector.dup.sketch import SketchTable, minhash
from detector.dup.verify import FoldedTexts, overlaps

# A text of `short_under` characters or more can be near to a shorter one only up to this multiple of `short_under`
# (their shingle sets then differ in size by more than any threshold allows).
_BRIDGE = 3


@dataclass(frozen=True, slots=True)
class PairTable:
    """Verified pairs of rows; sorted by (a, b). For contained pairs the text of `a` lies inside that of `b`."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    jaccard: NDArray[np.float64]
    containment: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.a)

    def where(self, keep: NDArray[np.bool_]) -> PairTable:
        """The rows that `keep` says yes to."""
        return PairTable(self.a[keep], self.b[keep], self.jaccard[keep], self.containment[keep])


@dataclass(frozen=True, slots=True)
class FoundPairs:
    """What a search found: near pairs (`a < b`) and contained pairs (`a` inside `b`)."""

    near: PairTable
    contained: PairTable


def search_pairs(
    table: SketchTable, folded: FoldedTexts, documents: NDArray[np.int64], settings: DuplicateSettings
) -> FoundPairs:
    """Search among `documents`: rows of `table`, all different texts, in order of priority (best first).

    Pairs hold row numbers; `a` of a near pair is the one with the better priority.
    """
    a, b = _near_candidates(table, folded, documents, settings)
    near = _verify(folded, a, b, table.scheme)
    near = near.where(near.jaccard >= settings.threshold)
    inside = _contained(table, folded, documents, near, settings)
    return FoundPairs(near, inside)


def _near_candidates(
    table: SketchTable, folded: FoldedTexts, documents: NDArray[np.int64], settings: DuplicateSettings
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Candidates among the long texts by long shingles, and among the short and middling ones by short shingles."""
    scheme = table.scheme
    banding = choose_banding(settings.threshold, scheme.slots)
    with_shingles = documents[table.n_shingles[documents] > 0]
    n_chars = np.array([len(folded[i]) for i in with_shingles.tolist()], dtype=np.int64)
    long = with_shingles[n_chars >= scheme.short_under]
    found = [_banded(table.values[long], long, banding, settings)]
    middling = with_shingles[n_chars < scheme.short_under * _BRIDGE]
    short = n_chars[n_chars < scheme.short_under * _BRIDGE] < scheme.short_under
    if short.any():
        values = table.values[middling]
        values[~short] = _short_sketches(folded, middling[~short], scheme)
        a, b = _banded(values, np.arange(len(middling)), banding, settings)
        crossing = short[a] | short[b]  # two long texts are compared by long shingles
        found.append((middling[a[crossing]], middling[b[crossing]]))
    return np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found])


def _banded(
    values: NDArray[np.uint32], names: NDArray[np.int64], banding: Banding, settings: DuplicateSettings
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    a, b = candidates(values, banding, all_pairs=settings.all_pairs, leaders=settings.leaders)
    return names[a], names[b]


def _short_sketches(folded: FoldedTexts, rows: NDArray[np.int64], scheme: Scheme) -> NDArray[np.uint32]:
    texts = [folded[i] for i in rows.tolist()]
    offsets = np.concatenate(([0], np.cumsum([len(text) for text in texts]))).astype(np.int64)
    codes = np.concatenate([*texts, np.empty(0, dtype=np.uint16)])
    return minhash(codes, offsets, scheme, np.full(len(texts), scheme.short_shingle))


def _verify(folded: FoldedTexts, a: NDArray[np.int64], b: NDArray[np.int64], scheme: Scheme) -> PairTable:
    overlap = overlaps(folded, a, b, scheme)
    return PairTable(a, b, overlap.jaccard, overlap.containment)


def _contained(
    table: SketchTable,
    folded: FoldedTexts,
    documents: NDArray[np.int64],
    near: PairTable,
    settings: DuplicateSettings,
) -> PairTable:
    long_enough = documents[table.n_shingles[documents] >= settings.min_contained]
    small, large = containment_candidates(folded, long_enough, table.scheme)
    known = _pack(np.minimum(near.a, near.b), np.maximum(near.a, near.b))
    new = ~np.isin(_pack(np.minimum(small, large), np.maximum(small, large)), known)
    small, large = small[new], large[new]
    overlap = overlaps(folded, small, large, table.scheme)
    swap = overlap.size_a > overlap.size_b  # the smaller set, not the shorter text, is the one inside
    pairs = PairTable(np.where(swap, large, small), np.where(swap, small, large), overlap.jaccard, overlap.containment)
    pairs = pairs.where((pairs.containment >= settings.containment) & (pairs.jaccard < settings.threshold))
    order = np.lexsort((pairs.b, pairs.a))
    return PairTable(pairs.a[order], pairs.b[order], pairs.jaccard[order], pairs.containment[order])


def _pack(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.uint64]:
    return a.astype(np.uint64) << np.uint64(32) | b.astype(np.uint64)
