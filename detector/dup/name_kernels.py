"""Turns ids, or values of JSON lines, into ids side by side and the question whether they ascend, with compiled loops."""

from __future__ import annotations

from typing import Any

from detector.compiled import compiled
from detector.dup.json_kernels import BACKSLASH, QUOTE

Array = Any

MISSING, PLAIN, ODD = 0, 1, 2  # kinds of a value


@compiled
def name_values(data: Array, starts: Array, ends: Array, kinds: Array, out: Array, out_ends: Array) -> int:
    """Copy JSON values that need no parser (ASCII strings without escapes, digits) to `out`, one after the other.

    `starts[i]` is -1 where there is none. Fills `kinds` and `out_ends`; returns how many need a parser.
    """
    total, odd = 0, 0
    for i in range(len(starts)):
        start, end, kind = starts[i], ends[i], MISSING
        if start >= 0:
            while data[end - 1] == 0x20 or data[end - 1] == 0x09 or data[end - 1] == 0x0D:
                end -= 1
            kind = PLAIN
            if data[start] == QUOTE:
                start, end = start + 1, end - 1
                for j in range(start, end):
                    if data[j] < 0x20 or data[j] > 0x7E or data[j] == BACKSLASH:
                        kind = ODD
            else:
                for j in range(start, end):
                    if data[j] < 0x30 or data[j] > 0x39:
                        kind = ODD
            if kind == PLAIN:
                for j in range(start, end):
                    out[total] = data[j]
                    total += 1
            odd += kind == ODD
        kinds[i] = kind
        out_ends[i] = total
    return odd


@compiled
def ascending(names: Array, ends: Array) -> bool:
    """Is each name greater than the one before it?"""
    for i in range(1, len(ends) - 1):
        before, after = names[ends[i - 1] : ends[i]], names[ends[i] : ends[i + 1]]
        j = 0
        while j < len(before) and j < len(after) and before[j] == after[j]:
            j += 1
        if j == len(after) or (j < len(before) and before[j] > after[j]):
            return False
    return True
