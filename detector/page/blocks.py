"""Turns the HTML of a page into its blocks in reading order, with what their markup says, and into its hidden text."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from detector.page.conceal import conceal
from detector.page.deep import flatten, soup_tree
from detector.page.metadata import Metadata, metadata_of
from detector.page.tier import engine
from detector.page.walk import Block, Blocks, Tree, walk, walk_tree

__all__ = ["Block", "Page", "blocks_of", "parse", "walk"]

_TAG = re.compile(r"<[^>]*>")
_PROSE = re.compile(r"[，。、；,;.!?！？]")
_HAN_RUN = re.compile(r"[\u3400-\u9fff][\u3400-\u9fff，。、,]{11,}")
_LOST = b"&#xFFFD;"  # what libxml2 writes for a control character
MIN_DEEP = 8000  # bytes; a shorter page can't be nested too deep
MIN_COMMENT = 11  # code points
MAX_COMMENT = 20_000  # code points
MIN_WAITING = 40  # marks of punctuation; with fewer a page may as well have a hidden menu
MIN_WAITING_ALONE = 8  # where hardly anything else is on the page, as in a short post that is faded in
MAX_HIDDEN = 200  # pieces of hidden text that are handed on


@dataclass(frozen=True, slots=True)
class Page:
    """A page as its visible blocks in reading order; `hidden` is text that its readers never see."""

    blocks: Sequence[Block]
    title: str | None = None
    published: str | None = None
    author: str | None = None
    site: str | None = None
    hidden: tuple[str, ...] = ()
    tree: Tree = Tree()  # noqa: RUF009

    @property
    def text(self) -> str:
        """The text of all blocks, one a line: what the spans of a page's lines count in."""
        return "\n".join(Blocks.of(self.blocks).texts)

    def with_texts(self, texts: Sequence[str]) -> Page:
        """The same page with other words in its blocks, as after a repair; one text a block."""
        return replace(self, blocks=Blocks.of(self.blocks).with_texts(texts))


def blocks_of(html: str) -> Page:
    """Read a page. Never fails on bad markup: what can't be parsed is text, and an empty page has no blocks.

    >>> [block.text for block in blocks_of("<p>第一段。<p>第二<b>段</b>。<div hidden>看不见</div>").blocks]
    ['第一段。', '第二段。']
    """
    root = parse(html)
    if root is None:
        return Page(())
    if engine().compiled_for(len(html)):
        data = _serialised(root)
        if data is not None:
            del root  # a tree takes ten times the memory of its page
            return _scanned(data, html)
    return _walked(root, html)


def _walked(root: Any, html: str) -> Page:
    """The specification: everything by lxml and Python."""
    meta = metadata_of(root, html)
    hidden, waiting = conceal(root, html)
    blocks, tree = walk_tree(root)
    if _is_waiting(waiting, blocks):
        root = parse(html)
        hidden, _ = conceal(root, html, for_good_only=True)
        blocks, tree = walk_tree(root)
    return _page(html, meta, tuple(blocks), tree, hidden)


def _serialised(root: Any) -> bytes | None:
    """A tree as bytes, None where it holds what can't be written out."""
    root.getroottree().docinfo.clear()  # a page of XHTML is serialised with other attributes than it has
    data = etree.tostring(root, encoding="utf-8")
    return None if _LOST in data else data


def _scanned(data: bytes, html: str) -> Page:
    """The same by compiled kernels."""
    from detector.page.scanned import Concealed, scan_page

    scan = scan_page(data)
    meta = metadata_of(scan, html)
    page = Concealed(scan, len(html))
    waiting = page.conceal()
    blocks, tree = page.blocks()
    if _is_waiting(waiting, blocks):
        page = Concealed(scan, len(html))
        page.conceal(for_good_only=True)
        blocks, tree = page.blocks()
    return _page(html, meta, blocks, tree, page.texts())


def _page(html: str, meta: Metadata, blocks: Sequence[Block], tree: Tree, hidden: list[str]) -> Page:
    found = tuple(dict.fromkeys(hidden + _comments(html)))[:MAX_HIDDEN]
    return Page(blocks, meta.title, meta.published, meta.author, meta.site, found, tree)


def _is_waiting(waiting: int, blocks: Sequence[Block]) -> bool:
    """Whether most of a page waits for a script to show it: then it is what readers see."""
    if waiting < min(MIN_WAITING, MIN_WAITING_ALONE):
        return False  # as in nearly every page: its prose need not be counted
    prose = _prose(blocks)
    return waiting > 2 * prose if waiting > MIN_WAITING else waiting >= MIN_WAITING_ALONE and waiting > 8 * prose


def parse(html: str) -> Any:
    """The tree of a page by lxml; flattened where it is too deep, by Beautiful Soup where lxml gives none; None if empty."""
    data = html.replace("\x00", " ").encode("utf-8", "replace")
    if not data.strip():
        return None
    root, whole = _parsed(data)
    if root is None or not whole:
        flat, _ = _parsed(flatten(html).encode("utf-8", "replace"))
        root = root if flat is None else flat
    return root if root is not None else soup_tree(html)


class _Parsers(threading.local):
    """One parser a thread: a new one for each page takes half as long again, and its log belongs to one page at a time."""

    def __init__(self) -> None:
        self.parser = etree.HTMLParser(
            encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True, collect_ids=False
        )


_PARSERS = _Parsers()


def _parsed(data: bytes) -> tuple[Any, bool]:
    """The tree, None where lxml refuses, and whether it holds all of the page (what is too deep is dropped)."""
    parser = _PARSERS.parser
    try:
        root = etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError):
        return None, False
    return root, len(data) <= MIN_DEEP or not len(parser.error_log.filter_from_fatals())


def _prose(blocks: Sequence[Block]) -> int:
    return sum(len(_PROSE.findall(block.text)) for block in blocks if block.link_chars * 2 < len(block.text))


def _comments(html: str) -> list[str]:
    """Words in comments that a reader could have read, without markup; notes of programmers are rarely so long."""
    found = []
    start = html.find("<!--")
    while start >= 0:
        start += 4
        following = html.find("<!--", start)
        end = html.find("-->", start, following if following >= 0 else len(html))
        text = html[start : min(end, start + MAX_COMMENT)] if end > start else ""
        if len(text) > MIN_COMMENT and not text.isascii() and _HAN_RUN.search(text):
            whole = text.rfind(">") + 1  # a tag that never ends would be looked for again and again
            text = " ".join((_TAG.sub(" ", text[:whole]) + text[whole:]).split())
            if _HAN_RUN.search(text):
                found.append(text)
        start = following
    return found
