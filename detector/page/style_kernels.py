"""Compiled: finds the blocks of a style sheet that could say something about what is shown."""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.compiled import compiled
from detector.page.scan_tables import KEY_BYTES, tag_key

_wide: Any = np.int64  # bytes are added up as signed integers
_OPEN, _CLOSE, _COLON, _SEMICOLON, _MINUS, _POINT = 123, 125, 58, 59, 45, 46
ALWAYS, TINY, FAR, CLEAR, BOX, CUT, GROUND = 1, 2, 3, 4, 5, 6, 7
# What a property must say to count: anything; next to nothing; far to the left; a colour that is none; with CUT a box of
# next to no size; with a colour a ground.
_PROPERTIES = {
    "display": ALWAYS, "visibility": ALWAYS, "opacity": ALWAYS, "content-visibility": ALWAYS, "clip": ALWAYS,
    "clip-path": ALWAYS, "transform": ALWAYS, "font-size": TINY, "text-indent": FAR, "left": FAR, "top": FAR, "right": FAR,
    "bottom": FAR, "inset-inline-start": FAR, "margin-left": FAR, "margin-top": FAR, "color": CLEAR, "height": BOX,
    "width": BOX, "max-height": BOX, "max-width": BOX, "line-height": BOX, "overflow": CUT, "overflow-x": CUT,
    "overflow-y": CUT, "background": GROUND, "background-color": GROUND,
}  # fmt: skip
_KEYS = sorted((*tag_key(name), needs) for name, needs in _PROPERTIES.items())
LOW = np.array([low for low, _, _ in _KEYS], np.int64)
HIGH = np.array([high for _, high, _ in _KEYS], np.int64)
NEEDS = np.array([needs for _, _, needs in _KEYS], np.int64)


@compiled
def telling_blocks(data: Any, low: Any, high: Any, needs: Any, spans: Any) -> int:
    """Fill in int32[n, 4], the spans of the selectors and declarations of each innermost block; returns n.

    A block counts where one of its properties could hide or show; that is for `hidden_by` to say.
    """
    n = len(data)
    n_spans = 0
    boundary = 0
    block = selectors = -1
    found = 0  # a bit for each need that is met
    i = 0
    while i < n:
        c = data[i]
        if c == _OPEN:
            selectors, block, boundary, found = boundary, i + 1, i + 1, 0
            i += 1
        elif c == _CLOSE:
            hides = found & (1 << ALWAYS) or found >> BOX & found >> CUT & 1
            if block >= 0 and (hides or (found >> GROUND & found & 1)):
                spans[n_spans, 0], spans[n_spans, 1], spans[n_spans, 2], spans[n_spans, 3] = selectors, block - 1, block, i
                n_spans += 1
            block, boundary = -1, i + 1
            i += 1
        elif block < 0:
            i += 1
        else:
            key = rest = size = 0
            while i < n and c != _COLON and c != _SEMICOLON and c != _OPEN and c != _CLOSE:
                if c > 32:
                    letter = _wide(c) | 32 if 65 <= c <= 90 else _wide(c)
                    if size < KEY_BYTES:
                        key = key << 8 | letter
                    elif size < 2 * KEY_BYTES:
                        rest = rest << 8 | letter
                    size += 1
                    if c >= 128:
                        found |= 1 << ALWAYS  # a space of Unicode perhaps
                i += 1
                c = data[i] if i < n else _CLOSE
            if c == _SEMICOLON:
                i += 1
            if c != _COLON:
                continue
            i += 1
            while i < n and data[i] <= 32:
                i += 1
            place = np.searchsorted(low, key)
            while place < len(low) and low[place] == key:
                if high[place] == rest:
                    found |= _met(data, i, needs[place])
                place += 1
            while i < n and data[i] != _SEMICOLON and data[i] != _OPEN and data[i] != _CLOSE:
                i += 1
            if i < n and data[i] == _SEMICOLON:
                i += 1
    return n_spans


@compiled
def _met(data: Any, i: int, needs: int) -> int:
    """The bits that a value starting at i sets: bit 0 is a text colour, the others the needs; all but three are ALWAYS."""
    c = _wide(data[i]) if i < len(data) else 0
    following = _wide(data[i + 1]) if i + 1 < len(data) else 0
    tiny = c in (_POINT, _MINUS) or (c in (48, 49) and not 48 <= following <= 57) or c >= 128
    met = needs == ALWAYS or (needs == TINY and tiny) or (needs == FAR and (c == _MINUS or c >= 128))
    if needs == CLEAR:
        return 1 | ((c in (116, 84) or c >= 128) << ALWAYS)
    if needs in (CUT, GROUND) or (needs == BOX and tiny):
        return 1 << needs
    return met << ALWAYS
