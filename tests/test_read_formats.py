"""Files of every format into records: the usual, the odd, and the hostile, which fails alone."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.read.formats import Reader, read_source
from detector.read.sources import Source, expand
from detector.settings import Fields, Settings
from detector.types import Failure, Record

TEA = "春天的茶园里，采茶人一早就上了山。雾气还没有散，叶尖挂着水珠，篮子很快就满了。"
Read = Callable[..., list[Record | Failure]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write bytes to a file and read it."""

    def write_and_read(name: str, data: bytes | str, said: list[str] | None = None, **settings: Any) -> list[Record | Failure]:
        path = tmp_path / name
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        say = said.append if said is not None else lambda _: None
        return list(read_source(expand([path])[0], Reader(Settings(**settings), say)))

    return write_and_read


def texts(made: list[Record | Failure]) -> list[str | bytes]:
    return [each.content if isinstance(each, Record) else f"{each.source}: {each.reason}" for each in made]


def failures(made: list[Record | Failure]) -> list[Failure]:
    return [each for each in made if isinstance(each, Failure)]


# --- documents --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "media"), [("a.txt", "text"), ("a.md", "text"), ("a.html", "html"), ("A.HTM", "html")])
def test_file_is_a_document_named_as_the_file(read: Read, name: str, media: str) -> None:
    made = read(name, TEA)
    assert made == [Record(name, name, TEA.encode(), media)]  # type: ignore[arg-type]


def test_file_without_a_known_ending_is_sniffed(read: Read) -> None:
    for name, data, media in [
        ("page", "\ufeff<!DOCTYPE html><p>茶</p>", "html"),
        ("page.aspx", " <!-- x -->\n<html><p>茶</p>", "html"),
        ("note", TEA, "text"),
    ]:
        (made,) = read(name, data)
        assert isinstance(made, Record)
        assert made.media == media


def test_packed_document(read: Read) -> None:
    assert read("a.txt.gz", gzip.compress(TEA.encode(), mtime=0)) == [Record("a.txt.gz", "a.txt.gz", TEA.encode())]


def test_document_over_the_limit_is_a_failure_that_names_it(read: Read) -> None:
    (made,) = read("a.txt", "x" * 101, max_bytes=100)
    assert isinstance(made, Failure)
    assert (made.source, made.stage) == ("a.txt", "read")
    assert "max_bytes = 100" in made.reason


def test_empty_files(read: Read) -> None:
    assert [len(read(f"a{suffix}", b"")) for suffix in (".jsonl", ".json", ".csv", ".tsv")] == [0, 0, 0, 0]
    assert texts(read("a.txt", b"")) == [b""]
    assert len(failures(read("a.parquet", b""))) == 1
    assert read("a.jsonl", b"\n \n\n") == []


# --- JSON -------------------------------------------------------------------------------------------------------------


def jsonl(*rows: Any) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def test_jsonl_row_becomes_a_record_with_its_other_columns(read: Read) -> None:
    said: list[str] = []
    row = {
        "doc_id": 7,
        "content": TEA,
        "Link": "https://www.News.example:443/a",
        "headline": "茶",
        "pub_date": "2024-03-01",
        "n": [1],
    }
    (made,) = read("a.jsonl", jsonl(row), said)
    assert isinstance(made, Record)
    assert (made.id, made.content, made.host, made.title, made.published) == ("7", TEA, "news.example", "茶", "2024-03-01")
    assert made.extra == {"n": [1]}
    assert said == ["a.jsonl: reading text=content, id=doc_id, url=Link, title=headline, date=pub_date"]


def test_mixed_schemas_in_one_file(read: Read) -> None:
    made = read(
        "a.jsonl", jsonl({"text": "甲"}, {"content": "乙"}, {"html": "<p>丙</p>", "text": None}, {"nothing": 1}, [1], 3)
    )
    assert texts(made[:3]) == ["甲", "乙", "<p>丙</p>"]
    assert [f.source for f in failures(made)] == ["a.jsonl:4", "a.jsonl:5", "a.jsonl:6"]


def test_broken_line_fails_alone_with_its_number(read: Read) -> None:
    made = read("a.jsonl", jsonl({"text": "甲"}) + '\n{"text": "cut\n' + jsonl({"text": "乙"}))
    assert texts(made)[::2] == ["甲", "乙"]
    assert failures(made)[0].source == "a.jsonl:3"


def test_byte_order_mark_and_windows_line_ends(read: Read) -> None:
    assert texts(read("a.jsonl", "\ufeff" + jsonl({"text": "甲"}, {"text": "乙"}).replace("\n", "\r\n"))) == ["甲", "乙"]


@pytest.mark.parametrize("charset", ["gb18030", "utf-16", "utf-8-sig"])
def test_jsonl_in_another_charset(read: Read, charset: str) -> None:
    assert texts(read("a.jsonl", jsonl({"text": TEA}, {"text": TEA}).encode(charset))) == [TEA, TEA]


def test_lone_surrogates_in_escapes_become_valid_text_in_every_column(read: Read) -> None:
    line = '{"text": "a\\ud83d b", "id": "\\udc00", "url": "http://x.example/\\ud800", "k\\ud800": {"\\udfff": ["\\ud83d"]}}'
    (made,) = read("a.jsonl", line)
    assert isinstance(made, Record)
    for text in (made.id, made.url, *made.extra, json.dumps(dict(made.extra), ensure_ascii=False)):
        assert (text or "").encode()
    assert "\\ud83d" not in repr(made.extra)


def test_column_name_with_a_surrogate_in_a_failure_is_valid_text(read: Read) -> None:
    (made,) = read("a.jsonl", '{"\\ud800": 1}')
    assert isinstance(made, Failure)
    assert made.reason.encode()


def test_nan_and_infinity_are_read(read: Read) -> None:
    (made,) = read("a.jsonl", '{"text": "甲", "score": NaN, "b": -Infinity}')
    assert isinstance(made, Record)
    assert made.extra["score"] != made.extra["score"]


def test_id_keeps_all_digits_of_a_huge_number(read: Read) -> None:
    made = read("a.jsonl", '{"text": "甲", "id": 123456789012345678901234567890}\n{"text": "乙", "id": 9007199254740993}\n')
    assert [r.id for r in made if isinstance(r, Record)] == ["123456789012345678901234567890", "9007199254740993"]


def test_number_of_ten_thousand_digits_is_no_end(read: Read) -> None:
    assert len(read("a.jsonl", '{"text": "甲", "n": ' + "9" * 10_000 + "}\n" + jsonl({"text": "乙"}))) == 2


def test_deeply_nested_row_fails_alone(read: Read) -> None:
    for depth in (900, 100_000):
        made = read("a.jsonl", '{"text": "甲", "x": ' + "[" * depth + "]" * depth + "}\n" + jsonl({"text": "乙"}))
        assert len(made) == 2
        assert texts(made)[1] == "乙"


def test_line_over_the_limit_fails_alone(read: Read) -> None:
    made = read("a.jsonl", jsonl({"text": "甲" * 100}, {"text": "乙"}), max_bytes=100)
    assert failures(made)[0].source == "a.jsonl:1"
    assert texts(made)[1] == "乙"


@pytest.mark.parametrize("value", ["", None, 3, ["x"], {"a": 1}])
def test_text_that_is_no_text(read: Read, value: Any) -> None:
    (made,) = read("a.jsonl", jsonl({"text": value, "id": 1}))
    if value == "":
        assert isinstance(made, Record)
    else:
        assert isinstance(made, Failure)
        assert "'text'" in made.reason


def test_json_list_object_and_lines_under_one_name(read: Read) -> None:
    rows = [{"text": "甲"}, {"text": "乙"}]
    for data in (
        json.dumps(rows),
        json.dumps(rows, indent=2),
        jsonl(*rows),
        "\ufeff" + json.dumps(rows),
        "\n\n" + jsonl(*rows),
    ):
        assert texts(read("a.json", data)) == ["甲", "乙"]
    assert texts(read("a.json", json.dumps(rows[0], indent=2))) == ["甲"]
    assert read("a.json", "[]") == []


def test_json_with_nan_in_many_lines_is_one_document(read: Read) -> None:
    assert texts(read("a.json", '[\n {"text": "甲",\n  "x": NaN}\n]')) == ["甲"]


def test_broken_json_over_many_lines_is_one_failure(read: Read) -> None:
    for data in ('[\n {"text": "甲"},\n {"text": "乙"\n', '{\n "text": "甲",\n', "hello\nworld"):
        assert len(read("a.json", data)) == 1
        assert len(failures(read("a.json", data))) == 1


def test_json_lines_under_json_with_a_broken_line(read: Read) -> None:
    made = read("a.json", jsonl({"text": "甲"}) + "{broken}\n" + jsonl({"text": "乙"}))
    assert texts(made)[::2] == ["甲", "乙"]
    assert failures(made)[0].source == "a.json:2"


# --- tables -----------------------------------------------------------------------------------------------------------


def test_csv_with_quotes_line_ends_and_commas_in_cells(read: Read) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    cells = ["一行\n两行", '他说"好"', "甲，乙,丙", ""]
    writer.writerows([["id", "text"], *([i, cell] for i, cell in enumerate(cells))])
    assert texts(read("a.csv", out.getvalue())) == cells


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_csv_delimiters_and_charsets(read: Read, delimiter: str, charset: str) -> None:
    lines = [delimiter.join(row) for row in (["标题", "正文"], ["茶", TEA], ["水", TEA])]
    made = read("a.csv", "\r\n".join(lines).encode(charset))
    assert texts(made) == [TEA, TEA]
    assert [r.title for r in made if isinstance(r, Record)] == ["茶", "水"]


def test_csv_row_in_another_charset_than_its_start(read: Read) -> None:
    head = "id,text\n" + "".join(f"{i},plain words only\n" for i in range(10_000))
    made = read("a.csv", head.encode() + f"x,{TEA}\n".encode("gb18030"))
    assert texts(made)[-1] == TEA


def test_csv_with_nul_and_ragged_rows(read: Read) -> None:
    made = read("a.csv", "id,text\n1,a\0b\n2\n3,x,y\n\n4,丁\n")
    assert texts(made)[0] == "ab"
    assert texts(made)[-1] == "丁"
    assert [(f.source, f.reason) for f in failures(made)] == [
        ("a.csv:3", "1 columns, the header has 2"),
        ("a.csv:4", "3 columns, the header has 2"),
    ]


def test_csv_cell_and_line_over_the_limit_fail_alone(read: Read) -> None:
    for row in ("1," + "x" * 300, '1,"' + "x" * 90 + "\n" + "x" * 90 + '"', "1," + "x" * 50_000):
        made = read("a.csv", f"id,text\n{row}\n2,乙\n", max_bytes=100)
        assert failures(made)
        if '"' not in row:  # a cell over many lines can't be left without guessing where it ends
            assert texts(made)[-1] == "乙"


def test_tsv_with_bare_quotes(read: Read) -> None:
    made = read("a.tsv", 'label\ttext\n体育\t"他回来了，"记者说\n财经\t平常的一行\n')
    assert texts(made) == ['"他回来了，"记者说', "平常的一行"]


def test_tsv_with_quoted_cells(read: Read) -> None:
    assert texts(read("a.tsv", 'id\ttext\n1\t"甲\n乙"\n2\t"丙"\n')) == ["甲\n乙", "丙"]


def test_csv_without_a_text_column_is_one_failure(read: Read) -> None:
    (made,) = read("a.csv", "a,b\n1,2\n3,4\n")
    assert isinstance(made, Failure)
    assert "--text-field" in made.reason


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), min_size=2, max_size=2), max_size=4))
def test_csv_that_python_wrote_comes_back(rows: list[list[str]]) -> None:
    from detector.read.delimited import rows_of_csv

    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["id", "正文"], *rows])
    stream = io.BufferedReader(io.BytesIO(b"\xef\xbb\xbf" + out.getvalue().encode()))  # type: ignore[arg-type]
    assert [list(row.values()) for _, row in rows_of_csv(stream, ".csv", 1 << 20) if isinstance(row, dict)] == rows


def parquet(path: Path, columns: dict[str, Any], **options: Any) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table(columns), path, **options)
    return path.read_bytes()


def test_parquet_with_dates_decimals_and_nulls(read: Read, tmp_path: Path) -> None:
    day = datetime.date(2024, 3, 1)
    columns = {"text": [TEA, None], "date": [day, day], "at": [datetime.datetime(2024, 3, 1, 8), None], "raw": [b"\xff", b""]}
    made = read("a.parquet", parquet(tmp_path / "x", columns))
    assert isinstance(made[0], Record)
    assert (made[0].published, made[0].extra["at"]) == ("2024-03-01", "2024-03-01 08:00:00")
    assert failures(made)[0].source == "a.parquet:2"


def test_parquet_with_bytes_for_text_and_packed(read: Read, tmp_path: Path) -> None:
    data = parquet(tmp_path / "x", {"text": [TEA.encode("gb18030")]})
    assert texts(read("a.parquet", data)) == [TEA.encode("gb18030")]
    assert texts(read("b.parquet.gz", gzip.compress(data, mtime=0))) == [TEA.encode("gb18030")]


def test_damaged_parquet_is_one_failure(read: Read, tmp_path: Path) -> None:
    data = parquet(tmp_path / "x", {"text": [TEA] * 100})
    for broken in (data[:-20], data[:4], b"PAR1" + b"\0" * 50 + b"PAR1", b"no parquet"):
        made = read("a.parquet", broken)
        assert len(failures(made)) == len(made) == 1


def test_parquet_cell_over_the_limit_fails_alone(read: Read, tmp_path: Path) -> None:
    made = read("a.parquet", parquet(tmp_path / "x", {"text": ["茶" * 40, "水"]}), max_bytes=100)
    assert texts(made)[1] == "水"
    assert "max_bytes" in failures(made)[0].reason


# --- archives ---------------------------------------------------------------------------------------------------------

PAGE = f"<html><head><title>茶</title></head><body><p>{TEA}</p></body></html>".encode("gb18030")


def warc_record(number: int, block: bytes, kind: str = "response") -> bytes:
    media = "text/plain" if kind == "conversion" else "application/http; msgtype=response"
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{number:012d}>\r\n"
        f"WARC-Target-URI: https://www.a{number}.example/p\r\nWARC-Date: 2024-01-02T03:04:05Z\r\n"
        f"Content-Type: {media}\r\nContent-Length: {len(block)}\r\n\r\n"
    )
    return head.encode() + block + b"\r\n\r\n"


def http(body: bytes, head: str = "", status: str = "200 OK", kind: str = "text/html; charset=gbk") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{head}\r\n".encode() + body


ARCHIVE = [
    warc_record(1, http(PAGE)),
    warc_record(2, http(gzip.compress(PAGE, mtime=0), "Content-Encoding: gzip\r\n")),
    warc_record(3, http(b"%x\r\n" % len(PAGE) + PAGE + b"\r\n0\r\n\r\n", "Transfer-Encoding: chunked\r\n")),
    warc_record(4, TEA.encode(), "conversion"),
    warc_record(5, http(b"gone", status="404 Not Found")),
    warc_record(6, http(b"\xff\xd8", kind="image/jpeg")),
]


@pytest.mark.parametrize("packed", [False, True])
def test_warc_pages_with_their_encodings_undone(read: Read, packed: bool) -> None:
    data = b"".join(gzip.compress(r, mtime=0) if packed else r for r in ARCHIVE)
    made = read("a.warc.gz" if packed else "a.warc", data)
    assert texts(made) == [PAGE, PAGE, PAGE, TEA.encode()]
    assert [(r.host, r.charset, r.media) for r in made if isinstance(r, Record)] == [
        ("a1.example", "gbk", "html"),
        ("a2.example", "gbk", "html"),
        ("a3.example", "gbk", "html"),
        ("a4.example", "utf-8", "text"),
    ]


def test_cut_warc_keeps_the_pages_before_the_cut(read: Read) -> None:
    data = b"".join(gzip.compress(r, mtime=0) for r in ARCHIVE[:3])
    made = read("a.warc.gz", data[:-60])
    assert texts(made)[:2] == [PAGE, PAGE]
    assert "cut short" in failures(made)[0].reason


def test_archive_that_is_none_and_page_over_the_limit(read: Read) -> None:
    assert len(failures(read("a.warc", b"not a warc at all"))) == 1
    bomb = warc_record(1, http(gzip.compress(b"<p>" + b"x" * 100_000, mtime=0), "Content-Encoding: gzip\r\n"))
    made = read("a.warc", bomb + ARCHIVE[3], max_bytes=1000)
    assert "max_bytes" in failures(made)[0].reason
    assert texts(made)[1] == TEA.encode()


# --- cut files and streams --------------------------------------------------------------------------------------------


def test_cut_gzip_keeps_the_rows_before_the_cut_and_is_named(read: Read) -> None:
    data = gzip.compress(jsonl(*({"text": f"{i}{TEA}{i * 7919 % 1009}"} for i in range(3000))).encode())
    made = read("a.jsonl.gz", data[: len(data) // 2])
    assert len(made) > 1000
    (failed,) = failures(made)
    assert failed.source == "a.jsonl.gz"
    assert "cut short" in failed.reason


def test_cut_gzip_of_one_page_is_a_failure_not_half_a_page(read: Read) -> None:
    (made,) = read("a.html.gz", gzip.compress(PAGE * 50, mtime=0)[:-20])
    assert isinstance(made, Failure)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (TEA, [TEA.encode()]),
        (jsonl({"text": "甲"}, {"text": "乙"}), ["甲", "乙"]),
        (json.dumps([{"text": "甲"}], indent=1), ["甲"]),
        (json.dumps({"text": "甲"}, indent=1), ["甲"]),
        (json.dumps({"text": "甲"}), ["甲"]),
        ("{大括号开头的正文}\n第二行", ["{大括号开头的正文}\n第二行".encode()]),
        (PAGE, [PAGE]),
        (gzip.compress(jsonl({"text": "甲"}).encode(), mtime=0), ["甲"]),
        (b"".join(ARCHIVE[:1]), [PAGE]),
        (b"", [b""]),
        ('id,text\n1,"甲\n乙"\n', ["甲\n乙"]),
        ("\ufeff编号\t正文\n1\t甲\n", ["甲"]),
        ("text\n甲\n", ["text\n甲\n".encode()]),
        ("正文,如下。\n甲", ["正文,如下。\n甲".encode()]),
        ("甲,乙\n丙,丁", ["甲,乙\n丙,丁".encode()]),
    ],
)
def test_standard_input_is_known_by_its_first_bytes(
    monkeypatch: pytest.MonkeyPatch, data: bytes | str, expected: list[Any]
) -> None:
    class Stdin:
        buffer = io.BytesIO(data.encode() if isinstance(data, str) else data)

    monkeypatch.setattr("sys.stdin", Stdin)
    made = list(read_source(Source(None, "stdin", ""), Reader(Settings(), lambda _: None)))
    assert texts(made) == expected
    assert all(each.source == "stdin" for each in made)


def test_named_field_that_is_missing_is_a_failure_with_the_columns(read: Read) -> None:
    (made,) = read("a.jsonl", jsonl({"text": "甲", "n": 1}), fields=Fields(text="body"))
    assert isinstance(made, Failure)
    assert "'body'" in made.reason
    assert "text, n" in made.reason
