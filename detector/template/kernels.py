# mypy: disable-error-code="no-untyped-call"
"""Turns pairs of rows into what they share, compiled: the same numbers as `plain.py`, a hundred times as fast.

Importing this module imports Numba, so `align.py` does it for large batches alone.
"""

from __future__ import annotations

import numpy as np

from detector.dup.jit import compiled
from detector.template.align import (
    CHANGED,
    CLAUSES,
    CONTENT,
    EDGES,
    EXACT,
    HEADINGS,
    KINDS,
    LIKE,
    LIKE_WORDS,
    NEAR_ROLE,
    SAME_ROLE,
    SAME_SECTION,
    SAME_TAIL,
    SAME_WORDS,
    SLOTS,
    SWAPPED,
    TOP,
    TOP_WEIGHT,
    VARIED,
    WEIGHT,
)
from detector.template.features import MAX_CLAUSES, SLOTTED


@compiled
def _popcount(x):  # type: ignore[no-untyped-def]
    n = 0
    while x != np.uint64(0):
        x &= x - np.uint64(1)
        n += 1
    return n


@compiled
def _same_bytes(a, b):  # type: ignore[no-untyped-def]
    """Bytes of two sketches of sections that are equal and not 0."""
    n = 0
    for _ in range(8):
        n += (a & np.uint64(0xFF)) == (b & np.uint64(0xFF)) and (a & np.uint64(0xFF)) != np.uint64(0)
        a >>= np.uint64(8)
        b >>= np.uint64(8)
    return n


@compiled
def _like(  # type: ignore[no-untyped-def]
    words_a, tail_a, bloom_a, role_a, body_a, words_b, tail_b, bloom_b, role_b, body_b, near
):
    """Similarity of two headings in hundredths."""
    if words_a == words_b:
        return SAME_WORDS
    kin = np.uint8(2 * (role_a == role_b))  # roles that were learned have no neighbours
    if role_a < len(near) and role_b < len(near):
        kin = near[role_a, role_b]
    if tail_a == tail_b and tail_a != 0 and kin == 2:
        return SAME_TAIL
    shared = _popcount(bloom_a & bloom_b)
    if shared >= 2 and 2 * shared >= _popcount(bloom_a | bloom_b):
        return LIKE_WORDS
    if kin == 2 or (tail_a == tail_b and tail_a != 0) or _same_bytes(body_a, body_b) >= SAME_SECTION:
        return SAME_ROLE
    if kin == 1:
        return NEAR_ROLE
    return 0


@compiled
def _outline(words, tail, bloom, role, level, raw, body, a0, a1, b0, b1, near, formal, out):  # type: ignore[no-untyped-def]
    n, m = a1 - a0, b1 - b0
    score = np.zeros((n + 1, m + 1), np.int64)
    sims = np.zeros((n, m), np.int64)
    base = np.zeros((n, m), np.int64)
    total_top = 0
    total = 0
    for i in range(n):
        w = 0 if role[a0 + i] == formal else TOP_WEIGHT if level[a0 + i] == 1 else 1
        total += w
        total_top += w if w == TOP_WEIGHT else 0
    for j in range(m):
        w = 0 if role[b0 + j] == formal else TOP_WEIGHT if level[b0 + j] == 1 else 1
        total += w
        total_top += w if w == TOP_WEIGHT else 0
    for i in range(n - 1, -1, -1):
        for j in range(m - 1, -1, -1):
            a, b = a0 + i, b0 + j
            top_a, top_b = level[a] == 1, level[b] == 1
            sim = _like(words[a], tail[a], bloom[a], role[a], body[a], words[b], tail[b], bloom[b], role[b], body[b], near)
            base[i, j] = sim
            if role[a] == formal or role[b] == formal:
                sim = 0
            elif top_a and top_b:
                sim *= TOP_WEIGHT
            elif top_a != top_b and sim < SAME_TAIL:
                sim = 0
            sims[i, j] = sim
            best = max(score[i + 1, j], score[i, j + 1])
            if sim > 0 and score[i + 1, j + 1] + sim > best:
                best = score[i + 1, j + 1] + sim
            score[i, j] = best
    used_a = np.zeros(n, np.bool_)
    used_b = np.zeros(m, np.bool_)
    top = 0
    seen = np.uint64(0)
    i = j = 0
    while i < n and j < m:
        if sims[i, j] > 0 and score[i, j] == score[i + 1, j + 1] + sims[i, j]:
            used_a[i] = used_b[j] = True
            a, b = a0 + i, b0 + j
            out[CONTENT] += _same_bytes(body[a], body[b])
            if words[a] == words[b]:
                out[EXACT] += 1
                out[CHANGED] += raw[a] != raw[b]
            elif base[i, j] >= SAME_ROLE:
                out[LIKE] += 1
            if role[a] == role[b] and role[a] > 0:
                seen |= np.uint64(1) << np.uint64(role[a] & 63)
            elif words[a] == words[b]:
                out[KINDS] += 1
            if level[a] == 1 and level[b] == 1:
                top += sims[i, j]
            i += 1
            j += 1
        elif score[i, j] == score[i + 1, j]:
            i += 1
        else:
            j += 1
    out[KINDS] += _popcount(seen)
    aligned = score[0, 0]
    for i in range(n):  # what stands in another order counts half
        if used_a[i]:
            continue
        pick, best = -1, 0
        for j in range(m):
            if not used_b[j] and base[i, j] >= SAME_ROLE and sims[i, j] > best:
                pick, best = j, sims[i, j]
        if pick >= 0:
            used_a[i] = used_b[pick] = True
            aligned += best // 2
            if level[a0 + i] == 1 and level[b0 + pick] == 1:
                top += best // 2
            out[SWAPPED] += 1
    if total > 0:
        out[HEADINGS] = 20 * aligned // total
    if total_top > 0:
        out[TOP] = 20 * top // total_top


@compiled
def _clauses(words, head, tail, raw, weights, a0, a1, b0, b1, score, out):  # type: ignore[no-untyped-def]
    m = b1 - b0
    rows = np.empty(a1 - a0, np.int64)
    n = 0
    for a in range(a0, a1):  # a row that matches nothing changes neither scores nor path
        hits = 0
        for b in range(b0, b1):
            hits += words[a] == words[b]
            hits += (head[a] == head[b]) & (head[a] != 0)
            hits += (tail[a] == tail[b]) & (tail[a] != 0)
        if hits > 0:
            rows[n] = a
            n += 1
    for j in range(m + 1):
        score[n, j] = 0
    for i in range(n - 1, -1, -1):
        score[i, m] = 0
        a = rows[i]
        for j in range(m - 1, -1, -1):
            b = b0 + j
            best = max(score[i + 1, j], score[i, j + 1])
            gain = 0
            if words[a] == words[b]:
                gain = 2
            elif (head[a] == head[b] and head[a] != 0) or (tail[a] == tail[b] and tail[a] != 0):
                gain = 1
            if gain > 0 and score[i + 1, j + 1] + gain > best:
                best = score[i + 1, j + 1] + gain
            score[i, j] = best
    i = j = 0
    while i < n and j < m:
        a, b = rows[i], b0 + j
        gain = 0
        if words[a] == words[b]:
            gain = 2
        elif (head[a] == head[b] and head[a] != 0) or (tail[a] == tail[b] and tail[a] != 0):
            gain = 1
        if gain > 0 and score[i, j] == score[i + 1, j + 1] + gain:
            if gain == 2:
                out[CLAUSES] += 1
                out[WEIGHT] += (np.int64(weights[a]) + np.int64(weights[b])) // 2
                out[SLOTS] += raw[a] >= SLOTTED
                out[VARIED] += raw[a] != raw[b]
            else:
                out[EDGES] += 1
                out[WEIGHT] += (np.int64(weights[a]) + np.int64(weights[b])) // 4
            i += 1
            j += 1
        elif score[i, j] == score[i + 1, j]:
            i += 1
        else:
            j += 1


@compiled
def measure(  # type: ignore[no-untyped-def]
    words,
    tail,
    bloom,
    role,
    level,
    raw,
    body,
    offsets,
    cwords,
    chead,
    ctail,
    craw,
    cweights,
    coffsets,
    near,
    formal,
    pairs,
    out,
):
    score = np.zeros((MAX_CLAUSES + 1, MAX_CLAUSES + 1), np.int64)
    for p in range(len(pairs)):
        a, b = pairs[p, 0], pairs[p, 1]
        _outline(
            words,
            tail,
            bloom,
            role,
            level,
            raw,
            body,
            offsets[a],
            offsets[a + 1],
            offsets[b],
            offsets[b + 1],
            near,
            formal,
            out[p],
        )
        _clauses(
            cwords, chead, ctail, craw, cweights, coffsets[a], coffsets[a + 1], coffsets[b], coffsets[b + 1], score, out[p]
        )
