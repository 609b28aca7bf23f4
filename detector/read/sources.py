"""The inputs of a command line become the files they name, each opened and unpacked."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from detector.errors import InputError
from detector.read.fields import valid_text
from detector.read.unpack import unpacked

TEXT_SUFFIXES = frozenset({".txt", ".md", ".markdown"})
HTML_SUFFIXES = frozenset({".html", ".htm", ".xhtml", ".shtml"})
TABLE_SUFFIXES = frozenset({".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet"})
ARCHIVE_SUFFIXES = frozenset({".warc", ".wet"})
SUFFIXES = TEXT_SUFFIXES | HTML_SUFFIXES | TABLE_SUFFIXES | ARCHIVE_SUFFIXES
PACKED = frozenset({".gz", ".zst"})
_GLOB_CHARS = frozenset("*?[")
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """One file to read. `name` is its path relative to the input that named it, with `/`: the same on every machine."""

    path: Path | None  # None is standard input
    name: str
    suffix: str  # of the content, without .gz or .zst; "" is to be sniffed
    packed: str = ""  # ".gz", ".zst" or ""


def expand(inputs: Sequence[str | os.PathLike[str]]) -> list[Source]:
    """The files that `inputs` name, sorted by name within each input, each file once.

    A folder gives every file below it with a known ending, but for hidden ones; a file given by name is read whatever
    its ending.

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
        below = ((p, p.relative_to(path)) for p in path.rglob("*") if p.is_file())
        files = [_source(p, name.as_posix()) for p, name in below if not any(n.startswith(".") for n in name.parts)]
        known = sorted((s for s in files if s.suffix in SUFFIXES), key=lambda s: s.name)
        if not known:
            raise InputError(f"{item}: no file with a known ending below it; known are {' '.join(sorted(SUFFIXES))}")
        return known
    if path.exists():  # a file, or a pipe such as /dev/fd/63
        return [_source(path, path.name)]
    if _GLOB_CHARS & set(item):
        matched = sorted(p for p in _glob(item) if p.is_file())
        if matched:
            fixed = _fixed_part(item)
            return [_source(p, p.relative_to(fixed).as_posix()) for p in matched]
        raise InputError(f"{item}: the pattern matches no file")
    raise InputError(f"{item}: no such file or folder")


def _glob(pattern: str) -> Iterator[Path]:
    path = Path(pattern)
    fixed = _fixed_part(pattern)
    return fixed.glob(str(path.relative_to(fixed)))


def _fixed_part(pattern: str) -> Path:
    """The folders before the first wildcard."""
    parts = Path(pattern).parts
    first = next((i for i, part in enumerate(parts) if _GLOB_CHARS & set(part)), len(parts))
    return Path(*parts[:first])


def _source(path: Path, name: str) -> Source:
    suffixes = [s.lower() for s in path.suffixes]
    packed = suffixes.pop() if suffixes and suffixes[-1] in PACKED else ""
    return Source(path, valid_text(name), suffixes[-1] if suffixes else "", packed)


def open_source(source: Source) -> BinaryIO:
    """A buffered stream of the unpacked bytes.

    Raises:
        InputError: the file can't be opened, or is zstd and `zstandard` is not installed.
    """
    if source.path is None:
        return unpacked(sys.stdin.buffer, source.name)
    try:
        return unpacked(source.path.open("rb"), source.name)
    except OSError as error:
        raise InputError(f"{source.name}: {error.strerror or error}") from error


def bounded_lines(stream: BinaryIO, max_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    """Yield (1-based number, line without its end); None in place of a line longer than `max_bytes`.

    A line that is too long is skipped without being held in memory.
    """
    number = 0
    while line := stream.readline(max_bytes + 2):  # room for a line end of two bytes
        number += 1
        ended = line.endswith(b"\n")
        content = line[:-1].removesuffix(b"\r") if ended else line
        if len(content) > max_bytes:
            while not ended and (rest := stream.readline(1 << 20)):
                ended = rest.endswith(b"\n")
            yield number, None
        else:
            yield number, content


def read_bounded(stream: BinaryIO, max_bytes: int, name: str) -> bytes:
    """The whole stream.

    Raises:
        InputError: it holds more than `max_bytes`.
    """
    parts: list[bytes] = []  # read in pieces: one read of the limit would ask for that much memory at once
    size = 0
    while size <= max_bytes and (part := stream.read(min(_PIECE, max_bytes + 1 - size))):
        parts.append(part)
        size += len(part)
    if size > max_bytes:
        raise InputError(f"{name}: larger than max_bytes = {max_bytes}; raise it in the settings to read this document")
    return b"".join(parts)
