"""A file becomes records, or failures that name what could not be read."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, BinaryIO

import orjson

from detector.errors import DecodeError, InputError
from detector.read.fields import describe, guess_fields, record_from_file, record_from_row, valid_text
from detector.read.sources import (
    HTML_SUFFIXES,
    TEXT_SUFFIXES,
    Source,
    as_utf8,
    bounded_lines,
    open_source,
    read_bounded,
)
from detector.settings import Fields, Settings
from detector.text.decode import decode
from detector.types import Failure, Record

Say = Callable[[str], None]  # receives what a person should know while reading, such as guessed columns
_PIECE = 1 << 20
_UTF8_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading needs to know, the same for every file of a run."""

    settings: Settings
    say: Say

    def fields_of(self, columns: Mapping[str, Any], source: Source) -> Fields:
        fields = guess_fields(columns, self.settings.fields)
        self.say(f"{source.name}: reading {describe(fields)}")
        return fields


def read_source(source: Source, reader: Reader) -> Iterator[Record | Failure]:
    """All documents of one file. Never raises for bad input: what can't be read is a `Failure`."""
    try:
        with open_source(source) as stream:
            yield from _READERS.get(source.suffix, _read_sniffed)(stream, source, reader)
    except MemoryError:
        yield Failure(source.name, "read", "not enough memory to read this file")
    except Exception as error:  # whatever a parser makes of a hostile file: the other files are still to be read
        yield Failure(source.name, "read", valid_text(_reason(error)))


def _reason(error: BaseException) -> str:
    if isinstance(error, EOFError | zlib.error | gzip.BadGzipFile) or type(error).__name__ == "ZstdError":
        return f"the compressed file is cut short or damaged ({error}); the documents before that place were read"
    if type(error).__module__.startswith("pyarrow"):
        return f"not a readable Parquet file: {next(iter(str(error).splitlines()), '')}"
    return str(error) or type(error).__name__


def _read_document(stream: BinaryIO, source: Source, reader: Reader) -> Iterator[Record | Failure]:
    data = read_bounded(stream, reader.settings.max_bytes, source.name)
    yield record_from_file(data, source.name, source.suffix, HTML_SUFFIXES)


def _read_jsonl(stream: BinaryIO, source: Source, reader: Reader) -> Iterator[Record | Failure]:
    fields_for: dict[frozenset[str], Fields] = {}
    for number, line in bounded_lines(as_utf8(stream), reader.settings.max_bytes):
        where = f"{source.name}:{number}"
        if line is None:
            limit = reader.settings.max_bytes
            yield Failure(where, "read", f"line longer than max_bytes = {limit}; raise it in the settings")
            continue
        if number == 1:
            line = line.removeprefix(_UTF8_BOM)
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            row = _loads_lenient(line)
            if row is None:
                yield Failure(where, "read", f"not JSON: {error}")
                continue
        yield _row_record(row, fields_for, source, where, reader)


def _loads_lenient(line: bytes) -> Any:
    r"""What orjson refuses but others write: another charset than UTF-8, lone `\ud83d` escapes, NaN."""
    try:
        return json.loads(decode(line).text)
    except (ValueError, DecodeError, RecursionError):
        return None


def _row_record(
    row: Any, fields_for: dict[frozenset[str], Fields], source: Source, where: str, reader: Reader
) -> Record | Failure:
    """One row as a record; each set of columns is guessed once, so that files of mixed schemas work."""
    if not isinstance(row, dict):
        return Failure(where, "read", f"expected a JSON object, found {type(row).__name__}")
    columns = frozenset(row)
    try:
        if columns not in fields_for:
            first = not fields_for
            fields_for[columns] = reader.fields_of(row, source) if first else guess_fields(row, reader.settings.fields)
        return record_from_row(row, fields_for[columns], source.name)
    except (InputError, RecursionError) as error:
        return Failure(where, "read", valid_text(str(error)))


def _read_json(stream: BinaryIO, source: Source, reader: Reader) -> Iterator[Record | Failure]:
    """A list of objects, one object, or (as many tools write) JSON lines under the wrong name."""
    data = read_bounded(stream, 16 * reader.settings.max_bytes, source.name).removeprefix(_UTF8_BOM)
    if not data.strip():
        return
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        if _holds_lines(data):
            yield from _read_jsonl(_buffered(data), source, reader)
            return
        value = _loads_lenient(data)
        if value is None:
            yield Failure(source.name, "read", f"not JSON: {error}")
            return
    fields_for: dict[frozenset[str], Fields] = {}
    for number, row in enumerate(value if isinstance(value, list) else [value], 1):
        yield _row_record(row, fields_for, source, f"{source.name}:{number}", reader)


def _holds_lines(head: bytes) -> bool:
    """Whether the first line is an object of its own, rather than the start of one that goes over many lines."""
    first = head.lstrip().split(b"\n", 1)[0].rstrip()
    return first.startswith(b"{") and first.endswith(b"}")


def _buffered(data: bytes) -> BinaryIO:
    return io.BufferedReader(io.BytesIO(data))


def _read_csv(stream: BinaryIO, source: Source, reader: Reader) -> Iterator[Record | Failure]:
    stream = as_utf8(stream)
    head: bytes = stream.peek(1 << 16)  # type: ignore[attr-defined]
    head = head[: head.rfind(b"\n") + 1] or head
    if not head.strip():
        return
    charset = decode(head).charset
    limit = min(reader.settings.max_bytes, (1 << 31) - 1)
    csv.field_size_limit(limit)
    text = io.TextIOWrapper(stream, encoding=charset, errors="surrogateescape", newline="")
    rows = csv.reader(_PlainLines(text, limit), **_dialect(head.decode(charset, "replace"), source.suffix))
    header = [_rescued(name, charset).removeprefix("\ufeff") for name in next(rows)]
    fields = reader.fields_of(dict.fromkeys(header), source)
    for number in count(2):
        where = f"{source.name}:{number}"
        try:
            row = next(rows)
            if row:
                yield _csv_record(header, [_rescued(cell, charset) for cell in row], fields, source.name)
        except StopIteration:
            return
        except (InputError, csv.Error) as error:  # the reader goes on with the next line
            yield Failure(where, "read", valid_text(str(error)))


def _csv_record(header: Sequence[str], row: Sequence[str], fields: Fields, source: str) -> Record:
    if len(row) != len(header):
        raise InputError(f"{len(row)} columns, the header has {len(header)}")
    return record_from_row(dict(zip(header, row, strict=True)), fields, source)


class _PlainLines:
    """Lines without NUL. A line that is too long raises, and the one after it follows: a generator would have ended."""

    def __init__(self, text: io.TextIOWrapper, limit: int) -> None:
        self._text = text
        self._limit = limit

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._limit + 2)
        if not line:
            raise StopIteration
        if len(line) < self._limit + 2 or line.endswith("\n"):
            return line.replace("\0", "")
        while line and not line.endswith("\n"):
            line = self._text.readline(_PIECE)
        raise InputError(f"line longer than max_bytes = {self._limit}; raise it in the settings")


def _dialect(head: str, suffix: str) -> dict[str, Any]:
    """The delimiter, and for tabs whether quotes mean anything: many programs write tabs and bare quotes."""
    lines = head.splitlines()
    mark = "\t" if suffix == ".tsv" else max(",;\t", key=lambda m: (lines[0].count(m), m == ","))
    if mark != "\t":
        return {"delimiter": mark}
    rows = [line.split(mark) for line in lines]
    bare = any(cell.startswith('"') and not (len(cell) > 1 and cell.endswith('"')) for row in rows for cell in row)
    regular = all(len(row) == len(rows[0]) for row in rows if row != [""])
    return {"delimiter": mark, "quoting": csv.QUOTE_NONE if bare and regular else csv.QUOTE_MINIMAL}


def _rescued(cell: str, charset: str) -> str:
    """A cell that holds bytes of another charset than the start of the file, read on its own."""
    if cell.isascii():
        return cell
    try:
        cell.encode()
    except UnicodeEncodeError:
        try:
            return decode(cell.encode(charset, "surrogateescape")).text
        except (DecodeError, UnicodeEncodeError):
            return cell
    return cell


def _read_parquet(stream: BinaryIO, source: Source, reader: Reader) -> Iterator[Record | Failure]:
    import pyarrow as pa  # slow to import, and most inputs are not Parquet
    import pyarrow.parquet as pq

    where: Any = source.path if source.path and not source.packed else pa.BufferReader(stream.read())
    with pq.ParquetFile(where, memory_map=True) as file:
        fields = reader.fields_of(dict.fromkeys(file.schema_arrow.names), source)
        number = 0
        for batch in file.iter_batches(batch_size=512):
            for row in batch.to_pylist():
                number += 1
                try:
                    yield record_from_row(row, fields, source.name)
                except (InputError, RecursionError) as error:
                    yield Failure(f"{source.name}:{number}", "read", valid_text(str(error)))


def _read_warc(stream: BinaryIO, source: Source, reader: Reader) -> Iterator[Record | Failure]:
    from detector.read.warc import warc_records  # only archives need it

    return warc_records(stream, source.name, reader.settings.max_bytes)


def _read_sniffed(stream: BinaryIO, source: Source, reader: Reader) -> Iterator[Record | Failure]:
    """Standard input or a file with an unknown ending: known by its first bytes."""
    head = stream.peek(4096)[:4096].removeprefix(_UTF8_BOM).lstrip()  # type: ignore[attr-defined]
    suffix = next((s for pattern, s in _SIGNATURES if pattern.match(head)), "")
    if suffix == ".json" and (b"\n" not in head or _holds_lines(head)):
        suffix = ".jsonl" if head.startswith(b"{") else suffix
    yield from _READERS.get(suffix, _read_document)(stream, replace(source, suffix=suffix), reader)


_SIGNATURES = (
    (re.compile(rb"""\{\s*["}]|\[\s*\{"""), ".json"),
    (re.compile(rb"PAR1"), ".parquet"),
    (re.compile(rb"WARC/"), ".warc"),
)
_READERS: Mapping[str, Callable[[BinaryIO, Source, Reader], Iterator[Record | Failure]]] = {
    **dict.fromkeys(TEXT_SUFFIXES | HTML_SUFFIXES, _read_document),
    ".jsonl": _read_jsonl,
    ".ndjson": _read_jsonl,
    ".json": _read_json,
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".parquet": _read_parquet,
    ".warc": _read_warc,
    ".wet": _read_warc,
}
