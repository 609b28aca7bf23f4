"""Aligns two rows in order and counts what they share: the measure that a candidate pair of a family is judged by.

The functions work on columns of many rows end to end (`Columns`). Few pairs are measured by NumPy (`plain.py`), many by
compiled kernels (`kernels.py`): integers only, so that both give the same. A small scan never waits for a compiler.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from detector.compiled import notice_if_slow
from detector.template.features import CLAUSE, HEADING, SLOTTED, VOCABULARY, TemplateRow
from detector.template.learned import learned_roles
from detector.template.roles import FORMAL, role_number

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
PLAIN_WEIGHT: Final = 3  # a clause without a slot may be a notice that all texts of a publisher carry
SLOT_WEIGHT: Final = 8


@dataclass(frozen=True, slots=True)
class Columns:
    """Headings and clauses of many rows end to end; row i owns `[offsets[i], offsets[i + 1])` of each."""

    headings: NDArray[np.void]
    roles: NDArray[np.uint16]  # of each heading: that of the table, or one that the corpus taught
    near: NDArray[np.uint8]  # which of them stand in for each other, as `roles().near`
    heading_offsets: NDArray[np.int64]
    clauses: NDArray[np.void]
    clause_offsets: NDArray[np.int64]
    weights: NDArray[np.uint8]  # of each clause
    flat: tuple[NDArray[Any], ...]  # the fields that the alignment reads, each contiguous


def _end_to_end(parts: Sequence[NDArray[np.void]], dtype: np.dtype[np.void]) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    offsets = np.zeros(len(parts) + 1, dtype=np.int64)
    np.cumsum([len(part) for part in parts], out=offsets[1:])
    # One copy of bytes: concatenating records of fields goes field by field.
    return np.frombuffer(b"".join([part.tobytes() for part in parts]), dtype=dtype), offsets


def columns(rows: Sequence[TemplateRow]) -> Columns:
    """The rows end to end, in their order, with the roles that they teach each other."""
    headings, heading_offsets = _end_to_end([row.headings for row in rows], HEADING)
    clauses, clause_offsets = _end_to_end([row.clauses for row in rows], CLAUSE)
    weights = clause_weights(clauses["raw"], clause_offsets)
    roles_of, near = learned_roles(headings, heading_offsets)
    fields = [np.ascontiguousarray(headings[name]) for name in ("words", "tail", "bloom", "level", "raw", "body")]
    fields.insert(3, roles_of)
    own = [np.ascontiguousarray(clauses[name]) for name in ("words", "head", "tail", "raw")]
    flat = (*fields, heading_offsets, *own, weights, clause_offsets)
    return Columns(headings, roles_of, near, heading_offsets, clauses, clause_offsets, weights, flat)


def clause_weights(raw: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Weights of the clauses of all rows, uint8[n_clauses]: three times as much at the start of a row as at its end.

    What a publisher puts under everything it prints stands at the end; what a text is, at its start.
    """
    sizes = np.diff(offsets)
    kind = np.where(raw >= SLOTTED, SLOT_WEIGHT, PLAIN_WEIGHT)
    place = np.arange(len(raw)) - np.repeat(offsets[:-1], sizes)
    slope = 2 * place / np.repeat(np.maximum(1, sizes - 1), sizes)
    return np.asarray(np.rint(kind * (3 - slope)), dtype=np.uint8)


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
    if compiled_for(len(pairs)):
        _kernel().measure(*table.flat, table.near, role_number(FORMAL), pairs, out)
    else:
        _plain().measure(*table.flat, table.near, role_number(FORMAL), pairs, out)
    return out


def same_words(
    words: NDArray[np.uint8], rarity: NDArray[np.uint8], a: NDArray[np.int64], b: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Sum of the weights of the values in which the vocabularies of rows a and b agree: int64[n_pairs].

    `words` is uint8[rows, slots], `rarity` uint8[slots, 256], 0 for the value 0 of an empty slot.
    """
    if not compiled_for(len(a)):
        same: NDArray[np.int64] = _plain().same_words(words, rarity, a, b)
        return same
    out = np.empty(len(a), dtype=np.int64)
    _kernel().same_words(words, rarity, np.ascontiguousarray(a), np.ascontiguousarray(b), out)
    return out


def compiled_for(n_pairs: int) -> bool:
    """Whether to use the compiled kernels: they are ready, or so many pairs are worth the wait. Same numbers either way."""
    return n_pairs >= FEW_PAIRS or _kernel.cache_info().currsize > 0


def prepare(n_pairs: int) -> None:
    """Make the kernels ready where so many pairs need them, before several threads ask for them at once."""
    if compiled_for(n_pairs):
        _kernel()


def _plain() -> Any:
    from detector.template import plain  # it needs the constants of this module

    return plain


@cache
def _kernel() -> Any:
    """The compiled kernels, made ready by a call on nothing; says so where that takes long."""
    with notice_if_slow("template families"):
        from detector.template import kernels

        made: Any = kernels
        table, none = columns([]), np.empty((0, 2), np.int64)
        out = np.empty((0, N_MEASURES), np.int64)
        made.measure(*table.flat, table.near, role_number(FORMAL), none, out)
        rarity = np.zeros((VOCABULARY, 256), np.uint8)
        made.same_words(np.empty((0, VOCABULARY), np.uint8), rarity, none[:, 0], none[:, 1], np.empty(0, np.int64))
    return made
