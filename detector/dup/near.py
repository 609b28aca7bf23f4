"""Turns sketches and folded texts of documents in order of priority into verified near pairs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from detector.dup.bands import BucketLimits, choose_banding, pack, short_values, unpack
from detector.dup.cluster import components, stars
from detector.dup.engines import Kernels
from detector.dup.families import Families
from detector.dup.pairs import Corpus, PairTable, union, verified
from detector.dup.settings import DuplicateSettings
from detector.dup.verify import gather

# A text of `short_under` characters or more can be near to a shorter one only up to this multiple of `short_under`
# (their shingle sets then differ in size by more than any threshold allows).
_BRIDGE = 3
_MAX_ROUNDS = 3  # of searches among representatives
_MAX_STEPS = 8


class NearSearch:
    """The search for near pairs of a corpus: what was found, and which pairs were compared (none is twice)."""

    def __init__(self, corpus: Corpus, settings: DuplicateSettings, kernels: Kernels) -> None:
        self._corpus, self._settings, self._kernels = corpus, settings, kernels
        self._tried = np.empty(0, dtype=np.uint64)  # packed, sorted
        self.near = verified(corpus, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), kernels)

    def run(self, documents: NDArray[np.int64]) -> PairTable:
        """Near pairs among `documents` (best priority first), `a` of each the better one.

        Of a large family they are enough to place each document. Its bitmaps err now and then, so its representatives
        are searched once more, and where two are near, the members of the lesser one are compared with the better one.
        """
        self._search(documents)
        place = np.zeros(len(self._corpus.n_chars), dtype=np.int64)
        place[documents] = np.arange(len(documents))
        for _ in range(_MAX_ROUNDS):
            heads = self._settled(documents, place)
            if len(heads) < 2 or not len(self._search(documents[heads])):
                break
        self._settled(documents, place)
        return self.near

    def _settled(self, documents: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int64]:
        """Compare representatives of large families with those of the stars around them, while that joins any.

        The places of the representatives of large families.
        """
        n = len(documents)
        for _ in range(_MAX_STEPS):
            a, b = place[self.near.a], place[self.near.b]
            component = components(n, a, b)
            large = np.bincount(component, minlength=n)[component] > self._settings.all_pairs
            star = stars(n, a, b)
            heads = np.flatnonzero(large & (star == np.arange(n)))
            better, lesser = _neighbours(star, large, a, b)
            if not len(self._verify(documents[better], documents[lesser])):
                break
        return heads

    def _verify(self, a: NDArray[np.int64], b: NDArray[np.int64]) -> PairTable:
        """Compare those of the pairs that were not compared before; the near ones of these."""
        packed = pack(a, b)
        place = np.searchsorted(self._tried, packed)
        new = np.append(self._tried, np.uint64(0))[place] != packed
        table = verified(self._corpus, a[new], b[new], self._kernels)
        near = table.where(table.jaccard >= self._settings.threshold)
        self._tried = np.sort(np.concatenate([self._tried, packed[new]]))
        self.near = union(self.near, near)
        return near

    def _search(self, documents: NDArray[np.int64]) -> PairTable:
        """Among the long texts by long shingles, and among the short and middling ones by short shingles."""
        scheme = self._corpus.scheme
        n_chars = self._corpus.n_chars[documents]
        long = documents[n_chars >= scheme.short_under]
        found = [self._banded(self._corpus.values, long, long)]
        within = (n_chars >= scheme.short_shingle) & (n_chars < scheme.short_under * _BRIDGE)
        middling, short = documents[within], n_chars[within] < scheme.short_under
        if short.any():
            values = self._corpus.values[middling]
            values[~short] = self._short_sketches(middling[~short])
            found.append(self._banded(values, np.arange(len(middling)), middling, short))
        return union(*found)

    def _banded(
        self,
        values: NDArray[np.uint16],
        rows: NDArray[np.int64],
        names: NDArray[np.int64],
        short: NDArray[np.bool_] | None = None,
    ) -> PairTable:
        """New near pairs by the bands of `values[rows]`; where `short` is given, only those with a short text."""
        settings, found = self._settings, []

        def verify(a: NDArray[np.int64], b: NDArray[np.int64]) -> None:
            wanted = np.ones(len(a), dtype=np.bool_) if short is None else short[a] | short[b]
            found.append(self._verify(names[a[wanted]], names[b[wanted]]))

        length = self._corpus.scheme.shingle if short is None else self._corpus.scheme.short_shingle
        families = Families(self._corpus, settings, self._kernels, values, rows, names, length)
        banding = choose_banding(settings.threshold, settings.slots)
        verify(*self._kernels.candidates(values, rows, banding, BucketLimits(settings.all_pairs), families.pairs))
        return union(*found)

    def _short_sketches(self, rows: NDArray[np.int64]) -> NDArray[np.uint16]:
        corpus = self._corpus
        texts = gather(corpus.folded, rows)
        lengths = np.full(len(rows), corpus.scheme.short_shingle)
        return short_values(self._kernels.minhash(texts.codes, texts.offsets, corpus.scheme, lengths))


def _neighbours(
    star: NDArray[np.int64], large: NDArray[np.bool_], a: NDArray[np.int64], b: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Distinct pairs (better, lesser) of representatives of which one is near to a member of the other."""
    node, member = np.concatenate([a, b]), np.concatenate([b, a])
    head = star[member]
    open_edge = large[node] & (star[node] == node) & (head != node) & (head != member)
    node, head = node[open_edge], head[open_edge]
    return unpack(np.unique(pack(np.minimum(node, head), np.maximum(node, head))))
