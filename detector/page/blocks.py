"""Turns the HTML of a page into its blocks in reading order, with what their markup says, and into its hidden text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from lxml import etree

from detector.page import markup
from detector.page.conceal import conceal
from detector.page.deep import flatten
from detector.page.metadata import metadata_of

_TAG = re.compile(r"<[^>]*>")
_PROSE = re.compile(r"[，。、；,;.!?！？]")
_HAN_RUN = re.compile(r"[\u3400-\u9fff][\u3400-\u9fff，。、,]{11,}")
MAX_COMMENT = 20_000  # code points
MAX_HIDDEN = 200  # pieces of hidden text that are handed on


class Block(NamedTuple):
    """One block of a page (a tuple, since a page makes hundreds): its text, and what a labeller needs of its markup.

    `flags` are the bits of `detector.page.markup` gathered from all elements around the text, `near` those of the
    class and id words of the nearest element that has any. `link_chars` counts code points inside of links, `links`
    their number, `depth` the open elements. `container` and `outer` number the nearest
    two elements that hold blocks, `row` the table row (0 outside of tables).
    """

    text: str
    tag: str = ""
    flags: int = 0
    near: int = 0
    heading: int = 0
    link_chars: int = 0
    links: int = 0
    depth: int = 0
    container: int = 0
    outer: int = 0
    row: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """A page as its visible blocks in reading order; `hidden` is text that its readers never see."""

    blocks: tuple[Block, ...]
    title: str | None = None
    published: str | None = None
    author: str | None = None
    site: str | None = None
    hidden: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The text of all blocks, one a line: what the spans of a page's lines count in."""
        return "\n".join(block.text for block in self.blocks)

    def with_texts(self, texts: Sequence[str]) -> Page:
        """The same page with other words in its blocks, as after a repair; one text a block."""
        pairs = zip(self.blocks, texts, strict=True)
        return replace(self, blocks=tuple(block._replace(text=text) for block, text in pairs))


def blocks_of(html: str) -> Page:
    """Read a page. Never fails on bad markup: what can't be parsed is text, and an empty page has no blocks.

    >>> [block.text for block in blocks_of("<p>第一段。<p>第二<b>段</b>。<div hidden>看不见</div>").blocks]
    ['第一段。', '第二段。']
    """
    root = parse(html)
    if root is None:
        return Page(())
    meta = metadata_of(root)
    hidden, waiting = conceal(root, html)
    blocks = walk(root)
    if waiting > 40 and waiting > 2 * _prose(blocks):
        # Most of the page waits for a script to show it: it is what readers see.
        root = parse(html)
        hidden, _ = conceal(root, html, for_good_only=True)
        blocks = walk(root)
    found = tuple(dict.fromkeys(hidden + _comments(html)))[:MAX_HIDDEN]
    return Page(tuple(blocks), meta.title, meta.published, meta.author, meta.site, found)


def parse(html: str) -> Any:
    data = html.replace("\x00", " ").encode("utf-8", "replace")
    if not data.strip():
        return None
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(data, parser)
        too_deep = len(data) > 8000 and len(parser.error_log.filter_from_fatals()) > 0
        if too_deep or root is None:
            root = etree.fromstring(flatten(html).encode("utf-8", "replace"), parser)
    except etree.LxmlError:
        root = etree.fromstring(flatten(html).encode("utf-8", "replace"), parser)
    return root


def _prose(blocks: Sequence[Block]) -> int:
    return sum(len(_PROSE.findall(block.text)) for block in blocks if block.link_chars * 2 < len(block.text))


def _comments(html: str) -> list[str]:
    """Words in comments that a reader could have read, without markup; notes of programmers are rarely so long."""
    found = []
    for part in html.split("<!--")[1:]:
        text = part[: max(0, min(part.find("-->"), MAX_COMMENT))]
        if _HAN_RUN.search(text):
            text = " ".join(_TAG.sub(" ", text).split())
            if _HAN_RUN.search(text):
                found.append(text)
    return found


class _Frame(NamedTuple):
    """What an element changes, to be put back at its end."""

    element: Any
    tag: str
    flags: int
    near: int
    heading: int
    container: int
    outer: int
    row: int


class _Walk:
    """The blocks so far, and the text of the one that is being read."""

    __slots__ = (
        "blocks",
        "containers",
        "depth",
        "frame",
        "link_chars",
        "links",
        "names",
        "pieces",
        "rows",
    )

    def __init__(self, root: Any) -> None:
        self.blocks: list[Block] = []
        self.pieces: list[str] = []
        self.names: dict[str, int] = {}  # W_ bits of class and id attributes, which pages repeat
        self.frame = _Frame(root, "body", 0, 0, 0, 0, 0, 0)
        self.link_chars = self.links = self.containers = self.rows = self.depth = 0

    def flush(self) -> None:
        """End the block that is being read."""
        frame = self.frame
        raw = "".join(self.pieces)
        self.pieces.clear()
        preformatted = frame.flags & markup.PRE
        for line in raw.split("\n") if preformatted else (raw,):
            text = line.rstrip() if preformatted else " ".join(line.split())
            if text:
                links = self.link_chars if self.link_chars < len(text) else len(text)
                self.blocks.append(
                    Block(text, frame.tag, frame.flags, frame.near, frame.heading, links, self.links, self.depth,
                          frame.container, frame.outer, frame.row)
                )  # fmt: skip
        self.link_chars = self.links = 0

    def alt(self, element: Any) -> None:
        """The text of an image, as a block of its own."""
        text = " ".join((element.get("alt") or "").split())
        if len(text) > 3 and not text.isascii():
            if self.pieces:
                self.flush()
            frame = self.frame
            self.blocks.append(Block(text, "img", frame.flags | markup.ALT, frame.near, 0, 0, 0, self.depth, frame.container,
                                     frame.outer, frame.row))  # fmt: skip

    def enter(self, element: Any, tag: str) -> None:
        """Start a block element."""
        _, _, flags, near, heading, container, outer, row = self.frame
        flags |= markup.TAG_FLAGS.get(tag, 0)
        css, name = element.get("class"), element.get("id")
        if (css or name) and tag != "body" and tag != "html":
            names = f"{css or ''} {name or ''}"
            known = self.names.get(names)
            if known is None:
                known = self.names[names] = markup.word_flags(names)
            if known:
                flags |= known
                near = known
        if tag in markup.CONTAINER_TAGS:
            self.containers += 1
            container, outer = self.containers, container
            heading = 0
        elif tag == "tr":
            self.rows += 1
            row = self.rows
        elif tag in markup.HEADING_LEVELS:
            heading = markup.HEADING_LEVELS[tag]
        self.frame = _Frame(element, tag, flags, near, heading, container, outer, row)


def walk(root: Any) -> list[Block]:
    """The blocks of a tree whose hidden elements have been emptied, in document order."""
    etree.strip_elements(root, *markup.SKIPPED_TAGS, with_tail=False)
    etree.strip_tags(root, *markup.INLINE_TAGS)
    state = _Walk(root)
    frames = [state.frame]
    pieces = state.pieces
    in_link = 0
    block_tags = markup.BLOCK_TAGS
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag
        if event == "start":
            state.depth += 1
            if tag in block_tags:
                if pieces:
                    state.flush()
                state.enter(element, tag)
                frames.append(state.frame)
            elif tag == "br":
                if pieces:
                    state.flush()
            elif tag == "a":
                in_link += 1
                state.links += 1
            elif tag == "img" and not in_link and element.get("alt"):
                state.alt(element)
            text = element.text
        else:
            state.depth -= 1
            if tag in block_tags:
                if pieces:
                    state.flush()
                frames.pop()
                state.frame = frames[-1]
            elif tag == "a":
                in_link -= 1
            text = element.tail
        if text:
            if not text.isspace():
                pieces.append(text)
                if in_link:
                    state.link_chars += len(text.strip())
            elif pieces:
                pieces.append(text)
    if pieces:
        state.flush()
    return state.blocks
