"""Turns JSON lines into sketches, or into folded texts, with compiled loops: a line at a time, its text in the cache.

Whatever is unusual (an escaped key, broken UTF-8, a text that is no string) is left to a real parser: these loops
only say which line it was.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.compiled import compiled
from detector.dup.containment import SAMPLED
from detector.dup.hash_kernels import digest_text, hash32
from detector.dup.json_kernels import (
    BACKSLASH,
    CLOSE,
    COLON,
    COMMA,
    NEWLINE,
    OPEN,
    QUOTE,
    fold_string,
    skip_space,
    string_end,
    unify_words,
    value_end,
)
from detector.dup.sketch_kernels import fill_slots, sample_hashes

Array = Any

BLANK, DONE, UNUSUAL = 0, 1, 2


@compiled
def _is(data: Array, start: int, end: int, key: Array) -> bool:
    return end - start == len(key) and np.array_equal(data[start:end], key)


@compiled
def _fold_object(
    data: Array, at: int, keys: Array, key_ends: Array, tables: Any, out: Array, hits: Array, ranges: Array
) -> Any:
    """(place after the object or -1, number of codes) of the JSON object at `at`; fills the ranges of its values."""
    marked, lossy, word_starts, words = tables
    count, seen = 0, False
    if data[at] != OPEN:
        return -1, 0
    at = skip_space(data, at + 1)
    while data[at] != CLOSE:
        if data[at] != QUOTE:
            return -1, 0
        start = at + 1
        end = string_end(data, start)
        if end < 0:
            return -1, 0
        for i in range(start, end):
            if data[i] == BACKSLASH:
                return -1, 0
        at = skip_space(data, end + 1)
        if data[at] != COLON:
            return -1, 0
        at = skip_space(data, at + 1)
        if _is(data, start, end, keys[: key_ends[0]]):
            if data[at] != QUOTE:
                return -1, 0
            at, count, found = fold_string(data, at + 1, marked, lossy, out, hits)
            if at < 0:
                return -1, 0
            unify_words(out, hits[:found], word_starts, words)
            at, seen = at + 1, True
        else:
            value = at
            at = value_end(data, at)
            if at < 0:
                return -1, 0
            for i in range(1, len(key_ends)):
                if _is(data, start, end, keys[key_ends[i - 1] : key_ends[i]]):
                    ranges[2 * i - 2], ranges[2 * i - 1] = value, at
        at = skip_space(data, at)
        if data[at] == COMMA:
            at = skip_space(data, at + 1)
            if data[at] == CLOSE:
                return -1, 0
        elif data[at] != CLOSE:
            return -1, 0
    return (at + 1 if seen else -1), count


@compiled
def _fold_line(data: Array, at: int, keys: Array, key_ends: Array, tables: Any, out: Array, hits: Array, ranges: Array) -> Any:
    """(place of the newline, status, number of codes) of the line at `at`."""
    at = skip_space(data, at)
    if data[at] == NEWLINE:
        return at, BLANK, 0
    after, count = _fold_object(data, at, keys, key_ends, tables, out, hits, ranges)
    if after >= 0:
        after = skip_space(data, after)
        if data[after] == NEWLINE:
            return after, DONE, count
    while data[at] != NEWLINE:
        at += 1
    return at, UNUSUAL, 0


@compiled
def fold_lines(
    data: Array, starts: Array, keys: Array, key_ends: Array, tables: Any, out: Array, hits: Array, ends: Array
) -> int:
    """Fold the text of the lines that begin at `starts`; return how many, up to the first that is unusual.

    Fills `out` with codes and `ends[i]` with the end of those of line i.
    """
    ranges, count = np.empty(2 * len(key_ends), dtype=np.int64), 0
    for line in range(len(starts)):
        _, status, found = _fold_line(data, starts[line], keys, key_ends, tables, out[count:], hits, ranges)
        if status != DONE:
            return line
        count += found
        ends[line] = count
    return len(starts)


@compiled
def sketch_lines(
    data: Array,
    size: int,
    keys: Array,
    key_ends: Array,
    tables: Any,
    rule: Array,
    m: Array,
    scratch: Any,
    rows: Array,
    digests: Array,
    sketches: Array,
    samples: Array,
    sample_ends: Array,
) -> int:
    """Sketch `size` bytes of lines (and `PADDING` newlines after them); return the number of lines.

    `keys` holds the names of the text field and of k others, name i ends at `key_ends[i]`. `rule` is shingle,
    short_shingle, short_under, shift, long_shingle, sample mask. Fills `rows` (int64[lines, 4 + 2 k]: start and end
    of the line, status, number of codes, start and end of each other value or -1) and what follows it, a row a line.
    """
    shingle, short_shingle, short_under, shift, long_shingle = rule[0], rule[1], rule[2], rule[3], rule[4]
    mask = np.uint32(rule[5])
    codes, hits, hashes, slots, free = scratch
    at, line, total = 0, 0, 0
    while at < size:
        ranges = rows[line, 4:]
        ranges[:] = -1
        end, status, n = _fold_line(data, at, keys, key_ends, tables, codes, hits, ranges)
        rows[line, 0], rows[line, 1], rows[line, 2], rows[line, 3] = at, min(end, size), status, n
        if status == DONE:
            text = codes[:n]
            digests[line, 0], digests[line, 1] = digest_text(text)
            k = short_shingle if n < short_under else shingle
            found = hashes[: max(0, n - k + 1)]
            hash32(text, k, m, found)
            fill_slots(found, shift, slots, free)
            row = sketches[line]
            for s in range(len(slots)):
                row[s] = slots[s]
            if k != SAMPLED:
                found = hashes[: max(0, n - SAMPLED + 1)]
                hash32(text, SAMPLED, m, found)
            total += sample_hashes(found, long_shingle, mask, samples[total:])
        sample_ends[line] = total
        line += 1
        at = end + 1
    return line
