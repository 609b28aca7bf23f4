"""Rows become the files of an output folder, each written whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

import orjson

from detector.errors import OutputError

Format = Literal["jsonl", "parquet"]
# Every table of the output folder, and its columns in order. Columns that hold lists or objects are JSON text in Parquet.
TABLES: Mapping[str, tuple[str, ...]] = {
    "documents": (
        *("id", "source", "url", "host", "title", "published", "script", "text", "chars_in", "chars_body", "repairs"),
        *("farm", "farm_probability", "farm_bits", "kinds", "evidence", "exact_group", "near_cluster"),
        *(
            "template_family",
            "contained_in",
            "keep",
            "reason",
            "author",
            "charset",
            "holes",
            "repaired",
            "extra",
        ),  # extra: Parquet only
    ),
    "lines": ("document", "line", "label", "text_start", "text_end", "rules", "level", "start", "end"),
    "pairs": ("a", "b", "relation", "jaccard", "containment", "outline", "facts"),
    "clusters": ("id", "relation", "representative", "members", "min_jaccard", "median_jaccard", "chained"),
    "templates": ("id", "members", "hosts", "skeleton", "slots", "coverage", "shared"),
    "sites": ("host", "pages", "farm_pages", "duplicate_share", "templated_share", "related_share", "score"),
    "removed": ("id", "reason", "kept", "evidence"),
    "failures": ("source", "stage", "reason"),
}
JSON_COLUMNS = frozenset(
    {
        "repairs",
        "evidence",
        "holes",
        "extra",
        "skeleton",
        "slots",
        "coverage",
        "shared",
        "facts",
        "kinds",
        "members",
        "hosts",
        "rules",
    }
)
_INTEGERS = frozenset(
    {
        "chars_in",
        "chars_body",
        "line",
        "text_start",
        "text_end",
        "level",
        "start",
        "end",
        "chained",
        "pages",
        "farm_pages",
    }
)
_BOOLEANS = frozenset({"farm", "keep"})
_FLOATS = frozenset(
    {
        *("farm_probability", "farm_bits", "jaccard", "containment", "outline", "min_jaccard", "median_jaccard"),
        *("duplicate_share", "templated_share", "related_share", "score"),
    }
)
_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS
Row = Mapping[str, Any]


# What a finished run may have put into its folder.
FILES = (*(f"{name}{suffix}" for name in TABLES for suffix in (".jsonl", ".parquet")), "manifest.json", "report.html")


class Sink(Protocol):
    """Takes encoded JSON lines, one or many a call."""

    path: Path

    def write(self, lines: bytes) -> None: ...

    def close(self) -> None: ...


class OutputFolder:
    """Writes tables beside their final place and moves all of them there at the end.

    Leaving the `with` block by an exception leaves the folder as it was.
    """

    def __init__(self, folder: Path, form: Format = "jsonl") -> None:
        self.folder = folder
        self._form = form
        self.staging = folder / ".staging"
        self._staged: list[str] = []

    def __enter__(self) -> OutputFolder:
        if not self.staging.exists():  # else a run of ours was cut off here, perhaps while it put its files in place
            check_free(self.folder, FILES, lambda manifest: "rules_digest" in manifest)
        try:
            shutil.rmtree(self.staging, ignore_errors=True)  # left by a run that was killed
            self.staging.mkdir(parents=True)
        except OSError as error:
            raise OutputError(f"{self.folder}: can't write here: {error.strerror}; choose another --out") from error
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._publish()
        shutil.rmtree(self.staging, ignore_errors=True)

    @contextmanager
    def table(self, name: str) -> Iterator[Sink]:
        """Open one table of `TABLES`; what is written to the sink is encoded JSON lines."""
        if self._form == "parquet" and name not in ("failures", "removed"):
            sink: Sink = _ParquetSink(self.staging / f"{name}.parquet", TABLES[name])
        else:
            sink = _LinesSink(self.staging / f"{name}.jsonl")
        try:
            yield sink
        finally:
            sink.close()
        self._staged.append(sink.path.name)

    def write_table(self, name: str, rows: Iterable[Row]) -> None:
        """Write one whole table."""
        with self.table(name) as sink:
            for row in rows:
                sink.write(encode(row))

    def write_bytes(self, name: str, data: bytes) -> None:
        """Write one file that is no table."""
        (self.staging / name).write_bytes(data)
        if name not in self._staged:
            self._staged.append(name)

    def _publish(self) -> None:
        manifest = self.folder / "manifest.json"
        manifest.unlink(missing_ok=True)  # a folder without a manifest holds no finished run
        for name in TABLES:
            for suffix in (".jsonl", ".parquet"):
                if f"{name}{suffix}" not in self._staged:
                    (self.folder / f"{name}{suffix}").unlink(missing_ok=True)
        for name in sorted(self._staged, key=lambda n: n == "manifest.json"):
            os.replace(self.staging / name, self.folder / name)


def check_free(folder: Path, names: Iterable[str], is_ours: Callable[[Row], bool]) -> None:
    """Make sure that no file of someone else is written over; `is_ours` tells by the manifest of the folder.

    Raises:
        OutputError: one of the files is there, and no manifest of ours.
    """
    there = [name for name in names if (folder / name).exists()]
    if not there:
        return
    try:
        manifest = orjson.loads((folder / "manifest.json").read_bytes())
    except (OSError, orjson.JSONDecodeError):
        manifest = None
    if not (isinstance(manifest, dict) and is_ours(manifest)):
        raise OutputError(f"{folder}: holds {there[0]}, which no run of this command wrote; choose another --out")


def encode(row: Row) -> bytes:
    """One JSON line with its line end; the same bytes for equal rows."""
    return orjson.dumps(row, option=_OPTIONS | orjson.OPT_APPEND_NEWLINE)


def rounded(value: float | None, digits: int = 6) -> float | None:
    """A figure without the noise of the last bits, so that files compare and read well."""
    return None if value is None else round(float(value), digits)


class _LinesSink:
    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("wb", buffering=1 << 20)

    def write(self, lines: bytes) -> None:
        self._file.write(lines)

    def close(self) -> None:
        self._file.close()


class _ParquetSink:
    """Row groups of 4,096 rows; columns that hold lists or objects are JSON text."""

    def __init__(self, path: Path, columns: tuple[str, ...]) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path = path
        self._columns = columns
        self._schema = pa.schema([(column, _arrow_type(column)) for column in columns])
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")
        self._rows: list[dict[str, Any]] = []

    def write(self, lines: bytes) -> None:
        self._rows.extend(_flat(orjson.loads(line), self._columns) for line in lines.splitlines())
        if len(self._rows) >= 4096:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
            self._rows = []


def _arrow_type(column: str) -> Any:
    import pyarrow as pa

    if column in _INTEGERS:
        return pa.int64()
    if column in _BOOLEANS:
        return pa.bool_()
    return pa.float64() if column in _FLOATS else pa.string()


def _flat(row: Row, columns: tuple[str, ...]) -> dict[str, Any]:
    """The columns of the table; all others as one JSON object in `extra`, where the table has that."""
    flat = {c: _cell(row[c], c) for c in columns if c != "extra"}
    if "extra" in columns:
        others = {k: v for k, v in row.items() if k not in columns}
        flat["extra"] = orjson.dumps(others, option=_OPTIONS).decode()
    return flat


def _cell(value: Any, column: str) -> Any:
    return orjson.dumps(value, option=_OPTIONS).decode() if column in JSON_COLUMNS else value
