"""Turns hashes into sorted hashes with compiled loops: two scatters by their high bits, then short runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.compiled import compiled

Array = Any

FIRST_BITS = 11
_MAX_INNER = 12


@compiled
def insertion_sort(words: Array) -> None:
    """Sort a short run in place."""
    for i in range(1, len(words)):
        word = words[i]
        j = i - 1
        while j >= 0 and words[j] > word:
            words[j + 1] = words[j]
            j -= 1
        words[j + 1] = word


@compiled
def _scatter(words: Array, shift: int, counts: Array, out: Array) -> None:
    """Put words in the order of their bits from `shift` on; `counts` (zeros) becomes the ends of the buckets."""
    down, mask = np.uint64(shift), np.uint64(len(counts) - 1)
    for j in range(len(words)):
        counts[(words[j] >> down) & mask] += 1
    total = 0
    for bucket in range(len(counts)):
        size = counts[bucket]
        counts[bucket] = total
        total += size
    for j in range(len(words)):
        bucket = (words[j] >> down) & mask
        out[counts[bucket]] = words[j]
        counts[bucket] += 1


@compiled
def sort_run(part: Array, known: int, inner: Array, moved: Array) -> None:
    """Sort words in place that agree in their `known` high bits; `inner` and `moved` are scratch."""
    bits = 0
    while bits < _MAX_INNER and (4 << bits) < len(part):
        bits += 1
    if bits == 0:
        insertion_sort(part)
        return
    ends = inner[: 1 << bits]
    ends[:] = 0
    _scatter(part, 64 - known - bits, ends, moved)
    for leaf in range(len(ends)):
        words_of_leaf = moved[ends[leaf - 1] if leaf else 0 : ends[leaf]]
        if len(words_of_leaf) > 64:  # many copies of one word's high bits, or no hashes at all
            words_of_leaf.sort()
        elif len(words_of_leaf) > 1:
            insertion_sort(words_of_leaf)
    part[:] = moved[: len(part)]


@compiled
def sort_words(words: Array, out: Array) -> None:
    """Fill `out` with the words in order; best where their high bits are evenly spread, as those of hashes are."""
    counts = np.zeros(1 << FIRST_BITS, dtype=np.int64)
    _scatter(words, 64 - FIRST_BITS, counts, out)
    largest = max(counts[0], np.max(np.diff(counts)))
    scratch, inner = np.empty(largest, dtype=np.uint64), np.empty(1 << _MAX_INNER, dtype=np.int64)
    for bucket in range(len(counts)):
        sort_run(out[counts[bucket - 1] if bucket else 0 : counts[bucket]], FIRST_BITS, inner, scratch)
