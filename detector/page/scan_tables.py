"""Turns the lists of tags and of class and id words into the tables that the compiled scan of a page looks them up in."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from detector.page import markup

# What the walk does at a tag. A tag that is dissolved neither ends a text nor counts as open.
OTHER, DISSOLVED, SKIPPED, BREAK, LINK, IMAGE, BLOCK = range(7)
WORDLESS, CONTAINER, ROW = 1, 2, 4  # of a tag: class and id say nothing; holds blocks; starts a table row
KEY_BYTES = 7  # bytes of a name that one key holds, so that keys are never negative
MAX_NAME = 2 * KEY_BYTES
NO_TEXT = ("script", "style", "link", "meta", "svg")  # their words are read by nobody, hidden or not
_TELLING = (
    "style", "link", "meta", "script", "title", "h1", "time", "font", "noscript", "template", "details", "dialog",
)  # fmt: skip


class Tables(NamedTuple):
    """Tags are numbered from 1; 0 is any other tag. All but the hash table are indexed by that number."""

    tags: tuple[str, ...]
    numbers: dict[str, int]
    slots: NDArray[np.int16]  # hash table of tag numbers, a power of two long
    low: NDArray[np.int64]  # key of the first KEY_BYTES bytes of a tag
    high: NDArray[np.int64]  # key of the next KEY_BYTES bytes
    kind: NDArray[np.uint8]
    flags: NDArray[np.int32]  # bits of the tag itself
    role: NDArray[np.uint8]  # WORDLESS, CONTAINER, ROW
    heading: NDArray[np.uint8]
    no_text: NDArray[np.bool_]
    telling: NDArray[np.bool_]  # few elements of a page, looked for by their tag
    steps: NDArray[np.int16]  # [n_nodes, 128] trie of class and id words: the node after a character, 0 for none
    bits: NDArray[np.int32]  # [n_nodes] what the word that ends in a node says, 0 for none


def tag_key(name: str) -> tuple[int, int]:
    """The two keys of a name, as the scan makes them byte by byte.

    >>> tag_key("hr"), tag_key("amp-sidebar")[1] == int.from_bytes(b"ebar", "big")
    ((26738, 0), True)
    """
    data = name.encode()
    return int.from_bytes(data[:KEY_BYTES], "big"), int.from_bytes(data[KEY_BYTES:MAX_NAME], "big")


def slot_of(low: int, high: int, n_slots: int) -> int:
    """Where a key is looked for first."""
    return (low ^ (low >> 13) ^ (low >> 29) ^ (high * 31)) & (n_slots - 1)


@cache
def load_tables() -> Tables:
    """The tables, made once from `detector.page.markup`."""
    known = (
        markup.BLOCK_TAGS
        | markup.SKIPPED_TAGS
        | markup.INLINE_TAGS
        | frozenset([*NO_TEXT, *_TELLING, "br", "a", "img", "summary"])
    )
    tags = ("", *sorted(known))
    keys = [tag_key(tag) for tag in tags]
    slots = np.zeros(1024, np.int16)
    for number in range(1, len(tags)):
        place = slot_of(*keys[number], len(slots))
        while slots[place]:
            place = (place + 1) & (len(slots) - 1)
        slots[place] = number
    steps, bits = _trie()
    return Tables(
        tags, {tag: number for number, tag in enumerate(tags)}, slots,
        np.array([low for low, _ in keys], np.int64), np.array([high for _, high in keys], np.int64),
        np.array([_kind(tag) for tag in tags], np.uint8),
        np.array([markup.TAG_FLAGS.get(tag, 0) for tag in tags], np.int32),
        np.array([_role(tag) for tag in tags], np.uint8),
        np.array([markup.HEADING_LEVELS.get(tag, 0) for tag in tags], np.uint8),
        np.array([tag in NO_TEXT for tag in tags], np.bool_),
        np.array([tag in _TELLING for tag in tags], np.bool_),
        steps, bits,
    )  # fmt: skip


def _kind(tag: str) -> int:
    if tag in markup.SKIPPED_TAGS:
        return SKIPPED
    if tag in markup.INLINE_TAGS:
        return DISSOLVED
    if tag in markup.BLOCK_TAGS:
        return BLOCK
    return {"br": BREAK, "a": LINK, "img": IMAGE}.get(tag, OTHER)


def _role(tag: str) -> int:
    return WORDLESS * (tag in ("body", "html")) | CONTAINER * (tag in markup.CONTAINER_TAGS) | ROW * (tag == "tr")


def _trie() -> tuple[NDArray[np.int16], NDArray[np.int32]]:
    nodes: list[dict[int, int]] = [{}]
    said = [0]
    for word, bit in markup.WORD_BITS.items():
        node = 0
        for code in word.encode("ascii"):
            node = nodes[node].setdefault(code, len(nodes))
            if node == len(nodes):
                nodes.append({})
                said.append(0)
        said[node] = bit
    steps = np.zeros((len(nodes), 128), np.int16)
    for number, node_steps in enumerate(nodes):
        for code, target in node_steps.items():
            steps[number, code] = target
    return steps, np.array(said, np.int32)
