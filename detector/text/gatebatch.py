"""Turns a batch of texts into the kinds of damage that each may have, in NumPy: what `gate.suspect` says of each.

Loading the compiled loop of `gate` costs a process half a second, compiling it several: below `COMPILED_FROM` characters
these arrays are faster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.text import gate
from detector.text.gate import GateTables, load_tables

COMPILED_FROM = 10_000_000  # characters of a batch
_RESET = -(1 << 24)  # ends a cumulative sum; more than a batch can add up to

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Batch:
    """UTF-16 units of all texts, each with a line end after it, and where each begins."""

    units: NDArray[np.uint16]
    starts: Ints
    flags: NDArray[np.int32]


def gate_batch(texts: Sequence[str]) -> list[int]:
    """`gate.suspect` of each text; in one go, and without the compiled loop where the batch is small."""
    if not texts:
        return []
    if sum(map(len, texts)) >= COMPILED_FROM:
        return [gate.suspect(text) for text in texts]
    return gate_arrays(texts)


def gate_arrays(texts: Sequence[str]) -> list[int]:
    """`gate.suspect` of each text, in NumPy."""
    tables = load_tables()
    encoded = [text.encode("utf-16-le", "surrogatepass") for text in texts]
    units = np.frombuffer(b"\n\0".join([*encoded, b""]), np.uint16)
    ends = np.cumsum([len(data) // 2 + 1 for data in encoded])
    batch = _Batch(units, np.concatenate([[0], ends[:-1]]), tables.units[units])
    kinds = np.bitwise_or.reduceat(batch.flags & gate._SINGLE, batch.starts).astype(np.int64)
    for kind, places in _beside(batch):
        kinds[_texts_of(batch, places)] |= kind
    weights = (batch.flags >> gate._BITS).astype(np.int64)
    weights[ends - 1] = _RESET
    strange = _cusum(weights)
    kinds[_texts_of(batch, np.flatnonzero(strange > gate.STRANGE_SUM))] |= gate.STRANGE
    for start, end in _unsure(batch, strange, tables):
        number = np.searchsorted(batch.starts, end, side="right") - 1
        kinds[number] |= gate.scan(units[start : end + 1], tables.units, tables.pair_of, tables.char_of)
    return [int(kind) for kind in kinds]


def _texts_of(batch: _Batch, places: Ints) -> Ints:
    return np.asarray(np.searchsorted(batch.starts, places, side="right") - 1)


def _cusum(steps: Ints) -> Ints:
    sums = np.cumsum(steps)
    return np.asarray(sums - np.minimum(np.minimum.accumulate(sums), 0))


def _beside(batch: _Batch) -> list[tuple[int, Ints]]:
    """The kinds that show in a unit and the ones before it, and where."""
    units, flags = batch.units, batch.flags
    latin = np.flatnonzero(flags & gate._LATIN)
    run = gate.RUN_OF_LATIN - 1
    found = [(gate.LATIN, latin[run:][latin[run:] - latin[: len(latin) - run] == run])] if len(latin) > run else []
    at = np.flatnonzero(flags[:-1] & gate._THEN) + 1
    flag, before, unit, last = flags[at], flags[at - 1], units[at], units[at - 1]
    stop = flag & gate._STOP != 0
    asks = stop & (before & gate._ASKS != 0) | (before & gate._YEARS != 0) & (unit == 0x5E74)
    letters = np.where(last == 0x26, (unit == 0x23) | (unit == 0x61), unit == 0x75)
    marked = (before & gate._MARK != 0) & (at > 1)
    start = flags[np.maximum(at - 2, 0)]
    blank = (last == 0x20) | (last == 0x3000)
    return [
        *found,
        (gate.ASK, at[asks]),
        (gate.ESCAPE, at[(before & gate._ESCAPES != 0) & letters]),
        (gate.GAP, at[marked & stop & (unit != 0x7684) & blank & (start & gate._HAN != 0)]),
        (gate.SPLIT, at[marked & (flag & gate._TAIL != 0) & (start & gate._HEAD != 0)]),
    ]


def _unsure(batch: _Batch, strange: Ints, tables: GateTables) -> list[tuple[int, int]]:
    """First and last unit of each stretch of which only the loop can say whether it is one byte off, or UTF-8.

    A stretch begins where both sums are zero, so that the loop starts there as it would have come there.
    """
    units = batch.units
    pairs = tables.pair_of[units]
    unit, last, pair, led = units[1:], units[:-1], pairs[1:], pairs[:-1]
    halves = np.where(pair > 0, pair >> 8, np.where((unit >= 0x40) & (unit < 0x7F), unit, 0))
    moved = tables.char_of[(led & 0xFF) << 8 | halves]
    steps = np.where(pair > 0, tables.weights[unit], 0).astype(np.int64) - tables.weights[moved]
    np.minimum(steps, gate.MAX_STEP, out=steps)
    steps[(halves == 0) | (moved == 0) | (last < 0x80)] = _RESET
    steps[(unit == last) & (last >= 0x80)] = 0
    gains = np.concatenate([[0], _cusum(steps)])
    shifted = gains[1:] > np.where(pair > 0, gate.SHIFT_SUM, gate.CAUGHT_SUM)
    utf8 = (strange[1:] > gate.UTF8_SUM) & (led >= 0xE380) & (led <= 0xE9BF) & (led & 0xC0 == 0x80)
    utf8 &= (pair >= 0x8000) & (pair < 0xC000) & (pair & 0xFF >= 0xE3)
    hits = np.flatnonzero(shifted | utf8) + 1
    if not hits.size:
        return []
    idle = np.flatnonzero((gains == 0) & (strange == 0))
    after = np.unique(np.searchsorted(idle, hits))
    firsts = np.where(after > 0, idle[np.maximum(after - 1, 0)], 0)
    return list(zip(firsts.tolist(), (idle[after] - 1).tolist(), strict=True))  # the last unit is a line end: idle
