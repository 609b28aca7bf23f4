"""Turns labelled features into boosted oblivious trees (Friedman 2001, with the symmetric trees of CatBoost)."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from detector.page.model import Trees

N_BINS = 32


def borders_of(features: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    """At most N_BINS - 1 borders for each feature, half-way between neighbouring quantiles."""
    found = []
    rng = np.random.default_rng(5)
    sample = features if len(features) < 60_000 else features[rng.choice(len(features), 60_000, replace=False)]
    for column in sample.T:
        values = np.unique(column)
        if len(values) > N_BINS:
            values = np.unique(np.quantile(column, np.linspace(0, 1, 2 * N_BINS), method="nearest"))
            if len(values) > N_BINS:
                values = values[np.linspace(0, len(values) - 1, N_BINS).astype(int)]
        found.append(((values[1:].astype(np.float64) + values[:-1]) / 2).astype(np.float32))
    return found


def binned(features: NDArray[np.float32], borders: list[NDArray[np.float32]]) -> NDArray[np.uint8]:
    return np.stack(
        [np.searchsorted(b, features[:, n], side="left") for n, b in enumerate(borders)],
        axis=1,
    ).astype(np.uint8)


@numba.njit(cache=True, nogil=True)
def _histogram(bins, rows, leaf, grad, hess, columns, n_leaves, out_g, out_h):  # type: ignore[no-untyped-def]
    """Sums by leaf, column and bin. The new half of the leaves is counted, the old half is what is left of its parent."""
    half = n_leaves // 2
    out_g[half:n_leaves] = 0.0
    out_h[half:n_leaves] = 0.0
    for i in range(len(rows)):
        row = rows[i]
        where = leaf[row]
        if where < half:
            continue
        g = grad[row]
        h = hess[row]
        for c in range(len(columns)):
            value = bins[row, columns[c]]
            out_g[where, c, value] += g
            out_h[where, c, value] += h
    out_g[:half] -= out_g[half:n_leaves]
    out_h[:half] -= out_h[half:n_leaves]


@numba.njit(cache=True, nogil=True)
def _best_split(hist_g, hist_h, n_leaves, n_columns, l2):  # type: ignore[no-untyped-def]
    best, best_column, best_bin = -1.0, 0, 0
    for c in range(n_columns):
        gains = np.zeros(N_BINS)
        for leaf in range(n_leaves):
            total_g = hist_g[leaf, c].sum()
            total_h = hist_h[leaf, c].sum()
            left_g = 0.0
            left_h = 0.0
            base = total_g * total_g / (total_h + l2)
            for b in range(N_BINS - 1):
                left_g += hist_g[leaf, c, b]
                left_h += hist_h[leaf, c, b]
                right_g = total_g - left_g
                right_h = total_h - left_h
                gains[b] += left_g * left_g / (left_h + l2) + right_g * right_g / (right_h + l2) - base
        for b in range(N_BINS - 1):
            if gains[b] > best + 1e-9:
                best, best_column, best_bin = gains[b], c, b
    return best, best_column, best_bin


def fit_trees(
    features: NDArray[np.float32],
    names: list[str],
    labels: NDArray[np.float64],
    weights: NDArray[np.float64],
    *,
    n_trees: int = 150,
    depth: int = 6,
    rate: float = 0.12,
    l2: float = 8.0,
    row_share: float = 0.5,
    column_share: float = 0.4,
    seed: int = 7,
    groups: NDArray[np.int64] | None = None,
) -> Trees:
    """Gradient boosting on the logistic loss; rows and columns are drawn anew for each tree, from one seed.

    Rows of one group are drawn together, since the lines of a page are not independent.
    """
    rng = np.random.default_rng(seed)
    borders = borders_of(features)
    bins = binned(features, borders)
    usable = np.array([n for n, b in enumerate(borders) if len(b)])
    mean = float(np.average(labels, weights=weights))
    bias = float(np.log(mean / (1 - mean)))
    score = np.full(len(labels), bias)
    n_columns = max(1, int(column_share * len(usable)))
    hist_g, hist_h = (np.zeros((2**depth, n_columns, N_BINS)) for _ in range(2))
    chosen = np.zeros((n_trees, depth), np.int16)
    cuts = np.zeros((n_trees, depth), np.float32)
    leaves = np.zeros((n_trees, 2**depth))
    for tree in range(n_trees):
        p = 1 / (1 + np.exp(-score))
        grad, hess = weights * (labels - p), weights * p * (1 - p)
        if groups is None:
            rows = np.flatnonzero(rng.random(len(labels)) < row_share)
        else:
            rows = np.flatnonzero((rng.random(int(groups.max()) + 1) < row_share)[groups])
        columns = np.sort(rng.choice(usable, n_columns, replace=False))
        leaf = np.zeros(len(labels), np.int64)
        for level in range(depth):
            _histogram(bins, rows, leaf, grad, hess, columns, 2**level, hist_g, hist_h)
            gain, column, cut = _best_split(hist_g, hist_h, 2**level, n_columns, l2)
            feature = int(columns[column]) if gain > 0 else int(usable[0])
            cut = min(cut, len(borders[feature]) - 1)
            chosen[tree, level], cuts[tree, level] = feature, borders[feature][cut]
            leaf |= (bins[:, feature] > cut).astype(np.int64) << level
        sum_g = np.bincount(leaf[rows], weights=grad[rows], minlength=2**depth)
        sum_h = np.bincount(leaf[rows], weights=hess[rows], minlength=2**depth)
        leaves[tree] = rate * sum_g / (sum_h + l2)
        score += leaves[tree][leaf]
    return _slim(Trees(tuple(names), chosen, cuts, leaves, bias, *_linear(features, score)))


def _linear(features: NDArray[np.float32], score: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Mean of each feature, and its covariance with the score over its variance."""
    mean = features.mean(axis=0)
    centred = features - mean
    variance = (centred**2).mean(axis=0)
    pull = (centred * (score - score.mean())[:, None]).mean(axis=0) / np.maximum(variance, 1e-9)
    return mean.astype(np.float32), pull.astype(np.float32)


def _slim(trees: Trees) -> Trees:
    """Without the features that no tree asks for."""
    used = np.unique(trees.feature)
    place = {int(feature): number for number, feature in enumerate(used)}
    return Trees(
        tuple(trees.names[n] for n in used),
        np.vectorize(place.__getitem__)(trees.feature).astype(np.int16),
        trees.border, trees.leaves, trees.bias, trees.mean[used], trees.pull[used],
    )  # fmt: skip
