"""A file becomes records, or failures that name what could not be read."""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import orjson

from detector.errors import DecodeError, InputError
from detector.read.delimited import rows_of_csv
from detector.read.fields import USUAL_NAMES, describe, guess_fields, record_from_file, record_from_row, valid_text
from detector.read.sources import (
    HTML_SUFFIXES,
    TEXT_SUFFIXES,
    Source,
    bounded_lines,
    open_source,
    read_bounded,
)
from detector.read.unpack import as_utf8
from detector.settings import Fields, Settings
from detector.text.decode import decode
from detector.types import Failure, Record

Say = Callable[[str], None]  # receives what a person should know while reading, such as guessed columns
_HUGE_NUMBER = re.compile(rb"\d{20}")
_COLUMN = re.compile(r"[\w .-]{1,40}")
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
            row = _loads(line)
        except orjson.JSONDecodeError as error:
            yield Failure(where, "read", f"not JSON: {error}")
            continue
        yield _row_record(row, fields_for, source, where, reader)


def _loads(line: bytes) -> Any:
    """The value of a line; orjson turns whole numbers over 64 bits, as some ids are, into fractions.

    Raises orjson.JSONDecodeError where it is no JSON at all.
    """
    if _HUGE_NUMBER.search(line) and (value := _loads_lenient(line)) is not None:
        return value
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        value = _loads_lenient(line)
        if value is None:
            raise
        return value


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
    except InputError as error:
        return Failure(where, "read", valid_text(str(error)))
    return _guarded(row, fields_for[columns], source, where, reader)


def _guarded(row: Mapping[str, Any], fields: Fields, source: Source, where: str, reader: Reader) -> Record | Failure:
    try:
        return record_from_row(row, fields, source.name, reader.settings.max_bytes)
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
    """Whether each line is an object of its own, rather than one object or list that goes over many lines."""
    first, _, rest = head.lstrip().partition(b"\n")
    return first.startswith(b"{") and (first.rstrip().endswith(b"}") or rest.lstrip().startswith(b"{"))


def _buffered(data: bytes) -> BinaryIO:
    return io.BufferedReader(io.BytesIO(data))


def _read_csv(stream: BinaryIO, source: Source, reader: Reader) -> Iterator[Record | Failure]:
    fields: Fields | None = None
    for number, row in rows_of_csv(stream, source.suffix, reader.settings.max_bytes):
        where = f"{source.name}:{number}"
        if isinstance(row, InputError):
            yield Failure(where, "read", valid_text(str(row)))
            continue
        fields = fields or reader.fields_of(row, source)
        yield _guarded(row, fields, source, where, reader)


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
                yield _guarded(row, fields, source, f"{source.name}:{number}", reader)


def _read_warc(stream: BinaryIO, source: Source, reader: Reader) -> Iterator[Record | Failure]:
    from detector.read.warc import warc_records  # only archives need it

    return warc_records(stream, source.name, reader.settings.max_bytes)


def _read_sniffed(stream: BinaryIO, source: Source, reader: Reader) -> Iterator[Record | Failure]:
    """Standard input or a file with an unknown ending: known by its first bytes."""
    head = stream.peek(4096)[:4096].removeprefix(_UTF8_BOM).lstrip()  # type: ignore[attr-defined]
    suffix = next((s for pattern, s in _SIGNATURES if pattern.match(head)), "")
    if suffix == ".json" and (b"\n" not in head or _holds_lines(head)):
        suffix = ".jsonl" if head.startswith(b"{") else suffix
    if not suffix and _is_table_head(head, reader.settings.fields):
        suffix = ".csv"
    yield from _READERS.get(suffix, _read_document)(stream, replace(source, suffix=suffix), reader)


def _is_table_head(head: bytes, given: Fields) -> bool:
    """Whether the first line names columns, one of which is known to hold the documents."""
    first = head.partition(b"\n")[0].rstrip(b"\r").decode("utf-8", "replace").lower()
    wanted = {*USUAL_NAMES["text"], *USUAL_NAMES["html"], *(n.lower() for n in (given.text, given.html) if n)}
    for mark in ",;\t":
        names = [name.strip().strip('"') for name in first.split(mark)]
        if len(names) > 1 and all(_COLUMN.fullmatch(name) for name in names) and wanted & set(names):
            return True
    return False


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
