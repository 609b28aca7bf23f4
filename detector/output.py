"""The files of a finished run back into rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from detector.errors import InputError
from detector.write import JSON_COLUMNS


def read_table(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """The rows of one table, JSONL or Parquet, one at a time.

    Raises:
        InputError: the folder does not hold the table.
    """
    lines = folder / f"{name}.jsonl"
    if lines.exists():
        with lines.open("rb") as file:
            for line in file:
                yield orjson.loads(line)
        return
    columns = folder / f"{name}.parquet"
    if not columns.exists():
        raise InputError(f"{folder}: neither {lines.name} nor {columns.name} is there")
    import pyarrow.parquet as pq

    for batch in pq.ParquetFile(columns).iter_batches(batch_size=1024):
        for row in batch.to_pylist():
            yield {k: orjson.loads(v) if k in JSON_COLUMNS and v is not None else v for k, v in row.items()}
