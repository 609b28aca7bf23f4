# mypy: disable-error-code="no-untyped-call"
"""Turns pairs of rows into what they share, compiled: the same numbers as `plain.py`, a hundred times as fast.

Importing this module imports Numba, so `align.py` does it for large batches alone.
"""

from __future__ import annotations

import numpy as np

from detector.compiled import compiled
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
from detector.template.features import MAX_CLAUSES, MAX_HEADINGS, SLOTTED

_MASKS = (np.uint64(0x5555555555555555), np.uint64(0x3333333333333333), np.uint64(0x0F0F0F0F0F0F0F0F))
_ONES = np.uint64(0x0101010101010101)
_LOW, _HIGH = np.uint64(0x7F7F7F7F7F7F7F7F), np.uint64(0x8080808080808080)
_BITMAP = 1 << 10  # words of 64 bits: 16 bits of a hash each have their place


@compiled
def _popcount(x):  # type: ignore[no-untyped-def]
    x = x - ((x >> np.uint64(1)) & _MASKS[0])
    x = (x & _MASKS[1]) + ((x >> np.uint64(2)) & _MASKS[1])
    x = (x + (x >> np.uint64(4))) & _MASKS[2]
    return np.int64((x * _ONES) >> np.uint64(56))


@compiled
def _filled(x):  # type: ignore[no-untyped-def]
    """The highest bit of each byte that is not 0."""
    return (((x & _LOW) + _LOW) | x) & _HIGH


@compiled
def _same_bytes(a, b):  # type: ignore[no-untyped-def]
    """Bytes of two sketches of sections that are equal and not 0."""
    return _popcount(~_filled(a ^ b) & _filled(a))


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
def _outline(  # type: ignore[no-untyped-def]
    words, tail, bloom, role, level, raw, body, a0, a1, b0, b1, near, formal, score, sims, base, out
):
    n, m = a1 - a0, b1 - b0
    if n == 0 or m == 0:
        return
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
    for j in range(m + 1):
        score[n, j] = 0
    for i in range(n - 1, -1, -1):
        score[i, m] = 0
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
    used_a = np.uint64(0)  # at most MAX_HEADINGS: one bit each
    used_b = np.uint64(0)
    one = np.uint64(1)
    top = 0
    seen = np.uint64(0)
    i = j = 0
    while i < n and j < m:
        if sims[i, j] > 0 and score[i, j] == score[i + 1, j + 1] + sims[i, j]:
            used_a |= one << np.uint64(i)
            used_b |= one << np.uint64(j)
            a, b = a0 + i, b0 + j
            out[CONTENT] += _same_bytes(body[a], body[b])
            if words[a] == words[b]:
                out[EXACT] += 1
                out[CHANGED] += raw[a] != raw[b]
            elif base[i, j] >= SAME_ROLE:
                out[LIKE] += 1
            if role[a] == role[b] and role[a] > 0:
                seen |= one << np.uint64(role[a] & 63)
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
    aligned = np.int64(score[0, 0])
    for i in range(n):  # what stands in another order counts half
        if used_a >> np.uint64(i) & one:
            continue
        pick, best = -1, 0
        for j in range(m):
            if not (used_b >> np.uint64(j) & one) and base[i, j] >= SAME_ROLE and sims[i, j] > best:
                pick, best = j, sims[i, j]
        if pick >= 0:
            used_b |= one << np.uint64(pick)
            aligned += best // 2
            if level[a0 + i] == 1 and level[b0 + pick] == 1:
                top += best // 2
            out[SWAPPED] += 1
    if total > 0:
        out[HEADINGS] = 20 * aligned // total
    if total_top > 0:
        out[TOP] = 20 * top // total_top


@compiled
def _mark(bitmap, key):  # type: ignore[no-untyped-def]
    bitmap[key >> 6] |= np.uint64(1) << np.uint64(key & 63)


@compiled
def _marked(bitmap, key):  # type: ignore[no-untyped-def]
    return (bitmap[key >> 6] >> np.uint64(key & 63)) & np.uint64(1) != np.uint64(0)


@compiled
def _mark_row(words, head, tail, first, last, marks):  # type: ignore[no-untyped-def]
    """Mark the hashes of a row's clauses in three bitmaps, and the 0 of a clause without edges in none."""
    marks[:] = 0
    for i in range(first, last):
        _mark(marks[0], int(words[i] & 0xFFFF))
        if head[i] != 0:
            _mark(marks[1], int(head[i]))
        if tail[i] != 0:
            _mark(marks[2], int(tail[i]))


@compiled
def _gains(words, head, tail, a0, a1, b0, b1, marks, gains, rows, columns):  # type: ignore[no-untyped-def]
    """Clauses of both that match something, in `rows` and `columns`, with what they gain: 2 all words, 1 an edge."""
    m = 0
    for b in range(b0, b1):  # the bitmaps leave few
        if _marked(marks[0], int(words[b] & 0xFFFF)) or _marked(marks[1], int(head[b])) or _marked(marks[2], int(tail[b])):
            columns[m] = b
            m += 1
    n = 0
    if m == 0:
        return n, m
    for a in range(a0, a1):
        most = 0
        for j in range(m):
            b = columns[j]
            gain = 0
            if words[a] == words[b]:
                gain = 2
            elif (head[a] == head[b] and head[a] != 0) or (tail[a] == tail[b] and tail[a] != 0):
                gain = 1
            gains[n, j] = gain
            most |= gain
        if most > 0:
            rows[n] = a
            n += 1
    k = 0
    for j in range(m):  # two hashes may share a bit
        most = 0
        for i in range(n):
            most |= gains[i, j]
        if most > 0:
            if k < j:
                columns[k] = columns[j]
                for i in range(n):
                    gains[i, k] = gains[i, j]
            k += 1
    return n, k


@compiled
def _clauses(raw, weights, n, m, score, gains, rows, columns, out):  # type: ignore[no-untyped-def]
    for j in range(m + 1):
        score[n, j] = 0
    for i in range(n - 1, -1, -1):
        best = np.int32(0)
        score[i, m] = 0
        for j in range(m - 1, -1, -1):
            taken = score[i + 1, j + 1] + gains[i, j]  # without a gain it is no more than its neighbours
            best = max(best, score[i + 1, j], taken)
            score[i, j] = best
    i = j = 0
    while i < n and j < m:
        gain = gains[i, j]
        if gain > 0 and score[i, j] == score[i + 1, j + 1] + gain:
            a, b = rows[i], columns[j]
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
def outlines(words, tail, bloom, role, level, raw, body, offsets, near, formal, pairs, out):  # type: ignore[no-untyped-def]
    """Fill the columns of `out` that the headings of each pair give."""
    score = np.zeros((MAX_HEADINGS + 1, MAX_HEADINGS + 1), np.int32)
    sims = np.zeros((MAX_HEADINGS, MAX_HEADINGS), np.int32)
    base = np.zeros((MAX_HEADINGS, MAX_HEADINGS), np.int32)
    for p in range(len(pairs)):
        a, b = pairs[p, 0], pairs[p, 1]
        a0, a1, b0, b1 = offsets[a], offsets[a + 1], offsets[b], offsets[b + 1]
        _outline(words, tail, bloom, role, level, raw, body, a0, a1, b0, b1, near, formal, score, sims, base, out[p])


@compiled
def sequences(words, head, tail, raw, weights, offsets, pairs, out):  # type: ignore[no-untyped-def]
    """Fill the columns of `out` that the clauses of each pair give; fast where pairs of one row follow each other."""
    score = np.zeros((MAX_CLAUSES + 1, MAX_CLAUSES + 1), np.int32)
    gains = np.zeros((MAX_CLAUSES, MAX_CLAUSES), np.int32)
    rows = np.zeros(MAX_CLAUSES, np.int64)
    columns = np.zeros(MAX_CLAUSES, np.int64)
    marks = np.zeros((3, _BITMAP), np.uint64)
    marked = -1
    for p in range(len(pairs)):
        a, b = pairs[p, 0], pairs[p, 1]
        a0, a1, b0, b1 = offsets[a], offsets[a + 1], offsets[b], offsets[b + 1]
        if a != marked:
            _mark_row(words, head, tail, a0, a1, marks)
            marked = a
        n, m = _gains(words, head, tail, a0, a1, b0, b1, marks, gains, rows, columns)
        if n > 0:
            _clauses(raw, weights, n, m, score, gains, rows, columns, out[p])


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
    outlines(words, tail, bloom, role, level, raw, body, offsets, near, formal, pairs, out)
    sequences(cwords, chead, ctail, craw, cweights, coffsets, pairs, out)


@compiled
def same_words(words, rarity, left, right, out):  # type: ignore[no-untyped-def]
    """Sum of the weights of the values in which the vocabularies of rows `left` and `right` agree."""
    slots = words.shape[1]
    for p in range(len(left)):
        a, b = words[left[p]], words[right[p]]
        same = 0
        for k in range(slots):
            if a[k] == b[k]:
                same += rarity[k, a[k]]
        out[p] = same
