"""Turns verified pairs into star clusters: every member lies directly above the threshold with the representative."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def stars(n: int, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[n]: the representative of each of n nodes, -1 for a node without a neighbour.

    Nodes stand in order of priority. The first free node takes all of its free neighbours, and so on; no two
    representatives are neighbours, so nothing that is kept duplicates anything else that is kept. A node whose
    neighbours all went to others represents itself.
    """
    starts, neighbours = _adjacency(n, a, b)
    star = np.full(n, -1, dtype=np.int64)
    for node in np.flatnonzero(np.diff(starts)).tolist():
        if star[node] < 0:
            around = neighbours[starts[node] : starts[node + 1]]
            star[around[star[around] < 0]] = node
            star[node] = node
    return star


def components(n: int, a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[n]: the smallest node that each node is connected to, over any number of links (single linkage).

    Each round hooks every root to the smallest root across its edges and then halves all paths (Shiloach and
    Vishkin 1982), so a chain of a million links takes some twenty rounds.
    """
    root = np.arange(n, dtype=np.int64)
    while True:
        ra, rb = root[a], root[b]
        open_edges = ra != rb
        if not open_edges.any():
            return root
        low, high = np.minimum(ra, rb)[open_edges], np.maximum(ra, rb)[open_edges]
        np.minimum.at(root, high, low)
        while True:
            parent = root[root]
            if np.array_equal(parent, root):
                break
            root = parent


def chained(component: NDArray[np.int64], star: NDArray[np.int64], weights: NDArray[np.int64]) -> NDArray[np.int64]:
    """int64[n]: how many documents single linkage would have added to the star that each node represents.

    `weights` says how many documents a node stands for.
    """
    n, member = len(star), star >= 0
    in_component = np.bincount(component, weights, minlength=n).astype(np.int64)
    in_star = np.bincount(star[member], weights[member], minlength=n).astype(np.int64)
    return np.where(in_star > 0, in_component[component] - in_star, 0)


def _adjacency(n: int, a: NDArray[np.int64], b: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    sources, targets = np.concatenate([a, b]), np.concatenate([b, a])
    order = np.argsort(sources, kind="stable")
    starts: NDArray[np.int64] = np.concatenate(([0], np.cumsum(np.bincount(sources, minlength=n))))
    return starts, targets[order]
