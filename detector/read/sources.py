"""The inputs of a command line become the files they name, each opened and unpacked."""

from __future__ import annotations

import gzip
import io
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from detector.errors import InputError

TEXT_SUFFIXES = frozenset({".txt", ".md", ".markdown"})
HTML_SUFFIXES = frozenset({".html", ".htm", ".xhtml", ".shtml"})
TABLE_SUFFIXES = frozenset({".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet"})
ARCHIVE_SUFFIXES = frozenset({".warc", ".wet"})
SUFFIXES = TEXT_SUFFIXES | HTML_SUFFIXES | TABLE_SUFFIXES | ARCHIVE_SUFFIXES
PACKED = frozenset({".gz", ".zst"})
_GLOB_CHARS = frozenset("*?[")


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read. `name` is its path relative to the input that named it, with `/`: the same on every machine."""

    path: Path | None  # None is standard input
    name: str
    suffix: str  # of the content, without .gz or .zst; "" is to be sniffed
    packed: str = ""  # ".gz", ".zst" or ""


def expand(inputs: Sequence[str | os.PathLike[str]]) -> list[Source]:
    """The files that `inputs` name, sorted by name within each input, each file once.

    A folder gives every file below it with a known ending; a file given by name is read whatever its ending.

    Raises:
        InputError: an input names nothing.
    """
    found: dict[str, Source] = {}
    for item in inputs:
        for source in _expand_one(str(item)):
            found.setdefault(str(source.path.resolve()) if source.path else "-", source)
    return list(found.values())


def _expand_one(item: str) -> list[Source]:
    if item == "-":
        return [Source(None, "stdin", "")]
    path = Path(item)
    if path.is_dir():
        files = [_source(p, p.relative_to(path).as_posix()) for p in path.rglob("*") if p.is_file()]
        known = sorted((s for s in files if s.suffix in SUFFIXES), key=lambda s: s.name)
        if not known:
            raise InputError(f"{item}: no file with a known ending below it; known are {' '.join(sorted(SUFFIXES))}")
        return known
    if path.exists():  # a file, or a pipe such as /dev/fd/63
        return [_source(path, path.name)]
    if _GLOB_CHARS & set(item):
        matched = sorted(p for p in _glob(item) if p.is_file())
        if matched:
            return [_source(p, p.name) for p in matched]
        raise InputError(f"{item}: the pattern matches no file")
    raise InputError(f"{item}: no such file or folder")


def _glob(pattern: str) -> Iterator[Path]:
    path = Path(pattern)
    anchor = Path(path.anchor) if path.anchor else Path()
    return anchor.glob(str(path.relative_to(anchor)))


def _source(path: Path, name: str) -> Source:
    suffixes = [s.lower() for s in path.suffixes]
    packed = suffixes.pop() if suffixes and suffixes[-1] in PACKED else ""
    return Source(path, name, suffixes[-1] if suffixes else "", packed)


def open_source(source: Source) -> BinaryIO:
    """A buffered stream of the unpacked bytes; gzip and zstd are known by their first bytes, not by the name.

    Raises:
        InputError: the file can't be opened, or is zstd and `zstandard` is not installed.
    """
    if source.path is None:
        raw: IO[bytes] = sys.stdin.buffer
    else:
        try:
            raw = source.path.open("rb")
        except OSError as error:
            raise InputError(f"{source.name}: {error.strerror or error}") from error
    buffered = io.BufferedReader(raw, 1 << 20)  # type: ignore[type-var]
    magic = buffered.peek(4)[:4]
    if magic[:2] == b"\x1f\x8b":
        return io.BufferedReader(gzip.GzipFile(fileobj=buffered), 1 << 20)
    if magic == b"\x28\xb5\x2f\xfd":
        return _open_zstd(buffered, source.name)
    return buffered


def _open_zstd(stream: IO[bytes], name: str) -> BinaryIO:
    try:
        import zstandard
    except ImportError as error:
        message = f"{name}: zstd input needs the package zstandard: pip install 'content-farm-detector[zstd]'"
        raise InputError(message) from error
    return io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(stream, read_across_frames=True), 1 << 20)


def bounded_lines(stream: BinaryIO, max_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield (1-based number, line without its end); None in place of a line longer than `max_bytes`.

    A line that is too long is skipped without being held in memory.
    """
    number = 0
    while line := stream.readline(max_bytes + 2):
        number += 1
        if len(line) > max_bytes and not line.endswith(b"\n"):
            while (rest := stream.readline(1 << 20)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        else:
            yield number, line.rstrip(b"\r\n")


def read_bounded(stream: BinaryIO, max_bytes: int, name: str) -> bytes:
    """The whole stream.

    Raises:
        InputError: it holds more than `max_bytes`.
    """
    data = stream.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise InputError(f"{name}: larger than max_bytes = {max_bytes}; raise it in the settings to read this document")
    return data
