"""Turns sketches and folded texts of documents in order of priority into verified near and contained pairs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.dup.bands import pack
from detector.dup.cluster import stars
from detector.dup.containment import Postings, containment_candidates, pack_samples
from detector.dup.engines import Kernels
from detector.dup.near import NearSearch
from detector.dup.pairs import Corpus, PairTable, pair_blocks, verified
from detector.dup.settings import DuplicateSettings
from detector.dup.verify import gather

_SMALL_CLUSTER = 8
_SLACK = 0.9  # sets of shingles differ in size a little more than texts do, since some shingles repeat


@dataclass(frozen=True, slots=True)
class FoundPairs:
    """What a search found: near pairs (`a < b`) and contained pairs (`a` inside `b`)."""

    near: PairTable
    contained: PairTable


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
    near = NearSearch(corpus, settings, kernels).run(documents)
    eligible = _eligible(len(corpus.n_chars), documents, near) & (corpus.n_chars >= settings.min_contained)
    made = postings(eligible) if postings else _postings(corpus, np.flatnonzero(eligible), kernels)
    small, large = containment_candidates(made, corpus.n_chars, kernels.posting_pairs)
    return FoundPairs(near, _contained_pairs(corpus, small, large, near, settings, kernels))


def _postings(corpus: Corpus, rows: NDArray[np.int64], kernels: Kernels) -> Postings:
    """The samples of `rows`, made from their texts, as one partition."""
    samples, counts = [np.empty(0, dtype=np.uint64)], [np.empty(0, dtype=np.int64)]
    for start, end in pair_blocks(corpus.n_chars[rows]):
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
