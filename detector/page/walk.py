"""Turns the tree of a page, its hidden elements emptied, into blocks in reading order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, cast, overload

import numpy as np
from lxml import etree
from numpy.typing import NDArray

from detector.page import markup


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


class Blocks(Sequence[Block]):
    """The blocks of a page as columns: what the compiled scan makes. A block is made when it is asked for.

    `columns` is int32[9, n_blocks] with the figures of a block from `flags` to `row`, in its order.
    """

    __slots__ = ("columns", "tags", "texts")

    def __init__(self, texts: Sequence[str], tags: Sequence[str], columns: NDArray[np.int32]) -> None:
        self.texts = texts
        self.tags = tags
        self.columns = columns

    @classmethod
    def of(cls, blocks: Sequence[Block]) -> Blocks:
        """Any blocks as columns."""
        if isinstance(blocks, Blocks):
            return blocks
        rows = np.array([block[2:] for block in blocks], dtype=np.int32).reshape(len(blocks), len(Block._fields) - 2)
        return cls([block.text for block in blocks], [block.tag for block in blocks], np.ascontiguousarray(rows.T))

    def with_texts(self, texts: Sequence[str]) -> Blocks:
        """The same blocks with other words; one text a block."""
        if len(texts) != len(self):
            raise ValueError(f"{len(texts)} texts for {len(self)} blocks")
        return Blocks(texts, self.tags, self.columns)

    def __len__(self) -> int:
        return len(self.texts)

    def __iter__(self) -> Iterator[Block]:
        return map(Block, self.texts, self.tags, *self.columns.tolist())

    @overload
    def __getitem__(self, place: int) -> Block: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Block, ...]: ...
    def __getitem__(self, place: int | slice) -> Block | tuple[Block, ...]:
        if isinstance(place, slice):
            return tuple(self)[place]
        return Block(self.texts[place], self.tags[place], *cast(list[int], self.columns[:, place].tolist()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


class Tree(NamedTuple):
    """The containers of a page: the parent of each (the root, number 0, is its own) and its kind, equal for alike elements."""

    parents: Sequence[int] = (0,)
    kinds: Sequence[int] = (0,)


# What an element changes, to be put back at its end: tag, flags, near, heading, container, outer, row.
Frame = tuple[str, int, int, int, int, int, int]
_TOP: Frame = ("body", 0, 0, 0, 0, 0, 0)


class _Walk:
    """The blocks so far, and the text of the one that is being read."""

    __slots__ = (
        "blocks", "containers", "depth", "frame", "kind_of", "kinds", "link_chars", "links", "names",
        "parents", "pieces", "rows",
    )  # fmt: skip

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.pieces: list[str] = []
        self.names: dict[tuple[str | None, str | None], int] = {}  # W_ bits of class and id attributes, which pages repeat
        self.parents = [0]
        self.kinds = [0]
        self.kind_of: dict[tuple[str, str], int] = {}  # tag and class
        self.frame = _TOP
        self.link_chars = self.links = self.containers = self.rows = self.depth = 0

    def flush(self) -> None:
        """End the block that is being read."""
        tag, flags, near, heading, container, outer, row = self.frame
        raw = "".join(self.pieces)
        self.pieces.clear()
        preformatted = flags & markup.PRE
        for line in raw.split("\n") if preformatted else (raw,):
            text = line.rstrip() if preformatted else " ".join(line.split())
            if text:
                links = self.link_chars if self.link_chars < len(text) else len(text)
                self.blocks.append(Block(text, tag, flags, near, heading, links, self.links, self.depth, container, outer, row))
        self.link_chars = self.links = 0

    def alt(self, element: Any) -> None:
        """The text of an image, as a block of its own."""
        text = " ".join((element.get("alt") or "").split())
        if len(text) > 3 and not text.isascii():
            if self.pieces:
                self.flush()
            _, flags, near, _, container, outer, row = self.frame
            self.blocks.append(Block(text, "img", flags | markup.ALT, near, 0, 0, 0, self.depth, container, outer, row))

    def enter(self, element: Any, tag: str) -> Frame:
        """Start a block element."""
        _, flags, near, heading, container, outer, row = self.frame
        own_flags, is_container, own_heading = _BLOCKS[tag]
        flags |= own_flags
        names = (element.get("class"), element.get("id"))
        if names != _NAMELESS and tag not in _WHOLE:
            known = self.names.get(names)
            if known is None:
                known = self.names[names] = markup.word_flags(f"{names[0] or ''} {names[1] or ''}")
            if known:
                flags |= known
                near = known
        if is_container:
            self.containers += 1
            self.parents.append(container)
            self.kinds.append(self.kind_of.setdefault((tag, names[0] or ""), len(self.kind_of) + 1))
            container, outer, heading = self.containers, container, 0
        elif tag == "tr":
            self.rows += 1
            row = self.rows
        elif own_heading:
            heading = own_heading
        self.frame = (tag, flags, near, heading, container, outer, row)
        return self.frame


_NAMELESS = (None, None)
_WHOLE = ("body", "html")
_BLOCKS = {
    tag: (markup.TAG_FLAGS.get(tag, 0), tag in markup.CONTAINER_TAGS, markup.HEADING_LEVELS.get(tag, 0))
    for tag in markup.BLOCK_TAGS
}


def walk(root: Any) -> list[Block]:
    """The blocks of a tree whose hidden elements have been emptied, in document order; the tree is used up."""
    return walk_tree(root)[0]


def walk_tree(root: Any) -> tuple[list[Block], Tree]:
    """The blocks, and the containers around them; the tree is used up."""
    etree.strip_elements(root, *markup.SKIPPED_TAGS, with_tail=False)
    etree.strip_tags(root, *markup.INLINE_TAGS)
    state = _Walk()
    frames = [state.frame]
    pieces = state.pieces
    in_link = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        tag = element.tag
        if event == "start":
            state.depth += 1
            if tag in _BLOCKS:
                if pieces:
                    state.flush()
                frames.append(state.enter(element, tag))
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
            if tag in _BLOCKS:
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
    return state.blocks, Tree(tuple(state.parents), tuple(state.kinds))
