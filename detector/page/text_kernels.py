"""Compiled: writes text of serialised markup as one line, with single spaces and its escapes undone."""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.compiled import compiled
from detector.page.scan_tables import tag_key

_wide: Any = np.int64  # bytes are added up as signed integers
Bytes = Any  # uint8[n]

_SPACE, _AMP, _HASH = 32, 38, 35
_LESS, _MORE, _AND, _MARK = tag_key("lt")[0], tag_key("gt")[0], tag_key("amp")[0], tag_key("quot")[0]
# What a writer of text remembers: the end of what it wrote, where the block began, whether that holds more than space,
# whether space waits to be written, code points of the block, and of the run the code points up to its last solid one.
POS, START, SOLID, WAITS, COUNT, RUN, RUN_SOLID, N_STATE = range(8)


@compiled
def char_at(data: Bytes, i: int, escaped: bool) -> tuple[int, int, bool]:
    """Bytes of the character at i, its code point where it was escaped (else -1), and whether it is white space."""
    c = _wide(data[i])
    if c < 128:
        if c == _AMP and escaped:
            return _escape(data, i)
        return 1, -1, c == 32 or 9 <= c <= 13 or 28 <= c <= 31
    if c < 0xE0:
        return 2, -1, c == 0xC2 and (data[i + 1] == 0x85 or data[i + 1] == 0xA0)
    if c >= 0xF0:
        return 4, -1, False
    if c > 0xE3:
        return 3, -1, False
    d, e = data[i + 1], data[i + 2]
    space = (
        (c == 0xE3 and d == 0x80 and e == 0x80)
        or (c == 0xE2 and d == 0x80 and (e <= 0x8A or e == 0xA8 or e == 0xA9 or e == 0xAF))
        or (c == 0xE2 and d == 0x81 and e == 0x9F)
        or (c == 0xE1 and d == 0x9A and e == 0x80)
    )
    return 3, -1, space


@compiled
def _escape(data: Bytes, i: int) -> tuple[int, int, bool]:
    """The same of an entity: `&amp;`, `&lt;`, `&gt;`, `&quot;`, `&#13;` or `&#xD;`; what is none is an ampersand."""
    key = code = 0
    number = data[i + 1] == _HASH
    base = 16 if number and data[i + 2] == 120 else 10
    j = i + 1 + number + (base == 16)
    while data[j] != 59:
        c = _wide(data[j])
        if j - i > 10 or c < 48:
            return 1, 38, False
        if number:
            code = code * base + (c - 48 if c < 58 else (c & 0xDF) - 55)
        else:
            key = key << 8 | c
        j += 1
    if not number:
        code = 60 if key == _LESS else 62 if key == _MORE else 34 if key == _MARK else 38
    space = code == 32 or 9 <= code <= 13 or 28 <= code <= 31 or code == 0x85 or code == 0xA0
    return j + 1 - i, code, space


@compiled
def _write(data: Bytes, i: int, width: int, code: int, out: Bytes, pos: int) -> int:
    """Copy one character, or write the one that was escaped; returns the new end."""
    if code < 0:
        for k in range(width):
            out[pos + k] = data[i + k]
        return pos + width
    if code < 0x80:
        out[pos] = code
        return pos + 1
    if code < 0x800:
        out[pos], out[pos + 1] = 0xC0 | code >> 6, 0x80 | code & 63
        return pos + 2
    if code < 0x10000:
        out[pos], out[pos + 1], out[pos + 2] = 0xE0 | code >> 12, 0x80 | (code >> 6) & 63, 0x80 | code & 63
        return pos + 3
    out[pos], out[pos + 1] = 0xF0 | code >> 18, 0x80 | (code >> 12) & 63
    out[pos + 2], out[pos + 3] = 0x80 | (code >> 6) & 63, 0x80 | code & 63
    return pos + 4


@compiled
def add(data: Bytes, i: int, end: int, escaped: bool, raw: bool, out: Bytes, s: Any) -> None:
    """Write a text: `raw` as it stands, else with one space for each run of white space."""
    pos = s[POS]
    while i < end:
        width, code, space = char_at(data, i, escaped)
        if space:
            s[RUN] += s[RUN] > 0
            if raw:
                pos = _write(data, i, width, code, out, pos)
            else:
                s[WAITS] = s[SOLID]
        else:
            s[RUN] += 1
            s[RUN_SOLID] = s[RUN]
            if s[WAITS]:
                out[pos] = _SPACE
                pos += 1
                s[COUNT] += 1
                s[WAITS] = 0
            pos = _write(data, i, width, code, out, pos)
            s[COUNT] += 1
            s[SOLID] = 1
        i += width
    s[POS] = pos


@compiled
def begin(s: Any) -> None:
    """Start a block where the last one ended."""
    s[START] = s[POS]
    s[SOLID] = s[WAITS] = s[COUNT] = s[RUN] = s[RUN_SOLID] = 0
