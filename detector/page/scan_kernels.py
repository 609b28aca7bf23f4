"""Compiled: turns the bytes of a serialised tree into arrays of its elements, one pass and no Python object an element.

The bytes are those of `lxml.etree.tostring`: every `<` is a tag, every attribute is ` name="value"`, what is empty ends
with `/>`, and `& < > "` are escaped. Names of tags and attributes may hold any character but space, `/` and `>`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.compiled import compiled
from detector.page.scan_tables import KEY_BYTES, MAX_NAME, tag_key

_wide: Any = np.int64  # bytes are added up as signed integers
Bytes = Any  # uint8[n]
Ints = NDArray[np.int32]

HIDDEN, OPEN, BGCOLOR, COLOR, BACKGROUND, UNREAD = 1, 2, 4, 8, 16, 32  # bits of an element
_LT, _GT, _SLASH, _SPACE, _EQUALS, _QUOTE = 60, 62, 47, 32, 61, 34
_CLASS, _ID, _STYLE = tag_key("class")[0], tag_key("id")[0], tag_key("style")[0]
_HIDDEN, _OPEN, _BGCOLOR, _COLOR = tag_key("hidden")[0], tag_key("open")[0], tag_key("bgcolor")[0], tag_key("color")[0]
_ARIA_LOW, _ARIA_HIGH = tag_key("aria-hidden")
_BACK_LOW, _BACK_HIGH = tag_key("background")
_TRUE = tag_key("true")[0]


@compiled
def scan(
    data: Bytes, slots: Any, low: Any, high: Any, no_text: Any,
    tag: Any, parent: Ints, at: Ints, close: Ints, after: Ints, names: Ints, style: Ints, bits: Any,
    name_slots: Ints, name_spans: Ints, style_slots: Ints, style_spans: Ints,
) -> tuple[int, int, int, int]:  # fmt: skip
    """Fill in the elements in document order; returns their number, those of names and styles, and the greatest depth.

    What nobody reads (UNREAD, as all within `svg`) has neither names nor a style nor other bits.

    Per element: number of its tag, its parent (-1 for the root), where its start tag and its end tag begin (the end of the
    start tag where it has none), the first element after it, the number of its class and id and of its style (0 for none).
    `name_spans` and `style_spans` hold the first place of each: [n, 4] spans of class and id or of the style and nothing.
    """
    n = len(data)
    n_elements = n_names = n_styles = depth = deepest = 0
    open_element = -1
    p = 0
    while p < n:
        if data[p] != _LT:
            p += 1
            continue
        if data[p + 1] == _SLASH:
            close[open_element] = p
            after[open_element] = n_elements
            open_element = parent[open_element]
            depth -= 1
            while data[p] != _GT:
                p += 1
            p += 1
            continue
        e = n_elements
        n_elements += 1
        at[e] = p
        parent[e] = open_element
        p += 1
        start = p
        key = rest = 0
        while data[p] != _SPACE and data[p] != _GT and data[p] != _SLASH:
            if p - start < KEY_BYTES:
                key = key << 8 | _wide(data[p])
            else:
                rest = (rest & 0xFFFFFFFFFFFF) << 8 | _wide(data[p])
            p += 1
        number = 0
        if p - start <= MAX_NAME:
            place = (key ^ (key >> 13) ^ (key >> 29) ^ (rest * 31)) & (len(slots) - 1)
            while slots[place]:
                if low[slots[place]] == key and high[slots[place]] == rest:
                    number = slots[place]
                    break
                place = (place + 1) & (len(slots) - 1)
        tag[e] = number
        found = 0
        if no_text[number] or (open_element >= 0 and bits[open_element] & UNREAD):
            found = UNREAD
        class_start = class_end = id_start = id_end = style_start = style_end = 0
        while data[p] == _SPACE:
            p += 1
            start = p
            key, rest = _wide(data[start]), 0
            p += 1  # a name may start with an equals sign
            while data[p] != _EQUALS:
                if p - start < KEY_BYTES:
                    key = key << 8 | _wide(data[p])
                else:
                    rest = (rest & 0xFFFFFFFFFFFF) << 8 | _wide(data[p])
                p += 1
            size = p - start
            p += 2
            value = p
            while data[p] != _QUOTE:
                p += 1
            if size <= KEY_BYTES:
                if key == _CLASS:
                    class_start, class_end = value, p
                elif key == _ID:
                    id_start, id_end = value, p
                elif key == _STYLE:
                    style_start, style_end = value, p
                elif key == _HIDDEN:
                    found |= HIDDEN
                elif key == _OPEN:
                    found |= OPEN
                elif key == _BGCOLOR:
                    found |= BGCOLOR
                elif key == _COLOR:
                    found |= COLOR
            elif key == _ARIA_LOW and rest == _ARIA_HIGH and size == 11 and p - value == 4:
                word = 0
                for i in range(value, p):
                    word = word << 8 | _wide(data[i])
                if word == _TRUE:
                    found |= HIDDEN
            elif key == _BACK_LOW and rest == _BACK_HIGH and size == 10 and p > value:
                found |= BACKGROUND
            p += 1
        names[e] = style[e] = 0
        if found & UNREAD:
            found = UNREAD
        elif class_end > class_start or id_end > id_start:
            names[e] = _numbered(data, class_start, class_end, id_start, id_end, name_slots, name_spans, n_names)
            n_names = max(n_names, names[e])
        bits[e] = found
        if style_end > style_start and not found & UNREAD:
            style[e] = _numbered(data, style_start, style_end, 0, 0, style_slots, style_spans, n_styles)
            n_styles = max(n_styles, style[e])
        if data[p] == _SLASH:
            p += 2
            close[e] = p
            after[e] = n_elements
            deepest = max(deepest, depth + 1)
        else:
            p += 1
            open_element = e
            depth += 1
            deepest = max(deepest, depth)
    return n_elements, n_names, n_styles, deepest


@compiled
def _numbered(data: Bytes, a: int, a_end: int, b: int, b_end: int, slots: Ints, spans: Ints, n: int) -> int:
    """The number from 1 of a pair of byte strings among those seen before, or n + 1, then noted in `slots` and `spans`."""
    code = np.uint64(14695981039346656037)
    for i in range(a, a_end):
        code = (code ^ np.uint64(data[i])) * np.uint64(1099511628211)
    code = (code ^ np.uint64(0xFF)) * np.uint64(1099511628211)
    for i in range(b, b_end):
        code = (code ^ np.uint64(data[i])) * np.uint64(1099511628211)
    mask = len(slots) - 1
    place = _wide(code ^ (code >> np.uint64(29))) & mask
    while slots[place]:
        k: int = slots[place] - 1
        if (
            spans[k, 1] - spans[k, 0] == a_end - a
            and spans[k, 3] - spans[k, 2] == b_end - b
            and _same(data, spans[k, 0], a, a_end)
            and _same(data, spans[k, 2], b, b_end)
        ):
            return k + 1
        place = (place + 1) & mask
    slots[place] = n + 1
    spans[n, 0], spans[n, 1], spans[n, 2], spans[n, 3] = a, a_end, b, b_end
    return n + 1


@compiled
def _same(data: Bytes, other: int, start: int, end: int) -> bool:
    i = 0
    while i < end - start and data[other + i] == data[start + i]:
        i += 1
    return i >= end - start


@compiled
def name_flags(data: Bytes, spans: Ints, n: int, steps: Any, bits: Ints, flags: Ints, out: Bytes) -> int:
    """The W_ bits of each class and id (see `markup.word_flags`) into `flags`; -1 where a byte is not ASCII.

    The names themselves go to `out`, for each pair class, tabulator, id, line feed (no attribute holds either unescaped);
    returns their length. `out` needs room for the longest pair, every second byte a new word, behind all of them.
    """
    end = 0
    for k in range(n):
        for part in range(2):
            for i in range(spans[k, 2 * part], spans[k, 2 * part + 1]):
                out[end] = data[i]
                end += 1
            out[end] = 10 if part else 9
            end += 1
    for k in range(n):
        size = end
        plain = True
        for part in range(2):
            before = 0
            for i in range(spans[k, 2 * part], spans[k, 2 * part + 1]):
                code = _wide(data[i])
                plain = plain and code < 128
                if 65 <= code <= 90:
                    if 97 <= before <= 122 or 48 <= before <= 57:
                        out[size] = 45  # a capital starts a word
                        size += 1
                    out[size] = code + 32
                else:
                    out[size] = code
                size += 1
                before = code
            out[size] = 32
            size += 1
        flags[k + 1] = _word_bits(out[end:size], size - end, steps, bits) if plain else -1
    return end


@compiled
def _word_bits(text: Bytes, size: int, steps: Any, bits: Ints) -> int:
    """A long word counts wherever it stands, a short one only between other characters than letters."""
    found = 0
    p = 0
    while p < size:
        node = steps[0, text[p]]
        if not node:
            p += 1
            continue
        starts = p == 0 or not 97 <= text[p - 1] <= 122
        taken = said = 0
        q = p + 1
        while node:
            word = bits[node]
            if word and (q - p > 4 or (starts and not 97 <= text[q] <= 122)):
                taken, said = q - p, word
            node = steps[node, text[q]] if q < size else 0
            q += 1
        found |= said
        p += taken if taken else 1
    return found
