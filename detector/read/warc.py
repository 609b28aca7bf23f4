"""A WARC or WET archive becomes records: HTML responses, and plain text conversions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from detector.read.fields import content_id, host_of
from detector.types import Failure, Record

_HTML_TYPES = ("text/html", "application/xhtml+xml")


def warc_records(stream: BinaryIO, source: str, max_bytes: int) -> Iterator[Record | Failure]:
    """All pages of an archive; a record that is no page is passed over, a page that is too large is a failure."""
    from fastwarc.stream_io import PythonIOStreamAdapter
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    wanted = WarcRecordType.response | WarcRecordType.conversion
    for item in ArchiveIterator(PythonIOStreamAdapter(stream), record_types=wanted, parse_http=True):
        url = item.headers.get("WARC-Target-URI")
        is_text = item.record_type == WarcRecordType.conversion
        kind = (item.http_content_type or "").lower()
        if not is_text and not kind.startswith(_HTML_TYPES):
            continue
        if item.content_length > max_bytes:
            yield Failure(f"{source}:{url}", "read", f"page of {item.content_length} bytes is over max_bytes = {max_bytes}")
            continue
        yield _record(item, source, url, is_text)


def _record(item: Any, source: str, url: str | None, is_text: bool) -> Record:
    content: bytes = item.reader.read()
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
