"""Turns bytes of JSON lines, or of UTF-8 strings, into folded codes in one pass: unescape, decode and fold at once.

Whatever is unusual (an escaped key, broken UTF-8, a text that is no string) is left to a real parser: the scanner
only says which line it was.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.dup.jit import compiled

Array = Any  # Numba infers the types; `scan` is the typed interface

QUOTE, BACKSLASH, NEWLINE, COMMA, COLON = 0x22, 0x5C, 0x0A, 0x2C, 0x3A
OPEN, CLOSE, OPEN_LIST, CLOSE_LIST = 0x7B, 0x7D, 0x5B, 0x5D
BLANK, DONE, UNUSUAL = 0, 1, 2
U1, U2, U3, U6, U12 = np.uint64(1), np.uint64(2), np.uint64(3), np.uint64(6), np.uint64(12)
PADDING = 16  # newlines that must follow the data, so that nothing reads past its end


@compiled
def _skip_space(data: Array, at: int) -> int:
    while data[at] == 0x20 or data[at] == 0x09 or data[at] == 0x0D:
        at += 1
    return at


@compiled
def _string_end(data: Array, at: int) -> int:
    """The place of the closing quote of the string that starts at `at`, or -1 at a line's end."""
    while True:
        c = data[at]
        if c == QUOTE:
            return at
        if c == NEWLINE:
            return -1
        at += 2 if c == BACKSLASH and data[at + 1] != NEWLINE else 1


@compiled
def _value_end(data: Array, at: int) -> int:
    """The place after the value that starts at `at`, or -1 where the line ends first."""
    depth = 0
    while True:
        c = data[at]
        if c == QUOTE:
            at = _string_end(data, at + 1)
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
def _fold_string(data: Array, start: int, lossy: Array, out: Array, first: int) -> Any:
    """(place of the closing quote or -1, number of codes) of the string that starts at `start`."""
    at, count = np.uint64(start), np.uint64(first)  # unsigned: no test for an index from the end
    while True:
        c = data[at]
        # Nearly all of Chinese: three bytes, no surrogate, no overlong form.
        while np.uint8(c - np.uint8(0xE1)) < np.uint8(0x0C):
            c1, c2 = data[at + U1] ^ np.uint8(0x80), data[at + U2] ^ np.uint8(0x80)
            if (c1 | c2) > np.uint8(0x3F):
                return -1, first
            code = lossy[(np.uint64(c & np.uint8(0x0F)) << U12) | (np.uint64(c1) << U6) | np.uint64(c2)]
            out[count] = code
            count += np.uint64(code != 0)
            at += U3
            c = data[at]
        if c < 0x80:
            if c == QUOTE:
                return np.int64(at), np.int64(count)
            if c < 0x20:
                return -1, first
            if c == BACKSLASH:
                point, length = _escape(data, int(at))
            else:
                point, length = np.int64(c), np.int64(1)
        else:
            point, length = _multibyte(data, int(at))
        if point < 0:
            return -1, first
        code = lossy[point] if point < len(lossy) else np.uint16(0)
        at += np.uint64(length)
        out[count] = code
        count += np.uint64(code != 0)


@compiled
def _is(data: Array, start: int, end: int, key: Array) -> bool:
    return end - start == len(key) and np.array_equal(data[start:end], key)


@compiled
def _unify_words(codes: Array, word_starts: Array, words: Array) -> None:
    """As `fold._unify_words`; `word_starts[code]` is 1 + the first row of `words` that begins with the code, or 0."""
    i, last = 0, len(codes) - 1
    while i < last:
        row = np.int64(word_starts[codes[i]])
        i += 1
        if row:
            row -= 1
            while row < len(words) and words[row, 0] == codes[i - 1]:
                if words[row, 1] == codes[i]:
                    codes[i - 1], codes[i] = words[row, 2], words[row, 3]
                    i += 1
                    break
                row += 1


@compiled
def _scan_object(
    data: Array, at: int, keys: Array, key_ends: Array, lossy: Array, out: Array, count: int, ranges: Array
) -> Any:
    """(place after the object or -1, number of codes) of the JSON object at `at`; fills the ranges of its values."""
    first, seen = count, False
    if data[at] != OPEN:
        return -1, first
    at = _skip_space(data, at + 1)
    while data[at] != CLOSE:
        if data[at] != QUOTE:
            return -1, first
        start = at + 1
        end = _string_end(data, start)
        if end < 0:
            return -1, first
        for i in range(start, end):
            if data[i] == BACKSLASH:
                return -1, first
        at = _skip_space(data, end + 1)
        if data[at] != COLON:
            return -1, first
        at = _skip_space(data, at + 1)
        if _is(data, start, end, keys[: key_ends[0]]):
            if data[at] != QUOTE:
                return -1, first
            at, count = _fold_string(data, at + 1, lossy, out, first)
            if at < 0:
                return -1, first
            at, seen = at + 1, True
        else:
            value = at
            at = _value_end(data, at)
            if at < 0:
                return -1, first
            for i in range(1, len(key_ends)):
                if _is(data, start, end, keys[key_ends[i - 1] : key_ends[i]]):
                    ranges[2 * i - 2], ranges[2 * i - 1] = value, at
        at = _skip_space(data, at)
        if data[at] == COMMA:
            at = _skip_space(data, at + 1)
            if data[at] == CLOSE:
                return -1, first
        elif data[at] != CLOSE:
            return -1, first
    return (at + 1 if seen else -1), count


@compiled
def scan_lines(
    data: Array,
    size: int,
    keys: Array,
    key_ends: Array,
    lossy: Array,
    word_starts: Array,
    words: Array,
    out: Array,
    rows: Array,
    ends: Array,
) -> int:
    """Scan `size` bytes of lines (and `PADDING` newlines after them); return the number of lines.

    `keys` holds the names of the text field and of k others, name i ends at `key_ends[i]`. Fills `rows`
    (int64[lines, 3 + 2 k]: start and end of the line, status, start and end of each other value or -1) and
    `ends[i]`, the end of line i's codes in `out`.
    """
    at, line, count = 0, 0, 0
    while at < size:
        start = at
        ranges = rows[line, 3:]
        ranges[:] = -1
        at = _skip_space(data, at)
        status = BLANK
        if data[at] != NEWLINE:
            after, count = _scan_object(data, at, keys, key_ends, lossy, out, count, ranges)
            status = UNUSUAL
            if after >= 0:
                after = _skip_space(data, after)
                if data[after] == NEWLINE:
                    at, status = after, DONE
            if status == UNUSUAL:
                count = ends[line - 1] if line else 0
                while data[at] != NEWLINE:
                    at += 1
        if status == DONE:
            _unify_words(out[ends[line - 1] if line else 0 : count], word_starts, words)
        rows[line, 0], rows[line, 1], rows[line, 2] = start, min(at, size), status
        ends[line] = count
        line += 1
        at += 1
    return line


@compiled
def digest_rows(codes: Array, offsets: Array, digests: Array) -> None:
    """Fill `digests` (uint64[n, 2]) with 128 bits over each text, four codes a step; not for use against an enemy."""
    for i in range(len(digests)):
        text = codes[offsets[i] : offsets[i + 1]]
        n = len(text)
        whole = n // 4
        a = np.uint64(0x9E3779B97F4A7C15) ^ np.uint64(n)
        b = np.uint64(0xC2B2AE3D27D4EB4F) + np.uint64(n)
        for j in range(whole):
            quad = text[4 * j : 4 * j + 4]
            low = np.uint64(quad[0]) | np.uint64(quad[1]) << np.uint64(16)
            word = low | np.uint64(quad[2]) << np.uint64(32) | np.uint64(quad[3]) << np.uint64(48)
            a = (a ^ word) * np.uint64(0xBF58476D1CE4E5B9)
            a ^= a >> np.uint64(31)
            b = (b + word) * np.uint64(0x94D049BB133111EB)
            b ^= b >> np.uint64(29)
        for j in range(4 * whole, n):
            a = (a ^ np.uint64(text[j])) * np.uint64(0xBF58476D1CE4E5B9)
            a ^= a >> np.uint64(31)
            b = (b + np.uint64(text[j])) * np.uint64(0x94D049BB133111EB)
            b ^= b >> np.uint64(29)
        digests[i, 0], digests[i, 1] = a, b
