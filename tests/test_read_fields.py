"""Rows into records: guessed columns, ids, hosts, values that output can hold."""

from __future__ import annotations

import datetime
import decimal
import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import InputError
from detector.read.fields import content_id, guess_fields, host_of, is_markup, record_digest, record_from_row, valid_text
from detector.settings import Fields
from detector.types import Record

SURROGATES = st.text(st.characters(min_codepoint=0xD7F0, max_codepoint=0xE010) | st.characters(), max_size=20)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | SURROGATES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SURROGATES, inner, max_size=3),
    max_leaves=8,
)


def record(row: dict[str, Any], max_bytes: int = 1 << 20, **fields: str) -> Record:
    return record_from_row(row, guess_fields(row, Fields(**fields)), "s", max_bytes)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["Text", "ID"], Fields(text="Text", id="ID")),
        (["content", "text"], Fields(text="text")),
        (["\ufefftext", "正文"], Fields(text="\ufefftext")),
        (["内容", "标题", "日期", "网址"], Fields(text="内容", title="标题", date="日期", url="网址")),
        (["html", "text"], Fields(text="text", html="html")),
        (["_id", "raw_content", "source_url"], Fields(text="raw_content", id="_id", url="source_url")),
    ],
)
def test_usual_names_are_guessed(columns: list[str], expected: Fields) -> None:
    assert guess_fields(columns, Fields()) == expected


def test_given_text_column_stands_against_a_guessed_page() -> None:
    assert guess_fields(["html", "plain"], Fields(text="plain")) == Fields(text="plain")


@pytest.mark.parametrize(("columns", "given"), [([], Fields()), (["a"], Fields()), (["text"], Fields(url="u"))])
def test_missing_column_says_what_there_is(columns: list[str], given: Fields) -> None:
    with pytest.raises(InputError, match=", ".join(columns) or "none"):
        guess_fields(columns, given)


def test_page_wins_over_text_unless_it_is_empty() -> None:
    assert record({"html": "<p>甲", "text": "乙"}).content == "<p>甲"
    for empty in (None, ""):
        made = record({"html": empty, "text": "乙"})
        assert (made.content, made.media) == ("乙", "text")


def test_markup_in_a_text_column_is_a_page() -> None:
    assert record({"text": "<!DOCTYPE html><p>甲</p>"}).media == "html"
    assert record({"text": "<甲>乙"}).media == "text"


@pytest.mark.parametrize(("value", "expected"), [(7, "7"), (0, "0"), (1.5, "1.5"), (False, "False"), ("", None), (None, None)])
def test_id_of_any_kind_is_text_and_an_empty_one_comes_from_the_content(value: Any, expected: str | None) -> None:
    assert record({"id": value, "text": "甲"}).id == (expected or content_id("甲", None))


def test_content_id_differs_by_content_and_address() -> None:
    ids = [
        content_id("甲", None),
        content_id("乙", None),
        content_id("甲", "u"),
        content_id(b"\xff", None),
        content_id("甲u", None),
    ]
    assert len(set(ids)) == 5
    assert all(len(i) == 16 for i in ids)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://www.News.example:443/a?b#c", "news.example"),
        ("news.example/a", "news.example"),
        ("//cdn.example/x", "cdn.example"),
        ("http://user:pw@a.example/", "a.example"),
        ("http://[2001:db8::1]/", "2001:db8::1"),
        ("http://新闻.example/", "新闻.example"),
        ("http://a.example b.example/", None),
        ("http://a,b/", None),
        ("http://[::1", None),
        ("", None),
        (None, None),
        ("/just/a/path", None),
    ],
)
def test_host_of_an_address(url: str | None, host: str | None) -> None:
    assert host_of(url) == host


def test_values_that_output_cannot_hold_become_text() -> None:
    extra = record(
        {
            "text": "甲",
            "day": datetime.date(2024, 3, 1),
            "price": decimal.Decimal("1.50"),
            "huge": 1 << 70,
            "set": {2, 1},
            "nested": {"at": datetime.time(8), 3: b"x"},
        }
    ).extra
    assert dict(extra) == {
        "day": "2024-03-01",
        "price": "1.50",
        "huge": str(1 << 70),
        "set": [1, 2],
        "nested": {"at": "08:00:00", "3": "b'x'"},
    }


def test_numbers_and_arrays_of_numpy_keep_their_kind() -> None:
    np = pytest.importorskip("numpy")
    extra = record({"text": "甲", "n": np.int64(3), "x": np.float32(0.5), "b": np.bool_(True), "v": np.array([[1, 2]])}).extra
    assert dict(extra) == {"n": 3, "x": 0.5, "b": True, "v": [[1, 2]]}


@given(st.dictionaries(SURROGATES, JSON, max_size=4))
def test_any_row_gives_a_record_that_every_format_can_hold(extra: dict[str, Any]) -> None:
    made = record(extra | {"text": "甲", "url": "u\ud800", "title": "\udfff"}, text="text", url="url", title="title")
    line = orjson.dumps([made.id, made.url, made.title, made.published, dict(made.extra)])
    assert json.loads(line)
    assert len(record_digest(made)) == 32


@given(SURROGATES)
def test_valid_text_changes_only_lone_surrogates(text: str) -> None:
    made = valid_text(text)
    made.encode()
    assert valid_text(made) == made
    if not any(0xD800 <= ord(c) < 0xE000 for c in text):
        assert made == text
    assert valid_text("\ud83d\ude00") == "😀"


def test_record_digest_sees_all_but_the_source_and_not_the_order_of_columns() -> None:
    one = Record("i", "s", "甲", extra={"a": 1, "b": 2})
    same = Record("i", "t", "甲", extra={"b": 2, "a": 1})
    others = [Record("i", "s", "乙"), Record("i", "s", "甲"), Record("i", "s", "甲", "html"), Record("i", "s", "甲", title="t")]
    assert record_digest(one) == record_digest(same)
    assert len({record_digest(r) for r in (one, *others)}) == 5


def test_text_over_the_limit_is_counted_in_bytes() -> None:
    assert record({"text": "茶" * 33}, max_bytes=99).content
    for row in ({"text": "茶" * 34}, {"text": "x" * 100}, {"text": b"x" * 100}):
        with pytest.raises(InputError, match="max_bytes = 99"):
            record(row, max_bytes=99)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("<!doctype html>", True),
        ("\ufeff <html>", True),
        (b"\xef\xbb\xbf<HTML>", True),
        ("<!-- a --><!-- b -->\n<div>", True),
        ("<?xml version='1.0'?>", True),
        ("<html>".encode("utf-16-le"), True),
        ("<b>甲</b>", False),
        ("甲<p>", False),
        ("<paragraph>", False),
        ("", False),
        (b"\x89PNG", False),
    ],
)
def test_markup_is_known_by_its_start(content: str | bytes, expected: bool) -> None:
    assert is_markup(content) is expected
