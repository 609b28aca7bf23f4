"""Turns sketches and folded texts of documents in order of priority into verified near and contained pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from detector.dup.bands import BucketLimits, choose_banding, pack, short_values
from detector.dup.cluster import components, stars
from detector.dup.containment import Postings, containment_candidates, pack_samples
from detector.dup.engines import Kernels
from detector.dup.scheme import Scheme
from detector.dup.settings import DuplicateSettings
from detector.dup.verify import FoldedTexts, gather

# A text of `short_under` characters or more can be near to a shorter one only up to this multiple of `short_under`
# (their shingle sets then differ in size by more than any threshold allows).
_BRIDGE = 3
_BLOCK_CHARS = 1_000_000  # folded characters in memory at once; with their hashes they stay in the cache
_SMALL_CLUSTER = 8
_MAX_ROUNDS = 3
_SLACK = 0.9  # sets of shingles differ in size a little more than texts do, since some shingles repeat


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
    corpus: Corpus,
    documents: NDArray[np.int64],
    settings: DuplicateSettings,
    kernels: Kernels,
    postings: Callable[[NDArray[np.bool_]], Postings] | None = None,
) -> FoundPairs:
    """Search among `documents`: rows of `corpus`, all different texts, in order of priority (best first).

    Pairs hold row numbers; `a` of a near pair is the one with the better priority. `postings` gives the samples of
    the rows it is told, partition by partition, where they were made before.
    """
    a, b = _near_candidates(corpus, documents, settings, kernels)
    near = _verified_near(corpus, a, b, settings, kernels)
    near = _joined_families(corpus, documents, near, pack(a, b), settings, kernels)
    eligible = _eligible(len(corpus.n_chars), documents, near) & (corpus.n_chars >= settings.min_contained)
    made = postings(eligible) if postings else _postings(corpus, np.flatnonzero(eligible), kernels)
    small, large = containment_candidates(made, corpus.n_chars, kernels.posting_pairs)
    return FoundPairs(near, _contained_pairs(corpus, small, large, near, settings, kernels))


def _verified_near(
    corpus: Corpus, a: NDArray[np.int64], b: NDArray[np.int64], settings: DuplicateSettings, kernels: Kernels
) -> PairTable:
    near = verified(corpus, a, b, kernels)
    return near.where(near.jaccard >= settings.threshold)


def _joined_families(
    corpus: Corpus,
    documents: NDArray[np.int64],
    near: PairTable,
    tried: NDArray[np.uint64],
    settings: DuplicateSettings,
    kernels: Kernels,
) -> PairTable:
    """The near pairs and those that join the stars of large families, of which not every pair was tried.

    The representatives of one family are few, so every pair of them is tried now; where two are near, the members of
    the lesser one are compared with the better one. Again, until no two representatives are near. `tried` are the
    pairs, packed, that were verified before; none is verified twice.
    """
    place = np.zeros(len(corpus.n_chars), dtype=np.int64)
    place[documents] = np.arange(len(documents))
    for _ in range(_MAX_ROUNDS):
        a, b = place[near.a], place[near.b]
        component = components(len(documents), a, b)
        large = np.bincount(component, minlength=len(documents))[component] > settings.all_pairs
        star = stars(len(documents), a, b)
        heads = documents[large & (star == np.arange(len(documents)))]
        if len(heads) < 2:
            break
        fresh = _untried(*_near_candidates(corpus, heads, settings, kernels), tried)
        joined = _verified_near(corpus, *fresh, settings, kernels)
        if not len(joined):
            break
        tried = np.concatenate([tried, pack(*fresh)])
        best, member = _members_of(star, place[joined.a], place[joined.b])
        fresh = _untried(documents[best], documents[member], tried)
        tried = np.concatenate([tried, pack(*fresh)])
        near = _union(near, joined, _verified_near(corpus, *fresh, settings, kernels))
    return near


def _untried(
    a: NDArray[np.int64], b: NDArray[np.int64], tried: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    new = ~np.isin(pack(a, b), tried)
    return a[new], b[new]


def _members_of(
    star: NDArray[np.int64], better: NDArray[np.int64], lesser: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs of each lesser representative's members with the first better one."""
    target = np.full(len(star), -1, dtype=np.int64)
    order = np.lexsort((-better, lesser))
    target[lesser[order]] = better[order]  # the last to be written is the smallest place: the best
    member = np.flatnonzero((star >= 0) & (star != np.arange(len(star))))
    member = member[target[star[member]] >= 0]
    best = target[star[member]]
    return np.minimum(best, member), np.maximum(best, member)


def _union(*tables: PairTable) -> PairTable:
    """Distinct pairs of several tables, sorted."""
    whole = PairTable(
        np.concatenate([t.a for t in tables]),
        np.concatenate([t.b for t in tables]),
        np.concatenate([t.jaccard for t in tables]),
        np.concatenate([t.containment for t in tables]),
        np.concatenate([t.a_smaller for t in tables]),
    )
    return whole.where(np.unique(pack(whole.a, whole.b), return_index=True)[1])


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
    found = [_banded(corpus.values, long, long, settings, kernels)]
    within = (n_chars >= scheme.short_shingle) & (n_chars < scheme.short_under * _BRIDGE)
    middling, short = documents[within], n_chars[within] < scheme.short_under
    if short.any():
        values = corpus.values[middling]
        values[~short] = _short_sketches(corpus, middling[~short], kernels)
        places = np.arange(len(middling))
        a, b = _banded(values, places, places, settings, kernels)
        crossing = short[a] | short[b]  # two long texts are compared by long shingles
        found.append((middling[a[crossing]], middling[b[crossing]]))
    return np.concatenate([a for a, _ in found]), np.concatenate([b for _, b in found])


def _banded(
    values: NDArray[np.uint16],
    rows: NDArray[np.int64],
    names: NDArray[np.int64],
    settings: DuplicateSettings,
    kernels: Kernels,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    banding = choose_banding(settings.threshold, settings.slots)
    a, b = kernels.candidates(values, rows, banding, BucketLimits(settings.all_pairs, settings.leaders))
    return names[a], names[b]


def _short_sketches(corpus: Corpus, rows: NDArray[np.int64], kernels: Kernels) -> NDArray[np.uint16]:
    texts = gather(corpus.folded, rows)
    lengths = np.full(len(rows), corpus.scheme.short_shingle)
    return short_values(kernels.minhash(texts.codes, texts.offsets, corpus.scheme, lengths))


def _postings(corpus: Corpus, rows: NDArray[np.int64], kernels: Kernels) -> Postings:
    """The samples of `rows`, made from their texts, as one partition."""
    samples, counts = [np.empty(0, dtype=np.uint64)], [np.empty(0, dtype=np.int64)]
    for start, end in _pair_blocks(corpus.n_chars[rows]):
        texts = gather(corpus.folded, rows[start:end])
        found, count = kernels.samples(texts.codes, texts.offsets, corpus.scheme)
        samples.append(found)
        counts.append(count)
    per_row = np.zeros(len(corpus.n_chars), dtype=np.int64)
    per_row[rows] = np.concatenate(counts)
    packed = pack_samples(np.concatenate(samples), np.repeat(rows, per_row[rows]), len(per_row))
    return Postings([packed], per_row)


def _eligible(n: int, documents: NDArray[np.int64], near: PairTable) -> NDArray[np.bool_]:
    """bool[n]: rows that containment looks at: of a large near cluster the representative alone."""
    place = np.zeros(n, dtype=np.int64)
    place[documents] = np.arange(len(documents))
    star = stars(len(documents), place[near.a], place[near.b])
    sizes = np.bincount(star[star >= 0], minlength=len(documents))
    eligible = np.zeros(n, dtype=np.bool_)
    eligible[documents] = (star < 0) | (star == np.arange(len(documents))) | (sizes[star] <= _SMALL_CLUSTER)
    return eligible


def _contained_pairs(
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
    # Of sets with |A & B| >= c |A| and Jaccard under t, the larger has at least c / t + c - 1 times as many elements.
    share = settings.containment
    new &= corpus.n_chars[large] >= _SLACK * (share / settings.threshold + share - 1) * corpus.n_chars[small]
    small, large = small[new], large[new]
    order = np.lexsort((large, small))
    pairs = verified(corpus, small[order], large[order], kernels)
    pairs = pairs.where((pairs.containment >= settings.containment) & (pairs.jaccard < settings.threshold))
    # The smaller set of shingles, not the shorter text, is the one inside.
    inner, outer = np.where(pairs.a_smaller, pairs.a, pairs.b), np.where(pairs.a_smaller, pairs.b, pairs.a)
    order = np.lexsort((outer, inner))
    a_smaller = np.ones(len(pairs), dtype=np.bool_)
    return PairTable(inner, outer, pairs.jaccard, pairs.containment, a_smaller).where(order)
