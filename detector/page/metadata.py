"""Turns the head of a page (JSON-LD, OpenGraph, meta, time) into title, date, author and site."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

_DATE = re.compile(
    r"(?:19|20)\d\d\s*[-/.年]\s*[01]?\d\s*[-/.月]\s*[0-3]?\d(?:\s*日)?(?:[T\s]*\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)
_TITLE_CUT = re.compile(r"\s*[|｜_＿»«>\-–—·:：]+\s*")
_PUBLISHED = (
    "article:published_time",
    "og:published_time",
    "og:release_date",
    "bytedance:published_time",
    "datepublished",
    "publishdate",
    "pubdate",
    "publish-date",
    "weibo:article:create_at",
    "dc.date",
    "dc.date.issued",
    "date",
)
_AUTHOR = ("author", "article:author", "og:article:author", "dc.creator", "mediaid")
_SITE = ("og:site_name", "application-name", "twitter:site")
_TITLE = ("og:title", "twitter:title", "dc.title", "articletitle")
MAX_JSON_LD = 200_000  # bytes; a longer block is data of an application


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says of itself; None where it says nothing."""

    title: str | None = None
    published: str | None = None
    author: str | None = None
    site: str | None = None


def metadata_of(root: Any, html: str) -> Metadata:
    """Read the page's own statements, the most deliberate first: JSON-LD, OpenGraph, meta, elements.

    `root` is the tree of lxml or the scan of `html`.
    """
    metas = _metas(root)
    linked = _json_ld(root) if "ld+json" in html else {}
    title = linked.get("headline") or _first(metas, _TITLE) or _heading(root) or _head_title(root)
    published = linked.get("datePublished") or _first(metas, _PUBLISHED) or _time(root)
    date = _DATE.search(published) if published else None
    return Metadata(
        _clean(title),
        date[0].strip() if date else None,
        _person(linked.get("author") or _first(metas, _AUTHOR)),
        _clean(linked.get("publisher") or _first(metas, _SITE)),
    )


def _person(text: str | None) -> str | None:
    """A name; `name, email@gmail.com` is what templates leave where nobody filled one in."""
    return None if text is not None and "@" in text else _clean(text)


def _clean(text: str | None) -> str | None:
    return (" ".join(text.split())[:300] or None) if text else None


def _metas(root: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop")
        content = meta.get("content")
        if name and content:
            found.setdefault(name.lower(), content)
    return found


def _first(metas: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((metas[name] for name in names if metas.get(name, "").strip()), None)


def _json_ld(root: Any) -> dict[str, str]:
    """headline, datePublished, author and publisher of the first article in the JSON-LD of a page."""
    found: dict[str, str] = {}
    for script in root.iter("script"):
        if "ld+json" not in (script.get("type") or "") or not script.text or len(script.text) > MAX_JSON_LD:
            continue
        try:
            data = orjson.loads(script.text.strip().encode("utf-8", "replace"))
        except orjson.JSONDecodeError:
            continue  # broken JSON-LD says nothing, as if it weren't there
        for node in _nodes(data):
            for key in ("headline", "datePublished", "author", "publisher"):
                value = _name(node.get(key))
                if value:
                    found.setdefault(key, value)
    return found


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    if isinstance(data, list):
        for item in data[:50]:
            yield from _nodes(item)
    elif isinstance(data, dict):
        yield data
        if isinstance(data.get("@graph"), list):
            yield from (item for item in data["@graph"][:50] if isinstance(item, dict))


def _name(value: Any) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict):
        value = value.get("name")
    return value if isinstance(value, str) and value.strip() else None


def _heading(root: Any) -> str | None:
    """The only h1 of a page; several say nothing."""
    found = [" ".join("".join(h.itertext()).split()) for h in root.iter("h1")]
    found = [text for text in found if text]
    return found[0] if len(found) == 1 and len(found[0]) > 5 else None


def _head_title(root: Any) -> str | None:
    """The longest part of `<title>`: the others name the site and its sections."""
    element = next(root.iter("title"), None)
    text = "".join(element.itertext()) if element is not None else ""
    return max(_TITLE_CUT.split(" ".join(text.split())), key=len) if text.strip() else None


def _time(root: Any) -> str | None:
    for element in root.iter("time"):
        stamp = element.get("datetime") or element.text
        if stamp and _DATE.search(stamp):
            return str(stamp)
    return None
