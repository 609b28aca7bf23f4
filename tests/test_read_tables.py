"""Records in memory: mappings, frames, Arrow tables, generators."""

from __future__ import annotations

import datetime
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detector.errors import InputError
from detector.read.tables import are_paths, as_paths, records_of
from detector.settings import Fields, Settings
from detector.types import Failure, Record

ROWS = [{"id": 1, "text": "甲", "n": 1.5}, {"id": 2, "text": "乙", "n": None}]


def read(table: Any, settings: Settings | None = None) -> list[Record | Failure]:
    return list(records_of(table, settings or Settings()))


def facts(made: list[Record | Failure]) -> list[Any]:
    return [(r.id, r.content, dict(r.extra)) if isinstance(r, Record) else r.reason for r in made]


EXPECTED = [("1", "甲", {"n": 1.5}), ("2", "乙", {"n": None})]


def test_list_tuple_and_generator_of_mappings() -> None:
    def generated() -> Iterator[dict[str, Any]]:
        yield from ROWS

    assert facts(read(ROWS)) == facts(read(tuple(ROWS))) == facts(read(generated())) == EXPECTED


def test_pandas_frame() -> None:
    pandas = pytest.importorskip("pandas")
    assert facts(read(pandas.DataFrame(ROWS))) == EXPECTED


def test_pandas_frame_with_everything_that_is_absent_and_odd() -> None:
    pandas = pytest.importorskip("pandas")
    numpy = pytest.importorskip("numpy")
    frame = pandas.DataFrame(
        {
            "text": ["甲", None, "丙"],
            "when": pandas.to_datetime(["2024-03-01", None, "2024-03-02"]),
            "whole": pandas.array([1, None, 3], dtype="Int64"),
            "v": [numpy.array([1, 2]), [3], None],
        }
    )
    made = read(frame, Settings(fields=Fields(date="when")))
    assert [isinstance(r, Failure) for r in made] == [False, True, False]
    first, last = made[0], made[2]
    assert isinstance(first, Record)
    assert isinstance(last, Record)
    assert (first.published, dict(first.extra)) == ("2024-03-01 00:00:00", {"whole": 1, "v": [1, 2]})
    assert dict(last.extra) == {"whole": 3, "v": None}


def test_polars_frame() -> None:
    polars = pytest.importorskip("polars")
    assert facts(read(polars.DataFrame(ROWS))) == EXPECTED


def test_arrow_table() -> None:
    import pyarrow as pa

    assert facts(read(pa.Table.from_pylist(ROWS))) == EXPECTED
    dated = pa.table({"text": ["甲"], "date": [datetime.date(2024, 3, 1)]})
    (made,) = read(dated)
    assert isinstance(made, Record)
    assert made.published == "2024-03-01"


def test_records_pass_and_other_things_fail_alone() -> None:
    record = Record("a", "s", "甲")
    made = read([record, "text", 3, {"x": 1}, {"text": "乙"}])
    assert made[0] == record
    assert [isinstance(r, Failure) for r in made] == [False, True, True, True, False]
    assert isinstance(made[1], Failure)
    assert made[1].source == "records:2"


def test_keys_that_are_no_text() -> None:
    (made,) = read([{"text": "甲", 3: "x"}])
    assert isinstance(made, Record)
    assert dict(made.extra) == {"3": "x"}


def test_one_mapping_is_an_error_that_says_so() -> None:
    with pytest.raises(InputError, match="list"):
        read({"text": "甲"})


def test_what_names_files() -> None:
    assert all(are_paths(v) for v in ("a.txt", Path("a"), ["a", Path("b")], ("a",)))
    assert not any(are_paths(v) for v in ([], [{"text": "a"}], iter(["a"]), ["a", 3]))
    assert as_paths(Path("a")) == ["a"]


def test_no_optional_package_is_imported() -> None:
    code = (
        "import sys, detector.read.tables as t, detector.settings as s\n"
        "list(t.records_of([{'text': 'a'}], s.Settings()))\n"
        "print([n for n in ('pandas', 'polars', 'datasets', 'zstandard', 'fastwarc') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
