"""Turns the sketched records of an input into work files and back: what a run needs again, none of it in memory.

A part is a range of an input file, and `part-00000.arrow` holds what its records became: places, ids, digests,
sketches and samples, some 700 bytes a record. Texts are not written: they are read again where they stand. The file is
renamed into place, so a part whose file is there is whole, and a run that was killed goes on with the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from detector.dup.scan import ScannedBlock


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


def write_part(folder: Path, part: Part, block: ScannedBlock, base: int, names: Sequence[str]) -> None:
    """Write the records of a part (the first byte of its block is `base`), under another name until it is whole.

    `names` are those of the block's values, the id first; a record without one is named after its place. Hashes are
    int64 bit patterns in the file, as every engine has them.
    """
    n = len(block.starts)
    ends = np.concatenate(([0], block.sample_ends)).astype(np.int32)
    samples = pa.Array.from_buffers(pa.int64(), len(block.samples), [None, pa.py_buffer(block.samples)])
    ids, *others = block.values
    columns = {
        "start": _words(block.starts + base),
        "end": _words(block.ends + base),
        "n_chars": _words(block.n_chars),
        "digest_a": _words(block.digests[:, 0]),
        "digest_b": _words(block.digests[:, 1]),
        "sketch": _binary(block.sketches),
        "samples": pa.ListArray.from_buffers(pa.list_(pa.int64()), n, [None, pa.py_buffer(ends)], children=[samples]),
        "id": _named(ids, f"{part.name}@", block.starts + base),
        **dict(zip(names[1:], others, strict=True)),
    }
    failures = [(base + place, reason) for place, reason in block.failures]
    table = pa.table(columns).replace_schema_metadata({"failures": orjson.dumps(failures)})
    path = part.path(folder, "arrow")
    partial = path.with_name(path.name + ".partial")
    with pa.OSFile(str(partial), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    partial.rename(path)


def _words(column: NDArray[Any]) -> pa.Array:
    # `pa.array` would import pandas where that is installed, which takes longer than most runs.
    return pa.Array.from_buffers(pa.int64(), len(column), [None, pa.py_buffer(np.ascontiguousarray(column))])


def _binary(rows: NDArray[np.uint16]) -> pa.Array:
    kind = pa.binary(rows.shape[1] * rows.itemsize)
    return pa.Array.from_buffers(kind, len(rows), [None, pa.py_buffer(np.ascontiguousarray(rows))])


def _named(ids: pa.StringArray, prefix: str, places: NDArray[np.int64]) -> pa.StringArray:
    """The ids, with `prefix` and place for those that are none."""
    if not ids.null_count:
        return ids
    values = [f"{prefix}{place}" if i is None else i for i, place in zip(ids.to_pylist(), places.tolist(), strict=True)]
    return pa.array(values, pa.string())


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
        chunks = [chunk for table in self._tables for chunk in table.column(name).chunks]
        columns = [np.frombuffer(chunk.buffers()[1], dtype=np.int64, count=len(chunk)) for chunk in chunks]
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
        counts = [np.diff(np.frombuffer(chunk.buffers()[1], np.int32, len(chunk) + 1)) for chunk in self._samples()]
        return np.concatenate([*counts, np.empty(0, dtype=np.int64)]).astype(np.int64)

    def postings(self, eligible: NDArray[np.bool_], partitions: int) -> Iterator[NDArray[np.uint64]]:
        """Packed samples of the eligible rows, in `partitions` (a power of two) by the top bits of the sample."""
        total = int(self.sample_counts()[eligible].sum())
        out = np.empty(total if partitions == 1 else total // partitions * 9 // 8, dtype=np.uint64)
        for wanted in range(partitions):
            count = self._pack(eligible, (wanted, partitions), out)
            if count > len(out):  # more than its share: a sample that very many rows have
                out = np.empty(count, dtype=np.uint64)
                self._pack(eligible, (wanted, partitions), out)
            yield out[:count]

    def _pack(self, eligible: NDArray[np.bool_], partition: tuple[int, int], out: NDArray[np.uint64]) -> int:
        from detector.dup.fast import pack_postings

        n, at = 0, 0
        for chunk in self._samples():
            offsets = np.frombuffer(chunk.buffers()[1], dtype=np.int32, count=len(chunk) + 1)
            samples = np.frombuffer(chunk.values.buffers()[1], dtype=np.int64, count=len(chunk.values))
            n += pack_postings(samples, offsets, at, eligible, partition, out[n:])
            at += len(chunk)
        return n

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
