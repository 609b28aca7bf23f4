"""Turns the documents of large buckets into stars with compiled loops: the same pairs as `crowds`."""

from __future__ import annotations

from typing import Any

import numpy as np

from detector.compiled import compiled
from detector.dup.band_kernels import push_pair
from detector.dup.bitmap_kernels import union_bits
from detector.dup.crowds import BEST

Array = Any

_HEADS, _ARRIVALS = 64, 128  # leaders and arrivals that are compared while both lie in the cache
SURE = 2  # more than any estimate


@compiled
def join_buckets(roots: Array, places: Array, starts: Array) -> None:
    """Make the members of each bucket one set; `roots[i]` is at first i, and never more."""
    for i in range(len(starts) - 1):
        for j in range(starts[i] + 1, starts[i + 1]):
            a, b = np.int64(places[starts[i]]), np.int64(places[j])
            while roots[a] != a:
                roots[a] = roots[roots[a]]
                a = roots[a]
            while roots[b] != b:
                roots[b] = roots[roots[b]]
                b = roots[b]
            roots[max(a, b)] = min(a, b)


@compiled
def _agreements(heads: Array, row: Array, out: Array) -> None:
    if len(row) > 255:
        for r in range(len(heads)):
            head, many = heads[r], np.uint16(0)
            for s in range(len(row)):
                many += np.uint16(head[s] == row[s])
            out[r] = many
        return
    for r in range(len(heads)):
        head, equal = heads[r], np.uint8(0)  # as wide as a slot: twice as many at once
        for s in range(len(row)):
            equal += np.uint8(head[s] == row[s])
        out[r] = equal


@compiled
def _compare(arrival: Any, leaders: Any, start: int, end: int, numbers: Any, tables: Any, best: Array, scores: Array) -> None:
    """Put the best of the leaders `start` to `end` (excluded) into `best`; the first that is surely near stands alone."""
    row, bitmap, size = arrival
    values, maps, bits, _ = leaders
    min_agree, threshold, margins = numbers
    counts, errors = tables
    agree = np.empty(_HEADS, dtype=np.uint16)
    _agreements(values[start:end], row, agree)
    for head in range(start, end):
        if agree[head - start] < min_agree:
            continue
        union = union_bits(maps[head], bitmap)
        estimate = (counts[bits[head]] + size - counts[union]) / max(counts[union], 1.0)
        margin = margins * errors[union]
        if estimate >= threshold + margin:
            best[0], best[1], scores[0] = head, -1, SURE
            return
        if estimate >= threshold - margin and estimate > scores[BEST - 1]:
            place = BEST - 1
            while place > 0 and scores[place - 1] < estimate:
                best[place], scores[place] = best[place - 1], scores[place - 1]
                place -= 1
            best[place], scores[place] = head, estimate


@compiled
def attach_rows(arrivals: Any, leaders: Any, count: int, numbers: Any, tables: Any) -> Any:
    """(packed pairs, number of leaders) as `crowds.attach`; `numbers` is min_agree, threshold, margin.

    Arrivals go by in blocks, so that a block of leaders is compared with many of them while it lies in the cache.
    """
    names, values, maps, bits = arrivals
    head_values, head_maps, head_bits, head_names = leaders
    pairs, n_pairs = np.empty(1024, dtype=np.uint64), 0
    best, scores = np.empty((_ARRIVALS, BEST), dtype=np.int64), np.empty((_ARRIVALS, BEST), dtype=np.float64)
    for first in range(0, len(names), _ARRIVALS):
        last, old = min(first + _ARRIVALS, len(names)), count
        best[:], scores[:] = -1, -1.0
        for start in range(0, old, _HEADS):
            for i in range(first, last):
                if scores[i - first, 0] < SURE:
                    arrival = (values[i], maps[i], tables[0][bits[i]])
                    end = min(start + _HEADS, old)
                    _compare(arrival, leaders, start, end, numbers, tables, best[i - first], scores[i - first])
        for i in range(first, last):
            own, score = best[i - first], scores[i - first]
            for start in range(old, count, _HEADS):
                if score[0] < SURE:
                    arrival = (values[i], maps[i], tables[0][bits[i]])
                    _compare(arrival, leaders, start, min(start + _HEADS, count), numbers, tables, own, score)
            for head in own:
                if head < 0:
                    break
                pairs = push_pair(pairs, n_pairs, head_names[head], names[i])
                n_pairs += 1
            if score[0] < numbers[1] and count < len(head_names):
                head_values[count], head_maps[count] = values[i], maps[i]
                head_bits[count], head_names[count] = bits[i], names[i]
                count += 1
    return pairs[:n_pairs], count
