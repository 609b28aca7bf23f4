"""Compiled: boosted oblivious trees over columns of features, with the bits of `detector.page.model`."""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.compiled import compiled

ROWS = 512  # so many lines stay in the nearest cache, tree after tree


@compiled
def log_odds(columns: Any, features: Any, borders: Any, leaves: Any, bias: float, total: Any) -> None:
    """Fill in float64[n_lines] from float32[n_columns, n_lines]; `features` holds columns. See `Trees.log_odds`."""
    n_trees, depth = features.shape
    n = columns.shape[1]
    index = np.empty(ROWS, np.uint8)
    for start in range(0, n, ROWS):
        size = min(ROWS, n - start)
        for i in range(size):
            total[start + i] = bias
        for tree in range(n_trees):
            for i in range(size):
                index[i] = 0
            for level in range(depth):
                column = columns[features[tree, level], start : start + size]
                border = borders[tree, level]
                bit = np.uint8(1 << level)
                for i in range(size):
                    index[i] |= bit if column[i] > border else np.uint8(0)
            leaf = leaves[tree]
            for i in range(size):
                total[start + i] += leaf[index[i]]


@compiled
def loudest(columns: Any, place: Any, rows: Any, mean: Any, pull: Any, found: Any) -> None:
    """Fill in the first of the features that spoke most against each of `rows`. See `model.loudest`."""
    size = len(rows)
    least = np.empty(size, np.float32)
    for i in range(size):
        found[i] = 0
        least[i] = (columns[place[0], rows[i]] - mean[0]) * pull[0]
    for n in range(1, len(place)):
        column = columns[place[n]]
        for i in range(size):
            spoken = (column[rows[i]] - mean[n]) * pull[n]
            if spoken < least[i]:
                least[i] = spoken
                found[i] = n
