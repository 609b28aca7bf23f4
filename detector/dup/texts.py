"""Turns row numbers of a run into folded texts: the lines are read again by offset and folded again."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from detector.dup import record_kernels as kernels
from detector.dup.scan import PADDING, Columns, Fields, Record, parse_line
from detector.dup.store import PartTable
from detector.dup.verify import FoldedBatch
from detector.errors import InputError

_OPEN_FILES = 256


class StoredTexts:
    """`FoldedTexts` over the inputs of a run. Folding costs less than writing texts away and reading them back."""

    def __init__(self, table: PartTable, columns: Columns) -> None:
        self._columns, self._fields = columns, Fields(columns)
        sources = [part.source for part in table.parts]
        self._paths = list(dict.fromkeys(sources))
        number = {path: i for i, path in enumerate(self._paths)}
        self._source = np.repeat([number[path] for path in sources], np.diff(table.row_ends)).astype(np.int32)
        self._starts, self._ends = table.column("start"), table.column("end")
        self._files: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._starts)

    def __getitem__(self, i: int) -> NDArray[np.uint16]:
        return self.read_many(np.array([i]))[0]

    def read_many(self, rows: NDArray[np.int64]) -> FoldedBatch:
        """The texts of `rows` (ascending)."""
        if not len(rows):
            return FoldedBatch(np.empty(0, dtype=np.uint16), np.zeros(1, dtype=np.int64))
        data, starts = self._lines(rows)
        raw, fields = np.frombuffer(data, dtype=np.uint8), self._fields
        out, hits = np.empty(len(data), dtype=np.uint16), np.empty(len(data), dtype=np.uint32)
        ends, done = np.zeros(len(rows) + 1, dtype=np.int64), 0
        while done < len(rows):
            first = int(ends[done])
            found = ends[done + 1 :]
            n = kernels.fold_lines(raw, starts[done:], fields.keys, fields.key_ends, fields.tables, out[first:], hits, found)
            found[:n] += first
            done += n
            if done < len(rows):  # an unusual line
                codes = self._parsed(data, int(starts[done]))
                first = int(ends[done])
                out[first : first + len(codes)] = codes
                done += 1
                ends[done] = first + len(codes)
        return FoldedBatch(out[: int(ends[-1])], ends)

    def _lines(self, rows: NDArray[np.int64]) -> tuple[bytearray, NDArray[np.int64]]:
        """The lines of `rows`, each with a newline, and where they start; neighbours in one read."""
        sizes = self._ends[rows] - self._starts[rows] + 1
        stops = np.cumsum(sizes)
        starts: NDArray[np.int64] = stops - sizes
        data = bytearray(int(stops[-1]) + PADDING)
        new = np.ones(len(rows), dtype=np.bool_)
        new[1:] = (self._starts[rows[1:]] != self._ends[rows[:-1]] + 1) | (self._source[rows[1:]] != self._source[rows[:-1]])
        first = np.flatnonzero(new)
        last = np.append(first[1:], len(rows)) - 1
        view = memoryview(data)
        places = self._starts[rows[first]].tolist()
        for source, place, start, stop in zip(
            self._source[rows[first]].tolist(), places, starts[first].tolist(), stops[last].tolist(), strict=True
        ):
            self._read(source, place, view[start : stop - 1])
        raw = np.frombuffer(data, dtype=np.uint8)
        raw[stops - 1] = 0x0A
        raw[len(raw) - PADDING :] = 0x0A
        return data, starts

    def _read(self, source: int, place: int, into: memoryview) -> None:
        at = 0
        while at < len(into):
            count = os.preadv(self._open(source), [into[at:]], place + at)
            if not count:
                raise InputError(f"{self._paths[source]}: ends before byte {place + len(into)}; it changed while being read")
            at += count

    def _parsed(self, data: bytearray, start: int) -> NDArray[np.uint16]:
        record = parse_line(bytes(data[start : data.index(b"\n", start)]), self._columns)
        if not isinstance(record, Record):
            raise InputError(f"a line changed while being read: {record}")
        return record.codes

    def _open(self, source: int) -> int:
        file = self._files.get(source)
        if file is None:
            if len(self._files) >= _OPEN_FILES:
                os.close(self._files.pop(next(iter(self._files))))
            file = self._files[source] = os.open(self._paths[source], os.O_RDONLY)
        return file

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            os.close(file)
        self._files.clear()
