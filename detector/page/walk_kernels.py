"""Compiled: turns a scanned page into its blocks, as `detector.page.walk` does in Python."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.compiled import compiled
from detector.page import markup
from detector.page.scan_tables import BLOCK, BREAK, CONTAINER, DISSOLVED, IMAGE, LINK, ROW, SKIPPED, WORDLESS
from detector.page.text_kernels import COUNT, N_STATE, POS, RUN, RUN_SOLID, SOLID, START, Bytes, add, begin, char_at

Ints = NDArray[np.int32]

_LT, _GT, _SLASH, _SPACE, _FEED, _EQUALS, _QUOTE = 60, 62, 47, 32, 10, 61, 34
_PRE, _ALT = markup.PRE, markup.ALT
TAG, FLAGS, NEAR, HEADING, LINK_CHARS, LINKS, DEPTH, BOX, OUTER, LINE, N_COLUMNS = range(11)
_F_TAG, _F_FLAGS, _F_NEAR, _F_HEADING, _F_BOX, _F_OUTER, _F_ROW, N_FRAME = range(8)


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
        begin(s)
        return n + 1
    start, end = s[START], s[POS]
    pos = i = start  # lines only grow shorter, so they are moved within the buffer
    while i <= end:
        count = solid = 0
        line = stop = i
        while i < end and out[i] != _FEED:
            width, _, space = char_at(out, i, False)
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
    begin(s)
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
        width, code, space = char_at(data, i, True)
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
            add(data, p, q, True, frames[level, _F_FLAGS] & _PRE != 0, out, s)
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
                    add(data, a, b, True, False, out, s)
                    _emit(columns, n_blocks, frames[level], 0, 0, 0, depth)
                    columns[TAG, n_blocks] = image
                    columns[FLAGS, n_blocks] |= _ALT
                    columns[HEADING, n_blocks] = 0
                    n_blocks += 1
                    out[s[POS]] = _FEED
                    s[POS] += 1
                    begin(s)
        p = q + 1
        if starts and emptied[element] and not ends:
            if len(shown_at) and shown_at[element]:
                a = shown_at[element]
                b = a
                while shown[b] != _FEED:
                    b += 1
                add(shown, a, b, False, frames[level, _F_FLAGS] & _PRE != 0, out, s)
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
