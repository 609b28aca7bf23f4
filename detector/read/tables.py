"""Records given in memory: mappings, data frames, Arrow tables, data sets."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from detector.errors import InputError
from detector.read.fields import guess_fields, record_from_row, valid_text
from detector.settings import Fields, Settings
from detector.types import Failure, Record


def rows_of(table: Any) -> Iterator[Any]:
    """The rows of any iterable of mappings, pandas or polars frame, Arrow table or Hugging Face `Dataset`.

    No optional package is imported: each kind is known by the methods that it has.

    Raises:
        InputError: it is one mapping rather than many.
    """
    if isinstance(table, Mapping):
        raise InputError("expected many records, found one mapping; put it into a list")
    if hasattr(table, "to_batches"):  # pyarrow.Table
        for batch in table.to_batches(max_chunksize=512):
            yield from batch.to_pylist()
    elif hasattr(table, "iter_rows"):  # polars.DataFrame
        yield from table.iter_rows(named=True)
    elif hasattr(table, "itertuples"):  # pandas.DataFrame
        names = [str(name) for name in table.columns]
        for row in table.itertuples(index=False, name=None):
            yield {n: None if _is_absent(v) else v for n, v in zip(names, row, strict=True)}
    else:  # a list of dicts, a generator, a datasets.Dataset
        yield from table


def _is_absent(value: Any) -> bool:
    """Whether a cell of a data frame is NaN, NaT or NA: none of them equals itself."""
    try:
        return bool(value != value)
    except (TypeError, ValueError):  # NA has no truth value, nor has an array of many
        return type(value).__name__ == "NAType"


def records_of(table: Any, settings: Settings, source: str = "records") -> Iterator[Record | Failure]:
    """Rows as records; strings are taken as the text, paths must be given as `scan([Path(...)])`."""
    known: dict[frozenset[str], Fields] = {}
    for number, row in enumerate(rows_of(table), 1):
        where = f"{source}:{number}"
        if isinstance(row, Record):
            yield row
        elif isinstance(row, Mapping):
            row = {str(name): value for name, value in row.items()}
            columns = frozenset(row)
            try:
                if columns not in known:
                    known[columns] = guess_fields(row, settings.fields)
                yield record_from_row(row, known[columns], source, settings.max_bytes)
            except (InputError, RecursionError) as error:
                yield Failure(where, "read", valid_text(str(error)))
        else:
            yield Failure(where, "read", f"expected a mapping, found {type(row).__name__}")


def are_paths(value: Any) -> bool:
    """Whether `value` names files rather than holds records: a path, a string, or a list of these."""
    if isinstance(value, str | os.PathLike):
        return True
    is_list = isinstance(value, list | tuple) and len(value) > 0
    return is_list and all(isinstance(item, str | os.PathLike) for item in value)


def as_paths(value: Any) -> list[str]:
    """The paths of a value that `are_paths` says yes to."""
    items: Iterable[Any] = [value] if isinstance(value, str | os.PathLike) else value
    return [os.fspath(item) for item in items]
