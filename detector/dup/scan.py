"""Turns blocks of JSON lines into sketches, digests, samples and places of their records; needs Numba."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from detector.dup import fast
from detector.dup import name_kernels as names
from detector.dup import record_kernels as kernels
from detector.dup.containment import LONG_SHINGLE, SAMPLE_MASK
from detector.dup.hash_kernels import digest_text
from detector.dup.json_kernels import BEGINS_SHIFT, ENDS_SHIFT, PADDING, count_lines
from detector.dup.scheme import Scheme
from detector.text.fold import LOSSY_TABLE, WORD_TABLE, fold

__all__ = ["PADDING", "Columns", "Fields", "Record", "ScannedBlock", "Scanner", "parse_line"]


def _word_starts() -> NDArray[np.uint16]:
    """uint16[65536]: 1 + the first row of the word table that begins with a code, or 0."""
    starts = np.zeros(1 << 16, dtype=np.uint16)
    first, rows = np.unique(WORD_TABLE[:, 0], return_index=True)
    starts[first] = rows + 1
    starts.setflags(write=False)
    return starts


def _marked_table() -> NDArray[np.uint32]:
    """uint32[65536]: the code of each character of plane 0, with marks where a regional word may begin or end."""
    codes = LOSSY_TABLE[: 1 << 16].astype(np.uint32)
    begins, ends = (np.isin(codes, WORD_TABLE[:, i]).astype(np.uint32) for i in (0, 1))
    table: NDArray[np.uint32] = codes | begins << BEGINS_SHIFT | ends << ENDS_SHIFT
    table.setflags(write=False)
    return table


_LISTED, _LISTED_CHARS = 8, 120  # names of other fields in a message
_TABLES = (_marked_table(), LOSSY_TABLE, _word_starts(), WORD_TABLE)


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the fields that are read: the text, and others of which the value is wanted."""

    text: str = "text"
    others: tuple[str, ...] = ("id",)


@dataclass(frozen=True, slots=True)
class Record:
    """What a line holds."""

    codes: NDArray[np.uint16]
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class ScannedBlock:
    """The n records of a block in order; the arrays are views into a `Scanner` and hold until its next block."""

    starts: NDArray[np.int64]  # places in the block
    ends: NDArray[np.int64]
    n_chars: NDArray[np.int64]
    values: tuple[pa.StringArray, ...]  # one for each of `Columns.others`
    digests: NDArray[np.uint64]  # uint64[n, 2]
    sketches: NDArray[np.uint16]  # uint16[n, slots], see `bands.short_values`
    samples: NDArray[np.uint64]
    sample_ends: NDArray[np.int64]
    failures: tuple[tuple[int, str], ...]  # (place of the line in the block, reason)


class Fields:
    """The names of the fields as the kernels want them, and the tables of the fold."""

    def __init__(self, columns: Columns) -> None:
        names = [name.encode() for name in (columns.text, *columns.others)]
        self.keys = np.frombuffer(b"".join(names), dtype=np.uint8)
        self.key_ends = np.cumsum([len(name) for name in names])
        self.tables = _TABLES


class Scanner:
    """Scans one block after the other with the same buffers: fresh memory costs more than the scan itself."""

    def __init__(self, columns: Columns, scheme: Scheme) -> None:
        self._columns, self._scheme, self._fields = columns, scheme, Fields(columns)
        rule = (scheme.shingle, scheme.short_shingle, scheme.short_under, scheme.shift, LONG_SHINGLE, SAMPLE_MASK)
        self._rule = np.array(rule, dtype=np.int64)
        self._multipliers = scheme.multipliers.astype(np.uint32)
        self._size = self._lines = -1

    def scan(self, data: bytearray, size: int) -> ScannedBlock:
        """Scan the first `size` bytes of `data`: whole lines of JSON objects; `PADDING` newlines must follow."""
        raw, fields = np.frombuffer(data, dtype=np.uint8), self._fields
        self._reserve(size, count_lines(raw, size))
        scratch = (self._codes, self._hits, self._hashes, self._slots, self._free)
        columns = (self._rows, self._digests, self._sketches, self._samples, self._sample_ends)
        n = kernels.sketch_lines(
            raw, size, fields.keys, fields.key_ends, fields.tables, self._rule, self._multipliers, scratch, *columns
        )
        return self._block(raw, n)

    def _reserve(self, size: int, lines: int) -> None:
        """Buffers for so many bytes and lines; of those that are too large only what is used costs memory."""
        scheme = self._scheme
        if size > self._size:
            self._size = size
            self._codes, self._hits = np.empty(size + 1, dtype=np.uint16), np.empty(size + 1, dtype=np.uint32)
            self._hashes, self._samples = np.empty(size + 1, dtype=np.uint32), np.empty(size + 1, dtype=np.uint64)
        if lines > self._lines:
            self._lines = lines
            self._rows = np.empty((lines, 4 + 2 * len(self._columns.others)), dtype=np.int64)
            self._digests = np.empty((lines, 2), dtype=np.uint64)
            self._sketches = np.empty((lines, scheme.slots), dtype=np.uint16)
            self._sample_ends = np.empty(lines, dtype=np.int64)
            self._slots, self._free = np.empty(scheme.slots, dtype=np.uint32), np.empty(scheme.slots, dtype=np.uint8)

    def _block(self, raw: NDArray[np.uint8], n: int) -> ScannedBlock:
        rows, samples, ends = self._rows[:n], self._samples, self._sample_ends[:n]
        unusual = np.flatnonzero(rows[:, 2] == kernels.UNUSUAL).tolist()
        slow = {line: parse_line(raw[rows[line, 0] : rows[line, 1]].tobytes(), self._columns) for line in unusual}
        records = {line: record for line, record in slow.items() if isinstance(record, Record)}
        if records:
            samples, ends = self._put(records, samples, ends)
        good = rows[:, 2] == kernels.DONE
        good[list(records)] = True
        which: NDArray[np.bool_] | slice = slice(None) if good.all() else good
        counts = np.diff(ends, prepend=0)
        return ScannedBlock(
            starts=rows[which, 0],
            ends=rows[which, 1],
            n_chars=rows[which, 3],
            values=self._values(raw, rows, good, records),
            digests=self._digests[:n][which],
            sketches=self._sketches[:n][which],
            samples=samples[: int(ends[-1]) if n else 0],
            sample_ends=np.cumsum(counts[which]),
            failures=tuple((int(rows[line, 0]), record) for line, record in slow.items() if isinstance(record, str)),
        )

    def _put(
        self, records: dict[int, Record], samples: NDArray[np.uint64], ends: NDArray[np.int64]
    ) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """Sketch the records of unusual lines in their rows; all samples, and where those of each line end."""
        codes = np.concatenate([record.codes for record in records.values()])
        n_chars = np.array([len(record.codes) for record in records.values()], dtype=np.int64)
        offsets = np.concatenate(([0], np.cumsum(n_chars)))
        lines, scheme = list(records), self._scheme
        lengths = np.where(n_chars < scheme.short_under, scheme.short_shingle, scheme.shingle)
        self._rows[lines, 3] = n_chars
        self._sketches[lines] = fast.minhash(codes, offsets, scheme, lengths).astype(np.uint16)
        for line, record in records.items():
            self._digests[line] = digest_text(record.codes)
        found, counts = fast.sample_batch(codes, offsets, scheme)
        sizes = np.diff(ends, prepend=0)
        sizes[lines] = counts
        pieces, last, at = [], 0, 0
        for line, count in zip(lines, counts.tolist(), strict=True):
            pieces += [samples[last : ends[line]], found[at : at + count]]
            last, at = int(ends[line]), at + count
        return np.concatenate([*pieces, samples[last : ends[-1]]]), np.cumsum(sizes)

    def _values(
        self, raw: NDArray[np.uint8], rows: NDArray[np.int64], good: NDArray[np.bool_], records: dict[int, Record]
    ) -> tuple[pa.StringArray, ...]:
        lines = np.flatnonzero(good)
        columns = []
        for i in range(len(self._columns.others)):
            starts, ends = np.ascontiguousarray(rows[lines, 4 + 2 * i]), np.ascontiguousarray(rows[lines, 5 + 2 * i])
            given = {j: records[line].values[i] for j, line in enumerate(lines.tolist()) if line in records} if records else {}
            columns.append(_strings(raw, starts, ends, given))
        return tuple(columns)


def _strings(
    raw: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64], given: dict[int, str | None]
) -> pa.StringArray:
    """The values at the ranges of a block (none where the start is negative), but for those that are given."""
    n = len(starts)
    kinds, out = np.empty(n, dtype=np.uint8), np.empty(int(np.sum(ends - starts)), dtype=np.uint8)
    offsets = np.zeros(n + 1, dtype=np.int32)
    odd = names.name_values(raw, starts, ends, kinds, out, offsets[1:])
    if odd or given:
        values: list[str | None] = [out[a:b].tobytes().decode() for a, b in pairwise(offsets.tolist())]
        for i in np.flatnonzero(kinds != names.PLAIN).tolist():
            values[i] = _value(raw[starts[i] : ends[i]].tobytes().strip()) if starts[i] >= 0 else None
        for i, value in given.items():
            values[i] = value
        return pa.array(values, pa.string())
    missing = kinds == names.MISSING
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None
    return pa.Array.from_buffers(pa.string(), n, [valid, pa.py_buffer(offsets), pa.py_buffer(out)])


def parse_line(line: bytes, columns: Columns) -> Record | str:
    """The record of an unusual line, or the reason why there is none."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        return f"no JSON: {error}"
    if not isinstance(record, dict):
        return "no JSON object"
    if columns.text not in record:
        return f"field {columns.text!r} is missing; there are: {', '.join(sorted(record)[:_LISTED])[:_LISTED_CHARS]}"
    text = record[columns.text]
    if not isinstance(text, str):
        return f"field {columns.text!r} is {'null' if text is None else 'no string'}"
    return Record(fold(text), tuple(_plain(record.get(name)) for name in columns.others))


def _plain(value: object) -> str | None:
    """A value as a name; a lone surrogate, which no file can hold, as a question mark."""
    return None if value is None else str(value).encode("utf-8", "replace").decode()


def _value(raw: bytes) -> str | None:
    try:
        return _plain(json.loads(raw))
    except ValueError:  # the scanner looks at brackets and quotes only
        return raw.decode("utf-8", "replace")


def warm_up() -> None:
    """Run every kernel of this module once, so that no later call has to compile."""
    line = bytearray(b'{"id": 1, "text": "a"}\n' + b"\n" * PADDING)
    Scanner(Columns(), Scheme()).scan(line, len(line) - PADDING)
