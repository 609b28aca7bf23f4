"""Rows of a table become records: columns are named by the user, or guessed from the usual names."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson

from detector.errors import InputError
from detector.settings import Fields
from detector.types import Media, Record

# In order of preference; compared without case.
USUAL_NAMES: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "content", "raw_content", "body", "article", "maintext", "正文", "内容"),
    "html": ("html", "raw_html", "page"),
    "id": ("id", "doc_id", "docid", "_id", "uid", "uuid", "record_id"),
    "url": ("url", "link", "source_url", "uri", "链接", "网址"),
    "title": ("title", "headline", "标题"),
    "date": ("date", "published", "publish_date", "published_at", "pub_date", "publish_time", "datetime", "日期"),
}
_NO_HOST = re.compile(r"[^\w.:%-]")  # a space or line end here would forge lines of a block list
_MARKUP_START = re.compile(
    r"(?:\ufeff|\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*<(?:!doctype|\?xml|html|head|body|p|div|article|section|main|table|h[1-6]|span|meta)\b",
    re.IGNORECASE | re.DOTALL,
)


def guess_fields(columns: Iterable[str], given: Fields) -> Fields:
    """Complete `given` by the usual names that stand in `columns`.

    Raises:
        InputError: a column that was given by name is missing, or neither text nor HTML can be found.
    """
    names = list(columns)
    lower = {name.lower().strip("\ufeff "): name for name in reversed(names)}
    chosen: dict[str, str | None] = {}
    for role, usual in USUAL_NAMES.items():
        wish = getattr(given, role)
        if wish is not None and wish not in names:
            raise InputError(f"no column {wish!r} (given as {role} field); there are: {', '.join(names) or 'none'}")
        chosen[role] = wish or next((lower[n] for n in usual if n in lower), None)
    if given.text is not None and given.html is None:
        chosen["html"] = None  # the user said what to read
    if chosen["text"] is None and chosen["html"] is None:
        raise InputError(f"no text column found among: {', '.join(names) or 'none'}; name it with --text-field or --html-field")
    return Fields(**chosen)


def describe(fields: Fields) -> str:
    """The guess in words: `text=content, url=link`."""
    pairs = ((role, getattr(fields, role)) for role in USUAL_NAMES)
    return ", ".join(f"{role}={name}" for role, name in pairs if name is not None)


def record_from_row(row: Mapping[str, Any], fields: Fields, source: str, max_bytes: int) -> Record:
    """One row as a record; columns without a role travel in `extra`.

    Raises:
        InputError: the row has no text, or its text is no string or larger than `max_bytes`.
    """
    html = _value(row, fields.html)
    content = html if html not in (None, "") else _value(row, fields.text)
    if content is None:
        wanted = " or ".join(repr(n) for n in (fields.html, fields.text) if n)
        raise InputError(f"no value in column {wanted}")
    if not isinstance(content, str | bytes):
        raise InputError(f"column {fields.text or fields.html!r} holds {type(content).__name__}, expected text")
    if _size(content, max_bytes) > max_bytes:
        raise InputError(f"text larger than max_bytes = {max_bytes}; raise it in the settings")
    url = _text(_value(row, fields.url))
    used = {getattr(fields, role) for role in USUAL_NAMES} - {None}
    extra = {valid_text(str(k)): _plain(v) for k, v in row.items() if k not in used}
    media: Media = "html" if content is html or is_markup(content) else "text"
    title, published = _text(_value(row, fields.title)), _text(_value(row, fields.date))
    given_id = _value(row, fields.id)
    record_id = valid_text(str(given_id)) if given_id not in (None, "") else content_id(content, url)
    columns = {role: name for role in USUAL_NAMES if (name := getattr(fields, role)) is not None}
    return Record(record_id, source, content, media, url, host_of(url), title, published, None, extra, columns)


def record_from_file(content: bytes | str, source: str, suffix: str, html_suffixes: frozenset[str]) -> Record:
    """A whole file as one record; its id is its name."""
    markup = suffix in html_suffixes or (suffix == "" and is_markup(content))
    return Record(source, source, content, "html" if markup else "text")


def content_id(content: str | bytes, url: str | None) -> str:
    """16 hex digits of the content and its address: the same in whatever order rows come."""
    data = content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(data, digest_size=8, key=b"detector.id")
    digest.update(b"\0" + (url or "").encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def record_digest(record: Record) -> str:
    """32 hex digits of all that a record holds but its source: orders documents that share an id."""
    parts = (record.media, record.url, record.title, record.published, record.charset, dict(record.extra))
    data = record.content if isinstance(record.content, bytes) else record.content.encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(data, digest_size=16, key=b"detector.record")
    digest.update(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS))
    return digest.hexdigest()


def host_of(url: str | None) -> str | None:
    """The host of an address, lower case, without `www.` and port.

    >>> host_of("https://www.News.example:443/a?b=1")
    'news.example'
    """
    if not url:
        return None
    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host and not _NO_HOST.search(host) else None


def _size(content: str | bytes, limit: int) -> int:
    """Bytes of `content`, counted only where a text may be over `limit` at all: a character has at most 4."""
    if isinstance(content, bytes) or not limit / 4 < len(content) <= limit:
        return len(content)
    return len(content.encode("utf-8", "surrogatepass"))


def _value(row: Mapping[str, Any], name: str | None) -> Any:
    return row.get(name) if name is not None else None


def _text(value: Any) -> str | None:
    return None if value is None or value == "" else valid_text(str(value))


def valid_text(text: str) -> str:
    """`text` without lone surrogates, which no UTF-8 output can hold; pairs of them become their character."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def is_markup(content: str | bytes) -> bool:
    if isinstance(content, bytes):
        content = content[:2048].replace(b"\0", b"").decode("latin-1")
    return _MARKUP_START.match(content[:2048]) is not None


def _plain(value: Any) -> Any:
    """A value that every output format can hold: dates, decimals and the like as text."""
    if isinstance(value, str):
        return valid_text(value)
    if isinstance(value, int) and not isinstance(value, bool) and not -(1 << 63) <= value < (1 << 64):
        return str(value)
    if value is None or isinstance(value, int | float | bool):
        return value
    if isinstance(value, Mapping):
        return {valid_text(str(k)): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(v) for v in (sorted(value, key=repr) if isinstance(value, set | frozenset) else value)]
    if hasattr(value, "tolist"):  # NumPy's numbers and arrays
        return _plain(value.tolist())
    return valid_text(str(value))
