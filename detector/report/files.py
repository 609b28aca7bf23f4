"""The files of a run folder to rows, one at a time, whatever their format."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from detector.errors import InputError
from detector.write import JSON_COLUMNS

Row = Mapping[str, Any]

_BATCH_ROWS = 256  # of a Parquet file held at once: documents of 1 MB each then still fit


def rows(folder: Path, name: str) -> Iterator[Row]:
    """Yield the rows of `name`.jsonl or `name`.parquet in file order; none where neither file was written.

    Raises InputError, naming file and line, for a row that is no JSON object.
    """
    lines, table = folder / f"{name}.jsonl", folder / f"{name}.parquet"
    if lines.is_file():
        yield from _json_rows(lines)
    elif table.is_file():
        yield from _parquet_rows(table)


def read_manifest(folder: Path) -> Row:
    """The manifest of a run. Raises InputError where the folder holds no finished run."""
    path = folder / "manifest.json"
    if not path.is_file():
        raise InputError(f"{folder}: no manifest.json in it; name the --out folder of a finished `detector scan`")
    row = _parse(path.read_bytes())
    if not isinstance(row, dict):
        raise InputError(f"{path}: expected one JSON object; run `detector scan` again")
    return row


def _json_rows(path: Path) -> Iterator[Row]:
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            if line.isspace():
                continue
            row = _parse(line)
            if not isinstance(row, dict):
                raise InputError(f"{path}:{number}: expected a JSON object; the file is cut or was edited, scan again")
            yield row


def _parse(data: bytes) -> Any:
    """The value of `data`, None where it is no JSON. orjson refuses the lone surrogates that hostile pages hold."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        try:
            return json.loads(data)
        except ValueError:
            return None


def _parquet_rows(path: Path) -> Iterator[Row]:
    import pyarrow.parquet as pq  # slow to import, and most runs write JSONL

    with pq.ParquetFile(path) as table:
        for batch in table.iter_batches(batch_size=_BATCH_ROWS):
            for row in batch.to_pylist():
                yield {key: _unpacked(key, value) for key, value in row.items()}


def _unpacked(key: str, value: Any) -> Any:
    return _parse(value.encode()) if key in JSON_COLUMNS and isinstance(value, str) else value
