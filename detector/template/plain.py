"""Turns pairs of rows into what they share with NumPy alone: the specification of `kernels.py`, for few pairs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.template import align
from detector.template.features import SLOTTED

_BITS = np.array([bin(i).count("1") for i in range(256)], dtype=np.int64)
Ints = NDArray[Any]


def measure(
    words: Ints, tail: Ints, bloom: Ints, role: Ints, level: Ints, raw: Ints, body: Ints, offsets: Ints,
    cwords: Ints, chead: Ints, ctail: Ints, craw: Ints, cweights: Ints, coffsets: Ints,
    near: NDArray[np.uint8], formal: int, pairs: NDArray[np.int64], out: NDArray[np.int64],
) -> None:  # fmt: skip
    """Fill `out` as `align.measure_pairs` describes; the arguments are those of the compiled form."""
    for p, (a, b) in enumerate(pairs.tolist()):
        one, other = slice(offsets[a], offsets[a + 1]), slice(offsets[b], offsets[b + 1])
        fields: tuple[Ints, ...] = (words, tail, bloom, role, level, raw, body)
        if one.stop > one.start or other.stop > other.start:
            outline([f[one] for f in fields], [f[other] for f in fields], near, formal, out[p])
        one, other = slice(coffsets[a], coffsets[a + 1]), slice(coffsets[b], coffsets[b + 1])
        fields = (cwords, chead, ctail, craw, cweights)
        clauses([f[one] for f in fields], [f[other] for f in fields], out[p])


def _popcount(values: Ints) -> Ints:
    return np.asarray(_BITS[np.ascontiguousarray(values).view(np.uint8)].reshape(*values.shape, 8).sum(axis=-1))


def _equal(a: Ints, b: Ints) -> NDArray[np.bool_]:
    return np.asarray(a[:, None] == b[None, :])


def _likeness(a: list[Ints], b: list[Ints], near: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Similarity of each heading of one with each of the other, in hundredths: int64[n, m]."""
    kin = _kin(a[3], b[3], near)
    tails = _equal(a[1], b[1]) & (a[1] != 0)[:, None]
    shared, either = _popcount(a[2][:, None] & b[2]), _popcount(a[2][:, None] | b[2])
    cases = [
        (_equal(a[0], b[0]), align.SAME_WORDS),
        (tails & (kin == 2), align.SAME_TAIL),
        ((shared >= 2) & (2 * shared >= either), align.LIKE_WORDS),
        ((kin == 2) | tails | (_same_bytes(a[6][:, None], b[6]) >= align.SAME_SECTION), align.SAME_ROLE),
        (kin == 1, align.NEAR_ROLE),
    ]
    return np.select([case for case, _ in cases], [np.int64(value) for _, value in cases], np.int64(0))


def _kin(a: Ints, b: Ints, near: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """2 same role, 1 near, 0 apart; roles that were learned have no neighbours."""
    known = (a < len(near))[:, None] & (b < len(near))
    kin = near[np.ix_(np.minimum(a, len(near) - 1), np.minimum(b, len(near) - 1))]
    return np.where(known, kin, (2 * _equal(a, b)).astype(np.uint8))


def _same_bytes(a: Ints, b: Ints) -> NDArray[np.int64]:
    """Bytes of two sketches of sections that are equal and not 0."""
    shifts = np.arange(0, 64, 8, dtype=np.uint64)
    one, other = ((x[..., None] >> shifts) & np.uint64(0xFF) for x in (a, b))
    return np.asarray(((one == other) & (one != 0)).sum(axis=-1))


def _scores(gains: NDArray[np.int64]) -> NDArray[np.int64]:
    """Best sums of gains along the rest of both sequences: int64[n + 1, m + 1]; a row is one running maximum."""
    n, m = gains.shape
    score = np.zeros((n + 1, m + 1), dtype=np.int64)
    for i in range(n - 1, -1, -1):
        taken = np.where(gains[i] > 0, score[i + 1, 1:] + gains[i], 0)
        score[i, :m] = np.maximum.accumulate(np.maximum(score[i + 1, :m], taken)[::-1])[::-1]
    return score


def _path(gains: NDArray[np.int64], score: NDArray[np.int64]) -> list[tuple[int, int]]:
    (n, m), i, j = gains.shape, 0, 0
    found = []
    while i < n and j < m:
        if gains[i, j] > 0 and score[i, j] == score[i + 1, j + 1] + gains[i, j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif score[i, j] == score[i + 1, j]:
            i += 1
        else:
            j += 1
    return found


def outline(a: list[Ints], b: list[Ints], near: NDArray[np.uint8], formal: int, out: NDArray[np.int64]) -> None:
    """Align two outlines, each [words, tail, bloom, role, level, raw, body], and count into `out`."""
    base = _likeness(a, b, near)
    top_a, top_b = a[4] == 1, b[4] == 1
    both = top_a[:, None] & top_b
    sims = np.where(both, base * align.TOP_WEIGHT, base)
    sims[(top_a[:, None] != top_b) & (base < align.SAME_TAIL)] = 0
    formal_a, formal_b = a[3] == formal, b[3] == formal
    sims[formal_a[:, None] | formal_b] = 0
    score = _scores(sims)
    path = _path(sims, score)
    top, aligned, kinds = 0, int(score[0, 0]), set()
    for i, j in path:
        same = a[0][i] == b[0][j]
        out[align.CONTENT] += _same_bytes(a[6][i], b[6][j])
        out[align.EXACT] += same
        out[align.CHANGED] += same and a[5][i] != b[5][j]
        out[align.LIKE] += not same and base[i, j] >= align.SAME_ROLE
        if a[3][i] == b[3][j] and a[3][i] > 0:
            kinds.add(int(a[3][i]) & 63)
        elif same:
            out[align.KINDS] += 1
        top += int(sims[i, j]) if both[i, j] else 0
    out[align.KINDS] += len(kinds)
    used_a, used_b = {i for i, _ in path}, {j for _, j in path}
    for i in sorted(set(range(len(a[0]))) - used_a):  # what stands in another order counts half
        free = [j for j in range(len(b[0])) if j not in used_b and base[i, j] >= align.SAME_ROLE and sims[i, j] > 0]
        if free:
            j = max(free, key=lambda j: (sims[i, j], -j))
            used_b.add(j)
            aligned += int(sims[i, j]) // 2
            top += int(sims[i, j]) // 2 if both[i, j] else 0
            out[align.SWAPPED] += 1
    heads = int((~formal_a & top_a).sum() + (~formal_b & top_b).sum())
    below = int((~formal_a & ~top_a).sum() + (~formal_b & ~top_b).sum())
    total_top = heads * align.TOP_WEIGHT
    if total_top + below:
        out[align.HEADINGS] = 20 * aligned // (total_top + below)
    if total_top:
        out[align.TOP] = 20 * top // total_top


def clauses(a: list[Ints], b: list[Ints], out: NDArray[np.int64]) -> None:
    """Align two sequences of clauses, each [words, head, tail, raw, weights], and count into `out`."""
    same = _equal(a[0], b[0])
    edges = (_equal(a[1], b[1]) & (a[1] != 0)[:, None]) | (_equal(a[2], b[2]) & (a[2] != 0)[:, None])
    gains = np.where(same, 2, edges.astype(np.int64))
    rows, columns = np.flatnonzero(gains.any(axis=1)), np.flatnonzero(gains.any(axis=0))
    gains = gains[np.ix_(rows, columns)]
    for k, place in _path(gains, _scores(gains)):
        i, j = rows[k], columns[place]
        weight = int(a[4][i]) + int(b[4][j])
        if same[i, j]:
            out[align.CLAUSES] += 1
            out[align.WEIGHT] += weight // 2
            out[align.SLOTS] += a[3][i] >= SLOTTED
            out[align.VARIED] += a[3][i] != b[3][j]
        else:
            out[align.EDGES] += 1
            out[align.WEIGHT] += weight // 4


def same_words(
    words: NDArray[np.uint8], rarity: NDArray[np.uint8], a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Sum of the weights of the values in which the vocabularies of rows a and b agree."""
    left = words[a]
    shared = np.where(left == words[b], left, np.uint8(0))
    return np.asarray(rarity[np.arange(words.shape[1]), shared].sum(axis=1, dtype=np.int64))
