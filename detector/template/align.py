"""Aligns two rows in order and counts what they share: the measure that a candidate pair of a family is judged by.

The functions work on columns of many rows end to end (`Columns`), are compiled by Numba where it is at work, and are
plain Python otherwise: integers only, so that both give the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

from detector.template.features import CLAUSE, HEADING, MAX_CLAUSES, SLOTTED, TemplateRow
from detector.template.roles import FORMAL, role_number, roles

# Similarity of two headings in hundredths.
SAME_WORDS: Final = 100
SAME_TAIL: Final = 90
LIKE_WORDS: Final = 85  # half of the character pairs shared
SAME_ROLE: Final = 75
NEAR_ROLE: Final = 40
TOP_WEIGHT: Final = 4  # weight of a heading of the top level, against 1 for those below

# Columns of a measurement.
HEADINGS, TOP, EXACT, LIKE, CHANGED, SWAPPED, KINDS, CLAUSES, EDGES, SLOTS, VARIED, WEIGHT = range(12)
N_MEASURES: Final = 12
MANY_PAIRS: Final = 1 << 14  # more are measured by several threads
PLAIN_WEIGHT: Final = 3  # a clause without a slot may be a notice that all texts of a publisher carry
SLOT_WEIGHT: Final = 8


@dataclass(frozen=True, slots=True)
class Columns:
    """Headings and clauses of many rows end to end; row i owns `[offsets[i], offsets[i + 1])` of each."""

    headings: NDArray[np.void]
    heading_offsets: NDArray[np.int64]
    clauses: NDArray[np.void]
    clause_offsets: NDArray[np.int64]
    weights: NDArray[np.uint8]  # of each clause
    flat: tuple[NDArray[Any], ...]  # the fields that the alignment reads, each contiguous


def _end_to_end(parts: Sequence[NDArray[np.void]], dtype: np.dtype[np.void]) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    offsets = np.zeros(len(parts) + 1, dtype=np.int64)
    np.cumsum([len(part) for part in parts], out=offsets[1:])
    return (np.concatenate(parts) if parts else np.empty(0, dtype=dtype)), offsets


def columns(rows: Sequence[TemplateRow]) -> Columns:
    """The rows end to end, in their order."""
    headings, heading_offsets = _end_to_end([row.headings for row in rows], HEADING)
    clauses, clause_offsets = _end_to_end([row.clauses for row in rows], CLAUSE)
    weights = np.concatenate([clause_weights(row) for row in rows]) if rows else np.empty(0, dtype=np.uint8)
    fields = [np.ascontiguousarray(headings[name]) for name in ("words", "tail", "bloom", "role", "level", "raw")]
    own = [np.ascontiguousarray(clauses[name]) for name in ("words", "head", "tail", "raw")]
    flat = (*fields, heading_offsets, *own, weights, clause_offsets)
    return Columns(headings, heading_offsets, clauses, clause_offsets, weights, flat)


def clause_weights(row: TemplateRow) -> NDArray[np.uint8]:
    """Weights of a row's clauses, uint8[n_clauses]: three times as much at its start as at its end.

    What a publisher puts under everything it prints stands at the end; what a text is, at its start.
    """
    n = len(row.clauses)
    kind = np.where(row.clauses["raw"] >= SLOTTED, SLOT_WEIGHT, PLAIN_WEIGHT)
    place = 3 - 2 * np.arange(n) / max(1, n - 1)
    return np.rint(kind * place).astype(np.uint8)


def measure_pairs(table: Columns, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """What each pair of rows shares: int64[n_pairs, N_MEASURES].

    HEADINGS: 2 * aligned weight / total weight of the outlines, in thousandths; TOP: the same over top-level headings
    alone; EXACT, LIKE: aligned headings with the same words; with the same tail, role or half of the pairs; CHANGED: those of
    EXACT whose unmasked words differ; SWAPPED: headings that match out of order;
    KINDS: different roles among the aligned headings of one role, and headings of no role with the same words;
    CLAUSES, EDGES: clauses aligned by all words, by first or last words; VARIED: those of CLAUSES whose unmasked words
    differ; SLOTS: those of CLAUSES with a slot; WEIGHT: weight of the aligned clauses, half for EDGES.
    """
    out = np.zeros((len(pairs), N_MEASURES), dtype=np.int64)
    near, formal = roles().near, role_number(FORMAL)
    compiled: Callable[..., None] = _measure
    if len(pairs) < MANY_PAIRS:
        compiled(*table.flat, near, formal, pairs, out)
        return out

    def measure(start: int) -> None:
        compiled(*table.flat, near, formal, pairs[start : start + MANY_PAIRS], out[start : start + MANY_PAIRS])

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as threads:  # each writes its own rows of `out`
        list(threads.map(measure, range(0, len(pairs), MANY_PAIRS)))
    return out


@njit(cache=True, nogil=True)
def _popcount(x):  # type: ignore[no-untyped-def]
    n = 0
    while x != np.uint64(0):
        x &= x - np.uint64(1)
        n += 1
    return n


@njit(cache=True, nogil=True)
def _like(words_a, tail_a, bloom_a, role_a, words_b, tail_b, bloom_b, role_b, near):  # type: ignore[no-untyped-def]
    """Similarity of two headings in hundredths."""
    if words_a == words_b:
        return SAME_WORDS
    kin = near[role_a, role_b]
    if tail_a == tail_b and tail_a != 0 and kin == 2:
        return SAME_TAIL
    shared = _popcount(bloom_a & bloom_b)
    if shared >= 2 and 2 * shared >= _popcount(bloom_a | bloom_b):
        return LIKE_WORDS
    if kin == 2 or (tail_a == tail_b and tail_a != 0):
        return SAME_ROLE
    if kin == 1:
        return NEAR_ROLE
    return 0


@njit(cache=True, nogil=True)
def _outline(words, tail, bloom, role, level, raw, a0, a1, b0, b1, near, formal, out):  # type: ignore[no-untyped-def]
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
            sim = _like(words[a], tail[a], bloom[a], role[a], words[b], tail[b], bloom[b], role[b], near)
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
            if words[a] == words[b]:
                out[EXACT] += 1
                out[CHANGED] += raw[a] != raw[b]
            elif base[i, j] >= SAME_ROLE:
                out[LIKE] += 1
            if role[a] == role[b] and role[a] > 0:
                seen |= np.uint64(1) << np.uint64(role[a])
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


@njit(cache=True, nogil=True)
def _clauses(words, head, tail, raw, weights, a0, a1, b0, b1, score, out):  # type: ignore[no-untyped-def]
    n, m = a1 - a0, b1 - b0
    for j in range(m + 1):
        score[n, j] = 0
    for i in range(n - 1, -1, -1):
        score[i, m] = 0
        a = a0 + i
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
        a, b = a0 + i, b0 + j
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


@njit(cache=True, nogil=True)
def _measure(  # type: ignore[no-untyped-def]
    words, tail, bloom, role, level, raw, offsets, cwords, chead, ctail, craw, cweights, coffsets, near, formal, pairs, out
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
