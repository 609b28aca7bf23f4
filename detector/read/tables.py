"""Records given in memory: mappings, data frames, Arrow tables, data sets."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from detector.errors import InputError
from detector.read.fields import guess_fields, record_from_row
from detector.settings import Fields, Settings
from detector.types import Failure, Record


def rows_of(table: Any) -> Iterator[Any]:
    """The rows of any iterable of mappings, pandas or polars frame, Arrow table or Hugging Face `Dataset`.

    No optional package is imported: each kind is known by the methods that it has.
    """
    if hasattr(table, "to_batches"):  # pyarrow.Table
        for batch in table.to_batches(max_chunksize=512):
            yield from batch.to_pylist()
    elif hasattr(table, "iter_rows"):  # polars.DataFrame
        yield from table.iter_rows(named=True)
    elif hasattr(table, "itertuples"):  # pandas.DataFrame
        names = [str(name) for name in table.columns]
        for row in table.itertuples(index=False, name=None):
            yield {n: None if v != v else v for n, v in zip(names, row, strict=True)}  # NaN is absent
    else:  # a list of dicts, a generator, a datasets.Dataset
        yield from table


def records_of(table: Any, settings: Settings, source: str = "records") -> Iterator[Record | Failure]:
    """Rows as records; strings are taken as the text, paths must be given as `scan([Path(...)])`."""
    known: dict[frozenset[str], Fields] = {}
    for number, row in enumerate(rows_of(table), 1):
        where = f"{source}:{number}"
        if isinstance(row, Record):
            yield row
        elif isinstance(row, Mapping):
            columns = frozenset(map(str, row))
            try:
                if columns not in known:
                    known[columns] = guess_fields(map(str, row), settings.fields)
                yield record_from_row(row, known[columns], source)
            except InputError as error:
                yield Failure(where, "read", str(error))
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
