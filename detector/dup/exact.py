"""Turns digests of folded texts into groups of documents with the same text."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def exact_representatives(digests: NDArray[np.uint8], n_chars: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[n]: the first document with the same digest as document i; `digests` is uint8[n, 16].

    A document without any kept character is like no other one: there is nothing to compare.
    """
    n = len(digests)
    words = np.ascontiguousarray(digests).view("<u8").reshape(n, 2)
    order = np.lexsort((words[:, 0], words[:, 1]))  # stable: documents ascend within a group
    ordered = words[order]
    new = np.ones(n, dtype=np.bool_)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    heads = order[np.flatnonzero(new)]
    representative = np.empty(n, dtype=np.int64)
    representative[order] = heads[np.cumsum(new) - 1]
    empty = n_chars == 0
    representative[empty] = np.flatnonzero(empty)
    return representative
