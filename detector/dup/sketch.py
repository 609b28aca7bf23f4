"""Turns texts into MinHash sketches: one permutation hashing, empty slots filled by re-hash rounds.

Fast Similarity Sketching (Dahlgaard, Knudsen, Thorup 2017): in round r each shingle goes to one slot with the value
r + fraction; slots that are still empty are filled in the next round. Two sketches agree in a slot with probability
equal to the Jaccard similarity of their shingle sets.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from detector.dup.scheme import Scheme, require_same
from detector.dup.shingles import GOLDEN, mix32, shingle_hashes32
from detector.text.fold import fold_batch
from detector.types import Sketch

EMPTY = 0xFFFFFFFF
_BLOCK_CHARS = 4_000_000  # characters hashed at once: bounds scratch memory to some 100 MB


@dataclass(frozen=True, slots=True)
class SketchTable:
    """Sketches of n documents of one scheme, in the order in which the texts were given."""

    scheme: Scheme
    values: NDArray[np.uint32]  # uint32[n, slots]
    n_shingles: NDArray[np.int64]  # int64[n]; 0 for a text too short for a shingle
    digests: NDArray[np.uint8]  # uint8[n, 16], blake2b-128 of the folded text

    def __len__(self) -> int:
        return len(self.n_shingles)

    def __getitem__(self, i: int) -> Sketch:
        return Sketch(self.scheme.digest, self.values[i], int(self.n_shingles[i]), self.digests[i].tobytes())

    @classmethod
    def concatenate(cls, tables: Sequence[SketchTable]) -> SketchTable:
        """One table of all rows in order; at least one table, all of one scheme."""
        for table in tables[1:]:
            require_same(tables[0].scheme.digest, table.scheme.digest)
        return cls(
            tables[0].scheme,
            np.concatenate([t.values for t in tables]),
            np.concatenate([t.n_shingles for t in tables]),
            np.concatenate([t.digests for t in tables]),
        )

    @classmethod
    def of(cls, sketches: Iterable[Sketch], scheme: Scheme) -> SketchTable:
        """A table of single sketches; raises SchemeError where one is of another scheme."""
        rows = list(sketches)
        for row in rows:
            require_same(scheme.digest, row.scheme)
        values = np.array([row.values for row in rows], dtype=np.uint32).reshape(len(rows), scheme.slots)
        digests = np.frombuffer(b"".join(row.exact_digest for row in rows), dtype=np.uint8).reshape(len(rows), 16)
        return cls(scheme, values, np.array([row.n_shingles for row in rows], dtype=np.int64), digests)


def sketch(text: str, scheme: Scheme | None = None) -> Sketch:
    """Sketch of one text.

    >>> a, b = sketch("今天的天氣很好，我們去公園散步。"), sketch("今天的天气很好我们去公园散步")
    >>> a.exact_digest == b.exact_digest, a.n_shingles
    (True, 12)
    """
    return sketch_batch([text], scheme)[0]


def sketch_batch(texts: Sequence[str], scheme: Scheme | None = None) -> SketchTable:
    """Sketches of many texts: row i equals `sketch(texts[i])`."""
    return sketch_folded(*fold_batch(texts), scheme or Scheme())


def sketch_folded(codes: NDArray[np.uint16], offsets: NDArray[np.int64], scheme: Scheme) -> SketchTable:
    """Sketches of texts that `fold_batch` has folded."""
    n_chars = np.diff(offsets)
    lengths = np.where(n_chars < scheme.short_under, scheme.short_shingle, scheme.shingle)
    n_shingles = np.maximum(n_chars - lengths + 1, 0)
    digests = b"".join(
        blake2b(codes[start:end].tobytes(), digest_size=16).digest()
        for start, end in zip(offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)
    )
    return SketchTable(
        scheme,
        minhash(codes, offsets, scheme, lengths),
        n_shingles,
        np.frombuffer(digests, dtype=np.uint8).reshape(len(n_chars), 16),
    )


def minhash(
    codes: NDArray[np.uint16], offsets: NDArray[np.int64], scheme: Scheme, lengths: NDArray[np.int64]
) -> NDArray[np.uint32]:
    """uint32[n_texts, slots]: slot values of texts cut into shingles of `lengths[i]`; `EMPTY` without a shingle."""
    values = np.full((len(lengths), scheme.slots), EMPTY, dtype=np.uint32)
    for first, last in _blocks(offsets):
        for k in np.unique(lengths[first:last]).tolist():
            rows = first + np.flatnonzero(lengths[first:last] == k)
            rows = rows[offsets[rows + 1] - offsets[rows] >= k]
            _minhash_rows(codes, offsets, rows, int(k), scheme, values)
    return values


def _blocks(offsets: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Ranges of texts of about `_BLOCK_CHARS` characters each."""
    cuts = np.searchsorted(offsets, np.arange(_BLOCK_CHARS, int(offsets[-1]) + _BLOCK_CHARS, _BLOCK_CHARS))
    edges = np.unique(np.concatenate(([0], np.minimum(cuts, len(offsets) - 1), [len(offsets) - 1]))).tolist()
    return list(pairwise(edges))


def _minhash_rows(
    codes: NDArray[np.uint16],
    offsets: NDArray[np.int64],
    rows: NDArray[np.intp],
    k: int,
    scheme: Scheme,
    values: NDArray[np.uint32],
) -> None:
    if not rows.size:
        return
    start, end = int(offsets[rows[0]]), int(offsets[rows[-1] + 1])
    hashes = shingle_hashes32(codes[start:end], k, scheme.multipliers)
    counts = offsets[rows + 1] - offsets[rows] - k + 1
    hashes = hashes[_ranges(offsets[rows] - start, counts)]
    block = values[rows]
    _fill_rounds(hashes, counts, block, scheme)
    values[rows] = block


def _ranges(starts: NDArray[np.int64], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Indices of all ranges `[starts[i], starts[i] + counts[i])`, one after the other."""
    ends = np.cumsum(counts)
    shifts: NDArray[np.int64] = np.repeat(starts - (ends - counts), counts)
    return np.arange(len(shifts)) + shifts


def _fill_rounds(hashes: NDArray[np.uint32], counts: NDArray[np.int64], values: NDArray[np.uint32], scheme: Scheme) -> None:
    """Fill `values` (all `EMPTY`) of texts that have `counts` hashes each, one round after the other."""
    rows = np.arange(len(counts))
    for round_number in range(scheme.slots):
        _one_round(hashes, counts, values, rows, round_number, scheme)
        open_rows = (values[rows] == EMPTY).any(axis=1)
        if not open_rows.any():
            return
        hashes = hashes[np.repeat(open_rows, counts)]
        rows, counts = rows[open_rows], counts[open_rows]
    _sweep(hashes, counts, values, rows, scheme)


def _one_round(
    hashes: NDArray[np.uint32],
    counts: NDArray[np.int64],
    values: NDArray[np.uint32],
    rows: NDArray[np.intp],
    round_number: int,
    scheme: Scheme,
) -> None:
    shift = np.uint32(scheme.shift)
    mixed = hashes if round_number == 0 else mix32(hashes + np.uint32(GOLDEN * round_number & EMPTY))
    place = np.repeat(rows, counts) * scheme.slots + (mixed >> shift)
    value = (mixed & np.uint32((1 << scheme.shift) - 1)) | np.uint32(round_number << scheme.shift)
    flat = values.reshape(-1)
    if round_number:
        free = flat[place] == EMPTY
        place, value = place[free], value[free]
    np.minimum.at(flat, place, value)


def _sweep(
    hashes: NDArray[np.uint32],
    counts: NDArray[np.int64],
    values: NDArray[np.uint32],
    rows: NDArray[np.intp],
    scheme: Scheme,
) -> None:
    """Fill what is empty after `slots` rounds (texts of a few shingles): every shingle competes for every open slot."""
    last = np.uint32((scheme.slots - 1) << scheme.shift)
    fraction = np.uint32((1 << scheme.shift) - 1)
    ends = np.cumsum(counts)
    for row, end, count in zip(rows.tolist(), ends.tolist(), counts.tolist(), strict=True):
        empty = np.flatnonzero(values[row] == EMPTY)
        steps = ((empty + scheme.slots) * GOLDEN & EMPTY).astype(np.uint32)
        mixed = mix32(hashes[end - count : end, None] + steps[None, :])
        values[row, empty] = ((mixed & fraction) | last).min(axis=0)
