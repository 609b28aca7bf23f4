"""A table of comma- or tab-separated values becomes rows of text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import count
from typing import Any, BinaryIO

from detector.errors import DecodeError, InputError
from detector.read.unpack import as_utf8
from detector.text.decode import decode

_PIECE = 1 << 20
_HEAD = 1 << 16
_MAX_FIELD = (1 << 31) - 1  # the most that `csv` can be told on every platform


def rows_of_csv(stream: BinaryIO, suffix: str, max_bytes: int) -> Iterator[tuple[int, dict[str, str] | InputError]]:
    """Yield (1-based row, its cells by column); the header counts as row 1. What is wrong with a row stands in its place.

    Charset and delimiter are found from the start of the stream; without any row nothing is yielded.
    """
    stream = as_utf8(stream)
    head: bytes = stream.peek(_HEAD)[:_HEAD]  # type: ignore[attr-defined]
    head = head[: head.rfind(b"\n") + 1] or head
    if not head.strip():
        return
    charset = decode(head).charset
    limit = min(max_bytes, _MAX_FIELD)
    csv.field_size_limit(limit)
    with io.TextIOWrapper(stream, encoding=charset, errors="surrogateescape", newline="") as text:
        rows = csv.reader(_PlainLines(text, limit), **_dialect(head.decode(charset, "replace"), suffix))
        yield from _cells(rows, charset)


def _cells(rows: Any, charset: str) -> Iterator[tuple[int, dict[str, str] | InputError]]:
    """Yield the rows of a CSV reader as cells by the columns of its first one."""
    header = [_rescued(name, charset).removeprefix("\ufeff") for name in next(rows)]
    for number in count(2):
        try:
            row = next(rows)
        except StopIteration:
            return
        except (InputError, csv.Error) as error:  # the reader goes on with the next line
            yield number, InputError(str(error))
            continue
        if len(row) == len(header):
            yield number, {name: _rescued(cell, charset) for name, cell in zip(header, row, strict=True)}
        elif row:
            yield number, InputError(f"{len(row)} columns, the header has {len(header)}")


class _PlainLines:
    """Lines without NUL. A line that is too long raises, and the one after it follows: a generator would have ended."""

    def __init__(self, text: io.TextIOWrapper, limit: int) -> None:
        self._text = text
        self._limit = limit

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(self._limit + 2)
        if not line:
            raise StopIteration
        if len(line) < self._limit + 2 or line.endswith("\n"):
            return line.replace("\0", "")
        while line and not line.endswith("\n"):
            line = self._text.readline(_PIECE)
        raise InputError(f"line longer than max_bytes = {self._limit}; raise it in the settings")


def _dialect(head: str, suffix: str) -> dict[str, Any]:
    """The delimiter, and for tabs whether quotes mean anything: many programs write tabs and bare quotes."""
    lines = head.splitlines()
    mark = "\t" if suffix == ".tsv" else max(",;\t", key=lambda m: (lines[0].count(m), m == ","))
    if mark != "\t":
        return {"delimiter": mark}
    rows = [line.split(mark) for line in lines]
    bare = any(cell.startswith('"') and not (len(cell) > 1 and cell.endswith('"')) for row in rows for cell in row)
    regular = all(len(row) == len(rows[0]) for row in rows if row != [""])
    return {"delimiter": mark, "quoting": csv.QUOTE_NONE if bare and regular else csv.QUOTE_MINIMAL}


def _rescued(cell: str, charset: str) -> str:
    """A cell that holds bytes of another charset than the start of the file, read on its own."""
    if cell.isascii():
        return cell
    try:
        cell.encode()
    except UnicodeEncodeError:
        try:
            return decode(cell.encode(charset, "surrogateescape")).text
        except (DecodeError, UnicodeEncodeError):
            return cell
    return cell
