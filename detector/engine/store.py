"""Examined documents into shards on disk, and shards back into documents, small rows and folded texts."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from detector.engine.codec import pack, unpack
from detector.types import Document, Failure

# Types that every engine has; a folded text is its uint16 codes, little-endian.
SHARD_SCHEMA = pa.schema([("fingerprint", pa.large_binary()), ("document", pa.large_binary()), ("folded", pa.large_binary())])


@dataclass(frozen=True, slots=True)
class ShardRow:
    """One examined document, encoded where it was examined so that the parent process only writes bytes."""

    fingerprint: bytes
    document: bytes
    folded: bytes


@dataclass(frozen=True, slots=True)
class Shard:
    """The results of one batch of records."""

    rows: tuple[ShardRow, ...]
    failures: tuple[Failure, ...]


class WorkStore:
    """A work folder: one Arrow IPC file a shard, each renamed into place when whole, so that a kill loses one shard."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._tables: dict[int, pa.Table] = {}

    def claim(self, state: dict[str, object], *, resume: bool) -> None:
        """Drop the shards of earlier runs; with `resume`, those of the very same `state` (inputs, settings, rules) stay."""
        mark = self.folder / "state.json"
        data = orjson.dumps(state, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)
        if not resume or not mark.exists() or mark.read_bytes() != data:
            shutil.rmtree(self.folder)
            self.folder.mkdir(parents=True)
            mark.write_bytes(data)

    def remove(self) -> None:
        """Close and delete the folder."""
        self._tables.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def has(self, number: int) -> bool:
        return self._path(number).exists()

    def write(self, number: int, shard: Shard) -> None:
        """Write shard `number`, whole or not at all."""
        columns = [[getattr(row, name) for row in shard.rows] for name in SHARD_SCHEMA.names]
        failures = orjson.dumps([[f.source, f.stage, f.reason] for f in shard.failures])
        table = pa.table([pa.array(c, pa.large_binary()) for c in columns], schema=SHARD_SCHEMA)
        table = table.replace_schema_metadata({"failures": failures})
        path = self._path(number)
        partial = path.with_suffix(".partial")
        with pa.OSFile(str(partial), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
        os.replace(partial, path)

    def fingerprints(self, number: int) -> Iterator[bytes]:
        """The encoded small rows of one shard, in order."""
        for value in self._table(number)["fingerprint"]:
            yield value.as_py()

    def failures(self, number: int) -> list[Failure]:
        rows = orjson.loads(self._table(number).schema.metadata[b"failures"])
        return [Failure(*row) for row in rows]

    def document(self, place: tuple[int, int]) -> Document:
        """The document at (shard, row)."""
        shard, row = place
        return unpack(Document, self._table(shard)["document"][row].as_buffer())

    def folded(self, place: tuple[int, int]) -> NDArray[np.uint16]:
        """The folded text at (shard, row): uint16[n], a view into the mapped file."""
        shard, row = place
        buffer = self._table(shard)["folded"][row].as_buffer()
        return np.frombuffer(buffer, dtype="<u2") if buffer is not None else np.empty(0, np.uint16)

    def _table(self, number: int) -> pa.Table:
        if number not in self._tables:
            with pa.memory_map(str(self._path(number))) as source:
                self._tables[number] = pa.ipc.open_file(source).read_all().combine_chunks()
        return self._tables[number]

    def _path(self, number: int) -> Path:
        return self.folder / f"examined-{number:06d}.arrow"


class FoldedTexts(Sequence[NDArray[np.uint16]]):
    """Folded texts in the order of `places`, read from the store when asked for."""

    def __init__(self, store: WorkStore, places: Sequence[tuple[int, int]]) -> None:
        self._store = store
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index: int) -> NDArray[np.uint16]:  # type: ignore[override]
        return self._store.folded(self._places[index])


def shard_row(fingerprint: object, document: Document, folded: NDArray[np.uint16]) -> ShardRow:
    """Encode one examined document."""
    return ShardRow(pack(fingerprint), pack(document), np.ascontiguousarray(folded, dtype="<u2").tobytes())
