"""Turns arrays of integers into orders, runs and ranks: what groups the rows of a large corpus without a dictionary."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

MILLIBITS: Final = 1000.0  # strengths that differ by less than a thousandth are equal
_STRENGTHS: Final = 1 << 20  # of bits between -524 and 524


def runs(values: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First places and lengths of the runs of equal values."""
    if not len(values):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    starts = np.flatnonzero(np.concatenate(([True], values[1:] != values[:-1])))
    return starts, np.diff(np.append(starts, len(values)))


def distinct_with_counts(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Sorted values without repeats, and how often each stood there; `np.unique` hashes, which takes several times as long."""
    values = np.sort(values)
    starts, sizes = runs(values)
    return values[starts], sizes


def distinct(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Sorted values without repeats."""
    return distinct_with_counts(values)[0]


def ranked(one: NDArray[np.int64], strength: NDArray[np.float64], other: NDArray[np.int64]) -> tuple[NDArray[np.int64], Any]:
    """The order by `one`, by falling strength, by `other`; and for each place in it the rank among those of the same `one`.

    Strengths are bits, in thousandths. Where the three fit into 63 bits they are sorted as one number.
    """
    level = _STRENGTHS // 2 - np.rint(strength * MILLIBITS).astype(np.int64)
    span = int(other.max(initial=0)) + 1
    if (int(one.max(initial=0)) + 1) * _STRENGTHS * span < 1 << 63:
        order = np.argsort((one * _STRENGTHS + level) * span + other, kind="stable")
    else:
        order = np.lexsort((other, level, one))
    starts, sizes = runs(one[order])
    return order, np.arange(len(order)) - np.repeat(starts, sizes)
