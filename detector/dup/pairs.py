"""Turns pairs of rows of a corpus into tables with their exact similarity, a block of texts in memory at a time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from detector.dup.bands import pack
from detector.dup.cluster import components
from detector.dup.engines import Kernels
from detector.dup.scheme import Scheme
from detector.dup.verify import FoldedTexts, Overlap, gather

_BLOCK_CHARS = 1_000_000  # folded characters in memory at once; with their hashes they stay in the cache


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
class Corpus:
    """What a search runs over: sketches of all rows and their folded texts."""

    values: NDArray[np.uint16]  # uint16[n, slots], see `bands.short_values`
    n_chars: NDArray[np.int64]
    folded: FoldedTexts
    scheme: Scheme


def union(*tables: PairTable) -> PairTable:
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
    found = Overlap(*(np.zeros(len(a), dtype=np.int64) for _ in range(3)))
    # Pairs of one component stand together, so that a text is read once or twice, not once a pair.
    names, places = np.unique(np.concatenate([a, b]), return_inverse=True)
    component = components(len(names), places[: len(a)], places[len(a) :])
    order = np.lexsort((b, a, component[places[: len(a)]]))
    for start, end in pair_blocks(corpus.n_chars[a[order]] + corpus.n_chars[b[order]]):
        chosen = order[start:end]
        rows, place = np.unique(np.concatenate([a[chosen], b[chosen]]), return_inverse=True)
        texts = gather(corpus.folded, rows)
        part = kernels.overlaps(texts.codes, texts.offsets, place[: end - start], place[end - start :], corpus.scheme)
        found.size_a[chosen], found.size_b[chosen], found.shared[chosen] = part.size_a, part.size_b, part.shared
    return PairTable(a, b, found.jaccard, found.containment, found.size_a <= found.size_b)


def pair_blocks(n_chars: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Ranges of pairs whose texts together have about `_BLOCK_CHARS` characters."""
    block = np.cumsum(n_chars) // _BLOCK_CHARS
    edges = np.concatenate(([0], np.flatnonzero(np.diff(block)) + 1, [len(n_chars)])).tolist()
    return [(start, end) for start, end in pairwise(edges) if start < end]
