"""Turns input paths into plain JSON-lines files and these into parts: compressed files and tables are unpacked once."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, cast

import orjson

from detector.dup.store import Part
from detector.errors import InputError

PLAIN = (".jsonl", ".ndjson")
_READABLE = (*PLAIN, ".jsonl.gz", ".ndjson.gz", ".jsonl.zst", ".ndjson.zst", ".parquet")
_COPY_BYTES = 1 << 20


def list_inputs(paths: Sequence[Path]) -> list[Path]:
    """All readable files of the paths (folders with what is in them), each once, sorted by name.

    Raises InputError for a path that is not there or of another kind.
    """
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            inside = [p for p in path.rglob("*") if p.is_file() and p.name.endswith(_READABLE)]
            if not inside:
                raise InputError(f"{path}: no {', '.join(_READABLE)} file in this folder")
            found.update(inside)
        elif not path.is_file():
            raise InputError(f"{path}: no such file or folder")
        elif not path.name.endswith(_READABLE):
            raise InputError(f"{path}: dedup reads {', '.join(_READABLE)}; use `detector scan` for other kinds")
        else:
            found.add(path)
    return sorted(found)


def plan_parts(inputs: Sequence[Path], plain: Sequence[Path], part_bytes: int) -> list[Part]:
    """Parts of about `part_bytes` over the plain files of the inputs, in order."""
    ranges = [
        (given.name, path, start, min(start + part_bytes, size))
        for given, path in zip(inputs, plain, strict=True)
        for size in [path.stat().st_size]
        for start in range(0, size, part_bytes)
    ]
    return [Part(number, *place) for number, place in enumerate(ranges)]


class PartReader:
    """Reads one part after the other into the same buffer."""

    def __init__(self, padding: int) -> None:
        self._padding, self._data = padding, bytearray(padding)

    def read(self, part: Part) -> tuple[bytearray, int, int]:
        """(bytes, their number, place of the first) of the lines that begin in the part; newlines follow."""
        with part.source.open("rb", buffering=0) as file:
            start = part.start and _after_newline(file, part.start - 1)
            end = _after_newline(file, part.end - 1)
            size = max(0, end - start)
            if len(self._data) < size + self._padding:
                self._data = bytearray(size + self._padding)
            self._data[size : size + self._padding] = b"\n" * self._padding
            file.seek(start)
            view, at = memoryview(self._data)[:size], 0
            while at < size:
                count = file.readinto(view[at:])
                if not count:
                    raise InputError(f"{part.source}: ends at byte {start + at}, expected {end}; it changed while being read")
                at += count
        return self._data, size, start


def _after_newline(file: IO[bytes], at: int) -> int:
    """The place after the first newline at or after `at`, or the end of the file."""
    file.seek(at)
    step = 1 << 12
    while block := file.read(step):
        place = block.find(b"\n")
        if place >= 0:
            return at + place + 1
        at += len(block)
        step = min(2 * step, 1 << 20)
    return at


def unpacked(inputs: Sequence[Path], folder: Path) -> list[Path]:
    """Plain files for the inputs, made in `folder` where one is compressed or a table and not there from before."""
    plain = []
    for number, path in enumerate(inputs):
        if path.name.endswith(PLAIN):
            plain.append(path)
            continue
        target = folder / f"input-{number:05d}.jsonl"
        if not target.exists():
            partial = target.with_suffix(".partial")
            with partial.open("wb") as out:
                for block in _blocks(path):
                    out.write(block)
            partial.rename(target)
        plain.append(target)
    return plain


def _blocks(path: Path) -> Iterator[bytes]:
    if path.suffix == ".parquet":
        yield from _table_lines(path)
        return
    with _open_compressed(path) as file:
        try:
            while block := file.read(_COPY_BYTES):
                yield block
        except (OSError, EOFError) as error:
            raise InputError(f"{path}: broken compressed file: {error}") from error


def _open_compressed(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast(IO[bytes], gzip.open(path, "rb"))
    try:
        import zstandard
    except ImportError:
        raise InputError(f"{path}: reading .zst needs zstandard; pip install 'content-farm-detector[zstd]'") from None
    return cast(IO[bytes], zstandard.open(path, "rb"))


def _table_lines(path: Path) -> Iterator[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=4096):
                yield b"".join(orjson.dumps(row, default=str, option=orjson.OPT_APPEND_NEWLINE) for row in batch.to_pylist())
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{path}: broken Parquet file: {error}") from error


def copy_ranges(ranges: Sequence[tuple[Path, int, int]], out: IO[bytes]) -> None:
    """Write byte ranges of files one after the other, each as a line of its own."""
    files: dict[Path, int] = {}
    buffer = memoryview(bytearray(_COPY_BYTES))  # one for all: fresh memory costs as much as the copy
    used = 0
    try:
        for path, start, end in ranges:
            if path not in files:
                files[path] = os.open(path, os.O_RDONLY)
            while start <= end:  # the byte at `end` is that of the newline
                if used == len(buffer):
                    out.write(buffer)
                    used = 0
                wanted = buffer[used : used + end - start]
                count = os.preadv(files[path], [wanted], start) if len(wanted) else 0
                if not count and start < end:
                    if not len(wanted):
                        continue
                    raise InputError(f"{path}: ends before byte {end}; it changed while being read")
                start += count
                used += count
                if start == end and used < len(buffer):
                    buffer[used] = 0x0A
                    used += 1
                    start += 1
        out.write(buffer[:used])
    finally:
        for file in files.values():
            os.close(file)
