"""Compiled: turns hidden elements of a scanned page into empty ones and their words into its hidden text."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.compiled import compiled
from detector.page.text_kernels import COUNT, N_STATE, POS, SOLID, START, WAITS, Bytes, add, begin

Ints = NDArray[np.int32]
_LT, _GT, _SLASH, _FEED = 60, 62, 47, 10


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
        begin(s)
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
                begin(s)
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
    add(shown, start, end, False, False, out, s)


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
            add(data, p, q, True, False, out, s)
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
