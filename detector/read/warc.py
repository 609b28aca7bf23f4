"""A WARC or WET archive becomes records: HTML responses, and plain text conversions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from fastwarc.warc import ArchiveIterator, WarcRecordType

from detector.errors import InputError
from detector.read.fields import content_id, host_of, valid_text
from detector.read.unpack import InSteps
from detector.types import Failure, Record

_HTML_TYPES = ("text/html", "application/xhtml+xml")


def warc_records(stream: BinaryIO, source: str, max_bytes: int) -> Iterator[Record | Failure]:
    """All pages of an archive, their transfer and content encodings undone.

    A record that is no page (another type, a redirect, an error) is passed over; a page that is too large is a failure.
    """
    wanted = WarcRecordType.response | WarcRecordType.conversion
    for item in _items(ArchiveIterator(InSteps(stream), record_types=wanted, parse_http=True, auto_decode="all")):
        is_text = item.record_type == WarcRecordType.conversion
        if not is_text and not _is_page(item):
            continue
        url = valid_text(item.headers.get("WARC-Target-URI") or "") or None
        content: bytes = item.reader.read(max_bytes + 1)
        if len(content) > max_bytes:
            yield Failure(f"{source}:{url}", "read", f"page larger than max_bytes = {max_bytes}; raise it in the settings")
        else:
            yield _record(item, content, source, url, is_text)


def _items(archive: Iterator[Any]) -> Iterator[Any]:
    """The items of an archive; a panic of the parser, which is no `Exception`, becomes one."""
    while True:
        try:
            item = next(archive)
        except StopIteration:
            return
        except BaseException as error:
            if type(error).__name__ != "PanicException":
                raise
            raise InputError(f"the archive can't be read on: {error}") from error
        yield item


def _is_page(item: Any) -> bool:
    status = item.http_headers.status_code if item.http_headers else None
    kind = (item.http_content_type or "").lower()
    return kind.startswith(_HTML_TYPES) and (status is None or status < 300)


def _record(item: Any, content: bytes, source: str, url: str | None, is_text: bool) -> Record:
    return Record(
        id=content_id(content, url),
        source=source,
        content=content,
        media="text" if is_text else "html",
        url=url,
        host=host_of(url),
        published=item.headers.get("WARC-Date"),
        charset="utf-8" if is_text else item.http_charset,
    )
