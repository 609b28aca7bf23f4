"""Turns the documents of large buckets, in order of priority, into stars: each one by the first leader that it is near to.

All pairs of a family of 20,000 copies would be 200 million. Here each copy is compared with leaders only, which are
those before it that no leader was near to; sketches and bitmaps decide, and the texts where these are not sure.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.dup.bitmaps import COUNTS, ERRORS, MARGIN, WORDS, count_union

BEST = 2  # pairs of a document that bitmaps are not sure of


@dataclass(slots=True)
class Leaders:
    """The leaders of one crowd so far, best priority first; only `count` rows of the arrays count."""

    values: NDArray[np.uint8]  # uint8[limit, slots]: low bytes of the slots
    maps: NDArray[np.uint64]  # uint64[limit, WORDS]
    bits: NDArray[np.int64]
    names: NDArray[np.int64]
    count: int = 0

    @classmethod
    def of(cls, limit: int, slots: int) -> Leaders:
        """Room for `limit` leaders."""
        return cls(
            np.empty((limit, slots), dtype=np.uint8),
            np.empty((limit, WORDS), dtype=np.uint64),
            np.empty(limit, dtype=np.int64),
            np.empty(limit, dtype=np.int64),
        )

    def add(self, values: NDArray[np.uint8], bitmap: NDArray[np.uint64], bits: int, name: int) -> None:
        """One more leader."""
        i = self.count
        self.values[i], self.maps[i], self.bits[i], self.names[i] = values, bitmap, bits, name
        self.count += 1


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Documents that come to a crowd, best priority first."""

    names: NDArray[np.int64]
    values: NDArray[np.uint8]
    maps: NDArray[np.uint64]
    bits: NDArray[np.int64]


def attach(
    arrivals: Arrivals, leaders: Leaders, min_agree: int, threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Pairs (leader, arrival) to verify; arrivals that seem near to no leader become leaders while there is room."""
    firsts, seconds = [np.empty(0, dtype=np.int64)], list[int]()
    for i, name in enumerate(arrivals.names.tolist()):
        n = leaders.count
        agree = np.count_nonzero(leaders.values[:n] == arrivals.values[i], axis=1)
        like = np.flatnonzero(agree >= min_agree)
        union = count_union(np.concatenate([leaders.maps[:n], arrivals.maps[i : i + 1]]), like, np.full(len(like), n))
        sizes = COUNTS[leaders.bits[like]] + COUNTS[arrivals.bits[i]] - COUNTS[union]
        estimate, margin = sizes / np.maximum(COUNTS[union], 1.0), MARGIN * ERRORS[union]
        sure = np.flatnonzero(estimate >= threshold + margin)
        if len(sure):
            maybe, best = like[sure[:1]], 1.0
        else:
            close = np.flatnonzero(estimate >= threshold - margin)
            close = close[np.argsort(-estimate[close], kind="stable")[:BEST]]
            maybe, best = like[close], float(estimate[close[0]]) if len(close) else 0.0
        firsts.append(leaders.names[maybe])
        seconds += [name] * len(maybe)
        if best < threshold and n < len(leaders.names):
            leaders.add(arrivals.values[i], arrivals.maps[i], int(arrivals.bits[i]), name)
    return np.concatenate(firsts), np.array(seconds, dtype=np.int64)
