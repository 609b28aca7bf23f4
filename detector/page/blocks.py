"""Turns the HTML of a page into its blocks in reading order, with what their markup says, and into its hidden text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from lxml import etree

from detector.page import markup
from detector.page.deep import flatten
from detector.page.hidden import (
    FOR_GOOD,
    TOGGLED,
    StyleRules,
    colour_of,
    declarations,
    ground_of,
    hidden_by,
    hidden_by_rules,
    same_colour,
    style_rules,
)
from detector.page.metadata import Metadata, metadata_of

_COMMENT_TEXT = re.compile(r"<!--(?!\[if)(.{12,20000}?)-->", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_PROSE = re.compile(r"[，。、；,;.!?！？]")
_HAN_RUN = re.compile(r"[\u3400-\u9fff][\u3400-\u9fff，。、,]{11,}")
_STYLED = etree.XPath(
    "//*[@hidden or @aria-hidden='true' or @bgcolor or @color or (@style and (contains(@style,'none') or contains(@style,'hidden')"
    " or contains(@style,'opacity') or contains(@style,'color') or contains(@style,'background') or contains(@style,'clip')"
    " or contains(@style,'-') or contains(@style,'size') or contains(@style,'height') or contains(@style,'width')"
    " or contains(@style,'scale') or contains(@style,'NONE') or contains(@style,'DISPLAY') or contains(@style,'HIDDEN')))]"
)
MAX_HIDDEN = 200  # pieces of hidden text that are handed on
WHITE = (255, 255, 255)


class Block(NamedTuple):
    """One block of a page (a tuple, since a page makes hundreds): its text, and what a labeller needs of its markup.

    `flags` are the bits of `detector.page.markup` gathered from all elements around the text, `near` those of the
    class and id words of the nearest element that has any. `link_chars` counts code points inside of links, `links`
    their number, `inline` the inline elements, `depth` the open elements. `container` and `outer` number the nearest
    two elements that hold blocks, `row` the table row (0 outside of tables).
    """

    text: str
    tag: str = ""
    flags: int = 0
    near: int = 0
    heading: int = 0
    link_chars: int = 0
    links: int = 0
    inline: int = 0
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
    root = _parse(html)
    if root is None:
        return Page(())
    meta = metadata_of(root)
    sheets = [style.text or "" for style in root.iter("style")]
    rules = style_rules(sheets) if sheets else {}
    concealed = _concealed(root, rules)
    walk = _walk(root, rules, concealed)
    if walk.toggled_prose > 40 and walk.toggled_prose > 2 * _prose(walk.blocks):
        # Most of the page waits for a script to show it: it is what readers see.
        walk = _walk(root, {}, {element: how for element, how in concealed.items() if how == FOR_GOOD})
    hidden = tuple(dict.fromkeys(walk.hidden + _comments(html)))[:MAX_HIDDEN]
    return Page(tuple(walk.blocks), meta.title, meta.published, meta.author, meta.site, hidden)


def _parse(html: str) -> Any:
    data = html.replace("\x00", " ").encode("utf-8", "replace")
    if not data.strip():
        return None
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(data, parser)
        too_deep = any(entry.level_name == "FATAL" for entry in parser.error_log) if len(data) > 8000 else False
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
    for match in _COMMENT_TEXT.finditer(html):
        if _HAN_RUN.search(match[1]):
            text = " ".join(_TAG.sub(" ", match[1]).split())
            if _HAN_RUN.search(text):
                found.append(text)
    return found


def _concealed(root: Any, rules: StyleRules) -> dict[Any, str]:
    """Elements that their own attributes take out of sight, with how."""
    found = {}
    plain_ground = not any("stylesheet" in (link.get("rel") or "") for link in root.iter("link"))
    for element in _STYLED(root):
        props = declarations(element.get("style") or "")
        how = TOGGLED if element.get("hidden") is not None or element.get("aria-hidden") == "true" else hidden_by(props)
        if how is None and ("color" in props or element.get("color")):
            colour = colour_of(props.get("color") or element.get("color") or "")
            if colour is not None and same_colour(colour, _ground(element, plain_ground)):
                how = FOR_GOOD
        if how is not None:
            found[element] = how
    return found


def _ground(element: Any, plain: bool) -> tuple[int, int, int] | None:
    """The background that an element is seen on: the nearest one declared, white where none can be declared elsewhere."""
    while element is not None:
        props = declarations(element.get("style") or "")
        if "url(" in props.get("background", "") or "background-image" in props or element.get("background"):
            return None
        ground = ground_of(props) or colour_of(element.get("bgcolor") or "")
        if ground is not None:
            return ground
        if element.get("class") or element.get("id"):
            plain = False  # a rule may colour it
        element = element.getparent()
    return WHITE if plain else None


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
    """The state of one walk over a tree: the blocks so far, and the text of the one that is being read."""

    __slots__ = ("blocks", "containers", "hidden", "inline", "link_chars", "links", "pieces", "rows", "toggled_prose")

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.hidden: list[str] = []
        self.pieces: list[str] = []
        self.link_chars = self.links = self.inline = self.containers = self.rows = self.toggled_prose = 0

    def hide(self, element: Any, how: str) -> None:
        text = " ".join("".join(element.itertext()).split())
        if text and len(self.hidden) < MAX_HIDDEN:
            self.hidden.append(text)
        if how == TOGGLED:
            self.toggled_prose += len(_PROSE.findall(text))

    def flush(self, frame: _Frame, depth: int) -> None:
        """End the block that is being read."""
        raw = "".join(self.pieces)
        self.pieces.clear()
        lines = raw.split("\n") if frame.flags & markup.PRE else (raw,)
        for line in lines:
            text = line.rstrip() if frame.flags & markup.PRE else " ".join(line.split())
            if text and not text.isspace():
                self.blocks.append(
                    Block(text, frame.tag, frame.flags, frame.near, frame.heading, min(self.link_chars, len(text)), self.links,
                          self.inline, depth, frame.container, frame.outer, frame.row)
                )  # fmt: skip
        self.link_chars = self.links = self.inline = 0

    def alt(self, element: Any, frame: _Frame, depth: int) -> None:
        """The text of an image, as a block of its own."""
        text = " ".join((element.get("alt") or "").split())
        if len(text) > 3 and not text.isascii():
            if self.pieces:
                self.flush(frame, depth)
            self.blocks.append(Block(text, "img", frame.flags | markup.ALT, frame.near, 0, 0, 0, 0, depth, frame.container,
                                     frame.outer, frame.row))  # fmt: skip


def _walk(root: Any, rules: StyleRules, concealed: dict[Any, str]) -> _Walk:
    """One pass in document order; hidden elements are stepped over."""
    walk = _Walk()
    frame = _Frame(root, "body", 0, 0, 0, 0, 0, 0)
    frames = [frame]
    depth = in_link = 0
    passed: Any = None  # the element whose content was stepped over; its end and tail still come
    words: dict[str, int] = {}
    pieces = walk.pieces
    block_tags, skipped, hidden_tags = markup.BLOCK_TAGS, markup.SKIPPED_TAGS, markup.HIDDEN_TAGS
    steps = etree.iterwalk(root, events=("start", "end"))
    for event, element in steps:
        tag = element.tag
        if event == "start":
            if tag in skipped:
                steps.skip_subtree()
                passed = element
                continue
            how = FOR_GOOD if tag in hidden_tags else concealed.get(element) if concealed else None
            is_block = tag in block_tags
            names = ""
            if is_block or rules:
                css, name = element.get("class"), element.get("id")
                if rules and how is None:
                    how = hidden_by_rules(element, css, name, rules)
                if css or name:
                    names = f"{css or ''} {name or ''}"
            if how is None and tag in ("details", "dialog"):
                how = _closed(walk, element, tag)
            if how is not None:
                walk.hide(element, how)
                steps.skip_subtree()
                passed = element
                continue
            depth += 1
            if is_block:
                if pieces:
                    walk.flush(frame, depth)
                frame = _enter(walk, frame, element, tag, names, words)
                frames.append(frame)
            elif tag == "br":
                if pieces:
                    walk.flush(frame, depth)
            elif tag == "a":
                in_link += 1
                walk.links += 1
            elif tag == "img":
                if element.get("alt") and not in_link:
                    walk.alt(element, frame, depth)
            else:
                walk.inline += 1
            text = element.text
            if text:
                pieces.append(text)
                if in_link:
                    walk.link_chars += len(text.strip())
        elif element is passed:
            passed = None
        else:
            depth -= 1
            if element is frame.element:
                if pieces:
                    walk.flush(frame, depth)
                if len(frames) > 1:
                    frames.pop()
                    frame = frames[-1]
            elif tag == "a":
                in_link -= 1
        if event == "end" and element.tail:
            pieces.append(element.tail)
            if in_link:
                walk.link_chars += len(element.tail.strip())
    if pieces:
        walk.flush(frame, depth)
    return walk


def _closed(walk: _Walk, element: Any, tag: str) -> str | None:
    """A closed `details` shows its summary only, a closed `dialog` nothing."""
    if element.get("open") is not None:
        return None
    if tag == "details":
        summary = element.find("summary")
        if summary is not None:
            text = " ".join("".join(summary.itertext()).split())
            if text:
                walk.blocks.append(Block(text, "summary"))
    return TOGGLED


def _enter(walk: _Walk, frame: _Frame, element: Any, tag: str, names: str, words: dict[str, int]) -> _Frame:
    """The frame of a block element inside of `frame`."""
    flags, near, container, outer, row = frame.flags, frame.near, frame.container, frame.outer, frame.row
    flags |= markup.TAG_FLAGS.get(tag, 0)
    if names and tag != "body" and tag != "html":
        known = words.get(names)
        if known is None:
            known = words[names] = markup.word_flags(names)
        if known:
            flags |= known
            near = known
    if tag in markup.CONTAINER_TAGS:
        walk.containers += 1
        container, outer = walk.containers, container
    elif tag == "tr":
        walk.rows += 1
        row = walk.rows
    heading = (
        int(tag[1]) if tag[0] == "h" and tag[1:].isdigit() else frame.heading if tag not in markup.CONTAINER_TAGS else 0
    )
    return _Frame(element, tag, flags, near, heading, container, outer, row)
