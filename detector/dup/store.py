"""Turns the sketched records of an input into work files and back: what a run needs again, none of it in memory.

A part is a range of an input file: `part-00000.arrow` (places, ids, digests, sketches, samples) and
`part-00000.folded` (the folded texts, uint16). The Arrow file is renamed into place last, so a part whose Arrow file
is there is whole, and a run that was killed goes on after the last whole part.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from detector.dup.verify import FoldedBatch

_OPEN_FILES = 256


@dataclass(frozen=True, slots=True)
class Part:
    """Lines of `source` that begin at bytes `start` to `end` (excluded); `name` is that of the input it came from."""

    number: int
    name: str
    source: Path
    start: int
    end: int

    def path(self, folder: Path, suffix: str) -> Path:
        """The work file of this part."""
        return folder / f"part-{self.number:05d}.{suffix}"


@dataclass(frozen=True, slots=True)
class SketchedPart:
    """The records of a part in order; hashes are int64 bit patterns in the file, as every engine has them."""

    starts: NDArray[np.int64]  # bytes of the source
    ends: NDArray[np.int64]
    values: dict[str, list[str | None]]  # id and, where a keep rule needs them, date and url
    codes: NDArray[np.uint16]
    offsets: NDArray[np.int64]
    digests: NDArray[np.uint64]  # uint64[n, 2]
    sketches: NDArray[np.uint16]  # uint16[n, slots]
    samples: NDArray[np.uint64]
    sample_counts: NDArray[np.int64]
    failures: Sequence[tuple[int, str]]


def write_part(folder: Path, part: Part, content: SketchedPart) -> None:
    """Write both files of a part, each under another name until it is whole."""
    folded = part.path(folder, "folded")
    with _partial(folded).open("wb") as file:
        file.write(np.ascontiguousarray(content.codes).data)
    _partial(folded).rename(folded)
    sample_ends = np.concatenate(([0], np.cumsum(content.sample_counts))).astype(np.int32)
    columns: dict[str, Any] = {
        "start": content.starts,
        "end": content.ends,
        "n_chars": np.diff(content.offsets),
        "digest_a": content.digests[:, 0].view(np.int64),
        "digest_b": content.digests[:, 1].view(np.int64),
        "sketch": _binary(content.sketches),
        "samples": pa.ListArray.from_arrays(pa.array(sample_ends), pa.array(content.samples.view(np.int64))),
        **{name: pa.array(column, pa.string()) for name, column in content.values.items()},
    }
    table = pa.table(columns).replace_schema_metadata({"failures": orjson.dumps(list(content.failures))})
    arrow = part.path(folder, "arrow")
    with pa.OSFile(str(_partial(arrow)), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    _partial(arrow).rename(arrow)


def _partial(path: Path) -> Path:
    return path.with_name(path.name + ".partial")


def _binary(rows: NDArray[np.uint16]) -> pa.Array:
    kind = pa.binary(rows.shape[1] * rows.itemsize)
    return pa.Array.from_buffers(kind, len(rows), [None, pa.py_buffer(np.ascontiguousarray(rows))])


class PartTable:
    """All parts of a work folder as one table of n rows, mapped from disk."""

    def __init__(self, folder: Path, parts: Sequence[Part]) -> None:
        self.parts = parts
        self._tables = [_mapped(part.path(folder, "arrow")) for part in parts]
        self.row_ends = np.cumsum([0, *(len(table) for table in self._tables)])

    def __len__(self) -> int:
        return int(self.row_ends[-1])

    def column(self, name: str) -> NDArray[Any]:
        """A column of numbers, in memory."""
        columns = [table.column(name).to_numpy() for table in self._tables]
        return np.concatenate([*columns, np.empty(0, dtype=np.int64)])

    def strings(self, name: str) -> pa.ChunkedArray:
        """A column of strings."""
        return pa.chunked_array([chunk for table in self._tables for chunk in table.column(name).chunks], pa.string())

    def digests(self) -> NDArray[np.uint8]:
        """uint8[n, 16]."""
        words = np.stack([self.column("digest_a"), self.column("digest_b")], axis=1)
        return words.view(np.uint8).reshape(len(words), 16)

    def sketches(self, slots: int, mapped: Path | None) -> NDArray[np.uint16]:
        """uint16[n, slots], in memory or, where `mapped` names a file for it, mapped from disk."""
        shape = (len(self), slots)
        if mapped is None or not len(self):
            rows: NDArray[np.uint16] = np.empty(shape, dtype=np.uint16)
        else:
            rows = np.memmap(mapped, dtype=np.uint16, mode="w+", shape=shape)
        at = 0
        for table in self._tables:
            for chunk in table.column("sketch").chunks:
                block = np.frombuffer(chunk.buffers()[1], dtype=np.uint16, count=len(chunk) * slots)
                rows[at : at + len(chunk)] = block.reshape(len(chunk), slots)
                at += len(chunk)
        return rows

    def sample_counts(self) -> NDArray[np.int64]:
        """int64[n]: number of samples of each row."""
        counts = [np.diff(chunk.offsets.to_numpy()) for chunk in self._samples()]
        return np.concatenate([*counts, np.empty(0, dtype=np.int64)]).astype(np.int64)

    def postings(self, eligible: NDArray[np.bool_], partitions: int) -> Iterator[NDArray[np.uint64]]:
        """Packed samples of the eligible rows, in `partitions` (a power of two) by the top bits of the sample."""
        from detector.dup.fast import pack_postings

        for wanted in range(partitions):
            words, at = [np.empty(0, dtype=np.uint64)], 0
            for chunk in self._samples():
                samples, offsets = chunk.values.to_numpy(), chunk.offsets.to_numpy()
                words.append(pack_postings(samples, offsets, at, eligible, (wanted, partitions)))
                at += len(chunk)
            yield np.concatenate(words)

    def _samples(self) -> Iterator[Any]:
        for table in self._tables:
            yield from table.column("samples").chunks

    def failures(self) -> list[tuple[Part, int, str]]:
        """(part, byte of its source, reason) of every line that could not be read."""
        found = []
        for part, table in zip(self.parts, self._tables, strict=True):
            listed = orjson.loads((table.schema.metadata or {}).get(b"failures", b"[]"))
            found += [(part, int(place), str(reason)) for place, reason in listed]
        return found


def _mapped(path: Path) -> pa.Table:
    return pa.ipc.open_file(pa.memory_map(str(path))).read_all()


class FoldedStore:
    """`FoldedTexts` over the folded files of all parts, read by offset."""

    def __init__(self, folder: Path, table: PartTable, n_chars: NDArray[np.int64]) -> None:
        self._paths = [part.path(folder, "folded") for part in table.parts]
        self._row_ends = table.row_ends
        ends = np.concatenate(([0], np.cumsum(n_chars)))
        self._part = (np.searchsorted(table.row_ends, np.arange(len(n_chars)), side="right") - 1).astype(np.int32)
        self._at = (ends[:-1] - ends[table.row_ends[self._part]]) * 2
        self._bytes = n_chars * 2
        self._files: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._at)

    def __getitem__(self, i: int) -> NDArray[np.uint16]:
        return self.read_many(np.array([i]))[0]

    def read_many(self, rows: NDArray[np.int64]) -> FoldedBatch:
        """The texts of `rows` (ascending); neighbours in one read."""
        sizes, parts, places = self._bytes[rows], self._part[rows], self._at[rows]
        ends = np.cumsum(sizes)
        codes = np.empty(int(ends[-1]) // 2 if len(ends) else 0, dtype=np.uint16)
        view = codes.data.cast("B")
        new = np.ones(len(rows), dtype=np.bool_)
        new[1:] = (rows[1:] != rows[:-1] + 1) | (parts[1:] != parts[:-1])
        first = np.flatnonzero(new)
        starts = (ends - sizes)[first].tolist()
        stops = ends[np.append(first[1:], len(rows)) - 1].tolist() if len(rows) else []
        for part, place, start, stop in zip(parts[first].tolist(), places[first].tolist(), starts, stops, strict=True):
            os.preadv(self._open(part), [view[start:stop]], place)
        return FoldedBatch(codes, np.concatenate(([0], ends // 2)).astype(np.int64))

    def _open(self, part: int) -> int:
        file = self._files.get(part)
        if file is None:
            if len(self._files) >= _OPEN_FILES:
                os.close(self._files.pop(next(iter(self._files))))
            file = self._files[part] = os.open(self._paths[part], os.O_RDONLY)
        return file

    def close(self) -> None:
        """Close all files."""
        for file in self._files.values():
            os.close(file)
        self._files.clear()
