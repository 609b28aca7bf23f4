"""Compiled: turns a scanned page into its blocks and its hidden text, as `detector.page.walk` and `conceal` do in Python."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.compiled import compiled
from detector.page import markup
from detector.page.scan_tables import BLOCK, BREAK, CONTAINER, DISSOLVED, IMAGE, LINK, ROW, SKIPPED, WORDLESS, tag_key

_wide: Any = np.int64  # bytes are added up as signed integers
Bytes = Any  # uint8[n]
Ints = NDArray[np.int32]

_LT, _GT, _SLASH, _SPACE, _AMP, _FEED, _HASH, _EQUALS, _QUOTE = 60, 62, 47, 32, 38, 10, 35, 61, 34
_PRE, _ALT = markup.PRE, markup.ALT
_LESS, _MORE, _AND, _MARK = tag_key("lt")[0], tag_key("gt")[0], tag_key("amp")[0], tag_key("quot")[0]
# What a writer of text remembers: the end of what it wrote, where the block began, whether that holds more than space,
# whether space waits to be written, code points of the block, and of the run the code points up to its last solid one.
POS, START, SOLID, WAITS, COUNT, RUN, RUN_SOLID, N_STATE = range(8)
TAG, FLAGS, NEAR, HEADING, LINK_CHARS, LINKS, DEPTH, BOX, OUTER, LINE, N_COLUMNS = range(11)
_F_TAG, _F_FLAGS, _F_NEAR, _F_HEADING, _F_BOX, _F_OUTER, _F_ROW, N_FRAME = range(8)


@compiled
def _char(data: Bytes, i: int, escaped: bool) -> tuple[int, int, bool]:
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
def _add(data: Bytes, i: int, end: int, escaped: bool, raw: bool, out: Bytes, s: Any) -> None:
    """Write a text: `raw` as it stands, else with one space for each run of white space."""
    pos = s[POS]
    while i < end:
        width, code, space = _char(data, i, escaped)
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
def _begin(s: Any) -> None:
    """Start a block where the last one ended."""
    s[START] = s[POS]
    s[SOLID] = s[WAITS] = s[COUNT] = s[RUN] = s[RUN_SOLID] = 0


@compiled
def _emit(columns: Any, n: int, frame: Any, links: int, link_chars: int, count: int, depth: int) -> None:
    columns[TAG, n] = frame[_F_TAG]
    columns[FLAGS, n] = frame[_F_FLAGS]
    columns[NEAR, n] = frame[_F_NEAR]
    columns[HEADING, n] = frame[_F_HEADING]
    columns[LINK_CHARS, n] = min(link_chars, count)
    columns[LINKS, n] = links
    columns[DEPTH, n] = depth
    columns[BOX, n] = frame[_F_BOX]
    columns[OUTER, n] = frame[_F_OUTER]
    columns[LINE, n] = frame[_F_ROW]


@compiled
def _flush(out: Bytes, s: Any, columns: Any, n: int, frame: Any, links: int, link_chars: int, depth: int) -> int:
    """End the block that is being written: one row, or one for each line of preformatted text; returns the next row."""
    if not frame[_F_FLAGS] & _PRE:
        _emit(columns, n, frame, links, link_chars, s[COUNT], depth)
        out[s[POS]] = _FEED
        s[POS] += 1
        _begin(s)
        return n + 1
    start, end = s[START], s[POS]
    pos = i = start  # lines only grow shorter, so they are moved within the buffer
    while i <= end:
        count = solid = 0
        line = stop = i
        while i < end and out[i] != _FEED:
            width, _, space = _char(out, i, False)
            i += width
            count += 1
            if not space:
                stop, solid = i, count
        if stop > line:
            _emit(columns, n, frame, links, link_chars, solid, depth)
            n += 1
            for k in range(line, stop):
                out[pos + k - line] = out[k]
            pos += stop - line
            out[pos] = _FEED
            pos += 1
        i += 1
    s[POS] = pos
    _begin(s)
    return n


@compiled
def _alt(data: Bytes, p: int, end: int) -> tuple[int, int]:
    """The value of `alt` in the start tag that begins at p; an empty span where it has none."""
    while data[p] != _SPACE and data[p] != _GT:
        p += 1
    while p < end and data[p] == _SPACE:
        start = p + 1
        p += 2  # a name may start with an equals sign
        while data[p] != _EQUALS:
            p += 1
        is_alt = p - start == 3 and data[start] == 97 and data[start + 1] == 108 and data[start + 2] == 116
        p += 2
        start = p
        while data[p] != _QUOTE:
            p += 1
        if is_alt:
            return start, p
        p += 1
    return 0, 0


@compiled
def _is_caption(data: Bytes, i: int, end: int) -> bool:
    """Whether a text holds more than three characters, runs of white space counted once, and one that is not ASCII."""
    count = 0
    plain = True
    gap = False
    while i < end:
        width, code, space = _char(data, i, True)
        if space:
            gap = count > 0
        else:
            count += 1 + gap
            gap = False
            plain = plain and code < 128 and data[i] < 128
        i += width
    return count > 3 and not plain


@compiled
def walk(
    data: Bytes, tag: Any, close: Ints, after: Ints, names: Ints, flags_of: Ints, emptied: Any, shown_at: Ints, shown: Bytes,
    kinds: Any, own_flags: Ints, roles: Any, headings: Any, body: int, image: int,
    stack: Ints, frames: Any, out: Bytes, columns: Any, boxed: Any,
) -> tuple[int, int, int]:  # fmt: skip
    """The blocks in document order: their texts into `out`, each with a line feed, and their rows into `columns`.

    `emptied` marks the elements without content; those of them with an entry in `shown_at` hold a text of `shown`.
    `boxed` takes the parent and the element of each container from 1 on. Returns the number of blocks, of bytes and of
    containers; -1 where `columns` is too short.
    """
    n = len(data)
    s = np.zeros(N_STATE, np.int64)
    n_blocks = links = link_chars = in_link = boxes = rows = depth = n_open = level = 0
    frames[0, :] = 0
    frames[0, _F_TAG] = body
    p = 0
    e = -1
    limit = columns.shape[1]
    while p < n:
        if data[p] != _LT:
            q = p
            while q < n and data[q] != _LT:
                q += 1
            _add(data, p, q, True, frames[level, _F_FLAGS] & _PRE != 0, out, s)
            p = q
            continue
        q = p
        while data[q] != _GT:
            q += 1
        ends = data[p + 1] == _SLASH
        starts = not ends
        if starts:
            e += 1
            element = e
            kind = kinds[tag[e]]
            stack[n_open] = e
            n_open += 1
            if kind == SKIPPED:
                n_open -= 1
                e = after[e] - 1
                if data[q - 1] != _SLASH:
                    q = close[element]
                    while data[q] != _GT:
                        q += 1
                p = q + 1
                continue
            ends = data[q - 1] == _SLASH
        else:
            element = stack[n_open - 1]
            kind = kinds[tag[element]]
        if kind != DISSOLVED:
            if in_link:
                link_chars += s[RUN_SOLID]
            s[RUN] = s[RUN_SOLID] = 0
            if not s[SOLID]:
                s[POS] = s[START]
        if starts and kind != DISSOLVED:
            depth += 1
            if kind in (BLOCK, BREAK) and s[SOLID]:
                if n_blocks + (s[POS] - s[START]) // 2 + 2 > limit and n_blocks + _lines(out, s) > limit:
                    return -1, 0, 0
                n_blocks = _flush(out, s, columns, n_blocks, frames[level], links, link_chars, depth)
                links = link_chars = 0
            if kind == BLOCK:
                _enter(element, tag, names, flags_of, emptied, own_flags, roles, headings, frames, level)
                level += 1
                if roles[tag[element]] & CONTAINER:
                    boxes += 1
                    boxed[0, boxes], boxed[1, boxes] = frames[level, _F_BOX], element
                    frames[level, _F_OUTER] = frames[level, _F_BOX]
                    frames[level, _F_BOX] = boxes
                elif roles[tag[element]] & ROW:
                    rows += 1
                    frames[level, _F_ROW] = rows
            elif kind == LINK:
                in_link += 1
                links += 1
            elif kind == IMAGE and not in_link:
                a, b = _alt(data, p, q)
                if b > a and _is_caption(data, a, b):
                    if n_blocks + _lines(out, s) + 1 > limit:
                        return -1, 0, 0
                    if s[SOLID]:
                        n_blocks = _flush(out, s, columns, n_blocks, frames[level], links, link_chars, depth)
                        links = link_chars = 0
                    _add(data, a, b, True, False, out, s)
                    _emit(columns, n_blocks, frames[level], 0, 0, 0, depth)
                    columns[TAG, n_blocks] = image
                    columns[FLAGS, n_blocks] |= _ALT
                    columns[HEADING, n_blocks] = 0
                    n_blocks += 1
                    out[s[POS]] = _FEED
                    s[POS] += 1
                    _begin(s)
        p = q + 1
        if starts and emptied[element] and not ends:
            if len(shown_at) and shown_at[element]:
                a = shown_at[element]
                b = a
                while shown[b] != _FEED:
                    b += 1
                _add(shown, a, b, False, frames[level, _F_FLAGS] & _PRE != 0, out, s)
            p = close[element]
            e = after[element] - 1
        if not ends:
            continue
        n_open -= 1
        if kind == DISSOLVED:
            continue
        depth -= 1
        if kind == BLOCK:
            if s[SOLID]:
                if n_blocks + (s[POS] - s[START]) // 2 + 2 > limit and n_blocks + _lines(out, s) > limit:
                    return -1, 0, 0
                n_blocks = _flush(out, s, columns, n_blocks, frames[level], links, link_chars, depth)
                links = link_chars = 0
            level -= 1
        elif kind == LINK:
            in_link -= 1
    if s[SOLID]:
        if n_blocks + _lines(out, s) > limit:
            return -1, 0, 0
        n_blocks = _flush(out, s, columns, n_blocks, frames[level], links, link_chars, depth)
    return n_blocks, s[START], boxes


@compiled
def _lines(out: Bytes, s: Any) -> int:
    """How many rows the text that is being written can fill."""
    lines = 1
    for i in range(s[START], s[POS]):
        lines += out[i] == _FEED
    return lines


@compiled
def _enter(
    element: int, tag: Any, names: Ints, flags_of: Ints, emptied: Any, own_flags: Ints, roles: Any, headings: Any,
    frames: Any, level: int,
) -> None:  # fmt: skip
    """The frame of a block element below the one at `level`; an emptied element has lost its class and id."""
    number = tag[element]
    for i in range(N_FRAME):
        frames[level + 1, i] = frames[level, i]
    frames[level + 1, _F_TAG] = number
    frames[level + 1, _F_FLAGS] |= own_flags[number]
    if not roles[number] & WORDLESS and not emptied[element]:
        said = flags_of[names[element]]
        if said:
            frames[level + 1, _F_FLAGS] |= said
            frames[level + 1, _F_NEAR] = said
    if roles[number] & CONTAINER:
        frames[level + 1, _F_HEADING] = 0
    elif not roles[number] & ROW and headings[number]:
        frames[level + 1, _F_HEADING] = headings[number]


@compiled
def empty_out(
    data: Bytes, order: Ints, tag: Any, parent: Ints, at: Ints, close: Ints, after: Ints, no_text: Any, details: int,
    summary: int, emptied: Any, shown_at: Ints, shown: Bytes, n_shown: int, out: Bytes, max_pieces: int, room: int,
    reread: int, used: Any, stored: Ints, prose: Ints,
) -> int:  # fmt: skip
    """Take the content out of the elements of `order`, one after the other; those that hold no words stay as they are.

    The text of each goes to `out` with a line feed, as far as there is room for it (`stored` tells of which), and
    `prose` counts its marks. A closed `details` keeps the words of its summary in `shown`. `used` carries the bytes
    written, the pieces and their code points from one call to the next. What stands in emptied elements is read again for
    those within, as long as `reread` bytes last. Returns the new end of `shown`.
    """
    s = np.zeros(N_STATE, np.int64)
    budget = reread
    for number in range(len(order)):
        e = order[number]
        s[POS] = used[0]
        _begin(s)
        if emptied[e]:
            if len(shown_at) and shown_at[e]:
                _add_shown(shown, shown_at[e], out, s)
        elif budget >= 0 or not _is_within(e, parent, emptied):
            _inner(data, e, tag, at, close, after, no_text, emptied, shown_at, shown, True, out, s)
            budget -= close[e] - at[e]
        if not s[SOLID]:
            continue
        prose[number] = _marks(out, s[START], s[POS])
        out[s[POS]] = _FEED
        if used[1] < max_pieces and used[2] + s[COUNT] <= room:
            stored[number] = 1
            used[0], used[1], used[2] = s[POS] + 1, used[1] + 1, used[2] + s[COUNT]
        if emptied[e] and len(shown_at):
            shown_at[e] = 0
        elif tag[e] == details:
            child = e + 1
            while child < after[e] and tag[child] != summary:
                child = after[child]
            if child < after[e] and not emptied[child]:
                s[POS] = used[0]
                _begin(s)
                _inner(data, child, tag, at, close, after, no_text, emptied, shown_at, shown, False, out, s)
                if s[SOLID] and n_shown + s[POS] - s[START] < len(shown):
                    shown_at[e] = n_shown
                    for i in range(s[START], s[POS]):
                        shown[n_shown] = out[i]
                        n_shown += 1
                    shown[n_shown] = _FEED
                    n_shown += 1
        emptied[e] = 1
    return n_shown


@compiled
def _is_within(e: int, parent: Ints, emptied: Any) -> bool:
    """Whether an element stands in one that has been emptied."""
    above = parent[e]
    while above >= 0 and not emptied[above]:
        above = parent[above]
    return bool(above >= 0)


@compiled
def _add_shown(shown: Bytes, start: int, out: Bytes, s: Any) -> None:
    end = start
    while shown[end] != _FEED:
        end += 1
    _add(shown, start, end, False, False, out, s)


@compiled
def _inner(
    data: Bytes, e: int, tag: Any, at: Ints, close: Ints, after: Ints, no_text: Any, emptied: Any, shown_at: Ints,
    shown: Bytes, apart: bool, out: Bytes, s: Any,
) -> None:  # fmt: skip
    """Write the words within an element but for those of emptied ones; `apart` puts a space between elements."""
    p, end = at[e], close[e]
    while p < end and data[p] != _GT:
        p += 1
    p += 1
    child = e
    while p < end:
        if data[p] != _LT:
            q = p
            while q < end and data[q] != _LT:
                q += 1
            _add(data, p, q, True, False, out, s)
            p = q
            continue
        q = p
        while data[q] != _GT:
            q += 1
        skip = False
        if data[p + 1] != _SLASH:
            child += 1
            skip = no_text[tag[child]]
            if not skip and emptied[child]:
                if apart:
                    s[WAITS] = s[SOLID]
                if len(shown_at) and shown_at[child]:
                    _add_shown(shown, shown_at[child], out, s)
                p = close[child]
                child = after[child] - 1
                continue
            if skip and data[q - 1] != _SLASH:
                q = close[child]
                while data[q] != _GT:
                    q += 1
                child = after[child] - 1
        if apart and not skip:
            s[WAITS] = s[SOLID]
        p = q + 1


@compiled
def _marks(text: Bytes, i: int, end: int) -> int:
    """Marks of punctuation: ，。、；,;.!?！？"""
    n = 0
    while i < end:
        c = text[i]
        if c < 128:
            n += c == 44 or c == 59 or c == 46 or c == 33 or c == 63
            i += 1
        elif c == 0xEF and text[i + 1] == 0xBC:
            d = text[i + 2]
            n += d == 0x8C or d == 0x9B or d == 0x81 or d == 0x9F
            i += 3
        elif c == 0xE3 and text[i + 1] == 0x80:
            n += text[i + 2] == 0x82 or text[i + 2] == 0x81
            i += 3
        else:
            i += 1
    return n
