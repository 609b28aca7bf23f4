"""Turns sketches and folded texts of documents in order of priority into verified near and contained pairs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from detector.dup.bands import BucketLimits, choose_banding, pack, short_values
from detector.dup.containment import containment_candidates
from detector.dup.engines import Kernels
from detector.dup.scheme import Scheme
from detector.dup.settings import DuplicateSettings
from detector.dup.verify import FoldedTexts, gather

# A text of `short_under` characters or more can be near to a shorter one only up to this multiple of `short_under`
# (their shingle sets then differ in size by more than any threshold allows).
_BRIDGE = 3
_BLOCK_CHARS = 16_000_000  # folded characters in memory at once (32 MB)


@dataclass(frozen=True, slots=True)
class PairTable:
    """Verified pairs of rows; sorted by (a, b). For contained pairs the text of `a` lies inside that of `b`."""

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    jaccard: NDArray[np.float64]
    containment: NDArray[np.float64]
    a_smaller: NDArray[np.bool_]  # a has no more shingles than b

    def __len__(self) -> int:
        return len(self.a)

    def where(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> PairTable:
        """The rows that `keep` says yes to, or those that it names."""
        return PairTable(self.a[keep], self.b[keep], self.jaccard[keep], self.containment[keep], self.a_smaller[keep])


@dataclass(frozen=True, slots=True)
class FoundPairs:
    """What a search found: near pairs (`a < b`) and contained pairs (`a` inside `b`)."""

    near: PairTable
    contained: PairTable


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a search runs over: sketches of all rows and their folded texts."""

    values: NDArray[np.uint16]  # uint16[n, slots], see `bands.short_values`
    n_chars: NDArray[np.int64]
    folded: FoldedTexts
    scheme: Scheme


def search_pairs(
    corpus: Corpus, documents: NDArray[np.int64], settings: DuplicateSettings, kernels: Kernels
) -> FoundPairs:
    """Search among `documents`: rows of `corpus`, all different texts, in order of priority (best first).

    Pairs hold row numbers; `a` of a near pair is the one with the better priority.
    """
    a, b = _near_candidates(corpus, documents, settings, kernels)
    near = verified(corpus, a, b, kernels)
    near = near.where(near.jaccard >= settings.threshold)
    return FoundPairs(near, _contained(corpus, documents, near, settings, kernels))


def verified(corpus: Corpus, a: NDArray[np.int64], b: NDArray[np.int64], kernels: Kernels) -> PairTable:
    """Exact similarity of the pairs `(a[i], b[i])`, a block of texts in memory at a time."""
    parts = []
    for start, end in _pair_blocks(corpus.n_chars[a] + corpus.n_chars[b]):
        rows, place = np.unique(np.concatenate([a[start:end], b[start:end]]), return_inverse=True)
        texts = gather(corpus.folded, rows)
        left, right = place[: end - start], place[end - start :]
        parts.append(kernels.overlaps(texts.codes, texts.offsets, left, right, corpus.scheme))
    jaccard = np.concatenate([*(part.jaccard for part in parts), np.empty(0)])
    containment = np.concatenate([*(part.containment for part in parts), np.empty(0)])
    smaller = np.concatenate([*(part.size_a <= part.size_b for part in parts), np.empty(0, dtype=np.bool_)])
    return PairTable(a, b, jaccard, containment, smaller)


def _pair_blocks(n_chars: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Ranges of pairs whose texts together have about `_BLOCK_CHARS` characters."""
    block = np.cumsum(n_chars) // _BLOCK_CHARS
    edges = np.concatenate(([0], np.flatnonzero(np.diff(block)) + 1, [len(n_chars)])).tolist()
    return [(start, end) for start, end in pairwise(edges) if start < end]


def _near_candidates(
    corpus: Corpus, documents: NDArray[np.int64], settings: DuplicateSettings, kernels: Kernels
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Candidates among the long texts by long shingles, and among the short and middling ones by short shingles."""
    scheme = corpus.scheme
    n_chars = corpus.n_chars[documents]
    long = documents[n_chars >= scheme.short_under]
    found = [_banded(corpus.values[long], long, settings, kernels)]
    within = (n_chars >= scheme.short_shingle) & (n_chars < scheme.short_under * _BRIDGE)
    middling, short = documents[within], n_chars[within] < scheme.short_under
    if short.any():
        values = corpus.values[middling]
        values[~short] = _short_sketches(corpus, middling[~short], kernels)
        a, b = _banded(values, np.arange(len(middling)), settings, kernels)
        crossing = short[a] | short[b]  # two long texts are compared by long shingles
        found.append((middling[a[crossing]], middling[b[crossing]]))
    return np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found])


def _banded(
    values: NDArray[np.uint16], names: NDArray[np.int64], settings: DuplicateSettings, kernels: Kernels
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    banding = choose_banding(settings.threshold, settings.slots)
    a, b = kernels.candidates(values, banding, BucketLimits(settings.all_pairs, settings.leaders))
    return names[a], names[b]


def _short_sketches(corpus: Corpus, rows: NDArray[np.int64], kernels: Kernels) -> NDArray[np.uint16]:
    texts = gather(corpus.folded, rows)
    lengths = np.full(len(rows), corpus.scheme.short_shingle)
    return short_values(kernels.minhash(texts.codes, texts.offsets, corpus.scheme, lengths))


def _contained(
    corpus: Corpus,
    documents: NDArray[np.int64],
    near: PairTable,
    settings: DuplicateSettings,
    kernels: Kernels,
) -> PairTable:
    rows = np.sort(documents[corpus.n_chars[documents] >= settings.min_contained])
    samples, counts = [np.empty(0, dtype=np.uint64)], [np.empty(0, dtype=np.int64)]
    for start, end in _pair_blocks(corpus.n_chars[rows]):
        texts = gather(corpus.folded, rows[start:end])
        found, count = kernels.samples(texts.codes, texts.offsets, corpus.scheme)
        samples.append(found)
        counts.append(count)
    a, b = containment_candidates(np.concatenate(samples), np.concatenate(counts), corpus.n_chars[rows])
    return contained_pairs(corpus, rows[a], rows[b], near, settings, kernels)


def contained_pairs(
    corpus: Corpus,
    small: NDArray[np.int64],
    large: NDArray[np.int64],
    near: PairTable,
    settings: DuplicateSettings,
    kernels: Kernels,
) -> PairTable:
    """Those candidates of which the smaller text lies inside the larger and that are not near."""
    known = pack(np.minimum(near.a, near.b), np.maximum(near.a, near.b))
    new = ~np.isin(pack(np.minimum(small, large), np.maximum(small, large)), known)
    small, large = small[new], large[new]
    order = np.lexsort((large, small))
    pairs = verified(corpus, small[order], large[order], kernels)
    pairs = pairs.where((pairs.containment >= settings.containment) & (pairs.jaccard < settings.threshold))
    # The smaller set of shingles, not the shorter text, is the one inside.
    inner, outer = np.where(pairs.a_smaller, pairs.a, pairs.b), np.where(pairs.a_smaller, pairs.b, pairs.a)
    order = np.lexsort((outer, inner))
    a_smaller = np.ones(len(pairs), dtype=np.bool_)
    return PairTable(inner, outer, pairs.jaccard, pairs.containment, a_smaller).where(order)
