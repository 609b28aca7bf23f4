"""A file becomes records, or failures that name what could not be read."""

from __future__ import annotations

import csv
import io
import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import orjson

from detector.errors import DecodeError, DetectorError, InputError
from detector.read.fields import describe, guess_fields, record_from_file, record_from_row
from detector.read.sources import (
    HTML_SUFFIXES,
    TEXT_SUFFIXES,
    Source,
    bounded_lines,
    open_source,
    read_bounded,
)
from detector.settings import Fields, Settings
from detector.text.decode import decode
from detector.types import Failure, Record

Say = Callable[[str], None]  # receives what a person should know while reading, such as guessed columns
_READ_ERRORS = (DetectorError, OSError, EOFError, zlib.error, ValueError, csv.Error, UnicodeError)
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
    except _READ_ERRORS as error:
        yield Failure(source.name, "read", _reason(error))
    except MemoryError:
        yield Failure(source.name, "read", "not enough memory to read this file")


def _reason(error: BaseException) -> str:
    if isinstance(error, EOFError | zlib.error):
        return f"the compressed file is cut short or damaged ({error}); the documents before that place were read"
    if type(error).__module__.startswith("pyarrow"):
        return f"not a readable Parquet file: {str(error).splitlines()[0]}"
    return str(error) or type(error).__name__


def _read_document(stream: BinaryIO, source: Source, reader: Reader) -> Iterator[Record | Failure]:
    data = read_bounded(stream, reader.settings.max_bytes, source.name)
    yield record_from_file(data, source.name, source.suffix, HTML_SUFFIXES)


def _read_jsonl(stream: BinaryIO, source: Source, reader: Reader) -> Iterator[Record | Failure]:
    fields_for: dict[frozenset[str], Fields] = {}
    for number, line in bounded_lines(stream, reader.settings.max_bytes):
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
    except InputError as error:
        return Failure(where, "read", str(error))


def _read_json(stream: BinaryIO, source: Source, reader: Reader) -> Iterator[Record | Failure]:
    """A list of objects, one object, or (as many tools write) JSON lines under the wrong name."""
    data = read_bounded(stream, 16 * reader.settings.max_bytes, source.name).removeprefix(_UTF8_BOM)
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        if b"\n" in data.strip():
            yield from _read_jsonl(io.BytesIO(data), source, reader)  # type: ignore[arg-type]
        else:
            yield Failure(source.name, "read", f"not JSON: {error}")
        return
    fields_for: dict[frozenset[str], Fields] = {}
    for number, row in enumerate(value if isinstance(value, list) else [value], 1):
        yield _row_record(row, fields_for, source, f"{source.name}:{number}", reader)


def _read_csv(stream: BinaryIO, source: Source, reader: Reader) -> Iterator[Record | Failure]:
    head = stream.peek(1 << 16) if hasattr(stream, "peek") else b""
    charset = decode(head[: head.rfind(b"\n") + 1] or head).charset if head else "utf-8"
    text = io.TextIOWrapper(stream, encoding=charset, errors="surrogateescape", newline="")
    csv.field_size_limit(min(reader.settings.max_bytes, (1 << 31) - 1))
    rows = csv.reader(_without_nul(text), delimiter="\t" if source.suffix == ".tsv" else _delimiter(head, charset))
    header = next(rows, None)
    if header is None:
        return
    header = [name.removeprefix("\ufeff") for name in header]
    fields = reader.fields_of(dict.fromkeys(header), source)
    for number, row in enumerate(rows, 2):
        if not row:
            continue
        if len(row) != len(header):
            reason = f"{len(row)} columns, the header has {len(header)}"
            yield Failure(f"{source.name}:{number}", "read", reason)
            continue
        try:
            yield record_from_row(dict(zip(header, row, strict=True)), fields, source.name)
        except InputError as error:
            yield Failure(f"{source.name}:{number}", "read", str(error))


def _without_nul(lines: io.TextIOWrapper) -> Iterator[str]:
    for line in lines:
        yield line.replace("\0", "")


def _delimiter(head: bytes, charset: str) -> str:
    first = head.split(b"\n", 1)[0].decode(charset, "replace")
    return max(",;\t", key=lambda mark: (first.count(mark), mark == ","))


def _read_parquet(stream: BinaryIO, source: Source, reader: Reader) -> Iterator[Record | Failure]:
    import pyarrow as pa
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
                except InputError as error:
                    yield Failure(f"{source.name}:{number}", "read", str(error))


def _read_warc(stream: BinaryIO, source: Source, reader: Reader) -> Iterator[Record | Failure]:
    from detector.read.warc import warc_records

    return warc_records(stream, source.name, reader.settings.max_bytes)


def _read_sniffed(stream: BinaryIO, source: Source, reader: Reader) -> Iterator[Record | Failure]:
    """Standard input or a file with an unknown ending: known by its first bytes."""
    if stream.peek(2)[:2] == b"\x1f\x8b":  # type: ignore[attr-defined]
        stream = open_packed(stream)
    head = stream.peek(4096)[:4096].removeprefix(_UTF8_BOM).lstrip()  # type: ignore[attr-defined]
    suffix = next((s for start, s in _SIGNATURES if head.startswith(start)), "")
    yield from _READERS.get(suffix, _read_document)(stream, replace(source, suffix=suffix), reader)


def open_packed(stream: BinaryIO) -> BinaryIO:
    import gzip

    return io.BufferedReader(gzip.GzipFile(fileobj=stream), 1 << 20)


_SIGNATURES = ((b"{", ".jsonl"), (b"[{", ".json"), (b"PAR1", ".parquet"), (b"WARC/", ".warc"))
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
