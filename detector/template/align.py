"""Aligns two rows in order and counts what they share: the measure that a candidate pair of a family is judged by.

The functions work on columns of many rows end to end (`Columns`). Few pairs are measured by NumPy (`plain.py`), many by
compiled kernels (`kernels.py`): integers only, so that both give the same. A small scan never waits for a compiler.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.template.features import CLAUSE, HEADING, SLOTTED, TemplateRow
from detector.template.roles import FORMAL, role_number, roles

# Similarity of two headings in hundredths.
SAME_WORDS: Final = 100
SAME_TAIL: Final = 90
LIKE_WORDS: Final = 85  # half of the character pairs shared
SAME_ROLE: Final = 75
NEAR_ROLE: Final = 40
SAME_SECTION: Final = 4  # of 8 slots: sections of the same words play the same role, whatever their headings
TOP_WEIGHT: Final = 4  # weight of a heading of the top level, against 1 for those below

# Columns of a measurement.
HEADINGS, TOP, EXACT, LIKE, CHANGED, SWAPPED, KINDS, CLAUSES, EDGES, SLOTS, VARIED, WEIGHT, CONTENT = range(13)
N_MEASURES: Final = 13
FEW_PAIRS: Final = 2000  # fewer take NumPy less time than Numba needs to start
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
    fields = [np.ascontiguousarray(headings[name]) for name in ("words", "tail", "bloom", "role", "level", "raw", "body")]
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
    CONTENT: slots of the sketches of aligned sections that agree, of 8 each;
    KINDS: different roles among the aligned headings of one role, and headings of no role with the same words;
    CLAUSES, EDGES: clauses aligned by all words, by first or last words; VARIED: those of CLAUSES whose unmasked words
    differ; SLOTS: those of CLAUSES with a slot; WEIGHT: weight of the aligned clauses, half for EDGES.
    """
    out = np.zeros((len(pairs), N_MEASURES), dtype=np.int64)
    near, formal = roles().near, role_number(FORMAL)
    if len(pairs) < FEW_PAIRS and not _kernel.cache_info().currsize:
        from detector.template import plain  # it needs the constants of this module

        measured: Callable[..., None] = plain.measure
        measured(*table.flat, near, formal, pairs, out)
        return out
    compiled = _kernel()
    if len(pairs) < MANY_PAIRS:
        compiled(*table.flat, near, formal, pairs, out)
        return out

    def measure(start: int) -> None:
        compiled(*table.flat, near, formal, pairs[start : start + MANY_PAIRS], out[start : start + MANY_PAIRS])

    with ThreadPoolExecutor(min(8, os.cpu_count() or 1)) as threads:  # each writes its own rows of `out`
        list(threads.map(measure, range(0, len(pairs), MANY_PAIRS)))
    return out


@cache
def _kernel() -> Callable[..., None]:
    """The compiled measure, made ready by a call on nothing; says so where that takes long."""
    from detector.dup.jit import notice_if_slow  # imports Numba

    with notice_if_slow():
        from detector.template import kernels

        made: Callable[..., None] = kernels.measure
        empty = columns([])
        made(*empty.flat, roles().near, role_number(FORMAL), np.empty((0, 2), np.int64), np.empty((0, N_MEASURES), np.int64))
    return made
