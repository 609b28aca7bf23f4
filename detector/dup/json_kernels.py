"""Turns the bytes of JSON strings into folded codes in one pass with compiled loops: unescape, decode and fold at once."""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.compiled import compiled

Array = Any  # Numba infers the types; `scan` is the typed interface

QUOTE, BACKSLASH, NEWLINE, COMMA, COLON = 0x22, 0x5C, 0x0A, 0x2C, 0x3A
OPEN, CLOSE, OPEN_LIST, CLOSE_LIST = 0x7B, 0x7D, 0x5B, 0x5D
U1, U2, U3, U6, U12 = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(6), np.uint64(12)
PADDING = 16  # newlines that must follow the data, so that nothing reads past its end
BEGINS_SHIFT, ENDS_SHIFT = np.uint32(16), np.uint32(17)  # marks of regional words in the fold table


@compiled
def count_lines(data: Array, size: int) -> Any:
    """Lines in the first `size` bytes."""
    count = np.int64(0)
    for start in range(0, size, 128):
        found = np.uint8(0)
        for c in data[start : min(start + 128, size)]:
            found += np.uint8(c == NEWLINE)
        count += found
    return count + 1


@compiled
def skip_space(data: Array, at: int) -> int:
    while data[at] == 0x20 or data[at] == 0x09 or data[at] == 0x0D:
        at += 1
    return at


@compiled
def string_end(data: Array, at: int) -> int:
    """The place of the closing quote of the string that starts at `at`, or -1 at a line's end."""
    while True:
        c = data[at]
        if c == QUOTE:
            return at
        if c == NEWLINE:
            return -1
        at += 2 if c == BACKSLASH and data[at + 1] != NEWLINE else 1


@compiled
def value_end(data: Array, at: int) -> int:
    """The place after the value that starts at `at`, or -1 where the line ends first."""
    depth = 0
    while True:
        c = data[at]
        if c == QUOTE:
            at = string_end(data, at + 1)
            if at < 0:
                return -1
            if depth == 0:
                return at + 1
        elif c == NEWLINE:
            return -1
        elif c in (OPEN, OPEN_LIST):
            depth += 1
        elif c in (CLOSE, CLOSE_LIST):
            if depth == 0:
                return at
            depth -= 1
            if depth == 0:
                return at + 1
        elif c == COMMA and depth == 0:
            return at
        at += 1


@compiled
def _hex(c: int) -> int:
    if 0x30 <= c <= 0x39:
        return c - 0x30
    c |= 0x20
    if 0x61 <= c <= 0x66:
        return c - 0x57
    return -0x100000


@compiled
def _unit(data: Array, at: int) -> int:
    """The code unit of the four hexadecimal digits at `at`; negative where they are none."""
    high = (_hex(int(data[at])) << 4) + _hex(int(data[at + 1]))
    return (high << 8) + (_hex(int(data[at + 2])) << 4) + _hex(int(data[at + 3]))


@compiled
def _multibyte(data: Array, at: int) -> Any:
    """(code point, length) of the UTF-8 sequence at `at`; a negative code point where it is broken."""
    c = int(data[at])
    c1, c2, c3 = int(data[at + 1]), int(data[at + 2]), int(data[at + 3])
    if c1 & 0xC0 != 0x80:
        return -1, 1
    if c < 0xE0:
        return ((c & 0x1F) << 6 | (c1 & 0x3F) if c >= 0xC2 else -1), 2
    if c2 & 0xC0 != 0x80 or c >= 0xF5:
        return -1, 1
    if c < 0xF0:
        point = (c & 0x0F) << 12 | (c1 & 0x3F) << 6 | (c2 & 0x3F)
        return (point if point >= 0x800 and (point < 0xD800 or point > 0xDFFF) else -1), 3
    point = (c & 0x07) << 18 | (c1 & 0x3F) << 12 | (c2 & 0x3F) << 6 | (c3 & 0x3F)
    return (point if c3 & 0xC0 == 0x80 and 0x10000 <= point < 0x110000 else -1), 4


@compiled
def _escape(data: Array, at: int) -> Any:
    """(code point, length) of the escape sequence at `at`; negative where it is broken."""
    c = data[at + 1]
    if c == 0x75:
        unit = _unit(data, at + 2)
        if 0xD800 <= unit < 0xDC00 and data[at + 6] == BACKSLASH and data[at + 7] == 0x75:
            low = _unit(data, at + 8)
            if 0xDC00 <= low < 0xE000:
                return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00), 12
        return unit, 6
    if c in (QUOTE, BACKSLASH, 0x2F):
        return int(c), 2
    if c in (0x6E, 0x74, 0x72, 0x62, 0x66):
        return 0x20, 2
    return -1, 1


@compiled
def fold_string(data: Array, start: int, marked: Array, lossy: Array, out: Array, hits: Array) -> Any:
    """(place of the closing quote or -1, number of codes, number of hits) of the string that starts at `start`.

    Fills `out` with codes and `hits` with the places where a regional word may end. `marked` holds code and marks of
    the characters of plane 0, `lossy` the codes of those above.
    """
    at, count, found = np.uint64(start), np.uint64(0), np.uint64(0)  # unsigned: no test for an index from the end
    last = np.uint32(0)
    while True:
        c = data[at]
        # Nearly all of Chinese: three bytes, no overlong form; no surrogate either (the last test).
        while np.uint8(c - np.uint8(0xE1)) < np.uint8(0x0F):
            c1, c2 = data[at + U1] ^ np.uint8(0x80), data[at + U2] ^ np.uint8(0x80)
            if (c1 | c2) > np.uint8(0x3F) or (c == np.uint8(0xED) and c1 >= np.uint8(0x20)):
                return -1, 0, 0
            entry = marked[(np.uint64(c & np.uint8(0x0F)) << U12) | (np.uint64(c1) << U6) | np.uint64(c2)]
            at += U3
            c = data[at]
            code = np.uint16(entry)
            out[count] = code
            hits[found] = count
            found += np.uint64((last >> BEGINS_SHIFT) & (entry >> ENDS_SHIFT) & np.uint32(1))
            last = entry if code != 0 else last
            count += np.uint64(code != 0)
        if c < 0x80:
            if c == QUOTE:
                return np.int64(at), np.int64(count), np.int64(found)
            if c < 0x20:
                return -1, 0, 0
            if c == BACKSLASH:
                point, length = _escape(data, int(at))
            else:
                point, length = np.int64(c), np.int64(1)
        else:
            point, length = _multibyte(data, int(at))
        if point < 0:
            return -1, 0, 0
        entry = marked[point] if point < len(marked) else np.uint32(lossy[point] if point < len(lossy) else 0)
        at += np.uint64(length)
        out[count] = np.uint16(entry)
        hits[found] = count
        if np.uint16(entry) != 0:
            found += np.uint64((last >> BEGINS_SHIFT) & (entry >> ENDS_SHIFT) & np.uint32(1))
            last = entry
            count += U1


@compiled
def unify_words(codes: Array, hits: Array, word_starts: Array, words: Array) -> None:
    """Replace regional words that end at the hits, from left to right; of two that overlap the first counts.

    `word_starts[code]` is 1 + the first row of `words` that begins with the code, or 0.
    """
    last = np.int64(-1)
    for i in range(len(hits)):
        at = np.int64(hits[i])
        row = np.int64(word_starts[codes[at - 1]]) - 1
        if at - 1 == last or row < 0:
            continue
        while row < len(words) and words[row, 0] == codes[at - 1]:
            if words[row, 1] == codes[at]:
                codes[at - 1], codes[at] = words[row, 2], words[row, 3]
                last = at
                break
            row += 1
