"""Turns a batch of texts into the kinds of damage that each may have, in NumPy: what `gate.suspect` says of each.

Nine characters in ten say nothing: one look-up finds them, and all else is done for the places that are left. So a
batch is as quick as the compiled loop of `gate`, which costs a process half a second to load and several to compile.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.text import gate
from detector.text.gate import GateTables, load_tables
from detector.text.gateletters import fits
from detector.text.gateruns import find_runs

CHUNK_UNITS = 1 << 17  # of texts that are looked at together: what the second cache of a processor holds
_RESET = -(1 << 24)  # ends a sum; more than a chunk, or a text of 500,000 characters in a row that are no text, adds up to

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Batch:
    """UTF-16 units of some texts, each with a line end after it, where each text begins, and what shows in them.

    `at` int64[n], sorted, are the places of units that have a flag that is looked at, or are rare; `signs` int32[n]
    what `GateTables.signs` says of them.
    """

    units: NDArray[np.uint16]
    classes: NDArray[np.uint8]
    starts: Ints
    at: Ints
    signs: NDArray[np.int32]
    tables: GateTables

    def places(self, flag: int) -> Ints:
        return np.asarray(self.at[self.signs & flag != 0])

    def signs_at(self, places: Ints) -> NDArray[np.int32]:
        return np.asarray(self.tables.signs.take(self.classes.take(places)))


def gate_batch(texts: Sequence[str]) -> list[int]:
    """`gate.suspect` of each text."""
    kinds: list[int] = []
    for chunk in _chunks(texts):
        kinds += _gate(chunk)
    return kinds


def _chunks(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    first = n_units = 0
    for i, text in enumerate(texts):
        if n_units and n_units + len(text) > CHUNK_UNITS:
            yield texts[first:i]
            first, n_units = i, 0
        n_units += len(text) + 1
    if first < len(texts):
        yield texts[first:]


def _gate(texts: Sequence[str]) -> list[int]:
    batch = _read(texts)
    kinds = np.zeros(len(texts), np.int64)
    single = batch.signs & gate._SINGLE
    np.bitwise_or.at(kinds, _texts_of(batch, batch.at[single != 0]), single[single != 0])
    shifted, utf8 = find_runs(batch.units, batch.places(gate._RARE), batch.tables)
    found = [*_beside(batch), (gate.SHIFT, shifted), (gate.STRANGE, _strange(batch, utf8))]
    for kind, places in found:
        kinds[_texts_of(batch, places)] |= kind
    return [int(kind) for kind in kinds]


def _read(texts: Sequence[str]) -> _Batch:
    tables = load_tables()
    units = gate.units_of("\n".join([*texts, ""]))
    lengths = [len(text) + 1 for text in texts]
    if len(units) != sum(lengths):  # characters beyond the BMP are two units
        lengths = [len(gate.units_of(text)) + 1 for text in texts]
    classes = tables.classes.take(units)
    at = np.flatnonzero(classes >= tables.first_sign)
    return _Batch(units, classes, np.cumsum([0, *lengths[:-1]]), at, tables.signs.take(classes.take(at)), tables)


def _texts_of(batch: _Batch, places: Ints) -> Ints:
    return np.asarray(np.searchsorted(batch.starts, places, side="right") - 1)


def _beside(batch: _Batch) -> list[tuple[int, Ints]]:
    """The kinds that show in a unit and the ones before it, and where."""
    units = batch.units
    latin = batch.places(gate._LATIN)
    run = gate.RUN_OF_LATIN - 1
    found = [(gate.LATIN, latin[run:][latin[run:] - latin[: len(latin) - run] == run])] if len(latin) > run else []
    at = batch.places(gate._THEN) + 1  # there is one: the last unit is a line end
    flag, before, unit, last = batch.signs_at(at), batch.signs_at(at - 1), units[at], units[at - 1]
    stop = flag & gate._STOP != 0
    asks = stop & (before & gate._ASKS != 0) | (before & gate._YEARS != 0) & (unit == 0x5E74)
    letters = np.where(last == 0x26, (unit == 0x23) | (unit == 0x61), (unit == 0x75) | (last == 0x5C) & (unit == 0x78))
    start = batch.signs_at(np.maximum(at - 2, 0))
    marked = (before & gate._MARK != 0) & (at > 1)
    blank = (last == 0x20) | (last == 0x3000)
    return [
        *found,
        (gate.ASK, at[asks]),
        (gate.LETTER, _letters(batch, at[(before & gate._LETTER != 0) & (unit > 0x3000) & (at > 1)])),
        (gate.ESCAPE, at[(before & gate._ESCAPES != 0) & letters]),
        (gate.GAP, at[marked & stop & (unit != 0x7684) & blank & (start & gate._HAN != 0)]),
        (gate.SPLIT, at[marked & (flag & gate._TAIL != 0) & (start & gate._HEAD != 0)]),
    ]


def _letters(batch: _Batch, at: Ints) -> Ints:
    """Those of `at`, each behind a letter, where the letter may be all that is left of a character."""
    units, tables = batch.units, batch.tables
    three, two, last = units[np.maximum(at - 3, 0)], units[at - 2], units[at - 1]
    lost = tables.pairs[0x10000 | (tables.pairs.take(two).astype(np.int64) & 0xFF) << 8 | last]
    wide = (two > 0x3000) & (two < 0xFFFD)
    rarer = wide & (lost > 0) & (tables.weights.take(two) > tables.weights.take(lost))
    marked = ((two == 0x3F) | (two == 0xFFFD)) & (at > 2) & (three > 0x3000)
    return np.asarray(at[wide & fits(two, last, units[at]) | rarer | marked])


def _strange(batch: _Batch, utf8: Ints) -> Ints:
    """Where the cumulative sum of `gate.scan` passes its bound; the lower one at the places `utf8`.

    A sum is highest at one of `batch.at`, and lowest before one: all else makes it fall.
    """
    steps = (batch.tables.signs >> gate._BITS).take(batch.classes)
    steps[batch.starts[1:] - 1] = _RESET
    sums = np.cumsum(steps, dtype=np.int64)
    after = sums.take(batch.at)
    lowest = np.minimum.accumulate(np.minimum(after, after - steps.take(batch.at)))
    last = np.searchsorted(batch.at, utf8, side="right") - 1
    maybe = sums[utf8] - lowest[last] > gate.UTF8_SUM
    return np.concatenate([batch.at[after - lowest > gate.STRANGE_SUM], utf8[maybe]])
