"""Turns candidate pairs into exact Jaccard similarity and containment of their shingle sets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from detector.dup.scheme import Scheme
from detector.dup.shingles import shingle_set


class FoldedTexts(Protocol):
    """The folded text of every document, in memory or mapped from disk."""

    def __len__(self) -> int: ...

    def __getitem__(self, i: int, /) -> NDArray[np.uint16]: ...


@runtime_checkable
class ReadsMany(Protocol):
    """`FoldedTexts` that can read many at once."""

    def read_many(self, rows: NDArray[np.int64], /) -> FoldedBatch:
        """The texts of `rows` (ascending)."""
        ...


@dataclass(frozen=True, slots=True)
class FoldedBatch:
    """`FoldedTexts` over what `fold_batch` gives."""

    codes: NDArray[np.uint16]
    offsets: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, i: int) -> NDArray[np.uint16]:
        return self.codes[self.offsets[i] : self.offsets[i + 1]]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Shingle sets of m pairs: their sizes and how many shingles they share."""

    size_a: NDArray[np.int64]
    size_b: NDArray[np.int64]
    shared: NDArray[np.int64]

    @property
    def jaccard(self) -> NDArray[np.float64]:
        """float64[m]; 0 where both sets are empty."""
        union = self.size_a + self.size_b - self.shared
        share: NDArray[np.float64] = self.shared / np.maximum(union, 1)
        return share

    @property
    def containment(self) -> NDArray[np.float64]:
        """float64[m]: share of the smaller set that lies in the larger one."""
        share: NDArray[np.float64] = self.shared / np.maximum(np.minimum(self.size_a, self.size_b), 1)
        return share


def overlaps(
    codes: NDArray[np.uint16], offsets: NDArray[np.int64], a: NDArray[np.int64], b: NDArray[np.int64], scheme: Scheme
) -> Overlap:
    """Exact overlap of the pairs `(a[i], b[i])` of a folded batch; fastest where pairs of one `a` stand together.

    Both texts of a pair are cut into the shingles that the shorter one is sketched with.
    """
    rows = np.zeros((len(a), 3), dtype=np.int64)
    last = (-1, 0)
    set_a = np.empty(0, dtype=np.uint64)
    for i, (left, right) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        text_a, text_b = codes[offsets[left] : offsets[left + 1]], codes[offsets[right] : offsets[right + 1]]
        k = scheme.shingle_for(min(len(text_a), len(text_b)))
        if last != (left, k):
            set_a, last = shingle_set(text_a, k, scheme.multipliers), (left, k)
        set_b = shingle_set(text_b, k, scheme.multipliers)
        rows[i] = len(set_a), len(set_b), _count_shared(set_a, set_b)
    return Overlap(rows[:, 0], rows[:, 1], rows[:, 2])


def gather(folded: FoldedTexts, rows: NDArray[np.int64]) -> FoldedBatch:
    """The texts of `rows` (ascending), side by side in memory."""
    if isinstance(folded, ReadsMany):
        return folded.read_many(rows)
    texts = [folded[i] for i in rows.tolist()]
    offsets = np.zeros(len(texts) + 1, dtype=np.int64)
    np.cumsum([len(text) for text in texts], out=offsets[1:])
    return FoldedBatch(np.concatenate([*texts, np.empty(0, dtype=np.uint16)]), offsets)


def _count_shared(a: NDArray[np.uint64], b: NDArray[np.uint64]) -> int:
    """Size of the intersection of two sorted sets."""
    small, large = (a, b) if len(a) <= len(b) else (b, a)
    if not len(large):
        return 0
    place = np.minimum(np.searchsorted(large, small), len(large) - 1)
    return int(np.count_nonzero(large[place] == small))
